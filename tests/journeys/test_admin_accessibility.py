"""axe on every kind of back-office page: empty, filled, with errors, at both widths; findings: none.

The models are taken from the registry, so a room that is added later is looked at without a word here.
"""

from datetime import date

import pytest
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group
from django.urls import reverse
from playwright.sync_api import expect

from agencies.models import Agency, User
from agencies.roles import CLERK, OFFICE, REVIEWER
from catalog.models import (
    Adjustment,
    CatalogImport,
    CatalogInheritance,
    Field,
    Item,
    Law,
    Matter,
    SubjectMapping,
)
from disclosure.models import (
    BackupSet,
    Coverage,
    Deputy,
    Document,
    ErrorReport,
    FilingBatch,
    LawText,
    NoticeBatch,
    NoticeRow,
    Purge,
    ReadText,
    Registration,
    ReviewPost,
    ReviewRoute,
    SignedOriginal,
    Topic,
    ValiditySetting,
    Withholding,
    WrongWord,
)
from disclosure.services import recompute_coverage
from disclosure.services.texts import READER
from disclosure.states import Lane, ReviewLevel
from interpretation.models import ArchiveUpload, Interpretation
from tests.browser import WIDTHS, findings
from tests.factories import (
    PASSWORD,
    AgencyFactory,
    DocumentFactory,
    FieldFactory,
    FormerNameFactory,
    InterpretationFactory,
    ItemFactory,
    OfficeUserFactory,
    ReviewerFactory,
    TopicFactory,
    UserFactory,
)
from workdays.models import CalendarYear, DayOverride

pytestmark = pytest.mark.django_db(transaction=True)
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
# The one thing the editor itself tries and the policy refuses, without harm (STACK, trap 19).
EDITOR_STYLE = "style"


#: How to make a row of what review and its scanner keep.
OF_REVIEW = {
    ValiditySetting: lambda: ValiditySetting.objects.get(pk=1),
    BackupSet: lambda: BackupSet.objects.first(),
    Purge: lambda: Purge.objects.create(
        place="document",
        object_id=1,
        order_number="青保密决〔2026〕1号",
        authority="青澜县国家保密局",
        reason="按决定",
        proposed_by=OfficeUserFactory(),
        proposed_at="2026-11-01T09:00+08:00",
    ),
    WrongWord: lambda: WrongWord.objects.create(wrong="贯切落实", right="贯彻落实"),
    ReviewRoute: lambda: ReviewRoute.objects.create(
        agency=AgencyFactory(), lane=Lane.NOTICE, levels=[ReviewLevel.FINAL]
    ),
    ReviewPost: lambda: ReviewPost.objects.create(
        agency=AgencyFactory(), level=ReviewLevel.FIRST, user=ReviewerFactory()
    ),
    Deputy: lambda: Deputy.objects.create(
        user=ReviewerFactory(), deputy=ReviewerFactory(), first_day="2026-11-01", last_day="2026-11-09"
    ),
}


def a_batch():
    """A batch in which nothing is right yet: its errors stand at their cells."""
    agency = AgencyFactory()
    batch = NoticeBatch.objects.create(
        agency=agency,
        name="3月第1周公示",
        created_by=UserFactory(agency=agency),
        created_at="2026-11-01T09:00+08:00",
    )
    texts = {"title": "低保名单公示", "body": "联系电话13812345678。", "topic": "没有这一类"}
    NoticeRow.objects.create(batch=batch, position=1, values=texts)
    return batch


#: What clerks bring in many at once.
OF_MANY = {
    NoticeBatch: a_batch,
    ArchiveUpload: lambda: ArchiveUpload.objects.create(
        agency=AgencyFactory(),
        file_name="旧网站.xlsx",
        uploaded_by=UserFactory(),
        uploaded_at="2026-11-01T09:00+08:00",
    ),
}


