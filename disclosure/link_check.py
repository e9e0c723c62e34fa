"""Does an address on another platform still open? Bounded in time, redirects and size. Pure: no Django.

Staff type these addresses, and the server asks for them: so it must never be led into the own network.
Every host is resolved here, all its addresses must be public, and the connection goes to the very address
that was looked at (no second look-up, no rebinding); each redirect passes the same gate.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from threading import Timer
from time import monotonic
from typing import Literal
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

Address = IPv4Address | IPv6Address
Verdict = Literal["ok", "unclear", "dead", "unreachable"]

#: Seconds for everything, and for the connection alone.
PATIENCE = 12.0
_CONNECT = 6.0
_REDIRECTS = 5
_MOST_BYTES = 64 * 1024
_LONGEST = 1000
_AGENT = "Mozilla/5.0 (compatible; zhengwu-gongkai link check)"
#: Platforms answer these to programs while people see the page: a person has to look.
_FOR_PEOPLE_ONLY = frozenset({401, 403, 405, 406, 412, 418, 429, 503, 521})
_TRANSLATED = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"), IPv6Network("2002::/16"))
# Site-local (RFC 3879), documentation (RFC 9637), segments (RFC 9602): Python calls them global.
_NOT_OPEN = (IPv6Network("fec0::/10"), IPv6Network("3fff::/20"), IPv6Network("5f00::/16"))
#: Ports that every browser refuses (Fetch standard, 2.9): mail, remote log-in, files, telephones.
_BAD_PORTS = frozenset(
    int(port)
    for port in (
        "0 1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111 113 "
        "115 117 119 123 135 137 139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540 548 554 556 "
        "563 587 601 636 989 990 993 995 1719 1720 1723 2049 3659 4045 4190 5060 5061 6000 6566 6665 6666 "
        "6667 6668 6669 6679 6697 10080"
    ).split()
)


class BadAddressError(ValueError):
    """The address is none that may be kept; the message says in Chinese what to do."""


class _RefusedError(Exception):
    """The way leads to a place that this server does not ask."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found: opens; a person has to look; does not open; or nothing was reached at all (which may
    be the own network's fault). `problem` says why in Chinese."""

    verdict: Verdict
    problem: str = ""


def is_public(address: Address) -> bool:
    """Whether an address lies on the open Internet: no loopback, private, link-local, shared, multicast or
    reserved one, and none of IPv6 that stands for an IPv4 address."""
    if isinstance(address, IPv6Address) and (
        address.ipv4_mapped or any(address in network for network in _TRANSLATED + _NOT_OPEN)
    ):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


@dataclass(frozen=True, slots=True)
class Policy:
    """Where requests may go. Tests that own a server allow it here; nothing else does."""

    allows: Callable[[Address], bool] = is_public
    trust: ssl.SSLContext | None = None


OPEN_INTERNET = Policy()


def well_formed(url: str) -> str:
    """The address without blanks around it. Raises BadAddressError for what no citizen could open."""
    text = url.strip()
    if len(text) > _LONGEST:
        raise BadAddressError("网址太长（超过1000个字符），请复制页面本身的网址。")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise BadAddressError("网址写得不对，请从浏览器的地址栏完整复制。") from None
    if parts.scheme not in ("http", "https") or not host or any(c.isspace() or ord(c) < 32 for c in text):
        raise BadAddressError("请写完整的网址，以 http:// 或 https:// 开头，中间没有空格。")
    if parts.username is not None or parts.password is not None:
        raise BadAddressError("网址里不能带用户名和密码，请删去 @ 前面的部分。")
    if port in _BAD_PORTS:
        raise BadAddressError(f"网址里的端口 {port} 不是网页用的，浏览器打不开，请换成群众能打开的网址。")
    literal = _literal(host)
    if host == "localhost" or (literal is not None and not is_public(literal)):
        raise BadAddressError("这是内部网络的地址，群众打不开，请换成公开的网址。")
    return text


