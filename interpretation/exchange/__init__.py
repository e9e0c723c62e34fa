"""Archives of documents and interpretations in and out; here, since it writes both rooms."""

from interpretation.exchange.archive import Outcome, Report, import_archive

__all__ = ["Outcome", "Report", "import_archive"]
