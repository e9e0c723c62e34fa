"""大家在找、待补的内容 in the back office: what was passed on to an agency, and what it did about it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from agencies.admin.acts import ServiceAdmin, staff
from disclosure.admin.only_shown import OnlyShown
from disclosure.admin.parts import person_line
from portal.search import rules, services
from portal.search.models import Settlement, Want


class AnswerForm(forms.Form):
    """办结."""

    answer = forms.CharField(
        label="怎样办的",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="例如：已公开《……办法》；或者：没有这方面的规定，已在政策问答里说明。",
        error_messages={"required": "请写明怎样办的：公开在哪里，或者为什么没有可以公开的。"},
    )


class TodoFilter(admin.SimpleListFilter):
    """What waits."""

    title = "办理情况"
    parameter_name = "todo"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The choices."""
        return [("waiting", "待办"), ("answered", "已办结"), ("left", "不用处理")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """The rows of the choice."""
        if self.value() == "waiting":
            return queryset.waiting()
        if self.value() == "answered":
            return queryset.exclude(answered_at=None)
        return queryset.filter(settlement=Settlement.LEFT) if self.value() == "left" else queryset


@admin.register(Want)
class WantAdmin(OnlyShown, ServiceAdmin):
    """Looked at and answered; passed on from 大家在找什么."""

    list_display = ("words", "agency", "note", "settled_on", "stands")
    list_display_links = ("words",)
    list_filter = (TodoFilter,)
    list_select_related = ("agency",)
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("words",)
    search_help_text = "可以写要找的词里的几个字。"
    actions = None
    fields = ("public_line", "agency", "note", "settled_line", "stands", "answer", "answered_line")
    change_form_template = "admin/search/want.html"

    def get_queryset(self, request: HttpRequest) -> Any:
        """Those of the agencies in scope."""
        rows = Want.objects.in_scope_of(request.user)
        return rows.select_related("agency", "settled_by", "answered_by")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Everything."""
        return self.fields

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever writes or signs; the queryset keeps to the scope."""
        return rules.may_see_wants(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Like seeing."""
        return self.has_view_permission(request)

    @admin.display(description="转来的日期", ordering="settled_at")
    def settled_on(self, row: Want) -> str:
        """The day."""
        return f"{timezone.localtime(row.settled_at):%Y-%m-%d}"

    @admin.display(description="办理情况")
    def stands(self, row: Want) -> str:
        """How it stands."""
        if row.settlement == Settlement.LEFT:
            return "不用处理"
        return "已办结" if row.answered_at else "待办"

    @admin.display(description="大家在找")
    def public_line(self, row: Want) -> SafeString:
        """The words, with the way to what the public finds now."""
        address = f"{reverse('search')}?{urlencode({'q': row.words})}"
        return format_html('<a href="{}">{}</a>（看看现在搜得到什么）', address, row.words)

    @admin.display(description="处理人")
    def settled_line(self, row: Want) -> str:
        """Who passed it on, and when."""
        return person_line(row.settled_by, row.settled_at)

    @admin.display(description="办理人")
    def answered_line(self, row: Want) -> str:
        """Who answered, and when."""
        return person_line(row.answered_by, row.answered_at) if row.answered_at else ""

    def get_urls(self) -> list[Any]:
        """With the act."""
        view = self.admin_site.admin_view(self.answer_view)
        return [path("<int:pk>/answer/", view, name="search_want_answer"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """With its acts, while it waits."""
        want = self.get_object(request, object_id)
        waits = want is not None and want.answered_at is None and want.settlement == Settlement.PASSED_ON
        acts: list[tuple[str, str]] = []
        if want is not None and waits and rules.can_answer(request.user, want):
            acts.append(("办结", reverse("admin:search_want_answer", args=[want.pk])))
            if request.user.has_perm("disclosure.add_document"):
                draft = reverse("admin:disclosure_document_add")
                acts.append(("起草文件", f"{draft}?{urlencode({'title': want.words})}"))
        return super().change_view(request, object_id, form_url, {"acts": acts, **(extra_context or {})})

    def answer_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """办结."""
        want = self.object_for_act(request, str(pk), lambda one: rules.can_answer(request.user, one))

        def act(form: forms.Form) -> str:
            services.answer_want(want, by=staff(request), **form.cleaned_data)
            return f"「{want.words}」已办结。"

        return self.act_page(
            request,
            want,
            title=f"办结：{want.words}",
            explanation=f"大家在搜「{want.words}」。{want.note}",
            button="办结",
            make_form=AnswerForm,
            act=act,
        )
