"""一件事全过程 in the back office: which items make it, each with its stage, suggested by 一级事项."""

from __future__ import annotations

from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html

from agencies.admin.acts import ServiceAdmin, staff
from agencies.models import Agency
from catalog import rules, services
from catalog.models import Field, Item, Matter
from catalog.services.matters import belongs_by_name, suggested_matters
from catalog.states import Stage

MOST_ITEMS = 1000


@admin.register(Matter)
class MatterAdmin(ServiceAdmin):
    """一件事全过程, of the user's agencies. Items are chosen on a page of their own."""

    change_form_template = "admin/catalog/matter/change_form.html"
    change_list_template = "admin/catalog/matter/change_list.html"
    list_display = ("name", "field", "agency", "items_link")
    list_filter = (("field", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("field", "agency")
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("name", "summary")
    search_help_text = "可以写名称或说明中的几个字。"
    fields = ("name", "agency", "field", "summary")
    actions = None

    class Media:
        css = {"all": ["css/admin-catalog.css"]}

    def get_queryset(self, request: HttpRequest) -> Any:
        """Matters of the user's agencies, with the number of their items."""
        visible = Agency.objects.in_scope_of(request.user)
        in_force = Count("items", filter=Q(items__retired_on=None))
        return super().get_queryset(request).filter(agency__in=visible).annotate(item_count=in_force)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """In scope."""
        if obj is None:
            return super().has_change_permission(request)
        return rules.can_keep_matter(request.user, obj.agency)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Like changing: the items stay, only their company goes."""
        return obj is not None and rules.can_keep_matter(request.user, obj.agency)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Agencies in scope, fields in use."""
        if db_field.name == "agency":
            kwargs["queryset"] = Agency.objects.in_scope_of(request.user).published()
            kwargs.setdefault("initial", getattr(request.user, "agency_id", None))
        elif db_field.name == "field":
            kwargs["queryset"] = Field.objects.filter(merged_into=None)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description="事项")
    def items_link(self, matter: Any) -> str:
        """How many, with the page where they are chosen."""
        url = reverse("admin:catalog_matter_items", args=[matter.pk])
        words = f"{matter.item_count} 项" if matter.item_count else "还没有选"
        return format_html('<a href="{}">{}</a>', url, words)

    # Writing

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service."""
        services.save_matter(matter=obj, by=staff(request))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Through the service."""
        services.delete_matter(matter=obj, by=staff(request))

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> Any:
        """On to the choice of its items."""
        return (
            super().response_add(request, obj, post_url_continue)
            if "_popup" in request.POST
            else self._choose(obj)
        )

    def _choose(self, matter: Matter) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("admin:catalog_matter_items", args=[matter.pk]))

    def get_urls(self) -> Any:
        """With the choice of items and the suggestions."""
        wrap = self.admin_site.admin_view
        return [
            path("suggested/", wrap(self.suggested_view), name="catalog_matter_suggested"),
            path("<path:object_id>/items/", wrap(self.items_view), name="catalog_matter_items"),
            *super().get_urls(),
        ]

    def suggested_view(self, request: HttpRequest) -> HttpResponse:
        """Groups of items under one 一级事项 that could be a matter."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        add = reverse("admin:catalog_matter_add")
        found = [
            (one, f"{add}?{urlencode({'name': one.name, 'agency': one.agency.pk, 'field': one.field.pk})}")
            for one in suggested_matters(Item.objects.in_scope_of(request.user))
        ]
        return self._page(request, "suggested", title="按一级事项建议的一件事", found=found)

    def items_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Choose the items and their stages."""
        matter: Matter = self.object_for_act(
            request, object_id, lambda obj: rules.can_keep_matter(request.user, obj.agency)
        )
        rows = Item.objects.in_force().filter(agency=matter.agency_id, field=matter.field_id)
        in_order = rows.select_related("matter").order_by("position", "pk")
        items = list(in_order[:MOST_ITEMS])
        # What belongs to the matter stays choosable, however large the catalog.
        items += list(in_order.filter(matter=matter).exclude(pk__in=[item.pk for item in items]))
        if request.method == "POST":
            known = {str(item.pk): item.pk for item in items}
            chosen = [known[value] for value in request.POST.getlist("item") if value in known]
            stages = {pk: self._stage(request, pk) for pk in chosen}
            try:
                changed = services.set_matter_items(matter=matter, stages=stages, by=staff(request))
            except services.NotAllowed as refusal:
                self.message_user(request, str(refusal), messages.ERROR)
            else:
                said = f"「{matter.name}」现在有 {len(stages)} 个事项，改动了 {changed} 个。"
                self.log_change(request, matter, said)
                self.message_user(request, said, messages.SUCCESS)
                return HttpResponseRedirect(reverse("admin:catalog_matter_changelist"))
        else:
            chosen = [item.pk for item in items if item.matter_id == matter.pk] or [
                item.pk for item in items if item.matter_id is None and belongs_by_name(matter, item)
            ]
        shown = [(item, item.pk in chosen, item.matter_id not in (None, matter.pk)) for item in items]
        suggested = bool(chosen) and not any(item.matter_id == matter.pk for item in items)
        return self._page(
            request,
            "items",
            title=f"选择事项：{matter.name}",
            original=matter,
            groups=[(name, list(members)) for name, members in groupby(shown, lambda row: row[0].levels[0])],
            stages=Stage.choices,
            suggested=suggested and request.method != "POST",
        )

    @staticmethod
    def _stage(request: HttpRequest, pk: int) -> str:
        value = request.POST.get(f"stage-{pk}", "")
        return value if value in Stage.values else ""

    def _page(self, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
        return TemplateResponse(
            request,
            f"admin/catalog/matter/{template}.html",
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "media": self.media,
                **context,
            },
        )
