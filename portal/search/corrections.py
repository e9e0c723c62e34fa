"""What somebody may have meant who wrote pinyin, initials, a homophone or one wrong character.

Asked only where a query finds nothing as it stands. The words that may be meant are those of the synonyms, of
our terms, of the agencies' names, and those that the index has often.
"""

from __future__ import annotations

import re
import threading
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice

from pypinyin import Style, lazy_pinyin

from agencies.models import Agency
from portal.search import synonyms, words
from portal.search.models import IndexState, Lexeme

#: Words of the index that are known by sound at most, and how often they must stand there.
_MOST, _OFTEN = 40_000, 20
_HAN_ONLY = re.compile("[㐀-\u9fff]{2,8}")
_LATIN = re.compile(r"[a-z]+(?:['\s]+[a-z]+)*")
#: Initials alone mean too much when they are two.
_FEWEST_INITIALS = 3
_LONGEST = 8


@dataclass
class Sounds:
    """Known words by their sound, their initials, and with one character left open."""

    known: set[str] = field(default_factory=set)
    by_sound: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    by_initials: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    by_gap: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _in_order: list[str] = field(default_factory=list)

    def add(self, word: str) -> None:
        """Take up a word; those that come first are meant first."""
        if word in self.known or not _HAN_ONLY.fullmatch(word):
            return
        self.known.add(word)
        sounds = pinyin(word)
        self.by_sound["".join(sounds)].append(word)
        self.by_initials["".join(sound[0] for sound in sounds if sound)].append(word)
        if len(word) >= 3:
            for at in range(len(word)):
                self.by_gap[_gap(word, at)].append(word)

    def beginning_with(self, sound: str, limit: int) -> list[str]:
        """Return words whose sound begins so, then those with these initials."""
        if len(self._in_order) != len(self.by_sound):
            self._in_order = sorted(self.by_sound)
        start = bisect_left(self._in_order, sound)
        near = islice(self._in_order, start, start + limit)
        found = [word for one in near if one.startswith(sound) for word in self.by_sound[one]]
        return list(dict.fromkeys([*found, *self.by_initials.get(sound, ())]))[:limit]


@lru_cache(maxsize=50_000)
def pinyin(word: str) -> tuple[str, ...]:
    """Return the sounds of a word's characters, without tones; polyphones as in the word."""
    return tuple(lazy_pinyin(word, style=Style.NORMAL, errors="ignore"))


def _gap(word: str, at: int) -> str:
    return f"{word[:at]}*{word[at + 1 :]}"


_lock = threading.Lock()
_kept: tuple[object, Sounds] = (None, Sounds())


def sounds() -> Sounds:
    """Return the known words, gathered anew when the synonyms or the index are others."""
    global _kept
    state = IndexState.objects.filter(pk=1).values_list("rebuilt_at", flat=True).first()
    key = (synonyms.current().version, state)
    with _lock:
        if _kept[0] != key:
            found = Sounds()
            for word in _words():
                found.add(word)
            _kept = (key, found)
        return _kept[1]


def _words() -> Iterator[str]:
    yield from synonyms.all_terms()
    yield from words.terms()
    for name, short, aliases in Agency.objects.values_list("name", "short_name", "aliases"):
        yield from (words.plain(one) for one in (name, short, *aliases))
    often = Lexeme.objects.filter(entries__gte=_OFTEN, lexeme__regex="^[㐀-\u9fff]{2,8}$")
    yield from often.order_by("-entries", "lexeme").values_list("lexeme", flat=True)[:_MOST]


def corrections(query: str) -> list[str]:
    """Return what `query` may have meant, the likeliest first: never itself, at most three."""
    known = sounds()
    folded = words.fold(query).strip()
    found: Iterable[str] = _of_latin(folded, known) if _LATIN.fullmatch(folded) else _of_han(folded, known)
    return [text for text in dict.fromkeys(found) if text != folded][:3]


def _of_latin(text: str, known: Sounds) -> Iterator[str]:
    """Pinyin with or without blanks, then of several words, then initials."""
    joined = re.sub(r"['\s]", "", text)
    yield from known.by_sound.get(joined, ())
    parts = _split(joined, known)
    if parts:
        yield " ".join(known.by_sound[part][0] for part in parts)
    if len(joined) >= _FEWEST_INITIALS:
        yield from known.by_initials.get(joined, ())


def _split(joined: str, known: Sounds) -> list[str]:
    """Split pinyin into the sounds of as few known words as possible; nothing where that cannot be."""
    best: list[list[str] | None] = [[]] + [None] * len(joined)
    for end in range(1, len(joined) + 1):
        for start in range(max(0, end - 6 * _LONGEST), end):
            before = best[start]
            if before is None or joined[start:end] not in known.by_sound:
                continue
            now = best[end]
            if now is None or len(before) + 1 < len(now):
                best[end] = [*before, joined[start:end]]
    return best[-1] or []


def _of_han(text: str, known: Sounds) -> Iterator[str]:
    """Yield `text` with a known word in it: one of the same sound first, then one of another character.

    What is put right begins and ends where words do and holds a character that stands alone: what is written
    wrong falls apart when it is cut, what the dictionary has as one word is left as it is.
    """
    pieces = list(_pieces(text, known))
    for at, piece in pieces:
        for meant in known.by_sound.get("".join(pinyin(piece)), ()):
            yield text[:at] + meant + text[at + len(piece) :]
    for at, piece in pieces:
        for open_at in range(len(piece)):
            for meant in known.by_gap.get(_gap(piece, open_at), ()):
                yield text[:at] + meant + text[at + len(piece) :]


def _pieces(text: str, known: Sounds) -> Iterator[tuple[int, str]]:
    """Yield places and passages of `text` that may be a word written wrong, the longest first."""
    found = []
    for run in words.runs(text):
        start = text.find("".join(run))
        for first in range(len(run)):
            for last in range(first + 1, len(run) + 1):
                piece = "".join(run[first:last])
                alone = any(len(word) == 1 for word in run[first:last])
                if alone and _HAN_ONLY.fullmatch(piece) and piece not in known.known and start >= 0:
                    found.append((start + len("".join(run[:first])), piece))
    yield from sorted(found, key=lambda place: (-len(place[1]), place[0]))
