"""Forms of an interpretation (解读形式; DOMAIN §5)."""

from django.db import models


class Form(models.TextChoices):
    """How a policy is explained; one interpretation may take several forms."""

    TEXT = "text", "文字"
    GRAPHIC = "graphic", "图解"
    VIDEO = "video", "视频动漫"
    AUDIO = "audio", "音频"
    PRESS = "press", "新闻发布会"
    EXPERT = "expert", "专家访谈"
    LEADER = "leader", "负责人解读"
    MEDIA = "media", "媒体解读"
    QA = "qa", "问答"
    ONSITE = "onsite", "现场宣讲"
