"""A row of each model that the back office shows, as its list would show it: a new model says here how one is
made."""

from datetime import date

from django.contrib.auth.models import Group
from django.utils import timezone

from agencies.models import Agency, User
from catalog.models import (
    Adjustment,
    CatalogImport,
    CatalogInheritance,
    Field,
    Item,
    Law,
    Matter,
    SubjectMapping,
)
from disclosure.models import (
    BackupSet,
    Coverage,
    Deputy,
    Document,
    ErrorReport,
    FilingBatch,
    LawText,
    NoticeBatch,
    NoticeRow,
    Purge,
    ReadText,
    Registration,
    ReviewPost,
    ReviewRoute,
    SignedOriginal,
    Topic,
    ValiditySetting,
    Withholding,
    WrongWord,
)
from disclosure.services import recompute_coverage
from disclosure.services.texts import READER
from disclosure.states import Lane, ReviewLevel
from interpretation.models import ArchiveUpload, Interpretation
from portal.search.models import Asked, BestBet, Synonym, Want
from tests.factories import (
    AgencyFactory,
    DocumentFactory,
    FieldFactory,
    InterpretationFactory,
    ItemFactory,
    OfficeUserFactory,
    ReviewerFactory,
    TopicFactory,
    UserFactory,
)
from workdays.models import CalendarYear, DayOverride


def a_batch():
    """A batch in which nothing is right yet: its errors stand at their cells."""
    agency = AgencyFactory()
    batch = NoticeBatch.objects.create(
        agency=agency,
        name="3月第1周公示",
        created_by=UserFactory(agency=agency),
        created_at="2026-11-01T09:00+08:00",
    )
    texts = {"title": "低保名单公示", "body": "联系电话13812345678。", "topic": "没有这一类"}
    NoticeRow.objects.create(batch=batch, position=1, values=texts)
    return batch


def an_original():
    """A signed original with facts found and missing, and its text beside it."""
    ReadText.objects.create(
        sha256="0" * 64,
        extension="ofd",
        reader=READER,
        lines=[["第1页第1段", "青澜县人民政府办公室文件"], ["第1页第2段", "各乡镇人民政府："]],
        problem="第2页是图片，没有检查文字。",
        read_at="2026-11-01T09:00+08:00",
    )
    fact = {
        "label": "发文字号",
        "value": "青政办发〔2026〕5号",
        "place": "第1页",
        "quote": "青政办发[2026]5号",
    }
    return SignedOriginal.objects.create(
        document=DocumentFactory(),
        file="originals/2026/11/a.ofd",
        file_name="来文.ofd",
        size=20480,
        sha256="0" * 64,
        pages=2,
        proposal={"facts": [fact], "missing": ["成文日期"], "notes": ["版记没有带入正文。"]},
        received_by=UserFactory(),
        received_at="2026-11-01T09:00+08:00",
    )


def a_withholding():
    document = DocumentFactory(openness="withheld", openness_ground="E16a", openness_reason="后勤管理")
    return Withholding.objects.create(
        document=document,
        state="filed",
        openness="withheld",
        filed_openness="withheld",
        submitted_by=document.created_by,
        submitted_at="2025-11-01T09:00+08:00",
        confirmed_by=ReviewerFactory(),
        confirmed_at="2025-11-01T09:00+08:00",
        filed_by=UserFactory(),
        filed_at="2025-11-01T09:00+08:00",
        next_check_on="2026-11-01",
    )


def a_coverage():
    item = ItemFactory()
    recompute_coverage([item.pk])
    return Coverage.objects.get(item=item)


#: Who discloses, and when.
OF_AGENCIES = {
    Agency: AgencyFactory,
    User: UserFactory,
    Group: lambda: Group.objects.get(name="经办人"),
    CalendarYear: lambda: CalendarYear.objects.get(year=2026),
    DayOverride: lambda: DayOverride.objects.create(
        date=date(2026, 8, 1), is_work=False, name="火把节", basis="县人大常委会决定"
    ),
}

