"""封存清除 in the back office: proposed by one, confirmed by another; the chain; backups to be cleaned."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pghistory.models
from django import forms
from django.apps import apps
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from agencies.admin.acts import ServiceAdmin, staff
from agencies.models import User
from disclosure import rules, services
from disclosure.admin.only_shown import OnlyShown
from disclosure.admin.parts import person_line
from disclosure.forms import ConfirmForm
from disclosure.models import BackupSet, Purge
from disclosure.record_forms import CleanedForm, ConfirmPurgeForm, PurgeForm
from disclosure.states import Publication, PurgeState


class PurgeLink(ServiceAdmin):
    """The page that proposes it, for what is offline."""

    def get_urls(self) -> Any:
        """With the page."""
        name = f"{self.opts.app_label}_{self.opts.model_name}_purge"
        view = self.admin_site.admin_view(self.purge_view)
        return [path("<int:object_id>/purge/", view, name=name), *super().get_urls()]

    def purge_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Propose it."""
        obj = self.object_for_act(request, str(object_id), lambda one: self.has_view_permission(request, one))
        if request.method != "POST" and not (
            obj.status == Publication.OFFLINE and rules.may_purge(staff(request))
        ):
            raise PermissionDenied

        def act(form: forms.Form) -> str:
            services.propose_purge(obj, by=staff(request), **form.cleaned_data)
            return "已提出封存清除，等另一位同事在「封存清除」里确认。"

        return self.act_page(
            request,
            obj,
            title="提出封存清除",
            explanation="按有权机关的决定，把这一份的内容从系统里彻底清除：正文、附件、各个版本、办理记录里的文字、"
            "索引和日志。只留下一个指纹和办理的人、时间、依据。须由另一位同事确认后才清除；清除以后谁也找不回来。",
            button="提出封存清除",
            make_form=PurgeForm,
            act=act,
        )


def purge_moves(user: User, obj: Any) -> list[tuple[str, str]]:
    """提出封存清除, for what is offline."""
    if obj.status != Publication.OFFLINE or not rules.may_purge(user):
        return []
    name = f"admin:{obj._meta.app_label}_{obj._meta.model_name}_purge"
    return [("提出封存清除", reverse(name, args=[obj.pk]))]


class _Sealed(ServiceAdmin):
    """Kept by whoever purges."""

    actions = None
    show_full_result_count = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        """In the menu of whoever purges."""
        return rules.may_purge(staff(request))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """县政府办公室 and 系统管理员."""
        return rules.may_purge(staff(request))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False


