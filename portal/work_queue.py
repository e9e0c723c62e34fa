"""今天要办: what waits for a member of staff, what is missing in the own scope, each with its list.

Every task is a set of admin list filters: the same filters count it and stand in its link, so the number
on the first page is the number of rows behind it. All are counted in one query.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib.admin import site
from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils import timezone

from agencies import rules
from agencies.kinds import ANSWERS_REQUESTS
from agencies.models import Agency, User
from catalog.models import Adjustment, Item, Law
from disclosure import rules as filing_rules
from disclosure import services
from disclosure.models import Coverage, Document, ErrorReport, FilingBatch, NoticeBatch, Purge, warn_days
from disclosure.register_querysets import not_on_file
from disclosure.states import BatchState, Publication, PurgeState
from interpretation.models import Interpretation
from portal import register_queue, signatures
from portal.counting import count_together
from portal.search import rules as search_rules
from portal.search.models import Want
from workdays.models import CalendarYear

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

#: From this month on the notice for the next year is awaited (it came in October or November so far).
NOTICE_MONTH = 10


@dataclass(frozen=True)
class Task:
    """Things of one kind that wait: how many, where they are listed, what to do about them."""

    title: str
    help: str
    count: int
    url: str


@dataclass(frozen=True)
class Waiting:
    """A task before it is counted: `rows` is what waits, or a number that is known already."""

    title: str
    help: str
    rows: QuerySet[Any, Any] | int
    url: str


@dataclass(frozen=True)
class Section:
    """A heading of the first page; `empty` is what it says when nothing waits."""

    key: str
    title: str
    empty: str
    tasks: list[Task] = field(default_factory=list)

    @property
    def open_tasks(self) -> list[Task]:
        """Those with something in them."""
        return [task for task in self.tasks if task.count]


def queue_for(user: User | AnonymousUser, today: date | None = None) -> list[Section]:
    """Return the sections of the first page for `user`; one without any task is left out."""
    if not rules.is_active_staff(user) or not isinstance(user, User):
        return []
    today = today or timezone.localdate()
    sections = [
        ("mine", "等我办", "没有等您办的事。", _mine(user) + _registers(user, today)),
        ("sent", "我交出去的", "没有等别人办的事。", _sent(user)),
        ("coverage", "目录里该公开的", "目录里该公开的都公开了。", _coverage(user)),
        ("missing", "还缺什么", "该有的都有了。", _missing(user, today)),
    ]
    counts = iter(count_together([line.rows for *_, lines in sections for line in lines]))
    return [
        Section(key, title, empty, [Task(line.title, line.help, next(counts), line.url) for line in lines])
        for key, title, empty, lines in sections
        if lines
    ]


def list_url(model: type[Model], filters: Mapping[str, object]) -> str:
    """Return the address of the admin's list of `model` under `filters`."""
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    plain = {name: int(value) if isinstance(value, bool) else value for name, value in filters.items()}
    return f"{address}?{urlencode(plain)}" if plain else address


def _task(user: User, model: Any, title: str, advice: str, filters: Mapping[str, object]) -> Waiting:
    rows = model.objects.in_scope_of(user).filter(**filters)
    return Waiting(title, advice, rows, list_url(model, filters))


def _drafts(user: User, model: Any, title: str, filters: Mapping[str, object]) -> Waiting:
    """The user's drafts; a document that is on file (备案) is a draft for ever and asks for nothing."""
    if model is not Document:
        return _task(user, model, title, "写好后提交审核。", filters)
    rows = not_on_file(Document.objects.in_scope_of(user).filter(**filters))
    url = list_url(Document, {**filters, "register": "loose"})
    return Waiting(title, "写好后提交审核。", rows, url)


