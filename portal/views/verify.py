"""核验公开凭证 (`/verify/<number>/`): whether what is public today is what the certificate says."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from disclosure.models import Certificate, Document
from disclosure.services.certificates import still_fits
from disclosure.services.papers import short_hash
from interpretation.models import Interpretation
from portal.views.rendering import page

_NUMBER = re.compile(r"^(\d{4})[-—–－ ]?(\d{1,9})$")


def look_up(request: HttpRequest) -> HttpResponse:
    """Type a number from paper."""
    typed = request.GET.get("number", "").strip()
    if match := _NUMBER.match(typed):
        return redirect("verify", f"{int(match[1]):04d}-{int(match[2]):06d}")
    context = {"typed": typed[:40], "unknown": bool(typed)}
    return page(request, "pages/verify_look_up.html", context, crumbs=[("核验公开凭证", "")])


def verify(request: HttpRequest, number: str) -> HttpResponse:
    """The certificate beside what is public now; of anything else only that it is not public (any more)."""
    certificate = Certificate.objects.select_related("content_type").filter(number=number[:20]).first()
    if certificate is None:
        context = {"typed": number[:40], "unknown": True}
        crumbs = [("核验公开凭证", "")]
        return page(request, "pages/verify_look_up.html", context, crumbs=crumbs, status=404)
    thing = _public(certificate)
    context = {
        "certificate": certificate,
        "thing": thing,
        "fits": thing is not None and still_fits(certificate, thing),
        "thing_url": reverse(thing._meta.model_name, args=[thing.pk]) if thing else "",
        "short": short_hash(certificate.content_hash),
    }
    response = page(request, "pages/verify.html", context, crumbs=[("核验公开凭证", "")])
    # What was taken down is gone here at once, whatever a cache thinks of it.
    response["Cache-Control"] = "no-store"
    return response


def _public(certificate: Certificate) -> Any:
    """What the certificate is of, as far as it is public."""
    owners: type[Document] | type[Interpretation] = Document
    if certificate.content_type.model_class() is Interpretation:
        owners = Interpretation
    rows = owners.objects.published().select_related("agency").prefetch_related("attachments")
    return rows.filter(pk=certificate.object_id).first()
