"""The back office of the room `disclosure/`: documents, topics, filing."""

from disclosure.admin.batches import NoticeBatchAdmin
from disclosure.admin.coverage import CoverageAdmin
from disclosure.admin.documents import DocumentAdmin, TopicAdmin
from disclosure.admin.error_reports import ErrorReportAdmin
from disclosure.admin.filing import FilingBatchAdmin
from disclosure.admin.findings import WrongWordAdmin
from disclosure.admin.law_texts import LawTextAdmin
from disclosure.admin.purging import BackupSetAdmin, PurgeAdmin
from disclosure.admin.receiving import SignedOriginalAdmin
from disclosure.admin.record import ValiditySettingAdmin
from disclosure.admin.registration import RegistrationAdmin
from disclosure.admin.review_settings import DeputyAdmin, ReviewPostAdmin, ReviewRouteAdmin
from disclosure.admin.withholding import WithholdingAdmin

__all__ = [
    "BackupSetAdmin",
    "CoverageAdmin",
    "DeputyAdmin",
    "DocumentAdmin",
    "ErrorReportAdmin",
    "FilingBatchAdmin",
    "LawTextAdmin",
    "NoticeBatchAdmin",
    "PurgeAdmin",
    "RegistrationAdmin",
    "ReviewPostAdmin",
    "ReviewRouteAdmin",
    "SignedOriginalAdmin",
    "TopicAdmin",
    "ValiditySettingAdmin",
    "WithholdingAdmin",
    "WrongWordAdmin",
]
