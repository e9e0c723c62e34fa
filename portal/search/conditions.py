"""What a search asks of the index besides its words: tags that the index holds, and pieces of SQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from agencies.models import Agency
from disclosure.validity import validity_sql
from portal.search import numbers, tags
from portal.search.params import SearchParams


@dataclass(frozen=True)
class Condition:
    """A piece of SQL with its values; or tags, of which an entry must bear one; or a piece of a `tsquery`."""

    sql: str = ""
    values: tuple[Any, ...] = ()
    tags: tuple[str, ...] = ()
    words: str = ""


#: Holds for no entry.
NOTHING = Condition("false")


def filters(params: SearchParams, agencies: Mapping[str, Agency]) -> dict[str, Condition]:
    """Return the filters by facet, so that each facet's counts can leave out its own."""
    found: dict[str, Condition] = {}
    for name in ("kind", "topic", "field", "year"):
        if chosen := getattr(params, name):
            found[name] = Condition(tags=tuple(tags.of(name, value) for value in chosen))
    if params.validity:
        found["validity"] = Condition(f"{validity()} = ANY(%s)", (list(params.validity),))
    if params.agency:
        known = [tags.of("agency", code) for code in params.agency if code in agencies]
        found["agency"] = Condition(tags=tuple(known)) if known else NOTHING
    if params.published_after:
        found["after"] = Condition("published_on >= %s", (params.published_after,))
    if params.published_before:
        found["before"] = Condition("published_on <= %s", (params.published_before,))
    for name in ("doc_number", "index_number"):
        if asked := getattr(params, name):
            found[name] = Condition("numbers && %s::varchar[]", (numbers.keys(asked)[:1] or [asked],))
    return found


def validity() -> str:
    """The validity of today, by the county's calendar: an expiry acts without anybody touching the index."""
    return validity_sql(timezone.localdate())


def where(words: str, conditions: Iterable[Condition], within: Sequence[str] = ()) -> tuple[str, list[Any]]:
    """Return the text of WHERE and its values: words and tags as one `tsquery`, then the other conditions.

    `words` is the text of a `tsquery`, empty for none; `within` are tags of which one must be borne.
    """
    found = list(conditions)
    pieces = [words] if words else []
    pieces += [tags.any_of(condition.tags) for condition in found if condition.tags]
    pieces += [tags.any_of(within)] if within else []
    unwanted = [condition.words for condition in found if condition.words.startswith("!")]
    pieces += [condition.words for condition in found if condition.words and condition.words not in unwanted]
    others = [condition for condition in found if condition.sql]
    # Whatever else is asked for by an index of its own (numbers, days) needs no word beside it.
    if unwanted or not others:
        pieces = pieces or [tags.any_of([tags.VISIBLE])]
    asked = " & ".join([*pieces, *unwanted])
    sql = ["NOT hidden", *(["tokens @@ %s::tsquery"] if asked else []), *(c.sql for c in others)]
    return " AND ".join(sql), [*([asked] if asked else []), *(v for c in others for v in c.values)]
