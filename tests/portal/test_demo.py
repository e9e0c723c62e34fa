"""The demo county: whole, once, said once, and everything in it as a county would leave it."""

import json
import re
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from html import unescape

import pytest
from django.conf import settings as project
from django.core.management import CommandError, call_command
from django.utils import timezone

from agencies.kinds import AgencyKind
from agencies.models import Agency, User
from catalog.inheritance import difference
from catalog.models import Adjustment, CatalogInheritance, Field, Item, Law, Matter
from catalog.states import Stage
from disclosure.models import Attachment, Coverage, Document, LawText, Registration, Withholding
from disclosure.register_querysets import unfiled
from disclosure.states import CoverageState, Publication
from interpretation.models import Interpretation
from portal import demo
from portal.demo import living, texts
from portal.search import best_bets, counts, index
from portal.search.models import Want

# Without the mark pytest-django makes no test database, and the module's fixture would meet the real one.
pytestmark = pytest.mark.django_db
#: 43 written ones, three drafts, twelve old ones that nobody has filed, six that stay in.
DOCUMENTS = 43 + 3 + 12 + 6
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
    # The standard catalog with what an adjustment added and retired; one basic catalog; a template for
    # villages, with two that follow it.
    kinds_of_catalog = Counter(Item.objects.values_list("field__catalog", flat=True))
    assert kinds_of_catalog == {"standard": 83, "basic": 8, "village": 8 + 9 + 8}
    assert Item.objects.filter(field__catalog="standard").values("field").distinct().count() == 8
    assert Document.objects.count() == DOCUMENTS
    assert Interpretation.objects.count() == 15
    assert Attachment.objects.count() >= 3
    for attachment in Attachment.objects.all():
        assert attachment.size == attachment.file.size > 0


def test_a_second_time_is_refused_and_changes_nothing(county) -> None:
    with pytest.raises(CommandError, match="空库"):
        call_command("load_demo")
    assert Document.objects.count() == DOCUMENTS


def test_every_public_policy_document_is_explained_or_says_why_not(county) -> None:
    policies = Document.objects.published().filter(is_policy=True)
    assert policies.count() > 5
    for document in policies:
        explained = document.interpretations.published().exists()
        assert explained or document.no_interpretation_reason, document.title


def test_there_is_work_of_every_state_in_the_county(county) -> None:
    states = set(Document.objects.values_list("status", flat=True))
    assert states >= {Publication.DRAFT, Publication.SUBMITTED, Publication.PUBLISHED, Publication.WITHDRAWN}


def test_what_stays_in_and_what_is_to_be_issued(county) -> None:
    """One or two of each that 备案, 年度复核 and 报审登记 know."""
    states = Counter(Withholding.objects.values_list("state", flat=True))
    assert states == {"filed": 2, "confirmed": 1, "returned": 1, "lifted": 1}
    assert Withholding.objects.to_recheck(timezone.localdate()).count() == 1
    assert Withholding.objects.to_publish().count() == 1
    assert unfiled(Document.objects.all()).count() == 2
    assert Registration.objects.to_draft().count() == 1
    assert set(Registration.objects.values_list("state", flat=True)) == {"accepted", "returned", "submitted"}


def test_the_catalog_lives(county) -> None:
    """Every state that staff meet is there on the day of loading, whichever day that is."""
    states = Counter(Coverage.objects.in_force().values_list("state", flat=True))
    assert set(states) == set(CoverageState.values)
    assert Coverage.objects.in_force().counts_of_tasks()["ask"] == 1
    assert states[CoverageState.OVERDUE] < 12, "so much is late that nobody would look"
    assert dict(Adjustment.objects.values_list("state", "agency__code")) == {
        "applied": "minzheng",
        "rejected": "jiaoti",
        "approved": "zhujian",
        "passed": "minzheng",
        "proposed": "weijian",
    }
    today = timezone.localdate()
    assert Adjustment.objects.get(state="approved").in_force_on > today
    applied = Adjustment.objects.get(state="applied")
    assert applied.in_force_on < today
    assert timezone.localdate(applied.applied_at) == applied.in_force_on
    assert {line.item.in_force_from for line in applied.lines.all()} == {applied.in_force_on}
    assert Field.objects.get(slug="fupin").aliases.filter(name="扶贫").exists()


