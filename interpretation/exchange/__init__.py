"""Archives of documents and interpretations in and out; here, since it writes both rooms."""

from interpretation.exchange.archive import Report, import_archive

__all__ = ["Report", "import_archive"]
