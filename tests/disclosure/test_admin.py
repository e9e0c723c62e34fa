"""The back office of documents: every page and every side endpoint, for who may and who may not."""

import re
from datetime import UTC, date, datetime
from urllib.parse import quote

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from catalog.models import Item
from disclosure import services
from disclosure.models import Document, Topic
from disclosure.states import Publication
from interpretation.models import Interpretation
from tests.factories import (
    AgencyFactory,
    DocumentFactory,
    InterpretationFactory,
    ItemFactory,
    UserFactory,
)
from tests.people import confirmed

pytestmark = pytest.mark.django_db
#: What the form of the last step posts where the route has no step for the secrecy check.
CLEARED = {"secrecy_cleared": "on"}
LIST = "/admin/disclosure/document/"


def url(document, page="change", *args):
    return reverse(f"admin:disclosure_document_{page}", args=[document.pk, *args])


@pytest.fixture
def as_(client):
    def login(user):
        client.force_login(user)
        return client

    return login


@pytest.fixture
def draft(people):
    topic = Topic.objects.get(code="1703")
    return DocumentFactory(agency=people.minzheng, created_by=people.clerk, title="低保标准通知", topic=topic)


def form_data(agency, **changes):
    return {
        "title": "关于提高低保标准的通知",
        "doc_number": "青民发[2026]第07号",
        "kind": "document",
        "agency": agency.pk,
        "body": '<p style="text-align: right; position: fixed">青澜县民政局</p><p onclick="x()">正文<img src="file:///a.png"></p>',
        "openness": "proactive",
        "keywords": "低保、补贴 标准,低保",
        "validity": "not_applicable",
        "written_on": "2026-02-27",
        "topic": Topic.objects.get(code="1703").pk,
        "attachments-TOTAL_FORMS": "0",
        "attachments-INITIAL_FORMS": "0",
        **changes,
    }


def test_adding_goes_through_the_service(as_, people, pdf):
    data = form_data(people.minzheng, topic=Topic.objects.get(code="1703").pk)
    data |= {
        "attachments-TOTAL_FORMS": "1",
        "attachments-0-file": pdf("标准表.pdf"),
        "attachments-0-position": "0",
    }
    response = as_(people.clerk).post(LIST + "add/", data)
    assert response.status_code == 302, response.context["errors"]
    made = Document.objects.get()
    assert (made.doc_number, made.created_by, made.status) == ("青民发〔2026〕7号", people.clerk, "draft")
    assert made.body == '<p class="align-right">青澜县民政局</p><p>正文</p>'
    assert made.keywords == ["低保", "补贴", "标准"]
    assert [a.title for a in made.attachments.all()] == ["标准表"]
    said = " ".join(str(message) for message in get_messages(response.wsgi_request))
    assert "图片" in said
    assert "事件代码" in said


def test_a_wrong_file_is_refused_beside_it_and_nothing_is_saved(as_, people):
    from django.core.files.base import ContentFile

    data = form_data(people.minzheng)
    data |= {"attachments-TOTAL_FORMS": "1", "attachments-0-position": "0"}
    data |= {"attachments-0-file": ContentFile(b"MZ\x90", name="表.pdf")}
    response = as_(people.clerk).post(LIST + "add/", data)
    assert response.status_code == 200
    assert "不是可以公开的文件类型" in response.content.decode()
    assert not Document.objects.exists()


def test_an_agency_out_of_scope_cannot_be_chosen(as_, people):
    response = as_(people.clerk).post(LIST + "add/", form_data(people.nongye))
    assert response.context["adminform"].form.errors["agency"]
    assert not Document.objects.exists()


def test_withheld_without_ground_is_said_at_the_field(as_, people):
    response = as_(people.clerk).post(LIST + "add/", form_data(people.minzheng, openness="withheld"))
    assert "openness_ground" in response.context["adminform"].form.errors


def test_a_clerk_edits_the_draft_and_reviewers_do_not(as_, people, draft):
    response = as_(people.clerk).post(url(draft), form_data(people.minzheng, title="改过的标题"))
    assert response.status_code == 302
    draft.refresh_from_db()
    assert draft.title == "改过的标题"
    assert as_(people.reviewer).get(url(draft)).status_code == 200
    assert as_(people.reviewer).post(url(draft), form_data(people.minzheng, title="越权")).status_code == 403
    draft.refresh_from_db()
    assert draft.title == "改过的标题"