def a_row(model):
    """One row of the model, as its list would show it."""
    makers = {
        **OF_REVIEW,
        **OF_MANY,
        Agency: AgencyFactory,
        User: UserFactory,
        Field: FieldFactory,
        Item: ItemFactory,
        Document: DocumentFactory,
        Interpretation: InterpretationFactory,
        Topic: TopicFactory,
        Group: lambda: Group.objects.get(name="经办人"),
        CalendarYear: lambda: CalendarYear.objects.get(year=2026),
        DayOverride: lambda: DayOverride.objects.create(
            date=date(2026, 8, 1), is_work=False, name="火把节", basis="县人大常委会决定"
        ),
        SubjectMapping: lambda: SubjectMapping.objects.create(text="县级民政部门"),
        Law: lambda: Law.objects.create(key="预算法", title="预算法"),
        LawText: lambda: LawText.objects.create(
            law=Law.objects.create(key="预算法", title="预算法"),
            document=DocumentFactory(published=True),
            linked_by=UserFactory(),
            linked_at="2026-11-01T09:00+08:00",
        ),
        Adjustment: lambda: Adjustment.objects.create(
            agency=AgencyFactory(),
            title="新增「高龄津贴」事项",
            reason="新办法施行",
            proposed_by=UserFactory(),
            proposed_at="2026-11-01T09:00+08:00",
        ),
        Coverage: a_coverage,
        ErrorReport: lambda: ErrorReport.objects.create(
            agency=AgencyFactory(),
            address="/documents/",
            kind="wording",
            words="第二段有错字。",
            reported_at="2026-11-01T09:00+08:00",
            due_on="2026-11-04",
        ),
        SignedOriginal: an_original,
        Withholding: a_withholding,
        Registration: lambda: Registration.objects.create(
            title="青澜县高龄津贴发放管理办法",
            agency=AgencyFactory(),
            created_by=UserFactory(),
            created_at="2026-11-01T09:00+08:00",
        ),
        FilingBatch: lambda: FilingBatch.objects.create(
            by=UserFactory(), at="2026-11-01T09:00+08:00", count=1
        ),
        Matter: lambda: Matter.objects.create(
            name="最低生活保障", agency=AgencyFactory(), field=FieldFactory()
        ),
        CatalogInheritance: lambda: CatalogInheritance.objects.create(
            agency=AgencyFactory(), field=FieldFactory(), source=AgencyFactory(), since="2026-11-01"
        ),
        CatalogImport: lambda: CatalogImport.objects.create(
            agency=AgencyFactory(),
            file_name="目录.xlsx",
            sha256="0" * 64,
            imported_at="2026-11-01T09:00+08:00",
        ),
    }
    assert model in makers, f"{model._meta.label} is new in the admin: say here how to make a row of it."
    return makers[model]()


def an_original():
    """A signed original with facts found and missing, and its text beside it."""
    ReadText.objects.create(
        sha256="0" * 64,
        extension="ofd",
        reader=READER,
        lines=[["第1页第1段", "青澜县人民政府办公室文件"], ["第1页第2段", "各乡镇人民政府："]],
        problem="第2页是图片，没有检查文字。",
        read_at="2026-11-01T09:00+08:00",
    )
    fact = {
        "label": "发文字号",
        "value": "青政办发〔2026〕5号",
        "place": "第1页",
        "quote": "青政办发[2026]5号",
    }
    return SignedOriginal.objects.create(
        document=DocumentFactory(),
        file="originals/2026/11/a.ofd",
        file_name="来文.ofd",
        size=20480,
        sha256="0" * 64,
        pages=2,
        proposal={"facts": [fact], "missing": ["成文日期"], "notes": ["版记没有带入正文。"]},
        received_by=UserFactory(),
        received_at="2026-11-01T09:00+08:00",
    )


def a_withholding():
    document = DocumentFactory(openness="withheld", openness_ground="E16a", openness_reason="后勤管理")
    return Withholding.objects.create(
        document=document,
        state="filed",
        openness="withheld",
        filed_openness="withheld",
        submitted_by=document.created_by,
        submitted_at="2025-11-01T09:00+08:00",
        confirmed_by=ReviewerFactory(),
        confirmed_at="2025-11-01T09:00+08:00",
        filed_by=UserFactory(),
        filed_at="2025-11-01T09:00+08:00",
        next_check_on="2026-11-01",
    )


