"""WHAT IS disclosed: documents (政府信息) and what is published under each item of the catalog."""

from disclosure.models.documents import Attachment, Document, IndexSeries
from disclosure.models.publishable import AttachedFile, Publishable, Topic, publication_constraints

__all__ = [
    "AttachedFile",
    "Attachment",
    "Document",
    "IndexSeries",
    "Publishable",
    "Topic",
    "publication_constraints",
]
