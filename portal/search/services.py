"""Writes to the tables of the search: synonyms, best bets, what is done about a want."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import TypeVar

import pghistory
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone

from agencies.models import Agency, User
from agencies.services import NotAllowed
from portal.search import asked, rules, synonyms, words
from portal.search.models import BestBet, Entry, Settlement, Synonym, Want, Way

M = TypeVar("M", bound=models.Model)
#: Words of a group and queries of a best bet, at most; characters of one.
MOST_WORDS, MOST_QUERIES, LONGEST_WORD = synonyms.MOST_WORDS, 20, 40
_ONLY_OFFICE = "这张表由县政府办公室维护。请把建议告诉县政府办公室。"


@contextmanager
def _act(by: User, action: str) -> Iterator[None]:
    with pghistory.context(user=by.pk, action=action), transaction.atomic():
        yield


def _require(held: object, message: str, field: str = "") -> None:
    if not held:
        raise NotAllowed({field: [message]} if field else message)


def _stored(row: M) -> M:
    try:
        row.full_clean()
    except ValidationError as error:
        raise NotAllowed(error.error_dict) from error
    row.save()
    return row


# --- 同义词和政策用语


def keep_synonym(
    synonym: Synonym | None = None,
    *,
    term: str,
    others: Iterable[str],
    way: str = Way.BOTH,
    note: str = "",
    is_active: bool = True,
    by: User,
) -> Synonym:
    """Write a group: `term` is the office's word, `others` stand beside it. The same word twice, in whatever
    width or script, is kept once. Raises NotAllowed, by field, with what to do."""
    _require(rules.may_tune(by), _ONLY_OFFICE)
    group = tidy(term, others)
    _refuse_bad_words(group, term)
    head = words.plain(group[0])
    with _act(by, "keep_synonym"):
        row = synonym or Synonym()
        if row.pk:
            row = Synonym.objects.select_for_update().get(pk=row.pk)
        same = Synonym.objects.filter(head=head, way=way).exclude(pk=row.pk).first()
        if same is not None:
            state = "" if same.is_active else "（已停用）"
            _require(False, f"规范用语「{group[0]}」已经有一组{state}：{same}。请打开那一组修改。", "term")
        row.words, row.head, row.way = group, head, way
        row.note, row.is_active = note.strip(), is_active
        return _stored(row)


def tidy(term: str, others: Iterable[str]) -> list[str]:
    """Return the words of a group in order, stripped, each once however it is written."""
    found: dict[str, str] = {}
    for word in (term, *others):
        bare = " ".join(word.split())
        found.setdefault(words.plain(bare) or bare, bare)
    return [word for word in found.values() if word]


def _refuse_bad_words(group: list[str], term: str) -> None:
    _require(words.plain(term), "请写规范用语，至少两个字。", "term")
    for place, word in enumerate(group):
        field, plain = ("term" if place == 0 else "others"), words.plain(word)
        _require(len(plain) >= 2, f"「{word}」太短：一个字会搜出太多不相干的，请写两个字以上的词。", field)
        _require(len(word) <= LONGEST_WORD, f"「{word}」太长，一个词最多{LONGEST_WORD}个字。", field)
    _require(len(group) >= 2, "请再写至少一个不同的说法：全半角、繁简、大小写不同的算同一个词。", "others")
    _require(len(group) <= MOST_WORDS, f"一组最多{MOST_WORDS}个词，请分成几组。", "others")


def overlaps(synonym: Synonym) -> list[str]:
    """Say, in a sentence each, which words of a group stand in other active groups too. That is allowed."""
    said = []
    for word in synonym.words:
        groups = [one for one in synonyms.groups_with(word) if one.pk != synonym.pk]
        if groups:
            named = "；".join(str(one) for one in groups[:3])
            said.append(f"「{word}」还在别的组里：{named}。搜它时几组都会用上，请看看是不是要合成一组。")
    return said


def shared_words(pks: Iterable[int]) -> list[str]:
    """Which words of these groups stand in other active groups too, for a warning after an import."""
    wanted, places = set(pks), defaultdict(set)
    spelt: dict[str, str] = {}
    for pk, group in Synonym.objects.filter(is_active=True).order_by("id").values_list("pk", "words"):
        for word in group:
            plain = words.plain(word)
            spelt.setdefault(plain, word)
            places[plain].add(pk)
    return [spelt[plain] for plain, where in places.items() if len(where) > 1 and where & wanted]


# --- 推荐结果


def keep_best_bet(
    bet: BestBet | None = None,
    *,
    queries: Iterable[str],
    target: str,
    line: str = "",
    first_day: date | None = None,
    last_day: date | None = None,
    is_active: bool = True,
    by: User,
    now: datetime | None = None,
) -> BestBet:
    """Recommend a public thing (`target`: its key in the index) for queries. Raises NotAllowed, by field."""
    _require(rules.may_tune(by), _ONLY_OFFICE)
    found: dict[str, str] = {}
    for query in queries:
        bare = " ".join(query.split())
        if bare:
            _require(len(bare) <= LONGEST_WORD, f"「{bare}」太长，最多{LONGEST_WORD}个字。", "queries")
            _require(asked.folded(bare), f"「{bare}」里没有文字或数字，没有人会这样搜。", "queries")
            found.setdefault(asked.folded(bare), bare)
    _require(found, "请写至少一个搜索词。", "queries")
    _require(len(found) <= MOST_QUERIES, f"最多写{MOST_QUERIES}个搜索词。", "queries")
    if first_day and last_day:
        _require(first_day <= last_day, "「到哪天止」不能早于「从哪天起」。", "last_day")
    with _act(by, "keep_best_bet"):
        row = bet or BestBet(created_by=by, created_at=now or timezone.now())
        if row.pk:
            row = BestBet.objects.select_for_update().get(pk=row.pk)
        # What stands may be kept or switched off though its page has gone; a new target must be public.
        public = target == row.target or Entry.objects.filter(key=target, hidden=False).exists()
        _require(
            target and public, "没有找到这个公开的页面。请从提示里选，或者粘贴它在本站的网址。", "target"
        )
        row.queries, row.keys, row.target = list(found.values()), list(found), target
        row.line, row.first_day, row.last_day = line.strip(), first_day, last_day
        row.is_active = is_active
        return _stored(row)


# --- 大家在找、待补的内容


def settle_want(
    query: str,
    *,
    settlement: str,
    agency: Agency | None = None,
    note: str = "",
    by: User,
    now: datetime | None = None,
) -> Want:
    """Decide about something that people look for: pass it on to an agency, or leave it. Deciding anew opens
    it again. Raises NotAllowed."""
    _require(rules.may_tune(by), "由县政府办公室处理。")
    key = asked.folded(query)
    _require(key, "没有写在找什么。请回到「大家在找什么」再点一次。")
    passed = settlement == Settlement.PASSED_ON
    _require(not passed or agency is not None, "请选择转给哪个单位。", "agency")
    _require(passed or note.strip(), "请写明为什么不用处理。", "note")
    with _act(by, "settle_want"):
        row = Want.objects.select_for_update().filter(words=key).first() or Want(words=key)
        row.settlement, row.agency, row.note = settlement, agency if passed else None, note.strip()
        row.settled_by, row.settled_at = by, now or timezone.now()
        row.answer, row.answered_by, row.answered_at = "", None, None
        return _stored(row)


def answer_want(want: Want, *, answer: str, by: User, now: datetime | None = None) -> Want:
    """Say what the agency did about it. Raises NotAllowed."""
    _require(rules.can_answer(by, want), "只有转到的单位（和它的上级）能办结。")
    _require(len(answer.strip()) >= 2, "请写明怎样办的：公开在哪里，或者为什么没有可以公开的。", "answer")
    with _act(by, "answer_want"):
        row: Want = Want.objects.select_for_update(of=("self",)).get(pk=want.pk)
        _require(row.settlement == Settlement.PASSED_ON, "县政府办公室已经改为不用处理。")
        _require(row.answered_at is None, f"已经办结了：{row.answer}")
        row.answer, row.answered_by, row.answered_at = answer.strip(), by, now or timezone.now()
        return _stored(row)
