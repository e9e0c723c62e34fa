"""Who may do what in the two registers (备案, 报审登记), and what a registration still lacks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from agencies.roles import CLERK, OFFICE, REVIEWER, Role, has_role
from disclosure.register_states import (
    FILING_MOVES,
    NOT_PROACTIVE,
    REGISTRATION_MOVES,
    Legality,
    PaperRole,
    ReturnReason,
)
from disclosure.rules import covers, filing_of, had_a_hand_in
from disclosure.states import Publication

if TYPE_CHECKING:
    from disclosure.models import Document, Registration
    from disclosure.rules import Person

FILING_ROLES: dict[str, tuple[Role, ...]] = {
    "submit": (CLERK, OFFICE),
    "recall": (CLERK, OFFICE),
    "confirm": (REVIEWER, OFFICE),
    "accept": (OFFICE,),
    "send_back": (REVIEWER, OFFICE),
    "recheck": (CLERK, REVIEWER, OFFICE),
}
REGISTRATION_ROLES: dict[str, tuple[Role, ...]] = {
    "submit": (CLERK, OFFICE),
    "recall": (CLERK, OFFICE),
    "accept": (OFFICE,),
    "send_back": (OFFICE,),
    "open_document": (CLERK, OFFICE),
}


# 备案


def filing_state(document: Document) -> str:
    """The state of its filing, empty before the first submission."""
    filing = filing_of(document)
    return filing.state if filing else ""


def can_move_filing(move: str, user: Person, document: Document) -> bool:
    """Make this move with the filing of the document: role, scope, state, another person at each step."""
    return (
        document.openness in NOT_PROACTIVE
        and document.status == Publication.DRAFT
        and filing_state(document) in FILING_MOVES[move].sources
        and has_role(user, *FILING_ROLES[move])
        and covers(user, document.agency)
        and not had_a_part(move, user, document)
    )


def had_a_part(move: str, user: Person, document: Document) -> bool:
    """Whether the user is one of those who must not make this move: who drafted or changed the document or
    handed it in confirms nothing and files nothing; who confirmed does not file; others' is not recalled."""
    filing = filing_of(document)
    if filing is None:
        return False
    if move == "recall":
        return user.pk != filing.submitted_by_id
    if move == "confirm":
        return user.pk == filing.submitted_by_id or had_a_hand_in(user, document)
    if move == "accept":
        return user.pk in {filing.submitted_by_id, filing.confirmed_by_id} or had_a_hand_in(user, document)
    return False


def may_recheck(user: Person) -> bool:
    """Whether the user's role re-checks at all."""
    return bool(user.is_active) and has_role(user, *FILING_ROLES["recheck"])


def may_file(user: Person) -> bool:
    """Whether the user hands in filings and registrations at all: 经办人 and 县政府办公室."""
    return bool(user.is_active) and has_role(user, *FILING_ROLES["submit"])


def may_confirm(user: Person) -> bool:
    """Whether the user confirms filings at all."""
    return bool(user.is_active) and has_role(user, *FILING_ROLES["confirm"])


def keeps_the_registers(user: Person) -> bool:
    """县政府办公室 files, accepts and returns."""
    return bool(user.is_active) and has_role(user, OFFICE)


# 报审登记


def can_edit_registration(user: Person, registration: Registration) -> bool:
    """Change it while it is in the agency's hands."""
    return (
        registration.state in REGISTRATION_MOVES["submit"].sources
        and may_file(user)
        and covers(user, registration.agency)
    )


def can_delete_registration(user: Person, registration: Registration) -> bool:
    """What was never handed in may be deleted."""
    return can_edit_registration(user, registration) and registration.round == 0


def can_move_registration(move: str, user: Person, registration: Registration) -> bool:
    """Make this move: role, scope, state; nobody accepts what he or she registered or handed in."""
    own = user.pk in {registration.submitted_by_id, registration.created_by_id}
    if move == "recall" and user.pk != registration.submitted_by_id:
        return False
    if move == "open_document" and registration.document_id is not None:
        return False
    return (
        registration.state in REGISTRATION_MOVES[move].sources
        and has_role(user, *REGISTRATION_ROLES[move])
        and covers(user, registration.agency)
        and not (move == "accept" and own)
    )


def missing_of(registration: Registration, roles: Iterable[str]) -> list[ReturnReason]:
    """What a registration lacks, given the roles of its files, in the words in which it would be returned.

    Draft, openness with ground (国办发〔2016〕80号), 解读稿 or why none is needed, 起草说明 (三同步), and the
    opinion on legality: a 规范性文件 needs one, of others it is enough to say that none is needed.
    """
    held = set(roles)
    found = []
    if PaperRole.DRAFT not in held:
        found.append(ReturnReason.DRAFT)
    if not registration.openness or (
        registration.openness in NOT_PROACTIVE
        and not (registration.openness_ground and registration.openness_reason)
    ):
        found.append(ReturnReason.OPENNESS)
    if PaperRole.INTERPRETATION not in held and not registration.no_interpretation_reason:
        found.append(ReturnReason.INTERPRETATION)
    if PaperRole.EXPLANATION not in held:
        found.append(ReturnReason.EXPLANATION)
    if _lacks_legality(registration, held):
        found.append(ReturnReason.LEGALITY)
    return found


def _lacks_legality(registration: Registration, held: set[str]) -> bool:
    if registration.legality == Legality.NOT_NEEDED:
        return registration.is_normative or not registration.legality_note
    said = registration.legality and registration.legality_by and registration.legality_on
    return not said or PaperRole.LEGALITY not in held


def blocks_submission(missing: Iterable[ReturnReason]) -> list[ReturnReason]:
    """What keeps a registration from being handed in at all: no draft, or no openness (没有公开属性不予发文).
    The rest is the office's to return (退文)."""
    return [one for one in missing if one in (ReturnReason.DRAFT, ReturnReason.OPENNESS)]
