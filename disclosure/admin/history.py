"""The history page: who did what to a thing, when, and what changed (from the database's own triggers)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pghistory.models
from django.db.models import Field, Model, Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from agencies.models import Agency, User
from disclosure import link_history
from disclosure.link_history import LinkChange
from disclosure.models import DraftingNote, Topic
from disclosure.rich_text import to_text
from disclosure.states import StepChannel

ACTIONS = {
    "create": "起草",
    "receive": "收文",
    "open_word": "从 Word 打开",
    "update": "修改",
    "submit": "提交审核",
    "recall": "收回",
    "send_back": "退回修改",
    "agree": "审核同意",
    "approve": "签发并公开",
    "schedule": "签发，定时公开",
    "release": "到时公开",
    "not_released": "到时没有公开",
    "hold": "暂缓公开",
    "withdraw": "撤下",
    "take_offline": "紧急下线",
    "restore": "恢复公开",
    "justify": "写检查说明",
    "close_version": "原版本不再公开",
    "repeal": "登记废止",
    "amend": "登记修改",
    "lapse": "登记失效",
    "take_back_change": "撤销有效性登记",
    "merge": "并入另一份",
    "undo_merge": "撤销合并",
    "propose_purge": "提出封存清除",
    "confirm_purge": "封存清除",
    "keep_drafting_note": "写起草说明",
    "register_paper": "登记签字件",
    "sign_by_link": "手机签批",
    "add_attachment": "上传附件",
    "describe_attachment": "写图片说明、文字稿",
    "rename_attachment": "修改附件名称",
    "remove_attachment": "删除附件",
    "replace_attachment": "附件换成新文件",
    "put_back_file": "附件换回旧文件",
    "redact_attachment": "遮盖附件",
    "redact_original": "遮盖签发原件，列入附件",
    "join_pdfs": "合并 PDF",
    "submit_batch": "批量提交",
    "sign_batch": "批量签发",
    "import_documents": "导入",
    "file": "归类",
    "undo_filing": "撤销归类",
    "submit_filing": "报备案",
    "recall_filing": "收回备案",
    "confirm_filing": "确认备案",
    "accept_filing": "备案",
    "return_filing": "退回备案",
    "recheck": "复核公开属性",
    "open_document": "由报审登记转来",
}
_LABELS = {"insert": "建立", "update": "修改", "delete": "删除"}
#: What changes with every write, or says the same as the heading of the entry.
_SILENT = frozenset(
    "updated_at created_at id size media_type file "
    "edit_version editor_ids signer_ids steps_left review_round".split()
)
#: The newest entries; a thing with more has its whole history in the database.
MOST = 200


@dataclass
class Entry:
    """One event as the page shows it."""

    when: datetime
    who: str
    what: str
    reason: str
    address: str
    changes: list[tuple[str, str, str]] = field(default_factory=list)


def entries(thing: Any, *, user: User) -> list[Entry]:
    """Return the newest `MOST` events of a thing, of its attachments, 起草说明 and links, gone ones too,
    newest first."""
    own = type(thing)._meta.label
    parts = [thing.attachments.model, DraftingNote]
    # What else points to the thing (a document that it repealed) has a history page of its own.
    # A correction is told by its own act; what is changed of it later is that it was closed to the public.
    correction = thing.corrections.model
    mine = (
        Q(pgh_obj_model=own, pgh_obj_id=str(thing.pk))
        | Q(pgh_obj_model__in=[model._meta.label for model in parts])
        | Q(pgh_obj_model=correction._meta.label, pgh_label="update")
    )
    query = pghistory.models.Events.objects.references(thing)  # type: ignore[no-untyped-call]
    events = list(query.filter(mine).order_by("-pgh_created_at", "-pgh_id")[:MOST])
    people = _people(thing, events)
    models = {model._meta.label: model for model in (type(thing), correction, *parts)}
    places = _places(events)
    found = [_entry(event, models[event.pgh_obj_model], people, places) for event in events]
    return _with_links(found, link_history.changes_of(thing, user=user, most=MOST))


def _with_links(found: list[Entry], changes: list[LinkChange]) -> list[Entry]:
    """Links that changed stand with what else was written in the same transaction, else by themselves."""
    people = _named({change.context.get("user") for change in changes})
    at = {entry.when: entry for entry in reversed(found)}
    for change in changes:
        if change.at not in at:
            at[change.at] = _told(change.at, change.context, "改动关联", people)
            found.append(at[change.at])
        gone, came = "；".join(change.gone) or "（空）", "；".join(change.came) or "（空）"
        at[change.at].changes.append((f"{change.label}（去掉 / 加上）", gone, came))
    return sorted(found, key=lambda entry: entry.when, reverse=True)[:MOST]


def _named(wanted: set[Any]) -> dict[int, str]:
    pks = {int(pk) for pk in wanted if pk}
    return dict(User.objects.filter(pk__in=pks).values_list("pk", "full_name"))


def _people(thing: Any, events: list[Any]) -> dict[int, str]:
    wanted = {(event.pgh_context or {}).get(key) for event in events for key in ("user", "handed_by")}
    for event in events:
        for name, values in (event.pgh_diff or {}).items():
            if name.endswith("_by_id"):
                wanted |= set(values)
    return _named(wanted)


def _told(when: datetime, context: dict[str, Any], otherwise: str, people: dict[int, str]) -> Entry:
    user = context.get("user")
    what = ACTIONS.get(context.get("action", ""), otherwise)
    if hand := context.get("handed_by"):
        channel = StepChannel(context["channel"]).label if context.get("channel") else ""
        what += f"（{channel}，经手：{people.get(int(hand), hand)}）"
    return Entry(
        when=when,
        who=people.get(int(user), f"用户{user}") if user else "系统",
        what=what,
        reason=context.get("reason", ""),
        address=context.get("address", ""),
    )


def _entry(event: Any, model: type[Model], people: dict[int, str], places: dict[str, str]) -> Entry:
    label = _LABELS.get(event.pgh_label, event.pgh_label)
    found = _told(event.pgh_created_at, event.pgh_context or {}, label, people)
    for name, (old, new) in (event.pgh_diff or {}).items():
        if name not in _SILENT:
            one = _field(model, name)
            was, now = (_shown(name, one, value, people, places) for value in (old, new))
            found.changes.append((str(one.verbose_name) if one else name, was, now))
    return found


def _field(model: type[Model], name: str) -> Field[Any, Any] | None:
    return next((one for one in model._meta.fields if name in {one.name, one.attname}), None)


def _places(events: list[Any]) -> dict[str, str]:
    """Names of the agencies and topics that a change names by their numbers, by field and number."""
    found: dict[str, str] = {}
    for attname, model in (("topic_id", Topic), ("agency_id", Agency)):
        wanted = {value for event in events for value in (event.pgh_diff or {}).get(attname, ()) if value}
        if wanted:
            found |= {f"{attname} {one.pk}": str(one) for one in model._default_manager.filter(pk__in=wanted)}
    return found


def _words(one: Field[Any, Any] | None) -> dict[str, str]:
    """The choices of a field, or of the members of its list, in words."""
    plain = getattr(one, "base_field", one)
    return {str(value): str(label) for value, label in getattr(plain, "flatchoices", ())}


def _shown(
    name: str, one: Field[Any, Any] | None, value: Any, people: dict[int, str], places: dict[str, str]
) -> str:
    if value in (None, "", []):
        return "（空）"
    if name.endswith("_by_id"):
        return people.get(int(value), str(value))
    if name.endswith("_at") and (moment := parse_datetime(str(value))):
        # The record holds the moment in UTC; people read the county's clock.
        return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"
    if f"{name} {value}" in places:
        return places[f"{name} {value}"]
    if words := _words(one):
        several = value if isinstance(value, list) else [value]
        return "、".join(words.get(str(part), str(part)) for part in several)
    if isinstance(value, dict):
        return "；".join(f"{key}：{one}" for key, one in value.items())
    if isinstance(value, bool):
        return "是" if value else "否"
    if name == "body":
        text = to_text(str(value))
        return f"{text[:120]}…(共{len(text)}字)" if len(text) > 120 else text
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)
