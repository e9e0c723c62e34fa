"""Shapes of what the open API answers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from ninja import Schema
from pydantic import Field as Describe


class Paging(Schema):
    """Which page of a list."""

    page: int = Describe(1, ge=1, le=100_000)
    page_size: int = Describe(20, ge=1, le=100)


class AgencyRef(Schema):
    """An agency in short."""

    id: str
    name: str


class FacetValueOut(Schema):
    """A value of a facet with its count."""

    value: str
    label: str
    count: int


class ResultOut(Schema):
    """One hit of a search."""

    kind: str
    id: str
    source_id: str
    title: str
    url: str
    snippet: str
    agency: str
    published_on: date | None
    validity: str
    doc_number: str


class SearchOut(Schema):
    """What a search found; `note` and `problems` say in words how it was read."""

    count: int
    count_is_exact: bool
    exact: bool
    note: str
    problems: list[str]
    results: list[ResultOut]
    facets: dict[str, list[FacetValueOut]]


class AttachmentOut(Schema):
    """A file that belongs to a document or an interpretation."""

    title: str
    url: str
    size: int
    media_type: str


class ExplanationFileOut(AttachmentOut):
    """A file of an interpretation, with what stands beside a picture or a recording."""

    alt: str
    text: str


class RelationOut(Schema):
    """A change of validity (amended, expired, repealed): the other document, or a basis in words."""

    kind: str
    on: date | None
    document: int | None
    basis: str


class CorrectionOut(Schema):
    """A correction after publication (更正). `closed`: what stood before is no longer public; whoever keeps a
    copy deletes it."""

    on: date
    note: str
    of_words: bool
    closed: bool


class DocumentShort(Schema):
    """A document in a list."""

    id: int
    source_id: str
    kind: str
    title: str
    url: str
    doc_number: str
    index_number: str
    issuer: str
    agency: AgencyRef
    summary: str
    written_on: date | None
    published_on: date | None
    published_at: datetime | None
    validity: str


class DocumentOut(DocumentShort):
    """One document whole; `body` is HTML."""

    body: str
    genre: str
    topic: str
    keywords: list[str]
    fields: list[str]
    effective_on: date | None
    expires_on: date | None
    repealed_on: date | None
    amended_on: date | None
    changed_by: list[RelationOut]
    changes: list[RelationOut]
    corrections: list[CorrectionOut]
    attachments: list[AttachmentOut]
    interpretations: list[int]
    items: list[str]


class InterpretationShort(Schema):
    """An interpretation in a list."""

    id: int
    source_id: str
    title: str
    url: str
    agency: AgencyRef
    summary: str
    forms: list[str]
    published_on: date | None
    published_at: datetime | None
    documents: list[int]


class InterpretationOut(InterpretationShort):
    """One interpretation whole; `body` is HTML."""

    body: str
    interpreter: str
    contact: str
    attachments: list[ExplanationFileOut]


class ItemOut(Schema):
    """An item of the standard catalog."""

    id: str
    url: str
    field: str
    agency: AgencyRef
    serial: str
    levels: list[str]
    content: str
    basis: str
    time_limit: str
    subject: str
    channels: list[Any]
    audience: list[str]
    manner: list[str]
    tiers: list[str]
    telephone: str
    stage: str


class FieldOut(Schema):
    """A field of the standard catalog."""

    id: str
    name: str
    aliases: list[str]
    url: str


class AgencyOut(AgencyRef):
    """An agency with the contact block of 条例 12条."""

    short_name: str
    kind: str
    parent: str | None
    url: str
    credit_code: str
    duties: str
    disclosure_office: str
    address: str
    postcode: str
    office_hours: str
    phone: str
    fax: str
    email: str
    answers_requests: bool


class Documents(Schema):
    """A page of documents."""

    count: int
    results: list[DocumentShort]


class Interpretations(Schema):
    """A page of interpretations."""

    count: int
    results: list[InterpretationShort]


class Items(Schema):
    """A page of items."""

    count: int
    results: list[ItemOut]


class Fields(Schema):
    """All fields."""

    count: int
    results: list[FieldOut]


class Agencies(Schema):
    """A page of agencies."""

    count: int
    results: list[AgencyOut]


class Problem(Schema):
    """An error in words."""

    detail: str


class SearchQuery(Schema):
    """The parameters of a search, for the description of the API; `SearchParams` reads them."""

    q: str = ""
    kind: list[str] = []
    agency: list[str] = []
    topic: list[str] = []
    field: list[str] = []
    year: list[str] = []
    validity: list[str] = []
    doc_number: str = ""
    index_number: str = ""
    published_after: str = ""
    published_before: str = ""
    sort: str = "relevance"
    page: str = "1"
    page_size: str = "10"
