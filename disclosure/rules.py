"""Who may do what with a document or an interpretation: predicates (user, thing) -> bool.

A predicate looks at role, scope and state; what the thing still lacks is the services' matter. The same
predicates serve both rooms, since both things walk the same way (`disclosure.states.MOVES`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from django.utils import timezone

from agencies.roles import ADMINISTRATOR, CLERK, DUTY, OFFICE, REVIEWER, Role, has_role, sees_whole_county
from disclosure.register_states import BINDING, NOT_PROACTIVE
from disclosure.states import MOVES, Publication

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from agencies.models import Agency, User
    from catalog.models import Item
    from disclosure.models import ErrorReport, Publishable, Withholding

    Person = User | AnonymousUser
    Rule = Callable[[Person, Publishable], bool]


def covers(user: Person, agency: Agency) -> bool:
    """Tell whether `agency` lies in the user's scope: `ScopedQuerySet.in_scope_of` for one row."""
    if not (user.is_authenticated and user.is_active and user.is_staff):
        return False
    if sees_whole_county(user):
        return True
    return user.agency is not None and agency.path.startswith(user.agency.path)


def _acts(user: Person, thing: Publishable, *roles: Role) -> bool:
    return has_role(user, *roles) and covers(user, thing.agency)


def can_view(user: Person, thing: Publishable) -> bool:
    """Whoever has the thing in scope may read it in the back office, preview and history included."""
    return covers(user, thing.agency)


def can_create(user: Person, agency: Agency) -> bool:
    """经办人 and 县政府办公室 draft for agencies in their scope."""
    return has_role(user, CLERK, OFFICE) and covers(user, agency)


def can_edit(user: Person, thing: Publishable) -> bool:
    """A draft is free to edit; what is under review or on file is not: it would change under others' eyes."""
    return (
        thing.status == Publication.DRAFT and _acts(user, thing, CLERK, OFFICE) and not stands_as_filed(thing)
    )


def filing_of(thing: Publishable) -> Withholding | None:
    """The filing (备案) of a document; None for any other thing and for one that was never handed in."""
    return getattr(thing, "withholding", None)


def stands_as_filed(thing: Publishable) -> bool:
    """Whether the words stand still because their filing (备案) is under way or done. Asks the database only
    where the openness makes it possible."""
    if getattr(thing, "openness", "") not in NOT_PROACTIVE:
        return False
    filing = filing_of(thing)
    return filing is not None and filing.state in BINDING


def can_correct(user: Person, thing: Publishable) -> bool:
    """Metadata of something public may be corrected, with a reason; title and body may not."""
    return thing.status == Publication.PUBLISHED and _acts(user, thing, CLERK, OFFICE)


def can_start_correction(user: Person, thing: Publishable) -> bool:
    """Draft a correction (更正稿) of the words of something public: it walks the review like any draft."""
    return thing.status == Publication.PUBLISHED and _acts(user, thing, CLERK, OFFICE)


def can_close_version(user: Person, thing: Publishable) -> bool:
    """Close an earlier version of what was public (原版本不再公开): whoever may take the whole offline."""
    once_public = {Publication.PUBLISHED, Publication.WITHDRAWN, Publication.OFFLINE, Publication.MERGED}
    return thing.status in once_public and _acts(user, thing, *ROLES_OF_MOVE["take_offline"])


def can_merge(user: Person, thing: Publishable) -> bool:
    """县政府办公室 makes two postings of the same document one (合并), or undoes that."""
    return thing.status in {Publication.PUBLISHED, Publication.MERGED} and _acts(user, thing, OFFICE)


def may_purge(user: Person) -> bool:
    """Propose or confirm a sealed purge (封存清除): 县政府办公室 and 系统管理员, two different persons."""
    return bool(user.is_active) and (bool(user.is_superuser) or has_role(user, OFFICE, ADMINISTRATOR))


def may_keep_record_settings(user: Person) -> bool:
    """How long before its end a document is shown as ending: it holds for the whole county."""
    return bool(user.is_active) and (bool(user.is_superuser) or has_role(user, OFFICE))


def can_submit(user: Person, thing: Publishable) -> bool:
    """Hand a draft to the reviewer."""
    return _from(thing, "submit") and _acts(user, thing, CLERK, OFFICE)


