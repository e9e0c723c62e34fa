"""The search parameters (DESIGN, Addresses that stay): one reading for page, API, feed and export."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol
from urllib.parse import urlencode

SORTS = {"relevance": "相关度", "newest": "最新在前", "oldest": "最早在前"}
#: Facets in the order in which they stand beside the results.
FACETS = ("kind", "agency", "topic", "field", "year", "validity")
_TEXTS = ("doc_number", "index_number")
_LONGEST_QUERY = 200
#: Control characters: PostgreSQL refuses NUL, XML (the feed) the others; nobody types them in earnest.
_UNSPEAKABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")


class Values(Protocol):
    """What a QueryDict offers of a query string."""

    def getlist(self, key: str) -> list[Any]:
        """Return all values of `key`."""


@dataclass(frozen=True)
class SearchParams:
    """A search as asked for. `problems` says in words which values were not understood and left out."""

    q: str = ""
    kind: tuple[str, ...] = ()
    agency: tuple[str, ...] = ()
    topic: tuple[str, ...] = ()
    field: tuple[str, ...] = ()
    year: tuple[str, ...] = ()
    validity: tuple[str, ...] = ()
    doc_number: str = ""
    index_number: str = ""
    published_after: date | None = None
    published_before: date | None = None
    sort: str = "relevance"
    page: int = 1
    page_size: int = 10
    problems: tuple[str, ...] = ()

    @classmethod
    def parse(cls, values: Values) -> SearchParams:
        """Read a query string. Never raises: what cannot be read is named in `problems` and left out."""
        problems: list[str] = []

        def text(name: str) -> str:
            found = [str(v) for v in values.getlist(name)]
            return _clean(found[-1]) if found else ""

        chosen: dict[str, Any] = {}
        for name in FACETS:
            given = (_clean(str(v)) for v in values.getlist(name))
            chosen[name] = tuple(dict.fromkeys(v for v in given if v))
        for value in chosen["year"]:
            if not (value.isascii() and value.isdigit() and len(value) == 4):
                problems.append(f"年份「{value}」不是四位数字,没有采用。")
        chosen["year"] = tuple(v for v in chosen["year"] if v.isascii() and v.isdigit() and len(v) == 4)
        for name in ("published_after", "published_before"):
            chosen[name] = _day(text(name), problems)
        q = text("q")
        if len(q) > _LONGEST_QUERY:
            problems.append(f"查找的内容太长,只用了前{_LONGEST_QUERY}个字。")
        sort = text("sort") or "relevance"
        if sort not in SORTS:
            problems.append(f"没有「{sort}」这种排序,已按相关度排序。")
            sort = "relevance"
        return cls(
            q=q[:_LONGEST_QUERY],
            doc_number=text("doc_number"),
            index_number=text("index_number"),
            sort=sort,
            page=_number(text("page"), 1, 1, 10_000, "页码", problems),
            page_size=_number(text("page_size"), 10, 1, 100, "每页条数", problems),
            problems=tuple(problems),
            **chosen,
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing was asked for: no words and no filter."""
        return not (self.q or self.doc_number or self.index_number or self.tags or self.has_dates)

    @property
    def has_dates(self) -> bool:
        """Whether a range of dates was asked for."""
        return bool(self.published_after or self.published_before)

    @property
    def tags(self) -> list[tuple[str, str]]:
        """The chosen facet values as pairs of facet and value."""
        return [(name, value) for name in FACETS for value in getattr(self, name)]

    def query_string(self, **changes: Any) -> str:
        """Return the clean query string of this search with `changes`; defaults are left out.

        Any change but that of the page itself leads back to page 1.
        """
        if "page" not in changes:
            changes["page"] = 1
        then = replace(self, **changes)
        pairs: list[tuple[str, str]] = [("q", then.q)] if then.q else []
        pairs += then.tags
        pairs += [(name, getattr(then, name)) for name in _TEXTS if getattr(then, name)]
        for name in ("published_after", "published_before"):
            day = getattr(then, name)
            pairs += [(name, day.isoformat())] if day else []
        defaults: Mapping[str, Any] = {"sort": "relevance", "page": 1, "page_size": 10}
        pairs += [
            (name, str(getattr(then, name))) for name, d in defaults.items() if getattr(then, name) != d
        ]
        return urlencode(pairs)

    def toggled(self, name: str, value: str) -> str:
        """Return the query string with a facet value added, or taken away where it is chosen."""
        chosen = getattr(self, name)
        then = tuple(v for v in chosen if v != value) if value in chosen else (*chosen, value)
        return self.query_string(**{name: then})


def _clean(text: str) -> str:
    return _UNSPEAKABLE.sub("", text).strip()


def _day(text: str, problems: list[str]) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        problems.append(f"日期「{text}」读不懂,请写成 2026-03-02 的样子;这一条件没有采用。")
        return None


def _number(text: str, default: int, least: int, most: int, name: str, problems: list[str]) -> int:
    if not text:
        return default
    # At most nine digits: nobody asks for more, and int() refuses thousands of them.
    if text.isascii() and text.isdigit() and len(text) <= 9 and least <= int(text) <= most:
        return int(text)
    problems.append(f"{name}「{text}」应为 {least} 到 {most} 的整数,已改用 {default}。")
    return default
