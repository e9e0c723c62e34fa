"""The back office of the room `disclosure/`: documents, topics."""

from disclosure.admin.documents import DocumentAdmin, TopicAdmin

__all__ = ["DocumentAdmin", "TopicAdmin"]
