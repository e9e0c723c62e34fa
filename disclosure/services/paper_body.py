"""The body of a draft out of a paper that was read: our own rich text, from the addressees to the day."""

from __future__ import annotations

import re
from collections.abc import Iterable

from disclosure.body_text import from_plain_text, heading_of
from disclosure.papers.facts import Proposal
from disclosure.papers.reading import Paper, Paragraph
from disclosure.rich_text import CleanHtml, clean

#: A longer text stays with its file: no form carries it, nobody reads it on one page.
MOST_CHARACTERS = 500_000
_PARAGRAPH = re.compile(r"^<p(?: [^>]*)?>(.*)</p>$", re.S)


def body_of(paper: Paper, proposal: Proposal) -> CleanHtml:
    """The body, cleaned by the one policy; empty where the text is too long for one page."""
    if sum(len(one.text) for one in proposal.body) > MOST_CHARACTERS:
        return CleanHtml("", ())
    if paper.kind == "docx":
        return clean("\n".join(_markup(proposal)))
    fact = proposal.facts.get("title")
    text = "\n".join(one.text for one in proposal.body)
    return CleanHtml(from_plain_text(text, title=fact.value if fact else ""), ())


def _markup(proposal: Proposal) -> Iterable[str]:
    for one in proposal.body:
        yield _set(one, proposal)


def _set(one: Paragraph, proposal: Proposal) -> str:
    """A paragraph of a Word file as a 公文 has it: 落款 on the right, addressees flush, headings as such."""
    inner = _PARAGRAPH.match(one.html)
    if not inner:
        return one.html
    if one.number in proposal.right:
        return f'<p class="align-right">{inner[1]}</p>'
    if one.number in proposal.flush:
        return f'<p class="no-indent">{inner[1]}</p>'
    if not one.align and (level := heading_of(one.text)):
        return f"<{level}>{re.sub('</?strong>', '', inner[1])}</{level}>"
    return one.html
