"""What a query in the query language demands of a hit besides words: passages, titles, values of filters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from agencies.models import Agency
from disclosure.states import Validity
from portal.search import numbers, tags, words
from portal.search.conditions import NOTHING, Condition, validity
from portal.search.facets import KINDS
from portal.search.language import Expression
from portal.search.understanding import understand
from portal.search.words import TITLE, QueryWord


@dataclass
class Demands:
    """What every hit must fulfil, however its words are read."""

    conditions: list[Condition] = field(default_factory=list)
    #: Words that were demanded so, to put hits in order by and to be marked.
    words: list[QueryWord] = field(default_factory=list)
    #: Sentences about values that there are not.
    problems: list[str] = field(default_factory=list)


def demands(expression: Expression, agencies: Mapping[str, Agency], fields: Mapping[str, str]) -> Demands:
    """Return the demands of `expression`; names of agencies and fields are looked up."""
    found = Demands()
    for title in expression.title:
        for word in _required(title):
            found.conditions.append(Condition(words=word.tsquery(TITLE)))
            found.words.append(word)
    for text in expression.text:
        for word in _required(text):
            found.conditions.append(Condition(words=word.tsquery(weight="D")))
            found.words.append(word)
    for phrase in expression.phrases:
        _phrase(found, phrase)
    for unwanted in expression.without:
        if pieces := [word.tsquery() for word in _required(unwanted)]:
            found.conditions.append(Condition(words=f"!({' & '.join(pieces)})"))
    for name, values in expression.filters.items():
        _filter(found, name, values, agencies, fields)
    return found


def _required(text: str) -> list[QueryWord]:
    return [word for word in understand(text) if not word.is_optional]


def _phrase(found: Demands, phrase: str) -> None:
    """Demand a passage: its words by the index, their order in the row itself."""
    for word in words.together(word for run in words.runs(phrase) for word in run):
        found.conditions.append(Condition(words=word.tsquery()))
        found.words.append(word)
    plain = words.plain(phrase)
    if plain:
        found.conditions.append(
            Condition(
                "(strpos(title_folded, %s) > 0 OR strpos(title, %s) > 0 OR strpos(body, %s) > 0)",
                (plain, phrase, phrase),
            )
        )


def _filter(
    found: Demands,
    name: str,
    values: tuple[str, ...],
    agencies: Mapping[str, Agency],
    fields: Mapping[str, str],
) -> None:
    if name in ("doc_number", "index_number"):
        keys = [key for value in values for key in numbers.keys(value)[:1] or [value]]
        found.conditions.append(Condition("numbers && %s::varchar[]", (keys,)))
        return
    known = _known(name, agencies, fields)
    chosen: list[str] = []
    for value in values:
        meant = list(known(value))
        chosen += meant
        if not meant:
            found.problems.append(f"没有「{value}」这个{_LABELS[name]}，所以按它什么也找不到。")
    if not chosen:
        found.conditions.append(NOTHING)
    elif tags.has(name):
        found.conditions.append(Condition(tags=tuple(tags.of(name, value) for value in chosen)))
    else:
        found.conditions.append(Condition(f"{validity()} = ANY(%s)", (chosen,)))


_LABELS = {
    "agency": "单位",
    "topic": "主题",
    "field": "领域",
    "kind": "类型",
    "year": "年份",
    "validity": "有效性",
}
_VALIDITIES = {value.value: str(value.label) for value in Validity}


def _known(
    name: str, agencies: Mapping[str, Agency], fields: Mapping[str, str]
) -> Callable[[str], Iterable[str]]:
    """Return what finds the values that a word of the query means."""
    if name == "agency":
        return lambda value: (code for code, agency in agencies.items() if _is_called(agency, code, value))
    if name == "year":
        return lambda value: [value.removesuffix("年")] if value.removesuffix("年").isdecimal() else []
    if name == "topic":
        return lambda value: [value]
    labels = {"field": fields, "kind": KINDS}.get(name, _VALIDITIES)
    return lambda value: (key for key, label in labels.items() if value == key or value in label)


def _is_called(agency: Agency, code: str, value: str) -> bool:
    plain = words.plain(value)
    names = (agency.name, agency.short_name, *agency.aliases)
    return value == code or any(plain == words.plain(name) for name in names if name)
