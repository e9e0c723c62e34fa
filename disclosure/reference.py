"""Reference data of the room: the topic classes, put there by `post_migrate`, idempotent (STACK, trap 15)."""

from typing import Any

from django.db import connection

from disclosure import topics
from disclosure.models import Topic


def plant_topics(**kwargs: Any) -> None:
    """Put the 22 topic classes and their second level there; names that a county changed stay."""
    if any(backwards for _, backwards in kwargs.get("plan") or ()):
        return  # The tables are those of an older state, which the models of today do not know.
    if Topic._meta.db_table not in connection.introspection.table_names():
        return  # The room was just migrated back to zero.
    known = dict(Topic.objects.values_list("code", "id"))
    for code, name, parent in topics.rows():
        if code not in known:
            topic = Topic.objects.create(code=code, name=name, parent_id=known[parent] if parent else None)
            known[code] = topic.pk