def a_coverage():
    item = ItemFactory()
    recompute_coverage([item.pk])
    return Coverage.objects.get(item=item)


def address(model, view, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{view}", args=args)


def problems(page, where):
    """What axe finds and what the policy refused, each line with its place."""
    refused = [
        line for line in page.refusals if EDITOR_STYLE not in line or "script" in line.split("directive")[-1]
    ]
    found = [f"{where}: {line}" for line in [*refused, *findings(page)]]
    page.refusals.clear()
    return found


def submit(page, button):
    """Press a button and wait for the page that comes."""
    with page.expect_navigation():
        page.locator(button).first.click()


def visit(page, where, expect=200):
    response = page.goto(where)
    assert response.status == expect, f"{where}: {response.status}"
    return problems(page, where)


def problems_at_both(page, where):
    """`problems` on the desk and on the phone. The page is turned, not fetched anew: there are many."""
    found = []
    for name, width in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": 900})
        found += problems(page, f"{where} ({name})")
    return found


def visit_at_both(page, where):
    response = page.goto(where)
    assert response.status == 200, f"{where}: {response.status}"
    return problems_at_both(page, where)


@pytest.fixture
def chief():
    """A superuser with the content roles, to whom every page opens."""
    return UserFactory(is_superuser=True, full_name="周览", roles=[CLERK, REVIEWER, OFFICE])


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_log_in_and_first_page(new_page, width):
    user = UserFactory(username="zhou01", is_superuser=True)
    found = []
    page = new_page(width=width)
    found += visit(page, "/admin/login/?next=/admin/")
    page.fill("[name=username]", "zhou01")
    page.fill("[name=password]", "wrong")
    submit(page, "[type=submit]")
    assert "登录名或密码不对" in page.inner_text("[role=alert]")
    found += problems(page, "log-in with an error")
    page.fill("[name=password]", PASSWORD)
    submit(page, "[type=submit]")
    page.wait_for_url("**/admin/")
    assert page.locator("h1").inner_text() == "今天要办"
    found += problems(page, "first page, empty")
    DocumentFactory(created_by=user)
    DocumentFactory(submitted=True)
    DocumentFactory(published=True, is_policy=True)
    ItemFactory(agencies=[])
    LogEntry.objects.log_actions(user.pk, [user.agency], CHANGE, "改了电话")
    found += visit(page, "/admin/")
    assert page.locator(".queue-tasks li").count() >= 2
    for where in ("/admin/password_change/", "/admin/agencies/"):
        found += visit(page, where)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label_lower)
def test_every_page_of_every_model(new_page, chief, model):
    found = []
    page = new_page(user=chief)
    model_admin = admin.site._registry[model]
    changelist = address(model, "changelist")
    # A search that finds nothing is the empty list of a table that is never empty (agencies, users).
    found += visit_at_both(
        page, f"{changelist}?q=没有这样的东西" if model_admin.search_fields else changelist
    )
    row = a_row(model)
    LogEntry.objects.log_actions(chief.pk, [row], CHANGE, "改了一处")
    found += visit_at_both(page, changelist)
    # The desk of the backlog is one page: its batches have none of their own.
    own = {pattern.name for pattern in model_admin.get_urls()}
    for view in ("change", "history"):
        if f"{model._meta.app_label}_{model._meta.model_name}_{view}" in own:
            found += visit_at_both(page, address(model, view, row.pk))
    request = page_request(chief)
    if model_admin.has_delete_permission(request, row):
        found += visit_at_both(page, address(model, "delete", row.pk))
    if model_admin.has_add_permission(request):
        found += visit_at_both(page, address(model, "add"))
        if page.locator(".submit-row [type=submit]").count():
            submit(page, ".submit-row [type=submit]")
            found += problems_at_both(page, f"{address(model, 'add')} with errors")
            assert page.locator("[role=alert], .errornote").count(), "an empty form was taken without a word"
    assert not found, "\n".join(found)


