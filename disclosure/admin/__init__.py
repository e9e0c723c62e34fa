"""The back office of the room `disclosure/`: documents, topics, filing."""

from disclosure.admin.coverage import CoverageAdmin
from disclosure.admin.documents import DocumentAdmin, TopicAdmin
from disclosure.admin.filing import FilingBatchAdmin
from disclosure.admin.law_texts import LawTextAdmin

__all__ = ["CoverageAdmin", "DocumentAdmin", "FilingBatchAdmin", "LawTextAdmin", "TopicAdmin"]
