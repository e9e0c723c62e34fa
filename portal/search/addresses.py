"""From the address of a public page to the key of its entry in the index."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit

from django.urls import Resolver404, resolve

from agencies.models import Agency
from catalog.models import Item
from disclosure.models import Document
from portal.search.models import Entry


def _by_number(place: str) -> Callable[[dict[str, Any]], str]:
    return lambda given: f"{place}:{given['pk']}"


def _item(given: dict[str, Any]) -> str:
    pk = Item.objects.published().filter(code=given["code"]).values_list("pk", flat=True).first()
    return f"item:{pk}" if pk else ""


def _agency(given: dict[str, Any]) -> str:
    pk = Agency.objects.published().filter(code=given["slug"]).values_list("pk", flat=True).first()
    return f"agency:{pk}" if pk else ""


def _index_number(given: dict[str, Any]) -> str:
    rows = Document.objects.published().filter(index_number=given["index_number"].rstrip("/"))
    pk = rows.values_list("pk", flat=True).first()
    return f"document:{pk}" if pk else ""


_KEYS: dict[str, Callable[[dict[str, Any]], str]] = {
    "document": _by_number("document"),
    "document_short": _by_number("document"),
    "document_related": _by_number("document"),
    "attachment": _by_number("document"),
    "interpretation": _by_number("interpretation"),
    "interpretation_short": _by_number("interpretation"),
    "interpretation_attachment": _by_number("interpretation"),
    "item": _item,
    "agency": _agency,
    "by_index_number": _index_number,
}


def key_of(address: str, *, thorough: bool = False) -> str:
    """Return the key under which the page at `address` stands in the index; empty if there is none.

    At most one query, by a key; `thorough`: looks through the whole index for addresses of other kinds, too.
    Whether it is public now is for whoever uses the key.
    """
    try:
        path = unquote(urlsplit(address.strip()).path)
        found = resolve(path)
    except (Resolver404, ValueError):
        return ""
    read = _KEYS.get(found.view_name)
    if read is not None:
        key = read(found.kwargs)
        return key if len(key) <= 60 else ""
    if not thorough or found.app_name == "admin":
        return ""
    return Entry.objects.filter(url=path, hidden=False).values_list("key", flat=True).first() or ""