def test_attachments_are_renamed_and_removed(as_, people, draft, pdf):
    first = services.add_attachment(draft, by=people.clerk, file=pdf("a.pdf"))
    second = services.add_attachment(draft, by=people.clerk, file=pdf("b.pdf", b"b"))
    data = form_data(people.minzheng)
    data |= {"attachments-TOTAL_FORMS": "2", "attachments-INITIAL_FORMS": "2"}
    data |= {"attachments-0-id": first.pk, "attachments-0-title": "申请表", "attachments-0-position": "5"}
    data |= {"attachments-1-id": second.pk, "attachments-1-title": "b", "attachments-1-position": "2"}
    data |= {
        "attachments-1-DELETE": "on",
        "attachments-0-document": draft.pk,
        "attachments-1-document": draft.pk,
    }
    assert as_(people.clerk).post(url(draft), data).status_code == 302
    assert [(a.title, a.position) for a in draft.attachments.all()] == [("申请表", 5)]


def test_the_whole_way_by_buttons(as_, people, draft):
    client = as_(people.clerk)
    page = client.get(url(draft)).content.decode()
    assert "提交审核" in page
    assert "签发并公开" not in page
    address = url(draft, "move", "submit")
    assert "提交审核" in client.get(address).content.decode()
    draft.refresh_from_db()
    assert draft.status == Publication.DRAFT  # a GET changes nothing
    assert client.post(address).status_code == 302
    client = as_(people.reviewer)
    assert "签发并公开" in client.get(url(draft)).content.decode()
    assert client.post(url(draft, "move", "send_back"), {"remarks": ""}).status_code == 200
    client.post(url(draft, "move", "send_back"), {"remarks": "请补依据"})
    draft.refresh_from_db()
    assert (draft.status, draft.remarks) == (Publication.DRAFT, "请补依据")
    assert "请补依据" in as_(people.clerk).get(url(draft)).content.decode()
    as_(people.clerk).post(url(draft, "move", "submit"))
    assert as_(people.reviewer).post(url(draft, "move", "approve"), CLEARED).status_code == 302
    draft.refresh_from_db()
    assert draft.status == Publication.PUBLISHED
    assert draft.index_number
    as_(people.reviewer).post(url(draft, "move", "withdraw"), {"reason": "数据有误"})
    draft.refresh_from_db()
    assert (draft.status, draft.withdrawn_reason) == (Publication.WITHDRAWN, "数据有误")
    response = as_(people.clerk).post(url(draft, "copy"))
    copy = Document.objects.exclude(pk=draft.pk).get()
    assert response.url == url(copy)


def test_a_refused_move_says_why_and_does_nothing(as_, people):
    topic = Topic.objects.get(code="1703")
    policy = DocumentFactory(agency=people.minzheng, submitted=True, is_policy=True, topic=topic)
    response = as_(people.reviewer).post(url(policy, "move", "approve"), CLEARED)
    assert response.status_code == 200
    assert "政策文件须与解读同步公开" in response.content.decode()
    policy.refresh_from_db()
    assert policy.status == Publication.SUBMITTED


def test_wrong_person_and_already_done(as_, people, draft):
    assert "您的角色不能" in as_(people.reviewer).post(url(draft, "move", "submit")).content.decode()
    answer = as_(people.reviewer).post(url(draft, "move", "approve"), CLEARED)
    assert "现在的状态是「草稿」" in answer.content.decode()
    assert as_(people.clerk).post(url(draft, "move", "publish")).status_code == 404
    draft.refresh_from_db()
    assert draft.status == Publication.DRAFT


def test_no_page_offers_a_move_that_would_be_refused(as_, people, draft):
    """What the POST refuses, the GET does not offer: 403, or back to the thing with a word."""
    services.submit(draft, by=people.clerk)
    moves = {
        "submit": {},
        "recall": {"clerk": 200},
        "send_back": {"reviewer": 200, "both": 200, "office": 200},
        "approve": {"reviewer": 200, "both": 200, "office": 200},
        "schedule": {"reviewer": 200, "both": 200, "office": 200},
        "hold": {},
        "withdraw": {},
    }
    for move, open_to in moves.items():
        for who in ("clerk", "colleague", "reviewer", "both", "office", "stranger"):
            expected = open_to.get(who, 403 if who == "stranger" or open_to else 302)
            response = as_(getattr(people, who)).get(url(draft, "move", move))
            assert (move, who, response.status_code) == (move, who, expected)
    response = as_(people.reviewer).get(url(draft, "move", "withdraw"), follow=True)
    assert "现在的状态是「待审核」，不能撤下" in response.content.decode()
    services.recall(draft, by=people.clerk)
    services.update_document(draft, by=people.both, title="改过")
    services.submit(draft, by=people.clerk)
    assert as_(people.both).get(url(draft, "move", "approve")).status_code == 403
    public = DocumentFactory(agency=people.minzheng, published=True)
    assert as_(people.clerk).get(url(public, "repeal")).status_code == 200
    assert as_(people.reviewer).get(url(public, "repeal")).status_code == 403


