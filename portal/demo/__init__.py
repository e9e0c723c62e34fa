"""The invented county 青澜县: its accounts and its loading."""

from portal.demo.logins import accounts

__all__ = ["accounts"]
