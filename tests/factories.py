"""Rows for tests, made by plain ORM: what a test needs to say stays in the test, the rest stands here.

Published things are made as the services leave them (who and when set together), but without running them.
"""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import factory
from django.contrib.auth.models import Group

from agencies.kinds import AgencyKind
from agencies.models import Agency, FormerName, User
from agencies.roles import ADMINISTRATOR, CLERK, OFFICE, REVIEWER, Role
from catalog.models import Field, Item
from disclosure.models import Document, Topic
from disclosure.states import Openness, Publication, Validity
from interpretation.models import Interpretation
from interpretation.states import Form

SHANGHAI = ZoneInfo("Asia/Shanghai")
PASSWORD = "Qinglan-2026-pass"


def root_agency() -> Agency:
    """Return the county government, which `post_migrate` plants (and plant it where a flush took it)."""
    root, _ = Agency.objects.get_or_create(
        code="county",
        defaults={
            "path": "county/",
            "kind": AgencyKind.COUNTY_GOVERNMENT,
            "name": "青澜县人民政府",
            "short_name": "县政府",
        },
    )
    return root


class AgencyFactory(factory.django.DjangoModelFactory):
    """A department under the county; `parent=` puts it elsewhere in the tree."""

    class Meta:
        model = Agency
        django_get_or_create = ("code",)

    code = factory.Sequence(lambda n: f"danwei-{n}")
    parent = factory.LazyFunction(root_agency)
    path = factory.LazyAttribute(lambda o: f"{o.parent.path}{o.code}/" if o.parent else f"{o.code}/")
    kind = AgencyKind.DEPARTMENT
    name = factory.Sequence(lambda n: f"青澜县第{n}局")
    order = factory.Sequence(lambda n: n)


class FormerNameFactory(factory.django.DjangoModelFactory):
    """A name that an agency no longer bears."""

    class Meta:
        model = FormerName

    agency = factory.SubFactory(AgencyFactory)
    name = "青澜县民政和社会事务局"
    valid_to = date(2019, 3, 1)


class UserFactory(factory.django.DjangoModelFactory):
    """A clerk (经办人) with PASSWORD; `roles=[OFFICE]` gives other roles, `roles=[]` none."""

    class Meta:
        model = User
        django_get_or_create = ("username",)
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user{n}")
    full_name = factory.Sequence(lambda n: f"测试员{n}")
    agency = factory.SubFactory(AgencyFactory)
    is_staff = True
    password = factory.django.Password(PASSWORD)

    @factory.post_generation
    def roles(self: Any, create: bool, extracted: list[Role] | None, **kwargs: Any) -> None:
        """Put the user into the groups of the roles."""
        chosen = [CLERK] if extracted is None else extracted
        if create:
            self.groups.set([Group.objects.get(name=role.name) for role in chosen])


class ReviewerFactory(UserFactory):
    """A reviewer (审核人)."""

    roles = factory.PostGeneration(
        lambda user, create, roles, **kwargs: user.groups.set([Group.objects.get(name=REVIEWER.name)])
    )


class OfficeUserFactory(UserFactory):
    """Someone of the county's disclosure office (县政府办公室)."""

    agency = factory.SubFactory(AgencyFactory, code="county-office", name="青澜县人民政府办公室")
    roles = factory.PostGeneration(
        lambda user, create, roles, **kwargs: user.groups.set([Group.objects.get(name=OFFICE.name)])
    )


class AdministratorFactory(UserFactory):
    """A system administrator (系统管理员)."""

    agency = factory.SubFactory(AgencyFactory, code="county-office", name="青澜县人民政府办公室")
    roles = factory.PostGeneration(
        lambda user, create, roles, **kwargs: user.groups.set([Group.objects.get(name=ADMINISTRATOR.name)])
    )


class FieldFactory(factory.django.DjangoModelFactory):
    """A field (领域). Its slug is found again where the reference data hold it already."""

    class Meta:
        model = Field
        django_get_or_create = ("slug",)

    slug = factory.Sequence(lambda n: f"lingyu-{n}")
    name = factory.LazyAttribute(lambda o: f"领域 {o.slug}")
    order = factory.Sequence(lambda n: 1000 + n)


