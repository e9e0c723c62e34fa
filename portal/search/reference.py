"""Reference data of the search: the first synonyms, put there by `post_migrate`, idempotent."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any, NamedTuple

from django.db import connection

from portal.search import words
from portal.search.models import Synonym, Way

_FILE = Path(__file__).with_name("synonyms.csv")


class Seed(NamedTuple):
    """A group of the file."""

    words: list[str]
    way: str
    note: str


def seeds() -> list[Seed]:
    """The groups of `synonyms.csv`, in its order."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        return [
            Seed(
                [row["规范用语"], *row["其他说法"].split("、")],
                Way.TO_FIRST if row["方式"] == Way.TO_FIRST.label else Way.BOTH,
                row["说明"],
            )
            for row in csv.DictReader(file)
        ]


def plant_synonyms(**kwargs: Any) -> None:
    """Put the groups there that never were; what a county changed or switched off stays as it is."""
    if any(backwards for _, backwards in kwargs.get("plan") or ()):
        return  # The tables are those of an older state, which the models of today do not know.
    if Synonym._meta.db_table not in connection.introspection.table_names():
        return
    known = set(Synonym.objects.exclude(seed="").values_list("seed", flat=True))
    new = [
        Synonym(words=one.words, head=words.plain(one.words[0]), way=one.way, note=one.note, seed=name)
        for one in seeds()
        if (name := f"{one.way}:{one.words[0]}"[:40]) not in known
    ]
    if new:
        # A group of the same term that the county wrote itself goes before ours.
        Synonym.objects.bulk_create(new, ignore_conflicts=True)