def test_whoever_submitted_takes_it_back_by_a_button(as_, people, draft):
    services.submit(draft, by=people.clerk)
    assert "收回" not in as_(people.reviewer).get(url(draft)).content.decode()
    client = as_(people.clerk)
    assert url(draft, "move", "recall") in client.get(url(draft)).content.decode()
    assert client.post(url(draft, "move", "recall")).status_code == 302
    draft.refresh_from_db()
    assert draft.status == Publication.DRAFT
    assert "收回" in client.get(url(draft, "history")).content.decode()


def test_public_text_is_shown_and_only_metadata_is_a_form(as_, people):
    public = DocumentFactory(agency=people.minzheng, published=True, body="<p>公开的正文</p>")
    response = as_(people.clerk).get(url(public))
    form = response.context["adminform"].form
    assert "issuer" in form.fields
    assert not {"title", "summary", "body", "openness", "agency"} & form.fields.keys()
    assert "<p>公开的正文</p>" in response.content.decode()
    data = {"issuer": "民政局", "attachments-TOTAL_FORMS": "0", "attachments-INITIAL_FORMS": "0"}
    data |= {"validity": public.validity, "written_on": "2026-02-27", "genre": "通知"}
    refused = as_(people.clerk).post(url(public), data)
    assert "更正原因" in str(refused.context["adminform"].form.non_field_errors())
    assert refused.context["adminform"].form["issuer"].value() == "民政局"
    assert as_(people.clerk).post(url(public), data | {"correction_reason": "补发文机关"}).status_code == 302
    public.refresh_from_db()
    assert public.issuer == "民政局"
    forged = data | {
        "title": "伪造",
        "body": "伪造",
        "published_at": "2020-01-01",
        "index_number": "X-2020-001",
    }
    as_(people.clerk).post(url(public), forged | {"correction_reason": "试一试"})
    public.refresh_from_db()
    assert public.title != "伪造"
    assert public.body == "<p>公开的正文</p>"
    assert public.published_on == date(2026, 3, 2)


def test_deleting_drafts_only(as_, people, draft):
    public = DocumentFactory(agency=people.minzheng, published=True)
    assert as_(people.clerk).post(url(public, "delete"), {"post": "yes"}).status_code == 403
    assert as_(people.reviewer).post(url(draft, "delete"), {"post": "yes"}).status_code == 403
    assert as_(people.clerk).post(url(draft, "delete"), {"post": "yes"}).status_code == 302
    assert list(Document.objects.all()) == [public]


PAGES = ["change", "history", "preview", "copy", "delete", "repeal"]


@pytest.mark.parametrize("page", [*PAGES, "move", "attachment"])
@pytest.mark.parametrize("state", [{}, {"submitted": True}, {"withdrawn": True}])
def test_no_page_shows_another_agency_its_drafts(page, state, as_, people, pdf):
    """The leak test: a draft that could leak is there, and its title is looked for in every answer."""
    secret = DocumentFactory(agency=people.nongye, title="绝密标题甲", body="<p>绝密正文</p>", **state)
    extra = {"move": ["approve"], "attachment": [1]}.get(page, [])
    if page == "attachment" and not state:
        extra = [services.add_attachment(secret, by=people.stranger, file=pdf()).pk]
    for user in (people.clerk, people.reviewer):
        response = as_(user).get(url(secret, page, *extra))
        assert response.status_code in {302, 403, 404}
        assert "绝密" not in response.content.decode()
        follow = as_(user).get(url(secret, page, *extra), follow=True)
        assert "绝密" not in follow.content.decode()


