"""文件 in the back office."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from agencies.admin.acts import staff
from agencies.roles import OFFICE, has_role
from disclosure import rules, services
from disclosure.admin.exports import DocumentResource
from disclosure.admin.locked import in_words
from disclosure.admin.outlets import OutletPages
from disclosure.admin.package import PackagePages
from disclosure.admin.parts import AgencyFilter, AttachmentInline, StageFilter, TopicFilter
from disclosure.admin.publication import PublicationAdmin
from disclosure.admin.receiving import ReceivingLinks
from disclosure.admin.record import RecordPages, ValidityFilter
from disclosure.admin.review import WaitingFilter
from disclosure.admin.withheld_documents import RegisterFilter, WithheldDocuments
from disclosure.forms import DocumentForm, RepealForm
from disclosure.models import Attachment, Document, Topic
from disclosure.register_states import NOT_PROACTIVE
from disclosure.services import documents
from disclosure.states import Publication


class DocumentAttachmentInline(AttachmentInline):
    """附件 of a document."""

    model = Attachment


#: While it stands so, somebody may write an interpretation of it.
_EXPLAINED = frozenset(
    {Publication.DRAFT, Publication.SUBMITTED, Publication.SCHEDULED, Publication.PUBLISHED}
)
#: Lines of the record, which the system fills.
_RECORD = ("corrects_line", "validity_lines", "merged_line")


@admin.register(Document)
class DocumentAdmin(
    RecordPages, ReceivingLinks, PackagePages, WithheldDocuments, OutletPages, PublicationAdmin
):
    """文件: draft, submit, approve, withdraw; nothing public is edited in place."""

    class Media:
        css = {"all": ["css/admin-receiving.css"]}

    form = DocumentForm
    services = services
    create = staticmethod(services.create_document)
    update = staticmethod(services.update_document)
    correctable = documents.CORRECTABLE
    resource_classes = [DocumentResource]
    inlines = [DocumentAttachmentInline]
    list_display = (
        "title",
        "doc_number",
        "owner",
        "kind",
        "openness_state",
        "state",
        "published_on",
        "interpreted",
    )
    list_filter = (
        WaitingFilter,
        RegisterFilter,
        "status",
        "kind",
        AgencyFilter,
        TopicFilter,
        StageFilter,
        "openness",
        ValidityFilter,
        "is_policy",
    )
    autocomplete_fields = ("items",)
    readonly_fields = ("interpretations_line", "repeal_line", "filing_line", "registration_line", *_RECORD)
    public_address = "/documents/{}/"
    short_name = "document_short"
    groups = (
        ("是什么文件", ("title", "doc_number", "kind", "genre", "agency", "issuer")),
        ("内容", ("summary", "body")),
        ("能不能公开", ("openness", "openness_ground", "openness_reason", "filing_line")),
        (
            "怎么审、怎么解读",
            (
                "is_notice",
                "is_policy",
                "no_interpretation_reason",
                "interpretations_line",
                "registration_line",
            ),
        ),
        ("放在哪里给群众找", ("topic", "keywords", "fields", "items", "stage")),
        (
            "日期和有效性",
            (
                "written_on",
                "effective_on",
                "expires_on",
                "is_normative",
                "validity",
                "repeal_line",
                *_RECORD[1:],
            ),
        ),
        ("来源", ("source_url",)),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the interpretations, which the list counts: those that the user may know of."""
        rows = super().get_queryset(request).with_interpretations_for(request.user)
        return rows.select_related("withholding", "registration", "created_by")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """For the form of an interpretation also what is public elsewhere."""
        if request.GET.get("model_name") == "interpretation" and request.GET.get("field_name") == "documents":
            queryset = Document.objects.linkable_by(request.user).order_by("-id")
        return super().get_search_results(request, queryset, search_term)

    def get_urls(self) -> Any:
        """With the page for 废止."""
        view = self.admin_site.admin_view(self.repeal_view)
        ours = [path("<int:object_id>/repeal/", view, name="disclosure_document_repeal")]
        return ours + super().get_urls()

    def moves(self, request: HttpRequest, obj: Any) -> list[tuple[str, str]]:
        """With 登记废止 for what is in force."""
        found = super().moves(request, obj)
        if rules.can_correct(staff(request), obj) and obj.repealed_on is None:
            found.append(("登记废止", reverse("admin:disclosure_document_repeal", args=[obj.pk])))
        return found

    def repeal_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Record that the document is repealed."""
        obj = self._in_scope(request, object_id)
        if request.method != "POST" and not rules.can_correct(staff(request), obj):
            raise PermissionDenied

        def act(form: Any) -> str:
            data = form.cleaned_data
            services.repeal(
                obj,
                by=staff(request),
                on=data["on"],
                repealed_by=data.get("repealed_by"),
                reason=data.get("reason", ""),
            )
            return f"已登记废止：{obj.title}"

        return self.act_page(
            request,
            obj,
            title=f"登记废止：{obj.title}",
            explanation="登记后有效性变为「废止」，文件页仍然保留，会标明从哪天起、由哪份文件废止。",
            button="登记废止",
            make_form=RepealForm,
            act=act,
        )

    is_notice_shown = in_words(Document, "is_notice")
    is_policy_shown = in_words(Document, "is_policy")
    is_normative_shown = in_words(Document, "is_normative")
    closes_earlier_shown = in_words(Document, "closes_earlier", "更正前的版本不再公开")
    keywords_shown = in_words(Document, "keywords")
    fields_shown = in_words(Document, "fields")
    items_shown = in_words(Document, "items")

    @admin.display(description="解读")
    def interpreted(self, obj: Document) -> str:
        """How many interpretations stand in public; of a policy document without any, how far it is."""
        states = [one.status for one in obj.interpretations.all()]
        public = states.count(Publication.PUBLISHED)
        if public:
            return f"{public}份"
        if obj.status == Publication.WITHDRAWN:
            gone = states.count(Publication.WITHDRAWN)
            return f"已撤下{gone}份" if gone else ""
        if not obj.is_policy:
            return ""
        if obj.no_interpretation_reason:
            return "不作解读"
        begun = states.count(Publication.DRAFT) + states.count(Publication.SUBMITTED)
        if obj.status == Publication.PUBLISHED:
            return f"缺（{begun}份在办）" if begun else "缺"
        return f"{begun}份在办" if begun else "待起草"

    @admin.display(description="关联的解读")
    def interpretations_line(self, obj: Document) -> SafeString | str:
        """Links to the interpretations, and to a new one where it may have one."""
        related = list(obj.interpretations.all())
        try:
            add = reverse("admin:interpretation_interpretation_add") + f"?documents={obj.pk}"
            rows = [
                (reverse("admin:interpretation_interpretation_change", args=[one.pk]), one.title, label)
                for one in related
                for label in (Publication(one.status).label,)
            ]
        except NoReverseMatch:
            return ""
        shown = format_html_join("", '<li><a href="{}">{}</a>（{}）</li>', rows)
        if obj.corrects_id is None and obj.openness not in NOT_PROACTIVE and obj.status in _EXPLAINED:
            shown += format_html('<li><a href="{}">为本文件写解读</a></li>', add)
        return format_html('<ul class="linked">{}</ul>', shown) if shown else ""

    @admin.display(description="废止")
    def repeal_line(self, obj: Document) -> SafeString | str:
        """Since when, and by which document."""
        if obj.repealed_on is None:
            return ""
        if obj.repealed_by is None:
            return f"{obj.repealed_on}起废止"
        address = reverse("admin:disclosure_document_change", args=[obj.repealed_by_id])
        return format_html('{}起被<a href="{}">{}</a>废止', obj.repealed_on, address, obj.repealed_by.title)


@admin.register(Topic)
class TopicAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """主题分类: to look up; the list is the central portal's."""

    list_display = ("code", "name", "parent")
    list_select_related = ("parent",)
    search_fields = ("name", "code")
    list_per_page = 200

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody: reference data."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The office may rename a class as its province does (DOMAIN §4.5)."""
        return super().has_view_permission(request) and has_role(request.user, OFFICE)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Code and parent never change."""
        return ("code", "parent")
