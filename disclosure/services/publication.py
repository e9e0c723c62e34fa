"""From draft to public record: the moves that documents and interpretations share.

Every public service of the two rooms opens `act(...)`: one transaction, and who, what and why beside each
history row. Inside it these functions lock the row, check the state table and the rule, and write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

import pghistory
from django.core.exceptions import ValidationError
from django.db import models, transaction

from agencies.models import User
from disclosure import numbering, rich_text, rules
from disclosure.models import Publishable
from disclosure.services.coverage import refresh_marked
from disclosure.services.errors import NotAllowed, Outdated
from disclosure.services.writing import forget_autosaves_of
from disclosure.states import MOVES, Publication, ReviewLevel

T = TypeVar("T", bound=Publishable)
M = TypeVar("M", bound=models.Model)
#: Moves that are a step of the review.
_STEPS = frozenset({"agree", "approve", "schedule"})

#: Fields that every publishable thing's draft takes from a person.
FIELDS = frozenset(
    [
        "title",
        "agency",
        "summary",
        "body",
        "keywords",
        "doc_number",
        "issuer",
        "topic",
        "topic_text",
        "written_on",
        "source_url",
    ]
)
#: What may still be corrected once it is public; the words themselves (title,
#: summary, body) may not: a second person has to read them (withdraw, then a new draft).
CORRECTABLE = frozenset(["keywords", "doc_number", "issuer", "topic", "written_on", "source_url"])


@contextmanager
def act(*, by: User | None, action: str, **extra: str) -> Iterator[None]:
    """One transaction whose history rows say who acted, what the act was, and perhaps why."""
    with pghistory.context(user=by.pk if by else None, action=action, **extra), transaction.atomic():
        yield
        # What was marked is reckoned once it stands; should that fail, the worker does it.
        transaction.on_commit(refresh_marked, robust=True)


def locked(thing: T) -> T:
    """Return a fresh copy of `thing`, its row locked until the transaction ends.

    Rows of a kind are locked in the order of their ids, whatever the act, so that two acts never wait for
    each other: what a correction draft corrects is older, and locked before the draft.
    Raises NotAllowed when it is gone.
    """
    lock_corrected(type(thing), getattr(thing, "corrects_id", None))
    rows = type(thing)._default_manager.select_for_update(of=("self",)).select_related("agency")
    fresh = rows.filter(pk=thing.pk).first()
    if fresh is None:
        raise NotAllowed(f"「{thing.title}」已经被删除了，请返回列表刷新。")
    return fresh


def lock_corrected(kind: type[Publishable], pk: int | None, *, wait: bool = True) -> bool:
    """Lock what a correction draft corrects, by its id; None: the thing is no such draft. False where it is
    gone, or, without `wait`, where somebody else holds it now."""
    if pk is None:
        return True
    rows = kind._default_manager.select_for_update(of=("self",), skip_locked=not wait)
    return rows.filter(pk=pk).values_list("pk").first() is not None


def all_locked(things: Iterable[T]) -> dict[int, T]:
    """`locked` copies of several of a kind by id, in the order that `locked` tells. Raises NotAllowed."""
    return {one.pk: locked(one) for one in sorted(things, key=lambda one: one.pk)}


def begin(move: str, thing: T, *, by: User) -> T:
    """Lock `thing` and return it, once state table and rule allow `by` the move. Raises NotAllowed."""
    fresh = locked(thing)
    refuse_move(move, fresh, by=by)
    return fresh


def refuse_move(move: str, thing: Publishable, *, by: User) -> None:
    """Raise NotAllowed, with the reason in words, when `by` may not make this move with `thing` now."""
    label, kind = MOVES[move].label, thing._meta.verbose_name
    if thing.status not in MOVES[move].sources:
        state = Publication(thing.status).label
        raise NotAllowed(
            f"这份{kind}现在的状态是「{state}」，不能{label}。可能同事已经处理过了，请刷新页面查看。"
        )
    if rules.OF_MOVE[move](by, thing):
        return
    if not rules.covers(by, thing.agency):
        raise NotAllowed(f"这份{kind}属于「{thing.agency.name}」，不在您的管理范围内，请联系该单位办理。")
    if move in _STEPS and rules.had_a_hand_in(by, thing):
        raise NotAllowed(f"您起草、修改或提交了这份{kind}，不能由您自己审核，请另一位审核人办理。")
    if move in _STEPS and rules.may_review(by):
        _refuse_step(move, thing, by=by)
    if move == "recall" and by.pk != thing.submitted_by_id:
        raise NotAllowed(f"这份{kind}由{thing.submitted_by}提交，只有提交人能收回；审核人可以退回修改。")
    if move == "restore" and by.pk == thing.offline_by_id:
        raise NotAllowed(f"这份{kind}由您紧急下线，须由县政府办公室另一位同事核对后恢复。")
    roles = "或".join(role.name for role in rules.roles_of(move, thing))
    raise NotAllowed(f"您的角色不能{label}，请由{roles}办理。")


def _refuse_step(move: str, thing: Publishable, *, by: User) -> None:
    if by.pk in thing.signer_ids:
        raise NotAllowed("这一轮审核您已经办过一步，每一级须由不同的人办理，请另一位审核人办理。")
    if move == "agree" and thing.is_at_last_step:
        raise NotAllowed("现在等的是最后一步，请办理「签发并公开」。")
    waiting = ReviewLevel(thing.waiting_level).label if thing.waiting_level else ""
    if move != "agree" and not thing.is_at_last_step:
        raise NotAllowed(f"现在等的是{waiting}，后面还有审核，还不能签发。")
    if rules.stands_in(by, thing) is None:
        posts = thing.agency.review_posts.model.objects.of(thing).select_related("user")
        names = "、".join(str(post.user) for post in posts)
        raise NotAllowed(f"{waiting}由{names}办理。本人不在时，可以登记代理人。")


def create(
    model: type[T], *, by: User, values: Mapping[str, Any], check: Callable[[T], None], now: datetime | None
) -> T:
    """Write a new draft. `check` looks at the values as a whole and raises NotAllowed.

    Raises NotAllowed when the agency is out of scope or a value cannot stand.
    """
    thing = model(created_by=by, editor_ids=[by.pk], status=Publication.DRAFT)
    fill(thing, values)
    if thing.agency_id is None:
        raise NotAllowed("请选择公开单位。")
    if not rules.can_create(by, thing.agency):
        raise NotAllowed(f"您不能为「{thing.agency.name}」起草，请联系该单位的经办人。")
    check_values(thing)
    check(thing)
    thing.save()
    if now:  # Demonstration data and archives tell their own time.
        model._default_manager.filter(pk=thing.pk).update(created_at=now)
        thing.created_at = now
    return thing


def add_editor(fresh: Publishable, *, by: User) -> None:
    """Note, on a locked draft, that `by` wrote into it; the caller saves."""
    if by.pk not in fresh.editor_ids:
        fresh.editor_ids = [*fresh.editor_ids, by.pk]


def locked_for_copy(thing: T, *, by: User) -> T:
    """Lock what is to be copied and return it as it stands now. Raises NotAllowed."""
    fresh = locked(thing)
    if rules.can_copy(by, fresh):
        return fresh
    if fresh.status in {Publication.OFFLINE, Publication.PURGED}:
        raise NotAllowed("已经紧急下线的内容，等县政府办公室决定以前不能复制。")
    raise NotAllowed("只有本单位经办人能复制为新草稿。")


def inherit_editors(copy: T, *, original: Publishable) -> T:
    """Who wrote the words that were copied has a hand in the copy too. Returns the copy, saved."""
    written_by = type(original)._default_manager.values_list("editor_ids", flat=True).get(pk=original.pk)
    hands = [*copy.editor_ids, original.created_by_id, *written_by]
    copy.editor_ids = list(dict.fromkeys(pk for pk in hands if pk))
    copy.save(update_fields=["editor_ids"])
    return copy


def fill(thing: Publishable, values: Mapping[str, Any]) -> None:
    """Set `values` on `thing`: texts stripped, body cleaned, document number in its normal form."""
    for name, value in values.items():
        setattr(thing, name, _tidy(value))
    if "body" in values:
        thing.body = rich_text.clean(thing.body).html
    if "doc_number" in values:
        thing.doc_number = numbering.normalise_doc_number(thing.doc_number)


def _tidy(value: Any) -> Any:
    """Return a text, or a list of words, stripped and without control characters; the rest as it is."""
    if isinstance(value, list):
        return [_tidy(one) for one in value]
    return rich_text.storable(value).strip() if isinstance(value, str) else value


def check_values(thing: Publishable) -> None:
    """Run the fields' own checks. Raises NotAllowed with a sentence for each that fails."""
    messages = [] if thing.title else ["请填写标题。"]
    own = {field.name for field in thing._meta.fields if not field.editable}
    try:
        thing.clean_fields(exclude=own if thing.title else own | {"title"})
    except ValidationError as error:
        for name, texts in error.message_dict.items():
            messages.extend(f"{label_of(thing, name)}:{text}" for text in texts)
    if messages:
        raise NotAllowed(*messages)


