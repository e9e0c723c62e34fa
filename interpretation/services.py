"""The one door for writes to interpretations."""

from disclosure.models import Document
from disclosure.states import Publication


def missing_interpretation(document: Document) -> list[str]:
    """A policy document goes out with its interpretation, or with a recorded reason (三同步; DOMAIN §5)."""
    if not document.is_policy or document.no_interpretation_reason.strip():
        return []
    ready = (Publication.SUBMITTED, Publication.PUBLISHED)
    if document.interpretations.filter(status__in=ready).exists():
        return []
    return ["政策文件须与解读同步公开:请先提交一份解读并关联本文件,或写明不作解读的理由。"]


def publish_with_document(document: Document) -> None:
    """Publish, in the document's own transaction, the interpretations that wait for it."""
