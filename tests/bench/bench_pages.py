"""The main pages: number of queries, and median milliseconds through Django's test client.

Measured on the demo county with the archive of `../shared/data` (`archive` says whether it was there).
`to_home` is the ratio to the home page, which does not depend on the machine.
"""

from __future__ import annotations

import statistics
import time
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
    return {"archive": with_archive, "pages": figures}


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
    from django.conf import settings
    from django.db import connection
    from django.test import Client, override_settings
    from django.test.utils import CaptureQueriesContext

    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(ALLOWED_HOSTS=["*"], STORAGES={**settings.STORAGES, "staticfiles": plain}):
        client = Client()
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
