"""A reader at a page, by keyboard: letters, reading aloud, copying, reporting; both widths, axe clean."""

import pytest
from playwright.sync_api import expect

from disclosure.models import ErrorReport
from tests.browser import WIDTHS, findings
from tests.factories import UserFactory
from tests.portal.site_county import build

pytestmark = pytest.mark.django_db(transaction=True)

#: A device with one Chinese voice, which Chromium without a screen lacks; it notes what it is to say.
VOICE = """
window.said = [];
const voice = new EventTarget();
Object.assign(voice, {
  getVoices: () => [{ lang: "zh-CN", localService: true, name: "晓" }],
  speak: (one) => { window.said.push(one.text); window.saying = one; },
  cancel: () => { const one = window.saying; window.saying = null; one?.onerror?.({ error: "canceled" }); },
});
Object.defineProperty(window, "speechSynthesis", { value: voice });
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
"""


@pytest.fixture
def county(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    }
    return build(
        body="<h2>一、对象</h2><p>八十岁以上老人。每月五十元。</p><h2>二、标准</h2><h2>三、办理</h2>"
    )


def problems_at_both(page):
    """Findings on the desk and on the phone, and what the policy refused."""
    found = []
    for width in WIDTHS.values():
        page.set_viewport_size({"width": width, "height": 900})
        found += [f"{page.url} ({width}): {line}" for line in [*findings(page), *page.refusals]]
        page.refusals.clear()
    return found


def read_aloud(page, title):
    """朗读: begin, pause, go on with the same sentence, stop; returns what axe finds meanwhile."""
    read = page.locator("[data-read]")
    read.press("Enter")
    expect(read).to_have_text("暂停")
    page.evaluate("window.saying.onend()")
    assert page.evaluate("window.said") == [title, "一、对象"]
    read.press("Enter")
    expect(read).to_have_text("继续")
    read.press("Enter")
    assert page.evaluate("window.said").count("一、对象") == 2
    found = problems_at_both(page)
    page.get_by_role("button", name="停止").press("Enter")
    expect(read).to_have_text("朗读")
    assert page.evaluate("document.activeElement.matches('[data-read]')")
    return found


def report_an_error(page):
    """纠错: refused once, then handed in; returns what axe finds on the way."""
    page.get_by_role("link", name="本页纠错").press("Enter")
    page.wait_for_url("**/report-error/**")
    found = problems_at_both(page)
    page.get_by_role("button", name="提交").click()
    page.get_by_role("alert").wait_for()
    found += problems_at_both(page)
    page.get_by_label("错字、漏字、标点").check()
    page.get_by_label("哪里有问题").fill("“岁”写成了“年”。")
    page.wait_for_timeout(2500)
    page.get_by_role("button", name="提交").click()
    page.wait_for_url("**/thanks/**")
    found += problems_at_both(page)
    return found


def test_a_reader_takes_along_what_is_needed(new_page, county):
    page = new_page(width=390)
    page.add_init_script(VOICE)
    url = f"/documents/{county.document.pk}/"
    page.goto(url)
    found = problems_at_both(page)
    page.set_viewport_size({"width": 390, "height": 900})
    # 展开 and 收起, without a script of ours
    assert not page.get_by_text("公开方式").is_visible()
    page.get_by_role("link", name="展开全部信息").press("Enter")
    assert page.get_by_text("公开方式").is_visible()
    page.get_by_role("link", name="收起").press("Enter")
    found += read_aloud(page, county.document.title)
    # 复制, where the browser's own clipboard is shut as on plain HTTP
    page.locator("[data-copy=citation-plain]").press("Enter")
    expect(page.locator("[data-tools-said]")).to_have_text("已复制。")
    # 字号
    before = page.evaluate("parseFloat(getComputedStyle(document.querySelector('.prose')).fontSize)")
    page.locator("[data-text-size=large]").press("Enter")
    page.wait_for_load_state()
    assert (
        page.evaluate("parseFloat(getComputedStyle(document.querySelector('.prose')).fontSize)")
        > before * 1.2
    )
    found += problems_at_both(page)
    found += report_an_error(page)
    assert ErrorReport.objects.get().page_title == county.document.title
    for part in ("items", "interpretations"):
        page.goto(f"{url}related/{part}/")
        found += problems_at_both(page)
    assert not found, "\n".join(found)


def test_the_clerk_takes_it_elsewhere(new_page, county):
    clerk = UserFactory(agency=county.agency)
    page = new_page(user=clerk)
    page.goto(f"/admin/disclosure/document/{county.document.pk}/outlets/")
    found = problems_at_both(page)
    field = page.locator("[data-outlet-text=sms]")
    field.fill("长" * 80)
    expect(page.locator("[data-outlet-note=sms]")).to_have_text("80字，2条")
    field.fill("短信")
    page.locator("#id_sms-place").fill("临江镇群发")
    page.get_by_role("button", name="登记短信").press("Enter")
    page.locator("#uses").get_by_role("cell", name="临江镇群发", exact=True).wait_for()
    found += problems_at_both(page)
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="打印A3张贴版").click()
    poster = opened.value
    poster.wait_for_load_state()
    poster.refusals = []
    assert poster.locator(".qr").is_visible()
    found += problems_at_both(poster)
    assert not found, "\n".join(found)
