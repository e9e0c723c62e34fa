"""What the search index knows of interpretations."""

from collections.abc import Iterable, Iterator

from agencies.search import Entry
from disclosure.rich_text import to_text
from interpretation.models import Interpretation


def _words(interpretation: Interpretation) -> Iterator[str]:
    """All that it says: what stands on pictures and is spoken in recordings as well."""
    yield interpretation.summary
    yield to_text(interpretation.body)
    for attachment in interpretation.attachments.all():
        yield attachment.alt
        yield attachment.text


def entries(pks: Iterable[int] | None = None) -> Iterator[Entry]:
    """Yield the entries of the published interpretations among `pks` (all of them for None)."""
    interpretations = (
        Interpretation.objects.published()
        .select_related("agency", "topic__parent")
        .prefetch_related("documents__fields", "documents__topic__parent", "attachments")
        .order_by("pk")
    )
    if pks is not None:
        interpretations = interpretations.filter(pk__in=list(pks))
    for interpretation in interpretations.iterator(chunk_size=500):
        # Its documents may still be drafts: nothing of theirs but field and topic goes into the index.
        documents = list(interpretation.documents.all())
        topics = [interpretation.topic, *(document.topic for document in documents)]
        topic = next((topic for topic in topics if topic), None)
        yield Entry(
            place="interpretation",
            pk=interpretation.pk,
            kind="interpretation",
            title=interpretation.title,
            url=f"/interpretations/{interpretation.pk}/",
            agency=interpretation.agency,
            body="\n".join(part for part in _words(interpretation) if part),
            keywords=(*interpretation.keywords, "政策解读", *interpretation.form_labels),
            numbers=tuple(n for n in (interpretation.doc_number, interpretation.index_number) if n),
            doc_number=interpretation.doc_number,
            index_number=interpretation.index_number,
            source_id=interpretation.source_id,
            public_id=str(interpretation.pk),
            topic=(topic.parent or topic).name if topic else "",
            fields=tuple(dict.fromkeys(f.slug for document in documents for f in document.fields.all())),
            written_on=interpretation.written_on,
            published_on=interpretation.published_on,
        )
