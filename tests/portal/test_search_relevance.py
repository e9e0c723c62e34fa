"""Is the right answer first? Judged queries over real documents, and a small set of our own.

The real set lies in `../shared/data` and is no part of the project; the demo county's own questions below
say something without it. Floors stand a little under what was measured.
"""

import pytest
from django.core.management import call_command

from portal.search import engine, index
from portal.search.params import SearchParams
from tests.bench import county, judged
from tests.county import enter

# Without the mark pytest-django makes no test database, and the module's fixture would meet the real one.
pytestmark = pytest.mark.django_db
#: Measured 2026-11-22 over documents.jsonl beside the demo county: mean 0.78 (`manage.py bench search`).
FLOOR = 0.74
#: What a citizen of 青澜县 asks, and a word that the title of the first answer must hold.
OWN = (
    ("青政办发〔2026〕", ""),
    ("低保标准", "标准"),
    ("高龄津贴怎么领", "高龄津贴"),
    ("危房改造补助", "危房"),
    ("农机购置补贴", "农机"),
    ("义务教育招生", "招生"),
    ("家庭医生签约", "家庭医生"),
    ("公益性岗位", "公益性岗位"),
    ("森林防火禁火", "森林防火"),
    ("信息公开指南", "指南"),
    ("民政局", "民政局"),
    ("临江镇", "临江镇"),
    ("縣民政局", "民政局"),
    ("耕地地力保護補貼", "耕地地力保护"),
)


@pytest.fixture(scope="module", autouse=True)
def _data(django_db_setup, django_db_blocker, tmp_path_factory):
    """The demo county, and the archive where it lies beside; once for this module, rolled back after it."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        from django.conf import settings

        folder = tmp_path_factory.mktemp("relevance")
        patch.setattr(settings, "DATA_DIR", folder)
        with county.storage(folder / "files"):
            enter()
        if county.ARCHIVE.exists():
            call_command("import_documents", str(county.ARCHIVE), publish=True)
        index.drain()
        yield
        transaction.set_rollback(True)


def first(q: str) -> engine.Result:
    return engine.search(SearchParams(q=q)).results[0]


@pytest.mark.parametrize(("q", "word"), [pair for pair in OWN if pair[1]])
def test_a_citizen_of_the_county_finds_it_first(q: str, word: str) -> None:
    assert word in first(q).title


def test_every_demo_document_is_first_under_its_title_and_its_number() -> None:
    from disclosure.models import Document

    missed = []
    for document in Document.objects.published().filter(source_id__startswith="demo-"):
        url = f"/documents/{document.pk}/"
        missed += [document.title] if first(document.title).url != url else []
        if document.doc_number and first(document.doc_number).url != url:
            missed.append(document.doc_number)
        if document.index_number and first(document.index_number).url != url:
            missed.append(document.index_number)
    assert missed == []


def test_judged_queries_over_real_documents() -> None:
    if not county.ARCHIVE.exists():
        # No such data on this machine: the county's own questions above stand for it.
        assert not judged.DATA.exists()
        return
    figures = judged.measure(judged.ask)
    assert figures["ndcg_at_10"] >= FLOOR, figures
    # Three: pinyin, a made-up number, and one that the county alone answers in full.
    assert figures["empty"] <= 0.11, figures


def test_numbers_of_real_documents_come_first() -> None:
    if not county.ARCHIVE.exists():
        assert not judged.DATA.exists()
        return
    missed = []
    for judgment in judged.judgments():
        if judgment["kind"] == "number" and judgment["relevant"]:
            found = judged.ask(judgment["query"])
            if not found or found[0] not in judgment["relevant"]:
                missed.append((judgment["query"], found[:3]))
    assert missed == []
