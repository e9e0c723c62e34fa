"""What every page shows of the site itself: name, marks of the footer, elder version (关怀版), 字号."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.templatetags.static import static

from agencies.models import Agency

CARE_COOKIE = "care"
#: Where the State Council's office collects mistakes of all government sites; a plain link.
NATIONAL_MISTAKES = "https://zfwzzc.www.gov.cn/exposure/jiucuo.html"
SIZE_COOKIE = "text_size"
#: 字号 of body text: value of the cookie → the word on its link. 中 is the one without a cookie.
SIZES = {"large": "大", "": "中", "small": "小"}


class Site:
    """The site as one page shows it; the root agency is read on first use, once a page."""

    def __init__(self, host_name: str = "") -> None:
        self._host_name = host_name

    @cached_property
    def host(self) -> Agency:
        """The county government (主办单位), whose name the site bears (国办发〔2017〕47号)."""
        root: Agency = Agency.objects.root()
        return root

    @cached_property
    def name(self) -> str:
        """网站名称: the setting, else the full name of the county government."""
        return settings.SITE["name"] or self.host.name

    @property
    def domain(self) -> str:
        """网站域名: the setting, else the name under which the visitor came."""
        return settings.SITE["domain"] or self._host_name

    @property
    def id_code(self) -> str:
        """网站标识码: ten characters issued to the site, or nothing as long as none is set."""
        return settings.SITE["id_code"]

    @property
    def mistake_url(self) -> str:
        """The national 我为政府网站找错 of this site; empty as long as the site has no 网站标识码."""
        return f"{NATIONAL_MISTAKES}?site_code={self.id_code}" if self.id_code else ""

    @property
    def icp(self) -> str:
        """ICP备案编号, if set."""
        return settings.SITE["icp"]

    @property
    def police(self) -> str:
        """公安机关备案标识, if set."""
        return settings.SITE["police"]

    @cached_property
    def emblem(self) -> str:
        """Address of the emblem that the county has put in: its static path, or a path from the root.

        Empty where none is set, and where the file is not there: then a neutral mark is drawn.
        """
        path: str = settings.SITE["emblem"]
        try:
            return path if path.startswith("/") or not path else static(path)
        except ValueError:
            return ""


def site_of(request: HttpRequest) -> Site:
    """The site as this request sees it: one object, so one read of the root agency."""
    site: Site | None = getattr(request, "site_shown", None)
    if site is None:
        try:
            host = request.get_host()
        except DisallowedHost:
            host = ""  # the page 400 that says so must not stumble over the same name again
        site = request.site_shown = Site(host)  # type: ignore[attr-defined]
    return site


def context(request: HttpRequest) -> dict[str, Any]:
    """Template context of every page."""
    size = request.COOKIES.get(SIZE_COOKIE, "")
    return {
        "site": site_of(request),
        "care": request.COOKIES.get(CARE_COOKIE) == "1",
        "text_size": size if size in SIZES else "",
        "text_sizes": SIZES,
    }
