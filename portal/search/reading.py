"""How a query may be read, the strictest first: as a number, as all its words, as some of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from portal.search import frequency, numbers, tags
from portal.search.conditions import NOTHING, Condition
from portal.search.words import TITLE, QueryWord

#: What a word that is in no table of frequencies may cost at most (`frequency`).
_RARE = 20
#: What an optional word weighs beside 1 for a telling one.
_OPTIONAL = 0.1


@dataclass(frozen=True)
class Reading:
    """One way to read a query. `note` says in words how it was read when that is not plain."""

    asked: tuple[QueryWord, ...] = ()
    #: Whether one of the words is enough; the more of them a hit has, the further up it stands.
    any_word: bool = False
    keys: tuple[str, ...] = ()
    #: How many of the keys a hit may have.
    exact_keys: int = 0
    note: str = ""
    exact: bool = True
    #: Whether what was typed holds no word at all.
    nothing: bool = False

    @property
    def must(self) -> tuple[QueryWord, ...]:
        """The words that count: all but those that no answer need have."""
        return tuple(word for word in self.asked if not word.is_optional)

    @property
    def match(self) -> str:
        """The words that a hit must have, as the text of a `tsquery`."""
        return self._joined()

    @property
    def entitled(self) -> str:
        """The same words, asked of titles alone."""
        return self._joined(TITLE)

    def _joined(self, prefix: str = "") -> str:
        if self.keys or not self.asked:
            return ""
        text = (" | " if self.any_word else " & ").join(word.tsquery(prefix) for word in self.must)
        return f"({text})"

    @property
    def all_but_one(self) -> str:
        """All words but any one of them: what comes before the rest where one word is enough."""
        if not self.any_word or len(self.must) < 3:
            return ""
        ways = [" & ".join(word.tsquery() for word in self.must if word is not left) for left in self.must]
        return "(" + " | ".join(ways) + ")"

    @property
    def conditions(self) -> list[Condition]:
        """What it asks for beside words."""
        if self.nothing:
            return [NOTHING]
        if not self.keys:
            return []
        return [Condition("numbers && %s::varchar[]", (list(self.keys[: self.exact_keys]),))]


class Costs:
    """What is known of the words of one query: in how many entries they stand."""

    def __init__(self, asked: Sequence[QueryWord], others: Sequence[str] = ()) -> None:
        lexemes = [lexeme for word in asked for way in word.ways for lexeme in way]
        self.known: Mapping[str, int] = frequency.of(
            [*lexemes, *(TITLE + lexeme for lexeme in lexemes), *others, tags.VISIBLE]
        )
        self.all = self.known.get(tags.VISIBLE, 0)

    def of_word(self, word: QueryWord, prefix: str = "") -> int:
        """Return about how many entries have the word."""
        return min(
            self.all or _RARE,
            sum(min(self.known.get(prefix + lexeme, _RARE) for lexeme in way) for way in word.ways),
        )

    def of_tags(self, chosen: Sequence[str]) -> int:
        """Return about how many entries bear one of the tags."""
        return sum(self.known.get(tag, _RARE) for tag in chosen)

    def weight(self, word: QueryWord) -> float:
        """Return how telling a word is: 1 for one that stands nowhere else, little for a common one."""
        if word.is_optional:
            return _OPTIONAL
        if not self.all:
            return 1.0
        rarest = math.log(1 + self.all)
        return max(0.1, math.log(1 + self.all / max(1, self.of_word(word))) / rarest)

    def most(self, reading: Reading, conditions: Sequence[Condition], prefix: str = "") -> int:
        """Return how many hits there are at most, as far as is known: as many as the rarest part has."""
        if reading.keys or reading.nothing:
            return _RARE
        words = [self.of_word(word, prefix) for word in reading.must]
        parts = [sum(words)] if words and reading.any_word else words
        parts += [self.of_tags(condition.tags) for condition in conditions if condition.tags]
        return min([*parts, self.all])


def readings(q: str, asked: Sequence[QueryWord]) -> Iterator[Reading]:
    """Yield the readings of a number: the number itself, then the same year and serial."""
    if keys := tuple(numbers.in_query(q)):
        yield Reading(asked=tuple(asked), keys=keys, exact_keys=1)
        if len(keys) > 1:
            yield Reading(
                asked=tuple(asked),
                keys=keys,
                exact_keys=len(keys),
                note=f"没有文号正好是「{q}」的文件，下面是年份和序号相同的。",
                exact=False,
            )
