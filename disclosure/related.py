"""What stands beside a public document: what it rests on, what rests on it, papers on the same topic.

Public reads alone, each capped: a page asks for one more than it shows, to know whether there are more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from disclosure import numbering
from disclosure.models import Document
from disclosure.rich_text import to_text
from disclosure.states import Validity

#: So many of each kind stand on the document's own page.
SHOWN = 5
#: A body that cites more papers than these is a list of papers; the rest is not looked up.
_MOST_CITED = 40
_CITED = re.compile(
    r"[\u4e00-\u9fff（）]{1,12}[〔\[［【(（]\s*(?:19|20)\d{2}\s*[〕\]］】)）]\s*第?\s*\d{1,5}\s*号"
)


@dataclass(frozen=True)
class Some:
    """The first rows of a list, and whether there are more."""

    rows: tuple[Any, ...]
    more: bool


def some(rows: QuerySet[Any], shown: int = SHOWN) -> Some:
    """The first `shown` of `rows`. One query."""
    found = list(rows[: shown + 1])
    return Some(tuple(found[:shown]), len(found) > shown)


def _brief(rows: QuerySet[Document]) -> QuerySet[Document]:
    return rows.select_related("agency").defer("body")


def rests_on(document: Document) -> QuerySet[Document]:
    """Public documents on which this one rests: those whose number it cites, and those that hold the text of
    a law that is the basis (公开依据) of one of its items."""
    public = Document.objects.published()
    laws = public.filter(law_texts__law__bases__item__documents=document)
    found = public.filter(pk__in=laws.values("pk"))
    if cited := cited_numbers(document.body):
        found = found | public.filter(doc_number__in=cited)
    # What it repealed it names too, and does not rest on.
    return _brief(found.exclude(pk=document.pk).exclude(repealed_by=document))


def rests_on_it(document: Document) -> QuerySet[Document]:
    """Public documents under items whose basis (公开依据) is the law whose text this document holds."""
    public = Document.objects.published()
    under = public.filter(items__bases__law__text__document=document)
    return _brief(public.filter(pk__in=under.values("pk")).exclude(pk=document.pk))


def of_topic(document: Document) -> QuerySet[Document]:
    """Public documents on the same topic (主题分类), newest first, without those that lost their force."""
    if document.topic_id is None:
        return Document.objects.none()
    rows = Document.objects.published().filter(topic=document.topic_id).exclude(pk=document.pk)
    standing = rows.with_validity_on(timezone.localdate())
    return _brief(standing.exclude(validity_then__in=[Validity.REPEALED, Validity.EXPIRED]))


def cited_numbers(body: str) -> list[str]:
    """Document numbers (发文字号) named in a body, as stored, at most forty. The words before a number
    are no part of it, so each is tried from every character on."""
    found: dict[str, None] = {}
    for match in _CITED.finditer(to_text(body) if "<" in body else body):
        number = numbering.parse_doc_number(match.group(0))
        if not number.is_regular:
            continue
        prefix, rest = number.text.split("〔", 1) if "〔" in number.text else ("", "")
        for start in range(max(0, len(prefix) - 8), len(prefix)):
            found[f"{prefix[start:]}〔{rest}"] = None
        if len(found) >= _MOST_CITED * 8:
            break
    return list(found)
