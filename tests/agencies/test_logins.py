"""Guessing passwords is slow, and a guesser locks nobody else out."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import RequestFactory
from django.urls import reverse

from agencies import services
from agencies.addresses import client_address
from agencies.models import FailedLogin
from tests.factories import PASSWORD, AdministratorFactory, UserFactory

pytestmark = pytest.mark.django_db


def log_in(client, password, address="10.0.0.1", username="zhou01"):
    return client.post("/admin/login/", {"username": username, "password": password}, REMOTE_ADDR=address)


def test_after_five_failures_the_pair_waits_and_others_do_not(client):
    UserFactory(username="zhou01")
    for _ in range(5):
        assert "登录名或密码不对" in log_in(client, "wrong").content.decode()
    assert "过 15 分钟再试" in log_in(client, PASSWORD).content.decode()
    assert "过 15 分钟再试" in log_in(client, PASSWORD, username="ZHOU01").content.decode()
    assert log_in(client, PASSWORD, address="10.0.0.2").status_code == 302


def test_four_failures_and_a_success_begin_anew(client):
    UserFactory(username="zhou01")
    for _ in range(4):
        log_in(client, "wrong")
    assert log_in(client, PASSWORD).status_code == 302
    assert FailedLogin.objects.count() == 0


def test_the_pair_is_free_again_after_the_window():
    start = datetime(2026, 11, 22, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
    pair = {"username": "zhou01", "address": "10.0.0.1"}
    for minute in range(5):
        services.note_failed_login(**pair, now=start + timedelta(minutes=minute))
    assert services.is_locked_out(**pair, now=start + timedelta(minutes=14))
    assert not services.is_locked_out(**pair, now=start + timedelta(minutes=15))


def test_failures_are_forgotten_after_a_day():
    start = datetime(2026, 11, 22, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
    services.note_failed_login(username="old", address="10.0.0.1", now=start)
    services.note_failed_login(username="new", address="10.0.0.1", now=start + timedelta(days=1, seconds=1))
    assert list(FailedLogin.objects.values_list("username", flat=True)) == ["new"]


def test_a_forged_header_counts_only_behind_our_own_proxy(settings):
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="6.6.6.6, 7.7.7.7")
    settings.SECURE_PROXY_SSL_HEADER = None
    assert client_address(request) == "10.0.0.1"
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert client_address(request) == "7.7.7.7"
    assert client_address(RequestFactory().get("/", REMOTE_ADDR="10.0.0.1")) == "10.0.0.1"


def test_an_unknown_name_and_a_wrong_password_read_the_same(client):
    UserFactory(username="zhou01")
    known = log_in(client, "wrong").context["form"].non_field_errors()
    unknown = log_in(client, "wrong", username="nobody").context["form"].non_field_errors()
    assert known == unknown


def test_a_new_password_frees_the_pair_at_once(client):
    user = UserFactory(username="zhou01")
    for _ in range(5):
        log_in(client, "wrong")
    services.reset_password(user=user, password="qinglan-2026-xin-mima", by=None)
    assert log_in(client, "qinglan-2026-xin-mima").status_code == 302


def test_an_open_session_alone_sets_neither_pin_nor_password(client):
    administrator = AdministratorFactory()
    client.force_login(administrator)
    own = [administrator.pk]
    mine, changing = reverse("admin:agencies_user_my_pin"), reverse("admin:password_change")
    assert client.get(reverse("admin:agencies_user_pin", args=own)).url == mine
    assert client.get(reverse("admin:agencies_user_password", args=own)).url == changing
    pin = {"pin": "480219", "pin2": "480219"}
    assert "必填" in client.post(mine, pin).content.decode()
    for _ in range(4):
        assert "登录密码不对" in client.post(mine, {"password": "guess", **pin}).content.decode()
    new = {"new_password1": "qinglan-xin-mima", "new_password2": "qinglan-xin-mima"}
    assert "登录密码不对" in client.post(changing, {"old_password": "guess", **new}).content.decode()
    assert "过 15 分钟再试" in client.post(mine, {"password": PASSWORD, **pin}).content.decode()
    assert "过 15 分钟再试" in client.post(changing, {"old_password": PASSWORD, **new}).content.decode()
    assert not services.has_pin(administrator)
