"""`import_documents`: real archives, and our own bad ones."""

import io
import json
from datetime import date
from pathlib import Path

import pghistory.models
import pytest
from django.core.management import call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from disclosure.body_text import from_plain_text, to_html
from disclosure.models import Attachment, Document
from disclosure.rich_text import clean, to_text
from disclosure.states import Publication, Validity
from interpretation.exchange import import_archive
from interpretation.exchange.links import Candidate, TitleIndex
from interpretation.exchange.records import Record
from interpretation.models import Interpretation
from tests.factories import AgencyFactory, root_agency

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
real = pytest.mark.skipif(not DATA.exists(), reason="real data are not beside this checkout; own data below")


def record(source_id="a1", **changes):
    return {"id": source_id, "kind": "document", "title": "关于低保的通知", "body": "通知正文。", **changes}


@pytest.fixture
def run(tmp_path, db):
    """Run the command over records (or raw lines); return the report and the exit code."""

    def run(*lines, options=()):
        raw = [
            one if isinstance(one, bytes) else json.dumps(one, ensure_ascii=False).encode() for one in lines
        ]
        path = tmp_path / "档案 一.jsonl"
        path.write_bytes(b"\n".join(raw) + b"\n")
        out, code = io.StringIO(), 0
        try:
            call_command("import_documents", str(path), *options, stdout=out)
        except SystemExit as leaving:
            code = leaving.code
        return json.loads(out.getvalue()), code

    return run


def only(report, key):
    return [warning["message"] for warning in report["warnings"] if warning["key"] == key]


def test_a_record_as_it_stands(run):
    report, code = run(
        record(
            doc_number="青民发[2026]第07号",
            index_number="JCXZFBWJ-2020-0078",
            issuer="青澜县民政局、青澜县财政局",
            written_on="2026-02-27",
            published_on="2026-03-02",
            topic="民政、扶贫、救灾-社会福利",
            validity="有效",
            attachments=[
                "https://example.gov.cn/a/%E6%A0%87%E5%87%86%E8%A1%A8.docx",
                "https://example.gov.cn/x?id=1",
            ],
            source_url="https://example.gov.cn/1.html",
        ),
        options=["--publish"],
    )
    assert (code, report["rows"], report["created"], report["warnings"], report["errors"]) == (
        0,
        1,
        1,
        [],
        [],
    )
    assert report.keys() == {"rows", "created", "changed", "unchanged", "missing", "warnings", "errors"}
    paper = Document.objects.published().get()
    assert (paper.doc_number, paper.index_number) == ("青民发〔2026〕7号", "JCXZFBWJ-2020-0078")
    assert (paper.issuer, paper.agency.code) == ("青澜县民政局、青澜县财政局", "county")
    assert (paper.topic.code, paper.topic_text) == ("1703", "民政、扶贫、救灾-社会福利")
    assert (paper.validity, paper.published_on, paper.published_at) == (
        Validity.IN_FORCE,
        date(2026, 3, 2),
        None,
    )
    assert (paper.source_id, paper.created_by, paper.submitted_by, paper.approved_by) == (
        "a1",
        None,
        None,
        None,
    )
    assert [(a.title, a.file.name) for a in paper.attachments.all()] == [("标准表.docx", ""), ("附件2", "")]


def test_gaps_stay_gaps(run):
    report, code = run(
        record(published_on=None, index_number=None, validity="正在执行", topic=None, doc_number=""),
        options=["--publish"],
    )
    paper = Document.objects.get()
    assert (code, paper.published_on, paper.index_number, paper.validity) == (0, None, "", "")
    said = "不认识的有效性「正在执行」，留空。可以写：现行有效、已修改、失效、废止、不适用。"
    assert only(report, "validity") == [said]


def test_without_publish_they_are_drafts_and_a_second_run_may_publish(run):
    run(record())
    assert Document.objects.get().status == Publication.DRAFT
    assert Document.objects.get().openness == ""
    report, _ = run(record(), options=["--publish"])
    assert report["changed"] == 1
    assert Document.objects.published().count() == 1
    assert run(record())[0]["unchanged"] == 1
    assert Document.objects.published().count() == 1


