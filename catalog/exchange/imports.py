"""A file into the catalog: read, planned, and — where nothing is wrong — applied. The command and the
admin's page both come through here."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from agencies.models import Agency, User
from catalog import collector, services
from catalog.drafts import as_item
from catalog.models import Adjustment, Field

from .drafting import Marks
from .fields import FieldIndex, KnownField
from .problems import Problem
from .reader import ReadResult, read_catalog


class UnknownField(Exception):  # noqa: N818
    """No field has this slug. Its text offers the nearest."""


@dataclass(slots=True)
class ReadFile:
    """A file as read, with its plan where it has no errors."""

    result: ReadResult
    sha256: str
    plan: services.ImportPlan | None = None
    unresolved: list[Problem] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether it may be imported."""
        return self.plan is not None

    @property
    def counts(self) -> dict[str, int]:
        """The figures of the report; a file with errors changes nothing."""
        if self.plan is not None:
            return self.plan.counts
        rows = len(self.result.drafts)
        return {"rows": rows, "created": 0, "changed": 0, "unchanged": 0, "missing": 0}

    @property
    def warnings(self) -> list[Problem]:
        """What is doubtful: in the cells, and 公开主体 that name no agency."""
        return [*self.result.warnings, *self.unresolved]

    def report(self, *, items: bool = False) -> dict[str, Any]:
        """What `import_catalog` prints (DESIGN)."""
        report: dict[str, Any] = {
            **self.counts,
            "warnings": [problem.as_dict() for problem in self.warnings],
            "errors": [problem.as_dict() for problem in self.result.errors],
        }
        if items:
            fields = self.result.fields
            report["items"] = [
                as_item(draft, fields.get(draft.field_slug, "")) for draft in self.result.drafts
            ]
        return report


def known_fields() -> FieldIndex:
    """All fields with their aliases, as the reader needs them; a merged one is read as the other."""
    fields = Field.objects.filter(merged_into=None).prefetch_related("aliases")
    return FieldIndex(
        KnownField(row.slug, row.name, tuple(alias.name for alias in row.aliases.all()), row.catalog)
        for row in fields
    )


def _successor(slug: str | None) -> str | None:
    """The slug of the field into which this one was merged, in the end."""
    row = Field.objects.filter(slug=slug).first() if slug else None
    while row is not None and row.merged_into is not None:
        row = row.merged_into
    return row.slug if row else slug


@collector.paused()
def read_and_plan(
    path: Path,
    *,
    agency: Agency,
    by: User | None = None,
    by_caption: bool = False,
    field_slug: str | None = None,
    marks: Marks | None = None,
) -> ReadFile:
    """Read a file and say what it would do to the catalog of `agency`. Writes nothing.

    With `by_caption` a table whose caption names another agency belongs to that one's catalog. Raises
    UnknownField when `field_slug` is none of ours, services.NotAllowed outside `by`'s scope.
    """
    fields = known_fields()
    field_slug = _successor(field_slug)
    if field_slug and field_slug not in fields.by_slug:
        near = "、".join(f"{known.name}（{known.slug}）" for known in fields.nearest(field_slug))
        raise UnknownField(f"没有地址名为「{field_slug}」的领域。相近的有：{near}。")
    result = read_catalog(path, fields, field_slug=field_slug, marks=marks)
    read = ReadFile(result, _sha256(path))
    if not result.errors:
        read.plan = services.plan_catalog(
            drafts=result.drafts, layouts=result.layouts, agency=agency, by=by, by_caption=by_caption
        )
        read.unresolved = _unresolved(read.plan, result)
    return read


@collector.paused()
def apply(
    read: ReadFile,
    *,
    agency: Agency,
    file_name: str,
    by: User | None,
    by_caption: bool = False,
    seen: str | None = None,
    retire: Sequence[int] = (),
    now: datetime | None = None,
) -> services.ImportPlan:
    """Write what was read, and retire the items of these ids, which the file lacks. Raises
    services.NotAllowed (a file with errors too), services.CatalogMoved."""
    if not read.ok:
        raise services.NotAllowed("文件里有错误，未导入。请改正后重新上传。")
    # The plan before this one is let go first: a large catalog need not be held twice.
    read.plan = None
    read.plan = services.import_catalog(
        drafts=read.result.drafts,
        layouts=read.result.layouts,
        agency=agency,
        file_name=file_name,
        sha256=read.sha256,
        by=by,
        by_caption=by_caption,
        seen=seen,
        retire=retire,
        now=now,
    )
    return read.plan


def propose(
    read: ReadFile,
    *,
    agency: Agency,
    file_name: str,
    by: User,
    reason: str,
    seen: str | None = None,
    retire: Sequence[int] = (),
) -> list[Adjustment]:
    """Hand what was read to 县政府办公室 as adjustments (动态调整), one for each lead agency of its fields.
    Raises services.NotAllowed (a file with errors too), services.CatalogMoved."""
    if read.plan is None:
        raise services.NotAllowed("文件里有错误，不能提交。请改正后重新上传。")
    if (seen is not None and seen != read.plan.seen) or services.chosen_missing(read.plan, retire) is None:
        raise services.CatalogMoved("预览以后目录有了变化，请核对新的预览，再提交。")
    return services.propose_import(
        plan=read.plan, retire=list(retire), agency=agency, by=by, file_name=file_name, reason=reason
    )


def _unresolved(plan: services.ImportPlan, result: ReadResult) -> list[Problem]:
    """Each 公开主体 that names no agency, once, at the first cell that says it."""
    problems = []
    advice = "已按原文保留；请在「公开主体对照」中指定一次，以后自动沿用。"
    for text, count in Counter(plan.unresolved).most_common():
        draft = next((d for d in result.drafts if text in services.subject_pieces(d)), None)
        message = f"公开主体「{text}」没有对应的单位（{count} 项），{advice}"
        row = draft.rows[0] if draft else None
        column = draft.cells.get("subject") if draft else None
        problems.append(Problem(message, draft.sheet if draft else None, row, column))
    return problems


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
