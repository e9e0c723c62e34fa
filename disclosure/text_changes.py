"""What changed between two versions of a text: paragraphs side by side, words inside them.

Pure. Time is bounded whatever the texts: paragraphs are aligned under a time limit, words inside them under a
budget of steps; past it a paragraph is compared by sentence, or shown as replaced. What is marked is always a
true account: unmarked and removed runs make up the old text, unmarked and added ones the new (property test).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise
from typing import TypeVar

from diff_match_patch import diff_match_patch

T = TypeVar("T")

#: Seconds for aligning paragraphs; only reordered texts of thousands of paragraphs come near it.
_ALIGN_SECONDS = 2.0
#: Steps of the word comparison that a page may take in all, and one paragraph (worst case, about 1 µs each).
_STEPS, _STEPS_EACH = 4_000_000, 1_000_000
_STEPS_OF_A_CALL = 200
#: How far ahead a changed paragraph looks for its counterpart, and how alike the two must be.
_WINDOW, _ALIKE = 12, 0.3
_TOKEN = re.compile(r"[0-9０-９]+(?:[.,][0-9]+)*|[A-Za-z]+|[\s\S]")
_SENTENCE = re.compile(r"[^。；！？;!?]*[。；！？;!?]+|[^。；！？;!?]+")
#: Where longer units get a letter of their own: a private area that texts have no use for.
_PRIVATE = 0xF0000

_KINDS = {
    "h2": "标题",
    "h3": "标题",
    "h4": "标题",
    "li": "列表",
    "blockquote": "引用",
    "tr": "表格",
    "caption": "表题",
    "figcaption": "图题",
}
_BLOCKS = frozenset(
    "p br h2 h3 h4 li tr table thead tbody tfoot blockquote hr div caption figure figcaption ol ul".split()
)
_VOID = frozenset({"br", "hr", "img", "col"})


@dataclass(frozen=True)
class Block:
    """A paragraph, heading, list item or table row. `shape`: its markup, to tell a mere change of layout."""

    text: str
    kind: str = ""
    shape: str = ""


@dataclass(frozen=True)
class Run:
    """A stretch of a text; `marked`: removed from the old, or added to the new."""

    text: str
    marked: bool = False


@dataclass
class Row:
    """Two paragraphs that belong together; `what`: same, changed, shape, removed, added."""

    what: str
    kind: str
    was: list[Run] = field(default_factory=list)
    now: list[Run] = field(default_factory=list)
    was_kind: str = ""


class _Blocks(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Block] = []
        self._open: list[str] = []
        self._text: list[str] = []
        self._shape: list[str] = []
        self._links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS and not ("tr" in self._open and tag not in {"tr", "table"}):
            self.flush()
        if tag not in _VOID:
            self._open.append(tag)
        told = " ".join(f"{name}={value}" for name, value in attrs)
        self._shape.append(f"<{tag} {told}>")
        if tag in {"td", "th"}:
            self._text.append(" │ " if any(part.strip() for part in self._text) else " ")
        elif tag == "a":
            self._links.append(dict(attrs).get("href") or "")
        elif tag == "img":
            known = dict(attrs)
            self._text.append(f"［图片：{known.get('alt') or '没有说明'}　{known.get('src') or ''}］")
        elif tag in _BLOCKS:
            self._text.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._links and (address := self._links.pop()):
            self._text.append(f"〔{address}〕")
        if tag in _BLOCKS and not ("tr" in self._open and tag not in {"tr", "table"}):
            self.flush()
        else:
            self._shape.append(f"</{tag}>")
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        self._text.append(data)
        self._shape.append(" ".join(data.split()))

    def flush(self) -> None:
        """End the block that is being read."""
        text = " ".join("".join(self._text).split())
        if text:
            kind = next((_KINDS[tag] for tag in reversed(self._open) if tag in _KINDS), "")
            self.found.append(Block(text, kind, "".join(self._shape)))
            self._shape.clear()
        self._text.clear()


def blocks(html: str) -> list[Block]:
    """The paragraphs of a body: links with their address, pictures with their text, a table row as one."""
    parser = _Blocks()
    parser.feed(html)
    parser.close()
    parser.flush()
    return parser.found


class Comparison:
    """One comparison, with its budget. Make one for a page."""

    def __init__(self, *, steps: int = _STEPS) -> None:
        self._left = steps

    def bodies(self, was: str, now: str) -> list[Row]:
        """The rows of two bodies, in order of reading."""
        old, new = blocks(was), blocks(now)
        rows: list[Row] = []
        removed: list[Block] = []
        added: list[Block] = []
        for stayed, mine, theirs in _aligned(old, new, key=_text_of, seconds=_ALIGN_SECONDS):
            if stayed:
                rows += self._gap(removed, added)
                removed, added = [], []
                rows += [_kept(one, other) for one, other in zip(mine, theirs, strict=True)]
            else:
                removed += mine
                added += theirs
        return rows + self._gap(removed, added)

    def texts(self, was: str, now: str) -> tuple[list[Run], list[Run]]:
        """The runs of two short texts, or of two paragraphs: by word, Chinese by character."""
        mine, theirs = _TOKEN.findall(was), _TOKEN.findall(now)
        if not self._affords(mine, theirs):
            mine, theirs = _SENTENCE.findall(was), _SENTENCE.findall(now)
            if not self._affords(mine, theirs):
                return [Run(was, True)], [Run(now, True)]
        old: list[Run] = []
        new: list[Run] = []
        for stayed, gone, come in _aligned(mine, theirs, key=str, tidy=True):
            _put(old, "".join(gone), not stayed)
            _put(new, "".join(come), not stayed)
        return old, new

    def _affords(self, was: Sequence[str], now: Sequence[str]) -> bool:
        """Whether the budget holds two such texts; if so it is spent. What they share at the ends is free."""
        head, tail = _ends(was, now, str)
        cost = max(_STEPS_OF_A_CALL, ((len(was) + len(now)) // 2 - head - tail) ** 2)
        if cost > min(self._left, _STEPS_EACH):
            return False
        self._left -= cost
        return True

    def _gap(self, removed: Sequence[Block], added: Sequence[Block]) -> list[Row]:
        """What stands between two paragraphs that stayed: alike ones side by side, others by themselves."""
        rows: list[Row] = []
        pairs = [_pairs(one.text) for one in added]
        done = 0
        for one in removed:
            mine = _pairs(one.text)
            ahead = range(done, min(len(added), done + _WINDOW))
            scores = [(_alike(mine, pairs[place]), -place) for place in ahead]
            score, place = max(scores, default=(0.0, 0))
            if score < _ALIKE:
                rows.append(Row("removed", one.kind, was=[Run(one.text, True)]))
                continue
            rows += [_added(other) for other in added[done:-place]]
            was, now = self.texts(one.text, added[-place].text)
            rows.append(Row("changed", added[-place].kind, was, now, one.kind))
            done = -place + 1
        return rows + [_added(other) for other in added[done:]]


def _put(runs: list[Run], text: str, marked: bool) -> None:
    """Add a run; one of the same kind as the last grows."""
    if runs and runs[-1].marked == marked:
        runs[-1] = Run(runs[-1].text + text, marked)
    elif text:
        runs.append(Run(text, marked))


def _text_of(block: Block) -> str:
    return block.text


def _added(block: Block) -> Row:
    return Row("added", block.kind, now=[Run(block.text, True)])


def _kept(was: Block, now: Block) -> Row:
    what = "same" if (was.kind, was.shape) == (now.kind, now.shape) else "shape"
    return Row(what, now.kind, [Run(was.text)], [Run(now.text)], was.kind)


def _pairs(text: str) -> frozenset[str]:
    return frozenset(map("".join, pairwise(text))) or frozenset({text})


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other))


def _ends(old: Sequence[T], new: Sequence[T], key: Callable[[T], str]) -> tuple[int, int]:
    """How many units the two begin with alike, and how many they end with alike."""
    most = min(len(old), len(new))
    head = 0
    while head < most and key(old[head]) == key(new[head]):
        head += 1
    tail = 0
    while tail < most - head and key(old[-1 - tail]) == key(new[-1 - tail]):
        tail += 1
    return head, tail


def _aligned(
    old: Sequence[T], new: Sequence[T], *, key: Callable[[T], str], seconds: float = 0, tidy: bool = False
) -> list[tuple[bool, Sequence[T], Sequence[T]]]:
    """Stretches in order: (stayed, units of the old, units of the new). `tidy`: no crumbs between changes."""
    head, tail = _ends(old, new, key)
    stop, end = len(old) - tail, len(new) - tail
    found: list[tuple[bool, Sequence[T], Sequence[T]]] = []
    if head:
        found.append((True, old[:head], new[:head]))
    found += _middle(old[head:stop], new[head:end], key, seconds, tidy)
    if tail:
        found.append((True, old[stop:], new[end:]))
    return found


def _middle(
    old: Sequence[T], new: Sequence[T], key: Callable[[T], str], seconds: float, tidy: bool
) -> list[tuple[bool, Sequence[T], Sequence[T]]]:
    letters: dict[str, str] = {}

    def letter(text: str) -> str:
        if tidy and len(text) == 1 and ord(text) < _PRIVATE:
            return text
        return letters.setdefault(text, chr((_PRIVATE if tidy else 0x100) + len(letters)))

    was, now = [letter(key(one)) for one in old], [letter(key(one)) for one in new]
    # Units that stand on one side alone need no search; for words they keep the crumbs apart.
    common = set(was) & set(now)
    mine = [place for place, one in enumerate(was) if tidy or one in common]
    theirs = [place for place, one in enumerate(now) if tidy or one in common]
    engine = diff_match_patch()
    engine.Diff_Timeout = seconds
    diffs = engine.diff_main("".join(was[n] for n in mine), "".join(now[n] for n in theirs), False)
    if tidy:
        engine.diff_cleanupSemantic(diffs)
    found: list[tuple[bool, Sequence[T], Sequence[T]]] = []
    a = b = i = j = 0
    for what, text in diffs:
        if what != 0:
            a, b = a + len(text) * (what < 0), b + len(text) * (what > 0)
            continue
        for _ in text:
            if (mine[a], theirs[b]) != (i, j):
                found.append((False, old[i : mine[a]], new[j : theirs[b]]))
            i, j = mine[a] + 1, theirs[b] + 1
            found.append((True, old[mine[a] : i], new[theirs[b] : j]))
            a, b = a + 1, b + 1
    if (i, j) != (len(old), len(new)):
        found.append((False, old[i:], new[j:]))
    return found