@pytest.mark.parametrize(
    ("bad", "key"),
    [
        (record("b", written_on="2026-02-30"), "written_on"),
        (record("b", published_on="2026-13-01"), "published_on"),
        (record("b", written_on="昨天"), "written_on"),
        (record("b", written_on="0001-01-01"), "written_on"),
        (record("b", kind="news"), "kind"),
        (record("b", kind=None), "kind"),
        (record("b", title=" "), "title"),
        (record("b", title=None), "title"),
        (record("b", title="字" * 401), "title"),
        (record("b", title=["甲"]), "title"),
        (record("", title="甲"), "id"),
        (record("a1"), "id"),
        (record("b", attachments="https://example.gov.cn"), "attachments"),
        (record("b", kind="interpretation", relates_to_ids="a1"), "relates_to_ids"),
        (b"{not json", ""),
        (b"[1, 2]", ""),
        ('{"id": "甲"}'.encode("gb18030"), ""),
        (b"[" * 100_000, ""),
    ],
)
def test_one_bad_record_and_nothing_is_written(bad, key, run):
    report, code = run(record(), bad, options=["--publish"])
    assert code == 1
    assert [(error["line"], error["key"]) for error in report["errors"]] == [(2, key)]
    assert report["errors"][0]["message"]
    assert (report["created"], Document.objects.count()) == (0, 0)


def test_every_error_is_told_at_once(run):
    report, _ = run(record("a", kind="x", written_on="2026-02-30"), b"", b"?", record("c", title=""))
    assert [(e["line"], e["key"]) for e in report["errors"]] == [
        (1, "kind"),
        (1, "written_on"),
        (3, ""),
        (4, "title"),
    ]
    assert report["rows"] == 3


@pytest.mark.parametrize(
    "written",
    ["2026-3-2", "2026/03/02", "2026.3.2", "2026年3月2日", "2026-03-02 10:20", "2026-03-02T10:20:00+08:00"],
)
def test_dates_in_other_writings(written, run):
    assert run(record(written_on=written))[1] == 0
    assert Document.objects.get().written_on == date(2026, 3, 2)


def test_an_unfilled_date_is_no_date(run):
    report, code = run(record(written_on=" 年 月 日"))
    assert (code, Document.objects.get().written_on) == (0, None)
    assert only(report, "written_on")


def test_markup_is_cleaned_and_it_is_said(run):
    html = '<div onclick="x()">甲<script>alert(1)</script></div><h1>二</h1>'
    html += '<p><a href="javascript:x()">丙</a></p>'
    report, _ = run(record(title="《规定》<br/>政策解读<script>", body=html))
    paper = Document.objects.get()
    assert paper.title == "《规定》政策解读"
    assert paper.body == '<p>甲</p><h2>二</h2><p><a rel="noopener noreferrer">丙</a></p>'
    assert "脚本" in only(report, "body")[0]
    assert only(report, "title")
    assert run(record(title="《规定》<br/>政策解读<script>", body=html))[0]["unchanged"] == 1


def test_a_script_in_a_plain_text(run):
    report, _ = run(record(body="一、总则\n正文<script>alert(1)</script>完"))
    assert Document.objects.get().body == "<h2>一、总则</h2>\n<p>正文完</p>"
    assert "脚本" in only(report, "body")[0]


def test_a_title_in_angle_brackets_is_text(run):
    report, _ = run(record(title="印发<暂行办法>的通知", body="现印发<暂行办法>,职业<工种>目录。"))
    assert Document.objects.get().title == "印发<暂行办法>的通知"
    assert to_text(Document.objects.get().body) == "现印发<暂行办法>,职业<工种>目录。"
    assert report["warnings"] == []


def test_what_postgres_cannot_store_is_left_out(run):
    assert run(record(title="甲\x00乙"))[1] == 0
    assert Document.objects.get().title == "甲乙"
    lone = b'{"id": "z", "kind": "document", "title": "\\ud800\\u7532", "body": "\\u0000\\u4e59"}'
    assert run(lone)[1] == 0
    assert Document.objects.get(source_id="z").title == "甲"


def test_a_changed_record_changes_the_row_and_its_history(run):
    run(record(attachments=["https://example.gov.cn/a.doc"]), options=["--publish"])
    report, _ = run(
        record(body="改过的正文。", attachments=["https://example.gov.cn/b.doc"]), options=["--publish"]
    )
    assert (report["created"], report["changed"], report["unchanged"]) == (0, 1, 0)
    paper = Document.objects.get()
    assert [a.source_url for a in paper.attachments.all()] == ["https://example.gov.cn/b.doc"]
    events = list(pghistory.models.Events.objects.tracks(paper).order_by("pgh_created_at", "pgh_id"))
    assert [event.pgh_label for event in events] == ["insert", "update"]
    assert {event.pgh_context["action"] for event in events} == {"import_documents"}


def test_a_dry_run_writes_nothing_and_reports_the_same(run):
    lines = [record(), record("i1", kind="interpretation", title="解读", relates_to_id="a1")]
    dry, _ = run(*lines, options=["--dry-run", "--publish"])
    assert Document.objects.count() + Interpretation.objects.count() == 0
    assert run(*lines, options=["--publish"])[0] == dry


