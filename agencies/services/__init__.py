"""The one door for writes to agencies and users.

`by` is the acting user; None is the system itself: a command that someone runs on the server. Every refusal
is a `NotAllowed` whose text says what to do.
"""

from agencies.services.agencies import (
    EDITABLE,
    close_agency,
    correct_agency_name,
    create_agency,
    move_agency,
    rename_agency,
    reopen_agency,
    update_agency,
)
from agencies.services.logins import (
    WAITING,
    confirm_password,
    forget_failed_logins,
    is_locked_out,
    note_failed_login,
)
from agencies.services.pins import check_pin, has_pin, set_pin
from agencies.services.refusals import NotAllowed
from agencies.services.users import (
    create_user,
    deactivate_user,
    reactivate_user,
    reset_password,
    set_roles,
    update_user,
)

__all__ = [
    "EDITABLE",
    "WAITING",
    "NotAllowed",
    "check_pin",
    "close_agency",
    "confirm_password",
    "correct_agency_name",
    "create_agency",
    "create_user",
    "deactivate_user",
    "forget_failed_logins",
    "has_pin",
    "is_locked_out",
    "move_agency",
    "note_failed_login",
    "reactivate_user",
    "rename_agency",
    "reopen_agency",
    "reset_password",
    "set_pin",
    "set_roles",
    "update_agency",
    "update_user",
]
