"""Whether an interpretation only repeats the paper that it explains (DOMAIN §5: 摘抄原文不是解读). Pure.

Sentences are compared by runs of characters, so that a changed mark, blank or number of a paragraph does not
hide a copy, and a quoted name or term does not make one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_BREAK = re.compile(r"[。！？；!?;\n]+")
_NOISE = re.compile(r"[^\w]+|_")
#: A shorter sentence is a heading or a turn of phrase; both papers may well share it.
SHORTEST = 10
_RUN = 5
#: So much of a sentence's runs must stand in the paper for it to be copied: one word or number may differ.
_COPIED = 0.75
#: Less text than this says nothing about the manner of the whole.
ENOUGH = 120
#: More than this part of the interpretation copied: a mere abridgement.
TOO_MUCH = 0.5


@dataclass(frozen=True)
class Overlap:
    """How many of the characters that count are copied, and from how many sentences."""

    copied: int
    counted: int
    sentences: int
    copied_sentences: int

    @property
    def share(self) -> float:
        """Copied part, 0 to 1."""
        return self.copied / self.counted if self.counted else 0.0

    @property
    def is_abridgement(self) -> bool:
        """Whether most of a text long enough to judge is copied."""
        return self.counted >= ENOUGH and self.share > TOO_MUCH


def sentences(text: str) -> list[str]:
    """The sentences of a text, without marks and blanks, those too short left out."""
    folded = (_NOISE.sub("", part) for part in _BREAK.split(text))
    return [one for one in folded if len(one) >= SHORTEST]


def overlap(explanation: str, papers: Iterable[str]) -> Overlap:
    """Measure how much of `explanation` stands in any of `papers` (plain texts)."""
    known: set[str] = set()
    for paper in papers:
        folded = _NOISE.sub("", paper)
        known.update(_runs(folded))
    found = [(len(one), _is_copied(one, known)) for one in sentences(explanation)]
    return Overlap(
        copied=sum(length for length, copied in found if copied),
        counted=sum(length for length, _ in found),
        sentences=len(found),
        copied_sentences=sum(copied for _, copied in found),
    )


def _runs(text: str) -> Iterable[str]:
    return (text[at : at + _RUN] for at in range(len(text) - _RUN + 1))


def _is_copied(sentence: str, known: set[str]) -> bool:
    runs = list(_runs(sentence))
    return sum(run in known for run in runs) >= _COPIED * len(runs)
