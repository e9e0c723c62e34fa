"""Structured data (schema.org) of a public thing, as JSON-LD that search engines read.

A data block is never run, so the policy asks no nonce of it; what could end the element is escaped.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from disclosure.models import Publishable
from disclosure.states import Validity

#: What could end the element, or open another one.
_ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}
#: schema.org's words for 有效性 (Legislation); the rest says nothing.
_FORCE = {
    Validity.IN_FORCE: "https://schema.org/InForce",
    Validity.AMENDED: "https://schema.org/PartiallyInForce",
    Validity.EXPIRED: "https://schema.org/NotInForce",
    Validity.NOT_YET: "https://schema.org/NotInForce",
    Validity.REPEALED: "https://schema.org/NotInForce",
}


def of_document(document: Any, interpretations: Iterable[Any], address: str) -> SafeString:
    """The data of a document; a 规范性文件 is a Legislation with its force."""
    data = _common(document, "Legislation" if document.is_normative else "DigitalDocument", address)
    data["publisher"] = {"@type": "GovernmentOrganization", "name": document.issuer or document.agency.name}
    if document.is_normative:
        data |= {
            "legislationIdentifier": document.doc_number or document.index_number,
            "legislationDate": _day(document.written_on),
            "legislationLegalForce": _FORCE.get(document.validity_now),
        }
    elif document.doc_number or document.index_number:
        data["identifier"] = document.doc_number or document.index_number
    data["temporalCoverage"] = _span(document.effective_on, document.expires_on or document.repealed_on)
    data["subjectOf"] = [{"@type": "Article", "headline": one.title} for one in interpretations]
    return _script(data)


def of_interpretation(interpretation: Any, documents: Iterable[Any], address: str) -> SafeString:
    """The data of an interpretation: an article about its documents."""
    data = _common(interpretation, "Article", address)
    maker = interpretation.interpreter or interpretation.agency.name
    data["publisher"] = {"@type": "GovernmentOrganization", "name": maker}
    data["about"] = [{"@type": "DigitalDocument", "name": one.title} for one in documents]
    return _script(data)


def _common(thing: Publishable, kind: str, address: str) -> dict[str, Any]:
    published = thing.published_at or thing.published_on
    return {
        "@context": "https://schema.org",
        "@type": kind,
        "name": thing.title,
        "headline": thing.title[:110],
        "inLanguage": "zh-CN",
        "url": address,
        "datePublished": published.isoformat() if published else None,
        "dateCreated": _day(thing.written_on),
        "abstract": thing.summary,
        "keywords": ",".join(thing.keywords),
        "isAccessibleForFree": True,
    }


def _day(day: Any) -> str | None:
    return day.isoformat() if day else None


def _span(first: Any, last: Any) -> str | None:
    return f"{_day(first)}/{_day(last) or '..'}" if first else None


def _script(data: dict[str, Any]) -> SafeString:
    said = {name: value for name, value in data.items() if value not in (None, "", [])}
    text = json.dumps(said, ensure_ascii=False).translate(_ESCAPES)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308 - escaped above
