"""The passage of a text that answers a query, cut at sentences, with the words to be marked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from django.utils.safestring import SafeString, mark_safe

from portal.search import words
from portal.search.words import QueryWord

LENGTH = 110
_SENTENCE_END = "。!?;！？；\n"


def pattern(asked: Iterable[QueryWord]) -> re.Pattern[str] | None:
    """Return what finds in a text what was asked for, in whichever words; None where nothing was."""
    telling = {
        text
        for word in asked
        if not word.is_optional
        for text in (word.word, *(lexeme for way in word.ways for lexeme in way))
        if text == word.word or (len(text) > 1 and not text.startswith(words.PAIR))
    }
    longest_first = sorted(telling, key=lambda text: (-len(text), text))
    return re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE) if telling else None


def _same_length(text: str) -> str:
    """Fold `text` character by character, so that places in the folded text are places in the text."""
    folded = words.fold(text)
    if len(folded) == len(text):
        return folded
    return "".join(one if len(one := words.fold(c)) == 1 else c for c in text)


def passage(text: str, telling: re.Pattern[str] | None, length: int = LENGTH) -> str:
    """Return about `length` characters of `text` where most of what was asked for stands together."""
    flat = " ".join(text.split())
    if len(flat) <= length:
        return flat
    folded = _same_length(flat)
    hits = [match.start() for match in telling.finditer(folded)][:400] if telling else []
    if not hits:
        return flat[: length - 1].rstrip() + "…"
    best = max(hits, key=lambda at: (len({folded[h : h + 2] for h in hits if at <= h < at + length}), -at))
    start = best
    # Back to the start of the sentence, if that is near; else a little run-up.
    for back in range(best, max(best - 40, -1), -1):
        if back == 0 or flat[back - 1] in _SENTENCE_END or flat[back - 1] == " ":
            start = back
            break
    else:
        start = max(best - 12, 0)
    end = min(start + length, len(flat))
    return ("…" if start else "") + flat[start:end].strip() + ("…" if end < len(flat) else "")


def marked(text: str, telling: re.Pattern[str] | None) -> SafeString:
    """Return `text` escaped, what was asked for in `<mark>`."""
    if telling is None:
        return mark_safe(escape(text))  # noqa: S308 - escaped
    folded = _same_length(text)
    parts, last = [], 0
    for match in telling.finditer(folded):
        parts += [
            escape(text[last : match.start()]),
            "<mark>",
            escape(text[match.start() : match.end()]),
            "</mark>",
        ]
        last = match.end()
    return mark_safe("".join([*parts, escape(text[last:])]))  # noqa: S308 - every part is escaped
