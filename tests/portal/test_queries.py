"""The number of queries of a list page does not grow with its rows (django-zeal watches each row as well)."""

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.portal.site_county import LISTS, build, more

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files")]


def queries(client, url: str) -> int:
    """How many queries the page asks."""
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


@pytest.mark.parametrize("url", LISTS)
def test_list_pages_ask_as_much_for_three_rows_as_for_one(client, url):
    county = build()
    more(county, 1)
    few = queries(client, url)
    more(county, 2)
    assert queries(client, url) == few
    assert few <= 26


@pytest.mark.parametrize("page", ["document", "interpretation", "item"])
def test_content_pages_ask_as_much_for_three_links_as_for_one(client, page):
    county = build()
    url = {
        "document": f"/documents/{county.document.pk}/",
        "interpretation": f"/interpretations/{county.interpretation.pk}/",
        "item": f"/catalog/items/{county.item.code}/",
    }[page]
    more(county, 1)
    few = queries(client, url)
    more(county, 2)
    assert queries(client, url) == few
    assert few <= 14


def test_zeal_watches():
    """Without it the tests above would miss what is asked row by row on one row."""
    assert "zeal" in settings.INSTALLED_APPS
