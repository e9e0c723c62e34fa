"""What the search index knows of documents."""

from collections.abc import Iterable, Iterator

from agencies.search import Entry
from disclosure.models import Document
from disclosure.rich_text import to_text


def entries(pks: Iterable[int] | None = None) -> Iterator[Entry]:
    """Yield the entries of the published documents among `pks` (all of them for None)."""
    documents = (
        Document.objects.published()
        .select_related("agency", "topic__parent")
        .prefetch_related("fields", "items__field", "attachments")
        .order_by("pk")
    )
    if pks is not None:
        documents = documents.filter(pk__in=list(pks))
    for document in documents.iterator(chunk_size=500):
        slugs = [field.slug for field in document.fields.all()]
        slugs += [item.field.slug for item in document.items.all()]
        attachments = [attachment.title for attachment in document.attachments.all()]
        topic = document.topic
        yield Entry(
            place="document",
            pk=document.pk,
            kind=document.kind,
            title=document.title,
            url=f"/documents/{document.pk}/",
            agency=document.agency,
            body="\n".join(part for part in (document.summary, to_text(document.body), *attachments) if part),
            keywords=(*document.keywords, document.issuer, topic.name if topic else document.topic_text),
            numbers=tuple(number for number in (document.doc_number, document.index_number) if number),
            doc_number=document.doc_number,
            index_number=document.index_number,
            source_id=document.source_id,
            public_id=str(document.pk),
            topic=(topic.parent or topic).name if topic else "",
            fields=tuple(dict.fromkeys(slugs)),
            written_on=document.written_on,
            published_on=document.published_on,
            validity=document.validity,
            effective_on=document.effective_on,
            amended_on=document.amended_on,
            lapsed_on=document.lapsed_on,
            expires_on=document.expires_on,
            repealed_on=document.repealed_on,
        )
