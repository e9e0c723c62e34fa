"""Links leave their trace: by services, in bulk, by raw SQL; history page and comparison show it."""

import pytest
from django.db import connection
from django.utils import timezone

from disclosure import link_history, services
from disclosure.models import Document
from disclosure.services.documents import follow_merged_field
from interpretation import services as interpreting
from interpretation.models import Interpretation
from tests.factories import (
    DocumentFactory,
    FieldFactory,
    InterpretationFactory,
    ItemFactory,
    TopicFactory,
)

# Links are dated by their transaction: every act of these tests is one of its own.
pytestmark = pytest.mark.django_db(transaction=True)


def test_bulk_and_raw_writes_and_what_stood_when(people):
    old, new, third = (FieldFactory(name=name) for name in ("旧领域", "新领域", "第三领域"))
    paper = DocumentFactory(agency=people.minzheng)
    first = timezone.now()
    through = Document.fields.through
    through.objects.bulk_create([through(document=paper, field=old)])
    second = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO disclosure_document_fields (document_id, field_id) VALUES (%s, %s)",
            [paper.pk, third.pk],
        )
    fourth = timezone.now()
    follow_merged_field(old, new)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM disclosure_document_fields WHERE field_id = %s", [third.pk])
    told = link_history.changes_of(paper, user=people.clerk, most=50)
    assert [(one.came, one.gone) for one in told] == [
        ((), ("第三领域",)),
        (("新领域",), ("旧领域",)),
        (("第三领域",), ()),
        (("旧领域",), ()),
    ]
    at = [
        link_history.links_at(paper, moment, user=people.clerk)["领域"] for moment in (first, second, fourth)
    ]
    assert at == [[], ["旧领域"], ["旧领域", "第三领域"]]
    assert link_history.links_now(paper, user=people.clerk) == {"领域": ["新领域"], "目录事项": []}


def test_history_page_and_comparison(client, people):
    item = ItemFactory(agency=people.minzheng, levels=["养老服务", "高龄津贴"])
    paper = services.create_document(
        by=people.clerk,
        agency=people.minzheng,
        title="通知",
        body="<p>甲</p>",
        openness="proactive",
        written_on="2026-02-27",
        topic=TopicFactory(),
        items=[item],
    )
    services.submit(paper, by=people.clerk)
    services.send_back(paper, by=people.reviewer, remarks="换事项")
    services.update_document(paper, by=people.clerk, items=[])
    client.force_login(people.reviewer)
    base = f"/admin/disclosure/document/{paper.pk}"
    history = client.get(f"{base}/history/").content.decode()
    assert "目录事项（去掉 / 加上）" in history
    assert history.count(str(item)) == 2
    compared = client.get(f"{base}/comparison/").content.decode()
    assert "目录事项" in compared
    assert f"<del>{item}；</del>" in compared


def test_what_an_interpretation_explains(client, people):
    hidden = DocumentFactory(agency=people.nongye, title="别局草稿")
    mine = DocumentFactory(agency=people.minzheng, published=True, title="本局公开文件")
    told = InterpretationFactory(agency=people.minzheng, documents=[hidden])
    interpreting.update_interpretation(told, by=people.office, documents=[hidden, mine])
    Interpretation.documents.through.objects.filter(document=hidden).delete()
    client.force_login(people.clerk)
    page = client.get(f"/admin/interpretation/interpretation/{told.pk}/history/").content.decode()
    assert "本局公开文件" in page
    assert "别局草稿" not in page
    assert "不在您的管理范围内" in page