def test_lists_search_filters_export_and_autocomplete_keep_the_scope(as_, people):
    DocumentFactory(agency=people.nongye, title="绝密标题甲", doc_number="青农发〔2026〕1号")
    mine = DocumentFactory(agency=people.minzheng, title="本局标题", doc_number="青民发〔2026〕7号")
    client = as_(people.clerk)
    autocomplete = (
        "/admin/autocomplete/?app_label=interpretation&model_name=interpretation&field_name=documents"
    )
    for address in (
        LIST,
        f"{LIST}?q=绝密",
        f"{LIST}?q=青农发[2026]1号",
        f"{LIST}?agency=nongye",
        f"{LIST}?status__exact=draft",
        f"{autocomplete}&term=标题",
    ):
        text = client.get(address).content.decode()
        assert "绝密标题甲" not in text.encode().decode("unicode_escape", "ignore") + text
    assert "本局标题" in client.get(f"{LIST}?q=青民发[2026]第7号").content.decode()
    assert client.get(f"{autocomplete}&term=标题").json()["results"][0]["id"] == str(mine.pk)
    titles = [row[0] for row in _rows(client.get(f"{LIST}export/"))]
    assert titles == ["标题", "本局标题"]
    assert [row[0] for row in _rows(client.get(f"{LIST}export/?q=没有"))] == ["标题"]
    assert "青澜县农业农村局" not in client.get(LIST).content.decode()


def test_the_box_of_items_offers_what_may_be_linked_and_nothing_else(as_, people):
    town = AgencyFactory(code="linjiang", name="临江镇人民政府", kind="township")
    clerk = UserFactory(agency=town)
    named = ItemFactory(agency=people.minzheng, agencies=[town], levels=["事项", "写明本镇"])
    ItemFactory(agency=people.minzheng, levels=["事项", "别人的"])
    ItemFactory(agency=people.minzheng, agencies=[town], levels=["事项", "已取消"], retired_on="2026-01-01")
    own = ItemFactory(agency=town, levels=["事项", "自己的"])
    address = "/admin/autocomplete/?app_label={}&model_name={}&field_name={}&term=事项"

    def offered(user, *field):
        response = as_(user).get(address.format(*field))
        return {row["id"] for row in response.json()["results"]} if response.status_code == 200 else set()

    assert offered(clerk, "disclosure", "document", "items") == {str(named.pk), str(own.pk)}
    linkable = {str(pk) for pk in Item.objects.linkable_by(people.clerk).values_list("pk", flat=True)}
    assert offered(people.clerk, "disclosure", "document", "items") == linkable
    # The list of items and whatever else asks for them keep to the scope, whatever the address says.
    listed = as_(clerk).get("/admin/catalog/item/?q=事项").content.decode()
    assert "自己的" in listed
    assert "写明本镇" not in listed
    forged = "/admin/catalog/item/?app_label=disclosure&model_name=document&field_name=items&q=事项"
    assert "写明本镇" not in as_(clerk).get(forged, follow=True).content.decode()
    assert offered(UserFactory(agency=town, roles=[]), "disclosure", "document", "items") == set()


def test_the_exported_list_has_a_chinese_name_with_the_countys_date(as_, people, time_machine):
    time_machine.move_to(datetime(2026, 11, 22, 17, 0, tzinfo=UTC), tick=False)  # already the 23rd in China
    for model, name in (("disclosure/document", "文件"), ("interpretation/interpretation", "解读")):
        response = as_(people.office).get(f"/admin/{model}/export/")
        assert f"filename*=utf-8''{quote(f'{name}-20261123.xlsx')}" in response["Content-Disposition"]
        assert all("\u4e00" <= heading[0] <= "\u9fff" for heading in _rows(response)[0])


@pytest.mark.parametrize(
    ("state", "interpretations", "shown"),
    [
        ({}, [], "待起草"),
        ({}, ["draft"], "1份在办"),
        ({"submitted": True}, ["draft", "submitted"], "2份在办"),
        ({"published": True}, [], "缺"),
        ({"published": True}, ["submitted", "withdrawn"], "缺（1份在办）"),
        ({"published": True}, ["published", "draft"], "1份"),
        ({"published": True, "no_interpretation_reason": "仅调整成员"}, [], "不作解读"),
        ({"withdrawn": True}, ["withdrawn"], "已撤下1份"),
        ({"withdrawn": True}, ["draft"], "—"),
        ({"withdrawn": True}, [], "—"),
    ],
)
def test_the_list_tells_how_far_the_interpretation_is(state, interpretations, shown, as_, people):
    paper = DocumentFactory(agency=people.minzheng, is_policy=True, **state)
    for one in interpretations:
        made = {one: True} if one != "draft" else {}
        InterpretationFactory(agency=people.minzheng, documents=[paper], **made)
    page = as_(people.clerk).get(LIST).content.decode()
    cell = re.search(r'<td class="field-interpreted[^"]*"[^>]*>(.*?)</td>', page).group(1)
    assert re.sub(r"<[^>]+>", "", cell) == shown


