"""Who reviews, in the back office: routes (审核流程), posts (审核岗位), deputies (代理)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from agencies.admin.acts import ServiceAdmin, staff
from agencies.models import Agency, User
from disclosure import rules, services
from disclosure.models import Deputy, ReviewPost, ReviewRoute
from disclosure.states import Lane, ReviewLevel

_STEPS = 4


class RouteForm(forms.ModelForm):  # type: ignore[type-arg]
    """The steps one under the other: what is left empty falls away."""

    class Meta:
        model = ReviewRoute
        fields = ("agency", "lane", "days", "link_days")
        help_texts = {
            "link_days": "请领导在手机上审签的链接，过了这么多天就失效。",
            "agency": "不选就是全县的流程。单位另有流程的，本单位和所属村居照单位的办。",
            "days": "每一步几个工作日内办完，到期提醒。",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["link_days"].required = False  # left empty: as it is
        present = list(self.instance.levels or []) if self.instance.pk else [ReviewLevel.FINAL]
        for number in range(_STEPS):
            self.fields[f"step{number + 1}"] = forms.ChoiceField(
                label=f"第{number + 1}步",
                choices=[("", "—"), *ReviewLevel.choices],
                required=False,
                initial=present[number] if number < len(present) else "",
            )
        if self.instance.pk:
            for name in ("agency", "lane"):
                self.fields[name].disabled = True

    def levels(self) -> list[str]:
        """The steps chosen, in order."""
        chosen = [self.cleaned_data.get(f"step{number + 1}", "") for number in range(_STEPS)]
        return [level for level in chosen if level]


class _Arranged(ServiceAdmin):
    """Kept by whoever arranges review."""

    actions = None
    list_per_page = 100
    show_full_result_count = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As every right here."""
        return rules.may_arrange_review(staff(request))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whoever arranges review."""
        return rules.may_arrange_review(staff(request))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A row is taken back and made anew, so that it stays plain who was appointed when."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever arranges review."""
        return rules.may_arrange_review(staff(request))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Nothing hangs on these."""

    def _take(self, obj: Any, saved: Any) -> None:
        obj.pk = saved.pk
        obj._state.adding = False
        obj.refresh_from_db()


@admin.register(ReviewRoute)
class ReviewRouteAdmin(_Arranged):
    """审核流程."""

    form = RouteForm
    list_display = ("whose", "lane", "steps", "days")
    list_display_links = ("whose",)
    list_select_related = ("agency",)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Whose, which, the steps."""
        steps = [f"step{number + 1}" for number in range(_STEPS)]
        return [(None, {"fields": ["agency", "lane", *steps, "days", "link_days"]})]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The steps are no fields of the model."""
        return super().get_form(
            request, obj, change=change, **{**kwargs, "fields": ("agency", "lane", "days", "link_days")}
        )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever arranges review."""
        return rules.may_arrange_review(staff(request))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An agency's own; the county's stays."""
        return super().has_delete_permission(request, obj) and (obj is None or obj.agency_id is not None)

    @admin.display(description="单位", ordering="agency__order")
    def whose(self, route: ReviewRoute) -> str:
        """The agency, or the county."""
        return route.agency.label if route.agency else "全县"

    @admin.display(description="步骤")
    def steps(self, route: ReviewRoute) -> str:
        """In words."""
        return " → ".join(str(ReviewLevel(level).label) for level in route.levels)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service."""
        saved = services.keep_route(
            agency=form.cleaned_data["agency"],
            lane=Lane(form.cleaned_data["lane"]),
            levels=form.levels(),
            days=form.cleaned_data["days"],
            link_days=form.cleaned_data["link_days"],
            by=staff(request),
        )
        self._take(obj, saved)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Through the service."""
        services.drop_route(route=obj, by=staff(request))


@admin.register(ReviewPost)
class ReviewPostAdmin(_Arranged):
    """审核岗位."""

    list_display = ("agency", "level", "user")
    list_filter = ("level",)
    list_select_related = ("agency", "user")
    search_fields = ("agency__name", "agency__short_name", "user__full_name")
    fields = ("agency", "level", "user")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Agencies in being, people who review."""
        if db_field.name == "agency":
            kwargs["queryset"] = Agency.objects.published()
        if db_field.name == "user":
            kwargs["queryset"] = _reviewers()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service."""
        data = form.cleaned_data
        saved = services.appoint(
            agency=data["agency"], level=ReviewLevel(data["level"]), user=data["user"], by=staff(request)
        )
        self._take(obj, saved)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Through the service."""
        services.dismiss(post=obj, by=staff(request))


@admin.register(Deputy)
class DeputyAdmin(_Arranged):
    """审核代理."""

    list_display = ("user", "deputy", "first_day", "last_day", "reason")
    list_select_related = ("user", "deputy")
    fields = ("user", "deputy", "first_day", "last_day", "reason")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """People who review."""
        kwargs["queryset"] = _reviewers()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service."""
        self._take(obj, services.appoint_deputy(**form.cleaned_data, by=staff(request)))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Through the service."""
        services.end_deputy(row=obj, by=staff(request))


def _reviewers() -> Any:
    names = [role.name for role in rules.ROLES_OF_MOVE["agree"]]
    return User.objects.filter(is_active=True, groups__name__in=names).distinct().order_by("full_name")