def test_the_villages_follow_and_differ(county) -> None:
    found = {row.agency.code: difference(row) for row in CatalogInheritance.objects.select_related("agency")}
    counts = {
        code: (len(one.followed), len(one.changed), len(one.added), len(one.dropped))
        for code, one in found.items()
    }
    assert counts == {"linjiang-liuwan": (7, 1, 1, 0), "baishi-shimen": (7, 0, 0, 1)}


def test_what_leans_on_a_repealed_law_is_listed(county) -> None:
    fallen = Item.objects.in_force().leaning_on(Law.objects.fallen())
    assert Counter(fallen.values_list("field__slug", flat=True)) == {"jiuye": 1, "village": 3}
    assert set(LawText.objects.values_list("law__state", flat=True)) == {"in_force", "repealed"}


def test_the_matter_has_documents_in_all_five_stages(county, client) -> None:
    matter = Matter.objects.get()
    with_documents = Item.objects.filter(matter=matter, documents__in=Document.objects.published())
    assert set(with_documents.values_list("stage", flat=True)) == set(Stage.values)
    page = client.get(f"/catalog/matters/{matter.pk}/").content.decode()
    assert "还没有内容" not in page


def test_its_changes_and_its_past_can_be_read(county, client) -> None:
    page = client.get("/catalog/changes/", {"from": "2021-01-02"}).content.decode()
    for words in ("家庭养老床位", "老年人优待证办理", "标准调整、发放完成之日起10个工作日内"):
        assert words in page
    before = client.get("/catalog/yanglao-fuwu/", {"on": "2021-06-01"}).content.decode()
    assert "老年人优待证办理" in before
    assert "家庭养老床位" not in before


def test_the_old_documents_wait_to_be_filed(county) -> None:
    old = Document.objects.unfiled().filter(source_id__startswith="qinglan-minzheng-")
    assert old.count() == 12
    assert User.objects.get(username="clerk").agency.code == "minzheng"


@pytest.mark.parametrize("day", ["2026-01-08", "2026-07-31", "2027-03-01", "2028-02-29"])
def test_days_are_counted_from_the_day_of_loading(day: str) -> None:
    """Nothing is told of a day that would lie ahead, or of another year than its own."""
    told = living.written()
    loader = living.LivingCatalog(
        office=None,
        clerks={},
        agencies={},
        items={},
        documents={},
        now=datetime.fromisoformat(f"{day}T09:00:00+08:00"),
    )
    running, expired = (loader._said_at(row) for row in told["declarations"])
    assert (running.year, expired.year) == (int(day[:4]), int(day[:4]) - 1)
    assert running <= loader.now
    for row in told["adjustments"]:
        assert row["proposed"] >= row.get("decided", 0) >= row.get("in_force", 0) >= 0


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
    rows = Item.objects.in_force().filter(agency__code=code).count()
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


def test_the_office_finds_what_people_look_for(county):
    today = timezone.localdate()
    first = today - timedelta(days=29)
    sought = counts.rows("sought", first, today)
    assert sought[0].words == "低保标准"
    assert sought[0].results[0].title.startswith("青澜县人民政府关于公布2026年最低生活保障")
    assert {row.words for row in counts.rows("nothing", first, today)} >= {"彩礼标准", "停水通知"}
    assert "茶叶" in {row.words for row in counts.rows("ignored", first, today)}
    assert "张老师培训班" not in {row.words for row in sought}
    assert best_bets.for_query("怎么办低保")[0].url == sought[0].results[0].url
    assert Want.objects.waiting().get().agency.code == "zhujian"