def _mine(user: User) -> list[Waiting]:
    tasks = []
    for model, word in ((Document, "文件"), (Interpretation, "解读")):
        app, name = model._meta.app_label, model._meta.model_name
        if not site.is_registered(model):
            continue
        if user.has_perm(f"{app}.change_{name}"):
            own = {"status__exact": Publication.DRAFT.value, "created_by__exact": user.pk}
            tasks += [
                _task(
                    user,
                    model,
                    f"退回给我修改的{word}",
                    "打开看审核意见，改好后重新提交。",
                    {**own, "remarks__gt": ""},
                ),
                _drafts(user, model, f"我的{word}草稿", {**own, "remarks__exact": ""}),
            ]
        if user.has_perm(f"{app}.approve_{name}"):
            today = timezone.localdate()
            waiting = model.objects.waiting_for(user, today)
            advice = "逐件核对，同意就交下一步或签发公开，不同意就写明意见退回。"
            tasks.append(Waiting(f"等我审核的{word}", advice, waiting, list_url(model, {"waiting": "me"})))
            advice = "有人在等：同意就交下一步，不同意就退回，不能办的登记代理人。"
            for title, mine, queue in (
                (f"等我审核、到期限的{word}", waiting.due_in_review(today), "me_late"),
                (f"等我审核、有人催的{word}", waiting.asked_for(), "me_asked"),
            ):
                tasks.append(Waiting(title, advice, mine, list_url(model, {"waiting": queue})))
            late = model.objects.in_scope_of(user).overdue_in_review(today)
            advice = "看看等在谁那里，提醒一声；本人不在的，可以登记代理人。"
            tasks.append(Waiting(f"审核超过期限的{word}", advice, late, list_url(model, {"waiting": "late"})))
    if site.is_registered(ErrorReport) and filing_rules.may_answer_reports(user):
        rows, today = ErrorReport.objects.in_scope_of(user), timezone.localdate()
        advice = "读者说网页有差错：三个工作日内核对处理，留了联系方式的请回复。"
        url = list_url(ErrorReport, {"todo": "waiting"})
        tasks.append(Waiting("读者的网页纠错，等处理", advice, rows.waiting(), url))
        late_url = list_url(ErrorReport, {"todo": "late"})
        tasks.append(Waiting("超过期限的网页纠错", advice, rows.overdue(today), late_url))
    tasks += _purges(user)
    if filing_rules.may_decide_offline(user):
        for model, word in ((Document, "文件"), (Interpretation, "解读")):
            filters = {"status__exact": Publication.OFFLINE.value}
            advice = "核对后恢复公开（须由另一位同事），或者写明公开的原因转为撤下。"
            tasks.append(_task(user, model, f"紧急下线、等决定的{word}", advice, filters))
    return tasks + _batches(user) + _signatures(user) + _adjustments(user) + _wants(user)


def _batches(user: User) -> list[Waiting]:
    """批量发布: those to hand in, and those to sign."""
    tasks = []
    if user.has_perm("disclosure.add_noticebatch"):
        own = {"state__exact": BatchState.COLLECTING.value, "created_by__exact": user.pk}
        tasks.append(_task(user, NoticeBatch, "我还没提交的批次", "核对好了整批提交。", own))
    if user.has_perm("disclosure.approve_document"):
        waiting = {"state__exact": BatchState.SUBMITTED.value}
        advice = "逐条核对，不行的剔除，其余整批签发。"
        tasks.append(_task(user, NoticeBatch, "等审核签发的批次", advice, waiting))
    return tasks


def _wants(user: User) -> list[Waiting]:
    """What people look for and 县政府办公室 has passed on."""
    if not (site.is_registered(Want) and search_rules.may_see_wants(user)):
        return []
    advice = "群众在网站上搜、没有找到的：请补充公开，或者说明为什么没有。"
    waiting = Want.objects.in_scope_of(user).waiting()
    return [Waiting("大家在找、待补的内容", advice, waiting, list_url(Want, {"todo": "waiting"}))]


def _signatures(user: User) -> list[Waiting]:
    """What was signed in the user's name, and what its signers disowned."""
    tasks = []
    address = reverse("admin:signed_for_me")
    if filing_rules.may_review(user):
        advice = "手机上或纸上以您的名义办的审签：看一看，确认是您签的。"
        tasks.append(Waiting("以我的名义签过的", advice, signatures.to_be_confirmed(user), address))
    if filing_rules.may_decide_offline(user):
        advice = "签字人登录后说不是自己办的，请马上核实，需要的话先紧急下线。"
        rows = signatures.disowned(user)
        tasks.append(Waiting("本人说不是自己签的审签", advice, rows, f"{address}?of=others"))
    return tasks


def _registers(user: User, today: date) -> list[Waiting]:
    """备案, 年度复核 and 报审登记."""
    return [
        Waiting(line.title, line.help, line.rows, list_url(line.model, line.filters))
        for line in register_queue.lines(user, today)
    ]


