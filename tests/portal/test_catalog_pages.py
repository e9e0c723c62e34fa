"""The catalog on the public site: choices with counts, days of the past, ways out, items and matters."""

import io
import json
import re
from datetime import date, timedelta

import openpyxl
import pytest
from django.test import Client
from django.utils import timezone

from catalog.exchange import export_jobs
from catalog.models import Basis, ExportJob, Field, Item, Law, Matter
from catalog.services import exports
from catalog.states import CatalogKind, ExportState, LawState
from disclosure.models import Coverage
from tests.factories import AgencyFactory, DocumentFactory, FieldFactory, ItemFactory, UserFactory
from tests.portal.site_county import build
from tests.portal.test_pages import text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files")]


def facet(page: str, name: str) -> dict[str, int]:
    """The choices of a facet with their counts."""
    part = page.split(f'id="facet-{name}"')[1].split("</section>")[0]
    return {
        words: int(count)
        for words, count in re.findall(r'<span>([^<]+)</span><span class="count">(\d+)</span>', part)
    }


def count(page: str) -> int:
    return int(re.search(r"共 <b>(\d+)</b> 项", page).group(1))


@pytest.fixture
def some():
    """Items that differ in everything that can be chosen."""
    county = build()
    bureau = AgencyFactory(code="jiaoti", name="青澜县教育体育局", short_name="县教体局")
    shared = {"field": county.field, "manner": ["主动公开"], "in_force_from": date(2020, 1, 1)}
    ItemFactory(
        agency=bureau,
        code="jiuye-00002",
        levels=["学校", "招生"],
        tiers=["镇级"],
        audience=["特定群众：家长"],
        channels=[{"name": "政府网站", "mark": "required"}, {"name": "政府公报", "mark": "unused"}],
        stage="service",
        **shared,
    )
    ItemFactory(
        agency=bureau,
        code="jiuye-00003",
        levels=["学校", "收费"],
        tiers=["县级", "村级"],
        audience=["全社会"],
        channels=[{"name": "政府公报", "mark": "optional"}],
        stage="result",
        **shared,
    )
    return county


class TestChoices:
    """By everything, with counts, each ignoring its own choice."""

    def test_counts(self, client, some):
        page = text(client, "/catalog/jiuye/")
        assert facet(page, "level") == {"县级": 2, "乡级": 1, "村级": 1}
        assert facet(page, "audience")["特定群体"] == 1
        assert facet(page, "channel") == {"政府网站": 1, "政府公报": 1}
        assert facet(page, "stage") == {"服务": 1, "结果": 1}
        assert facet(page, "agency") == {"县民政局": 1, "县教体局": 2}

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("level=乡级", 1),
            ("level=乡级&level=村级", 2),
            ("audience=特定群体", 1),
            ("channel=政府公报", 1),
            ("stage=service&stage=result", 2),
            ("agency=jiaoti", 2),
            ("agency=jiaoti&agency=minzheng", 3),
            ("manner=主动公开&level=村级", 1),
            ("q=招生", 1),
            ("field=jiuye", 3),
            ("level=没有", 0),
        ],
    )
    def test_choosing(self, client, some, query, found):
        assert count(text(client, f"/catalog/?{query}")) == found
        book = client.get(f"/catalog/export.json?{query}")
        if found:
            assert len(json.loads(b"".join(book.streaming_content))["items"]) == found
        else:
            assert book.status_code == 404

    def test_a_facet_ignores_its_own_choice_and_another_may_be_added(self, client, some):
        page = text(client, "/catalog/jiuye/?level=乡级")
        assert facet(page, "level") == {"县级": 2, "乡级": 1, "村级": 1}
        assert facet(page, "stage") == {"服务": 1}
        assert 'href="?level=%E4%B9%A1%E7%BA%A7&amp;level=%E6%9D%91%E7%BA%A7"' in page

    def test_each_choice_can_be_taken_away_alone(self, client, some):
        page = text(client, "/catalog/jiuye/?stage=service&stage=result")
        tags = re.findall(r'<li><a href="([^"]*)"><span class="filter-tag-group">', page)
        assert tags == ["?stage=result", "?stage=service"]

    def test_what_is_chosen_and_leaves_nothing_can_be_taken_away(self, client, some):
        assert 'class="filter-tags"' in text(client, "/catalog/?agency=nobody")

    def test_the_public_state_and_never_a_reproach(self, client, some):
        item = Item.objects.get(code="jiuye-00002")
        Coverage.objects.update_or_create(
            item=item, defaults={"state": "overdue", "public_state": "none_arose"}
        )
        page = text(client, "/catalog/jiuye/?state=none_arose")
        assert count(page) == 1
        assert "本年未产生" in page
        for url in ("/catalog/", "/catalog/?view=table", f"/catalog/items/{item.code}/"):
            assert "逾期" not in text(client, url)

    def test_what_is_given_on_request_leads_to_the_request(self, client, some):
        item = Item.objects.get(code="jiuye-00002")
        Coverage.objects.update_or_create(
            item=item, defaults={"state": "on_request", "public_state": "on_request"}
        )
        page = text(client, "/catalog/jiuye/?state=on_request")
        assert count(page) == 1
        assert "依申请公开" in page.split('class="catalog-item-content')[1][:80]
        page = text(client, f"/catalog/items/{item.code}/")
        assert "这项内容依申请公开" in page
        assert page.count('href="/requests/new/?agency=jiaoti"') == 1
        assert "没找到" not in page


