"""Earlier versions of a publishable thing, read from the history that the database's triggers write."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from agencies.models import User
from disclosure.models import Publishable
from disclosure.states import Publication


@dataclass(frozen=True)
class FileState:
    """An attachment as it stood; `key`: the hash of its content; where it is elsewhere, its address."""

    title: str
    key: str


@dataclass(frozen=True)
class Submission:
    """One submission (送审): the `number`-th, and the event that holds the columns as they were then."""

    number: int
    event_id: int
    submitted_at: datetime
    by: str


@dataclass(frozen=True)
class Version:
    """What a comparison starts from: `values` bears the columns (an event, or the origin of a copy)."""

    values: Any
    files: list[FileState]


@dataclass(frozen=True)
class FileChange:
    """`what`: 新增, 删除, 替换, 改名, 顺序."""

    what: str
    was: str = ""
    now: str = ""


@dataclass
class Bases:
    """What a thing may be compared with: earlier submissions, oldest first, and the origin of a copy."""

    submissions: list[Submission] = field(default_factory=list)
    origin: Any = None

    def __bool__(self) -> bool:
        return bool(self.submissions) or self.origin is not None


def bases(thing: Any, *, user: User) -> Bases:
    """The submissions before the text that stands now, and what it was copied from, as far as in scope.

    Of a draft every submission is earlier; of anything else the last one is what stands now.
    """
    events = thing.events.filter(status=Publication.SUBMITTED, submitted_at__isnull=False)
    # The first event of each: later ones are steps of its review. What is read with a package has no rounds.
    first = events.order_by("review_round", "submitted_at", "pgh_id").distinct("review_round", "submitted_at")
    rows = sorted(first.values_list("pgh_id", "submitted_at", "submitted_by__full_name"))
    found = [Submission(n, pk, at, name or "") for n, (pk, at, name) in enumerate(rows, start=1)]
    return Bases(found if thing.status == Publication.DRAFT else found[:-1], _origin(thing, user))


def _origin(thing: Any, user: User) -> Any:
    told = thing.events.filter(pgh_label="insert").values_list("pgh_context__metadata__origin", flat=True)
    key = str(told.first() or "")
    if not key.isdecimal():
        return None
    return type(thing)._default_manager.in_scope_of(user).select_related(*_NAMED).filter(pk=int(key)).first()


_NAMED = ("agency", "topic__parent")


def submitted_version(thing: Any, submission: Submission) -> Version:
    """Columns and attachments as they were submitted."""
    event = thing.events.select_related(*_NAMED).get(pgh_id=submission.event_id)
    return Version(event, _files_at(thing, event.pgh_created_at))


def present_version(thing: Publishable) -> Version:
    """Columns and attachments as they stand."""
    found = thing.attachments.order_by("position", "pk")  # type: ignore[attr-defined]
    return Version(thing, [_file(one) for one in found])


def _files_at(thing: Any, moment: datetime) -> list[FileState]:
    attachment = thing.attachments.model
    events = attachment._meta.get_field("events").related_model._default_manager
    owner = thing.attachments.field.attname
    last = (
        events.filter(**{owner: thing.pk}, pgh_created_at__lte=moment)
        .order_by("pgh_obj_id", "-pgh_id")
        .distinct("pgh_obj_id")
    )
    standing = [one for one in last if one.pgh_label != "delete"]
    return [_file(one) for one in sorted(standing, key=lambda one: (one.position, one.pgh_obj_id))]


def _file(one: Any) -> FileState:
    return FileState(one.title, one.sha256 or one.source_url)


def compare_files(was: Sequence[FileState], now: Sequence[FileState]) -> list[FileChange]:
    """What became of the attachments: the same content under another name is 改名, another content under the
    same name 替换; at the end 顺序 where only the order changed."""
    gone, come = list(was), list(now)
    found: list[FileChange] = []
    for one, other in _paired(gone, come, "key"):
        if one.title != other.title:
            found.append(FileChange("改名", one.title, other.title))
    for one, other in _paired(gone, come, "title"):
        found.append(FileChange("替换", one.title, other.title))
    found += [FileChange("删除", was=one.title) for one in gone]
    found += [FileChange("新增", now=one.title) for one in come]
    if not found and list(was) != list(now):
        found.append(FileChange("顺序", "、".join(_titles(was)), "、".join(_titles(now))))
    return found


def _titles(files: Iterable[FileState]) -> list[str]:
    return [one.title for one in files]


def _paired(gone: list[FileState], come: list[FileState], name: str) -> list[tuple[FileState, FileState]]:
    """Take out of both lists, and return, those that are alike in `name`."""
    waiting: dict[str, list[FileState]] = defaultdict(list)
    for one in come:
        waiting[getattr(one, name)].append(one)
    found = []
    for one in list(gone):
        value = getattr(one, name)
        if waiting[value]:
            other = waiting[value].pop(0)
            gone.remove(one)
            come.remove(other)
            found.append((one, other))
    return found
