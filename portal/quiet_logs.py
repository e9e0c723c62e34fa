"""Addresses that are keys (手机签批) stand in no log."""

from __future__ import annotations

import logging
import re

_TOKEN = re.compile(r"(/sign/)[^/?\s\"']+")


def without_tokens(text: str) -> str:
    """The text with the tokens of links taken out."""
    return _TOKEN.sub(r"\1…", text)


class WithoutTokens(logging.Filter):
    """Takes them out of what is logged, and of the request that rides along with it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrites; lets everything through."""
        message = record.getMessage()
        if "/sign/" in message:
            record.msg, record.args = without_tokens(message), ()
        return True