@admin.register(Purge)
class PurgeAdmin(OnlyShown, _Sealed):
    """The purges, their chain, and the backups that are still to be cleaned."""

    change_list_template = "admin/disclosure/purge/change_list.html"
    change_form_template = "admin/disclosure/purge/change_form.html"
    list_display = ("__str__", "state", "order_number", "proposed_line", "confirmed_line", "backups_left")
    list_filter = ("state",)
    readonly_fields = (
        "state",
        "number",
        "index_number",
        "order_number",
        "authority",
        "reason",
        "proposed_line",
        "confirmed_line",
        "cancelled_line",
        "content_hash",
        "previous_hash",
        "chain_hash",
        "removed_lines",
        "remnant_lines",
        "backup_lines",
    )
    fields = readonly_fields

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the people and the backups."""
        rows = super().get_queryset(request).select_related("proposed_by", "confirmed_by", "cancelled_by")
        return rows.prefetch_related("backups__backup", "backups__cleaned_by")

    def get_urls(self) -> Any:
        """With the pages of the acts."""
        view = self.admin_site.admin_view
        ours = [
            path("<int:object_id>/confirm/", view(self.confirm_view), name="disclosure_purge_confirm"),
            path("<int:object_id>/cancel/", view(self.cancel_view), name="disclosure_purge_cancel"),
            path(
                "<int:object_id>/cleaned/<int:line_id>/",
                view(self.cleaned_view),
                name="disclosure_purge_cleaned",
            ),
        ]
        return ours + super().get_urls()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """With the chain, reckoned anew."""
        chain = {
            "chain_problems": services.verify_chain(),
            "chained": Purge.objects.filter(state="done").count(),
        }
        return super().changelist_view(request, {**chain, **(extra_context or {})})

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """With the acts that are open."""
        obj = kwargs.get("obj")
        context["moves"] = []
        if obj is not None and obj.state == PurgeState.PROPOSED:
            acts = [("取消", "cancel")]
            if obj.proposed_by_id != staff(request).pk:
                acts.insert(0, ("确认清除", "confirm"))
            context["moves"] = [
                (label, reverse(f"admin:disclosure_purge_{name}", args=[obj.pk])) for label, name in acts
            ]
        return super().render_change_form(request, context, *args, **kwargs)

    def _open(self, request: HttpRequest, object_id: int) -> Any:
        return self.object_for_act(request, str(object_id), lambda one: True)

    def confirm_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Carry it out, as the second person."""
        obj = self._open(request, object_id)

        def act(form: forms.Form) -> str:
            done = services.confirm_purge(obj, by=staff(request))
            return f"已封存清除（第{done.number}次）。请按清单清理备份。"

        along = f"一并清除更正稿、并入的文件{len(obj.with_ids)}份。" if obj.with_ids else ""
        return self.act_page(
            request,
            obj,
            title=f"确认封存清除：{obj}",
            explanation=f"依据{obj.authority}{obj.order_number}，由{obj.proposed_by}提出。{along}"
            "请核对决定原件和编号。清除以后谁也找不回来，只留下指纹。",
            button="确认清除",
            make_form=ConfirmPurgeForm,
            act=act,
        )

    def cancel_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Take the proposal back."""
        obj = self._open(request, object_id)

        def act(form: forms.Form) -> str:
            services.cancel_purge(obj, by=staff(request))
            return "已取消，内容仍是紧急下线。"

        return self.act_page(
            request,
            obj,
            title=f"取消封存清除：{obj}",
            explanation="取消后不清除，内容仍是紧急下线，由县政府办公室另行决定。",
            button="取消这次提出",
            make_form=ConfirmForm,
            act=act,
        )

    def cleaned_view(self, request: HttpRequest, object_id: int, line_id: int) -> HttpResponse:
        """Say that a backup was cleaned."""
        obj = self._open(request, object_id)
        line = obj.backups.filter(pk=line_id).first()
        if line is None:
            raise PermissionDenied

        def act(form: forms.Form) -> str:
            services.note_cleaned(line, by=staff(request), **form.cleaned_data)
            return f"已登记：{line.backup}已清理。"

        return self.act_page(
            request,
            obj,
            title=f"登记备份已清理：{line.backup}",
            explanation="备份里仍有清除以前的内容。删除旧备份并重新做一份，或者按保留期满销毁，再来登记。",
            button="登记已清理",
            make_form=CleanedForm,
            act=act,
        )

    @admin.display(description="提出")
    def proposed_line(self, obj: Purge) -> str:
        """Who proposed it."""
        return person_line(obj.proposed_by, obj.proposed_at)

    @admin.display(description="确认")
    def confirmed_line(self, obj: Purge) -> str:
        """Who carried it out."""
        return person_line(obj.confirmed_by, obj.confirmed_at)

    @admin.display(description="取消")
    def cancelled_line(self, obj: Purge) -> str:
        """Who took it back."""
        return person_line(obj.cancelled_by, obj.cancelled_at)

    @admin.display(description="待清理的备份")
    def backups_left(self, obj: Purge) -> str:
        """How many backups still hold it."""
        left = sum(line.cleaned_on is None for line in obj.backups.all())
        return f"{left}份" if left else ""

    @admin.display(description="清除了什么")
    def removed_lines(self, obj: Purge) -> str:
        """Files and rows by what they are; what the triggers had kept of them in one."""
        counts: Counter[str] = Counter()
        for table, count in obj.removed.items():
            counts[_name_of(table)] += count
        return "、".join(f"{name}{count}" for name, count in counts.items())

    @admin.display(description="还有提到它的地方")
    def remnant_lines(self, obj: Purge) -> SafeString | str:
        """Where the same words still stand, for people to judge."""
        if not obj.remnants:
            return "没有" if obj.state == PurgeState.DONE else ""
        rows = [(*_place_of(one["table"], one["column"]), one["rows"]) for one in obj.remnants]
        shown = format_html_join("", "<li>{}的「{}」：{}处</li>", rows)
        return format_html('<ul class="linked">{}</ul>', shown)

    @admin.display(description="备份")
    def backup_lines(self, obj: Purge) -> SafeString | str:
        """Each backup: cleaned by whom and when, or the way to say so."""
        lines = []
        for line in obj.backups.all():
            name = f"{line.backup}（{line.backup.keeper}）" if line.backup.keeper else str(line.backup)
            if line.cleaned_on:
                said = f"已清理：{line.cleaned_on}，{line.cleaned_by}{f'，{line.note}' if line.note else ''}"
                lines.append(format_html("<li>{} {}</li>", name, said))
            else:
                address = reverse("admin:disclosure_purge_cleaned", args=[obj.pk, line.pk])
                lines.append(
                    format_html(
                        '<li>{} <a href="{}">登记已清理<span class="visually-hidden">：{}</span></a></li>',
                        name,
                        address,
                        line.backup,
                    )
                )
        return (
            format_html('<ul class="linked">{}</ul>', format_html_join("", "{}", ((one,) for one in lines)))
            if lines
            else ""
        )


@admin.register(BackupSet)
class BackupSetAdmin(_Sealed):
    """备份: the list that a purge is to be cleaned out of."""

    list_display = ("name", "keeper", "kept_for", "is_active")
    fields = ("name", "keeper", "kept_for", "is_active")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whoever purges."""
        return rules.may_purge(staff(request))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever purges."""
        return rules.may_purge(staff(request))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service."""
        services.keep_backup_set(obj, by=staff(request))


#: What has no model of a name in words.
_OWN_NAMES = {"files": "文件", "search_entry": "检索条目"}


def _name_of(table: str) -> str:
    """A table in words; those of the history together."""
    if table in _OWN_NAMES:
        return _OWN_NAMES[table]
    model = _model_of(table)
    if model is None:
        return table
    return "历史记录" if issubclass(model, pghistory.models.Event) else str(model._meta.verbose_name_plural)


def _place_of(table: str, column: str) -> tuple[str, str]:
    """Table and column in words."""
    fields = model._meta.concrete_fields if (model := _model_of(table)) else ()
    named = {field.column: str(field.verbose_name) for field in fields}
    return _name_of(table), named.get(column, column)


def _model_of(table: str) -> type[Model] | None:
    found = (model for model in apps.get_models(include_auto_created=True) if model._meta.db_table == table)
    return next(found, None)
