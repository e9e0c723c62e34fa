"""The main pages: number of queries, and median milliseconds through Django's test client.

Measured on the demo county with the archive of `../shared/data` (`archive` says whether it was there).
`to_home` is the ratio to the home page, which does not depend on the machine.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

ROUNDS = 7


def run(rounds: int = ROUNDS) -> dict[str, Any]:
    """Measure each page after one warming call."""
    import county

    with_archive = county.load()
    figures = {name: measured(address, rounds) for name, address in addresses().items()}
    home = figures["home"]["milliseconds"]
    for figure in figures.values():
        figure["to_home"] = round(figure["milliseconds"] / home, 2)
    return {"archive": with_archive, "pages": figures, "document with related": related(rounds)}


def related(rounds: int) -> dict[str, Any]:
    """One document page with 1 and with 200 of everything that stands beside it, measured in turn; `ratio` of
    the medians, which the load of the machine does not move. Also what 304 costs against the whole page
    while nothing public is written (`portal/unchanged.py`)."""
    one, many = _document_with(1), _document_with(200)
    few = measured(one, 1)["queries"]
    spent: dict[str, list[float]] = {one: [], many: [], "unchanged": []}
    with _plain_site() as client:
        mark = client.get(many)["ETag"]
        for _ in range(rounds * 3):
            for address in (one, many):
                spent[address].append(_seconds(client, address))
            spent["unchanged"].append(_seconds(client, many, mark))
    medians = {name: statistics.median(times) * 1000 for name, times in spent.items()}
    return {
        "1": {"queries": few, "milliseconds": round(medians[one], 1)},
        "200": {"queries": measured(many, 1)["queries"], "milliseconds": round(medians[many], 1)},
        "ratio": round(medians[many] / medians[one], 2),
        "304": {
            "milliseconds": round(medians["unchanged"], 1),
            "of_whole": round(medians["unchanged"] / medians[many], 2),
        },
    }


def _seconds(client: Any, address: str, mark: str = "") -> float:
    began = time.perf_counter()
    answer = client.get(address, headers={"if-none-match": mark} if mark else {})
    spent = time.perf_counter() - began
    if answer.status_code != (304 if mark else 200):
        raise AssertionError(f"{address} answers {answer.status_code}")
    return spent


def _document_with(number: int) -> str:
    """A public document with so many interpretations, items, papers on its topic and papers that rest on it;
    copies of what the county has, past the services. Returns its address."""
    from copy import copy

    from catalog.models import Basis, Item, Law
    from disclosure.models import Document, LawText
    from interpretation.models import Interpretation

    def copies(row: Any, **changes: Any) -> list[Any]:
        made = []
        for place in range(number):
            new = copy(row)
            new.pk, new._state.adding = None, True
            for name, value in {"index_number": "", "source_id": "", **changes}.items():
                setattr(new, name, f"{value}-{number}-{place}" if name == "code" else value)
            made.append(new)
        return list(type(row).objects.bulk_create(made))

    plain = Document.objects.published().exclude(topic=None).order_by("pk").first()
    document = copy(plain)
    document.pk, document._state.adding = None, True
    # Numbers are never used twice.
    document.index_number = document.source_id = ""
    document.save()
    law = Law.objects.create(key=f"bench-{number}", title=f"量度{number}")
    LawText.objects.create(
        law=law, document=document, linked_by_id=plain.submitted_by_id, linked_at=plain.updated_at
    )
    explained = copies(Interpretation.objects.published().order_by("pk").first())
    document.interpretations.add(*explained)
    items = copies(Item.objects.published().order_by("pk").first(), code="bench")
    Basis.objects.bulk_create([Basis(item=item, position=1, text="法", law=law) for item in items])
    document.items.add(*items)
    for item, paper in zip(items, copies(plain, repealed_by=document), strict=True):
        paper.items.add(item)
    return f"/documents/{document.pk}/"


def addresses() -> dict[str, str]:
    """Return the pages to measure: for document, interpretation and item the first that is public."""
    from agencies.models import Agency
    from catalog.models import Item
    from disclosure.models import Document
    from interpretation.models import Interpretation

    item = Item.objects.published().order_by("pk").first()
    document = Document.objects.published().order_by("pk").first()
    interpretation = Interpretation.objects.published().order_by("pk").first()
    agency = Agency.objects.published().exclude(parent=None).order_by("pk").first()
    return {
        "home": "/",
        "catalog": "/catalog/",
        "field": f"/catalog/{item.field.slug}/",
        "item": f"/catalog/items/{item.code}/",
        "documents": "/documents/",
        "document": f"/documents/{document.pk}/",
        "interpretation": f"/interpretations/{interpretation.pk}/",
        "agency": f"/agencies/{agency.code}/",
        "search common": "/search/?q=通知",
        "search rare": "/search/?q=高龄津贴",
        "search two words": "/search/?q=危房改造 补助",
        "search number": "/search/?q=青政发〔2026〕1号",
        "search filtered": "/search/?q=通知&kind=document&year=2026",
        "search API": "/api/v1/search?q=通知",
        "suggestions": "/search/suggest?q=关于",
    }


def measured(address: str, rounds: int) -> dict[str, Any]:
    """Return queries and median milliseconds of one address; AssertionError when it does not answer."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with _plain_site() as client:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            answer = client.get(address)
        if answer.status_code != 200:
            raise AssertionError(f"{address} answers {answer.status_code}")
        # Counted now: the next request empties the log.
        count = len(queries)
        spent = []
        for _ in range(rounds):
            began = time.perf_counter()
            client.get(address)
            spent.append(time.perf_counter() - began)
    return {"queries": count, "milliseconds": round(statistics.median(spent) * 1000, 1)}


@contextmanager
def _plain_site() -> Iterator[Any]:
    from django.conf import settings
    from django.test import Client, override_settings

    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(ALLOWED_HOSTS=["*"], STORAGES={**settings.STORAGES, "staticfiles": plain}):
        yield Client()
