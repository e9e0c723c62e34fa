"""两人先后保存: both texts side by side, and the second writer chooses (no lost update)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from agencies.models import User
from disclosure.admin.comparison import Stretch, folded_rows
from disclosure.services import publication
from disclosure.text_changes import Comparison, Run

MINE, THEIRS = "mine", "theirs"


@dataclass
class Choice:
    """A field in which what is stored (`was`) is not what was typed (`now`). `chosen` is preselected where
    only one of the two changed it; where both did, the writer has to say."""

    name: str
    label: str
    was: list[Run] = field(default_factory=list)
    now: list[Run] = field(default_factory=list)
    body: list[Stretch] = field(default_factory=list)
    chosen: str = ""


@dataclass
class Conflict:
    """All that differs, and who saved in between."""

    choices: list[Choice]
    who: str
    at: datetime | None


def conflict_of(stored: Any, typed: dict[str, Any], labels: dict[str, str], *, seen: int | None) -> Conflict:
    """What stands in the database beside what was typed, field by field of `labels`; what only the writer
    changed needs no choice. `seen`: the version from which the writer began."""
    began = stored.events.filter(edit_version=seen).order_by("-pgh_id").first()
    choices, engine = [], Comparison()
    for name, label in labels.items():
        if name not in typed or publication.same(stored, name, typed[name]):
            continue
        many = stored._meta.get_field(name).many_to_many
        if began is not None and not many:
            if publication.same(began, name, getattr(stored, name)):
                continue
            mine_is_new = not publication.same(began, name, typed[name])
        else:
            mine_is_new = True
        choice = Choice(name, label, chosen="" if mine_is_new else THEIRS)
        if name == "body":
            choice.body = folded_rows(engine.bodies(stored.body, typed[name]))
        else:
            choice.was, choice.now = engine.texts(_words(stored, name), _words(stored, name, typed[name]))
        choices.append(choice)
    return Conflict(choices, *_last_writer(stored))


def _words(stored: Any, name: str, *typed: Any) -> str:
    """A value in words."""
    column = stored._meta.get_field(name)
    value = typed[0] if typed else getattr(stored, name)
    if column.many_to_many:
        rows = value if typed else value.all()
        return "、".join(sorted(str(one) for one in rows)) or "（空）"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        labels = dict(getattr(column, "base_field", column).flatchoices or [])
        return "、".join(str(labels.get(one, one)) for one in value) or "（空）"
    if column.choices:
        return str(dict(column.flatchoices).get(value, value)) or "（空）"
    return str(value if value is not None else "") or "（空）"


def _last_writer(stored: Any) -> tuple[str, datetime | None]:
    events = stored.events.filter(edit_version=stored.edit_version).order_by("pgh_id")
    found = events.values_list("pgh_context__metadata__user", "pgh_created_at").first()
    if found is None:
        return "", None
    user = User.objects.filter(pk=found[0]).first() if found[0] else None
    return str(user or ""), found[1]
