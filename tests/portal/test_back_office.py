"""The first page and the menu: what waits, counted by the very filters of its link; each model once."""

import re
from datetime import date

import pytest
from django.contrib import admin
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from agencies.models import Agency
from agencies.roles import CLERK, OFFICE, REVIEWER, ROLES
from disclosure.models import Document
from interpretation.models import Interpretation
from portal.work_queue import queue_for
from tests.admin_rows import MAKERS
from tests.factories import (
    AdministratorFactory,
    AgencyFactory,
    DocumentFactory,
    InterpretationFactory,
    ItemFactory,
    OfficeUserFactory,
    UserFactory,
)
from workdays.models import CalendarYear

pytestmark = pytest.mark.django_db
NOVEMBER, MAY = date(2026, 11, 22), date(2026, 5, 4)


def counts(user, today=NOVEMBER):
    return {task.title: task.count for section in queue_for(user, today) for task in section.open_tasks}


@pytest.fixture
def busy_county():
    """Two departments with something of everything; the first one's clerk and reviewer."""
    mine, other = AgencyFactory(phone="0799-1"), AgencyFactory()
    clerk, reviewer = UserFactory(agency=mine), UserFactory(agency=mine, roles=[REVIEWER])
    for agency, author in ((mine, clerk), (other, UserFactory(agency=other))):
        DocumentFactory(agency=agency, created_by=author)
        DocumentFactory(agency=agency, created_by=author, remarks="请补充附件。")
        DocumentFactory(agency=agency, submitted=True, created_by=author, submitted_by=author)
        DocumentFactory(agency=agency, published=True, is_policy=True)
        DocumentFactory(agency=agency, published=True, is_policy=True, no_interpretation_reason="内容简单。")
        explained = [DocumentFactory(agency=agency, published=True, is_policy=True) for _ in range(2)]
        InterpretationFactory(agency=agency, published=True, documents=explained)
        InterpretationFactory(agency=agency, created_by=author, remarks="太长。")
        ItemFactory(agency=agency, agencies=[], subject="县级民政部门")
        ItemFactory(agency=agency, agencies=[], subject="县级民政部门", retired_on=date(2025, 1, 1))
        ItemFactory(agency=agency)
    return clerk, reviewer


def test_a_clerk_sees_the_own_things_and_the_own_gaps(busy_county):
    clerk, _ = busy_county
    assert counts(clerk) == {
        "退回给我修改的文件": 1,
        "我的文件草稿": 1,
        "退回给我修改的解读": 1,
        "我提交的文件，等审核": 1,
        "从未公开的事项": 2,
        "没有归类的文件": 4,
        "已公开、没有解读的政策文件": 1,
        "公开主体没有对应到单位的事项": 1,
    }


def test_a_reviewer_sees_what_waits_in_the_own_agency(busy_county):
    _, reviewer = busy_county
    assert counts(reviewer) == {"等我审核的文件": 1, "已公开、没有解读的政策文件": 1}


def test_the_office_sees_the_whole_county(busy_county):
    seen = counts(OfficeUserFactory())
    assert seen["等我审核的文件"] == 2
    assert seen["已公开、没有解读的政策文件"] == 2
    assert seen["公开主体没有对应到单位的事项"] == 2
    assert seen["缺 2027 年工作日历"] == 1


def test_an_administrator_sees_people_without_roles_and_nothing_to_approve(busy_county):
    UserFactory(roles=[])
    UserFactory(roles=[], is_active=False)
    seen = counts(AdministratorFactory())
    assert seen["没有角色的用户"] == 1
    assert not [title for title in seen if "审核" in title or "草稿" in title]


def test_the_next_year_is_missed_from_october_on():
    office = OfficeUserFactory()
    assert "缺 2027 年工作日历" in counts(office)
    assert not [title for title in counts(office, MAY) if "工作日历" in title]
    CalendarYear.objects.create(year=2027, title="通知")
    assert not [title for title in counts(office) if "工作日历" in title]
    CalendarYear.objects.filter(year=2026).delete()
    assert "缺 2026 年工作日历" in counts(office, MAY)


@pytest.mark.parametrize("role", [CLERK, REVIEWER, OFFICE, None])
def test_the_number_is_the_number_of_rows_behind_the_link(client, busy_county, role):
    clerk, _ = busy_county
    user = UserFactory(agency=clerk.agency, roles=[role]) if role else AdministratorFactory()
    for model in (Document, Interpretation):
        model.objects.filter(created_by=clerk).update(created_by=user)
    client.force_login(user)
    tasks = [task for section in queue_for(user, NOVEMBER) for task in section.open_tasks]
    assert tasks
    for task in tasks:
        response = client.get(task.url)
        assert response.status_code == 200, task.url
        if "工作日历" not in task.title:
            assert rows_on(response) == task.count, task.title


def rows_on(response):
    """How many rows the page is about: a list of the admin, or the desk of the backlog."""
    if "cl" in response.context:
        return response.context["cl"].result_count
    return response.context["matching"]


