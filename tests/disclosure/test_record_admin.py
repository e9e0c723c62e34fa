"""The record after publication in the back office: each act by its page, and whoever may not is refused."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from disclosure import services
from disclosure.models import Document, Merge, Purge, ValiditySetting
from disclosure.states import Publication, Validity
from portal.work_queue import queue_for
from tests.factories import AdministratorFactory, DocumentFactory, TopicFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def document(people):
    return DocumentFactory(
        agency=people.minzheng,
        published=True,
        title="关于发放高龄津贴的通知",
        index_number="11539921MB0003551L/2026-00001",
        topic=TopicFactory(),
    )


def page(name, *args):
    return reverse(f"admin:disclosure_{name}", args=args)


def test_a_clerk_begins_a_correction_and_may_change_words_alone(people, document, client):
    client.force_login(people.clerk)
    shown = client.get(page("document_change", document.pk)).content.decode()
    assert "起草更正稿" in shown
    response = client.post(page("document_correct", document.pk))
    draft = Document.objects.get(corrects=document)
    assert response["Location"] == page("document_change", draft.pk)
    form = client.get(page("document_change", draft.pk)).content.decode()
    assert 'name="correction_note"' in form
    assert 'name="body"' in form
    assert 'name="doc_number"' not in form
    assert client.get(page("document_correct", document.pk))["Location"] == page("document_change", draft.pk)
    assert "更正稿·草稿" in client.get(page("document_changelist")).content.decode()
    client.force_login(people.stranger)
    assert client.get(page("document_correct", document.pk)).status_code == 403


def test_changes_of_validity_are_recorded_and_taken_back(people, document, client):
    client.force_login(people.clerk)
    data = {"kind": "expired", "on": "2026-03-01", "number": "", "reason": "清理结果公告"}
    client.post(page("document_validity", document.pk), data)
    document.refresh_from_db()
    assert document.lapsed_on == date(2026, 3, 1)
    assert "撤销登记" in client.get(page("document_change", document.pk)).content.decode()
    change = document.validity_changes.get()
    client.post(page("document_revoke_change", document.pk, change.pk), {"reason": "登记错了"})
    document.refresh_from_db()
    assert document.lapsed_on is None
    listed = client.get(page("document_changelist") + "?validity=in_force").content.decode()
    assert "关于发放高龄津贴的通知" in listed


def test_the_office_merges_by_address_and_undoes_it(people, document, client):
    twin = DocumentFactory(agency=people.minzheng, published=True, title="又发了一次")
    client.force_login(people.clerk)
    assert client.get(page("document_merge", twin.pk)).status_code == 403
    client.force_login(people.office)
    data = {"into": "https://x.example/documents/999999/", "reason": "同一份"}
    assert "没有找到" in client.post(page("document_merge", twin.pk), data).content.decode()
    data["into"] = f"https://x.example/documents/{document.pk}/"
    client.post(page("document_merge", twin.pk), data)
    assert Merge.objects.get().target == document
    client.post(page("document_unmerge", twin.pk))
    assert Document.objects.get(pk=twin.pk).status == Publication.PUBLISHED


def test_a_purge_takes_two_logins(people, document, client):
    services.take_offline(document, by=people.office, reason="误发")
    order = {"order_number": "青保密决〔2026〕1号", "authority": "青澜县国家保密局", "reason": "按决定"}
    client.force_login(people.reviewer)
    assert client.get(page("document_purge", document.pk)).status_code == 403
    assert client.get(page("purge_changelist")).status_code == 403
    client.force_login(people.office)
    client.post(page("document_purge", document.pk), order)
    purge = Purge.objects.get()
    assert "确认清除" not in client.get(page("purge_change", purge.pk)).content.decode()
    assert (
        "须由另一位同事确认" in client.post(page("purge_confirm", purge.pk), {"sure": "on"}).content.decode()
    )
    client.force_login(AdministratorFactory(username="guanli2"))
    assert "等我确认的封存清除" in client.get("/admin/").content.decode()
    assert "请核对决定原件" in client.post(page("purge_confirm", purge.pk), {}).content.decode()
    client.post(page("purge_confirm", purge.pk), {"sure": "on"})
    document.refresh_from_db()
    assert document.status == Publication.PURGED
    shown = client.get(page("purge_change", purge.pk)).content.decode()
    assert "登记已清理" in shown
    assert "关于发放高龄津贴的通知" not in shown
    line = purge.backups.first()
    client.post(page("purge_cleaned", purge.pk, line.pk), {"on": timezone.localdate(), "note": "重做了"})
    assert purge.backups.exclude(cleaned_on=None).count() == 1
    assert "链条完整" in client.get(page("purge_changelist")).content.decode()
    assert client.get(page("document_change", document.pk)).status_code == 200


def test_what_ends_soon_is_in_the_queue_and_the_days_are_the_offices(people, client):
    soon = timezone.localdate() + timedelta(days=60)
    DocumentFactory(agency=people.minzheng, published=True, expires_on=soon, validity=Validity.IN_FORCE)

    def task(user):
        return next(t for s in queue_for(user) for t in s.tasks if t.title.endswith("天内有效期到期的文件"))

    assert (task(people.clerk).title, task(people.clerk).count) == ("90天内有效期到期的文件", 1)
    client.force_login(people.clerk)
    assert client.get(task(people.clerk).url).context["cl"].result_count == 1
    client.force_login(people.office)
    client.post(page("validitysetting_change", 1), {"warn_days": 30})
    assert ValiditySetting.objects.get().warn_days == 30
    assert task(people.clerk).count == 0
