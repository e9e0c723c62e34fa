"""公文包: a policy document with its 起草说明 and its interpretations, read, signed and published as one."""

from __future__ import annotations

from agencies.models import User
from disclosure import requirements
from disclosure.models import Document
from disclosure.package import Part
from disclosure.services.documents import incomplete
from disclosure.services.drafting import drafting_part
from disclosure.states import Publication


def parts_of(document: Document, *, user: User) -> list[Part]:
    """The parts of a document's package, each with what it still lacks: the paper, 起草说明, what other rooms
    add. For whoever has the document in scope; parts of others that are still drafts are left out."""
    facts = [
        ("发文字号", document.doc_number),
        ("成文日期", str(document.written_on or "")),
        ("公开属性", document.get_openness_display()),
        ("主题分类", str(document.topic or "")),
        ("施行日期", str(document.effective_on or "")),
        ("有效期至", str(document.expires_on or "")),
    ]
    paper = Part(
        "文件",
        document.title,
        state=str(Publication(document.status).label),
        lacks=incomplete(document),
        facts=[(name, value) for name, value in facts if value],
        summary=document.summary,
        body=document.body,
        attachments=list(document.attachments.order_by("position", "pk")),
        thing=document,
    )
    return [paper, drafting_part(document), *requirements.parts(document, user)]
