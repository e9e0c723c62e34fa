"""How a public thing is cited: by GB/T 7714 for papers and theses, and plainly for letters and reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from disclosure.models import Publishable
from disclosure.states import Validity


@dataclass(frozen=True)
class Citation:
    """Both forms as text."""

    plain: str
    formal: str


def cite(thing: Publishable, *, issuer: str, address: str, today: date) -> Citation:
    """The citations of `thing` by `issuer` at `address`; `today` is the day of access (引用日期).

    Formal: GB/T 7714—2015 for an electronic source: 主要责任者. 题名[EB/OL]. (发布日期)[引用日期]. 获取路径.
    """
    number = f"（{thing.doc_number}）" if thing.doc_number else ""
    day = thing.written_on or thing.published_on
    plain = f"《{thing.title}》{number}，{issuer}" + (f"，{_chinese(day)}" if day else "")
    begins: date | None = getattr(thing, "effective_on", None)
    if begins is not None and getattr(thing, "validity_on", lambda _: "")(today) == Validity.NOT_YET:
        plain += f"，{_chinese(begins)}起施行"
    titled = f"{thing.title}：{thing.doc_number}" if thing.doc_number else thing.title
    published = f"({thing.published_on.isoformat()})" if thing.published_on else ""
    formal = f"{issuer}. {titled}[EB/OL]. {published}[{today.isoformat()}]. {address}."
    return Citation(plain, formal)


def _chinese(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
