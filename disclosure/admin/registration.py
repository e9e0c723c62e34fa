"""报审登记 in the back office: the form with its files, the acts, the returns as they are counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from agencies.admin.acts import ServiceAdmin, staff
from agencies.models import Agency
from disclosure import register_rules, services
from disclosure.admin.parts import AgencyFilter, AttachmentInline, person_line
from disclosure.admin.registration_forms import DocumentForm, PaperForm, RegistrationForm, ReturnForm
from disclosure.admin.registration_returns import RegistrationReturns
from disclosure.forms import ConfirmForm
from disclosure.models import Registration, RegistrationFile
from disclosure.register_states import (
    REGISTRATION_MOVES,
    PaperRole,
    ReturnReason,
)
from disclosure.services import registration as register

_EXPLANATIONS = {
    "submit": "报审后由县政府办公室受理；材料不齐的会退文。报审期间不能修改，需要改时可以先收回。",
    "recall": "收回后可以继续修改，改好后重新报审。",
    "accept": "请核对送审稿、解读稿、起草说明、合法性审查意见和公开属性。受理后由报审单位转为文件草稿。",
    "send_back": "退文按单位、按原因统计。请选原因，写明要补什么、改什么。",
    "open_document": "以登记的标题、公开属性等新建文件草稿，两边互相关联；已经起草了的，选那份来关联。",
}
_DONE: dict[str, Callable[..., Any]] = {
    "submit": services.submit_registration,
    "recall": services.recall_registration,
    "accept": services.accept_registration,
    "send_back": services.return_registration,
    "open_document": services.open_document,
}


class PaperInline(AttachmentInline):
    """报审材料."""

    model = RegistrationFile
    form = PaperForm
    template = "admin/edit_inline/tabular.html"
    extra = 1
    fields = ("role", "file", "title")
    verbose_name_plural = "报审材料"

    def _may(self, request: HttpRequest, obj: Any) -> bool:
        return obj is None or register_rules.can_edit_registration(staff(request), obj)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Links, once it is handed in."""
        return self.fields if self._may(request, obj) else ("role", "link", "size_line")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Likewise."""
        return () if self._may(request, obj) else ("role", "link", "size_line")


class TodoFilter(admin.SimpleListFilter):
    """What waits, as the work queue counts it."""

    title = "要办的"
    parameter_name = "todo"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The queues."""
        return [
            ("returned", "退文要补的"),
            ("draft", "已受理、要转为文件的"),
            ("handed_in", "等县政府办公室受理"),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """The chosen queue."""
        if self.value() == "returned":
            return queryset.returned()
        if self.value() == "draft":
            return queryset.to_draft()
        return queryset.handed_in() if self.value() == "handed_in" else queryset


@admin.register(Registration)
class RegistrationAdmin(RegistrationReturns, ServiceAdmin):
    """报审登记."""

    form = RegistrationForm
    inlines = [PaperInline]
    change_form_template = "admin/disclosure/registration/change_form.html"
    change_list_template = "admin/disclosure/registration/change_list.html"
    list_display = ("title", "owner", "stands", "lacks", "round", "submitted_line")
    list_display_links = ("title",)
    list_filter = (TodoFilter, "state", AgencyFilter, "is_normative")
    list_select_related = ("agency", "submitted_by")
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("title",)
    search_help_text = "可以写标题中的几个字。"
    ordering = ("-id",)
    actions = None

    class Media:
        css = {"all": ["css/admin-editor.css", "css/admin-coverage.css", "css/admin-registers.css"]}

    # Scope and permission

    def get_queryset(self, request: HttpRequest) -> Any:
        """In the user's scope, with the files, whose roles the list reads."""
        rows = Registration.objects.in_scope_of(request.user).prefetch_related("attachments")
        return rows.select_related("agency", "submitted_by").order_by(*self.ordering)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whoever hands in for the own agency."""
        return super().has_add_permission(request) and register_rules.may_file(staff(request))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """While it is in the agency's hands."""
        if obj is None:
            return super().has_change_permission(request)
        return register_rules.can_edit_registration(staff(request), obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was never handed in."""
        return obj is not None and register_rules.can_delete_registration(staff(request), obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Whoever may delete it deletes its files with it."""
        to_delete, counts, _, protected = super().get_deleted_objects(objs, request)
        return to_delete, counts, set(), protected

    # Form

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only agencies in scope; the own one stands there already."""
        if db_field.name == "agency":
            kwargs["queryset"] = Agency.objects.in_scope_of(request.user).published()
            kwargs["initial"] = staff(request).agency_id
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The record."""
        return ("stands", "created_line", "submitted_line", "accepted_line", "document_line")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """In the order of a clerk's thoughts; the record once there is one."""
        groups = [
            ("是什么文件", {"fields": ["title", "agency", "issuer", "genre", "is_normative"]}),
            ("能不能公开", {"fields": ["openness", "openness_ground", "openness_reason"]}),
            ("解读", {"fields": ["no_interpretation_reason"]}),
            ("合法性审查", {"fields": ["legality", "legality_by", "legality_on", "legality_note"]}),
        ]
        if obj is not None:
            lines = ["stands", "created_line"]
            lines += ["submitted_line"] if obj.submitted_by_id else []
            lines += ["accepted_line"] if obj.accepted_by_id else []
            lines += ["document_line"] if obj.document_id else []
            groups.append(("办理情况", {"fields": lines}))
        return groups

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """With the acts of the user, what is missing, and the returns."""
        obj, user = kwargs.get("obj"), staff(request)
        if obj is not None:
            context["moves"] = [
                (move.label, reverse("admin:disclosure_registration_move", args=[obj.pk, move.name]))
                for move in REGISTRATION_MOVES.values()
                if register_rules.can_move_registration(move.name, user, obj)
            ]
            context["missing"] = [str(one.label) for one in register.missing_of(obj)]
            context["returns"] = [
                (one, "、".join(str(ReturnReason(reason).label) for reason in one.reasons))
                for one in obj.returns.select_related("by")
            ]
        return super().render_change_form(request, context, *args, **kwargs)

    # Saving, through services alone

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Create or update through the service."""
        values = {name: form.cleaned_data[name] for name in register.FIELDS if name in form.cleaned_data}
        if change:
            saved = services.update_registration(obj, by=staff(request), **values)
        else:
            saved = services.create_registration(by=staff(request), **values)
        obj.pk = saved.pk
        obj._state.adding = False
        obj.refresh_from_db()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The files, each through its service."""
        for formset in formsets:
            self.save_papers(request, form.instance, formset)

    def save_papers(self, request: HttpRequest, obj: Any, formset: Any) -> None:
        """Add, rename, remove."""
        by = staff(request)
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []
        for one in formset.deleted_forms:
            if one.instance.pk:
                services.remove_paper(one.instance, by=by)
        for one in formset.forms:
            if one in formset.deleted_forms or not one.has_changed():
                continue
            data = one.cleaned_data
            role, title = PaperRole(data["role"]), data.get("title") or ""
            if one.instance.pk:
                services.change_paper(one.instance, by=by, role=role, title=title)
            elif data.get("file"):
                new = services.add_paper(obj, by=by, file=data["file"], role=role, title=title)
                formset.new_objects.append(new)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Through the service."""
        services.delete_registration(obj, by=staff(request))

    # Acts and files, each a page behind the same scope

    def get_urls(self) -> Any:
        """The pages beside the form."""
        wrap, name = self.admin_site.admin_view, "disclosure_registration"
        ours = [
            path("<int:object_id>/move/<slug:move>/", wrap(self.move_view), name=f"{name}_move"),
            path("<int:object_id>/papers/<int:paper_id>/", wrap(self.paper_view), name=f"{name}_attachment"),
            path("returns/", wrap(self.returns_view), name=f"{name}_returns"),
            path("returns.xlsx", wrap(self.returns_export), name=f"{name}_returns_export"),
        ]
        return ours + super().get_urls()

    def _in_scope(self, request: HttpRequest, object_id: int) -> Any:
        return self.object_for_act(
            request, str(object_id), lambda one: self.has_view_permission(request, one)
        )

    def move_view(self, request: HttpRequest, object_id: int, move: str) -> HttpResponse:
        """Confirm and do one act."""
        if move not in _DONE:
            raise Http404
        obj, label = self._in_scope(request, object_id), REGISTRATION_MOVES[move].label
        user, made = staff(request), []
        if request.method != "POST" and not register_rules.can_move_registration(move, user, obj):
            raise PermissionDenied

        def act(form: forms.Form) -> str:
            data = form.cleaned_data
            if move == "open_document" and data.get("document"):
                made.append(services.link_document(obj, document=data["document"], by=user))
            elif move == "open_document":
                made.append(services.open_document(obj, by=user))
            else:
                _DONE[move](obj, by=user, **data)
            return f"已{label}：{obj.title}"

        response = self.act_page(
            request,
            obj,
            title=f"{label}：{obj.title}",
            explanation=_EXPLANATIONS[move],
            button=label,
            make_form=lambda data: _form(move, obj, data),
            act=act,
        )
        if not made:
            return response
        return HttpResponseRedirect(reverse("admin:disclosure_document_change", args=[made[0].pk]))

    def paper_view(self, request: HttpRequest, object_id: int, paper_id: int) -> FileResponse:
        """One file, for staff who have the registration in scope: never on the public site."""
        paper = self._in_scope(request, object_id).attachments.filter(pk=paper_id).first()
        if paper is None:
            raise Http404
        name = f"{paper.title}.{paper.file.name.rsplit('.', 1)[-1]}"
        response = FileResponse(paper.file.open("rb"), as_attachment=True, filename=name)
        response["Content-Type"] = paper.media_type
        return response

    # Columns

    @admin.display(description="报审单位", ordering="agency__order")
    def owner(self, obj: Registration) -> str:
        """The agency's short name."""
        return obj.agency.label

    @admin.display(description="状态", ordering="state")
    def stands(self, obj: Registration) -> SafeString:
        """The state as a mark."""
        return format_html('<span class="filing filing-{}">{}</span>', obj.state, obj.get_state_display())

    @admin.display(description="还缺")
    def lacks(self, obj: Registration) -> str:
        """What is missing."""
        found = register_rules.missing_of(obj, [one.role for one in obj.attachments.all()])
        return "、".join(str(one.label) for one in found) or "齐全"

    @admin.display(description="登记")
    def created_line(self, obj: Registration) -> str:
        """Who registered."""
        return person_line(obj.created_by, obj.created_at)

    @admin.display(description="报审")
    def submitted_line(self, obj: Registration) -> str:
        """Who handed it in."""
        return person_line(obj.submitted_by, obj.submitted_at)

    @admin.display(description="受理")
    def accepted_line(self, obj: Registration) -> str:
        """Who accepted."""
        return person_line(obj.accepted_by, obj.accepted_at)

    @admin.display(description="办成的文件")
    def document_line(self, obj: Registration) -> SafeString | str:
        """The document that it became."""
        if obj.document is None:
            return ""
        address = reverse("admin:disclosure_document_change", args=[obj.document_id])
        return format_html('<a href="{}">{}</a>', address, obj.document.title)


def _form(move: str, registration: Registration, data: Any) -> forms.Form:
    if move == "send_back":
        missing = [one.value for one in register.missing_of(registration)]
        return ReturnForm(data, initial={"reasons": missing})
    if move == "open_document":
        return DocumentForm(data, registration=registration)
    return ConfirmForm(data)
