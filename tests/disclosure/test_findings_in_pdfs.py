"""审前检查 of PDFs: where a finding stands, the way to 遮盖, what to do about a file that does not open."""

import pytest
from django.core.files.base import ContentFile

from disclosure import services
from tests import papers_made
from tests.factories import DocumentFactory, TopicFactory

pytestmark = pytest.mark.django_db
#: Rows of a list fill their lines, so they are read as one paragraph over both pages.
ROW = "王某甲，柳湾村、渡口村、沙洲社区、石门村、茶坪村，电话1385550{:04d}"


def a_list(*, pages, rows):
    lines = iter(range(pages * rows))
    return papers_made.pdf(
        [[(80, 120 + 30 * at, 16, ROW.format(next(lines))) for at in range(rows)] for _ in range(pages)]
    )


def test_findings_name_their_pages_and_lead_to_redaction(client, people, pdf):
    draft = DocumentFactory(agency=people.minzheng, created_by=people.clerk, topic=TopicFactory())
    for name, content in (("名单.pdf", a_list(pages=2, rows=6)), ("名单二.pdf", a_list(pages=1, rows=3))):
        services.add_attachment(draft, by=people.clerk, file=ContentFile(content, name=name))
    broken = services.add_attachment(draft, by=people.clerk, file=pdf("半截.pdf"))
    first, second = draft.attachments.exclude(pk=broken.pk).order_by("pk")
    address = f"/admin/disclosure/document/{draft.pk}/"

    client.force_login(people.clerk)
    page = client.get(f"{address}scan/").content.decode()
    assert "附件「名单」第1至2页第1段" in page
    assert "附件「名单二」第1页第1段" in page
    assert f'href="{address}attachments/{first.pk}/redact/"' in page
    assert f'href="{address}attachments/{second.pk}/redact/"' in page
    assert "打不开的，群众同样打不开，请重新导出再上传" in page

    # Of two of one name neither: nobody is led to the wrong one.
    second.title = first.title
    second.save(update_fields=["title"])
    assert "/redact/" not in client.get(f"{address}scan/").content.decode()
    second.delete()
    client.force_login(people.reviewer)
    page = client.get(f"{address}scan/").content.decode()
    assert "手机号码" in page
    assert "/redact/" not in page


def test_what_was_not_done_is_named(client, people):
    draft = DocumentFactory(agency=people.minzheng, created_by=people.clerk, topic=None)
    client.force_login(people.clerk)
    address = f"/admin/disclosure/document/{draft.pk}/"
    assert "还没有办成，请先处理" in client.post(f"{address}move/submit/").content.decode()
    services.update_document(draft, by=people.clerk, body="<p>电话13855501234</p>")
    assert "还没有写明理由，请先处理" in client.post(f"{address}scan/", {"reason": ""}).content.decode()
    for name in ("一.pdf", "二.pdf"):
        file = ContentFile(papers_made.pdf([[(80, 120, 16, name)]]), name=name)
        services.add_attachment(draft, by=people.clerk, file=file)
    assert "还没有合并，请先处理" in client.post(f"{address}attachments/join/", {}).content.decode()
