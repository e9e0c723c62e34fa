"""The back office of staff accounts."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters

from agencies import rules, services
from agencies.admin.acts import staff
from agencies.admin.pins import PinPages
from agencies.forms import NewUserForm, ReopenForm, TwoPasswords, UserForm
from agencies.models import User
from agencies.roles import ROLES

_hide_passwords = method_decorator(sensitive_post_parameters())


class RoleFilter(admin.SimpleListFilter):
    """By role, or without any."""

    title = "角色"
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The roles."""
        return [*((role.key, role.name) for role in ROLES), ("none", "没有角色")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Filter."""
        names = {role.key: role.name for role in ROLES}
        if self.value() in names:
            return queryset.filter(groups__name=names[self.value() or ""])
        return queryset.filter(groups__isnull=True) if self.value() == "none" else queryset


@admin.register(User)
class StaffAdmin(PinPages):
    """Accounts. None is ever deleted: what a person did stays under the name; the account is stopped."""

    form = UserForm
    list_display = ("full_name", "username", "agency", "role_list", "is_active", "last_login")
    list_filter = (RoleFilter, "is_active")
    list_select_related = ("agency",)
    search_fields = ("full_name", "username", "agency__name", "agency__short_name")
    search_help_text = "按姓名、登录名或单位查找"
    autocomplete_fields = ("agency",)
    ordering = ("username",)
    actions = None
    change_form_template = "admin/agencies/user/change_form.html"

    def has_view_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """系统管理员."""
        return rules.may_manage_users(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """系统管理员."""
        return rules.may_manage_users(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """系统管理员."""
        return rules.may_manage_users(request.user)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """系统管理员; a superuser's account only by superusers."""
        if obj is None:
            return rules.may_manage_users(request.user)
        return rules.may_manage_user(request.user, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def get_queryset(self, request: HttpRequest) -> Any:
        """The user's scope."""
        return User.objects.in_scope_of(request.user).prefetch_related("groups").order_by("username")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """A new account also needs a password."""
        kwargs.setdefault("form", UserForm if obj else NewUserForm)
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """In the order in which one thinks: who, for whom, what, how to log in."""
        may_change = self.has_change_permission(request, obj) if obj else True
        who = ("full_name", "agency") if may_change else ("full_name", "agency", "username", "email")
        sets: list[Any] = [("是谁，替哪个单位办事", {"fields": who})]
        if may_change:
            sets.append(("能做什么", {"fields": ("roles",)}))
            login = ("username", "email") if obj else ("username", "email", "password", "password2")
            sets.append(("登录", {"fields": login}))
        if obj:
            sets.append(("记录", {"fields": ("is_active", "last_login", "date_joined")}))
        return sets

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Stopping an account is an act of its own."""
        return ("is_active", "last_login", "date_joined") if obj else ()

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Never by password: a list filtered by its hash would tell the hash, letter by letter."""
        return "password" not in lookup.split("__") and super().lookup_allowed(lookup, value, request)

    @admin.display(description="角色")
    def role_list(self, row: User) -> str:
        """The roles' names, in their order."""
        held = {group.name for group in row.groups.all()}
        return "、".join(role.name for role in ROLES if role.name in held) or "没有角色"

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Through the services."""
        data = {name: form.cleaned_data[name] for name in ("username", "full_name", "agency", "email")}
        if change:
            services.update_user(user=obj, roles=form.chosen_roles, by=staff(request), **data)
            return
        made = services.create_user(
            **data, roles=form.chosen_roles, password=form.cleaned_data["password"], by=staff(request)
        )
        obj.pk = made.pk
        obj.refresh_from_db()

    @_hide_passwords
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Without passwords in an error report."""
        return super().add_view(request, form_url, extra_context)

    def get_urls(self) -> list[URLPattern]:
        """One page an act."""
        acts = {"password": self.password_view, "stop": self.stop_view, "restart": self.restart_view}
        own = [
            path(f"<path:object_id>/{name}/", self.admin_site.admin_view(view), name=f"agencies_user_{name}")
            for name, view in acts.items()
        ]
        return own + super().get_urls()

    @_hide_passwords
    def password_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """重设密码."""
        user = self._for_act(request, object_id)
        if user.pk == request.user.pk:  # Whoever finds an administrator's session open has no password yet.
            return HttpResponseRedirect(reverse("admin:password_change"))

        def act(form: Form) -> str:
            services.reset_password(user=user, password=form.cleaned_data["password"], by=staff(request))
            return f"已为「{user}」设置新密码。请当面或打电话告诉本人，并提醒登录后修改。"

        return self.act_page(
            request,
            user,
            title=f"重设密码：{user}",
            explanation="设置后，这个账号在别处的登录全部失效。",
            button="设置新密码",
            make_form=TwoPasswords,
            act=act,
        )

    def stop_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """停用."""
        user = self._for_act(request, object_id)

        def act(form: Form) -> str:
            services.deactivate_user(user=user, by=staff(request))
            return f"「{user}」的账号已停用。"

        return self.act_page(
            request,
            user,
            title=f"停用账号：{user}",
            explanation="停用后不能再登录，已经登录的立即失效。过去办的事仍记在这个人名下。以后可以恢复。",
            button="停用账号",
            make_form=ReopenForm,
            act=act,
        )

    def restart_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """恢复."""
        user = self._for_act(request, object_id)

        def act(form: Form) -> str:
            services.reactivate_user(user=user, by=staff(request))
            return f"「{user}」的账号已恢复。"

        return self.act_page(
            request,
            user,
            title=f"恢复账号：{user}",
            explanation="恢复后可以用原来的密码登录，角色不变。",
            button="恢复账号",
            make_form=ReopenForm,
            act=act,
        )

    def _for_act(self, request: HttpRequest, object_id: str) -> User:
        user: User = self.object_for_act(
            request, object_id, lambda row: rules.may_manage_user(request.user, row)
        )
        return user