def check(url: str, policy: Policy = OPEN_INTERNET, *, patience: float = PATIENCE) -> Finding:
    """Ask for the address once. Never raises for anything that the other side may do."""
    try:
        return _follow(url, policy, patience)
    except _RefusedError as problem:
        return Finding("dead", str(problem))
    except socket.gaierror:
        return Finding("unreachable", "找不到这个网站（域名解析不了）。")
    except ssl.SSLCertVerificationError:
        return Finding("dead", "网站的安全证书有问题，浏览器会拦住群众。")
    except TimeoutError:
        return Finding("unreachable", "等了很久没有回应。")
    except (OSError, HTTPException, ValueError):
        return Finding("unreachable", "连不上这个网站。")


def _follow(url: str, policy: Policy, patience: float) -> Finding:
    end = monotonic() + patience
    wants_cookies = False
    for _ in range(_REDIRECTS + 1):
        left = end - monotonic()
        if left <= 0:
            raise TimeoutError
        status, location, cookies = _ask(url, policy, left)
        wants_cookies |= cookies
        if status in (301, 302, 303, 307, 308) and location:
            url = urljoin(url, location)
            continue
        return _judged(status)
    if wants_cookies:
        # A browser keeps the cookie and is let in at the second knock.
        return Finding("unclear", "网站先要浏览器记下 Cookie 才给看，请用浏览器打开核对。")
    return Finding("dead", "一直在转来转去（重定向太多）。")


def _judged(status: int) -> Finding:
    if status < 400:
        return Finding("ok")
    if status in _FOR_PEOPLE_ONLY:
        return Finding("unclear", f"对方不让程序查看（{status}），请用浏览器打开核对。")
    words = "页面不存在或已删除" if status in (404, 410) else "网站出错"
    return Finding("dead", f"{words}（{status}）。")


def _ask(url: str, policy: Policy, patience: float) -> tuple[int, str, bool]:
    """Status and Location of one answer, and whether it sets cookies; its body is read no further than
    needed and thrown away."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _RefusedError("网址转到了不是网页的地方。")
    secure = parts.scheme == "https"
    port = (443 if secure else 80) if parts.port is None else parts.port
    if port in _BAD_PORTS:
        raise _RefusedError(f"端口 {port} 不是网页用的，浏览器打不开。")
    host = parts.hostname.encode("idna").decode("ascii") if not parts.hostname.isascii() else parts.hostname
    held: list[socket.socket] = [_connected(host, port, policy, min(patience, _CONNECT))]
    # A socket's own timeout starts anew with each byte: this one does not.
    alarm = Timer(patience, _cut, [held])
    alarm.daemon = True
    alarm.start()
    try:
        if secure:
            context = policy.trust or ssl.create_default_context()
            secured = context.wrap_socket(held[0], server_hostname=host, do_handshake_on_connect=False)
            held[0] = secured
            secured.do_handshake()
        connection = HTTPConnection(host, port, timeout=patience)
        connection.sock = held[0]
        connection.request("GET", _target(parts), headers={"User-Agent": _AGENT, "Accept": "text/html,*/*"})
        answer: HTTPResponse = connection.getresponse()
        if answer.status < 300:
            answer.read(_MOST_BYTES)
        cookies = answer.getheader("Set-Cookie") is not None
        return answer.status, _location(answer.getheader("Location") or ""), cookies
    finally:
        alarm.cancel()
        held[0].close()


def _location(header: str) -> str:
    """A Location as browsers read it: many servers write Chinese into it bare, in UTF-8 or GBK."""
    raw = header.encode("latin-1", "replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return "".join(chr(byte) if byte < 0x80 else f"%{byte:02X}" for byte in raw)


def _connected(host: str, port: int, policy: Policy, patience: float) -> socket.socket:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [(family, place) for family, _, _, _, place in found]
    if any(not policy.allows(ip_address(str(place[0]).partition("%")[0])) for _, place in addresses):
        raise _RefusedError("这个网址在内部网络里，群众打不开。")
    problem: OSError = OSError("no address")
    for family, place in addresses[:3]:
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.settimeout(patience / min(len(addresses), 3))
        try:
            sock.connect(place)
        except OSError as error:
            sock.close()
            problem = error
            continue
        sock.settimeout(patience)
        return sock
    raise problem


def _cut(held: list[socket.socket]) -> None:
    try:
        held[0].shutdown(socket.SHUT_RDWR)
    except OSError:
        held[0].close()


def _target(parts: SplitResult) -> str:
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    return urlunsplit(("", "", path, quote(parts.query, safe="/%:@!$&'()*+,;=~-._?[]"), ""))


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