def page_request(user):
    """A request of `user`, to ask an admin class for permissions."""
    from django.test import RequestFactory

    request = RequestFactory().get("/admin/")
    request.user = user
    return request


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_the_acts_of_agencies_and_users(new_page, chief, width):
    agency, person = AgencyFactory(name="青澜县民政局"), UserFactory()
    FormerNameFactory(agency=agency)
    closed = AgencyFactory(active_to="2020-01-01")
    found = []
    page = new_page(width=width, user=chief)
    found += visit(page, address(Agency, "change", agency.pk))
    for act in ("rename", "move", "close"):
        found += visit(page, address(Agency, act, agency.pk))
    found += visit(page, address(Agency, "reopen", closed.pk))
    found += visit(page, address(Agency, "import"))
    submit(page, ".submit-row [type=submit]")
    found += problems(page, "import without a file")
    for act in ("password", "stop"):
        found += visit(page, address(User, act, person.pk))
    page.goto(address(Agency, "rename", agency.pk))
    page.fill("[name=on]", "2099-01-01")
    page.fill("[name=name]", "新名")
    submit(page, ".submit-row [type=submit]")
    assert "不能晚于今天" in page.inner_text("[role=alert]")
    found += problems(page, "rename with an error")
    assert not found, "\n".join(found)


def test_an_agency_is_chosen_in_the_box_and_a_day_in_the_calendar_by_keyboard(new_page, chief):
    AgencyFactory(name="青澜县民政局")
    page = new_page(user=chief)
    page.goto("/admin/agencies/user/add/")
    page.fill("[name=full_name]", "周览")
    box = page.get_by_role("combobox", name="所在单位")
    box.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".select2-search__field")).to_be_focused()
    page.keyboard.type("县民政")
    page.get_by_role("option", name="青澜县民政局").wait_for()
    # Not wait_for_function: it polls by eval, which the site's policy rightly forbids.
    expect(page.locator(".select2-results__option")).to_have_count(1)
    # One row is also what says that it is looking: only an agency can be highlighted.
    expect(page.locator(".select2-results__option--highlighted")).to_have_text("青澜县民政局")
    found = problems(page, "agency box, open")
    page.keyboard.press("Enter")
    assert "青澜县民政局" in box.inner_text()
    page.goto("/admin/agencies/agency/add/")
    page.locator(".field-active_from .datetimeshortcuts a").first.focus()
    page.keyboard.press("Enter")
    assert page.input_value("[name=active_from]")
    page.locator(".field-active_from .datetimeshortcuts a").nth(1).focus()
    page.keyboard.press("Enter")
    page.locator(".calendarbox").first.wait_for()
    found += problems(page, "calendar, open")
    assert not found, "\n".join(found)


def test_the_skip_link_comes_first_and_leads_to_the_content(new_page, chief):
    page = new_page(user=chief)
    page.goto("/admin/agencies/agency/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-to-content-link"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content-start"


def test_the_back_office_works_without_javascript(new_page, chief):
    page = new_page(user=chief, javascript=False, width=390)
    page.goto("/admin/agencies/agency/")
    page.get_by_role("link", name="菜单").click()
    page.locator("#nav-menu").get_by_role("link", name="用户").click()
    page.get_by_role("link", name="新增用户").click()
    agency = AgencyFactory(name="青澜县民政局")
    page.goto(f"/admin/agencies/agency/{agency.pk}/change/")
    page.fill("[name=phone]", "0799-5210001")
    page.get_by_role("button", name="保存", exact=True).click()
    agency.refresh_from_db()
    assert agency.phone == "0799-5210001"


@pytest.mark.parametrize("where", ["/admin/", "/admin/agencies/agency/", "/admin/agencies/user/add/"])
def test_at_200_percent_nothing_runs_out_of_the_screen(new_page, chief, where):
    # 200 % on a desk of 1280 px is a screen of 640 px with twice the pixels (WCAG 1.4.4, 1.4.10).
    page = new_page(user=chief, width=640, device_scale_factor=2)
    found = visit(page, where)
    assert not found, "\n".join(found)
