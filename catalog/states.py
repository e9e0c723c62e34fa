"""What an item of the catalog can be."""

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
