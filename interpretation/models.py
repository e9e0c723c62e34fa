"""WHAT IT MEANS: interpretations (解读), linked both ways with the documents they explain (DOMAIN §5)."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models

from agencies.models import Agency, User
from disclosure.link_events import link_trackers
from disclosure.models import (
    AttachedFile,
    CorrectionOf,
    Document,
    Note,
    Publishable,
    Step,
    Use,
    closed_for_good,
    correction_constraints,
    note_constraints,
    numbered_corrections,
    publication_constraints,
    step_constraints,
    use_constraints,
)
from interpretation.querysets import InterpretationQuerySet
from interpretation.states import Form


@pghistory.track()
class Interpretation(Publishable):
    """An interpretation of one or more documents. One row of `documents` serves both directions."""

    documents: Any = models.ManyToManyField(
        Document, verbose_name="解读的文件", related_name="interpretations", blank=True
    )
    forms = ArrayField(
        models.CharField(max_length=10, choices=Form.choices),
        verbose_name="解读形式",
        default=list,
        blank=True,
    )
    interpreter = models.CharField("解读机关", max_length=200, blank=True)
    contact = models.CharField("咨询方式", max_length=200, blank=True)
    #: Code of an element (`states.Element`) -> where in the text it stands, or `elements.NOT_APPLICABLE`.
    elements = models.JSONField("内容要素", default=dict, blank=True)
    #: 更正稿: as `disclosure.models.Document` has it. It has the `documents` of `corrects`, none itself.
    corrects = models.ForeignKey(
        "self",
        models.PROTECT,
        verbose_name="更正哪份解读",
        related_name="correction_drafts",
        null=True,
        editable=False,
    )

    objects: ClassVar[Any] = InterpretationQuerySet.as_manager()

    class Meta:
        verbose_name = "解读"
        verbose_name_plural = "解读"
        ordering = [models.F("published_on").desc(nulls_last=True), "-id"]
        permissions = [("approve_interpretation", "审核解读"), ("withdraw_interpretation", "撤下解读")]
        indexes = [models.Index(fields=["status", "-published_on"], name="interpretation_by_day")]
        constraints = [
            *publication_constraints("interpretation"),
            *correction_constraints("interpretation", "解读"),
        ]

    @property
    def explained_documents(self) -> Any:
        """The documents that its words explain; of a correction draft those of what it corrects."""
        return (self.corrects or self).documents

    @property
    def form_labels(self) -> list[str]:
        """The forms in words."""
        return [str(Form(form).label) for form in self.forms if form in Form.values]


@pghistory.track()
class Attachment(AttachedFile):
    """An attachment (附件) of an interpretation: the picture story, the recording, its captions."""

    interpretation = models.ForeignKey(
        Interpretation, models.CASCADE, verbose_name="解读", related_name="attachments"
    )
    #: What a picture shows, in a sentence, for whoever does not see it (alt).
    alt = models.CharField("图片说明", max_length=300, blank=True)
    #: All that a picture story (一图读懂) says or a recording speaks (文字稿).
    text = models.TextField("文字内容", blank=True)

    class Meta:
        verbose_name = "附件"
        verbose_name_plural = "附件"
        ordering = ["interpretation", "position", "id"]

    @property
    def file_type(self) -> str:
        """The ending of the stored file, which names the type of its content; empty without a file."""
        name = str(self.file.name or "")
        return name.rpartition(".")[2].lower() if "." in name else ""


@pghistory.track()
class Correction(CorrectionOf):
    """更正 of an interpretation."""

    interpretation = models.ForeignKey(
        Interpretation, models.CASCADE, verbose_name="解读", related_name="corrections", editable=False
    )
    draft = models.OneToOneField(
        Interpretation,
        models.PROTECT,
        verbose_name="更正稿",
        related_name="applied_as",
        null=True,
        editable=False,
    )

    class Meta(CorrectionOf.Meta):
        verbose_name = "解读的更正"
        verbose_name_plural = "解读的更正"
        ordering = ["interpretation", "-number"]
        constraints = numbered_corrections("interpretation_correction", "interpretation")
        triggers = closed_for_good("interpretation_correction")


@pghistory.track()
class EarlierAttachment(AttachedFile):
    """An attachment of an interpretation as it stood before a correction."""

    correction = models.ForeignKey(
        Correction, models.CASCADE, verbose_name="更正", related_name="attachments", editable=False
    )
    alt = models.CharField("图片说明", max_length=300, blank=True)
    text = models.TextField("文字内容", blank=True)

    class Meta:
        verbose_name = "更正前的附件"
        verbose_name_plural = "更正前的附件"
        ordering = ["correction", "position", "pk"]


@pghistory.track()
class ReviewStep(Step):
    """A step of the review of an interpretation that goes out on its own."""

    interpretation = models.ForeignKey(
        Interpretation, models.CASCADE, verbose_name="解读", related_name="steps", editable=False
    )

    class Meta(Step.Meta):
        verbose_name = "解读的审核环节"
        verbose_name_plural = "解读的审核环节"
        constraints = step_constraints("interpretation_step", "interpretation")


@pghistory.track()
class FindingNote(Note):
    """A justified finding (审前检查说明) in an interpretation."""

    interpretation = models.ForeignKey(
        Interpretation,
        models.CASCADE,
        verbose_name="解读",
        related_name="finding_notes",
        editable=False,
    )

    class Meta(Note.Meta):
        verbose_name = "解读的审前检查说明"
        verbose_name_plural = "解读的审前检查说明"
        constraints = note_constraints("interpretation_finding_note", "interpretation")


@pghistory.track()
class OutletUse(Use):
    """A use of an interpretation outside the site (一稿多出; other channels, DOMAIN §5)."""

    interpretation = models.ForeignKey(
        Interpretation,
        models.CASCADE,
        verbose_name="解读",
        related_name="outlet_uses",
        editable=False,
    )

    class Meta(Use.Meta):
        verbose_name = "解读的一稿多出"
        verbose_name_plural = "解读的一稿多出"
        constraints = use_constraints("interpretation_outlet_use")
        indexes = [models.Index(fields=["used_at"], name="interpretation_use_by_time")]


class ArchiveUpload(models.Model):
    """An Excel archive between preview and confirmation: private, bound to who uploaded it, gone after two
    hours."""

    token = models.UUIDField("令牌", primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey(Agency, models.CASCADE, verbose_name="归属单位", related_name="+")
    publish = models.BooleanField("已经公开过", default=False)
    file = models.FileField("文件", upload_to="archives/%Y/%m/", max_length=300)
    file_name = models.CharField("文件名", max_length=255)
    uploaded_by = models.ForeignKey(User, models.CASCADE, verbose_name="上传人", related_name="+")
    uploaded_at = models.DateTimeField("上传时间")

    class Meta:
        verbose_name = "待确认的存量导入"
        verbose_name_plural = "待确认的存量导入"

    def __str__(self) -> str:
        return self.file_name


_Documents: Any = Interpretation.documents.through


@pghistory.track(*link_trackers(), obj_field=None, model_name="DocumentLinkEvent")
class DocumentLink(_Documents):  # type: ignore[misc]
    """An interpretation linked with a document: its history, as `disclosure.models.links` has it."""

    class Meta:
        proxy = True
        verbose_name = "解读与文件的关联"
        verbose_name_plural = "解读与文件的关联"
