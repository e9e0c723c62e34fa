"""手机签批 (`/sign/<token>/`): one page for a leader who does not log in, over a personal link, used once.

The address is the key: it goes into no log of ours, no referrer, no cache, no index, and to open it changes
nothing, since chat programs open every address that is sent through them (ADR 26).
"""

from __future__ import annotations

from typing import Any, TypeVar, cast
from urllib.parse import quote

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from agencies.addresses import client_address
from agencies.services import NotAllowed, check_pin, is_locked_out, note_failed_login
from disclosure.models import AttachedFile, SigningLink
from disclosure.services import sign_by_link
from disclosure.services.signing import find_link, why_dead
from disclosure.states import ReviewLevel, StepOutcome
from portal.signing import DecisionForm, reading, room_of, sheets
from portal.views.documents import file_name_of

R = TypeVar("R", bound=HttpResponseBase)
#: Counted beside failed log-ins; no log-in name has a blank.
_GUESSES = "手机 签批"
#: So many addresses that lead nowhere from one network in a quarter of an hour: somebody is guessing.
_MOST_GUESSES = 20
_INLINE = {"pdf": "application/pdf", "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png"}


# The token in the address is the whole authority; no cookie takes part in it, so there is nothing to forge.
# And under `no-referrer` browsers send `Origin: null`, which the check would refuse.
@csrf_exempt
@sensitive_post_parameters("pin")
@require_http_methods(["GET", "HEAD", "POST"])
def sign(request: HttpRequest, token: str) -> HttpResponse:
    """Read; decide; confirm with the 签批密码."""
    link = _link(request, token)
    if isinstance(link, HttpResponse):
        return link
    thing: Any = link.thing
    if dead := why_dead(link, thing):
        return _dead(request, link, dead)
    form = DecisionForm(thing, request.POST if request.method == "POST" else None)
    if request.method != "POST" or "back" in request.POST or not form.is_valid():
        if "back" in request.POST:  # What was chosen stays chosen; nothing is complained of.
            form = DecisionForm(thing, request.POST)
            form.full_clean()
        context = {"link": link, "level": ReviewLevel(link.level).label, "form": form, **reading(link, thing)}
        return _sealed(render(request, "signing/read.html", context))
    return _confirm(request, link, thing, form)


def _confirm(request: HttpRequest, link: SigningLink, thing: Any, form: DecisionForm) -> HttpResponse:
    """Ask for the number, then act: the last word before it counts."""
    errors: list[str] = []
    if "pin" in request.POST:
        try:
            check_pin(user=link.user, pin=request.POST["pin"])
            sign_by_link(link, form.decision, room=room_of(thing), address=client_address(request))
        except NotAllowed as refusal:
            errors = list(refusal.messages)
        else:
            return _sealed(redirect(request.path))
    context = {
        "link": link,
        "thing": thing,
        "level": ReviewLevel(link.level).label,
        "form": form,
        "agreed": form.decision.outcome == StepOutcome.AGREED,
        "publishes": thing.is_at_last_step,
        "decision": form.decision,
        "errors": errors,
    }
    return _sealed(render(request, "signing/confirm.html", context))


@require_safe
def sign_file(request: HttpRequest, token: str, number: int) -> HttpResponseBase:
    """An attachment of what is to be signed, after the same checks as its page."""
    link = _link(request, token)
    if isinstance(link, HttpResponse):
        return link
    thing: Any = link.thing
    if dead := why_dead(link, thing):
        return _dead(request, link, dead)
    found = next((one for one in sheets(thing) if one.number == number), None)
    if found is None or not found.file:
        return _plain(request, "没有这个附件", "请回到上一页，重新点开附件。", 404)
    ending = str(found.file.name).rsplit(".", 1)[-1].lower()
    media_type = _INLINE.get(ending, "application/octet-stream")
    response: HttpResponseBase
    if settings.ACCEL_LOCATION:
        response = HttpResponse(content_type=media_type)
        response["X-Accel-Redirect"] = f"{settings.ACCEL_LOCATION.rstrip('/')}/{quote(found.file.name or '')}"
    else:
        try:
            response = FileResponse(found.file.open("rb"), content_type=media_type)
        except FileNotFoundError as error:
            raise Http404 from error
    kind = "inline" if ending in _INLINE else "attachment"
    name = quote(file_name_of(cast(AttachedFile, found)), safe="")
    response["Content-Disposition"] = f"{kind}; filename*=UTF-8''{name}"
    response["X-Content-Type-Options"] = "nosniff"
    return _sealed(response)


def _link(request: HttpRequest, token: str) -> SigningLink | HttpResponse:
    """The link, or the page that says there is none; guesses are counted by network."""
    address = client_address(request)
    if is_locked_out(username=_GUESSES, address=address, most=_MOST_GUESSES):
        return _plain(
            request, "请过一刻钟再试", "这里打开了太多不对的链接。过十五分钟再点您的链接就可以了。", 429
        )
    link = find_link(token)
    if link is None:
        note_failed_login(username=_GUESSES, address=address)
        words = "链接可能没有复制完整。请从收到的消息里重新点开，或者请经办人再发一次。"
        return _plain(request, "没有这个链接", words, 404)
    return link


def _dead(request: HttpRequest, link: SigningLink, why: str) -> HttpResponse:
    """Of what is done: that it is done, without a title; else why the link does not work any more."""
    if link.used_at:
        context = {"link": link, "level": ReviewLevel(link.level).label}
        return _sealed(render(request, "signing/done.html", context))
    words = f"{why}请联系发链接的{link.made_by}，需要的话再发一个新的。"
    return _plain(request, "这个链接不能用了", words, 410)


def _plain(request: HttpRequest, heading: str, words: str, status: int) -> HttpResponse:
    context = {"heading": heading, "words": words}
    return _sealed(render(request, "signing/plain.html", context, status=status))


def _sealed(response: R) -> R:
    """Nobody keeps it, indexes it, or learns its address from a link on it."""
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response
