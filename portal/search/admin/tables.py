"""What the tables of the search share: who may keep them, their history, the way back to 大家在找什么."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from agencies.admin.acts import ServiceAdmin
from agencies.models import User
from portal.search import rules

#: The history page shows at most so many changes.
MOST = 100


@dataclass(frozen=True)
class Change:
    """One change: when, who, and what it was and became, by the name of the column."""

    when: datetime
    who: str
    is_new: bool
    values: list[tuple[str, str, str]]


class OfficeTable(ServiceAdmin):
    """A table that 县政府办公室 keeps for the whole county. Nothing in it is deleted, only switched off."""

    actions = None
    list_per_page = 100
    show_full_result_count = False
    #: Columns that the history tells of.
    told: tuple[str, ...] = ()

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """县政府办公室."""
        return rules.may_tune(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Like seeing."""
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """县政府办公室."""
        return self.has_view_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """县政府办公室."""
        return self.has_view_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """What 大家在找什么 has written into the form already."""
        return {name: request.GET[name] for name in ("others", "queries") if name in request.GET}

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> Any:
        """Back to where the person came from."""
        response = super().response_add(request, obj, post_url_continue)
        came = request.GET.get("view"), request.GET.get("period")
        if request.GET.get("from") == "asked" and "_save" in request.POST:
            query = urlencode({"view": came[0] or "sought", "period": came[1] or "30"})
            return HttpResponseRedirect(f"{reverse('admin:search_asked_changelist')}?{query}")
        return response

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Who changed what, as the database itself wrote it down."""
        row = self.object_for_act(request, object_id, lambda one: self.has_view_permission(request, one))
        context = {
            **self.admin_site.each_context(request),
            "title": f"修改记录：{row}",
            "changes": self._changes(row),
            "original": row,
            "opts": self.opts,
            "media": self.media,
        }
        return TemplateResponse(request, "admin/search/history.html", context)

    def _changes(self, row: Any) -> list[Change]:
        events = list(
            row.pgh_event_model.objects.filter(pgh_obj_id=row.pk)
            .select_related("pgh_context")
            .order_by("-pgh_id")[: MOST + 1]
        )
        people = User.objects.in_bulk({who for event in events if (who := _who(event))})
        found = []
        for place, event in enumerate(events[:MOST]):
            before = events[place + 1] if place + 1 < len(events) else None
            cells = [(name, self._cell(before, name), self._cell(event, name)) for name in self.told]
            named = [(_label(row, name), old, new) for name, old, new in cells if old != new]
            who = people.get(_who(event) or 0)
            found.append(Change(event.pgh_created_at, str(who or "系统"), before is None, named))
        return found

    def _cell(self, event: Any, name: str) -> str:
        """A value in words."""
        value = getattr(event, name, None) if event is not None else None
        if isinstance(value, bool):
            return "是" if value else "否"
        if isinstance(value, list):
            return "、".join(value)
        choices = dict(self.model._meta.get_field(name).flatchoices)
        return str(choices.get(value, "" if value is None else value))


def _who(event: Any) -> int | None:
    found = (event.pgh_context.metadata if event.pgh_context else {}).get("user")
    return found if isinstance(found, int) else None


def _label(row: Any, name: str) -> str:
    return str(row._meta.get_field(name).verbose_name)
