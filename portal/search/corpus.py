"""A made corpus of any size, to measure search by: words as frequent as words are, days over twenty years.

The frequent words are those of the demo county's own papers and of our terms, the rare ones come from a
dictionary; places have invented names that no dictionary knows. The n-th paper is always the same one.
"""

from __future__ import annotations

import random
import re
from datetime import date, timedelta
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from pypinyin.phrases_dict import phrases_dict

from disclosure.states import Validity
from portal.search import words

if TYPE_CHECKING:
    from collections.abc import Sequence

_FIRST_DAY, _LAST_DAY = date(2006, 1, 1), date(2026, 10, 31)
#: How frequent the word at a rank is: Zipf's law, a little flattened at its head.
_HEAD = 12
_GENRES = ("通知", "公告", "意见", "办法", "批复", "公示", "通报", "方案", "决定", "函")
_ABOUT = (
    "关于做好{year}年{place}{one}{two}工作的{genre}",
    "关于{one}{two}的{genre}",
    "{place}{one}{two}{genre}",
)
_PLACE = "柳湾石门茶坪大杉树坳沙洲渡口青云龙泉白马金鸡双河永兴太和新安长岭东西南北上下桥头塘冲沟坡"
_HAN = re.compile("[㐀-鿿]{2,4}")
#: Words of a body: about 1,500 characters with its marks.
_LENGTH = (180, 1_000)


class Paper(NamedTuple):
    """One made paper."""

    title: str
    body: str
    doc_number: str
    published_on: date
    validity: str
    agency: int
    topic: int


class Corpus:
    """Papers made from `seed`: the same ones on every machine."""

    def __init__(self, seed: int = 5) -> None:
        self.seed = seed

    @cached_property
    def vocabulary(self) -> list[str]:
        """Words, the most frequent first: those of the county's papers by their number there, then others."""
        texts = [
            path.read_text(encoding="utf-8")
            for path in sorted((settings.BASE_DIR / "fixtures/demo/documents").glob("*.html"))
        ]
        counted: dict[str, int] = {}
        for text in texts:
            for word in words.cut(words.fold(text)):
                if _HAN.fullmatch(word):
                    counted[word] = counted.get(word, 0) + 1
        own = sorted(counted, key=lambda word: (-counted[word], word))
        others = [phrase for phrase in phrases_dict if _HAN.fullmatch(phrase) and phrase not in counted]
        random.Random(self.seed).shuffle(others)  # noqa: S311 - made text
        return own + others

    @cached_property
    def _weights(self) -> list[float]:
        return list(accumulate(1 / (rank + _HEAD) for rank in range(len(self.vocabulary))))

    def paper(self, number: int, *, of: int, agencies: int, topics: int) -> Paper:
        """Return the paper `number` (from 0) of `of`: the first is the oldest."""
        dice = random.Random(self.seed * 1_000_003 + number)  # noqa: S311 - made text

        def some(count: int) -> Sequence[str]:
            return dice.choices(self.vocabulary, cum_weights=self._weights, k=count)

        day = _FIRST_DAY + timedelta(days=number * (_LAST_DAY - _FIRST_DAY).days // of)
        genre = dice.choice(_GENRES)
        place = "".join(dice.sample(_PLACE, 2)) + "村" if dice.random() < 0.3 else "青澜县"
        one, two = some(2)
        title = dice.choice(_ABOUT).format(year=day.year, place=place, one=one, two=two, genre=genre)
        drawn = some(dice.randint(*_LENGTH))
        sentences = [
            "，".join("".join(drawn[at : at + 5]) for at in range(start, min(start + 20, len(drawn)), 5))
            for start in range(0, len(drawn), 20)
        ]
        body = "".join(f"<p>{sentence}。</p>" for sentence in sentences)
        stated = dice.random()
        return Paper(
            title=title,
            body=body,
            doc_number=f"青试发〔{day.year}〕{number + 1}号" if dice.random() < 0.4 else "",
            published_on=day,
            validity=Validity.REPEALED if stated < 0.05 else Validity.IN_FORCE if stated < 0.4 else "",
            # A few agencies publish most of what there is.
            agency=min(int(dice.expovariate(6 / agencies)), agencies - 1),
            topic=min(int(dice.expovariate(4 / topics)), topics - 1),
        )
