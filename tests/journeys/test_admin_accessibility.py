"""axe on every kind of back-office page: empty, filled, with errors, at both widths; findings: none.

The models are taken from the registry, so a room that is added later is looked at without a word here.
"""

import pytest
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.urls import reverse
from playwright.sync_api import expect

from agencies.models import Agency, User
from agencies.roles import CLERK, OFFICE, REVIEWER
from tests.admin_rows import a_row
from tests.browser import WIDTHS, findings
from tests.factories import (
    PASSWORD,
    AgencyFactory,
    DocumentFactory,
    FormerNameFactory,
    ItemFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
# The one thing the editor itself tries and the policy refuses, without harm (STACK, trap 19).
EDITOR_STYLE = "style"


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


def visit_on_the_phone(page, where):
    page.set_viewport_size({"width": WIDTHS["phone"], "height": 900})
    return visit(page, where)


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
    # History and deletion are one template for all: the phone, where room is scarce, is enough. The form with
    # errors holds all that the empty one does.
    for view, visited in (("change", visit_at_both), ("history", visit_on_the_phone)):
        if f"{model._meta.app_label}_{model._meta.model_name}_{view}" in own:
            found += visited(page, address(model, view, row.pk))
    request = page_request(chief)
    if model_admin.has_delete_permission(request, row):
        found += visit_on_the_phone(page, address(model, "delete", row.pk))
    if model_admin.has_add_permission(request):
        assert page.goto(address(model, "add")).status == 200
        if not page.locator(".submit-row [type=submit]").count():
            found += problems_at_both(page, address(model, "add"))
        else:
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