def can_sign(user: Person, thing: Publishable, on: date | None = None) -> bool:
    """Do the step of review that waits (三审, 保密审查): none of those who drafted, changed or submitted the
    thing or signed an earlier step (DOMAIN §6.7); whoever is appointed to it, or deputises."""
    return (
        thing.status == Publication.SUBMITTED
        and _acts(user, thing, REVIEWER, OFFICE)
        and not had_a_hand_in(user, thing)
        and user.pk not in thing.signer_ids
        and stands_in(user, thing, on) is not None
    )


def stands_in(user: Person, thing: Publishable, on: date | None = None) -> frozenset[int] | None:
    """For whom the user does the waiting step: nobody (an empty set) by an appointment of his or her own or
    where nobody is appointed; the absent ones as their deputy today; None where it is others' to do."""
    posts = thing.agency.review_posts.model.objects.of(thing)
    appointed = set(posts.values_list("user", flat=True)) if thing.waiting_level else set()
    if not appointed or user.pk in appointed:
        return frozenset()
    if not user.is_authenticated:
        return None
    day = on or timezone.localdate()
    absent = user.deputises_for.filter(first_day__lte=day, last_day__gte=day, user__in=appointed)
    return frozenset(absent.values_list("user", flat=True)) or None


def can_hand_on(user: Person, thing: Publishable) -> bool:
    """Bring the waiting step to whoever does it elsewhere: link to the phone, forms, signed scan,
    reminder (催办). Whoever hands on signs nothing by it."""
    waits = thing.status == Publication.SUBMITTED and bool(thing.waiting_level)
    return waits and _acts(user, thing, CLERK, REVIEWER, OFFICE)


def can_certify(user: Person, thing: Publishable) -> bool:
    """Freeze what is public as a 公开凭证."""
    return thing.status == Publication.PUBLISHED and _acts(user, thing, CLERK, REVIEWER, OFFICE)


def can_agree(user: Person, thing: Publishable) -> bool:
    """Agree to a step that is not the last: the next one waits then."""
    return _from(thing, "agree") and not thing.is_at_last_step and can_sign(user, thing)


def can_approve(user: Person, thing: Publishable) -> bool:
    """Do the last step (终审签发), which publishes."""
    return _from(thing, "approve") and thing.is_at_last_step and can_sign(user, thing)


def can_hold(user: Person, thing: Publishable) -> bool:
    """Stop what is to go out at a set minute (暂缓公开): it is a draft again. Anyone concerned may."""
    return _from(thing, "hold") and _acts(user, thing, CLERK, REVIEWER, OFFICE)


def had_a_hand_in(user: Person, thing: Publishable) -> bool:
    """Tell whether `user` drafted, changed or submitted the thing: another pair of eyes has to approve it."""
    return user.pk in {thing.created_by_id, thing.submitted_by_id, *thing.editor_ids}


def can_recall(user: Person, thing: Publishable) -> bool:
    """Whoever submitted takes it back (收回) while nobody has decided: no remarks, it is one's own."""
    return _from(thing, "recall") and user.pk == thing.submitted_by_id and _acts(user, thing, CLERK, OFFICE)


def can_send_back(user: Person, thing: Publishable) -> bool:
    """A reviewer sends back, with remarks (退回修改)."""
    return _from(thing, "send_back") and _acts(user, thing, REVIEWER, OFFICE)


def can_withdraw(user: Person, thing: Publishable) -> bool:
    """A reviewer takes something public down, alone: a mistake must not wait for a second person. What was
    taken offline is 县政府办公室's to decide."""
    return _from(thing, "withdraw") and _acts(user, thing, *roles_of("withdraw", thing))


def can_take_offline(user: Person, thing: Publishable) -> bool:
    """紧急下线: whoever is on duty, alone and at once."""
    return _from(thing, "take_offline") and _acts(user, thing, *ROLES_OF_MOVE["take_offline"])


def can_restore(user: Person, thing: Publishable) -> bool:
    """县政府办公室 puts back what was taken offline, by another person than did it."""
    return _from(thing, "restore") and user.pk != thing.offline_by_id and _acts(user, thing, OFFICE)


def may_take_offline(user: Person) -> bool:
    """Whether the user's role takes anything offline at all."""
    return bool(user.is_active) and has_role(user, *ROLES_OF_MOVE["take_offline"])


def may_decide_offline(user: Person) -> bool:
    """Whether the user decides what becomes of it: 县政府办公室."""
    return bool(user.is_active) and has_role(user, OFFICE)