class TestKinds:
    """Two catalogs that papers confuse stay two."""

    def test_basic_catalogs_stand_apart(self, client, some):
        field = FieldFactory(slug="jiben-x", name="基本目录甲", catalog=CatalogKind.BASIC)
        ItemFactory(field=field, agency=some.agency, code="jiben-1", levels=["机构职能"])
        page = text(client, "/catalog/")
        assert count(page) == 3
        assert 'href="/catalog/?catalog=basic"' in page
        basic = text(client, "/catalog/?catalog=basic")
        assert count(basic) == 1
        assert "机构职能" in basic
        sheet = openpyxl.load_workbook(
            io.BytesIO(b"".join(client.get("/catalog/export.xlsx?catalog=basic").streaming_content))
        ).worksheets[0]
        assert sheet["A1"].value == "青澜县民政局主动公开基本目录"

    def test_no_switch_where_there_is_only_the_standard_catalog(self, client, some):
        assert "catalog-kinds" not in text(client, "/catalog/")


class TestPast:
    """As it stood on a day."""

    @pytest.mark.parametrize("day", ["昨天", "2026-13-45", "20260101x", "9999-12-31"])
    def test_a_day_that_is_none_is_answered_kindly(self, client, some, day):
        page = text(client, f"/catalog/?on={day}")
        assert "已按今天显示" in page
        assert count(page) == 3
        assert client.get(f"/catalog/export.xlsx?on={day}").status_code == 400

    def test_before_there_was_a_catalog(self, client, some):
        page = text(client, "/catalog/?on=2001-01-01")
        assert "这一天还没有这份目录" in page
        assert "回到今天" in page

    def test_all_choices_hold_for_a_past_day(self, client, some, django_assert_max_num_queries):
        day = timezone.localdate() - timedelta(days=1)
        query = f"on={day:%Y-%m-%d}&agency=jiaoti&level=乡级&channel=政府网站&audience=特定群体&state=empty"
        with django_assert_max_num_queries(40):
            assert count(text(client, f"/catalog/?{query}")) == 1
        assert count(text(client, f"/catalog/?{query}&view=table")) == 1
        book = b"".join(client.get(f"/catalog/export.xlsx?{query}").streaming_content)
        sheet = openpyxl.load_workbook(io.BytesIO(book)).worksheets[0]
        assert f"{day:%Y-%m-%d}" in sheet["A2"].value
        assert "招生" in text(client, f"/catalog/print/?{query}")