class ItemFactory(factory.django.DjangoModelFactory):
    """An item of an agency's catalog, in force."""

    class Meta:
        model = Item
        skip_postgeneration_save = True

    agency = factory.SubFactory(AgencyFactory)
    field = factory.SubFactory(FieldFactory)
    code = factory.Sequence(lambda n: f"ceshi-{n:05d}")
    position = factory.Sequence(lambda n: n)
    levels = factory.Sequence(lambda n: ["综合业务", f"监督检查 {n}"])
    content = "检查结果、处理情况"
    basis = "《中华人民共和国政府信息公开条例》"
    time_limit = "信息形成之日起20个工作日内"
    subject = factory.LazyAttribute(lambda o: o.agency.name)
    audience = ["全社会"]
    manner = ["主动"]
    tiers = ["县级"]

    @factory.post_generation
    def agencies(self: Any, create: bool, extracted: list[Agency] | None, **kwargs: Any) -> None:
        """Resolve 公开主体; without a word to the item's own agency."""
        if create:
            self.agencies.set([self.agency] if extracted is None else extracted)


class _PublishableFactory(factory.django.DjangoModelFactory):
    class Meta:
        abstract = True
        skip_postgeneration_save = True

    class Params:
        submitted = factory.Trait(
            status=Publication.SUBMITTED,
            submitted_by=factory.SubFactory(UserFactory, agency=factory.SelfAttribute("..agency")),
            submitted_at=datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI),
        )
        published = factory.Trait(
            status=Publication.PUBLISHED,
            submitted_by=factory.SubFactory(UserFactory, agency=factory.SelfAttribute("..agency")),
            submitted_at=datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI),
            approved_by=factory.SubFactory(
                UserFactory, agency=factory.SelfAttribute("..agency"), roles=[REVIEWER]
            ),
            approved_at=datetime(2026, 3, 2, 10, 0, tzinfo=SHANGHAI),
            published_at=datetime(2026, 3, 2, 10, 0, tzinfo=SHANGHAI),
            published_on=date(2026, 3, 2),
        )
        withdrawn = factory.Trait(
            status=Publication.WITHDRAWN,
            published_at=datetime(2026, 3, 2, 10, 0, tzinfo=SHANGHAI),
            published_on=date(2026, 3, 2),
            withdrawn_by=factory.SubFactory(
                UserFactory, agency=factory.SelfAttribute("..agency"), roles=[REVIEWER]
            ),
            withdrawn_at=datetime(2026, 3, 9, 10, 0, tzinfo=SHANGHAI),
            withdrawn_reason="内容有误,正在更正。",
        )

    agency = factory.SubFactory(AgencyFactory)
    body = "<p>各乡镇人民政府，县政府各部门：</p><p>现将有关事项通知如下。</p>"
    summary = "办事时间有调整。"


class DocumentFactory(_PublishableFactory):
    """A draft document; `published=True`, `submitted=True` or `withdrawn=True` sets the state."""

    class Meta:
        model = Document

    title = factory.Sequence(lambda n: f"关于做好第{n}项民生实事的通知")
    genre = "通知"
    openness = Openness.PROACTIVE
    validity = Validity.IN_FORCE
    written_on = date(2026, 2, 27)
    created_by = factory.SubFactory(UserFactory, agency=factory.SelfAttribute("..agency"))

    @factory.post_generation
    def fields(self: Any, create: bool, extracted: list[Field] | None, **kwargs: Any) -> None:
        """Set the fields (领域)."""
        if create and extracted:
            self.fields.set(extracted)

    @factory.post_generation
    def items(self: Any, create: bool, extracted: list[Item] | None, **kwargs: Any) -> None:
        """Set the items of the catalog."""
        if create and extracted:
            self.items.set(extracted)


class InterpretationFactory(_PublishableFactory):
    """A draft interpretation; `documents=[…]` links it."""

    class Meta:
        model = Interpretation

    title = factory.Sequence(lambda n: f"《第{n}项民生实事的通知》解读")
    forms = [Form.TEXT]
    interpreter = factory.LazyAttribute(lambda o: o.agency.name)
    contact = "0799-5210306"
    created_by = factory.SubFactory(UserFactory, agency=factory.SelfAttribute("..agency"))

    @factory.post_generation
    def documents(self: Any, create: bool, extracted: list[Document] | None, **kwargs: Any) -> None:
        """Set the documents that it explains."""
        if create and extracted:
            self.documents.set(extracted)


class TopicFactory(factory.django.DjangoModelFactory):
    """A 主题分类."""

    class Meta:
        model = Topic
        django_get_or_create = ("code",)

    code = factory.Sequence(lambda n: f"T{n}")
    name = factory.Sequence(lambda n: f"主题{n}")
