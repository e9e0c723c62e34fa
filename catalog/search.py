"""What the search index knows of the standard catalog."""

from collections.abc import Iterable, Iterator

from agencies.search import Entry
from catalog.models import Item


def entries(pks: Iterable[int] | None = None) -> Iterator[Entry]:
    """Yield the entries of the published items among `pks` (all of them for None)."""
    items = Item.objects.published().select_related("agency", "field").prefetch_related("field__aliases")
    if pks is not None:
        items = items.filter(pk__in=list(pks))
    for item in items.iterator(chunk_size=500):
        aliases = (alias.name for alias in item.field.aliases.all())
        yield Entry(
            place="item",
            pk=item.pk,
            kind="item",
            title=item.name,
            url=f"/catalog/items/{item.code}/",
            agency=item.agency,
            body="\n".join(
                part
                for part in (
                    item.content,
                    f"公开主体:{item.subject}" if item.subject else "",
                    f"公开时限:{item.time_limit}" if item.time_limit else "",
                    f"公开依据:{item.basis}" if item.basis else "",
                )
                if part
            ),
            keywords=(*item.levels[:-1], item.field.name, *aliases),
            public_id=item.code,
            fields=(item.field.slug,),
        )
