"""Two at one draft, words kept on the way, who else is there: nothing that was typed is lost."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from disclosure import services
from disclosure.models import Autosave, Document, Topic
from disclosure.services import NotAllowed, Outdated
from tests.disclosure.test_admin import form_data
from tests.factories import DocumentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(people):
    topic = Topic.objects.get(code="1703")
    made = services.create_document(
        by=people.clerk,
        agency=people.minzheng,
        title="低保标准通知",
        summary="原来的一句话",
        body="<p>每月700元。</p>",
        openness="proactive",
        topic=topic,
    )
    return made


def url(document, page="change"):
    return reverse(f"admin:disclosure_document_{page}", args=[document.pk])


def desk(pk):
    return reverse("admin:disclosure_document_desk", args=[pk])


def test_the_second_writer_is_refused_and_nothing_is_written(people, draft):
    services.update_document(draft, by=people.colleague, seen=1, title="同事改的标题")
    with pytest.raises(Outdated):
        services.update_document(draft, by=people.clerk, seen=1, title="我改的标题")
    draft.refresh_from_db()
    assert (draft.title, draft.edit_version) == ("同事改的标题", 2)
    # What changes nothing is no conflict, and no new version.
    services.update_document(draft, by=people.clerk, seen=1, title="同事改的标题")
    draft.refresh_from_db()
    assert draft.edit_version == 2


def test_both_texts_stand_side_by_side_and_the_writer_chooses(client, people, draft):
    services.update_document(
        draft, by=people.colleague, title="同事的标题", summary="同事的一句话", body="<p>每月800元。</p>"
    )
    client.force_login(people.clerk)
    mine = form_data(
        people.minzheng, title="我的标题", summary="原来的一句话", body="<p>每月750元。</p>", base_version="1"
    )
    page = client.post(url(draft), mine)
    text = page.content.decode()
    assert page.status_code == 200
    assert "也保存了这一份" in text
    assert "我的标题" in text
    choices = {one.name: one.chosen for one in page.context["conflict"].choices}
    # The sentence was changed by the colleague alone: the colleague's is preselected.
    assert (choices["title"], choices["body"], choices["summary"]) == ("", "", "theirs")
    assert page.context["base_version"] == 2
    draft.refresh_from_db()
    assert draft.title == "同事的标题"
    again = {
        **mine,
        "base_version": "2",
        "conflict": ["title", "body", "summary"],
        "choose_summary": "theirs",
    }
    assert client.post(url(draft), again | {"choose_title": "mine"}).context["conflict"]
    done = client.post(url(draft), again | {"choose_title": "mine", "choose_body": "theirs"})
    assert done.status_code == 302
    draft.refresh_from_db()
    assert (draft.title, draft.summary, draft.body) == ("我的标题", "同事的一句话", "<p>每月800元。</p>")


def test_words_are_kept_and_found_again_and_go_with_saving(client, people, draft):
    client.force_login(people.clerk)
    typed = [["title", "写到一半的标题"], ["body", "<p>还没写完</p>"], ["agency", str(people.minzheng.pk)]]
    sent = {"user": people.clerk.pk, "base_version": 1, "data": json.dumps(typed)}
    answer = client.post(desk(draft.pk), sent)
    assert answer.json()["saved_at"]
    assert "自动保存的内容" in client.get(url(draft)).content.decode()
    restored = client.get(url(draft) + "?restore=1")
    assert restored.context["adminform"].form["title"].value() == "写到一半的标题"
    assert "&lt;p&gt;还没写完&lt;/p&gt;" in restored.content.decode()
    draft.refresh_from_db()
    assert draft.title == "低保标准通知"
    frame = client.get(reverse("preview_frame", args=["document", draft.pk]) + "?kept=1")
    assert "写到一半的标题" in frame.content.decode()
    assert frame["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in frame["Content-Security-Policy"]
    assert client.post(url(draft), form_data(people.minzheng, base_version="1")).status_code == 302
    assert not Autosave.objects.exists()


def test_a_draft_never_saved_is_kept_too(client, people):
    client.force_login(people.clerk)
    sent = {"user": people.clerk.pk, "data": json.dumps([["title", "新的一份"]])}
    assert client.post(desk(0), sent).status_code == 200
    add = reverse("admin:disclosure_document_add")
    assert "恢复" in client.get(add).content.decode()
    assert client.get(add + "?restore=1").context["adminform"].form["title"].value() == "新的一份"
    assert "新的一份" in client.get(reverse("preview_frame", args=["document", 0])).content.decode()
    assert client.post(desk(0), {"discard": "1"}).url == add
    assert not Autosave.objects.exists()


@pytest.mark.parametrize("who", ["stranger", "reviewer"])
def test_nobody_else_keeps_words_or_sees_them(client, people, draft, who):
    client.force_login(getattr(people, who))
    sent = {"user": getattr(people, who).pk, "data": json.dumps([["title", "x"]])}
    assert client.post(desk(draft.pk), sent).status_code == 409
    # On a shared machine somebody else has logged in since the page was opened.
    assert client.post(desk(draft.pk), {"user": people.clerk.pk}).status_code == 409
    services.keep_autosave(by=people.clerk, model=Document, pk=draft.pk, data=[["title", "秘密的草稿"]])
    answer = client.get(reverse("preview_frame", args=["document", draft.pk]) + "?kept=1")
    assert answer.status_code == 404
    assert not Autosave.objects.exclude(user=people.clerk).exists()


@pytest.mark.parametrize("data", ["", "[1]", '[["a"]]', '[["a", {}]]', "{"])
def test_what_is_no_form_is_refused_in_words(client, people, draft, data):
    client.force_login(people.clerk)
    answer = client.post(desk(draft.pk), {"user": people.clerk.pk, "data": data})
    assert (answer.status_code, "保存" in answer.json()["error"]) == (409, True)


def test_a_colleague_at_the_same_draft_is_named_for_a_minute(client, people, draft):
    now = timezone.now()
    services.note_presence(by=people.colleague, model=Document, pk=draft.pk, now=now)
    client.force_login(people.clerk)
    assert f"{people.colleague} 正在编辑" in client.get(url(draft)).content.decode()
    assert client.post(desk(draft.pk), {"user": people.clerk.pk}).json()["others"] == [str(people.colleague)]
    later = now + timedelta(seconds=61)
    assert services.others_at(by=people.clerk, model=Document, pk=draft.pk, now=later) == []
    services.leave(by=people.colleague, model=Document, pk=draft.pk)
    assert services.others_at(by=people.clerk, model=Document, pk=draft.pk, now=now) == []


def test_what_nobody_comes_back_for_goes(people, draft):
    public = DocumentFactory(agency=people.minzheng, published=True)
    for pk in (draft.pk, 0, public.pk):
        Autosave.objects.create(
            user=people.clerk, kind="disclosure.document", object_id=pk, data=[], saved_at=timezone.now()
        )
    assert services.clear_writing() == 1
    assert services.clear_writing(now=timezone.now() + timedelta(days=15)) == 2
    with pytest.raises(NotAllowed):
        services.keep_autosave(by=people.clerk, model=Document, pk=public.pk, data=[["title", "x"]])


def test_any_in_scope_is_copied_and_found_by_its_words(client, people, draft):
    DocumentFactory(agency=people.nongye, title="别的单位的低保通知")
    client.force_login(people.clerk)
    page = client.get(reverse("admin:disclosure_document_copy_from"), {"q": "低保"})
    assert [one.title for one, _ in page.context["rows"]] == ["低保标准通知"]
    assert client.get(reverse("admin:disclosure_document_copy_from"), {"q": "没有"}).context["rows"] == []
    assert any("复制" in label for label, _ in client.get(url(draft)).context["moves"])
