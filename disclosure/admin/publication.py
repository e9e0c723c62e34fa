"""What the back office does alike with documents and interpretations: scope, form, moves, history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from js_asset import Media

from agencies.admin.acts import ServiceAdmin, staff
from agencies.models import Agency
from disclosure import numbering, rules
from disclosure.admin import history, review
from disclosure.admin.lines import RecordLines
from disclosure.admin.locked import LockedForm
from disclosure.admin.offline import OfflineLinks, explain
from disclosure.admin.only_shown import ListExport
from disclosure.admin.pages import Pages
from disclosure.admin.purging import PurgeLink, purge_moves
from disclosure.services import (
    NotAllowed,
    add_attachment,
    publication,
    remove_attachment,
    rename_attachment,
)
from disclosure.services.manner import having_read
from disclosure.services.review import NOT_READ, is_unread
from disclosure.states import MOVES, Publication

#: Moves that sign a step of the review.
_STEPS = frozenset({"agree", "approve", "schedule"})
_EXPLANATIONS = {
    "submit": "提交后按审核流程逐级核对；审核期间不能修改，需要改时可以先收回。",
    "recall": "收回后变回草稿，可以继续修改，改好后重新提交。",
    "send_back": "退回经办人的，变回草稿，改好后从头审核；退回前面步骤的，从那一步起重新审核。",
    "agree": "请逐项核对标题、正文、日期、公开属性和附件。同意后交下一步办理。",
    "approve": "请逐项核对标题、正文、日期、公开属性和附件。签发后立即公开。",
    "schedule": "请逐项核对标题、正文、日期、公开属性和附件。签发后到您定的时间自动公开，在那之前可以暂缓。",
    "hold": "暂缓后变回草稿，前面的审核作废；改好后重新提交。",
    "withdraw": "撤下后，原网页只显示标题和撤下原因。公开过的内容不会删除，编号也不会再用。",
}


class PublicationAdmin(
    OfflineLinks,
    ListExport,
    RecordLines,
    LockedForm,
    PurgeLink,
    Pages,
    ServiceAdmin,
):
    """Base of the two admins. A subclass names its services and its fieldsets."""

    #: The room's services: submit, send_back, approve, withdraw, delete_draft, copy_to_draft.
    services: Any
    create: Callable[..., Any]
    update: Callable[..., Any]
    correctable: frozenset[str]
    #: The page on the public site, promised in DESIGN (Addresses that stay).
    public_address: str
    #: (heading, fields) in the order of a clerk's thoughts; the record follows by itself.
    groups: tuple[tuple[str, tuple[str, ...]], ...]

    change_form_template = "admin/disclosure/publication_change_form.html"
    import_export_change_list_template = "admin/disclosure/publication_change_list.html"
    #: Said outright: the start of import-export, which would set it, stands behind that of ModelAdmin here.
    change_list_template = import_export_change_list_template
    list_per_page = 50
    show_full_result_count = False
    list_select_related = ("agency",)
    search_fields = ("title", "doc_number", "index_number")
    search_help_text = "可以写标题中的几个字、发文字号或索引号，也可以贴网页地址。"
    ordering = ("-id",)
    actions = None

    class Media:
        css = {"all": ["css/admin-editor.css"]}

    # --- Scope and permission

    def get_queryset(self, request: HttpRequest) -> Any:
        """Rows in the user's scope: lists, forms, filters, autocomplete, export and the pages below."""
        return self.model._default_manager.in_scope_of(request.user).select_related("agency").order_by("-id")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The form knows who opened it: what may be linked depends on that."""
        form = super().get_form(request, obj, change=change, **kwargs)
        form.user = request.user
        return form

    def get_export_filename(self, request: HttpRequest, queryset: Any, file_format: Any) -> str:
        """In Chinese, with the county's own date: 文件-20261122.xlsx."""
        return f"{self.opts.verbose_name}-{timezone.localdate():%Y%m%d}.{file_format.get_extension()}"

    def _do_file_export(
        self, file_format: Any, request: HttpRequest, queryset: Any, **kwargs: Any
    ) -> HttpResponse:
        """As import-export does it, with a header that every browser reads (RFC 6266)."""
        response: HttpResponse = super()._do_file_export(file_format, request, queryset, **kwargs)
        name = self.get_export_filename(request, queryset, file_format)
        response["Content-Disposition"] = content_disposition_header(True, name)
        return response

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whoever may draft for the own agency."""
        user = staff(request)
        return super().has_add_permission(request) and (
            user.agency is None or rules.can_create(user, user.agency)
        )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A draft, or the metadata of something public; what is under review or withdrawn only shows."""
        if obj is None:
            return super().has_change_permission(request)
        user = staff(request)
        return super().has_change_permission(request) and (
            rules.can_edit(user, obj) or rules.can_correct(user, obj)
        )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Drafts that never were public."""
        return super().has_delete_permission(request) and (
            obj is None or rules.can_delete(staff(request), obj)
        )

    # --- Form

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Without the button that clears all of a list: it stands among its rows, where only rows may."""
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if field is not None:
            field.widget.is_required = True
        return field

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only agencies in scope may be chosen; the own one stands there already."""
        if db_field.name == "agency":
            kwargs["queryset"] = Agency.objects.in_scope_of(request.user).published()
            kwargs["initial"] = staff(request).agency_id
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """Give the editor's inline import map the nonce of this page (STACK, trap 2)."""
        nonce = str(getattr(request, "csp_nonce", ""))
        context["media"] = Media.from_media(context["media"], nonce=nonce)
        obj = kwargs.get("obj")
        context["moves"] = self.moves(request, obj) if obj is not None else []
        context["rounds"] = review.rounds(obj) if obj is not None else []
        if obj is not None and obj.status == Publication.PUBLISHED:
            context["public_url"] = self.public_address.format(obj.pk)
        return super().render_change_form(request, context, *args, **kwargs)

    # --- Saving, through services alone

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Create or update through the service."""
        known = set(self.correctable | self.editable_names)
        values = {name: value for name, value in form.cleaned_data.items() if name in known}
        if change:
            reason = form.cleaned_data.get("correction_reason", "")
            values = self.chosen(request, values)
            seen = self.seen_version(request)
            saved = type(self).update(obj, by=staff(request), reason=reason, seen=seen, **values)
        else:
            saved = type(self).create(by=staff(request), **values)
        self.words_are_stored(request, obj.pk if change else 0)
        obj.pk = saved.pk
        obj._state.adding = False
        obj.refresh_from_db()
        if form.removed:
            removed = "、".join(form.removed)
            self.message_user(request, f"正文里的{removed}未能带入，其余文字都已保存。", messages.WARNING)

    @property
    def editable_names(self) -> frozenset[str]:
        """Every name that a form of this admin may hold."""
        return frozenset(name for _, names in self.groups for name in names) - set(self.readonly_fields)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Links were written by the service; the attachments follow here."""
        for formset in formsets:
            self.save_formset(request, form, formset, change=change)
        self.save_more_files(request, form.instance)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Attachments, each through its service."""
        owner, by = form.instance, staff(request)
        for one in formset.deleted_forms:
            if one.instance.pk:
                remove_attachment(one.instance, by=by)
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []
        for one in formset.forms:
            if one in formset.deleted_forms or not one.has_changed():
                continue
            data = one.cleaned_data
            if one.instance.pk:
                rename_attachment(one.instance, by=by, title=data["title"], position=data["position"])
            elif data.get("file"):
                new = add_attachment(owner, by=by, file=data["file"], title=data.get("title") or "")
                formset.new_objects.append(new)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete a draft through the service."""
        self.services.delete_draft(obj, by=staff(request))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Whoever may delete the draft deletes its attachments with it."""
        to_delete, counts, _, protected = super().get_deleted_objects(objs, request)
        return to_delete, counts, set(), protected

    # --- Moves, each a page with a button

    def get_urls(self) -> Any:
        """The pages beside the form; all behind the same scope and rule as the form."""
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        view = self.admin_site.admin_view
        ours = [
            path("<int:object_id>/move/<slug:move>/", view(self.move_view), name=f"{name}_move"),
            path(
                "<int:object_id>/attachments/<int:attachment_id>/",
                view(self.attachment_view),
                name=f"{name}_attachment",
            ),
        ]
        return ours + super().get_urls()

    def moves(self, request: HttpRequest, obj: Any) -> list[tuple[str, str]]:
        """(label, address) of each move that the user may make now."""
        user = staff(request)
        found = [
            (review.label_of(move.name, obj), review.address_of(move.name, obj))
            for move in MOVES.values()
            if hasattr(self.services, move.name) and rules.OF_MOVE[move.name](user, obj)
        ]
        if rules.can_copy(user, obj):
            name = f"admin:{self.opts.app_label}_{self.opts.model_name}_copy"
            found.append(("复制为新草稿", reverse(name, args=[obj.pk])))
        return found + purge_moves(user, obj)

    def _in_scope(self, request: HttpRequest, object_id: int | str) -> Any:
        return self.object_for_act(
            request, str(object_id), lambda one: self.has_view_permission(request, one)
        )

    def _refused(self, request: HttpRequest, obj: Any, move: str) -> HttpResponse | None:
        """No page for a move that the POST would refuse: 403; or back, with a word, where it has moved on.

        Raises PermissionDenied.
        """
        try:
            publication.refuse_move(move, obj, by=staff(request))
        except NotAllowed as refusal:
            if obj.status in MOVES[move].sources:
                raise PermissionDenied(str(refusal)) from refusal
            said = " ".join(refusal.messages)
        else:
            if move not in _STEPS or not is_unread(obj, request.GET.get("read")):
                return None
            said = NOT_READ
        self.message_user(request, said, messages.WARNING)
        address = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[obj.pk])
        return HttpResponseRedirect(address)

    def move_view(self, request: HttpRequest, object_id: int, move: str) -> HttpResponse:
        """Confirm and make one move."""
        if move not in MOVES or not hasattr(self.services, move):
            raise Http404
        obj = self._in_scope(request, object_id)
        if request.method != "POST" and (refused := self._refused(request, obj, move)):
            return refused
        service, label = getattr(self.services, move), review.label_of(move, obj)
        read = request.GET.get("read")

        def act(form: forms.Form) -> str:
            with having_read(obj, read):
                moved = service(obj, by=staff(request), **form.cleaned_data)
            at = f"（{timezone.localtime(moved.publish_at):%Y-%m-%d %H:%M}）" if move == "schedule" else ""
            return f"已{label}{at}：{obj.title}"

        return self.act_page(
            request,
            obj,
            title=f"{label}：{obj.title}",
            explanation=explain(move, obj) or _EXPLANATIONS[move],
            button=label,
            make_form=lambda data: review.form_for(move, obj, data),
            act=act,
        )

    # --- Pages beside the form

    def attachment_view(self, request: HttpRequest, object_id: int, attachment_id: int) -> FileResponse:
        """One stored attachment, for staff who have its owner in scope."""
        obj = self._in_scope(request, object_id)
        attachment = obj.attachments.filter(pk=attachment_id).first()
        if attachment is None or not attachment.file:
            raise Http404
        name = f"{attachment.title}.{attachment.file.name.rsplit('.', 1)[-1]}"
        response = FileResponse(attachment.file.open("rb"), as_attachment=True, filename=name)
        response["Content-Type"] = attachment.media_type
        return response

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Who did what, when, and what changed, from the database's own record."""
        obj = self._in_scope(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": f"办理记录：{obj.title}",
            "entries": history.entries(obj, user=staff(request)),
            "most": history.MOST,
            "thing": obj,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/disclosure/history.html", context)

    # --- Search

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """Find a document number in whatever brackets it is typed."""
        number = numbering.parse_doc_number(search_term)
        term = number.text if number.is_regular and "〔" in number.text else search_term
        return super().get_search_results(request, queryset, term)
