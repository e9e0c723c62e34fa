"""Refusals, and what the services of agencies and users share."""

from __future__ import annotations

from typing import Any

import pghistory
from django.core.exceptions import ValidationError

from agencies.models import Agency, User


class NotAllowed(ValidationError):  # noqa: N818 - reads as a sentence where it is raised
    """The act is refused; `messages` (or `message_dict`, by field) say why and what to do."""


def require(held: object, message: str, field: str = "") -> None:
    """Raise NotAllowed with `message` (at `field`) unless `held`."""
    if not held:
        raise NotAllowed({field: [message]} if field else message)


def clean(row: Agency | User) -> None:
    """Run the model's own checks, raising NotAllowed."""
    try:
        row.full_clean()
    except ValidationError as error:
        raise NotAllowed(error.error_dict) from error


def history(by: User | None, service: str) -> Any:
    """The history context of a write: who, and through which service."""
    return pghistory.context(user=by.pk if by else None, service=f"agencies.{service}")
