"""The site's columns (栏目) as its pages and its official meta tags name them (DOMAIN §6.3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils import timezone


@dataclass(frozen=True)
class Column:
    """One column: its name, description and keywords, its official class (ColumnType), its address."""

    name: str
    description: str
    keywords: str
    kind: str
    url: str


@dataclass(frozen=True)
class Article:
    """What the meta tags of a content page say of it."""

    title: str
    source: str
    published: datetime | date | None = None
    keywords: list[str] = field(default_factory=list)
    description: str = ""

    @property
    def pub_date(self) -> str:
        """PubDate as `YYYY-MM-DD HH:MM`; of an archive the day alone is known."""
        if isinstance(self.published, datetime):
            return timezone.localtime(self.published).strftime("%Y-%m-%d %H:%M")
        return self.published.isoformat() if self.published else ""


OPEN_GOVERNMENT = Column(
    "政府信息公开",
    "政府信息公开指南、制度、法定主动公开内容、主动公开基本目录和工作年度报告。",
    "政府信息公开,主动公开,依申请公开,公开指南,年度报告",
    "信息公开",
    "/open-government/",
)
DOCUMENTS = Column(
    "政策文件",
    "县政府、各部门和各乡镇公开的文件，注明有效性，并附解读。",
    "政策文件,规范性文件,通知,公告",
    "政策文件",
    "/documents/",
)
INTERPRETATIONS = Column(
    "政策解读",
    "用平常话说明文件讲了什么、和谁有关、怎么办。",
    "政策解读,图解,问答,负责人解读",
    "政策解读",
    "/interpretations/",
)
CATALOG = Column(
    "公开目录",
    "基层政务公开标准目录：哪些事必须公开、由谁公开、什么时候公开。",
    "标准目录,公开事项,公开依据,公开时限,公开主体",
    "信息公开",
    "/catalog/",
)
AGENCIES = Column(
    "机构",
    "各部门、乡镇和村的职责、地址、办公时间和电话。",
    "机构职能,联系方式,办公地址,办公时间",
    "概况信息",
    "/agencies/",
)
REQUESTS = Column(
    "依申请公开",
    "没有主动公开的政府信息，可以向行政机关申请。这里说明怎样申请。",
    "依申请公开,申请表,受理机关",
    "信息公开",
    "/requests/new/",
)
SEARCH = Column(
    "搜索",
    "一次搜遍本站公开的文件、解读、目录事项和机构。",
    "站内搜索,文件,解读,目录事项,机构",
    "信息公开",
    "/search/",
)
