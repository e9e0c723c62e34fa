"""A box (遮盖框) on a page of a PDF: where, in per cent of the page as it is seen."""

from __future__ import annotations

import math
from dataclasses import dataclass

#: Boxes of one file: a list of a thousand people bears three numbers each.
MOST_BOXES = 4_000
#: Per cent: smaller than that is a slip of the mouse, and hides nothing.
SMALLEST = 0.1


class WrongBox(ValueError):  # noqa: N818 - an answer to a person
    """Numbers that are no box on this file; the message says in Chinese which, and what to do."""


@dataclass(frozen=True, slots=True)
class Box:
    """`page` counts from 1; left, top, width and height in per cent of the page, from its upper left."""

    page: int
    left: float
    top: float
    width: float
    height: float

    @property
    def wire(self) -> str:
        """As a form field carries it."""
        return f"{self.page},{self.left:.2f},{self.top:.2f},{self.width:.2f},{self.height:.2f}"


def read_box(words: list[str], *, pages: int) -> Box:
    """A box from five numbers as typed, cut to the page. Raises WrongBox."""
    try:
        page = int(words[0])
        left, top, width, height = (float(word) for word in words[1:])
    except (ValueError, IndexError) as error:
        raise WrongBox(f"「{'、'.join(words)[:60]}」要填五个数字：页、左、上、宽、高。") from error
    if not 1 <= page <= pages:
        raise WrongBox(f"没有第{page}页：这份文件共{pages}页。")
    if not all(map(math.isfinite, (left, top, width, height))):
        raise WrongBox(f"第{page}页的框，请填0到100之间的数。")
    right, bottom = min(left + width, 100.0), min(top + height, 100.0)
    left, top = max(left, 0.0), max(top, 0.0)
    if right - left < SMALLEST or bottom - top < SMALLEST:
        raise WrongBox(
            f"第{page}页有一个框太小或者在页面外面：左、上从0起，宽、高要大于{SMALLEST}（百分比）。"
        )
    return Box(page, left, top, right - left, bottom - top)
