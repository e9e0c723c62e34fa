"""What the history of a join table records: a link that came, and a link that went.

An update of a link is both: its old row goes and its new row comes, so that what was linked at any moment is
found by undoing one event after another, whoever wrote it.
"""

from __future__ import annotations

import pghistory
from pghistory import DeleteEvent, InsertEvent, UpdateEvent

#: Labels of events by which a link comes, and by which it goes.
CAME = frozenset({"add", "join"})
GONE = frozenset({"remove", "leave"})


def link_trackers() -> tuple[pghistory.Tracker, ...]:
    """The trackers of one join table: new ones each time, for each comes to know its table's columns."""
    return (
        InsertEvent("add"),
        DeleteEvent("remove"),
        UpdateEvent("leave", row=pghistory.Old),
        UpdateEvent("join", row=pghistory.New),
    )
