"""The demo county: whole, once, said once, and everything in it as a county would leave it."""

import json
import re
from collections import defaultdict
from html import unescape

import pytest
from django.conf import settings as project
from django.core.management import CommandError, call_command

from agencies.kinds import AgencyKind
from agencies.models import Agency, User
from catalog.models import Item
from disclosure.models import Attachment, Document
from disclosure.states import Publication
from interpretation.models import Interpretation
from portal import demo
from portal.demo import texts
from portal.search import index

# Without the mark pytest-django makes no test database, and the module's fixture would meet the real one.
pytestmark = pytest.mark.django_db
#: What the law itself words alike in every paper.
FORMULAS = re.compile(
    "政府信息公开条例|印发给你们|认真(贯彻|组织)|贯彻(执行|落实)|组织实施|解释|施行|废止|同时|有效期|现(予|将)|特此|"
    "如下|六十日|60日|六个月|行政复议|行政诉讼|人民法院"
)


@pytest.fixture(scope="module")
def county(django_db_setup, django_db_blocker, tmp_path_factory):
    """The county loaded once for this module, rolled back after it."""
    from django.db import transaction

    folder = tmp_path_factory.mktemp("demo")
    storage = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": folder / "files", "base_url": None},
    }
    from django.test import override_settings

    with (
        django_db_blocker.unblock(),
        override_settings(DATA_DIR=folder, STORAGES={**project.STORAGES, "default": storage}),
        transaction.atomic(),
    ):
        call_command("load_demo")
        index.rebuild()
        yield folder
        transaction.set_rollback(True)


def test_the_counts_of_the_issue(county) -> None:
    kinds = defaultdict(int)
    for kind in Agency.objects.values_list("kind", flat=True):
        kinds[kind] += 1
    assert kinds[AgencyKind.TOWNSHIP] == 3
    assert kinds[AgencyKind.VILLAGE] >= 6
    assert Agency.objects.count() - kinds[AgencyKind.TOWNSHIP] - kinds[AgencyKind.VILLAGE] == 15
    assert Item.objects.count() == 80
    assert Item.objects.values("field").distinct().count() == 8
    assert Document.objects.count() == 40
    assert Interpretation.objects.count() == 15
    assert Attachment.objects.count() >= 3
    for attachment in Attachment.objects.all():
        assert attachment.size == attachment.file.size > 0


def test_a_second_time_is_refused_and_changes_nothing(county) -> None:
    with pytest.raises(CommandError, match="空库"):
        call_command("load_demo")
    assert Document.objects.count() == 40


def test_every_public_policy_document_is_explained_or_says_why_not(county) -> None:
    policies = Document.objects.published().filter(is_policy=True)
    assert policies.count() > 5
    for document in policies:
        explained = document.interpretations.published().exists()
        assert explained or document.no_interpretation_reason, document.title


def test_there_is_work_of_every_state_in_the_county(county) -> None:
    states = set(Document.objects.values_list("status", flat=True))
    assert states >= {Publication.DRAFT, Publication.SUBMITTED, Publication.PUBLISHED, Publication.WITHDRAWN}


def test_the_index_is_right_and_finds_it(county, client) -> None:
    assert index.verify() == []
    for q in ("低保标准", "农机购置补贴", "征地补偿", "民政局电话", "柳湾村"):
        assert client.get("/api/v1/search", {"q": q}).json()["count"] > 0, q


def test_every_page_of_the_county_opens(county, client) -> None:
    addresses = [f"/documents/{pk}/" for pk in Document.objects.published().values_list("pk", flat=True)]
    addresses += [
        f"/interpretations/{pk}/" for pk in Interpretation.objects.published().values_list("pk", flat=True)
    ]
    for address in [*addresses, "/", "/catalog/", "/agencies/linjiang/"]:
        assert client.get(address).status_code == 200, address


def test_four_can_log_in(county) -> None:
    accounts = demo.accounts()
    assert [username for _, username, _ in accounts] == ["clerk", "reviewer", "office", "admin"]
    for _, username, password in accounts:
        assert User.objects.get(username=username).check_password(password)
    others = User.objects.exclude(username__in=[username for _, username, _ in accounts])
    assert others.exists()
    assert not any(user.has_usable_password() for user in others)


def test_a_changed_password_is_no_longer_announced(county) -> None:
    from django.db import transaction

    with transaction.atomic():
        user = User.objects.get(username="clerk")
        user.set_password("etwas-anderes-2026")
        user.save()
        assert "clerk" not in [username for _, username, _ in demo.accounts()]
        transaction.set_rollback(True)


@pytest.mark.parametrize("code", ["minzheng", "nongye"])
def test_its_catalog_reads_back_unchanged(county, tmp_path, capsys, code: str) -> None:
    rows = Item.objects.filter(agency__code=code).count()
    out = tmp_path / "目录.xlsx"
    call_command("export_catalog", str(out), agency=code)
    capsys.readouterr()
    call_command("import_catalog", str(out), agency=code, dry_run=True)
    report = json.loads(capsys.readouterr().out)
    assert (report["rows"], report["unchanged"]) == (rows, rows)
    assert (report["created"], report["changed"], report["errors"]) == (0, 0, [])


def sentences(html: str) -> list[str]:
    """Sentences of a text with at least fifteen Han characters."""
    plain = unescape(re.sub(r"<[^>]+>", "\n", html))
    parts = (re.sub(r"\s", "", part) for part in re.split(r"[。！？；\n]", plain))
    return [part for part in parts if len(re.findall("[一-鿿]", part)) >= 15]


def test_nothing_is_said_twice() -> None:
    where: dict[str, set[str]] = defaultdict(set)
    for folder in ("documents", "interpretations"):
        for text in texts.texts(folder):
            for sentence in sentences(text.body):
                where[sentence].add(text.path.name)
    for sheet in texts.catalogs():
        for row in sheet["items"]:
            for sentence in sentences(row["content"]):
                where[sentence].add(f"{sheet['field']}/{row['serial']}")
    # The two annual reports share the headings and lines of the official layout (DOMAIN: annual report).
    reports = {text.path.name for text in texts.texts("documents") if text.meta["kind"] == "annual_report"}
    twice = {
        sentence: sorted(found)
        for sentence, found in where.items()
        if len(found) > 1 and not FORMULAS.search(sentence) and not found <= reports
    }
    assert len(reports) == 2
    assert len(where) > 500
    assert twice == {}


def test_a_broken_file_is_named(tmp_path) -> None:
    path = tmp_path / "99-kaputt.html"
    path.write_text("+++\ntitle = \n+++\n<p>x</p>", encoding="utf-8")
    with pytest.raises(ValueError, match="99-kaputt"):
        texts.read(path)