def test_the_first_page_takes_as_many_queries_for_many_rows_as_for_none(client, busy_county):
    office = OfficeUserFactory()
    client.force_login(office)
    client.get("/admin/")
    with CaptureQueriesContext(connection) as few:
        client.get("/admin/")
    for _ in range(5):
        DocumentFactory(submitted=True)
        ItemFactory(agencies=[], subject="有关部门")
    # The first look reckons the coverage of what is new; from then on it is read.
    client.get("/admin/")
    with CaptureQueriesContext(connection) as many:
        client.get("/admin/")
    assert len(many) == len(few) <= 34


def test_someone_without_a_role_is_told_what_to_do(client):
    client.force_login(UserFactory(roles=[]))
    response = client.get("/admin/")
    assert response.context["queue"] == []
    assert [group["name"] for group in response.context["available_apps"]] == ["单位与人员"]


def test_a_quiet_day_says_so(client):
    client.force_login(UserFactory(roles=[REVIEWER]))
    page = client.get("/admin/").content.decode()
    assert "没有等您办的事" in page
    assert "该有的都有了" in page


def test_a_row_can_be_made_of_every_model_that_the_journeys_look_at():
    assert not admin.site._registry.keys() - MAKERS.keys()


def test_each_model_stands_once_in_the_menu_in_the_order_of_the_day(client, rf):
    request = rf.get("/admin/")
    request.user = UserFactory(is_superuser=True)
    groups = admin.site.get_app_list(request)
    places = [model["admin_url"] for group in groups for model in group["models"]]
    assert len(places) == len(set(places))
    assert len(places) == len(admin.site._registry)
    known = ["公开内容", "标准目录", "站内搜索", "单位与人员", "工作日历", "其他"]
    names = [group["name"] for group in groups]
    assert names == [name for name in known if name in names]
    assert set(known[:-1]) <= set(names)


@pytest.mark.parametrize("user", [None, "no staff"])
def test_strangers_reach_no_page(client, user):
    if user:
        client.force_login(UserFactory(is_staff=False))
    for address in ("/admin/", reverse("admin:agencies_agency_changelist"), reverse("admin:jsi18n")):
        response = client.get(address)
        assert response.status_code == 302
        assert response.url.startswith("/admin/login/")


def test_nothing_on_the_first_page_or_the_log_in_is_inline(client):
    pages = [client.get("/admin/login/")]
    client.force_login(OfficeUserFactory())
    pages += [client.get("/admin/"), client.get(reverse("admin:agencies_agency_changelist"))]
    for page in pages:
        text = page.content.decode()
        assert "<style" not in text
        assert " style=" not in text
        assert "onclick=" not in text


def test_the_log_in_page_bears_the_name_of_the_county(client):
    Agency.objects.filter(code="county").update(name="青澜县人民政府")
    assert "青澜县人民政府" in client.get("/admin/login/").content.decode()


@pytest.mark.parametrize("role", [*ROLES, None], ids=lambda role: role.key if role else "superuser")
def test_everything_in_the_menu_stands_under_its_task(role):
    request = RequestFactory().get("/admin/")
    request.user = UserFactory(roles=[role]) if role else UserFactory(roles=[], is_superuser=True)
    groups = {
        group["name"]: [model["name"] for model in group["models"]]
        for group in admin.site.get_app_list(request)
    }
    assert "主题分类" in groups["公开内容"]
    assert "其他" not in groups, f"name the place of {groups['其他']} in portal.back_office.MENU"


CRUMBS = re.compile(r'<div class="breadcrumbs">(.*?)</div>', re.DOTALL)


def crumbs(client, address):
    """The words of the way to a page, one for each level."""
    found = CRUMBS.findall(client.get(address).content.decode())
    assert len(found) == 1, address
    words = re.sub(r"<[^>]*>|\s+", "", found[0]).replace("\u203a", "&rsaquo;")
    return words.split("&rsaquo;")


def test_every_page_says_alike_where_one_stands(client):
    """今天要办, the list, the thing, the act: Django's own pages and ours, without a level of the room."""
    client.force_login(UserFactory(is_superuser=True, roles=[CLERK, REVIEWER, OFFICE]))
    one_of_each_room = {model._meta.app_label: model for model in admin.site._registry}
    for model in one_of_each_room.values():
        place = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        words = crumbs(client, reverse(f"{place}_changelist"))
        assert words[0] == "今天要办"
        assert len(words) == 2, words
    paper, public = (DocumentFactory(title="高龄津贴办法", published=yes) for yes in (False, True))
    agency = AgencyFactory(name="青澜县民政局")
    for address, last in {
        reverse("admin:disclosure_document_add"): ["文件", "新增"],
        reverse("admin:disclosure_document_change", args=[paper.pk]): ["文件", "高龄津贴办法"],
        reverse("admin:disclosure_document_delete", args=[paper.pk]): ["文件", "高龄津贴办法", "删除"],
        reverse("admin:disclosure_document_history", args=[paper.pk]): ["文件", "高龄津贴办法", "办理记录"],
        reverse("admin:disclosure_document_outlets", args=[public.pk]): ["文件", "高龄津贴办法", "一稿多出"],
        reverse("admin:agencies_agency_history", args=[agency.pk]): ["单位", "青澜县民政局", "历史"],
        reverse("admin:agencies_agency_import"): ["单位", "导入"],
        reverse("admin:catalog_item_import"): ["目录事项", "导入标准目录"],
        reverse("admin:password_change"): ["修改密码"],
    }.items():
        assert crumbs(client, address) == ["今天要办", *last], address
