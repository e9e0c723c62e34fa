"""Which documents an imported interpretation explains: by id, else by title and date, with care."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from disclosure.numbering import fold
from interpretation.exchange.records import Record

#: A title that only mentions the other: it repeals, amends or explains it.
_ABOUT_ANOTHER = re.compile("废止|失效|修改|修订|补充|解读|征求意见|延长|调整|清理|宣布")
_SHORTEST_INSIDE = 10
#: An interpretation may come a little before the document on the site, and up to two years after it.
_BEFORE, _AFTER = timedelta(days=60), timedelta(days=730)


@dataclass(frozen=True)
class Candidate:
    """A document that an interpretation may explain."""

    source_id: str
    title: str
    day: date | None


def title_key(title: str) -> str:
    """Fold a title: width, blanks and punctuation gone."""
    return "".join(c for c in fold(title) if c.isalnum())


class TitleIndex:
    """Documents by folded title."""

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        self._keys = [(title_key(candidate.title), candidate) for candidate in candidates]
        self._exact: dict[str, list[Candidate]] = {}
        for key, candidate in self._keys:
            self._exact.setdefault(key, []).append(candidate)

    def find(self, record: Record) -> tuple[Candidate | None, str]:
        """Return the one document that `record.relates_to` names, or None and why not, in words."""
        wanted = title_key(record.relates_to)
        if record.relates_to.rstrip().endswith(("…", "...")):
            found = self._beginning(wanted)
        else:
            found = self._exact.get(wanted) or self._around(wanted)
        if not found:
            return None, f"没有找到题为「{record.relates_to}」的文件，解读未关联，可在后台补上。"
        day = record.values["published_on"] or record.values["written_on"]
        near = [one for one in found if _plausible(one.day, day)]
        if len(near) == 1:
            return near[0], ""
        if not near:
            return None, f"题为「{record.relates_to}」的文件日期与解读相差太远，未关联，请核对。"
        return None, f"有{len(near)}份文件题为「{record.relates_to}」，分不清是哪一份，未关联，请核对。"

    def _around(self, wanted: str) -> list[Candidate]:
        """Titles that hold the wanted one whole (关于印发《…》的通知), unless they are about another act."""
        if len(wanted) < _SHORTEST_INSIDE:
            return []
        return [
            candidate
            for key, candidate in self._keys
            if wanted in key and not _ABOUT_ANOTHER.search(key.replace(wanted, "", 1))
        ]

    def _beginning(self, wanted: str) -> list[Candidate]:
        """Titles that begin with one that was cut with 「…」."""
        if len(wanted) < _SHORTEST_INSIDE:
            return []
        return [candidate for key, candidate in self._keys if key.startswith(wanted)]


def _plausible(document: date | None, interpretation: date | None) -> bool:
    """Whether the dates allow the pair; without one of them the title alone must do."""
    if document is None or interpretation is None:
        return True
    return -_BEFORE <= interpretation - document <= _AFTER
