"""同义词和政策用语 in the back office: kept one by one, or many at once by Excel or CSV."""

from __future__ import annotations

import logging
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import TextField
from django.db.models.functions import Cast
from django.forms import HiddenInput
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from import_export.admin import ImportExportMixin

from agencies.admin.acts import staff
from agencies.forms import NamesField
from portal.search import exchange, rules, services
from portal.search.admin.tables import OfficeTable
from portal.search.models import Synonym

logger = logging.getLogger(__name__)
#: Words that a warning after an import names.
_NAMED = 10


class SynonymForm(forms.ModelForm):  # type: ignore[type-arg]
    """A group: the office's term, and what people say."""

    term = forms.CharField(
        label="规范用语",
        max_length=40,
        help_text="文件里用的说法，例如「最低生活保障」。",
        error_messages={"required": "请写规范用语，至少两个字。"},
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    others = NamesField(
        label="其他说法",
        help_text="群众怎么叫，多个用顿号隔开，例如「低保、低保金」。单位的叫法请写在单位页面的「群众常用叫法」里。",
        error_messages={"required": "请写至少一个群众的说法。"},
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )

    class Meta:
        model = Synonym
        fields = ("way", "note", "is_active")
        help_texts = {
            "way": "互为同义：搜哪一个都找得到另外几个。俗称→规范用语：搜俗称时也找规范用语，反过来不找。",
            "note": "例如依据的文件，或者哪里的叫法。",
            "is_active": "不想再用的，取消勾选；不用删除，随时可以再启用。",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["term"] = self.instance.words[0]
            self.initial["others"] = self.instance.words[1:]


@admin.register(Synonym)
class SynonymAdmin(ImportExportMixin, OfficeTable):  # type: ignore[misc]
    """同义词和政策用语."""

    form = SynonymForm
    fields = ("term", "others", "way", "note", "is_active")
    told = ("words", "way", "note", "is_active")
    list_display = ("term_line", "others_line", "way", "note", "is_active")
    list_display_links = ("term_line",)
    list_filter = ("way", "is_active")
    search_fields = ("written",)
    search_help_text = "可以写规范用语或者群众的说法里的几个字。"
    resource_classes = [exchange.SynonymResource]
    skip_export_form = True
    import_template_name = "admin/import_export/import.html"
    import_export_change_list_template = "admin/search/synonym_list.html"

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the words as one text, to look for."""
        return super().get_queryset(request).annotate(written=Cast("words", TextField()))

    @admin.display(description="规范用语", ordering="head")
    def term_line(self, row: Synonym) -> str:
        """The first word."""
        return row.words[0]

    @admin.display(description="其他说法")
    def others_line(self, row: Synonym) -> str:
        """The others."""
        return "、".join(row.words[1:])

    def save_model(self, request: HttpRequest, obj: Synonym, form: Any, change: bool) -> None:
        """Through the service; what stands in other groups too is told."""
        said = form.cleaned_data
        names = ("term", "others", "way", "note", "is_active")
        kept = services.keep_synonym(
            obj if change else None, by=staff(request), **{name: said[name] for name in names}
        )
        obj.pk = kept.pk
        obj.refresh_from_db()
        for sentence in services.overlaps(kept):
            self.message_user(request, sentence, messages.WARNING)

    # --- many at once --------------------------------------------------------------------------------------

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Whoever keeps the table."""
        return rules.may_tune(request.user)

    has_export_permission = has_import_permission

    def get_import_formats(self) -> list[Any]:
        """One way in for Excel and CSV: the file itself tells which it is."""
        return [exchange.SynonymTable]

    get_export_formats = get_import_formats

    def create_import_form(self, request: HttpRequest) -> Any:
        """With a word on the file in place of the choice of one format."""
        form = super().create_import_form(request)
        form.fields["import_file"].label = "Excel（.xlsx）或 CSV 文件"
        form.fields["format"].widget = HiddenInput()
        form.initial["format"] = "0"
        return form

    def get_import_data_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """All or nothing, also if somebody changed the data between preview and confirmation."""
        return {"rollback_on_validation_errors": True}

    def add_data_read_fail_error_to_form(self, form: Any, e: Exception) -> None:
        """Say what is wrong with the file."""
        fallback = "读不出这个文件。请用 Excel 另存为 .xlsx 或者 CSV 格式后再上传。"
        form.add_error("import_file", str(e) if isinstance(e, ValueError) and str(e) else fallback)

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Import what was previewed; a confirmation that points at no such file is told so."""
        try:
            if self.create_confirm_form(request).is_valid():
                done: HttpResponse = super().process_import(request, **kwargs)
                return done
        except (OSError, ValueError, IndexError):
            logger.warning("The file of a confirmed import of synonyms was not read", exc_info=True)
        return self._refused(request, "找不到刚才核对的文件，这次没有导入任何一行。请重新上传，再核对一遍。")

    def process_result(self, result: Any, request: HttpRequest) -> HttpResponse:
        """Tell what was done, or that nothing was."""
        if result.has_errors() or result.has_validation_errors():
            sorry = "核对以后数据有了变化，这次没有导入任何一行。请重新上传，再核对一遍。"
            return self._refused(request, sorry)
        response: HttpResponse = super().process_result(result, request)
        return response

    def _refused(self, request: HttpRequest, sorry: str) -> HttpResponse:
        self.message_user(request, sorry, messages.ERROR)
        return HttpResponseRedirect(reverse("admin:search_synonym_import"))

    def add_success_message(self, result: Any, request: HttpRequest) -> None:
        """In counts."""
        new, update, skip = (result.totals[name] for name in ("new", "update", "skip"))
        said = f"导入完成：新增 {new} 组，修改 {update} 组，没有变化 {skip} 组。"
        self.message_user(request, said, messages.SUCCESS)
        changed = [row.object_id for row in result.rows if row.import_type in {"new", "update"}]
        if shared := services.shared_words(changed):
            more = f"等 {len(shared)} 个词" if len(shared) > _NAMED else ""
            named = "、".join(shared[:_NAMED])
            self.message_user(
                request, f"{named}{more}还在别的组里，请看看是不是要合成一组。", messages.WARNING
            )

    def get_export_filename(self, request: HttpRequest, queryset: Any, file_format: Any) -> str:
        """Plain ASCII: the header takes nothing else."""
        return "synonyms.xlsx"

    def get_urls(self) -> list[Any]:
        """With the table as CSV."""
        view = self.admin_site.admin_view(self.csv_view)
        return [path("export.csv", view, name="search_synonym_csv"), *super().get_urls()]

    def csv_view(self, request: HttpRequest) -> HttpResponse:
        """The whole table as CSV."""
        if not self.has_export_permission(request):
            raise PermissionDenied
        response = HttpResponse(
            exchange.as_csv(Synonym.objects.all()), content_type="text/csv; charset=utf-8"
        )
        response["Content-Disposition"] = 'attachment; filename="synonyms.csv"'
        return response