def _purges(user: User) -> list[Waiting]:
    """封存清除 that waits for a second person, and the backups that still hold what was purged."""
    if not (filing_rules.may_purge(user) and site.is_registered(Purge)):
        return []
    proposed = Purge.objects.filter(state=PurgeState.PROPOSED).exclude(proposed_by=user)
    waiting = Waiting(
        "等我确认的封存清除",
        "另一位同事提出的：核对决定原件，再确认或者取消。",
        proposed,
        list_url(Purge, {"state__exact": PurgeState.PROPOSED.value}),
    )
    dirty = Purge.objects.filter(backups__cleaned_on=None, state=PurgeState.DONE).distinct()
    backups = Waiting(
        "备份没有清理完的封存清除",
        "备份里仍有清除以前的内容，清理以后在清单里登记。",
        dirty,
        list_url(Purge, {"state__exact": PurgeState.DONE.value}),
    )
    return [waiting, backups]


def _adjustments(user: User) -> list[Waiting]:
    """目录调整 (动态调整) that wait for the user's word."""
    rows, tasks = Adjustment.objects, []
    queues = [
        (
            "catalog.pass_adjustment",
            "lead",
            "等我们牵头审核的目录调整",
            "逐项核对，同意的报县政府办公室，不同意的写明理由退回。",
            rows.waiting_for_lead(user),
        ),
        (
            "catalog.approve_adjustment",
            "office",
            "等县政府办公室批准的目录调整",
            "逐项核对原来和调整后的内容，定下生效日期。",
            rows.waiting_for_approval(user),
        ),
        (
            "catalog.approve_adjustment",
            "stuck",
            "到期没有写入的目录调整",
            "批准以后事项又有变化。打开看原因，退回由提出单位重新提出。",
            rows.stuck(user, timezone.localdate()),
        ),
    ]
    for permission, queue, title, advice, waiting in queues:
        if site.is_registered(Adjustment) and user.has_perm(permission):
            tasks.append(Waiting(title, advice, waiting, list_url(Adjustment, {"waiting": queue})))
    return tasks


def _sent(user: User) -> list[Waiting]:
    tasks = []
    answers = user.has_perm("disclosure.change_document") or user.has_perm("disclosure.approve_document")
    if site.is_registered(Document) and answers:
        filters: dict[str, object] = {"status__exact": Publication.SCHEDULED.value, "remarks__gt": ""}
        advice = "打开看原因：解决了，一两分钟内自动公开；要改内容的，先暂缓公开，改好再重新提交。"
        stuck = _task(user, Document, "到时没有公开的文件", advice, filters)
        tasks.append(Waiting(stuck.title, advice, stuck.rows, list_url(Document, {"waiting": "stuck"})))
    for model, word in ((Document, "文件"), (Interpretation, "解读")):
        may_write = user.has_perm(f"{model._meta.app_label}.change_{model._meta.model_name}")
        if site.is_registered(model) and may_write:
            filters = {"status__exact": Publication.SUBMITTED.value, "submitted_by__exact": user.pk}
            advice = "等审核人处理。急的话打开它点「催办」，或者请领导在手机上、纸上审签。"
            tasks.append(_task(user, model, f"我提交的{word}，等审核", advice, filters))
    if site.is_registered(Adjustment) and user.has_perm("catalog.add_adjustment"):
        proposed = Adjustment.objects.proposed_and_waiting(user)
        advice = "等牵头单位审核、县政府办公室批准，或者等到生效日期。"
        url = list_url(Adjustment, {"waiting": "sent"})
        tasks.append(Waiting("我提出的目录调整，还没办完", advice, proposed, url))
    return tasks


