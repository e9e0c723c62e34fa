"""What the search index knows of agencies, and the shape of an entry for all rooms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from agencies.models import Agency


@dataclass(frozen=True)
class Entry:
    """One public thing as the index sees it. `body` is plain text, `keywords` weigh less than the title."""

    place: str
    pk: int
    kind: str
    title: str
    url: str
    agency: Agency
    body: str = ""
    keywords: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    doc_number: str = ""
    index_number: str = ""
    source_id: str = ""
    public_id: str = ""
    topic: str = ""
    fields: tuple[str, ...] = ()
    written_on: date | None = None
    published_on: date | None = None
    validity: str = ""
    #: The days that make another validity of it (`disclosure.validity`).
    effective_on: date | None = None
    amended_on: date | None = None
    lapsed_on: date | None = None
    expires_on: date | None = None
    repealed_on: date | None = None


def entries(pks: Iterable[int] | None = None) -> Iterator[Entry]:
    """Yield the entries of the published agencies among `pks` (all of them for None)."""
    agencies = Agency.objects.published().prefetch_related("former_names")
    if pks is not None:
        agencies = agencies.filter(pk__in=list(pks))
    for agency in agencies.iterator(chunk_size=500):
        former = [former.name for former in agency.former_names.all()]
        contact = [
            ("办公地址", agency.address),
            ("办公时间", agency.office_hours),
            ("联系电话", agency.phone),
            ("信息公开工作机构", agency.disclosure_office),
        ]
        yield Entry(
            place="agency",
            pk=agency.pk,
            kind="agency",
            title=agency.name,
            url=f"/agencies/{agency.code}/",
            agency=agency,
            body="\n".join([agency.duties, *(f"{name}:{value}" for name, value in contact if value)]).strip(),
            keywords=tuple(name for name in [agency.short_name, *agency.aliases, *former] if name),
            public_id=agency.code,
        )
