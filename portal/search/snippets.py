"""The passage of a text that answers a query, cut at sentences, with the words to be marked."""

from __future__ import annotations

import re
from html import escape

from django.utils.safestring import SafeString, mark_safe

from portal.search import words

LENGTH = 110
_SENTENCE_END = "。!?;！？；\n"


def telling_words(query: str) -> list[str]:
    """Return the strings to be marked for `query`, longest first."""
    found = {"".join(group) for group in words.groups(query)}
    found |= {part for word in list(found) for part in words.finer(word) if len(part) > 1}
    return sorted((word for word in found if word), key=len, reverse=True)


def _pattern(telling: list[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(re.escape(word) for word in telling), re.IGNORECASE) if telling else None


def _same_length(text: str) -> str:
    """Fold `text` character by character, so that places in the folded text are places in the text."""
    folded = words.fold(text)
    if len(folded) == len(text):
        return folded
    return "".join(one if len(one := words.fold(c)) == 1 else c for c in text)


def passage(text: str, query: str, length: int = LENGTH) -> str:
    """Return about `length` characters of `text` where most words of `query` stand together."""
    flat = " ".join(text.split())
    if len(flat) <= length:
        return flat
    folded = _same_length(flat)
    pattern = _pattern(telling_words(query))
    hits = [match.start() for match in pattern.finditer(folded)][:400] if pattern else []
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


def marked(text: str, query: str) -> SafeString:
    """Return `text` escaped, the words of `query` in `<mark>`."""
    pattern = _pattern(telling_words(query))
    if pattern is None:
        return mark_safe(escape(text))  # noqa: S308 - escaped
    folded = _same_length(text)
    parts, last = [], 0
    for match in pattern.finditer(folded):
        parts += [
            escape(text[last : match.start()]),
            "<mark>",
            escape(text[match.start() : match.end()]),
            "</mark>",
        ]
        last = match.end()
    return mark_safe("".join([*parts, escape(text[last:])]))  # noqa: S308 - every part is escaped