def revise(
    thing: T,
    *,
    by: User,
    values: Mapping[str, Any],
    links: Mapping[str, Any],
    correctable: frozenset[str],
    check: Callable[[T], None],
    reason: str,
    seen: int | None = None,
) -> T:
    """Lock and change a draft, or correct metadata of something public. Returns the locked object.

    `links` are its many-to-many fields. Of something public only `correctable` fields may change, and only
    with a reason. `seen`: the `edit_version` that the writer had before the eyes. Raises NotAllowed; Outdated
    where another version stands by now and something would change.
    """
    fresh = locked(thing)
    changed = changed_names(fresh, {**values, **links})
    if rules.can_edit(by, fresh):
        agency = values.get("agency", fresh.agency)
        if agency != fresh.agency and not rules.can_create(by, agency):
            raise NotAllowed(f"您不能为「{agency.name}」起草，请联系该单位的经办人。")
    elif rules.can_correct(by, fresh):
        _refuse_locked(fresh, changed - correctable)
        if changed and not reason.strip():
            raise NotAllowed("更正已公开的内容，请写明更正原因。")
    else:
        raise NotAllowed(_why_not_editable(fresh, by))
    if changed and seen is not None and seen != fresh.edit_version:
        raise Outdated("您打开这一页以后，别人保存过这一份。还没有写入，请逐项选择留哪一个，再保存一次。")
    fill(fresh, {name: value for name, value in values.items() if name in changed})
    check_values(fresh)
    check(fresh)
    if changed and fresh.status == Publication.DRAFT:
        add_editor(fresh, by=by)
    fresh.edit_version += bool(changed)
    fresh.save()
    for name in links.keys() & changed:
        getattr(fresh, name).set(links[name])
    return fresh