def _rows(response):
    from io import BytesIO

    from openpyxl import load_workbook

    assert response["Content-Type"].startswith("application/vnd.openxmlformats")
    return list(load_workbook(BytesIO(response.content)).active.iter_rows(values_only=True))


def test_exported_cells_are_texts(as_, people):
    DocumentFactory(agency=people.minzheng, title="=1+1", doc_number="", keywords=[])
    rows = _rows(as_(people.clerk).get(f"{LIST}export/"))
    assert rows[1][0] == "=1+1"
    assert all(cell is None or isinstance(cell, str) for row in rows for cell in row)
    assert "None" not in rows[1]


def test_people_without_the_permission_get_nothing(as_, people, client):
    nobody = UserFactory(agency=people.minzheng, roles=[])
    draft = DocumentFactory(agency=people.minzheng, title="内部")
    for address in (LIST, f"{LIST}export/", *(url(draft, page) for page in ("change", "history", "preview"))):
        assert as_(nobody).get(address).status_code in {302, 403}
    client.logout()
    assert client.get(url(draft, "preview")).url.startswith("/admin/login/")


def test_a_bureau_may_link_the_countys_public_papers_and_no_drafts_of_others(as_, people):
    county = people.minzheng.parent
    DocumentFactory(agency=county, title="县政府公开的标题", published=True)
    DocumentFactory(agency=county, title="县政府草稿的标题")
    address = "/admin/autocomplete/?app_label=interpretation&model_name=interpretation&field_name=documents"
    found = [row["text"] for row in as_(people.clerk).get(f"{address}&term=标题").json()["results"]]
    assert found == ["县政府公开的标题"]


def test_history_tells_who_what_and_the_change(as_, people, draft, pdf):
    client = as_(people.clerk)
    services.remove_attachment(
        services.add_attachment(draft, by=people.colleague, file=pdf("删去的附件.pdf")), by=people.colleague
    )
    services.add_attachment(draft, by=people.colleague, file=pdf("标准表.pdf"))
    DocumentFactory(agency=people.minzheng, title="被它废止的", repealed_by=draft)
    topic = Topic.objects.exclude(pk=draft.topic_id).first()
    client.post(url(draft), form_data(people.minzheng, title="新的标题", topic=topic.pk))
    draft.refresh_from_db()
    confirmed(draft, people.clerk)
    client.post(url(draft, "move", "submit"))
    text = client.get(url(draft, "history")).content.decode()
    for words in (
        "提交审核",
        "修改",
        people.clerk.full_name,
        "低保标准通知",
        "新的标题",
        "待审核",
        "上传附件",
        "删除附件",
        # Codes and numbers of the record in words.
        str(topic),
        "终审签发",
    ):
        assert words in text
    assert "被它废止的" not in text
    submitted = Document.objects.get(pk=draft.pk).submitted_at
    assert f"{timezone.localtime(submitted):%Y-%m-%d %H:%M}" in text
    assert submitted.isoformat()[:16] not in text


def test_preview_cleans_what_got_past_the_door(as_, people, draft):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("UPDATE disclosure_document SET body = '<p>甲</p><script>alert(1)</script>'")
    page = as_(people.reviewer).get(url(draft, "preview"))
    text = as_(people.reviewer).get(page.context["frame"]).content.decode()
    assert "<p>甲</p>" in text
    assert "alert(1)" not in text
    assert "alert(1)" not in as_(people.reviewer).get(url(draft)).content.decode()


def test_attachments_come_as_files_to_keep(as_, people, draft, pdf):
    stored = services.add_attachment(draft, by=people.clerk, file=pdf("补贴 表.pdf"))
    response = as_(people.reviewer).get(url(draft, "attachment", stored.pk))
    assert response["Content-Disposition"].startswith("attachment;")
    assert response["Content-Type"] == "application/pdf"
    assert b"".join(response.streaming_content).startswith(b"%PDF")
    other = DocumentFactory(agency=people.minzheng)
    assert as_(people.reviewer).get(url(other, "attachment", stored.pk)).status_code == 404


