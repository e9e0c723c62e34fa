"""The citizen: finds this year's subsistence standard from the home page, and whom to call about it."""

import pytest

PAGES = (
    "/",
    "/search/?q=低保",
    "/search/?q=绝无此事绝无此物",
    "/catalog/",
    "/catalog/shehui-jiuzhu/",
    "/documents/",
    "/interpretations/",
    "/agencies/",
    "/open-government/",
    "/requests/new/",
)


@pytest.mark.usefixtures("county")
class TestCitizenFinds:
    """As easy as shopping online: one box, facets with counts, the answer on the first page."""

    @pytest.mark.parametrize("width", [390, 1280])
    def test_finds_the_standard_and_its_plain_words(self, new_page, assert_accessible, width):
        # Given the home page
        page = new_page(width=width)
        page.goto("/")
        assert_accessible(page)
        # When she types what she would say
        page.locator("main input[name=q]").fill("低保标准 农村")
        page.locator("main input[name=q]").press("Enter")
        # Then the document in force stands first, and its interpretation right after
        page.wait_for_url("**/search/**")
        titles = page.locator(".entries .entry-title").all_inner_texts()
        assert titles[0] == "青澜县人民政府关于公布2026年最低生活保障和特困人员救助供养标准的通知"
        assert "解读" in titles[1]
        assert_accessible(page)
        # And the document says so at once: in force, one plain sentence, the interpretation, the figure
        page.locator(".entries .entry-title").first.click()
        page.wait_for_url("**/documents/*/")
        text = page.locator("main").inner_text()
        assert "现行有效" in text
        assert "农村710元" in text
        assert_accessible(page)
        page.get_by_role("link", name="看解读").first.click()
        page.wait_for_url("**/interpretations/*/")
        assert "低保和特困标准提高了" in page.locator("h1").inner_text()
        assert_accessible(page)
        assert page.refusals == []

    def test_narrows_down_without_javascript(self, new_page, assert_accessible):
        # Given a browser without JavaScript and a word with many hits
        page = new_page(javascript=False)
        page.goto("/search/?q=补贴")
        before = int(page.locator(".results-count b").inner_text())
        # When he chooses a kind and an agency
        page.locator("section[aria-labelledby=facet-kind] a", has_text="文件").click()
        page.locator("section[aria-labelledby=facet-agency] a", has_text="县农业农村局").click()
        # Then fewer are left, both choices stand as tags, and one click takes one away
        after = int(page.locator(".results-count b").inner_text())
        assert 0 < after < before
        assert page.locator(".filter-tags li").count() == 3
        page.locator(".filter-tags a").first.click()
        assert int(page.locator(".results-count b").inner_text()) >= after
        # When nothing is found, the page says what to do next
        page.goto("/search/?q=绝无此事绝无此物")
        assert "没有找到" in page.locator(".empty").inner_text()
        assert page.get_by_role("link", name="问问主管部门").count() == 1

    def test_by_keyboard_alone_to_the_telephone_of_the_office(self, new_page):
        # Given the home page and a keyboard
        page = new_page(width=1280)
        page.goto("/")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "跳到正文"
        page.keyboard.press("Enter")
        # When she types into the box and goes on with Tab and Enter
        page.locator("main input[name=q]").focus()
        page.keyboard.type("民政局")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search/**")
        link = page.locator(".entries .entry-title").first
        assert link.inner_text() == "青澜县民政局"
        for _ in range(120):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.textContent") == "青澜县民政局":
                break
        page.keyboard.press("Enter")
        # Then the page of the office has a number to dial
        page.wait_for_url("**/agencies/minzheng/")
        assert page.locator('a[href="tel:07995210301"]').count() >= 1

    def test_zoomed_to_200_percent_nothing_runs_off_the_page(self, new_page, assert_accessible):
        # 1280 px at 200 % is a page 640 px wide (WCAG 2.2, 1.4.10 asks for even 320).
        page = new_page(width=640)
        for path in PAGES:
            page.set_viewport_size({"width": 640, "height": 800})
            page.goto(path)
            assert_accessible(page)
            page.set_viewport_size({"width": 320, "height": 640})
            over = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert over <= 0, path