def test_index_numbers_never_change_and_are_never_shared(run):
    run(record(index_number="JCXZFBWJ-2020-0078"))
    report, code = run(record(index_number="JCXZFBWJ-2020-0079"))
    assert (code, report["errors"][0]["key"]) == (1, "index_number")
    assert run(record(index_number=None))[1] == 0
    assert Document.objects.get().index_number == "JCXZFBWJ-2020-0078"
    twice = [
        record("b", index_number="JCXZFBWJ-2020-0078"),
        record("c", kind="interpretation", index_number="X-2020-1"),
    ]
    report, _ = run(*twice, record("d", index_number="X-2020-1"))
    assert len(only(report, "index_number")) == 2
    assert set(Document.objects.values_list("source_id", "index_number")) == {
        ("a1", "JCXZFBWJ-2020-0078"),
        ("b", ""),
        ("d", ""),
    }
    assert run(*twice, record("d", index_number="X-2020-1"))[0]["unchanged"] == 3


def test_a_bad_index_number_is_left_out(run):
    report, _ = run(record(index_number="见 附件?"))
    assert Document.objects.get().index_number == ""
    assert only(report, "index_number")


def test_identity_is_the_agency_and_the_id(run):
    AgencyFactory(code="minzheng")
    run(record())
    report, _ = run(record(title="另一份"), options=["--agency", "minzheng"])
    assert report["created"] == 1
    assert Document.objects.count() == 2
    report, code = run(record(), options=["--agency", "nowhere"])
    assert (code, report["errors"][0]["key"]) == (1, "agency")


def test_a_missing_file_is_a_sentence(capsys, db):
    with pytest.raises(SystemExit):
        call_command("import_documents", "nowhere.jsonl")
    out = capsys.readouterr()
    assert json.loads(out.out)["errors"][0]["key"] == "file"
    assert out.err == ""


def test_the_kind_of_a_known_id_does_not_change_rooms(run):
    run(record())
    report, code = run(record(kind="interpretation"))
    assert (code, report["errors"][0]["key"]) == (1, "kind")


def test_what_was_taken_over_here_is_left_alone(run):
    run(record(), options=["--publish"])
    from disclosure import services
    from tests.factories import ReviewerFactory

    services.withdraw(Document.objects.get(), by=ReviewerFactory(agency=root_agency()), reason="有误")
    report, _ = run(record(title="再来"), options=["--publish"])
    assert report["unchanged"] == 1
    assert only(report, "id")
    assert Document.objects.get().status == Publication.WITHDRAWN
    assert Document.objects.get().title == "关于低保的通知"


def test_links_by_id_and_a_second_run_changes_nothing(run):
    lines = [
        record("i1", kind="interpretation", title="解读一", relates_to_id="a1"),
        record("a1"),
        record("i2", kind="interpretation", title="解读二", relates_to_ids=["a1", "nowhere"]),
    ]
    report, _ = run(*lines, options=["--publish"])
    assert only(report, "relates_to_id") == ["没有编号为「nowhere」的文件，解读未关联到它。"]
    assert Document.objects.get().interpretations.published().count() == 2
    report, _ = run(*lines, options=["--publish"])
    assert (report["changed"], report["unchanged"]) == (0, 3)
    hand_made = Document.objects.create(agency=root_agency(), title="后来关联的")
    Interpretation.objects.get(source_id="i1").documents.add(hand_made)
    assert run(*lines, options=["--publish"])[0]["unchanged"] == 3
    assert Interpretation.objects.get(source_id="i1").documents.count() == 2


def test_a_link_that_comes_later_counts_as_a_change(run):
    run(record("i1", kind="interpretation", title="解读一"))
    report, _ = run(record("i1", kind="interpretation", title="解读一", relates_to_id="a1"), record("a1"))
    assert (report["created"], report["changed"]) == (1, 1)


def _found(relates_to, day, *candidates):
    index = TitleIndex(
        Candidate(str(n), title, date.fromisoformat(on) if on else None)
        for n, (title, on) in enumerate(candidates)
    )
    values = {"published_on": date.fromisoformat(day) if day else None, "written_on": None}
    found, why_not = index.find(Record(1, "i", "interpretation", values, relates_to=relates_to))
    assert bool(found) != bool(why_not)
    return found.source_id if found else why_not


