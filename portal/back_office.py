"""The back office: Django admin in Chinese, menus by task, with a work queue as its first page."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

#: The menu: groups in the order of a clerk's day. A model that stands in none comes under 其他.
MENU: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "content",
        "公开内容",
        (
            "disclosure.document",
            "disclosure.signedoriginal",
            "interpretation.interpretation",
            "disclosure.noticebatch",
            "interpretation.archiveupload",
            "disclosure.registration",
            "disclosure.withholding",
            "disclosure.filingbatch",
            "disclosure.topic",
            "disclosure.reviewroute",
            "disclosure.reviewpost",
            "disclosure.deputy",
            "disclosure.validitysetting",
            "disclosure.purge",
            "disclosure.backupset",
            "disclosure.wrongword",
            "disclosure.errorreport",
        ),
    ),
    (
        "catalog",
        "标准目录",
        (
            "catalog.item",
            "disclosure.coverage",
            "catalog.adjustment",
            "catalog.matter",
            "catalog.law",
            "disclosure.lawtext",
            "catalog.field",
            "catalog.cataloginheritance",
            "catalog.catalogimport",
            "catalog.subjectmapping",
        ),
    ),
    (
        "search",
        "站内搜索",
        ("search.asked", "search.want", "search.synonym", "search.bestbet"),
    ),
    ("agencies", "单位与人员", ("agencies.agency", "agencies.user", "auth.group")),
    ("workdays", "工作日历", ("workdays.calendaryear", "workdays.dayoverride")),
)
#: Words of the menu where the model's own name would not say what is found there.
NAMES = {
    "auth.group": "角色说明",
    "disclosure.signedoriginal": "收文上网",
    "interpretation.archiveupload": "存量导入",
}


class BackOffice(AdminSite):
    """The admin site of all rooms."""

    site_header = "政务公开工作台"
    site_title = "政务公开工作台"
    index_title = "今天要办"
    empty_value_display = "—"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Leave out the job queue's own lists: jobs are looked after by the worker, never by hand."""
        models: list[Any] = (
            [model_or_iterable] if isinstance(model_or_iterable, type) else list(model_or_iterable)
        )
        kept = [model for model in models if model._meta.app_label != "procrastinate"]
        if kept:
            super().register(kept, admin_class, **options)

    @property
    def login_form(self) -> Any:  # type: ignore[override]
        """The log-in form; read late, because this module is loaded before the models are."""
        from agencies.forms import LoginForm

        return LoginForm

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """With the site's own name: Django's log-in view puts the host under `site`."""
        from portal.site import Site

        named = {"county": Site(request.get_host()).name, "title": "登录"}
        return super().login(request, {**named, **(extra_context or {})})

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """修改密码: Django's own page, with wrong old passwords counted as at the log-in."""
        from django.contrib.auth.views import PasswordChangeView

        from agencies.addresses import client_address
        from agencies.forms import OwnPasswordForm

        request.current_app = self.name
        view = PasswordChangeView.as_view(
            form_class=partial(OwnPasswordForm, address=client_address(request)),
            template_name="registration/password_change_form.html",
            success_url=reverse("admin:password_change_done"),
            extra_context={**self.each_context(request), **(extra_context or {})},
        )
        return cast(TemplateResponse, view(request))

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """With the address of the first page, so that the menu can mark it."""
        return {**super().each_context(request), "home_url": reverse("admin:index")}

    def get_urls(self) -> list[Any]:
        """With 以我的名义签过的, which belongs to no model."""
        from django.urls import path

        own = [path("signed-for-me/", self.admin_view(self.signed_for_me), name="signed_for_me")]
        return own + super().get_urls()

    def signed_for_me(self, request: HttpRequest) -> HttpResponse:
        """以我的名义签过的."""
        from portal import signatures

        return signatures.view(request, self.each_context(request))

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The menu: each model once, under its task. For one app's own page: what Django gives."""
        if app_label is not None:
            return super().get_app_list(request, app_label)
        found = {
            f"{label}.{model['object_name'].lower()}": model
            for label, app in self._build_app_dict(request).items()
            for model in app["models"]
        }
        groups = [
            (key, name, [(place, found.pop(place)) for place in places if place in found])
            for key, name, places in MENU
        ]
        groups.append(("other", "其他", sorted(found.items())))
        return [_group(key, name, models) for key, name, models in groups if models]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """What is to be done today. The queue is read here and nowhere else."""
        from portal.work_queue import queue_for

        queue = queue_for(request.user)
        return super().index(request, {"queue": queue, **(extra_context or {})})


def _group(key: str, name: str, models: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    renamed = [{**model, "name": NAMES.get(place, model["name"])} for place, model in models]
    return {"name": name, "app_label": key, "app_url": "", "has_module_perms": True, "models": renamed}
