"""What an interpretation must have before it goes to review, and with whom it goes."""

from __future__ import annotations

from disclosure import rich_text
from disclosure.models import Document
from disclosure.services import findings
from disclosure.states import Publication
from interpretation import media
from interpretation.models import Interpretation
from interpretation.states import Form


def unfit_to_submit(interpretation: Interpretation) -> list[str]:
    """All that keeps a locked draft from going to review, unsettled findings included."""
    return incomplete(interpretation) + findings.settle(interpretation)


def incomplete(interpretation: Interpretation) -> list[str]:
    """What it lacks: text, 原文, 解读机关 and 咨询方式 (DOMAIN §5), text for every picture and recording."""
    files = sorted(interpretation.attachments.all(), key=lambda row: (row.position, row.pk))
    has_body = bool(rich_text.to_text(interpretation.body).strip())
    found = []
    if not has_body and not files:
        found.append("正文是空的：请写解读正文，或上传图解、音频、视频。")
    if not interpretation.explained_documents.all() and not interpretation.source_url:
        found.append("请关联所解读的文件；解读上级文件的，请在来源网址里填写原文地址。")
    if not interpretation.interpreter.strip():
        found.append("请填写解读机关：起草文件的部门。")
    if not interpretation.contact.strip():
        found.append("请填写咨询方式：群众有疑问打哪个电话、找哪个股室。")
    found += media.lacking(files)
    if Form.GRAPHIC in interpretation.forms:
        story = media.unread_story(files, has_body=has_body)
        found += [story] if story else []
    return found


def goes_alone(interpretation: Interpretation) -> bool:
    """Whether it is reviewed by itself: not while all that it explains is still to be published."""
    documents = interpretation.documents.all()
    return not documents or any(document.status == Publication.PUBLISHED for document in documents)


def reviewed_with(interpretation: Interpretation) -> Document | None:
    """The document under review, or signed for a minute to come, in whose package it is."""
    if goes_alone(interpretation):
        return None
    running = (Publication.SUBMITTED, Publication.SCHEDULED)
    found: Document | None = interpretation.documents.filter(status__in=running).order_by("pk").first()
    return found
