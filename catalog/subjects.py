"""公开主体: the bodies that a literal text names, one by one. Pure: no Django.

Real files say 「民政局、乡镇人民政府」, 「县级民政部门」, 「公安\\n分局」. The text is kept as found;
these are the pieces under which an agency is looked up and a mapping remembered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from catalog.drafts import bare

_OPEN, _CLOSE = "(（〔[【", ")）〕]】"
_SEPARATORS = "、，,;；/／"
_JOINED = re.compile(r"(?<=[府局委办院部处会所中心站])(?:和|及|以及|或者?|与)(?=\S{2,})")
_DECORATION = re.compile(r"^[●•·\d.．、]+|等(?:部门|单位)?$|[。;；]$")
_LONGEST = 300
_BRACKETS = str.maketrans("（）", "()")
#: What the templates of a county call every village, every township: in its own catalog that is itself.
_VILLAGES = frozenset(
    "村民委员会 村委会 村(居)民委员会 村(居)委会 村(居)委员会 村(社区)居民委员会 村(社区) 村级组织 "
    "居民委员会 居委会 社区居民委员会 社区居委会 村 社区".split()
)
_TOWNSHIPS = frozenset(
    "乡镇人民政府 乡(镇)人民政府 镇人民政府 乡人民政府 乡镇政府 镇政府 乡政府 乡镇 乡(镇) 镇街 乡镇(街道) "
    "街道办事处 乡镇(街道)人民政府 乡镇人民政府(街道办事处) 乡(镇)人民政府(街道办事处)".split()
)
_ENDINGS = tuple("局府委办院部处会所站队厅室校司)）、，,;；")


@lru_cache(maxsize=1024)
def split_subjects(literal: str) -> tuple[str, ...]:
    """The pieces of one cell, without white space; brackets keep theirs together."""
    pieces = [piece for line in _whole_names(literal or "") for piece in _split_line(line)]
    found = [_DECORATION.sub("", bare(part))[:_LONGEST] for piece in pieces for part in _JOINED.split(piece)]
    return tuple(dict.fromkeys(piece for piece in found if piece))


def _whole_names(literal: str) -> list[str]:
    """The lines, a name that was broken over two put together again (公安\\n分局)."""
    lines: list[str] = []
    for line in literal.split("\n"):
        if lines and not lines[-1].rstrip().endswith(_ENDINGS):
            lines[-1] += line
        else:
            lines.append(line)
    return lines


def _split_line(line: str) -> list[str]:
    pieces, start, depth = [], 0, 0
    for index, character in enumerate(line):
        if character in _OPEN:
            depth += 1
        elif character in _CLOSE:
            depth = max(0, depth - 1)
        elif depth == 0 and character in _SEPARATORS:
            pieces.append(line[start:index])
            start = index + 1
    pieces.append(line[start:])
    return pieces


@dataclass(slots=True)
class SubjectIndex:
    """Agencies by every name they go under, and the mappings that people have made. Values are agency ids."""

    names: Mapping[str, frozenset[int]]
    mappings: Mapping[str, frozenset[int]]
    #: Who holds a catalog as a village, who as a township: ids.
    villages: frozenset[int] = frozenset()
    townships: frozenset[int] = frozenset()
    county: str = ""  # 「青澜县」: may be left out of, or put before, a department's name
    unresolved: dict[str, int] = field(default_factory=dict)  # piece -> how often

    def resolve(self, literals: Iterable[str], *, holder: int | None = None) -> frozenset[int]:
        """The agencies that the texts name in the catalog of `holder` (an id). Pieces that name none are
        counted in `unresolved`."""
        found: set[int] = set()
        for literal in literals:
            if whole := self.mappings.get(bare(literal)[:_LONGEST]):
                found |= whole
                continue
            for piece in split_subjects(literal):
                ids = self._one(piece) or self._itself(piece, holder)
                if ids:
                    found |= ids
                else:
                    self.unresolved[piece] = self.unresolved.get(piece, 0) + 1
        return frozenset(found)

    def _one(self, piece: str) -> frozenset[int]:
        if mapped := self.mappings.get(piece):
            return mapped
        for name in (piece, self.county + piece, piece.removeprefix(self.county), piece.removeprefix("县")):
            ids = self.names.get(name, frozenset())
            if len(ids) == 1:  # a name that two agencies bear names neither
                return ids
        return frozenset()

    def _itself(self, piece: str, holder: int | None) -> frozenset[int]:
        name = piece.translate(_BRACKETS).removeprefix("各").removeprefix("本")
        if (holder in self.villages and name in _VILLAGES) or (
            holder in self.townships and name in _TOWNSHIPS
        ):
            return frozenset({holder})
        return frozenset()
