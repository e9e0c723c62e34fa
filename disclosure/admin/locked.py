"""The form of a publishable thing once it is no draft in one's hands: what it shows, and in which words.

A field that nobody may change here shows its value in words (是, 图解), without the help for writing it. One
that is empty and cannot mean anything for this thing is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from agencies.admin.acts import staff
from disclosure import rules
from disclosure.admin.offline import OFFLINE_RECORD
from disclosure.forms import SHOWN_WHEN
from disclosure.models import Publishable
from disclosure.services.corrections import WORDS
from disclosure.states import Publication

#: Who did what when: shown, never typed.
RECORD = (
    "state",
    "index_number",
    "published_line",
    "created_line",
    "submitted_line",
    "approved_line",
    "withdrawn_line",
    "remarks",
    "withdrawn_reason",
    *OFFLINE_RECORD,
)
#: Empty as a rule, and then there is nothing to judge: 五公开 as its items, written here and not taken over.
_MOSTLY_EMPTY = frozenset({"stage", "source_url"})


def in_words(model: type[Publishable], name: str, label: str = "") -> Callable[[Any, Any], str]:
    """A line of an admin that shows the field `name` as a reader says it: 是 and 否, labels for codes, the
    things linked. `label`: where that of the field is written for whoever fills it in."""
    field: Any = model._meta.get_field(name)

    @admin.display(description=label or str(field.verbose_name))
    def shown(self: Any, obj: Any) -> str:
        value = getattr(obj, name)
        if isinstance(value, bool):
            return "是" if value else "否"
        listed = value.all() if field.many_to_many else value
        labels = dict(getattr(field, "base_field", field).flatchoices)
        return "、".join(str(labels.get(one, one)) for one in listed) or str(self.get_empty_value_display())

    return shown


class LockedForm:
    """Mixin of the admins of what is published: their groups of fields as this user may see them now."""

    def _locked(self, request: HttpRequest, obj: Any) -> bool:
        return obj is not None and not rules.can_edit(staff(request), obj)

    def get_readonly_fields(self: Any, request: HttpRequest, obj: Any = None) -> Any:
        """The record always; of something public all but what may be corrected."""
        names = [name for _, group in self.groups for name in group]
        shown = [*RECORD, *self.readonly_fields, *filter(None, map(self._line_of, names))]
        if self._locked(request, obj):
            shown += [name for name in names if name not in self.correctable and name not in shown]
        return shown

    def get_form(
        self: Any, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Without the help for writing beside what nobody writes here."""
        form = super().get_form(request, obj, **kwargs)  # type: ignore[misc]
        texts, free = form._meta.help_texts or {}, self._free(request, obj)
        form._meta.help_texts = {name: text for name, text in texts.items() if name in free}
        return form

    def get_fieldsets(self: Any, request: HttpRequest, obj: Any = None) -> Any:
        """The groups, then the reason of a correction, then the record."""
        shown = [(heading, self.worth_showing(request, obj, names)) for heading, names in self.groups]
        found = [(heading, {"fields": names}) for heading, names in shown if names]
        if self._locked(request, obj) and self.has_change_permission(request, obj):
            found.append(("更正", {"fields": ["correction_reason"]}))
        if obj is not None:
            found.append(("办理情况", {"fields": [name for name in RECORD if self._says(obj, name)]}))
        return found

    def worth_showing(self: Any, request: HttpRequest, obj: Any, names: Iterable[str]) -> list[str]:
        """Those of `names` that say something of this thing; what is shut by its line in words.

        Lines that the system fills show only where they say something.
        """
        found, free = [], self._free(request, obj)
        for name in names:
            if name in self.readonly_fields:
                if obj is not None and self._says(obj, name):
                    found.append(name)
            elif name in free:
                found.append(name)
            elif not _means_nothing(obj, name):
                found.append(self._line_of(name) or name)
        return found

    def _line_of(self, name: str) -> str:
        """The line that shows a field in words; empty where the admin has none."""
        line = f"{name}_shown"
        return line if hasattr(self, line) else ""

    def _free(self: Any, request: HttpRequest, obj: Any) -> frozenset[str]:
        """The fields that the user may change now."""
        names: frozenset[str] = self.editable_names
        if obj is None:
            return names
        if not self.has_change_permission(request, obj):
            return frozenset()
        return names - set(self.get_readonly_fields(request, obj))

    def _says(self, obj: Any, name: str) -> bool:
        value = getattr(obj, name, None) if not hasattr(self, name) else getattr(self, name)(obj)
        return bool(value)


def _means_nothing(obj: Any, name: str) -> bool:
    """Whether a field is empty and nobody could read anything out of that."""
    if not _is_empty(obj, name):
        return False
    if obj.status == Publication.PURGED or name in _MOSTLY_EMPTY:
        return True
    if obj.corrects_id and name not in WORDS:
        return True  # metadata stand in what it corrects; not all of them are copied
    return not _is_asked(obj, name)


def _is_empty(obj: Any, name: str) -> bool:
    if isinstance(obj._meta.get_field(name), models.ManyToManyField):
        return not getattr(obj, name).exists()
    return getattr(obj, name) in (None, "", [], {})


def _is_asked(obj: Any, name: str) -> bool:
    """Whether the form asks for the field, as the thing stands (`SHOWN_WHEN`)."""
    if name not in SHOWN_WHEN:
        return True
    other, _, values = SHOWN_WHEN[name].partition("=")
    value = getattr(obj, other)
    return value in values.split(",") if values else bool(value)
