"""What this room sees in an interpretation beside the scanner (审前检查): a mere abridgement of the paper."""

from __future__ import annotations

from disclosure import rich_text, scanning
from disclosure.models import Publishable
from disclosure.scanning import Finding
from interpretation import abridgement, elements
from interpretation.models import Interpretation


def seen_in(thing: Publishable) -> list[Finding]:
    """摘抄: most sentences of the interpretation stand in the documents that it explains."""
    if not isinstance(thing, Interpretation) or thing.pk is None:
        return []
    papers = [
        rich_text.to_text(body) for body in thing.explained_documents.values_list("body", flat=True) if body
    ]
    if not papers:
        return []
    found = abridgement.overlap(rich_text.to_text(thing.body), papers)
    if not found.is_abridgement:
        return []
    advice = (
        "只摘抄原文不是解读：请用自己的话说清为什么、对谁有什么变化、怎么办，用例子、数字或问答。"
        "确有必要照录的，写明理由。"
    )
    thin = elements.thin(thing.elements)
    excerpt = f"{found.sentences}句里有{found.copied_sentences}句和原文一样（约{found.share:.0%}的字）"
    # The same words again are the same finding; another sentence, and it is asked anew.
    mark = scanning.mark_of("abridged", "正文", f"{found.copied}/{found.counted}")
    return [Finding("abridged", "正文", "正文", excerpt, scanning.MEDIUM, advice + thin, mark)]