def changed_names(thing: Publishable, values: Mapping[str, Any]) -> set[str]:
    """The names whose value would be another one."""
    return {name for name, value in values.items() if not same(thing, name, value)}


def same(thing: Publishable, name: str, value: Any) -> bool:
    """Whether the thing says this already: a value as it would be stored, links by their ids."""
    field = thing._meta.get_field(name)
    if field.many_to_many:
        known = set(getattr(thing, name).values_list("pk", flat=True))
        return known == {getattr(one, "pk", one) for one in value}
    value = _tidy(value)
    if name == "body":
        return bool(thing.body == rich_text.clean(value).html)
    if name == "doc_number":
        return bool(thing.doc_number == numbering.normalise_doc_number(value))
    return bool(getattr(thing, name) == value)


def _refuse_locked(thing: Publishable, names: Iterable[str]) -> None:
    labels = [label_of(thing, name) for name in sorted(names)]
    if not labels:
        return
    cure = "请先撤下并写明原因，再复制为新草稿，改好后重新送审。"
    if thing._meta.model_name == "document":
        cure = "请点「起草更正稿」，改好后送审，签发后更正到原网页。"
    raise NotAllowed(f"已公开的{thing._meta.verbose_name}不能直接修改{'、'.join(labels)}：{cure}")


def _why_not_editable(thing: Publishable, by: User) -> str:
    kind = thing._meta.verbose_name
    if not rules.covers(by, thing.agency):
        return f"这份{kind}属于「{thing.agency.name}」，不在您的管理范围内，请联系该单位办理。"
    if rules.stands_as_filed(thing):
        return f"这份{kind}已经报备案，不能修改：没有备案的可以先收回，已备案的请办理复核。"
    if thing.status == Publication.SUBMITTED:
        return f"这份{kind}正在审核，不能修改：请先由审核人退回，或由提交人收回。"
    if thing.status == Publication.SCHEDULED:
        return f"这份{kind}已经签发，等着定时公开，不能修改：要改请先「暂缓公开」。"
    if thing.status == Publication.WITHDRAWN:
        return f"这份{kind}已经撤下，只作存档：请复制为新草稿后修改。"
    if thing.status == Publication.APPLIED:
        return f"这份{kind}是更正稿，已经更正到原文，只作存档。"
    if thing.status == Publication.MERGED:
        return f"这份{kind}已经并入另一份，请到那一份上修改。"
    if thing.status == Publication.PURGED:
        return f"这份{kind}已经封存清除，没有内容可以修改。"
    if thing.status == Publication.OFFLINE:
        return f"这份{kind}已经紧急下线，等县政府办公室决定，现在不能修改。"
    return f"您的角色不能修改{kind}，请由经办人办理。"


def stored(row: M) -> M:
    """A row that no form has checked, checked and stored. Raises NotAllowed with what the checks say."""
    try:
        row.full_clean()
    except ValidationError as error:
        raise NotAllowed(*error.messages) from error
    row.save()
    return row


def delete(thing: Publishable, *, by: User) -> None:
    """Delete a draft that never was public. Raises NotAllowed."""
    fresh = locked(thing)
    if not rules.can_delete(by, fresh):
        raise NotAllowed("只有本单位经办人能删除草稿；已提交、已报备案的请先收回或退回，已公开的请用撤下。")
    forget_autosaves_of(model=type(fresh), pk=fresh.pk)
    fresh.delete()


def fits(thing: models.Model, name: str, text: str) -> str:
    """The text, stripped. Raises NotAllowed where the field is too short for it."""
    limit = getattr(thing._meta.get_field(name), "max_length", None)
    text = text.strip()
    if limit is not None and len(text) > limit:
        raise NotAllowed(f"{label_of(thing, name)}最多{limit}个字，现在有{len(text)}个字，请写短些。")
    return text


def label_of(thing: models.Model, name: str) -> str:
    """Return the Chinese name of a field."""
    return str(getattr(thing._meta.get_field(name), "verbose_name", name))