def _missing(user: User, today: date) -> list[Waiting]:
    tasks = []
    answers_for_documents = ("disclosure.change_document", "disclosure.approve_document")
    if site.is_registered(Document) and any(map(user.has_perm, answers_for_documents)):
        filters: dict[str, object] = {
            "status__exact": Publication.PUBLISHED.value,
            "is_policy__exact": True,
            "no_interpretation_reason__exact": "",
            "interpretations__isnull": True,
        }
        advice = "政策文件须与解读同步公开：请补写解读并关联，或者写明不作解读的理由。"
        tasks.append(_task(user, Document, "已公开、没有解读的政策文件", advice, filters))
    if site.is_registered(Document) and any(map(user.has_perm, answers_for_documents)):
        days = warn_days()
        ending = Document.objects.in_scope_of(user).ending(today, days)
        advice = "请评估：要继续执行的，发文延长或者重新公布；不用了的，登记废止或者让它到期失效。"
        url = list_url(Document, {"validity": "ending"})
        tasks.append(Waiting(f"{days}天内有效期到期的文件", advice, ending, url))
    if site.is_registered(FilingBatch) and filing_rules.may_file(user):
        advice = "多年的旧文件还没有归到目录事项：打开归类页面，系统给出建议，用键盘一次处理两百件。"
        unfiled = Document.objects.in_scope_of(user).unfiled()
        tasks.append(Waiting("没有归类的文件", advice, unfiled, list_url(FilingBatch, {})))
    if site.is_registered(Item) and user.has_perm("catalog.change_item"):
        filters = {"retired_on__isnull": True, "subject__gt": "", "agencies__isnull": True}
        advice = "公开主体写的是「县级民政部门」这类说法，要对应到具体单位，群众才知道找谁。"
        tasks.append(_task(user, Item, "公开主体没有对应到单位的事项", advice, filters))
    if site.is_registered(Law) and user.has_perm("catalog.change_item"):
        leaning = Item.objects.in_scope_of(user).in_force().leaning_on(Law.objects.fallen())
        advice = "请核对现行的依据，逐项提出调整；核对后仍然适用的，请县政府办公室改为「现行有效」。"
        fallen = reverse("admin:catalog_law_fallen")
        tasks.append(Waiting("依据已废止或已修改的事项", advice, leaning, fallen))
    if rules.may_change_agencies(user):
        filters = {
            "active_to__isnull": True,
            "phone__exact": "",
            "kind__in": ",".join(sorted(ANSWERS_REQUESTS)),
        }
        silent = Agency.objects.filter(active_to__isnull=True, phone="", kind__in=ANSWERS_REQUESTS)
        advice = "公开指南须写明联系电话（条例第十二条）。"
        tasks.append(Waiting("没有公开电话的单位", advice, silent, list_url(Agency, filters)))
    if rules.may_manage_users(user):
        filters = {"is_active__exact": True, "groups__isnull": True}
        advice = "这些人登录后什么也办不了，请安排角色；不再需要的请停用。"
        tasks.append(_task(user, User, "没有角色的用户", advice, filters))
    if user.has_perm("workdays.change_calendaryear"):
        tasks.append(_missing_calendar(today))
    return tasks


#: Items reckoned anew before the first page counts; what is more, the worker does within minutes.
RECKONED_AT_ONCE = 500
_COVERAGE = (
    (
        "overdue",
        "已过期限的事项",
        "请尽快公开；没有产生的声明本年未产生，在别处公开的登记网址。只有工作人员看得到。",
    ),
    ("due", "即将到期的事项", "十个工作日内要公开。"),
    ("ask", "声明到期、要再确认的事项", "上次声明的时间已过：仍没有产生的再声明一次，有了的请起草。"),
    ("never", "从未公开的事项", "目录里有、网站上没有：请逐项起草、声明未产生，或登记在哪个平台公开。"),
    ("dead", "外部链接打不开的事项", "登记的网址连续三天打不开，请换成新的。"),
)


def _coverage(user: User) -> list[Waiting]:
    if not (site.is_registered(Coverage) and filing_rules.may_speak(user)):
        return []
    services.refresh_stale(Item.objects.in_scope_of(user).in_force(), limit=RECKONED_AT_ONCE)
    counts = Coverage.objects.in_scope_of(user).in_force().counts_of_tasks()
    return [
        Waiting(title, advice, counts[key], list_url(Coverage, {"todo": key}))
        for key, title, advice in _COVERAGE
    ]


def _missing_calendar(today: date) -> Waiting:
    wanted = [today.year] + ([today.year + 1] if today.month >= NOTICE_MONTH else [])
    known = set(CalendarYear.objects.filter(year__in=wanted).values_list("year", flat=True))
    missing = [str(year) for year in wanted if year not in known]
    return Waiting(
        f"缺 {'、'.join(missing)} 年工作日历" if missing else "工作日历",
        "国务院办公厅放假通知发布后请及时粘贴；没有它，落在那一年的期限都只能显示为暂定。",
        len(missing),
        reverse("admin:workdays_calendaryear_changelist"),
    )
