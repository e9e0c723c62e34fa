"""本页纠错: a form for readers, without an account and without JavaScript, guarded against robots.

A robot meets a field that people do not see, a signed moment (nobody writes within two seconds) and the
counter of the service; where the counter says no, the telephone stands beside it.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import Resolver404, resolve, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from agencies.addresses import client_address
from agencies.models import Agency
from catalog.models import Item
from disclosure import services
from disclosure.models import Document
from disclosure.services import NotAllowed, Place, TooMany
from disclosure.states import ErrorKind
from interpretation.models import Interpretation
from portal.site import site_of
from portal.views.rendering import page

_SIGNER = signing.TimestampSigner(salt="report-error")
#: Nobody reads the form and writes in less; after a day the page is opened anew.
_SECONDS, _LONGEST = 2, 24 * 3600


class ErrorReportForm(forms.Form):
    """What a reader says of a page."""

    use_required_attribute = False

    kind = forms.ChoiceField(
        label="哪类问题",
        choices=ErrorKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择是哪类问题。", "invalid_choice": "请从列出的几类里选择。"},
    )
    words = forms.CharField(
        label="哪里有问题",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 5, "aria-describedby": "words-help"}),
        error_messages={"required": "请写明哪里有问题。", "max_length": "请写在1000字以内。"},
    )
    contact = forms.CharField(
        label="您的电话或者邮箱（可以不填）",
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "aria-describedby": "contact-help"}),
        error_messages={"max_length": "请写在100字以内。"},
    )
    #: A trap: hidden from people by style, filled in by robots.
    website = forms.CharField(required=False, widget=forms.TextInput(attrs={"tabindex": "-1"}))
    moment = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_website(self) -> str:
        """Nobody sees the field; whoever fills it is a robot."""
        if self.cleaned_data["website"]:
            raise forms.ValidationError("没有提交成功，请打电话告诉我们。")
        return ""

    def clean_moment(self) -> str:
        """The form was opened by us, some seconds ago. Refuses what is forged, too quick or a day old."""
        given = self.cleaned_data["moment"]
        try:
            _SIGNER.unsign(given, max_age=_LONGEST)
        except signing.BadSignature as error:
            raise forms.ValidationError("这一页打开得太久了，请再点一次「提交」。") from error
        try:
            _SIGNER.unsign(given, max_age=_SECONDS)
        except signing.SignatureExpired:
            return str(given)
        raise forms.ValidationError("提交得太快了，请等两三秒再点一次「提交」。")


@require_http_methods(["GET", "HEAD", "POST"])
def report_error(request: HttpRequest) -> HttpResponse:
    """The form for `?page=` (a path of this site; else the whole site), and what becomes of it."""
    place = place_of(request, request.POST.get("page") or request.GET.get("page", ""))
    form = ErrorReportForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            services.report_error(
                place=place,
                kind=said["kind"],
                words=said["words"],
                contact=said["contact"],
                visitor=client_address(request),
            )
        except NotAllowed as refusal:
            form.add_error(None, list(refusal.messages))
            status = 429 if isinstance(refusal, TooMany) else 200
        else:
            return HttpResponseRedirect(
                f"{reverse('report_error_thanks')}?{urlencode({'page': place.address})}"
            )
    return _unkept(
        request,
        "pages/report_error.html",
        {"form": form, "place": place, "moment": _SIGNER.sign("1")},
        status=status,
    )


@require_safe
def thanks(request: HttpRequest) -> HttpResponse:
    """What happens next, and the way back to the page."""
    place = place_of(request, request.GET.get("page", ""))
    return _unkept(
        request,
        "pages/report_error_thanks.html",
        {"place": place, "days": services.error_reports.WORKING_DAYS},
    )


def _unkept(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    response = page(request, template, context, crumbs=[("本页纠错", "")], status=status)
    response["Cache-Control"] = "no-store"
    return response


def place_of(request: HttpRequest, path: str) -> Place:
    """The page at `path` and who answers for it: whoever published it; for every other page, and for what the
    public may not see, the county government."""
    try:
        bare = urlsplit(path).path[:500]
    except ValueError:  # an address with half a bracket
        bare = "/"
    if not bare.startswith("/") or bare.startswith("//"):
        bare = "/"
    try:
        found = resolve(bare)
    except Resolver404:
        return _whole_site(request)
    named, given = found.url_name, found.kwargs
    if named in {"document", "document_related"}:
        return _owned(request, bare, Document.objects.published().filter(pk=given["pk"]))
    if named == "interpretation":
        return _owned(request, bare, Interpretation.objects.published().filter(pk=given["pk"]))
    if named == "item":
        item = Item.objects.published().filter(code=given["code"]).select_related("agency").first()
        if item is not None:
            return Place(bare, item.name, item.agency)
    if named == "agency":
        agency = Agency.objects.published().filter(code=given["slug"]).first()
        if agency is not None:
            return Place(bare, agency.name, agency)
    # The address of 手机签批, and that of an export under way, is a key: it is written down nowhere.
    is_key = "token" in given
    public = found.namespace == "" and not is_key and not bare.startswith(("/admin", "/api"))
    return Place(bare if public else "/", "", site_of(request).host)


def _owned(request: HttpRequest, address: str, rows: object) -> Place:
    thing = rows.select_related("agency").only("title", "agency").first()  # type: ignore[attr-defined]
    if thing is None:
        return _whole_site(request)
    return Place(address, thing.title, thing.agency)


def _whole_site(request: HttpRequest) -> Place:
    return Place("/", "", site_of(request).host)
