"""Mutated workbooks: each is read or refused with a sentence, never an exception, never a partial write,
within bounds of time and memory. `FUZZ=2000` makes as many; the suite takes a sample."""

import os
import random
import signal
from pathlib import Path

import pytest
from django.db import transaction

from catalog.exchange.imports import apply, known_fields, read_and_plan
from catalog.exchange.reader import read_catalog
from catalog.exchange.workbook import read_workbook
from catalog.models import Basis, CatalogImport, Item
from tests.catalog.conftest import CAPTION, HEADER, HEADER_MERGES, row, save_book
from tests.catalog.mutations import mutate
from tests.catalog.other_formats import WRITERS, csv_text
from tests.factories import root_agency

pytestmark = pytest.mark.django_db
MANY = int(os.environ.get("FUZZ", "60"))
PARTS = 5
# Two minutes is what one file may take by our own bounds; a catalog takes well under a second.
SECONDS_EACH = 130
MOST_MB = 700


@pytest.fixture
def seeds(tmp_path):
    rows = [
        row(
            n,
            "低保" if n % 3 == 1 else None,
            f"事项{n}",
            content=f"内容{n}\n第二行",
            group="√老人" if n % 2 else None,
        )
        for n in range(1, 13)
    ]
    path = save_book(
        tmp_path / "seed.xlsx",
        {"社会救助": [[CAPTION], *HEADER, *rows], "说明": [["■为必选项，□为可选项"]]},
        {"社会救助": [*HEADER_MERGES, "A1:N1", "B4:B6"]},
    )
    grids = read_workbook(path)
    found = {"xlsx": path.read_bytes(), "csv": csv_text(grids[0]).encode("gb18030")}
    for kind, write in WRITERS.items():
        found[kind] = write(tmp_path / f"seed.{kind}", grids).read_bytes()
    return found


def peak_mb():
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


@pytest.fixture
def bounded():
    """An alarm for each file, and the peak of memory over all."""

    def ring(*_):
        raise TimeoutError("a file took longer than its bound")

    before = signal.signal(signal.SIGALRM, ring)
    start = peak_mb()
    yield lambda: signal.alarm(SECONDS_EACH)
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
    assert peak_mb() - start < MOST_MB


@pytest.mark.parametrize("part", range(PARTS))
def test_mutated_workbooks(seeds, bounded, tmp_path, part):
    rng = random.Random(f"catalog-{part}")  # noqa: S311
    county = root_agency()
    outcomes = {"read": 0, "refused": 0}
    for number in range(MANY // PARTS):
        name, data = mutate(rng, seeds)
        path = tmp_path / "mutated"
        path.write_bytes(data)
        bounded()
        try:
            with transaction.atomic():
                outcomes[import_whole_or_not(path, county)] += 1
                transaction.set_rollback(True)
        except Exception as error:
            kept = Path("/tmp") / f"fuzz-{part}-{number}-{name}"  # noqa: S108
            kept.write_bytes(data)
            raise AssertionError(f"{name}, file {number} of part {part}, kept as {kept}") from error
        signal.alarm(0)
    assert outcomes["read"] > 0
    assert outcomes["refused"] > 0


def import_whole_or_not(path, county):
    """Import a file; what it says and what it wrote must agree."""
    read = read_and_plan(path, agency=county, field_slug="shehui-jiuzhu")
    if read.result.errors:
        assert all(error.message for error in read.result.errors)
        assert not read.ok
        assert Item.objects.count() == Basis.objects.count() == CatalogImport.objects.count() == 0
        return "refused"
    apply(read, agency=county, file_name="mutated", by=None)
    assert Item.objects.count() == len(read.result.drafts) == read.counts["rows"]
    return "read"


def test_the_seeds_themselves_are_read(seeds, tmp_path):
    for kind, data in seeds.items():
        path = tmp_path / f"a.{kind}"
        path.write_bytes(data)
        result = read_catalog(path, known_fields(), field_slug="shehui-jiuzhu")
        assert (kind, result.errors, len(result.drafts)) == (kind, [], 12)
