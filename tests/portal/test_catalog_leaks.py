"""What staff know of an item (公开情况) stays in the back office: no door of the public site tells that it is
late, why, what is drafted, or what the watch found."""

import json
from datetime import date, timedelta

import pytest
from django.utils import timezone

from disclosure.models import Coverage, Declaration, ElsewhereAddress
from disclosure.states import AddressState, CoverageState, PublicCoverage
from portal.search import index
from tests.factories import DocumentFactory, ItemFactory, UserFactory
from tests.portal.site_county import build

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files")]

SECRETS = {
    "reason": "只有内部才知道的原因",
    "note": "只有内部才知道的说明",
    "problem": "只有内部才知道的故障",
    "draft": "还没有公开的拟稿",
}
LATE = ("逾期", "已过期限", "超过期限", "overdue", "从未公开", "never_published", "next_due_on")
DOORS = [
    "/catalog/",
    "/catalog/?state=empty&state=elsewhere&state=content&state=none_arose",
    "/catalog/?view=table",
    "/catalog/jiuye/",
    "/catalog/items/jiuye-00009/",
    "/catalog/print/",
    "/catalog/changes/",
    "/catalog/export.json",
    "/catalog/export.csv",
    "/search/?q=秘密事项",
    "/feeds/search.atom?q=秘密事项",
    "/api/v1/search?q=秘密事项",
    "/api/v1/catalog/items",
    "/api/v1/catalog/items/jiuye-00009",
    "/api/v1/openapi.json",
    "/agencies/minzheng/",
    "/sitemap-items.xml",
    "/open-government/catalog/",
]


@pytest.fixture
def late():
    """An item that is late in every way, with everything that staff say about it. The day it was due."""
    county = build()
    user = UserFactory(agency=county.agency)
    item = ItemFactory(
        agency=county.agency, field=county.field, code="jiuye-00009", levels=["就业", "秘密事项"]
    )
    draft = DocumentFactory(title=SECRETS["draft"], agency=county.agency)
    draft.items.add(item)
    due = timezone.localdate() - timedelta(days=40)
    Coverage.objects.update_or_create(
        item=item,
        defaults={
            "state": CoverageState.OVERDUE,
            "public_state": PublicCoverage.EMPTY,
            "next_due_on": due,
            "public_due_on": due,
            "late_count": 7,
            "reason": SECRETS["reason"],
            "item_updated_at": item.updated_at,
        },
    )
    Declaration.objects.create(
        item=item,
        covers_from=date(2020, 1, 1),
        covers_until=date(2020, 12, 31),
        note=SECRETS["note"],
        declared_by=user,
        declared_at=timezone.now(),
    )
    ElsewhereAddress.objects.create(
        item=item,
        platform="信用中国",
        url="https://www.creditchina.gov.cn/a",
        kept_by=user,
        kept_at=timezone.now(),
        status=AddressState.DEAD,
        failures=3,
        problem=SECRETS["problem"],
    )
    index.drain()
    return due


def body(response):
    text = (b"".join(response) if response.streaming else response.content).decode()
    # The API writes Chinese as escapes.
    return json.dumps(json.loads(text), ensure_ascii=False) if text.startswith("{") else text


@pytest.mark.parametrize("door", DOORS)
def test_no_door_tells_what_staff_know(client, late, door):
    response = client.get(door)
    assert response.status_code == 200
    page = body(response)
    assert [word for word in (*SECRETS.values(), *LATE) if word in page] == []
    day = late
    assert [
        text for text in (f"{day:%Y-%m-%d}", f"{day.year}年{day.month}月{day.day}日") if text in page
    ] == []


def test_the_doors_are_open_to_the_item_itself(client, late):
    shown = [door for door in DOORS if "秘密事项" in body(client.get(door)) or "jiuye-00009" in door]
    assert {"/catalog/", "/catalog/export.json", "/api/v1/catalog/items", "/catalog/print/"} <= set(shown)
