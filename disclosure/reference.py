"""Reference data of the room: topic classes and review routes, put there by `post_migrate`, idempotent
(STACK, trap 15)."""

from typing import Any

from django.db import connection

from disclosure import topics, wrong_words
from disclosure.models import BackupSet, ReviewRoute, Topic, ValiditySetting, WrongWord
from disclosure.states import STANDARD_ROUTES


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


def plant_routes(**kwargs: Any) -> None:
    """Put the county's review routes (三审) there; what a county changed or has stays."""
    if any(backwards for _, backwards in kwargs.get("plan") or ()):
        return
    if ReviewRoute._meta.db_table not in connection.introspection.table_names():
        return
    known = set(ReviewRoute.objects.filter(agency=None).values_list("lane", flat=True))
    ReviewRoute.objects.bulk_create(
        ReviewRoute(lane=lane, levels=list(levels))
        for lane, levels in STANDARD_ROUTES.items()
        if lane not in known
    )


def plant_wrong_words(**kwargs: Any) -> None:
    """Put the common wrong expressions there; what a county changed or switched off stays as it is."""
    if any(backwards for _, backwards in kwargs.get("plan") or ()):
        return
    if WrongWord._meta.db_table not in connection.introspection.table_names():
        return
    known = set(WrongWord.objects.values_list("wrong", flat=True))
    WrongWord.objects.bulk_create(
        WrongWord(wrong=wrong, right=right, unless=list(unless))
        for wrong, right, unless in wrong_words.ROWS
        if wrong not in known
    )


#: What a county has as a rule; it writes its own in their place.
_BACKUPS = (
    ("数据库每日备份", "含当天以前的全部内容", "按备份计划"),
    ("附件（文件目录）备份", "DATA_DIR 下的 files 目录", "按备份计划"),
    ("异地或者离线备份", "硬盘、磁带、云上的副本", "按备份计划"),
    ("数据库服务器本机", "失效的数据页、预写日志和运行日志：由管理员整理（VACUUM FULL）并清理日志", "—"),
)


def plant_record(**kwargs: Any) -> None:
    """Put the list of backups and the warning before expiry there once; what a county wrote stays."""
    if any(backwards for _, backwards in kwargs.get("plan") or ()):
        return
    tables = connection.introspection.table_names()
    if BackupSet._meta.db_table not in tables or ValiditySetting._meta.db_table not in tables:
        return
    ValiditySetting.objects.get_or_create(pk=1)
    if not BackupSet.objects.exists():
        BackupSet.objects.bulk_create(
            BackupSet(name=name, keeper=keeper, kept_for=kept) for name, keeper, kept in _BACKUPS
        )