def test_links_by_title_with_care():
    rules = "青澜县农村危房改造资金管理办法"
    notice = f"青澜县住房和城乡建设局关于印发《{rules}》的通知"
    assert _found(rules, "2026-03-05", (notice, "2026-03-01")) == "0"
    assert _found(f"《{rules}》", None, (rules, None)) == "0"
    assert "日期与解读相差太远" in _found(rules, "2026-03-05", (rules, "2019-03-01"))
    assert _found(rules, "2026-03-05", (rules, "2019-03-01"), (rules, "2026-03-01")) == "1"
    assert "分不清" in _found("征收土地预公告", None, ("征收土地预公告", None), ("征收土地预公告", None))
    assert "没有找到" in _found(rules, None, (f"关于废止《{rules}》的决定", None))
    assert "没有找到" in _found("行动方案", None, ("乡村振兴行动方案", None))
    cut = "青澜县关于推进大中小学思政课一体化建设..."
    assert _found(cut, None, ("青澜县关于推进大中小学思政课一体化建设的实施意见", None)) == "0"


def test_plain_text_is_set_as_a_paper():
    html = from_plain_text(
        "关于低保的通知\n\n各乡镇人民政府,县直各单位:\n　　现通知如下。\n一、总体要求\n(一)提高标准\n"
        "(二)按时发放。每月10日前,\n各单位要,\n青澜县民政局\n二〇二六年三月二日\n(此件公开发布)",
        title="关于低保的通知",
    )
    assert html.split("\n") == [
        '<p class="align-center">关于低保的通知</p>',
        '<p class="no-indent">各乡镇人民政府,县直各单位:</p>',
        "<p>现通知如下。</p>",
        "<h2>一、总体要求</h2>",
        "<h3>(一)提高标准</h3>",
        "<p>(二)按时发放。每月10日前,</p>",
        "<p>各单位要,</p>",
        '<p class="align-right">青澜县民政局</p>',
        '<p class="align-right">二〇二六年三月二日</p>',
        "<p>(此件公开发布)</p>",
    ]


@given(st.text(alphabet="一二、(（）)第条章。,,：\n <>&;pbr/甲乙2026年3月2日", max_size=200))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_no_character_of_a_plain_text_is_lost(text):
    kept = "".join(to_text(from_plain_text(text)).split())
    assert kept == "".join(text.split())
    html = to_html(text).html
    assert clean(html).html == html


@real
@pytest.mark.django_db
def test_the_real_documents_come_in_whole_and_again_unchanged():
    """Real data: documents.jsonl, twice."""
    path = DATA / "documents.jsonl"
    records = {r["id"]: r for r in map(json.loads, path.open(encoding="utf-8"))}
    with path.open("rb") as file:
        first = import_archive(file, agency=root_agency(), publish=True)
    assert first.errors == []
    assert (first.rows, first.created) == (len(records), len(records))
    assert Document.objects.published().count() + Interpretation.objects.published().count() == len(records)
    linked = [(i, d) for i, r in records.items() for d in _ids(r)]
    through = set(
        Interpretation.documents.through.objects.values_list(
            "interpretation__source_id", "document__source_id"
        )
    )
    assert set(linked) <= through
    for paper in Document.objects.all():
        source = records[paper.source_id]
        assert (paper.published_on.isoformat() if paper.published_on else None) == source["published_on"]
        assert paper.index_number == (source["index_number"] or "")
        assert paper.issuer == (source["issuer"] or "")
    assert Attachment.objects.exclude(file="").count() == 0
    before = list(Document.objects.order_by("pk").values_list("pk", "updated_at"))
    with path.open("rb") as file:
        second = import_archive(file, agency=root_agency(), publish=True)
    assert (second.created, second.changed, second.unchanged) == (0, 0, len(records))
    assert list(Document.objects.order_by("pk").values_list("pk", "updated_at")) == before
    assert {m.message for m in second.warnings} == {m.message for m in first.warnings}


def _ids(source):
    return list(
        dict.fromkeys([*filter(None, [source.get("relates_to_id")]), *(source.get("relates_to_ids") or [])])
    )


@real
def test_the_real_archive_is_read_whole():
    """Real data: archive.jsonl keeps every character of its bodies but for two stray tags."""
    from interpretation.exchange.records import read

    with (DATA / "archive.jsonl").open("rb") as file:
        reading = read(file)
    assert reading.errors == []
    assert len(reading.records) == reading.rows == 2925
    sources = {r["id"]: r for r in map(json.loads, (DATA / "archive.jsonl").open(encoding="utf-8"))}
    different = [
        one.id
        for one in reading.records
        if "".join(to_text(one.values["body"]).split()) != "".join(sources[one.id]["body"].split())
    ]
    assert len(different) <= 1
