"""A small county for tests of the public site: one of everything, published and linked."""

from dataclasses import dataclass
from typing import Any

from django.core.files.base import ContentFile

from agencies.kinds import AgencyKind
from agencies.models import Agency
from catalog.models import Field, Item
from disclosure.models import Attachment, Document
from disclosure.states import DocumentKind, Validity
from interpretation.models import Interpretation
from tests.factories import (
    AgencyFactory,
    DocumentFactory,
    FieldFactory,
    FormerNameFactory,
    InterpretationFactory,
    ItemFactory,
    TopicFactory,
    root_agency,
)

#: Pages that show lists; each must keep its number of queries whatever the number of rows.
LISTS = (
    "/",
    "/documents/",
    "/interpretations/",
    "/catalog/",
    "/catalog/?view=table",
    "/catalog/?by=township",
    "/catalog/jiuye/",
    "/agencies/",
    "/agencies/minzheng/",
    "/open-government/",
    "/open-government/guide/",
    "/open-government/rules/",
    "/open-government/statutory/",
    "/open-government/statutory/?head=laws_docs",
    "/open-government/statutory/normative/",
    "/open-government/catalog/",
    "/open-government/annual-reports/",
    "/requests/new/",
    "/requests/track/",
    "/sitemap/",
    "/sitemap-documents.xml",
)


@dataclass
class County:
    """What was made."""

    agency: Agency
    township: Agency
    field: Field
    item: Item
    document: Document
    interpretation: Interpretation
    attachment: Attachment


def add_attachment(
    owner: Document | Interpretation, title: str = "申请表.docx", content: bytes = b"PK\x03\x04x"
) -> Any:
    """A file at a document or an interpretation."""
    attachment = owner.attachments.model(title=title, size=len(content), **{owner._meta.model_name: owner})
    attachment.file.save(title, ContentFile(content))
    return attachment


def build(**overrides: Any) -> County:
    """One of everything. `overrides` go to the document, whose state is `published` unless said otherwise."""
    root = root_agency()
    Agency.objects.filter(pk=root.pk).update(
        name="青澜县人民政府", phone="0799-5210001", email="county@qinglan.example", address="澜滨大道1号"
    )
    agency = AgencyFactory(
        code="minzheng",
        name="青澜县民政局",
        short_name="县民政局",
        phone="0799-5210301",
        address="青屏山路2号",
        duties="社会救助、养老服务。",
    )
    FormerNameFactory(agency=agency)
    township = AgencyFactory(code="linjiang", name="临江镇人民政府", kind=AgencyKind.TOWNSHIP)
    AgencyFactory(code="linjiang-liuwan", name="柳湾村", kind=AgencyKind.VILLAGE, parent=township)
    field = FieldFactory(slug="jiuye", name="就业")
    item = ItemFactory(agency=agency, field=field, code="jiuye-00001", levels=["就业服务", "岗位信息"])
    topic = TopicFactory(code="t-21", name="民政", parent=TopicFactory(code="t-20", name="民生"))
    state = {"published": True} if not {"submitted", "withdrawn", "status"} & overrides.keys() else {}
    document = DocumentFactory(
        **{
            "title": "青澜县民政局关于发放高龄津贴的通知",
            "agency": agency,
            "doc_number": "青民发〔2026〕3号",
            "index_number": "11539921MB0003551L/2026-00001",
            "issuer": "青澜县民政局",
            "is_policy": True,
            "is_normative": True,
            "fields": [field],
            "items": [item],
            "topic": topic,
            "keywords": ["高龄津贴"],
            "body": "<h2>一、对象</h2><p>八十岁以上老人。</p><h2>二、标准</h2><h2>三、办理</h2>",
            **state,
            **overrides,
        }
    )
    interpretation = InterpretationFactory(
        published=True, agency=agency, documents=[document], title="高龄津贴怎么领"
    )
    return County(agency, township, field, item, document, interpretation, add_attachment(document))


def more(county: County, number: int) -> None:
    """`number` further rows of everything that a list shows."""
    for _ in range(number):
        agency = AgencyFactory(phone="0799-5210999")
        AgencyFactory(kind=AgencyKind.VILLAGE, parent=AgencyFactory(kind=AgencyKind.TOWNSHIP))
        item = ItemFactory(agency=agency, field=county.field)
        older = DocumentFactory(published=True, agency=agency, validity=Validity.REPEALED)
        for facts in (
            {"is_policy": True, "is_normative": True},
            {"is_policy": False},
            {"kind": DocumentKind.REGULATION},
            {"kind": DocumentKind.ANNUAL_REPORT},
        ):
            document = DocumentFactory(
                published=True,
                agency=county.agency,
                fields=[county.field],
                items=[item, county.item],
                **facts,
            )
            InterpretationFactory(published=True, agency=agency, documents=[document, county.document])
        Document.objects.filter(pk=older.pk).update(repealed_by=county.document)
        FormerNameFactory(agency=county.agency)
        county.item.agencies.add(agency)
