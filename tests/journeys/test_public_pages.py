"""axe on every kind of public page: filled, empty, wrong; both widths, zoomed, in 关怀版; findings: none."""

import pytest

from disclosure.models import Document
from tests.browser import findings, findings_at_both
from tests.factories import DocumentFactory, InterpretationFactory
from tests.portal.site_county import LISTS, build, more

pytestmark = pytest.mark.django_db(transaction=True)

PAGES = [url for url in LISTS if not url.endswith(".xml")] + [
    "/documents/?agency=minzheng&validity=in_force",
    "/documents/?agency=nobody&year=x",
    "/catalog/?q=没有这样的事项",
    "/catalog/items/jiuye-00001/",
    "/requests/new/?agency=minzheng",
    "/requests/form/?agency=minzheng",
    "/agencies/linjiang/",
    "/nothing-here/",
]


@pytest.fixture
def county(settings):
    """A filled county, with a long table in a body and a page of every state."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    }
    cells = "".join(f"<td>第{n}列的数</td>" for n in range(14))
    made = build(
        body=f"<h2>一、表</h2><table><tr>{cells}</tr></table><h2>二、数</h2><h2>三、字</h2><p>字</p>"
    )
    more(made, 2)
    DocumentFactory(withdrawn=True, title="撤下的通知")
    return made


def visit(page, urls, look=findings) -> list[str]:
    """What is wrong on the pages, each line with its address."""
    found = []
    for url in urls:
        page.goto(url)
        found += [f"{url}: {line}" for line in [*look(page), *page.refusals]]
        page.refusals.clear()
    return found


def test_filled_pages(new_page, county):
    own = [
        f"/documents/{county.document.pk}/",
        f"/interpretations/{county.interpretation.pk}/",
        f"/documents/{Document.objects.get(title='撤下的通知').pk}/",
    ]
    found = visit(new_page(), [*PAGES, *own], findings_at_both)
    assert not found, "\n".join(found)


def test_empty_county(new_page):
    urls = ["/", "/catalog/", "/documents/", "/agencies/", "/open-government/"]
    found = visit(new_page(), urls, findings_at_both)
    assert not found, "\n".join(found)


def test_at_200_percent_and_on_the_narrowest_phone(new_page, county):
    urls = ["/", "/catalog/?view=table", f"/documents/{county.document.pk}/", "/requests/form/", "/agencies/"]
    found = visit(new_page(width=640, device_scale_factor=2), urls) + visit(new_page(width=320), urls)
    assert not found, "\n".join(found)


def test_care_version_from_a_phone_without_javascript_and_back(new_page, county):
    page = new_page(width=390, javascript=False)
    page.goto(f"/documents/{county.document.pk}/")
    small = page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")
    page.get_by_role("link", name="关怀版").click()
    assert page.url.endswith(f"/documents/{county.document.pk}/")
    assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= small * 1.2
    page.get_by_role("link", name="退出关怀版").click()
    assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") == small


def test_care_version_is_accessible(new_page, county):
    page = new_page()
    page.goto("/care/?on=1")
    assert page.locator("html.care").count() == 1
    urls = ["/", "/catalog/", "/requests/track/", f"/documents/{county.document.pk}/"]
    found = visit(page, urls, findings_at_both)
    assert not found, "\n".join(found)


def test_filters_come_from_below_on_a_phone_without_javascript(new_page, county):
    page = new_page(width=390, javascript=False)
    page.goto("/documents/")
    sheet = page.locator("#filters")
    assert not sheet.is_visible()
    page.get_by_role("link", name="筛选").click()
    assert sheet.is_visible()
    page.get_by_role("link", name="收起").click()
    assert not sheet.is_visible()
    page.get_by_role("link", name="筛选").click()
    sheet.get_by_role("link", name="只看行政规范性文件").click()
    assert "normative=1" in page.url
    assert not sheet.is_visible()


def test_print_button_shows_only_where_it_works(new_page, county):
    url = f"/documents/{county.document.pk}/"
    InterpretationFactory(published=True, documents=[county.document])
    with_script, without = new_page(), new_page(javascript=False)
    with_script.goto(url)
    without.goto(url)
    assert with_script.get_by_role("button", name="打印").is_visible()
    assert not without.get_by_role("button", name="打印").is_visible()
