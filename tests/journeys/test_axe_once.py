"""The looks that axe judges once: what passed is not judged again, what is wrong is told each time."""

import pytest

from tests.browser import findings

pytestmark = pytest.mark.django_db(transaction=True)


def contrast(page, colour, backdrop="#fff"):
    """What is told of the contrast of a line of this colour on this backdrop."""
    page.evaluate(
        "([colour, backdrop]) => {"
        " document.documentElement.lang = 'zh'; document.title = '一页';"
        " document.body.innerHTML = `<main style='background:${backdrop}'><h1>一行字</h1></main>`;"
        " document.querySelector('h1').style.color = colour }",
        [colour, backdrop],
    )
    return [line.split()[0] for line in findings(page)]


def test_a_wrong_colour_is_told_each_time_whatever_passed_before(new_page):
    page = new_page(bypass_csp=True)
    page.goto("/robots.txt")
    for _ in range(2):
        assert contrast(page, "#222") == []
        assert contrast(page, "#ccc") == ["color-contrast"]
        assert contrast(page, "#222", backdrop="#333") == ["color-contrast"]
