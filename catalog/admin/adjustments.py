"""Adjustments (动态调整) in the back office: what is proposed, cell by cell, and the moves on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone

from agencies.admin.acts import ServiceAdmin, staff
from catalog import history, rules, services
from catalog.adjusting import from_values
from catalog.adjustment_forms import AgainForm, AgreeForm, ApproveForm, DeclineForm
from catalog.drafts import LABELS, Draft, display
from catalog.models import Adjustment, AdjustmentLine
from catalog.planning import CellChange, compare
from catalog.states import ADJUSTMENT_MOVES, AdjustmentState, LineAction, Stage

LINES_ON_A_PAGE = 50
_RULES: dict[str, Callable[[Any, Adjustment], bool]] = {
    "pass": rules.can_pass,
    "approve": rules.can_approve,
    "reject": rules.can_reject,
    "recall": rules.can_recall,
}
_EXPLANATIONS = {
    "pass": "同意以后，由县政府办公室批准。",
    "approve": "请逐项核对原来和调整后的内容。写入以后改错了，要按相反的内容再提出一次，同样报批。",
    "reject": "退回提出单位，目录不变。",
    "recall": "收回以后目录不变；需要时可以重新提出。",
}
_NEXT = {
    AdjustmentState.PASSED: "已同意，等县政府办公室批准。",
    AdjustmentState.APPROVED: "已批准，到生效日期自动写入目录。",
    AdjustmentState.APPLIED: "已批准并写入目录。",
    AdjustmentState.REJECTED: "已退回，提出单位看得到理由。",
    AdjustmentState.RECALLED: "已收回，目录没有变。",
}
_PARTICULARS = {"responsible_office": "责任科室", "responsible_post": "责任岗位", "stage": "五公开"}


@dataclass(frozen=True)
class _Again:
    """A page on which an old adjustment becomes a new one."""

    button: str
    explanation: str
    rule: Callable[[Any, Adjustment], bool]
    act: Callable[..., services.ProposedAgain]
    reason: Callable[[Adjustment], str]


_AGAIN = {
    "same": _Again(
        "重新提出",
        "照原来的内容提出一份新的调整，这一份保留不变。提出以后又变过的事项不列入，提交后会列出来。"
        "要改内容的，请到事项页面或用文件另行提出。",
        rules.can_propose_again,
        services.propose_again,
        lambda old: old.reason,
    ),
    "reverse": _Again(
        "按相反的内容提出",
        "改错了，整份一起改回：新增的停用，修改的改回原来的内容，停用的恢复。提出一份新的调整，同样要批准。"
        "写入以后又变过的事项不列入，提交后会列出来。",
        rules.can_propose_reverse,
        services.propose_reverse,
        lambda old: f"撤回{timezone.localtime(old.applied_at):%Y-%m-%d}写入的调整" if old.applied_at else "",
    ),
}


@dataclass
class ShownLine:
    """A line as the page shows it: what becomes of which item, cell by cell."""

    line: AdjustmentLine
    name: str
    changes: list[CellChange] = field(default_factory=list)
    #: The item has changed since the proposal, so the line cannot be written.
    is_stale: bool = False


class WaitingFilter(admin.SimpleListFilter):
    """What waits for the user: the same querysets as in 今天要办."""

    title = "等谁办"
    parameter_name = "waiting"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """As far as the user has such a part."""
        found = [("sent", "我提出的，还没办完")]
        if request.user.has_perm("catalog.pass_adjustment"):
            found.insert(0, ("lead", "等我们牵头审核"))
        if request.user.has_perm("catalog.approve_adjustment"):
            found = [("office", "等县政府办公室批准"), ("stuck", "到期没有写入"), *found]
        return found

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """The chosen queue."""
        user = staff(request)
        queues: dict[str | None, Callable[[], Any]] = {
            "lead": lambda: queryset.waiting_for_lead(user),
            "office": lambda: queryset.waiting_for_approval(user),
            "stuck": lambda: queryset.stuck(user, timezone.localdate()),
            "sent": lambda: queryset.proposed_and_waiting(user),
        }
        return queues.get(self.value(), lambda: queryset)()


@admin.register(Adjustment)
class AdjustmentAdmin(ServiceAdmin):
    """目录调整. Proposed from the item's form, the list or an import; here it is read and decided."""

    change_form_template = "admin/catalog/adjustment/change_form.html"
    list_display = ("title", "agency", "state", "proposer", "proposed", "in_force_on")
    list_filter = (WaitingFilter, "state")
    list_select_related = ("agency", "proposed_by")
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("title", "reason", "lines__item__code")
    search_help_text = "可以写标题、理由中的几个字，或事项编码。"
    ordering = ("-proposed_at", "-pk")
    actions = None

    class Media:
        css = {"all": ["css/admin-catalog.css"]}

    def get_queryset(self, request: HttpRequest) -> Any:
        """Those of the user's agencies and of the fields that these lead."""
        return Adjustment.objects.in_scope_of(request.user).order_by(*self.ordering)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody here: an adjustment begins at an item, in the list or with a file."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: it moves by its buttons."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """What, then who and when, as far as it has come."""
        people = ["proposed_line", "lead_line", "passed_line", "decided_line", "applied_line"]
        said = [name for name in people if obj is None or getattr(self, name)(obj)]
        shown = ["title", "agency", "reason", "in_force_on", "state", *said]
        return [(None, {"fields": [*shown, "remarks"] if obj and obj.remarks else shown})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """All of it."""
        people = ("proposed_line", "lead_line", "passed_line", "decided_line", "applied_line")
        return ("title", "agency", "reason", "in_force_on", "state", "remarks", *people)

    # Columns

    @admin.display(description="提出人", ordering="proposed_by__full_name")
    def proposer(self, adjustment: Adjustment) -> str:
        """Who proposed it."""
        return str(adjustment.proposed_by)

    @admin.display(description="提出时间", ordering="proposed_at")
    def proposed(self, adjustment: Adjustment) -> str:
        """When."""
        return _moment(adjustment.proposed_at)

    @admin.display(description="提出")
    def proposed_line(self, adjustment: Adjustment) -> str:
        """Who and when."""
        source = f"，来自《{adjustment.file_name}》" if adjustment.file_name else ""
        return f"{adjustment.proposed_by}，{_moment(adjustment.proposed_at)}{source}"

    @admin.display(description="牵头单位")
    def lead_line(self, adjustment: Adjustment) -> str:
        """Who has to pass it."""
        return adjustment.lead_agency.label if adjustment.lead_agency else ""

    @admin.display(description="牵头单位同意")
    def passed_line(self, adjustment: Adjustment) -> str:
        """Who and when."""
        return f"{adjustment.passed_by}，{_moment(adjustment.passed_at)}" if adjustment.passed_by else ""

    @admin.display(description="批准或退回")
    def decided_line(self, adjustment: Adjustment) -> str:
        """Who and when."""
        return f"{adjustment.decided_by}，{_moment(adjustment.decided_at)}" if adjustment.decided_by else ""

    @admin.display(description="写入目录")
    def applied_line(self, adjustment: Adjustment) -> str:
        """When."""
        return _moment(adjustment.applied_at) if adjustment.applied_at else ""

    # Pages

    def get_urls(self) -> Any:
        """With the moves in front."""
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/move/<slug:name>/", wrap(self.move), name="catalog_adjustment_move"),
            path("<int:pk>/<slug:name>/again/", wrap(self.again), name="catalog_adjustment_again"),
            *super().get_urls(),
        ]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """With the lines and the moves that the user may make."""
        adjustment: Adjustment = kwargs["obj"]
        page = Paginator(_rows(adjustment), LINES_ON_A_PAGE).get_page(request.GET.get("p"))
        context |= {
            "moves": self.moves(request, adjustment),
            "page": page,
            "lines": shown_lines(page),
            "subtitle": None,
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def moves(self, request: HttpRequest, adjustment: Adjustment) -> list[tuple[str, str]]:
        """Label and address of each move that the user may make now."""
        again = [
            (words.button, reverse("admin:catalog_adjustment_again", args=[adjustment.pk, name]))
            for name, words in _AGAIN.items()
            if words.rule(request.user, adjustment)
        ]
        return again + [
            (
                ADJUSTMENT_MOVES[name].label,
                reverse("admin:catalog_adjustment_move", args=[adjustment.pk, name]),
            )
            for name, rule in _RULES.items()
            if rule(request.user, adjustment)
        ]

    def move(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        """Ask, move, go back."""
        if name not in _RULES:
            raise Http404
        adjustment = self.object_for_act(
            request, str(pk), lambda found: self.has_view_permission(request, found)
        )
        user = staff(request)

        def make_form(data: Any) -> forms.Form:
            if name == "approve":
                return ApproveForm(data, adjustment=adjustment)
            return DeclineForm(data) if name == "reject" else AgreeForm(data)

        def act(form: forms.Form) -> str:
            moved = _act(name, adjustment, user, form.cleaned_data)
            return _NEXT[AdjustmentState(moved.state)]

        return self.act_page(
            request,
            adjustment,
            title=f"{ADJUSTMENT_MOVES[name].label}：{adjustment}",
            explanation=_EXPLANATIONS[name],
            button=ADJUSTMENT_MOVES[name].label,
            make_form=make_form,
            act=act,
        )

    def again(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        """重新提出 what was refused or recalled, or the reverse of what was written, as far as it fits."""
        if name not in _AGAIN:
            raise Http404
        words = _AGAIN[name]
        old = self.object_for_act(request, str(pk), lambda found: words.rule(request.user, found))
        new: list[Adjustment] = []

        def act(form: forms.Form) -> str:
            found = words.act(adjustment=old, reason=form.cleaned_data["reason"], by=staff(request))
            new.extend(found.adjustments)
            left = f"这些事项已有变化，没有列入：{'、'.join(found.left_out)}。" if found.left_out else ""
            return f"已提出「{found.adjustments[0]}」。{left}"

        answer = self.act_page(
            request,
            old,
            title=f"{words.button}：{old}",
            explanation=words.explanation,
            button=words.button,
            make_form=lambda data: AgainForm(data, initial={"reason": words.reason(old)}),
            act=act,
        )
        if new:
            return HttpResponseRedirect(reverse("admin:catalog_adjustment_change", args=[new[0].pk]))
        return answer


def _act(name: str, adjustment: Adjustment, user: Any, data: dict[str, Any]) -> Adjustment:
    if name == "pass":
        return services.pass_on(adjustment=adjustment, by=user)
    if name == "approve":
        day: date = data["in_force_on"]
        return services.approve(adjustment=adjustment, in_force_on=day, by=user)
    if name == "reject":
        return services.reject(adjustment=adjustment, remarks=data["remarks"], by=user)
    return services.recall(adjustment=adjustment, by=user)


def _moment(moment: Any) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else ""


def _rows(adjustment: Adjustment) -> Any:
    rows = adjustment.lines.select_related("item", "item__field", "field", "agency", "adjustment")
    return rows.order_by("position", "pk")


def shown_lines(page: Page[AdjustmentLine]) -> list[ShownLine]:
    """The lines of a page; what each item was when it was proposed, in one query for all."""
    lines = list(page.object_list)
    before = history.drafts_at(
        (line.item_id, line.base_version) for line in lines if line.item_id and line.base_version
    )
    return [_shown(line, before.get((line.item_id or 0, line.base_version or 0))) for line in lines]


def _shown(line: AdjustmentLine, before: Draft | None) -> ShownLine:
    if line.action == LineAction.ADD and not line.takes_up:
        draft = from_values(line.values)
        cells = [CellChange(name, label, "", "", display(draft, name)) for name, label in LABELS.items()]
        beside = dict(line.values.get("particulars", {}))
        if beside.get("stage"):
            beside["stage"] = str(Stage(beside["stage"]).label)
        cells += [
            CellChange(name, label, "", "", beside.get(name, "")) for name, label in _PARTICULARS.items()
        ]
        return ShownLine(line, " / ".join(draft.levels), [cell for cell in cells if cell.new])
    item = line.item
    waiting = line.adjustment.state in {
        AdjustmentState.PROPOSED, AdjustmentState.PASSED, AdjustmentState.APPROVED,
    }  # fmt: skip
    gone = item is not None and (item.retired_on is not None) != line.takes_up
    stale = bool(waiting and item and (item.version != line.base_version or gone))
    name = f"{item.name}（{item.code}）" if item else ""
    if line.action == LineAction.RETIRE or line.takes_up or before is None:
        return ShownLine(line, name, [], stale)
    return ShownLine(line, name, compare(before, from_values(line.values, before)), stale)
