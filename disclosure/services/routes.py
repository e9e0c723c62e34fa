"""Who reviews: routes (审核流程), posts (审核岗位), deputies (代理)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from agencies.models import Agency, User
from disclosure import rules
from disclosure.models import Deputy, ReviewPost, ReviewRoute
from disclosure.services import publication
from disclosure.services.errors import NotAllowed
from disclosure.states import Lane, ReviewLevel


def keep_route(
    *,
    agency: Agency | None,
    lane: Lane,
    levels: Sequence[str],
    days: int,
    by: User,
    link_days: int | None = None,
) -> ReviewRoute:
    """Set the steps of a lane, for an agency or (None) the county. What is under review goes on as it began.
    `link_days`: how long a link to the phone holds; None leaves it as it is.

    Raises NotAllowed: without the right; for steps that do not end with 终审签发, stand twice, or leave
    policy papers (政策文件) of the county without 保密审查 as a step.
    """
    with publication.act(by=by, action="keep_route"):
        _require(by)
        wanted = [str(level) for level in levels]
        if not wanted or wanted[-1] != ReviewLevel.FINAL:
            raise NotAllowed("审核流程须以终审签发结束。")
        if len(set(wanted)) != len(wanted):
            raise NotAllowed("同一步骤不能写两次。")
        if agency is None and lane == Lane.POLICY and ReviewLevel.SECRECY not in wanted:
            raise NotAllowed("全县的政策文件流程须有保密审查一步（条例第十七条）。")
        route = ReviewRoute.objects.select_for_update(of=("self",)).filter(agency=agency, lane=lane).first()
        route = route or ReviewRoute(agency=agency, lane=lane)
        route.levels, route.days = wanted, days
        route.link_days = route.link_days if link_days is None else link_days
        return publication.stored(route)


def drop_route(*, route: ReviewRoute, by: User) -> None:
    """An agency goes by the county's route again. Raises NotAllowed for the county's own."""
    with publication.act(by=by, action="drop_route"):
        _require(by)
        if route.agency_id is None:
            raise NotAllowed("全县的审核流程不能删除，可以修改。")
        ReviewRoute.objects.filter(pk=route.pk).delete()


def appoint(*, agency: Agency, level: ReviewLevel, user: User, by: User) -> ReviewPost:
    """Put someone in charge of a step in an agency (and its villages). Raises NotAllowed."""
    with publication.act(by=by, action="appoint"):
        _require(by)
        if not rules.may_review(user) or not rules.covers(user, agency):
            raise NotAllowed(f"{user}不是管理「{agency.name}」的审核人，请先安排角色和单位。")
        return publication.stored(ReviewPost(agency=agency, level=level, user=user))


def dismiss(*, post: ReviewPost, by: User) -> None:
    """Take an appointment back. Raises NotAllowed."""
    with publication.act(by=by, action="dismiss"):
        _require(by)
        ReviewPost.objects.filter(pk=post.pk).delete()


def appoint_deputy(
    *, user: User, deputy: User, first_day: date, last_day: date, reason: str, by: User
) -> Deputy:
    """Let someone stand in for an absent reviewer, both days included: 县政府办公室, an administrator, or the
    reviewer. Raises NotAllowed."""
    with publication.act(by=by, action="appoint_deputy"):
        if by.pk != user.pk:
            _require(by)
        if not rules.may_review(deputy):
            raise NotAllowed(f"{deputy}没有审核人的角色，不能代理。")
        return publication.stored(
            Deputy(
                user=user,
                deputy=deputy,
                first_day=first_day,
                last_day=last_day,
                reason=reason.strip()[:100],
            )
        )


def end_deputy(*, row: Deputy, by: User) -> None:
    """Take a deputy back. What he or she signed stays. Raises NotAllowed."""
    with publication.act(by=by, action="end_deputy"):
        if by.pk != row.user_id:
            _require(by)
        Deputy.objects.filter(pk=row.pk).delete()


def _require(by: User) -> None:
    if not rules.may_arrange_review(by):
        raise NotAllowed("审核流程和岗位由县政府办公室或系统管理员安排。")
