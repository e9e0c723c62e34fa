"""预览: the public page of what is not public yet, drawn for staff inside a frame of the back office.

This is the one address that may be framed, and only by our own pages; its words are for staff, so nothing may
keep it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from csp.constants import SELF
from csp.decorators import csp_replace
from django.contrib.admin.views.decorators import staff_member_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin

from agencies.models import Agency, User
from disclosure import rules, services
from disclosure.forms import DocumentForm
from disclosure.models import Document
from interpretation.forms import InterpretationForm
from interpretation.models import Interpretation
from portal.views.document_page import document_page
from portal.views.interpretations import interpretation_page

_KINDS: dict[str, tuple[Any, Any, Any]] = {
    "document": (Document, DocumentForm, document_page),
    "interpretation": (Interpretation, InterpretationForm, interpretation_page),
}


_View = Callable[..., HttpResponse]
_framed = cast(Callable[[_View], _View], csp_replace({"frame-ancestors": [SELF]}))


@staff_member_required(login_url="admin:login")  # type: ignore[untyped-decorator]
@never_cache
@xframe_options_sameorigin
@_framed
def preview_frame(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """The page of a thing in scope; `?kept=1`: with the words kept by themselves (自动保存) of whoever asks.
    0 stands for a draft that was never saved. Raises Http404 outside the user's scope."""
    user = cast(User, request.user)
    if kind not in _KINDS:
        raise Http404
    model, form, draw = _KINDS[kind]
    thing = model(pk=0)
    if pk:
        found = model.objects.in_scope_of(user).select_related("agency", "topic__parent")
        thing = found.filter(pk=pk).first()
        if thing is None:
            raise Http404
    if pk == 0 or "kept" in request.GET:
        _fill_in(thing, form, user=user, pk=pk)
    return cast(HttpResponse, draw(request, thing))


def _fill_in(thing: Any, form_class: Any, *, user: User, pk: int) -> None:
    """Put on `thing`, which nobody saves, what was kept. Raises Http404 where there is nothing."""
    kept = services.find_autosave(by=user, model=type(thing), pk=pk)
    if kept is None or (pk and not rules.can_edit(user, thing)):
        raise Http404
    typed = QueryDict(mutable=True)
    for name, text in kept.data:
        typed.appendlist(name, text)

    class Typed(form_class):  # type: ignore[misc]
        pass

    Typed.user = user
    form = Typed(typed, instance=thing)
    form.full_clean()
    if thing.agency_id is None:
        thing.agency = user.agency or Agency.objects.root()
