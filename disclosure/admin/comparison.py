"""与上次送审对照: for the reviewer, what changed since the text was last submitted."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from agencies.admin.acts import ServiceAdmin, staff
from agencies.models import User
from disclosure import link_history, versions
from disclosure.text_changes import Comparison, Row, Run
from disclosure.versions import Bases, FileChange, Version

#: Kind of link -> names.
Links = dict[str, list[str]]
#: Unchanged paragraphs shown around a change; longer stretches are folded.
_AROUND = 2
_LABELS = {"changed": "改动", "shape": "只改版式", "added": "新增", "removed": "删去"}


@dataclass
class Line:
    """A paragraph pair, a field or an attachment; a change bears its number, to step from one to the next."""

    label: str
    was: list[Run]
    now: list[Run]
    what: str = "changed"
    number: int = 0
    note: str = ""


@dataclass
class Stretch:
    """Lines that are shown, or a run of unchanged ones that is folded."""

    folded: bool
    lines: list[Line] = field(default_factory=list)


@dataclass
class Page:
    """All that the page shows of one comparison."""

    facts: list[Line]
    files: list[Line]
    body: list[Stretch]
    changes: int
    #: The words are the same, the stored text is not: what no paragraph shows (a list's numbering).
    hidden_layout: bool


def compare(thing: Any, base: Version, links: tuple[Links, Links] = ({}, {})) -> Page:
    """Compare what stands now with `base`; `links` were and are (领域, 目录事项, 解读的文件)."""
    now = versions.present_version(thing)
    engine, numbers = Comparison(), count(1)
    facts = [*_facts(base.values, thing, engine), *_links(*links)]
    files = [_file_line(change) for change in versions.compare_files(base.files, now.files)]
    body = [_line(row) for row in engine.bodies(base.values.body, thing.body)]
    for line in [*facts, *body, *files]:
        if line.what != "same":
            line.number = next(numbers)
    changes = next(numbers) - 1
    calm = all(line.what == "same" for line in body)
    return Page(facts, files, _folded(body), changes, calm and base.values.body != thing.body)


def _line(row: Row) -> Line:
    note = ""
    if row.was_kind != row.kind and row.what in {"changed", "shape"}:
        note = f"{row.was_kind or '正文'}改为{row.kind or '正文'}"
    elif row.what == "shape":
        note = "文字相同，加粗、对齐、标题级别或合并单元格有变化"
    return Line(_LABELS.get(row.what, ""), row.was, row.now, row.what, note=note)


def folded_rows(rows: list[Row]) -> list[Stretch]:
    """The rows of two bodies as the pages show them: what is far from every change is folded."""
    return _folded([_line(row) for row in rows])


def _folded(lines: list[Line]) -> list[Stretch]:
    """Fold what is far from every change. Where nothing changed all of it is."""
    near: set[int] = set()
    for place, line in enumerate(lines):
        if line.what != "same":
            near.update(range(place - _AROUND, place + _AROUND + 1))
    found: list[Stretch] = []
    for place, line in enumerate(lines):
        if not found or found[-1].folded == (place in near):
            found.append(Stretch(place not in near))
        found[-1].lines.append(line)
    return found


def _facts(was: Any, now: Any, engine: Comparison) -> list[Line]:
    """Title and metadata that changed: every column that a person fills in, but the body."""
    found = []
    for column in now._meta.concrete_fields:
        if not column.editable or column.primary_key or column.name == "body":
            continue
        if getattr(was, column.attname) == getattr(now, column.attname):
            continue
        old, new = _shown(was, column), _shown(now, column)
        # A choice, a day, a number is read as one; only running text word by word.
        if isinstance(getattr(now, column.attname), str) and not column.choices and old and new:
            runs = engine.texts(old, new)
        else:
            runs = ([Run(old or "（空）", bool(old))], [Run(new or "（空）", bool(new))])
        found.append(Line(str(column.verbose_name), *runs))
    return found


def _links(was: Links, now: Links) -> list[Line]:
    """Links that changed: each name is read as one."""
    return [
        Line(label, _names(was.get(label, []), names), _names(names, was.get(label, [])))
        for label, names in now.items()
        if was.get(label, []) != names
    ]


def _names(mine: list[str], others: list[str]) -> list[Run]:
    runs = [Run(f"{name}；", name not in others) for name in mine]
    return runs or [Run("（空）", False)]


def _shown(holder: Any, column: Any) -> str:
    value = getattr(holder, column.attname)
    if value in (None, "", []):
        return ""
    if column.is_relation:
        return str(getattr(holder, column.name))
    if isinstance(value, bool):
        return "是" if value else "否"
    labels = dict(getattr(column, "base_field", column).flatchoices)
    if isinstance(value, list):
        return "、".join(str(labels.get(one, one)) for one in value)
    return str(labels.get(value, value))


def _file_line(change: FileChange) -> Line:
    was, now = [Run(change.was, True)], [Run(change.now, True)]
    notes = {"替换": "名称相同，文件内容不同", "改名": "文件内容相同", "顺序": "只有先后次序不同"}
    return Line(
        change.what, was if change.was else [], now if change.now else [], note=notes.get(change.what, "")
    )


class ComparisonPage(ServiceAdmin):
    """The page, and its link on the form, for whatever goes through review."""

    def get_urls(self) -> Any:
        """With the page of the comparison."""
        name = f"{self.opts.app_label}_{self.opts.model_name}_comparison"
        view = self.admin_site.admin_view(self.comparison_view)
        return [path("<int:object_id>/comparison/", view, name=name), *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """With the link, where there is something to compare with."""
        obj = kwargs.get("obj")
        if obj is not None and versions.bases(obj, user=staff(request)):
            context["comparison_url"] = self._comparison_address(obj)
        return super().render_change_form(request, context, *args, **kwargs)

    def _comparison_address(self, obj: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_comparison", args=[obj.pk])

    def comparison_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """What changed since the last submission, or since an earlier one (`?from=`, its number; 0: the
        origin of a copy). For staff who have the thing in scope."""
        obj = self.object_for_act(request, str(object_id), lambda one: self.has_view_permission(request, one))
        bases = versions.bases(obj, user=staff(request))
        base, chosen = _chosen(obj, bases, request.GET.get("from", ""))
        context = {
            **self.admin_site.each_context(request),
            "title": f"与上次送审对照：{obj.title}",
            "page": compare(obj, base, _linked(obj, base, staff(request))) if base is not None else None,
            "choices": _choices(bases, chosen),
            "thing": obj,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/disclosure/comparison.html", context)


def _linked(obj: Any, base: Version, user: User) -> tuple[Links, Links]:
    """Links as they were in the base, and as they stand."""
    event_at = getattr(base.values, "pgh_created_at", None)
    if event_at is not None:
        was = link_history.links_at(obj, event_at, user=user)
    else:
        was = link_history.links_now(base.values, user=user)
    return was, link_history.links_now(obj, user=user)


def _chosen(obj: Any, bases: Bases, wanted: str) -> tuple[Version | None, int]:
    """The version asked for, else the latest submission, else the origin; and its number."""
    if not bases:
        return None, -1
    known = {str(one.number): one for one in bases.submissions}
    if bases.origin is not None and (wanted == "0" or not known):
        return versions.present_version(bases.origin), 0
    submission = known.get(wanted) or bases.submissions[-1]
    return versions.submitted_version(obj, submission), submission.number


def _choices(bases: Bases, chosen: int) -> list[tuple[int, str, bool]]:
    """(number, words, whether chosen), latest first."""
    found = [
        (
            one.number,
            f"第{one.number}次送审（{timezone.localtime(one.submitted_at):%Y-%m-%d %H:%M}，{one.by}）",
        )
        for one in reversed(bases.submissions)
    ]
    if bases.origin is not None:
        found.append((0, f"复制来源：{bases.origin.title}（{bases.origin.get_status_display()}）"))
    return [(number, words, number == chosen) for number, words in found]
