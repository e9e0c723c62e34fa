"""People of two bureaus and the county's office, and files of their own: for the rooms that publish."""

from types import SimpleNamespace

import pytest
from django.core.files.base import ContentFile

from agencies.roles import CLERK, REVIEWER
from disclosure import services
from disclosure.models import ReviewRoute
from disclosure.services.findings import key_of
from disclosure.states import Lane, ReviewLevel
from tests.factories import (
    AdministratorFactory,
    AgencyFactory,
    OfficeUserFactory,
    ReviewerFactory,
    UserFactory,
)

CREDIT_CODE = "11539921MB0003551L"


@pytest.fixture(autouse=True)
def storage(settings, tmp_path):
    """Files of a test go into its own folder."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "files", "base_url": None},
        },
    }
    return tmp_path / "files"


def one_reviewer_suffices(*agencies):
    """Set what a small unit may set: one step of review. The whole chain has tests of its own."""
    for agency in agencies:
        for lane in Lane:
            ReviewRoute.objects.create(agency=agency, lane=lane, levels=[ReviewLevel.FINAL])


def confirmed(thing, by):
    """A draft whose findings (审前检查) the clerk has justified: attachments that the scanner cannot read."""
    if found := [key_of(one) for one in services.scan(thing)]:
        services.justify(thing, keys=found, reason="已逐页看过。", by=by)
    return thing


@pytest.fixture
def people(db):
    """民政局 with clerk, second clerk, reviewer; 农业农村局 with its own; the office; an administrator."""
    minzheng = AgencyFactory(code="minzheng", name="青澜县民政局", credit_code=CREDIT_CODE)
    nongye = AgencyFactory(code="nongye", name="青澜县农业农村局", credit_code="11539921MB000807X5")
    one_reviewer_suffices(minzheng, nongye)
    return SimpleNamespace(
        minzheng=minzheng,
        nongye=nongye,
        clerk=UserFactory(username="jingban", agency=minzheng),
        colleague=UserFactory(username="tongshi", agency=minzheng),
        reviewer=ReviewerFactory(username="shenhe", agency=minzheng),
        both=UserFactory(username="jianren", agency=minzheng, roles=[CLERK, REVIEWER]),
        stranger=UserFactory(username="waidan", agency=nongye),
        foreign_reviewer=ReviewerFactory(username="waishen", agency=nongye),
        office=OfficeUserFactory(username="zhengfuban"),
        administrator=AdministratorFactory(username="guanli"),
    )


@pytest.fixture
def pdf():
    """A small PDF under a given name."""
    return lambda name="附件.pdf", body=b"x": ContentFile(b"%PDF-1.4\n" + body + b"\n%%EOF", name=name)
