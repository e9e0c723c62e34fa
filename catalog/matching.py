"""Which item of the catalog a row of a file is. Pure: no Django.

Identity (DESIGN): agency, field, level path, content (white space removed), then order among equals; else
the nearest by level path is the changed one.
"""

from __future__ import annotations

import difflib
from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Sequence

from catalog.drafts import Draft, bare

# Below this likeness two level paths speak of different matters: better one new and one missing item
# than a code that changes its meaning.
_NEAR = 0.6
_MAX_COMPARED = 60


def match_items(known: Sequence[Draft], drafts: Sequence[Draft]) -> list[int | None]:
    """For each draft the index of the known item that it is, or None where it is new.

    All items belong to one agency and one field. Each known item is used at most once.
    """
    result: list[int | None] = [None] * len(drafts)
    free = set(range(len(known)))
    for key in (_whole_key, _path_key):
        _match_equal(known, drafts, result, free, key)
    _match_near(known, drafts, result, free)
    return result


def _whole_key(draft: Draft) -> Hashable:
    return draft.key


def _path_key(draft: Draft) -> Hashable:
    return draft.level_key


def _match_equal(
    known: Sequence[Draft],
    drafts: Sequence[Draft],
    result: list[int | None],
    free: set[int],
    key: Callable[[Draft], Hashable],
) -> None:
    waiting: dict[Hashable, deque[int]] = defaultdict(deque)
    for index in sorted(free):
        waiting[key(known[index])].append(index)
    for position, draft in enumerate(drafts):
        if result[position] is None and (queue := waiting.get(key(draft))):
            result[position] = index = queue.popleft()
            free.discard(index)


def _match_near(
    known: Sequence[Draft], drafts: Sequence[Draft], result: list[int | None], free: set[int]
) -> None:
    """Pair what is left by likeness of the level path, best pairs first. Only paths that share a name or
    the content are compared, and a bounded number of them: a whole new catalog must not cost n²."""
    buckets: dict[str, list[int]] = defaultdict(list)
    for index in sorted(free):
        for token in _tokens(known[index]):
            buckets[token].append(index)
    pairs = [
        (-likeness, position, index)
        for position, draft in enumerate(drafts)
        if result[position] is None
        for index in _candidates(draft, buckets)
        if (likeness := _likeness(known[index], draft)) >= _NEAR
    ]
    for _negated, position, index in sorted(pairs):
        if result[position] is None and index in free:
            result[position] = index
            free.discard(index)


def _candidates(draft: Draft, buckets: dict[str, list[int]]) -> list[int]:
    found: dict[int, None] = {}
    for token in sorted(_tokens(draft)):
        for index in buckets.get(token, [])[:_MAX_COMPARED]:
            found[index] = None
    return list(found)[:_MAX_COMPARED]


def _tokens(draft: Draft) -> set[str]:
    tokens = {f"level:{name}" for name in draft.level_key}
    if content := bare(draft.content):
        tokens.add(f"content:{content}")
    return tokens


def _likeness(one: Draft, other: Draft) -> float:
    ratio = difflib.SequenceMatcher(
        None, "/".join(one.level_key), "/".join(other.level_key), autojunk=False
    ).ratio()
    # The same long content under a renamed matter is the same matter.
    if len(bare(one.content)) >= 8 and bare(one.content) == bare(other.content):
        ratio = max(ratio, _NEAR) + 0.1
    return ratio