def can_delete(user: Person, thing: Publishable) -> bool:
    """Drafts only, and only those that never were public: nothing else is ever deleted."""
    return can_edit(user, thing) and thing.published_at is None


def can_copy(user: Person, thing: Publishable) -> bool:
    """Start a new draft from this one: the way to correct the text of what was withdrawn. Words that had to
    vanish at once are not spread before it is decided what becomes of them."""
    kept = {Publication.OFFLINE, Publication.PURGED, Publication.APPLIED}
    return thing.status not in kept and _acts(user, thing, CLERK, OFFICE)


def _from(thing: Publishable, move: str) -> bool:
    return thing.status in MOVES[move].sources


#: Rule and role of each move, for services and buttons.
OF_MOVE: dict[str, Rule] = {
    "submit": can_submit,
    "recall": can_recall,
    "send_back": can_send_back,
    "agree": can_agree,
    "approve": can_approve,
    "schedule": can_approve,
    "hold": can_hold,
    "withdraw": can_withdraw,
    "take_offline": can_take_offline,
    "restore": can_restore,
}
ROLES_OF_MOVE: dict[str, tuple[Role, ...]] = {
    "submit": (CLERK, OFFICE),
    "recall": (CLERK, OFFICE),
    "send_back": (REVIEWER, OFFICE),
    "agree": (REVIEWER, OFFICE),
    "approve": (REVIEWER, OFFICE),
    "schedule": (REVIEWER, OFFICE),
    "hold": (CLERK, REVIEWER, OFFICE),
    "withdraw": (REVIEWER, OFFICE),
    "take_offline": (DUTY, REVIEWER, OFFICE),
    "restore": (OFFICE,),
}


def roles_of(move: str, thing: Publishable) -> tuple[Role, ...]:
    """The roles that make this move with the thing as it stands."""
    if move == "withdraw" and thing.status == Publication.OFFLINE:
        return (OFFICE,)
    return ROLES_OF_MOVE[move]


def may_review(user: Person) -> bool:
    """Whether the user's role reviews at all: 审核人 and 县政府办公室."""
    return bool(user.is_active) and has_role(user, REVIEWER, OFFICE)


def may_arrange_review(user: Person) -> bool:
    """Keep routes, posts and deputies (审核流程, 岗位, 代理): they hold for the whole county."""
    return bool(user.is_active) and (bool(user.is_superuser) or has_role(user, OFFICE, ADMINISTRATOR))


def may_keep_wrong_words(user: Person) -> bool:
    """Keep the table of common wrong expressions (常见错误表述), which holds for the whole county."""
    return bool(user.is_active) and (bool(user.is_superuser) or has_role(user, OFFICE))


def may_import_archive(user: Person) -> bool:
    """Take over what was public elsewhere (存量导入), perhaps public at once: 县政府办公室 alone."""
    return bool(user.is_active) and (bool(user.is_superuser) or has_role(user, OFFICE))


def may_speak(user: Person) -> bool:
    """Whether the user's role says anything of items at all: 经办人 and 县政府办公室."""
    return has_role(user, CLERK, OFFICE)


def can_speak_for(user: Person, item: Item) -> bool:
    """Say of an item in force that nothing arose, or that it is published elsewhere: 经办人 of its agency."""
    return item.retired_on is None and may_speak(user) and covers(user, item.agency)


def may_file(user: Person) -> bool:
    """File documents of the backlog (归类): 经办人 and 县政府办公室, each document by `can_correct`."""
    return has_role(user, CLERK, OFFICE)


def may_undo_filing_of_others(user: Person) -> bool:
    """县政府办公室 takes back what somebody else filed."""
    return has_role(user, OFFICE)


def can_record_use(user: Person, thing: Publishable, *, public: bool = True) -> bool:
    """Take a public text to other outlets and record it (一稿多出); with `public=False`, whether the role and
    scope suffice whatever the state."""
    if public and thing.status != Publication.PUBLISHED:
        return False
    return _acts(user, thing, CLERK, REVIEWER, OFFICE)


def may_answer_reports(user: Person) -> bool:
    """Whether the user's role answers reports of errors (网页纠错) at all."""
    return bool(user.is_active) and has_role(user, CLERK, REVIEWER, OFFICE)


def can_answer_report(user: Person, report: ErrorReport) -> bool:
    """Close a report, or hand it over: staff of the agency in whose queue it lies, or above it."""
    return may_answer_reports(user) and covers(user, report.agency)