def test_links_run_both_ways(as_, people, draft):
    told = InterpretationFactory(agency=people.minzheng, title="低保解读", documents=[draft])
    page = as_(people.clerk).get(url(draft)).content.decode()
    assert f"/admin/interpretation/interpretation/{told.pk}/change/" in page
    assert f"/admin/interpretation/interpretation/add/?documents={draft.pk}" in page
    back = as_(people.clerk).get(f"/admin/interpretation/interpretation/{told.pk}/change/").content.decode()
    assert url(draft) in back
    form = as_(people.clerk).get(f"/admin/interpretation/interpretation/add/?documents={draft.pk}")
    assert "低保标准通知" in form.content.decode()


def test_repeal_page(as_, people):
    old = DocumentFactory(agency=people.minzheng, published=True)
    new = DocumentFactory(agency=people.minzheng, published=True, doc_number="青民发〔2026〕9号")
    client = as_(people.clerk)
    address = url(old, "repeal")
    assert (
        "没有" in client.post(address, {"on": "2026-05-01", "number": "青民发〔1999〕1号"}).content.decode()
    )
    assert client.post(address, {"on": "2026-05-01", "number": "青民发[2026]9号"}).status_code == 302
    old.refresh_from_db()
    assert (old.repealed_by, old.validity) == (new, "repealed")


def test_the_editor_starts_under_the_policy(as_, people):
    """The editor's inline import map bears the nonce of the header; without it the editor is dead."""
    response = as_(people.clerk).get(LIST + "add/")
    nonce = re.search(r"'nonce-([^']+)'", response["Content-Security-Policy"]).group(1)
    importmap = re.search(r'<script[^>]*type="importmap"[^>]*>', response.content.decode()).group(0)
    assert f'nonce="{nonce}"' in importmap
    assert "js/editor-zh" in response.content.decode()


def test_alignment_survives_the_editor(as_, people, draft):
    Document.objects.filter(pk=draft.pk).update(
        body='<p class="align-right">落款</p><p class="no-indent">各乡镇:</p>'
    )
    page = as_(people.clerk).get(url(draft)).content.decode()
    assert "&lt;p class=&quot;align-right&quot;&gt;落款" in page
    assert "&lt;p class=&quot;no-indent&quot;&gt;各乡镇" in page


@pytest.mark.parametrize("many", [1, 3])
def test_queries_do_not_grow_with_the_list(many, as_, people, django_assert_max_num_queries):
    for _ in range(many):
        paper = DocumentFactory(agency=people.minzheng, published=True, topic=Topic.objects.get(code="1703"))
        InterpretationFactory(agency=people.minzheng, documents=[paper], published=True)
    client = as_(people.clerk)
    with django_assert_max_num_queries(14):
        client.get(LIST)
    with django_assert_max_num_queries(14):
        client.get("/admin/interpretation/interpretation/")
    with django_assert_max_num_queries(12):
        client.get(f"{LIST}export/")


@pytest.mark.parametrize("many", [1, 3])
def test_queries_do_not_grow_with_the_form(many, as_, people, pdf, django_assert_max_num_queries):
    paper = DocumentFactory(agency=people.minzheng, created_by=people.clerk)
    paper.items.set([ItemFactory(agency=people.minzheng) for _ in range(many)])
    for n in range(many):
        services.add_attachment(paper, by=people.clerk, file=pdf(f"{n}.pdf", bytes([65 + n])))
        InterpretationFactory(agency=people.minzheng, documents=[paper])
    # Two of them: words kept for this person, colleagues at the same draft.
    with django_assert_max_num_queries(40):
        as_(people.clerk).get(url(paper))


def test_work_queue_filters_are_allowed_on_the_lists(as_, people):
    client = as_(people.clerk)
    for filters in (
        f"status__exact=draft&created_by__exact={people.clerk.pk}&remarks__gt=",
        f"status__exact=draft&created_by__exact={people.clerk.pk}&remarks__exact=",
        f"status__exact=submitted&submitted_by__exact={people.clerk.pk}",
        "status__exact=published&is_policy__exact=1&no_interpretation_reason__exact=&interpretations__isnull=1",
    ):
        assert client.get(f"{LIST}?{filters}").status_code == 200
    assert Interpretation.objects.count() == 0
