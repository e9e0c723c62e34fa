"""Writes to agencies: what they do, and what they refuse with a sentence that helps."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from agencies import services
from agencies.kinds import AgencyKind
from agencies.models import Agency
from agencies.roles import CLERK, OFFICE, REVIEWER
from tests.factories import AdministratorFactory, AgencyFactory, UserFactory, root_agency

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 9, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def administrator():
    return AdministratorFactory()


def refused(call, **kwargs):
    with pytest.raises(services.NotAllowed) as caught:
        call(**kwargs)
    return "".join(caught.value.messages)


def test_an_agency_is_founded_under_its_parent(administrator):
    town = AgencyFactory(code="linjiang", kind=AgencyKind.TOWNSHIP)
    village = services.create_agency(
        code="linjiang-liuwan",
        name=" 临江镇柳湾村村民委员会 ",
        kind=AgencyKind.VILLAGE,
        parent=town,
        aliases=["柳湾村", "柳湾村", " "],
        by=administrator,
    )
    village.refresh_from_db()
    assert (village.path, village.name) == ("county/linjiang/linjiang-liuwan/", "临江镇柳湾村村民委员会")
    assert village.aliases == ["柳湾村"]


@pytest.mark.parametrize("role", [CLERK, REVIEWER, OFFICE])
def test_only_administrators_found_move_and_close(role):
    user, agency = UserFactory(roles=[role]), AgencyFactory()
    found = {"code": "new", "name": "新局", "kind": AgencyKind.DEPARTMENT, "parent": root_agency()}
    assert "系统管理员" in refused(services.create_agency, by=user, **found)
    assert "系统管理员" in refused(services.move_agency, agency=agency, parent=root_agency(), by=user)
    assert "系统管理员" in refused(services.close_agency, agency=agency, on=date(2026, 1, 1), by=user)
    assert "系统管理员" in refused(services.reopen_agency, agency=agency, by=user)
    assert not Agency.objects.filter(code="new").exists()


@pytest.mark.parametrize(
    ("details", "says"),
    [
        ({"code": "Min Zheng"}, "小写"),
        ({"code": "taken"}, "代码"),
        ({"name": "青澜县民政局"}, "已有单位叫"),
        ({"credit_code": "115399210000000000"}, "校验码"),
        ({"kind": AgencyKind.COUNTY_GOVERNMENT}, "其他性质"),
    ],
)
def test_what_cannot_be_founded(administrator, details, says):
    AgencyFactory(code="taken", name="青澜县民政局")
    good = {"code": "new", "name": "新局", "kind": AgencyKind.DEPARTMENT, "parent": root_agency()}
    assert says in refused(services.create_agency, by=administrator, **{**good, **details})


def test_nothing_is_founded_under_a_closed_agency(administrator):
    closed = AgencyFactory(active_to=date(2020, 1, 1))
    message = refused(
        services.create_agency,
        code="new",
        name="新局",
        kind=AgencyKind.DEPARTMENT,
        parent=closed,
        by=administrator,
    )
    assert "已撤销" in message


def test_the_office_keeps_the_contact_block_and_a_clerk_does_not():
    agency = AgencyFactory()
    services.update_agency(agency=agency, phone="0799-5210001", by=UserFactory(roles=[OFFICE]))
    agency.refresh_from_db()
    assert agency.phone == "0799-5210001"
    clerk = UserFactory(agency=agency)
    assert "县政府办公室" in refused(services.update_agency, agency=agency, phone="", by=clerk)


def test_update_writes_no_history_when_nothing_changes(administrator):
    agency = AgencyFactory(phone="1")
    before = agency.events.count()
    services.update_agency(agency=agency, phone="1", by=administrator)
    assert agency.events.count() == before
    services.update_agency(agency=agency, phone="2", by=administrator)
    event = agency.events.order_by("-pgh_id").first()
    assert (agency.events.count(), event.phone) == (before + 1, "2")
    assert event.pgh_context.metadata["user"] == administrator.pk


@pytest.mark.parametrize("name", ["code", "name", "path", "parent", "active_to"])
def test_update_leaves_alone_what_has_its_own_door(administrator, name):
    with pytest.raises(TypeError, match=name):
        services.update_agency(agency=AgencyFactory(), by=administrator, **{name: "x"})


def test_renaming_keeps_the_old_names_with_their_days(administrator):
    agency = AgencyFactory(name="青澜县民政局", active_from=date(1990, 1, 1))
    services.rename_agency(
        agency=agency, name="青澜县民政和社会局", on=date(2015, 3, 1), by=administrator, now=NOW
    )
    services.rename_agency(
        agency=agency, name="青澜县民政局", on=date(2019, 3, 1), note="机构改革", by=administrator, now=NOW
    )
    agency.refresh_from_db()
    assert agency.name_on(date(2015, 2, 28)) == "青澜县民政局"
    assert agency.name_on(date(2015, 3, 1)) == "青澜县民政和社会局"
    assert agency.name_on(date(2019, 2, 28)) == "青澜县民政和社会局"
    assert agency.name_on(date(2019, 3, 1)) == "青澜县民政局"
    assert list(agency.former_names.values_list("valid_from", "valid_to", "note")) == [
        (date(2015, 3, 1), date(2019, 3, 1), "机构改革"),
        (date(1990, 1, 1), date(2015, 3, 1), ""),
    ]


@pytest.mark.parametrize(
    ("name", "on", "says"),
    [
        ("青澜县民政局", date(2020, 1, 1), "一样"),
        ("新名", date(2026, 11, 23), "不能晚于今天"),
        ("新名", date(2019, 3, 1), "这一天之后"),
        ("青澜县财政局", date(2020, 1, 1), "已有单位叫"),
    ],
)
def test_renamings_that_are_refused_leave_no_trace(administrator, name, on, says):
    AgencyFactory(name="青澜县财政局")
    agency = AgencyFactory(name="旧名")
    services.rename_agency(agency=agency, name="青澜县民政局", on=date(2019, 3, 1), by=administrator, now=NOW)
    assert says in refused(services.rename_agency, agency=agency, name=name, on=on, by=administrator, now=NOW)
    agency.refresh_from_db()
    assert (agency.name, agency.former_names.count()) == ("青澜县民政局", 1)


def test_a_slip_of_the_pen_is_no_renaming(administrator):
    agency = AgencyFactory(name="青澜县民正局")
    services.correct_agency_name(agency=agency, name="青澜县民政局", by=administrator)
    agency.refresh_from_db()
    assert (agency.name, agency.former_names.count()) == ("青澜县民政局", 0)


def test_moving_takes_the_whole_subtree_along_and_nothing_else(administrator):
    old, new = AgencyFactory(code="old"), AgencyFactory(code="new")
    moved = AgencyFactory(code="moved", parent=old)
    AgencyFactory(code="leaf", parent=moved)
    AgencyFactory(code="moved-not", parent=old)
    services.move_agency(agency=moved, parent=new, by=administrator)
    paths = dict(Agency.objects.values_list("code", "path"))
    assert paths["moved"] == "county/new/moved/"
    assert paths["leaf"] == "county/new/moved/leaf/"
    assert paths["moved-not"] == "county/old/moved-not/"
    assert Agency.objects.get(code="moved").parent == new


def test_no_circles_and_the_root_stays(administrator):
    top = AgencyFactory(code="top")
    below = AgencyFactory(code="below", parent=top)
    assert "不能作为它的上级" in refused(services.move_agency, agency=top, parent=below, by=administrator)
    assert "不能作为它的上级" in refused(services.move_agency, agency=top, parent=top, by=administrator)
    assert "最上一级" in refused(services.move_agency, agency=root_agency(), parent=top, by=administrator)
    assert Agency.objects.get(code="below").path == "county/top/below/"


def test_a_tree_too_deep_for_its_path_is_refused(administrator):
    parent = root_agency()
    for number in range(6):
        parent = AgencyFactory(code=f"{'x' * 55}-{number}", parent=parent)
    heavy = AgencyFactory(code="y" * 58)
    message = refused(services.move_agency, agency=heavy, parent=parent, by=administrator)
    assert "层级太深" in message


def test_closing_waits_for_what_hangs_on_it(administrator):
    agency = AgencyFactory()
    child = AgencyFactory(parent=agency, name="下属")
    person = UserFactory(agency=agency)
    day = date(2026, 11, 22)
    assert "下属" in refused(services.close_agency, agency=agency, on=day, by=administrator, now=NOW)
    services.close_agency(agency=child, on=day, by=administrator, now=NOW)
    assert "1 名在用人员" in refused(services.close_agency, agency=agency, on=day, by=administrator, now=NOW)
    services.deactivate_user(user=person, by=administrator)
    assert "不能晚于今天" in refused(
        services.close_agency, agency=agency, on=date(2026, 11, 23), by=administrator, now=NOW
    )
    services.close_agency(agency=agency, on=day, by=administrator, now=NOW)
    assert agency not in Agency.objects.published()
    assert "上级单位" in refused(services.reopen_agency, agency=child, by=administrator)
    services.reopen_agency(agency=agency, by=administrator)
    services.reopen_agency(agency=child, by=administrator)
    assert {agency, child} <= set(Agency.objects.published())


def test_the_county_government_is_never_closed(administrator):
    message = refused(
        services.close_agency, agency=root_agency(), on=date(2026, 1, 1), by=administrator, now=NOW
    )
    assert "县政府不能撤销" in message


def test_tree_order_follows_the_order_column_at_every_level(django_assert_num_queries):
    second = AgencyFactory(code="a", order=20)
    first = AgencyFactory(code="z", order=10)
    AgencyFactory(code="b", parent=second, order=2)
    AgencyFactory(code="c", parent=second, order=1)
    AgencyFactory(code="d", parent=first, order=5)
    with django_assert_num_queries(2):
        rows = [(row.code, row.depth) for row in Agency.objects.in_tree_order()]
    assert rows == [("county", 0), ("z", 1), ("d", 2), ("a", 1), ("c", 2), ("b", 2)]
