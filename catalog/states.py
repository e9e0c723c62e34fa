"""What an item of the catalog can be, and the way of an adjustment as data."""

from dataclasses import dataclass

from django.db import models


class Stage(models.TextChoices):
    """五公开: the stage of administration that an item belongs to (国办发〔2016〕80号)."""

    DECISION = "decision", "决策"
    EXECUTION = "execution", "执行"
    MANAGEMENT = "management", "管理"
    SERVICE = "service", "服务"
    RESULT = "result", "结果"


class ChannelMark(models.TextChoices):
    """What ■ and □ say of a channel; the two readings of ■ are told apart for each file (DOMAIN §3.3)."""

    REQUIRED = "required", "必选"
    OPTIONAL = "optional", "可选"
    UNUSED = "unused", "未用"


class CatalogKind(models.TextChoices):
    """The catalogs that papers confuse and that stay apart (条例 12条; 国办发〔2019〕54号)."""

    STANDARD = "standard", "基层政务公开标准目录"
    BASIC = "basic", "主动公开基本目录"
    VILLAGE = "village", "村（居）务公开基本目录"


class LawState(models.TextChoices):
    """Whether what an item leans on still stands."""

    UNCHECKED = "unchecked", "未核对"
    IN_FORCE = "in_force", "现行有效"
    AMENDED = "amended", "已修改"
    REPEALED = "repealed", "已废止"


class LineAction(models.TextChoices):
    """What an adjustment does with one item."""

    ADD = "add", "新增"
    CHANGE = "change", "修改"
    RETIRE = "retire", "停用"


class AdjustmentState(models.TextChoices):
    """Where a proposed adjustment of the catalog stands. Approved is only what waits for its day in force."""

    PROPOSED = "proposed", "待牵头单位审核"
    PASSED = "passed", "待县政府办公室批准"
    APPROVED = "approved", "已批准，待生效"
    APPLIED = "applied", "已生效"
    REJECTED = "rejected", "未同意"
    RECALLED = "recalled", "已收回"


@dataclass(frozen=True)
class AdjustmentMove:
    """A move allowed from one of `sources` to `target`; `label` is the button's word."""

    name: str
    label: str
    sources: frozenset[AdjustmentState]
    target: AdjustmentState


_OPEN = frozenset({AdjustmentState.PROPOSED, AdjustmentState.PASSED})
_WAITING = _OPEN | {AdjustmentState.APPROVED}
#: States in which an adjustment may still be written into the catalog.
WAITING_ADJUSTMENTS = tuple(sorted(_WAITING))
ADJUSTMENT_MOVES: dict[str, AdjustmentMove] = {
    move.name: move
    for move in (
        AdjustmentMove("pass", "牵头单位同意", frozenset({AdjustmentState.PROPOSED}), AdjustmentState.PASSED),
        AdjustmentMove("approve", "批准", frozenset({AdjustmentState.PASSED}), AdjustmentState.APPROVED),
        AdjustmentMove("reject", "不同意", _WAITING, AdjustmentState.REJECTED),
        AdjustmentMove("recall", "收回", _WAITING, AdjustmentState.RECALLED),
        AdjustmentMove("apply", "写入目录", frozenset({AdjustmentState.APPROVED}), AdjustmentState.APPLIED),
    )
}


class ExportState(models.TextChoices):
    """Where a long export stands."""

    WAITING = "waiting", "等待开始"
    RUNNING = "running", "正在写"
    DONE = "done", "已完成"
    FAILED = "failed", "没有完成"
