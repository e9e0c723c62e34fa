"""The real catalogs of ../shared/data come back in their own columns: same items, same words in the header.

The data stand beside the project; where they are missing this says so. `test_exports` holds the same on
tables of our own.
"""

from pathlib import Path

import pytest

from catalog.drafts import comparable
from catalog.exchange.layout import TableSpec
from catalog.exchange.reader import read_catalog
from catalog.exchange.writer import Table, write_csv, write_xlsx

DATA = Path(__file__).parents[3] / "shared" / "data" / "catalogs"
NAMES = sorted(path.stem for path in DATA.glob("*.xlsx"))
pytestmark = pytest.mark.skipif(not NAMES, reason=f"real catalogs are not there: {DATA}")


def tables(result, fields):
    layouts = {(layout.field_slug, layout.owner): layout for layout in result.layouts}
    grouped = {}
    for draft in result.drafts:
        grouped.setdefault((draft.field_slug, draft.owner), []).append(draft)
    for number, (key, drafts) in enumerate(grouped.items(), start=1):
        spec = TableSpec(fields.by_slug[key[0]].name, number, owner=key[1], own=layouts[key].columns)
        for draft in drafts:
            spec.note(draft)
        yield Table(spec, lambda drafts=drafts: drafts), layouts[key]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_comes_back_in_its_own_columns(fields, tmp_path, name, kind):
    first = read_catalog(DATA / f"{name}.xlsx", fields, field_slug="jiuye")
    printed = list(tables(first, fields))
    if not printed:
        assert first.errors
        return
    path = tmp_path / f"out.{kind}"
    if kind == "xlsx":
        with path.open("wb") as target:
            write_xlsx(target, [table for table, _layout in printed])
    else:
        with path.open("w", encoding="utf-8-sig", newline="") as target:
            write_csv(target, [table for table, _layout in printed])
    again = read_catalog(path, fields)
    assert [error.message for error in again.errors] == []
    written = [draft for table, _layout in printed for draft in table.drafts()]
    assert [comparable(d) for d in again.drafts] == [comparable(d) for d in written]
    assert [layout.columns for layout in again.layouts] == [layout.columns for _table, layout in printed]
