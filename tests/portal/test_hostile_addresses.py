"""Addresses that nobody writes by accident: NUL, a foreign host, a filter by password hash."""

import pytest
from django.contrib import admin
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.test import RequestFactory

from agencies.models import User
from portal.middleware import HistoryMiddleware
from tests.factories import AdministratorFactory, OfficeUserFactory
from tests.portal.site_county import LISTS, build

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files")]

API = [
    "documents?agency=%00",
    "interpretations?agency=%00",
    "catalog/items?agency=%00",
    "catalog/items?field=%00",
    "agencies?kind=%00",
    "search?q=%00",
    "catalog/items/%00",
    "catalog/fields/%00",
    "agencies/%00",
]
PATHS = ["/catalog/%00/", "/catalog/items/%00/", "/agencies/%00/", "/i/%00", "/requests/form/%00", "/%00"]
PARAMETERS = "q page agency field kind topic year view by head validity next".split()
ADMIN = [
    "agencies/agency/?parent=%00",
    "agencies/user/?agency__code=%00",
    "catalog/item/?agency=%00",
    "catalog/item/?status=%00",
    "agencies/agency/?kind=%00",
    "autocomplete/?term=%00&app_label=agencies&model_name=user&field_name=agency",
]


@pytest.mark.parametrize("address", API)
def test_nul_in_the_api_is_a_clean_error(client, address):
    build()
    response = client.get(f"/api/v1/{address}")
    assert response.status_code == 400
    assert "空字符" in response.json()["detail"]


@pytest.mark.parametrize("address", [*PATHS, *(f"{url.split('?')[0]}?{{}}" for url in [*LISTS, "/search/"])])
def test_nul_on_public_pages_is_a_clean_error(client, address):
    build()
    for name in PARAMETERS if "{}" in address else [""]:
        response = client.get(address.format(f"{name}=%00"))
        assert response.status_code == 400
        assert "没有看懂这个请求" in response.content.decode()
        assert "Content-Security-Policy" in response


@pytest.mark.parametrize("address", ADMIN)
def test_nul_in_the_back_office_is_a_clean_error(client, address):
    client.force_login(AdministratorFactory())
    assert client.get(f"/admin/{address}").status_code == 400


def test_a_percent_sign_that_was_written_out_is_no_nul(client):
    build()
    assert client.get("/documents/?q=%2500").status_code == 200


@pytest.mark.parametrize("address", ["/", "/documents/", "/admin/login/", "/api/v1/documents"])
def test_a_foreign_host_gets_the_page_400(client, settings, address):
    build()
    settings.ALLOWED_HOSTS = ["testserver"]
    response = client.get(address, headers={"host": "evil.example"})
    assert response.status_code == 400
    assert "没有看懂这个请求" in response.content.decode()
    assert "evil.example" not in response.content.decode()


@pytest.mark.parametrize("model_admin", admin.site._registry.values(), ids=lambda found: found.opts.label)
def test_no_list_is_filtered_by_a_password(model_admin):
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True, is_staff=True, is_active=True)
    roads = ["password"] if model_admin.model is User else []
    for field in model_admin.model._meta.get_fields():
        if field.is_relation and field.related_model is User:
            roads.append(f"{field.name}__password")
        elif field.is_relation and field.related_model:
            roads += [
                f"{field.name}__{further.name}__password"
                for further in field.related_model._meta.get_fields()
                if further.is_relation and further.related_model is User
            ]
    for road in roads:
        for ending in ("", "__startswith", "__regex"):
            assert not model_admin.lookup_allowed(road + ending, "argon2", request), road


def test_the_list_of_users_refuses_the_filter_itself(client, settings, rf):
    client.force_login(AdministratorFactory())
    assert client.get("/admin/agencies/user/?password__startswith=argon2").status_code == 400
    assert client.get("/admin/agencies/user/?is_active__exact=1").status_code == 200
    request = rf.get("/", {"password__startswith": "argon2"})
    request.user = AdministratorFactory()
    with pytest.raises(DisallowedModelAdminLookup):
        admin.site.get_model_admin(User).get_changelist_instance(request)


def test_history_knows_the_visitor_behind_our_proxy(settings, rf):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    request = rf.post("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="6.6.6.6, 7.7.7.7")
    request.user = OfficeUserFactory()
    context = HistoryMiddleware(lambda _: None).get_context(request)
    assert context["address"] == "7.7.7.7"
