"""Bases that were written before laws were kept are linked to their law; nothing to undo backwards."""

from typing import Any

from django.db import migrations

from catalog.law_keys import KnownLaw, LawIndex

BATCH = 2000


def link(apps: Any, schema_editor: Any) -> None:
    """Recognise the law of every basis, batch by batch, as `catalog.services.laws.link_laws` does."""
    Basis, Law = apps.get_model("catalog", "Basis"), apps.get_model("catalog", "Law")  # noqa: N806
    rows = Basis.objects.filter(law=None).exclude(title="").order_by("pk")
    last = 0
    while batch := list(rows.filter(pk__gt=last)[:BATCH]):
        last = batch[-1].pk
        for _round in range(2):
            index = _index(Law)
            found = index.recognise({(basis.category, basis.title, basis.number) for basis in batch})
            for pk, (key, number) in found.numbered.items():
                Law.objects.filter(pk=pk).update(key=key, number=number)
            Law.objects.bulk_create(
                Law(key=key, category=category, title=title, number=number)
                for key, (category, title, number) in found.new.items()
            )
        index = _index(Law)
        for basis in batch:
            basis.law_id = index.law_of(basis.title, basis.number)
        Basis.objects.bulk_update([basis for basis in batch if basis.law_id], ["law"], batch_size=BATCH)


def _index(law: Any) -> LawIndex:
    return LawIndex(KnownLaw(*row) for row in law.objects.values_list("pk", "key", "title", "number"))


class Migration(migrations.Migration):
    """A step of its own: rows and tables are not changed in one transaction."""

    dependencies = [("catalog", "0003_laws_merged")]

    operations = [migrations.RunPython(link, migrations.RunPython.noop)]
