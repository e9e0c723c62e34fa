"""法定主动公开内容： the heads of 条例 20 and 21条, and which documents stand under each."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Max, Q

from disclosure.models import Document
from disclosure.states import DocumentKind


@dataclass(frozen=True)
class Head:
    """One head: key, name, article, and the documents that belong to it."""

    key: str
    name: str
    article: str
    rows: Q


def _fields(*slugs: str) -> Q:
    return Q(fields__slug__in=slugs)


#: A head that no rule of ours can tell from the metadata is left out: an empty column misleads.
HEADS = (
    Head("laws_docs", "行政规范性文件", "第二十条第（一）项", Q(is_normative=True)),
    Head(
        "policies",
        "其他政策文件",
        "第十九条",
        Q(is_policy=True, is_normative=False, kind=DocumentKind.DOCUMENT),
    ),
    Head("budget", "财政预算、决算", "第二十条第（七）项", _fields("caizheng-yujuesuan")),
    Head("procurement", "公共资源交易和政府采购", "第二十条第（九）项", _fields("gonggong-ziyuan-jiaoyi")),
    Head("projects", "重大建设项目", "第二十条第（十）项", _fields("zhongda-jianshe-xiangmu")),
    Head(
        "welfare",
        "教育、医疗、社会保障、就业和扶贫",
        "第二十条第（十一）项",
        _fields(
            "fupin",
            "yiwu-jiaoyu",
            "yiliao-weisheng",
            "shehui-baoxian",
            "shehui-jiuzhu",
            "jiuye",
            "yanglao-fuwu",
        ),
    ),
    Head("emergency", "突发公共事件应对", "第二十条第（十二）项", _fields("jiuzai")),
    Head(
        "supervision",
        "环保、安全生产、食品药品监督检查",
        "第二十条第（十三）项",
        _fields("shengtai-huanjing", "anquan-shengchan", "shipin-yaopin-jianguan"),
    ),
    Head(
        "land",
        "土地征收和房屋征收",
        "第二十一条",
        _fields("zhengdi-buchang", "guoyou-tudi-fangwu-zhengshou-buchang"),
    ),
    Head(
        "public_service",
        "市政建设、公共服务和公益事业",
        "第二十一条",
        _fields("shizheng-fuwu", "gonggong-wenhua-fuwu", "gonggong-falv-fuwu", "baozhangxing-zhufang"),
    ),
    Head(
        "countryside",
        "农业农村政策、补贴和宅基地",
        "第二十一条",
        _fields("shenong-butie", "nongcun-weifang-gaizao", "guotu-kongjian-guihua"),
    ),
)
BY_KEY = {head.key: head for head in HEADS}


@dataclass(frozen=True)
class Counted:
    """A head with the number of its public documents and its newest day."""

    head: Head
    count: int
    newest: object


def counted() -> list[Counted]:
    """The heads that hold something, in the order of the law; one query."""
    wanted: dict[str, Count | Max] = {
        f"{head.key}_count": Count("pk", filter=head.rows, distinct=True) for head in HEADS
    }
    wanted.update({f"{head.key}_newest": Max("published_on", filter=head.rows) for head in HEADS})
    found = Document.objects.published().aggregate(**wanted)
    return [
        Counted(head, found[f"{head.key}_count"], found[f"{head.key}_newest"])
        for head in HEADS
        if found[f"{head.key}_count"]
    ]