class TestOut:
    """Excel, CSV, JSON, print; long ones by the worker."""

    @pytest.mark.parametrize(
        ("kind", "start"), [("xlsx", b"PK"), ("csv", b"\xef\xbb\xbf"), ("json", b'{"items"')]
    )
    def test_without_log_in(self, client, some, kind, start):
        response = client.get(f"/catalog/export.{kind}?field=jiuye")
        assert b"".join(response.streaming_content).startswith(start)
        assert f".{kind}" in response["Content-Disposition"]

    def test_the_sentence_stands_beside_the_csv(self, client, some):
        page = text(client, "/catalog/")
        assert page.index("导出 CSV") < page.index("可能被当作公式") < page.index("导出 JSON")

    def test_a_long_export_is_a_job_with_progress_and_a_link(self, client, some, settings):
        settings.CATALOG_EXPORT_AT_ONCE = 2
        response = client.get("/catalog/export.xlsx")
        job = ExportJob.objects.get()
        url = f"/catalog/exports/{job.token}/"
        assert (response.status_code, response["Location"]) == (302, url)
        assert client.get("/catalog/export.xlsx")["Location"] == url
        waiting = text(client, url)
        assert '<meta http-equiv="refresh"' in waiting
        assert "<progress" in waiting
        assert client.get(f"{url}file")["Location"] == url
        export_jobs.run(job.pk)
        done = text(client, url)
        assert '<meta http-equiv="refresh"' not in done
        assert f'href="{url}file"' in done
        book = client.get(f"{url}file")
        assert b"".join(book.streaming_content)[:2] == b"PK"
        assert book["Cache-Control"] == "no-store"
        told = client.post(f"{url}cancel/", follow=True)
        assert "这次导出已经取消" in told.content.decode()
        assert client.get(url).status_code == 404

    def test_one_visitor_does_not_cancel_for_another(self, client, some, settings):
        settings.CATALOG_EXPORT_AT_ONCE = 2
        other = Client()
        url = client.get("/catalog/export.xlsx")["Location"]
        assert other.get("/catalog/export.xlsx")["Location"] == url
        for visitor in (client, other):
            told = visitor.post(f"{url}cancel/", follow=True)
            assert "还有别人在等同一份文件" in told.content.decode()
        assert client.get(url).status_code == 200
        export_jobs.run(ExportJob.objects.get().pk)
        assert other.get(f"{url}file").status_code == 200

    def test_a_failed_job_says_what_to_do(self, client, some, settings):
        settings.CATALOG_EXPORT_AT_ONCE = 2
        client.get("/catalog/export.xlsx")
        job = ExportJob.objects.get()
        exports.fail_export(job=job, problem="写文件时出了问题，请重新导出一次。")
        page = text(client, f"/catalog/exports/{job.token}/")
        assert "请重新导出一次" in page
        assert job.state == ExportState.WAITING  # the row in hand is the old one

    def test_a_full_queue_is_answered_with_a_sentence(self, client, some, settings):
        settings.CATALOG_EXPORT_AT_ONCE = 0
        for query in ("field=jiuye", "agency=jiaoti", "level=乡级"):
            assert client.get(f"/catalog/export.xlsx?{query}").status_code == 302
        response = client.get("/catalog/export.xlsx?level=村级")
        assert response.status_code == 503
        assert "请过几分钟再试" in response.content.decode()
        assert response["Retry-After"]

    def test_a_job_of_staff_is_nobody_elses(self, client, some):
        job = exports.request_export(
            rows=Item.objects.all(), kind="xlsx", name="x.xlsx", by=UserFactory(username="jia")
        )
        assert client.get(f"/catalog/exports/{job.token}/").status_code == 404
        assert client.get(f"/catalog/exports/{job.token}/file").status_code == 404
        assert client.post(f"/catalog/exports/{job.token}/cancel/").status_code == 404
        client.force_login(job.requested_by)
        assert client.get(f"/catalog/exports/{job.token}/").status_code == 200

    def test_cancelling_is_a_post(self, client, some, settings):
        settings.CATALOG_EXPORT_AT_ONCE = 0
        client.get("/catalog/export.xlsx")
        token = ExportJob.objects.get().token
        assert client.get(f"/catalog/exports/{token}/cancel/").status_code == 405

    def test_the_printed_page_merges_level_one_and_repeats_its_header(self, client, some):
        page = text(client, "/catalog/print/?agency=jiaoti")
        assert '<td class="print-level" rowspan="2">学校</td>' in page
        assert "<thead>" in page
        assert "（17）青澜县教育体育局就业领域基层政务公开标准目录" in page

    def test_what_is_too_long_to_print_is_offered_in_parts(self, client, some, monkeypatch):
        monkeypatch.setattr("portal.views.catalog_exports.PRINTED", 1)
        page = text(client, "/catalog/print/")
        assert "一次最多打印 1 项" in page
        assert "县教体局" in page


class TestChanges:
    """Two days side by side."""

    def test_added_changed_and_retired(self, client, some):
        today = timezone.localdate()
        changed = Item.objects.get(code="jiuye-00002")
        changed.time_limit, changed.version, changed.in_force_from = "每月5日前", 2, today
        changed.save()
        page = text(client, "/catalog/changes/")
        assert "每月5日前" in page
        assert "信息形成之日起20个工作日内" in page
        assert "新增 <b>1</b> 项，修改 <b>1</b> 项" in page
        book = openpyxl.load_workbook(
            io.BytesIO(b"".join(client.get("/catalog/changes.xlsx").streaming_content))
        )
        row = [cell.value for cell in book["修改"][4]]
        assert row[4:] == ["公开时限", "信息形成之日起20个工作日内", "每月5日前"]
        assert "每月5日前" not in text(client, "/catalog/changes/?agency=minzheng")
        assert "这段时间目录没有变动" in text(client, "/catalog/changes/?agency=nobody")

    def test_a_long_difference_is_a_job_and_says_the_same(self, client, some, settings):
        today = timezone.localdate()
        changed = Item.objects.get(code="jiuye-00002")
        changed.time_limit, changed.version, changed.in_force_from = "每月5日前", 2, today
        changed.save()
        at_once = b"".join(client.get("/catalog/changes.xlsx").streaming_content)
        settings.CATALOG_EXPORT_AT_ONCE = 1
        url = client.get("/catalog/changes.xlsx")["Location"]
        job = ExportJob.objects.get()
        assert (url, job.total) == (f"/catalog/exports/{job.token}/", 2)
        assert client.get("/catalog/changes.xlsx")["Location"] == url
        assert client.get("/catalog/changes.xlsx?agency=jiaoti")["Location"] != url
        export_jobs.run(job.pk)
        assert "共 2 项" in text(client, url)
        later = b"".join(client.get(f"{url}file").streaming_content)
        books = [openpyxl.load_workbook(io.BytesIO(data)) for data in (at_once, later)]
        cells = [[[c.value for c in row] for sheet in book for row in sheet.rows] for book in books]
        assert cells[0] == cells[1]
        assert "每月5日前" in str(cells[1])

    @pytest.mark.parametrize("query", ["from=x", "to=9999-99-99", "from=2026-05-01&to=2025-01-01", "field=x"])
    def test_nonsense_is_answered_kindly(self, client, some, query):
        assert client.get(f"/catalog/changes/?{query}").status_code == 200
        assert client.get(f"/catalog/changes.xlsx?{query}").status_code == 200


