"""States of the two registers that 县政府办公室 keeps, and the moves between them, as data.

备案: what is not disclosed on one's own motion (依申请公开, 不予公开) is filed with the disclosure office,
and looked at again every year (DOMAIN §4.7). 报审登记: a policy paper is registered before it is issued, with
all that belongs to it; what is incomplete goes back (退文).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import models

from disclosure.states import Ground, Openness

#: Working days in which what became 主动公开 has to be public (条例 26条: a change starts the period anew).
DAYS_TO_PUBLISH = 20
#: What every door answers to the ground 国家秘密: such content is never stored here (条例 14条; DOMAIN §10).
NO_SECRETS = "涉密文件不得录入本系统，请按保密规定在涉密系统办理。"
#: From the most open to the least: a re-check moves to the left only.
FROM_OPEN_TO_SHUT = (Openness.PROACTIVE, Openness.ON_REQUEST, Openness.WITHHELD)
NOT_PROACTIVE = (Openness.ON_REQUEST, Openness.WITHHELD)


class FilingState(models.TextChoices):
    """How far the filing of a document that stays in (备案) is."""

    SUBMITTED = "submitted", "等单位确认"
    CONFIRMED = "confirmed", "等县政府办公室备案"
    FILED = "filed", "已备案"
    RETURNED = "returned", "已退回"
    RECALLED = "recalled", "已收回"
    LIFTED = "lifted", "已转为主动公开"


#: The words that were handed in stand still: while somebody reads them, and once they are on file.
BINDING = (FilingState.SUBMITTED, FilingState.CONFIRMED, FilingState.FILED)


class RecheckResult(models.TextChoices):
    """What the yearly re-check (年度复核) found; never anything less open than before."""

    MAINTAIN = "maintain", "维持"
    ON_REQUEST = "on_request", "转为依申请公开"
    PROACTIVE = "proactive", "转为主动公开"


class RegistrationState(models.TextChoices):
    """How far the registration of a policy paper (报审登记) is."""

    DRAFT = "draft", "准备中"
    SUBMITTED = "submitted", "等县政府办公室受理"
    RETURNED = "returned", "已退文"
    ACCEPTED = "accepted", "已受理"


class Legality(models.TextChoices):
    """合法性审查: what the reviewing body said."""

    LAWFUL = "lawful", "合法"
    LAWFUL_ONCE_CHANGED = "lawful_once_changed", "按意见修改后合法"
    NOT_NEEDED = "not_needed", "不需要合法性审查"


class PaperRole(models.TextChoices):
    """What a file of a registration is."""

    DRAFT = "draft", "送审稿"
    INTERPRETATION = "interpretation", "解读稿"
    EXPLANATION = "explanation", "起草说明"
    LEGALITY = "legality", "合法性审查意见"
    OTHER = "other", "其他材料"


class ReturnReason(models.TextChoices):
    """Why a registration is returned (退文), as it is counted."""

    DRAFT = "draft", "缺送审稿"
    OPENNESS = "openness", "没有公开属性，或缺依据和理由"
    INTERPRETATION = "interpretation", "缺解读稿"
    EXPLANATION = "explanation", "缺起草说明"
    LEGALITY = "legality", "缺合法性审查意见"
    CONTENT = "content", "内容需要修改"
    FORM = "form", "格式不合要求"
    OTHER = "other", "其他"


@dataclass(frozen=True)
class RegisterMove:
    """A move from one of `sources` (an empty text: not begun) to `target`; `label` is the button's word."""

    name: str
    label: str
    sources: frozenset[str]
    target: str


def _table(*moves: RegisterMove) -> dict[str, RegisterMove]:
    return {move.name: move for move in moves}


_WITH_OTHERS = frozenset({FilingState.SUBMITTED.value, FilingState.CONFIRMED.value})
FILING_MOVES = _table(
    RegisterMove(
        "submit",
        "报备案",
        frozenset({"", FilingState.RETURNED.value, FilingState.RECALLED.value}),
        FilingState.SUBMITTED,
    ),
    RegisterMove("recall", "收回备案", _WITH_OTHERS, FilingState.RECALLED),
    RegisterMove(
        "confirm",
        "确认，报县政府办公室",
        frozenset({FilingState.SUBMITTED.value}),
        FilingState.CONFIRMED,
    ),
    RegisterMove("accept", "备案", frozenset({FilingState.CONFIRMED.value}), FilingState.FILED),
    RegisterMove("send_back", "退回", _WITH_OTHERS, FilingState.RETURNED),
    RegisterMove("recheck", "复核", frozenset({FilingState.FILED.value}), FilingState.FILED),
)

_IN_HAND = frozenset({RegistrationState.DRAFT.value, RegistrationState.RETURNED.value})
_HANDED_IN = frozenset({RegistrationState.SUBMITTED.value})
REGISTRATION_MOVES = _table(
    RegisterMove("submit", "报审", _IN_HAND, RegistrationState.SUBMITTED),
    RegisterMove("recall", "收回", _HANDED_IN, RegistrationState.DRAFT),
    RegisterMove("accept", "受理", _HANDED_IN, RegistrationState.ACCEPTED),
    RegisterMove("send_back", "退文", _HANDED_IN, RegistrationState.RETURNED),
    RegisterMove(
        "open_document",
        "转为文件草稿",
        frozenset({RegistrationState.ACCEPTED.value}),
        RegistrationState.ACCEPTED,
    ),
)


def is_secret(ground: str) -> bool:
    """Whether the ground says 国家秘密."""
    return ground == Ground.STATE_SECRET


def shutness(openness: str) -> int:
    """The place of an openness from open (0) to shut. Raises ValueError where none was decided."""
    return FROM_OPEN_TO_SHUT.index(Openness(openness))


def results_from(openness: str) -> list[RecheckResult]:
    """What a re-check may find of something that is now `openness`."""
    found = [RecheckResult.MAINTAIN]
    if openness == Openness.WITHHELD:
        found.append(RecheckResult.ON_REQUEST)
    return [*found, RecheckResult.PROACTIVE]


def year_after(day: date) -> date:
    """The same day a year later; the last of the month where there is none (by analogy 民法典 202条)."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)
