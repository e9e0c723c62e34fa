"""公开凭证: freezes what is public, with the time of first publication and a hash, for files and audits."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.db import connection
from django.db.models import Max
from django.utils import timezone

from agencies.models import User
from disclosure import rules
from disclosure.models import Certificate, Publishable
from disclosure.services import publication
from disclosure.services.errors import NotAllowed

#: Never changed: other fields are another scheme, beside this one, so that old certificates still verify.
SCHEME = 1
_HASHED = ("title", "summary", "body", "doc_number", "index_number", "issuer", "written_on")
_SERIES = 0x6365_7274  # any number of our own: the lock of the series

#: Makes the PDF of a certificate, or None where this machine cannot.
Render = Callable[[Certificate], bytes | None]


def public_hash(thing: Any) -> str:
    """Fingerprint (SHA-256, hex) of what a reader of the public page reads: title, text, numbers, dates,
    attachments by their own; not what changes by law and time (validity)."""
    read: dict[str, Any] = {name: str(getattr(thing, name) or "") for name in _HASHED}
    moment = thing.published_at
    read["published_at"] = moment.isoformat(timespec="seconds") if moment else str(thing.published_on or "")
    if moment:
        read["published_at"] = timezone.localtime(moment).isoformat(timespec="seconds")
    rows = sorted(thing.attachments.all(), key=lambda row: (row.position, row.pk))
    files = [[row.title, row.sha256, row.source_url] for row in rows]
    text = json.dumps([SCHEME, read, files], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def make_certificate(
    thing: Publishable, *, address: str, render: Render, by: User, now: datetime | None = None
) -> Certificate:
    """Freeze something public as a 公开凭证 with a number of its own. `address`: its page, with the site's
    name. A new one each time: what stood at that moment. Raises NotAllowed for what is not public."""
    moment = now or timezone.now()
    with publication.act(by=by, action="certify"):
        fresh = publication.locked(thing)
        if not rules.can_certify(by, fresh):
            raise NotAllowed("只有已公开的内容能出具公开凭证，由本单位经办人、审核人或县政府办公室办理。")
        year = timezone.localdate(moment).year
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_SERIES, year])
        # History knows those that a sealed purge took out: their numbers are on paper somewhere.
        issued: Any = Certificate.pgh_event_model  # type: ignore[attr-defined]
        last = issued.objects.filter(year=year).aggregate(last=Max("serial"))["last"] or 0
        row = Certificate(
            content_type=ContentType.objects.get_for_model(type(fresh)),
            object_id=fresh.pk,
            year=year,
            serial=last + 1,
            number=f"{year}-{last + 1:06d}",
            scheme=SCHEME,
            content_hash=public_hash(fresh),
            facts=facts_of(fresh),
            address=address[:500],
            made_by=by,
            made_at=moment,
        )
        pdf = render(row)
        if pdf is not None:
            row.sha256 = hashlib.sha256(pdf).hexdigest()
            row.file.save(f"{row.number}-{row.sha256[:12]}.pdf", ContentFile(pdf), save=False)
        try:
            row.save()
        except BaseException:
            if row.file:
                row.file.delete(save=False)
            raise
    return row


def still_fits(certificate: Certificate, thing: Any) -> bool:
    """Whether what is public now has the hash of the certificate."""
    return certificate.scheme == SCHEME and public_hash(thing) == certificate.content_hash


def facts_of(thing: Any) -> list[list[str]]:
    """What stands on a certificate: label and text, in order; what is empty is left out."""
    moment = timezone.localtime(thing.published_at) if thing.published_at else None
    first = f"{moment:%Y-%m-%d %H:%M:%S}（北京时间）" if moment else str(thing.published_on or "")
    files = list(thing.attachments.all())
    found = [
        ("标题", thing.title),
        ("公开单位", thing.agency.name),
        ("发文机关", thing.issuer),
        ("发文字号", thing.doc_number),
        ("索引号", thing.index_number),
        ("成文日期", str(thing.written_on or "")),
        ("首次公开时间", first if moment else f"{first}（归档资料，原发布日期）" if first else ""),
        ("附件", "；".join(f"{file.title}（{file.sha256[:16] or '外部链接'}）" for file in files)),
    ]
    return [[label, text] for label, text in found if text]
