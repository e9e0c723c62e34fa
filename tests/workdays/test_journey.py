"""An officer of 县政府办公室 loads a year from the notice's prose, in a browser, with axe looking on."""

import os
import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import sync_playwright

from workdays.models import CalendarYear, load_calendar

ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage"
).split()
SIZES = [(1280, 900), (390, 844)]


@pytest.fixture
def browser(monkeypatch):
    """A headless Chromium; its absence is a failure, never a skip."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "No Chromium found: set CHROMIUM or install the package chromium."
    # Playwright's own loop makes Django refuse the ORM in this thread (STACK, trap 11).
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def session(transactional_db, officer):
    client = Client()
    client.force_login(officer)
    return client.cookies["sessionid"].value


def accessible(page):
    """No finding of axe, and nothing wider than the screen."""
    found = Axe().run(page).response["violations"]
    assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in found] == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.journey
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_calendar_is_loaded_from_the_notice(browser, session, live_server, notice_text, width, height):
    CalendarYear.objects.filter(year=2026).delete()
    # axe is put into the page by script, which the site's policy rightly forbids.
    context = browser.new_context(viewport={"width": width, "height": height}, bypass_csp=True)
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page = context.new_page()

    page.goto(f"{live_server.url}/admin/workdays/calendaryear/")
    accessible(page)
    page.get_by_role("link", name="粘贴放假通知").click()
    accessible(page)

    # given a slip of the pen, when it is read, then the page names the line and keeps the text
    page.get_by_label("通知全文").fill(notice_text(2026).replace("1月4日（周日）", "1月4日（周六）"))
    page.get_by_role("button", name="读取并核对").click()
    assert "第 9 行" in page.get_by_role("alert").inner_text()
    accessible(page)

    # when it is put right, then what was understood is shown before anything is stored
    page.get_by_label("通知全文").fill(notice_text(2026))
    page.get_by_role("button", name="读取并核对").click()
    assert page.get_by_role("row", name="春节").first.inner_text().count("2026-02") == 4
    assert not CalendarYear.objects.filter(year=2026).exists()
    accessible(page)

    # when it is confirmed, then the year counts
    page.get_by_role("button", name="确认保存").click()
    assert "已保存：放假 33 天，调休上班 6 天" in page.inner_text("body")
    assert load_calendar().workdays_in(2026).days == 248
    accessible(page)
    context.close()


@pytest.mark.journey
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_pages_at_rest_and_with_errors(browser, session, live_server, notice_text, width, height):
    context = browser.new_context(viewport={"width": width, "height": height}, bypass_csp=True)
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page = context.new_page()
    year = CalendarYear.objects.get(year=2025)
    page.goto(f"{live_server.url}/admin/workdays/calendaryear/{year.pk}/change/")
    accessible(page)
    page.goto(f"{live_server.url}/admin/workdays/calendaryear/add/")
    incomplete = notice_text(2025).replace("五、端午节：5月31日（周六）至6月2日（周一）放假，共3天。", "")
    page.get_by_label("通知全文").fill(incomplete)
    page.get_by_role("button", name="读取并核对").click()
    page.get_by_role("button", name="确认保存").click()
    assert "请核对后勾选" in page.get_by_role("alert").inner_text()
    accessible(page)
    page.goto(f"{live_server.url}/admin/workdays/dayoverride/")
    accessible(page)
    page.goto(f"{live_server.url}/admin/workdays/dayoverride/add/")
    accessible(page)
    page.locator("input[name=_save]").click()
    assert "请写明依据的文件" in page.inner_text("main")
    accessible(page)
    context.close()