#: What must be disclosed, and the laws that say so.
OF_CATALOG = {
    Field: FieldFactory,
    Item: ItemFactory,
    SubjectMapping: lambda: SubjectMapping.objects.create(text="县级民政部门"),
    Law: lambda: Law.objects.create(key="预算法", title="预算法"),
    Adjustment: lambda: Adjustment.objects.create(
        agency=AgencyFactory(),
        title="新增「高龄津贴」事项",
        reason="新办法施行",
        proposed_by=UserFactory(),
        proposed_at="2026-11-01T09:00+08:00",
    ),
    Matter: lambda: Matter.objects.create(name="最低生活保障", agency=AgencyFactory(), field=FieldFactory()),
    CatalogInheritance: lambda: CatalogInheritance.objects.create(
        agency=AgencyFactory(), field=FieldFactory(), source=AgencyFactory(), since="2026-11-01"
    ),
    CatalogImport: lambda: CatalogImport.objects.create(
        agency=AgencyFactory(),
        file_name="目录.xlsx",
        sha256="0" * 64,
        imported_at="2026-11-01T09:00+08:00",
    ),
}

#: What is disclosed, what stays in, and what it means.
OF_DOCUMENTS = {
    Document: DocumentFactory,
    Interpretation: InterpretationFactory,
    Topic: TopicFactory,
    LawText: lambda: LawText.objects.create(
        law=Law.objects.create(key="预算法", title="预算法"),
        document=DocumentFactory(published=True),
        linked_by=UserFactory(),
        linked_at="2026-11-01T09:00+08:00",
    ),
    Coverage: a_coverage,
    ErrorReport: lambda: ErrorReport.objects.create(
        agency=AgencyFactory(),
        address="/documents/",
        kind="wording",
        words="第二段有错字。",
        reported_at="2026-11-01T09:00+08:00",
        due_on="2026-11-04",
    ),
    SignedOriginal: an_original,
    Withholding: a_withholding,
    Registration: lambda: Registration.objects.create(
        title="青澜县高龄津贴发放管理办法",
        agency=AgencyFactory(),
        created_by=UserFactory(),
        created_at="2026-11-01T09:00+08:00",
    ),
    FilingBatch: lambda: FilingBatch.objects.create(by=UserFactory(), at="2026-11-01T09:00+08:00", count=1),
}

#: How to make a row of what review and its scanner keep.
OF_REVIEW = {
    ValiditySetting: lambda: ValiditySetting.objects.get(pk=1),
    BackupSet: lambda: BackupSet.objects.first(),
    Purge: lambda: Purge.objects.create(
        place="document",
        object_id=1,
        order_number="青保密决〔2026〕1号",
        authority="青澜县国家保密局",
        reason="按决定",
        proposed_by=OfficeUserFactory(),
        proposed_at="2026-11-01T09:00+08:00",
    ),
    WrongWord: lambda: WrongWord.objects.create(wrong="贯切落实", right="贯彻落实"),
    ReviewRoute: lambda: ReviewRoute.objects.create(
        agency=AgencyFactory(), lane=Lane.NOTICE, levels=[ReviewLevel.FINAL]
    ),
    ReviewPost: lambda: ReviewPost.objects.create(
        agency=AgencyFactory(), level=ReviewLevel.FIRST, user=ReviewerFactory()
    ),
    Deputy: lambda: Deputy.objects.create(
        user=ReviewerFactory(), deputy=ReviewerFactory(), first_day="2026-11-01", last_day="2026-11-09"
    ),
}

#: What clerks bring in many at once.
OF_MANY = {
    NoticeBatch: a_batch,
    ArchiveUpload: lambda: ArchiveUpload.objects.create(
        agency=AgencyFactory(),
        file_name="旧网站.xlsx",
        uploaded_by=UserFactory(),
        uploaded_at="2026-11-01T09:00+08:00",
    ),
}

#: What the search learns and is taught.
OF_SEARCH = {
    Asked: lambda: Asked.objects.create(
        day=timezone.localdate(), words="彩礼标准", times=12, nothing=9, last_count=1, chosen=2
    ),
    Synonym: lambda: Synonym.objects.get(head="最低生活保障"),
    BestBet: lambda: BestBet.objects.create(
        queries=["吃低保"],
        keys=["吃低保"],
        target="document:1",
        created_by=OfficeUserFactory(),
        created_at="2026-11-01T09:00+08:00",
    ),
    Want: lambda: Want.objects.create(
        words="彩礼标准",
        agency=AgencyFactory(),
        settled_by=OfficeUserFactory(),
        settled_at="2026-11-01T09:00+08:00",
    ),
}

MAKERS = {**OF_AGENCIES, **OF_CATALOG, **OF_DOCUMENTS, **OF_REVIEW, **OF_MANY, **OF_SEARCH}


def a_row(model):
    """One row of the model."""
    assert model in MAKERS, f"{model._meta.label} is new in the admin: say here how to make a row of it."
    return MAKERS[model]()
