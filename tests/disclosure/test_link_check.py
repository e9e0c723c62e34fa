"""The watch over addresses elsewhere, against a server of our own on the loopback.

The server is reached through a policy that allows 127.0.0.1 and nothing else; with the real policy the same
address is refused before a connection is made.
"""

import socket
import ssl
import subprocess
import threading
import time
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from disclosure import services
from disclosure.link_check import BadAddressError, Finding, Policy, check, is_public, well_formed
from disclosure.models import Coverage, ElsewhereAddress
from tests.factories import ItemFactory

LOOPBACK = Policy(allows=lambda address: address == ip_address("127.0.0.1"))
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


class Site(BaseHTTPRequestHandler):
    """A platform with every habit that platforms have."""

    asked: list[str] = []

    def do_GET(self):
        type(self).asked.append(self.path)
        if self.answered_oddly():
            return
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/to/"))
            self.end_headers()
        elif self.path == "/drip":
            try:
                for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 400:
                    self.wfile.write(bytes([byte]))
                    time.sleep(0.1)
            except OSError:
                return
        elif self.path == "/endless":
            self.send_response(200)
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b"a" * 65536)
            except OSError:
                return
        else:
            status = int(self.path.strip("/") or 200) if self.path.strip("/").isdigit() else 200
            self.send_response(status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

    def answered_oddly(self):
        if self.path in ("/bare-utf-8", "/bare-gbk"):
            place = f"/only-here/{'公告'}".encode(self.path.removeprefix("/bare-"))
            self.wfile.write(b"HTTP/1.0 302 Found\r\nLocation: " + place + b"\r\n\r\n")
        elif self.path.startswith("/only-here/"):
            known = ("/only-here/%E5%85%AC%E5%91%8A", "/only-here/%B9%AB%B8%E6")
            self.send_response(200 if self.path in known else 404)
            self.end_headers()
        elif self.path == "/cookie":
            self.send_response(302)
            self.send_header("Set-Cookie", "seen=1")
            self.send_header("Location", "/cookie")
            self.end_headers()
        elif self.path == "/continue":
            try:
                while True:
                    self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            except OSError:
                pass
        else:
            return False
        return True

    def log_message(self, *args):
        """Nothing."""


@pytest.fixture
def site():
    """Base address of the server; `Site.asked` holds what it was asked for."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.daemon_threads = True
    Site.asked = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "verdict"),
    [
        ("/", "ok"),
        ("/公告/第1页?q=低保", "ok"),
        ("/to//200", "ok"),
        ("/404", "dead"),
        ("/410", "dead"),
        ("/500", "dead"),
        ("/403", "unclear"),
        ("/412", "unclear"),
        ("/endless", "ok"),
        ("/to/ftp://127.0.0.1/", "dead"),
        ("/to/file:///etc/passwd", "dead"),
        ("/to/http://127.0.0.1:22/", "dead"),
        ("/bare-utf-8", "ok"),
        ("/bare-gbk", "ok"),
        ("/cookie", "unclear"),
    ],
)
def test_what_a_platform_answers(site, path, verdict):
    found = check(site + path, LOOPBACK)
    assert found.verdict == verdict, found
    assert bool(found.problem) == (verdict != "ok")


def test_a_ring_of_redirects_ends(site):
    found = check(f"{site}/to/" + "/to/" * 20 + "200", LOOPBACK)
    assert found.verdict == "dead"
    assert "重定向" in found.problem
    assert len(Site.asked) <= 6


@pytest.mark.parametrize("path", ["/drip", "/continue"])
def test_a_slow_drip_and_answers_without_end_stop_by_the_clock(site, path):
    begun = time.monotonic()
    assert check(site + path, LOOPBACK, patience=1).verdict == "unreachable"
    # It would drip for forty seconds, and put off for ever.
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize(
    "address", ["http://gov.example:25/", "https://gov.example:6000/", "http://g.example:0/"]
)
def test_ports_of_other_services_are_no_addresses(address):
    with pytest.raises(BadAddressError, match="端口"):
        well_formed(address)
    assert well_formed("http://gov.example:8081/a") == "http://gov.example:8081/a"


def test_the_own_network_is_never_asked(site):
    port = site.rpartition(":")[2]
    for host in (
        "127.0.0.1",
        "localhost",
        "127.1",
        "2130706433",
        "0.0.0.0",  # noqa: S104
        "0x7f.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
    ):
        assert check(f"http://{host}:{port}/").verdict != "ok", host
    assert Site.asked == []


def test_a_redirect_into_another_network_is_not_followed(site):
    found = check(f"{site}/to/http://10.0.0.1/admin", LOOPBACK)
    assert (found.verdict, "内部网络" in found.problem) == ("dead", True)


@pytest.mark.parametrize(
    "address",
    "fec0::1 3fff::1 ::7f00:1 2001:0:7f00:1:: 127.0.0.1 10.0.0.1 172.16.3.4 192.168.1.1 "
    "169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 255.255.255.255 "
    "::1 :: fe80::1 fc00::1 ff02::1 ::ffff:8.8.8.8 64:ff9b::7f00:1 2002:7f00:1::1 192.0.2.1".split(),
)
def test_addresses_off_the_open_internet(address):
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "114.114.114.114", "2400:3200::1"])
def test_addresses_on_the_open_internet(address):
    assert is_public(ip_address(address))


def test_a_closed_door_and_an_unknown_name_are_unreachable():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert check(f"http://127.0.0.1:{port}/", LOOPBACK).verdict == "unreachable"
    assert check("http://no-such-platform.invalid/").verdict == "unreachable"


def test_a_certificate_that_browsers_refuse_is_a_fault_of_the_site(tmp_path, certificate):
    cert, key = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"https://127.0.0.1:{server.server_port}/"
    found = check(address, LOOPBACK)
    assert (found.verdict, "证书" in found.problem) == ("dead", True)
    trusted = Policy(LOOPBACK.allows, ssl.create_default_context(cafile=str(cert)))
    assert check(address, trusted).verdict == "ok"
    server.shutdown()
    server.server_close()


@pytest.fixture
def certificate(tmp_path):
    """A certificate for 127.0.0.1 that nobody but the test trusts."""
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test "
        f"-addext subjectAltName=IP:127.0.0.1 -keyout {key} -out {cert}".split(),
        check=True,
        capture_output=True,
    )
    return cert, key


# The watch


@pytest.fixture
def kept(people, site):
    """An item whose address is the server's page /404."""
    item = ItemFactory(agency=people.minzheng)
    services.keep_elsewhere(item, by=people.clerk, platform="信用中国", url="https://example.org/x", now=NOW)
    ElsewhereAddress.objects.update(url=site + "/404")
    return ElsewhereAddress.objects.get()


def look(days, hours=0):
    done = services.check_addresses(
        ask=lambda url: check(url, LOOPBACK), now=NOW + timedelta(days=days, hours=hours)
    )
    return done, ElsewhereAddress.objects.get()


@pytest.mark.django_db
def test_an_address_is_dead_after_failures_on_three_days_and_alive_at_once(kept, site):
    assert look(0)[1].status == "unchecked"
    assert look(0, hours=2)[0] == 0
    done, row = look(1)
    assert (done, row.status, row.failures) == (1, "unchecked", 2)
    row = look(2)[1]
    assert (row.status, row.failures) == ("dead", 3)
    assert "404" in row.problem
    assert "打不开" in Coverage.objects.get().reason
    assert Coverage.objects.waiting_for("dead").count() == 1
    ElsewhereAddress.objects.update(url=site + "/200")
    row = look(3)[1]
    assert (row.status, row.failures, row.problem) == ("ok", 0, "")
    assert Coverage.objects.waiting_for("dead").count() == 0


@pytest.mark.django_db
def test_failures_of_one_day_count_once(kept):
    look(0)
    ElsewhereAddress.objects.update(checked_at=None)
    assert look(0, hours=3)[1].failures == 1


@pytest.mark.django_db
def test_what_only_people_may_see_is_no_failure(kept, site):
    ElsewhereAddress.objects.update(url=site + "/412", status="ok")
    row = look(0)[1]
    assert (row.status, row.failures) == ("ok", 0)
    assert "浏览器" in row.problem


@pytest.mark.django_db
def test_without_a_way_out_nothing_is_held_against_anybody(kept, people):
    other = ItemFactory(agency=people.minzheng)
    services.keep_elsewhere(other, by=people.clerk, platform="采购网", url="https://example.net/y", now=NOW)
    nothing = Finding("unreachable", "连不上这个网站。")
    services.check_addresses(ask=lambda url: nothing, now=NOW)
    assert set(ElsewhereAddress.objects.values_list("failures", flat=True)) == {0}
    # One of two answers: the other one's silence is its own.
    later = NOW + timedelta(days=1)
    services.check_addresses(ask=lambda url: Finding("ok") if "example" in url else nothing, now=later)
    assert sorted(ElsewhereAddress.objects.values_list("failures", flat=True)) == [0, 1]


@pytest.mark.django_db(transaction=True)
def test_an_address_that_was_changed_meanwhile_is_not_judged_by_the_old_one(kept):
    def ask(url):
        ElsewhereAddress.objects.update(url="https://example.org/new")
        connection.close()
        return Finding("dead", "页面不存在。")

    services.check_addresses(ask=ask, now=NOW)
    row = ElsewhereAddress.objects.get()
    assert (row.url, row.failures, row.checked_at) == ("https://example.org/new", 0, None)
