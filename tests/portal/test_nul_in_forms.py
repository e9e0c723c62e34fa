"""NUL (U+0000) in what is sent with a POST, or rides along in a cookie: 400 with words, never 500."""

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from disclosure.models import Document, Topic
from tests.factories import AdministratorFactory, AgencyFactory, DocumentFactory, UserFactory
from tests.portal.site_county import build

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files")]
ADD = "/admin/disclosure/document/add/"
FIELDS = (
    "title doc_number kind genre agency issuer summary body openness openness_reason topic keywords "
    "written_on source_url items csrfmiddlewaretoken _continue attachments-TOTAL_FORMS"
).split()


def _data(agency, **changes):
    return {
        "title": "关于提高低保标准的通知",
        "kind": "document",
        "agency": agency.pk,
        "body": "<p>正文</p>",
        "attachments-TOTAL_FORMS": "0",
        "attachments-INITIAL_FORMS": "0",
        **changes,
    }


@pytest.fixture
def clerk():
    return UserFactory(agency=AgencyFactory(code="minzheng"))


def _is_refused(response):
    assert response.status_code == 400
    assert "没有看懂这个请求" in response.content.decode()


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("multipart", [True, False])
def test_in_every_field_of_a_form(client, clerk, name, multipart):
    client.force_login(clerk)
    data = _data(clerk.agency) | {name: "甲\0乙"}
    if multipart:
        response = client.post(ADD, data)
    else:
        from urllib.parse import urlencode

        response = client.post(ADD, urlencode(data), content_type="application/x-www-form-urlencoded")
    _is_refused(response)
    assert not Document.objects.exists()
    assert client.post(ADD, _data(clerk.agency)).status_code == 302


def test_in_a_name_of_a_field_and_in_what_comes_with_a_file(client, clerk):
    client.force_login(clerk)
    _is_refused(client.post(ADD, _data(clerk.agency) | {"ti\0tle": "甲"}))
    for headers in (
        'Content-Disposition: form-data; name="attachments-0-file"; filename="a.pdf"\r\nContent-Type: a/b\0c',
        'Content-Disposition: form-data; name="attach\0ments-0-file"; filename="a.pdf"',
        'Content-Disposition: form-data; name="attachments-0-file"; filename="a\0.pdf"',
        "Content-Disposition: form-data; name=\"f\"; filename*=UTF-8''a%00.pdf",
    ):
        body = f"--XX\r\n{headers}\r\n\r\n%PDF-1.4\r\n--XX--\r\n".encode()
        response = client.post(ADD, body, content_type="multipart/form-data; boundary=XX")
        assert response.status_code in {200, 400}, headers
    assert not Document.objects.exists()


def test_a_file_with_nul_inside_is_a_file(client, clerk):
    client.force_login(clerk)
    data = _data(clerk.agency) | {"attachments-TOTAL_FORMS": "1", "attachments-0-position": "0"}
    data |= {"attachments-0-file": ContentFile(b"%PDF-1.4\n\0\0\n%%EOF", name="a.pdf")}
    assert client.post(ADD, data).status_code == 302
    assert Document.objects.get().attachments.count() == 1


def test_in_moves_corrections_log_in_and_lists(client, clerk):
    _is_refused(client.post("/admin/login/", {"username": "a\0b", "password": "x\0"}))
    client.force_login(clerk)
    draft = DocumentFactory(agency=clerk.agency, created_by=clerk, topic=Topic.objects.first())
    _is_refused(
        client.post(reverse("admin:disclosure_document_move", args=[draft.pk, "submit"]), {"x": "\0"})
    )
    _is_refused(client.post("/admin/disclosure/document/", {"action": "\0", "_selected_action": "\0"}))
    client.force_login(AdministratorFactory())
    _is_refused(client.post("/admin/agencies/user/add/", {"full_name": "\0", "username": "\0"}))


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("body", ['{"q": "\\u0000"}', '{"q": "\0"}', "\0"])
def test_the_api_takes_no_body_at_all(client, method, body):
    build()
    for path in ("search", "documents", "documents/1", "catalog/items"):
        response = getattr(client, method)(f"/api/v1/{path}", body, content_type="application/json")
        assert response.status_code == 405
    form = client.post("/api/v1/search", {"q": "\0"})
    assert form.status_code == 400
    assert "空字符" in form.json()["detail"]


@pytest.mark.parametrize("name", ["sessionid", "csrftoken", "messages", "care"])
def test_in_a_cookie(client, name):
    build()
    response = client.get("/admin/", headers={"cookie": f'{name}="{chr(92)}000{"a" * 31}"'})
    assert response.status_code == 400
