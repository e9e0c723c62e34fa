"""What the registers (备案, 年度复核, 报审登记) put on the first page (今天要办)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet

from agencies.models import User
from disclosure import register_rules, services
from disclosure.models import Document, Registration, Withholding
from disclosure.register_querysets import unfiled, unregistered


@dataclass(frozen=True)
class Line:
    """Words, what waits, and where it is listed: a model with the filter of its list."""

    title: str
    help: str
    rows: QuerySet[Any, Any] | int
    model: type[Any]
    filters: dict[str, object]


def lines(user: User, today: date) -> list[Line]:
    """The lines for `user`; not counted yet."""
    found: list[Line] = []
    if register_rules.may_confirm(user):
        waiting = Withholding.objects.to_confirm(user)
        advice = "核对公开属性、依据和理由，确实不能主动公开的，确认后报县政府办公室。"
        found.append(Line("等我确认的备案", advice, waiting, Withholding, {"todo": "confirm"}))
    if register_rules.keeps_the_registers(user):
        found += _of_office(user)
    if register_rules.may_file(user):
        found += _of_clerk(user)
    if register_rules.may_recheck(user):
        found += _rechecks(user, today)
    return found


def _of_office(user: User) -> list[Line]:
    filings = Withholding.objects.to_accept(user)
    papers = Registration.objects.in_scope_of(user).handed_in()
    return [
        Line(
            "等县政府办公室备案的",
            "逐件核对依据和理由，同意就备案，不同意就写明意见退回。",
            filings,
            Withholding,
            {"todo": "accept"},
        ),
        Line(
            "等受理的报审登记",
            "材料齐全的受理，不齐的退文，写明原因。",
            papers,
            Registration,
            {"todo": "handed_in"},
        ),
    ]


def _of_clerk(user: User) -> list[Line]:
    documents = Document.objects.in_scope_of(user)
    registrations = Registration.objects.in_scope_of(user)
    return [
        Line(
            "要报备案的文件",
            "依申请公开、不予公开的文件要备案；退回的，看意见改好再报。",
            unfiled(documents),
            Document,
            {"register": "unfiled"},
        ),
        Line(
            "退文要补的报审登记",
            "看退文意见，补齐材料后重新报审。",
            registrations.returned(),
            Registration,
            {"todo": "returned"},
        ),
        Line(
            "已受理、要转为文件的报审登记",
            "打开后点「转为文件草稿」，接着办理发文和公开。",
            registrations.to_draft(),
            Registration,
            {"todo": "draft"},
        ),
        Line(
            "没有报审登记的政策文件",
            "政策文件发文以前要报审登记：送审稿、解读稿、起草说明和合法性审查意见一起报。",
            unregistered(documents),
            Document,
            {"register": "unregistered"},
        ),
    ]


def _rechecks(user: User, today: date) -> list[Line]:
    rows = Withholding.objects.in_scope_of(user)
    services.refresh_publish_due()
    due = list(rows.to_publish().values_list("publish_due_on", flat=True))
    late = sum(day < today for day in due if day)
    late_words = f"其中 {late} 件已经过期。" if late else ""
    return [
        Line(
            "到期要复核的不公开文件",
            "不主动公开的每年复核一次：维持的写明理由，情况变了的转为公开。",
            rows.to_recheck(today),
            Withholding,
            {"todo": "recheck"},
        ),
        Line(
            "转为主动公开、还没有公开的文件",
            f"转为主动公开后二十个工作日内要公开，请送审。{late_words}",
            len(due),
            Withholding,
            {"todo": "publish"},
        ),
    ]
