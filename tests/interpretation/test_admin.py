"""The back office of interpretations: what differs from documents, and the scope of every page again."""

import pytest
from django.urls import reverse

from disclosure.states import Publication
from interpretation.models import Interpretation
from tests.factories import DocumentFactory, InterpretationFactory

pytestmark = pytest.mark.django_db
LIST = "/admin/interpretation/interpretation/"


def url(thing, page="change", *args):
    return reverse(f"admin:interpretation_interpretation_{page}", args=[thing.pk, *args])


def form_data(agency, **changes):
    return {
        "title": "低保涨了多少",
        "agency": agency.pk,
        "forms": ["text", "qa"],
        "body": "<p>三句话看懂。</p>",
        "interpreter": "青澜县民政局",
        "contact": "0799-5210306",
        "attachments-TOTAL_FORMS": "0",
        "attachments-INITIAL_FORMS": "0",
        **changes,
    }


def test_adding_with_its_document_and_all_the_way(client, people):
    paper = DocumentFactory(agency=people.minzheng, published=True)
    client.force_login(people.clerk)
    response = client.post(f"{LIST}add/", form_data(people.minzheng, documents=[paper.pk]))
    assert response.status_code == 302, response.context["errors"]
    told = Interpretation.objects.get()
    assert (told.forms, list(told.documents.all()), told.created_by) == (
        ["text", "qa"],
        [paper],
        people.clerk,
    )
    client.post(url(told, "move", "submit"))
    client.force_login(people.reviewer)
    client.post(url(told, "move", "approve"), {"secrecy_cleared": "on"})
    told.refresh_from_db()
    assert told.status == Publication.PUBLISHED
    assert "待审核" in client.get(url(told, "history")).content.decode()
    frame = reverse("preview_frame", args=["interpretation", told.pk])
    assert frame in client.get(url(told, "preview")).content.decode()
    assert "三句话看懂" in client.get(frame).content.decode()


def test_a_strangers_draft_cannot_be_linked_through_the_form(client, people):
    foreign = DocumentFactory(agency=people.nongye, title="别局草稿")
    client.force_login(people.clerk)
    response = client.post(f"{LIST}add/", form_data(people.minzheng, documents=[foreign.pk]))
    assert response.context["adminform"].form.errors["documents"]
    assert "别局草稿" not in response.content.decode()
    assert not Interpretation.objects.exists()
    prefilled = client.get(f"{LIST}add/?documents={foreign.pk}").content.decode()
    assert "别局草稿" not in prefilled


@pytest.mark.parametrize("page", ["change", "history", "preview", "copy", "delete", "move"])
def test_no_page_shows_another_agency_its_drafts(page, client, people):
    secret = InterpretationFactory(agency=people.nongye, title="绝密标题甲", submitted=True)
    client.force_login(people.reviewer)
    response = client.get(url(secret, page, *(["approve"] if page == "move" else [])))
    assert response.status_code in {302, 403, 404}
    assert "绝密" not in response.content.decode()
    assert "绝密" not in client.get(f"{LIST}?q=绝密").content.decode().replace('value="绝密"', "").replace(
        "q=绝密", ""
    )


def test_the_export_keeps_scope_and_words(client, people):
    from io import BytesIO

    from openpyxl import load_workbook

    InterpretationFactory(agency=people.nongye, title="别局解读")
    InterpretationFactory(agency=people.minzheng, title="本局解读", forms=["text", "video"])
    client.force_login(people.clerk)
    sheet = load_workbook(BytesIO(client.get(f"{LIST}export/").content)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert [row[0] for row in rows] == ["标题", "本局解读"]
    assert "文字、视频动漫" in rows[1]


def test_the_form_of_a_public_interpretation_corrects_links_with_a_reason(client, people):
    paper = DocumentFactory(agency=people.minzheng, published=True)
    told = InterpretationFactory(agency=people.minzheng, published=True)
    client.force_login(people.clerk)
    data = form_data(people.minzheng, documents=[paper.pk], title="伪造的标题")
    assert "更正原因" in client.post(url(told), data).content.decode()
    assert client.post(url(told), data | {"correction_reason": "补关联"}).status_code == 302
    told.refresh_from_db()
    assert list(told.documents.all()) == [paper]
    assert told.title != "伪造的标题"