class TestItem:
    """What, on which basis, by when, by whom, where; and here it is."""

    def test_answers_in_order(self, client, some):
        item = some.item
        item.responsible_office, item.responsible_post = "救助股", "股长岗"
        item.channels = [{"name": "政府网站", "mark": "required"}]
        item.save()
        page = text(client, f"/catalog/items/{item.code}/")
        order = [
            "内容在这里",
            "公开什么",
            "依据",
            "时限",
            "谁负责",
            "救助股",
            "在哪里公开",
            "没找到",
            "历次调整",
        ]
        places = [page.index(f">{words}" if len(words) < 5 else words) for words in order]
        assert places == sorted(places)

    def test_a_basis_leads_to_its_law_and_says_when_it_fell(self, client, some):
        law = Law.objects.create(
            key="k", title="旧办法", source_url="https://law.example/1", state=LawState.REPEALED
        )
        Basis.objects.create(item=some.item, position=9, title="旧办法", text="《旧办法》", law=law)
        page = text(client, f"/catalog/items/{some.item.code}/")
        assert 'href="https://law.example/1"' in page
        assert "已废止" in page

    def test_a_retired_item_says_since_when(self, client, some):
        Item.objects.filter(pk=some.item.pk).update(retired_on="2026-03-01", change_reason="并入别的事项")
        page = text(client, f"/catalog/items/{some.item.code}/", 410)
        assert "自 2026-03-01 起停用" in page
        assert "并入别的事项" in page

    def test_a_merged_field_leads_on_for_good(self, client, some):
        old = FieldFactory(slug="jiu-lingyu", merged_into=Field.objects.get(slug="jiuye"))
        FieldFactory(slug="geng-jiu", merged_into=old)
        response = client.get("/catalog/geng-jiu/?view=table")
        assert (response.status_code, response["Location"]) == (301, "/catalog/jiuye/?view=table")


class TestMatter:
    """One matter from decision to result."""

    def test_five_stages_and_what_is_published_in_each(self, client, some, django_assert_max_num_queries):
        matter = Matter.objects.create(name="发放高龄津贴", field=some.field, agency=some.agency)
        Item.objects.filter(pk=some.item.pk).update(matter=matter, stage="decision")
        for number in range(5):
            DocumentFactory(published=True, items=[some.item], title=f"第{number}份文件")
        with django_assert_max_num_queries(12):
            page = text(client, f"/catalog/matters/{matter.pk}/")
        stages = ["决策公开", "执行公开", "管理公开", "服务公开", "结果公开"]
        assert [page.index(stage) for stage in stages] == sorted(page.index(stage) for stage in stages)
        assert page.count("这一步没有列入目录的事项") == 4
        assert len(re.findall(r"第\d份文件</a>", page)) == 3
        assert f'href="/catalog/matters/{matter.pk}/"' in text(client, f"/catalog/items/{some.item.code}/")

    def test_a_matter_without_public_items_is_not_there(self, client, some):
        matter = Matter.objects.create(name="空的", field=some.field, agency=some.agency)
        assert client.get(f"/catalog/matters/{matter.pk}/").status_code == 404


def test_items_of_several_owners_stand_under_their_names(client, db):
    """Villages bear the same names of items: whose they are has to be said."""
    field = FieldFactory(slug="cunwu-lie", name="村务")
    for code, name in (("liuwan", "柳湾村"), ("shimen", "石门村")):
        ItemFactory(agency=AgencyFactory(code=code, name=name), field=field, levels=["财务", "收支"])
    page = client.get("/catalog/cunwu-lie/").content.decode()
    owners = re.findall(r'<h3 class="catalog-owner">(.*?)</h3>', page)
    assert owners == ["柳湾村", "石门村"]
    alone = client.get("/catalog/cunwu-lie/?agency=liuwan").content.decode()
    assert "catalog-owner" not in alone
