"""WHAT IS disclosed: documents (政府信息) and what is published under each item of the catalog."""

from disclosure.models.batches import BatchFile, NoticeBatch, NoticeRow
from disclosure.models.certificates import Certificate
from disclosure.models.coverage import (
    Coverage,
    Declaration,
    ElsewhereAddress,
    public_due_on,
    public_state,
)
from disclosure.models.documents import Attachment, Document, IndexSeries
from disclosure.models.drafting import DraftingNote
from disclosure.models.error_reports import ErrorReport
from disclosure.models.filing import FilingBatch, FilingLine
from disclosure.models.findings import FindingNote, Note, WrongWord, note_constraints
from disclosure.models.laws import LawText
from disclosure.models.links import DocumentField, DocumentItem
from disclosure.models.originals import ReadText, SignedOriginal
from disclosure.models.outlets import OutletUse, Use, use_constraints
from disclosure.models.publishable import (
    AttachedFile,
    Publishable,
    Topic,
    correction_constraints,
    publication_constraints,
)
from disclosure.models.purging import BackupSet, Purge, PurgeBackup
from disclosure.models.record import (
    Correction,
    CorrectionOf,
    EarlierAttachment,
    Merge,
    ValidityChange,
    ValiditySetting,
    closed_for_good,
    numbered_corrections,
    warn_days,
)
from disclosure.models.registration import Registration, RegistrationFile, RegistrationReturn
from disclosure.models.review import (
    Deputy,
    ReviewPost,
    ReviewRoute,
    ReviewStep,
    Step,
    step_constraints,
)
from disclosure.models.signing import OfThing, Reminder, ScannedPage, SignedPaper, SigningLink
from disclosure.models.withholding import Recheck, Withholding
from disclosure.models.writing import Autosave, Presence

__all__ = [
    "AttachedFile",
    "Attachment",
    "Autosave",
    "BackupSet",
    "BatchFile",
    "Certificate",
    "Correction",
    "CorrectionOf",
    "Coverage",
    "Declaration",
    "Deputy",
    "Document",
    "DocumentField",
    "DocumentItem",
    "DraftingNote",
    "EarlierAttachment",
    "ElsewhereAddress",
    "ErrorReport",
    "FilingBatch",
    "FilingLine",
    "FindingNote",
    "IndexSeries",
    "LawText",
    "Merge",
    "Note",
    "NoticeBatch",
    "NoticeRow",
    "OfThing",
    "OutletUse",
    "Presence",
    "Publishable",
    "Purge",
    "PurgeBackup",
    "ReadText",
    "Recheck",
    "Registration",
    "RegistrationFile",
    "RegistrationReturn",
    "Reminder",
    "ReviewPost",
    "ReviewRoute",
    "ReviewStep",
    "ScannedPage",
    "SignedOriginal",
    "SignedPaper",
    "SigningLink",
    "Step",
    "Topic",
    "Use",
    "ValidityChange",
    "ValiditySetting",
    "Withholding",
    "WrongWord",
    "closed_for_good",
    "correction_constraints",
    "note_constraints",
    "numbered_corrections",
    "public_due_on",
    "public_state",
    "publication_constraints",
    "step_constraints",
    "use_constraints",
    "warn_days",
]
