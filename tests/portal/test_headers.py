"""Headers, and the rule that no page carries style or script of its own."""

import re

import pytest
from django.test import RequestFactory

from portal.site import Site
from portal.views import errors
from tests.portal.site_county import LISTS, build

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files")]
PAGES = [url for url in LISTS if not url.endswith(".xml")] + [
    "/requests/form/",
    "/catalog/items/jiuye-00001/",
    "/nicht-da/",
]


@pytest.mark.parametrize("url", PAGES)
def test_policy_is_strict_and_the_page_keeps_it(client, url):
    build()
    response = client.get(url)
    policy = response["Content-Security-Policy"]
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy
    assert "default-src 'self'" in policy
    page = response.content.decode()
    assert not re.search(r"<[a-z][^>]*\sstyle=", page)
    assert not re.search(r"<[a-z][^>]*\son[a-z]+=", page)
    assert "<style" not in page
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))
    assert not re.search(r'(?:src|href)="(?:https?:)?//(?!testserver)', page)


def test_document_page_keeps_it_too(client):
    county = build(body='<p style="color:red" onclick="x()">甲</p><script>x()</script>')
    page = client.get(f"/documents/{county.document.pk}/").content.decode()
    assert "甲" in page
    assert "onclick" not in page
    assert "style=" not in page
    assert "<script>" not in page


def test_an_emblem_that_is_not_there_does_not_bring_the_site_down(client, settings):
    settings.SITE = {**settings.SITE, "emblem": "/media/emblem.png"}
    assert '<img class="emblem" src="/media/emblem.png"' in client.get("/agencies/").content.decode()
    settings.SITE = {**settings.SITE, "emblem": "img/missing.png"}
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
    }
    site = Site()
    assert site.emblem == ""


def test_caches_keep_the_care_version_apart(client):
    assert "Cookie" in client.get("/agencies/")["Vary"]


def test_other_headers(client):
    response = client.get("/agencies/")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"
    assert "camera=()" in response["Permissions-Policy"]


def test_missing_page_helps_further(client):
    build()
    response = client.get("/documents/99999999/")
    page = response.content.decode()
    assert response.status_code == 404
    assert "没有这个页面" in page
    assert 'href="tel:07995210001"' in page


@pytest.mark.parametrize(("view", "status"), [(errors.bad_request, 400), (errors.forbidden, 403)])
def test_other_error_pages(view, status):
    build()
    response = view(RequestFactory().get("/"), None)
    assert response.status_code == status
    assert "<h1" in response.content.decode()


def test_server_error_asks_no_database(django_assert_num_queries):
    with django_assert_num_queries(0):
        response = errors.server_error(RequestFactory().get("/"))
    assert response.status_code == 500
    assert "页面暂时打不开" in response.content.decode()


def test_server_error_survives_its_own_template(settings):
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    settings.STATIC_ROOT = "/nonexistent"
    response = errors.server_error(RequestFactory().get("/"))
    assert response.status_code == 500
    assert "页面暂时打不开" in response.content.decode()
