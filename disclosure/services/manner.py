"""In which manner the steps of review signed inside a block are done: they ride along as the history's
context does, so that the package signed with a document says the same as the document's own step. And which
words the signer had before the eyes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date

from agencies.models import User
from disclosure.models import Publishable, SignedPaper, Step
from disclosure.states import StepChannel


@dataclass(frozen=True)
class Manner:
    """How a step is done, through whose hand, on which paper and day."""

    channel: StepChannel = StepChannel.SYSTEM
    handed_by: User | None = None
    paper: SignedPaper | None = None
    signed_on: date | None = None


_USUAL = Manner()
_current: ContextVar[Manner] = ContextVar("manner", default=_USUAL)
#: Which thing, and what of it the signer had before the eyes.
_read: ContextVar[tuple[type[Publishable], int, str] | None] = ContextVar("read", default=None)


@contextmanager
def in_manner(manner: Manner) -> Iterator[None]:
    """Steps that are signed or returned inside are done in this manner."""
    token = _current.set(manner)
    try:
        yield
    finally:
        _current.reset(token)


def stamp(step: Step) -> None:
    """Write onto a step, which the caller saves, how it is done."""
    now = _current.get()
    step.channel, step.handed_by = now.channel, now.handed_by
    step.paper, step.signed_on = now.paper, now.signed_on


@contextmanager
def having_read(thing: Publishable, read: str | None) -> Iterator[None]:
    """A step of `thing` signed inside is over the words that the signer read: `review.mark_of`, or the
    round alone. None: whoever calls has seen to it otherwise."""
    token = _read.set(None if read is None else (type(thing), thing.pk, read))
    try:
        yield
    finally:
        _read.reset(token)


def mark_read(thing: Publishable) -> str | None:
    """What the signer of a step read of this thing, as far as the caller said."""
    read = _read.get()
    return read[2] if read is not None and read[:2] == (type(thing), thing.pk) else None
