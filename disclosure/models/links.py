"""The history of links: which 领域 and 目录事项 a document stood under, since when and by whom.

Join tables have no model of their own to track; a proxy of each gives its rows triggers, so that
`bulk_create` and raw SQL leave their trace too. A row that is changed in place (a field merged into another)
leaves what it was and joins what it is.
"""

from __future__ import annotations

from typing import Any

import pghistory

from disclosure.link_events import link_trackers
from disclosure.models.documents import Document

_Fields: Any = Document.fields.through
_Items: Any = Document.items.through


@pghistory.track(*link_trackers(), obj_field=None, model_name="DocumentFieldEvent")
class DocumentField(_Fields):  # type: ignore[misc]
    """A document under a field (领域)."""

    class Meta:
        proxy = True
        verbose_name = "文件的领域"
        verbose_name_plural = "文件的领域"


@pghistory.track(*link_trackers(), obj_field=None, model_name="DocumentItemEvent")
class DocumentItem(_Items):  # type: ignore[misc]
    """A document under an item of the catalog (目录事项)."""

    class Meta:
        proxy = True
        verbose_name = "文件的目录事项"
        verbose_name_plural = "文件的目录事项"
