"""The back office of 备案, 年度复核 and 报审登记: scope, acts, trend, returns, lines of the first page."""

import io
from datetime import date, datetime

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.urls import reverse
from python_calamine import CalamineWorkbook

from disclosure import services
from disclosure.models import Document, Registration, RegistrationFile, RegistrationReturn, Withholding
from disclosure.register_states import NO_SECRETS, FilingState, PaperRole, RecheckResult
from disclosure.withheld_trend import Kept, bars_of, years_of
from portal.work_queue import queue_for
from tests.factories import SHANGHAI, DocumentFactory

pytestmark = pytest.mark.django_db
REGISTER = "/admin/disclosure/withholding/"
PAPERS = "/admin/disclosure/registration/"
LAST_YEAR = datetime(2025, 3, 3, 9, 0, tzinfo=SHANGHAI)


@pytest.fixture(autouse=True)
def november():
    with time_machine.travel(datetime(2026, 11, 22, 10, 0, tzinfo=SHANGHAI)):
        yield


@pytest.fixture
def as_(client):
    def login(user):
        client.force_login(user)
        return client

    return login


def kept(agency, clerk, title="后勤用房调整", openness="withheld"):
    return DocumentFactory(
        agency=agency,
        created_by=clerk,
        title=title,
        openness=openness,
        openness_ground="E16a",
        openness_reason="后勤管理",
    )


def on_file(document, clerk, reviewer, office, at=LAST_YEAR):
    services.submit_filing(document, by=clerk, now=at)
    services.confirm_filing(document, by=reviewer, now=at)
    services.accept_filing(document, by=office, now=at)
    return Withholding.objects.get(document=document)


@pytest.fixture
def filed(people):
    document = kept(people.minzheng, people.clerk)
    return on_file(document, people.clerk, people.reviewer, people.office)


def move(row, name):
    return reverse("admin:disclosure_withholding_move", args=[row.pk, name])


def waiting(user):
    tasks = [task for section in queue_for(user, date(2026, 11, 22)) for task in section.open_tasks]
    return {task.title: task for task in tasks}


def rows_of(page):
    return page.context["cl"].result_count


def test_from_draft_to_file_by_buttons_alone(as_, people):
    document = kept(people.minzheng, people.clerk)
    todo = waiting(people.clerk)["要报备案的文件"]
    assert todo.count == rows_of(as_(people.clerk).get(todo.url)) == 1
    page = as_(people.clerk).get(reverse("admin:disclosure_document_change", args=[document.pk]))
    labels = [label for label, _ in page.context["moves"]]
    assert "报备案" in labels
    assert "提交审核" not in labels
    address = reverse("admin:disclosure_document_file", args=[document.pk])
    assert as_(people.reviewer).get(address).status_code == 403
    assert as_(people.stranger).post(address).status_code == 403
    assert as_(people.clerk).post(address).status_code == 302
    row = Withholding.objects.get()
    assert as_(people.clerk).get(move(row, "confirm")).status_code == 403
    todo = waiting(people.reviewer)["等我确认的备案"]
    assert todo.count == rows_of(as_(people.reviewer).get(todo.url)) == 1
    as_(people.reviewer).post(move(row, "confirm"))
    todo = waiting(people.office)["等县政府办公室备案的"]
    assert todo.count == rows_of(as_(people.office).get(todo.url)) == 1
    as_(people.office).post(move(row, "accept"))
    row.refresh_from_db()
    assert row.state == FilingState.FILED
    page = as_(people.clerk).get(reverse("admin:disclosure_document_change", args=[document.pk]))
    assert "已备案" in page.content.decode()
    assert 'name="title"' not in page.content.decode(), "what is on file is shown, not edited"
    assert (
        as_(people.clerk).get(reverse("admin:disclosure_document_delete", args=[document.pk])).status_code
        == 403
    )


def test_what_is_on_file_is_no_draft_that_waits(as_, people, filed):
    kept(people.minzheng, people.clerk, title="还没有报的")
    todo = waiting(people.clerk)["我的文件草稿"]
    assert todo.count == rows_of(as_(people.clerk).get(todo.url)) == 1


def test_each_sees_the_own_agency_alone(as_, people, filed):
    for user, seen in ((people.clerk, 1), (people.office, 1), (people.stranger, 0)):
        assert rows_of(as_(user).get(REGISTER)) == seen
    for name in ("recheck", "send_back"):
        assert as_(people.stranger).get(move(filed, name)).status_code == 403
        assert as_(people.stranger).post(move(filed, name), {"remarks": "x"}).status_code == 403
    assert as_(people.clerk).get(f"{REGISTER}add/").status_code == 403
    assert as_(people.clerk).get(move(filed, "nonsense")).status_code == 404


def test_the_recheck_comes_by_itself_and_opens(as_, people, filed):
    todo = waiting(people.clerk)["到期要复核的不公开文件"]
    assert todo.count == rows_of(as_(people.clerk).get(todo.url)) == 1
    page = as_(people.clerk).post(move(filed, "recheck"), {"result": "", "reason": ""})
    assert "请选择复核结果" in page.content.decode()
    as_(people.clerk).post(move(filed, "recheck"), {"result": "proactive", "reason": "调整已完成。"})
    assert Document.objects.get().openness == "proactive"
    todo = waiting(people.clerk)["转为主动公开、还没有公开的文件"]
    assert todo.count == rows_of(as_(people.clerk).get(todo.url)) == 1
    page = as_(people.clerk).get(reverse("admin:disclosure_withholding_change", args=[filed.pk]))
    assert "调整已完成" in page.content.decode()


def test_the_form_refuses_a_secret_with_the_one_sentence(as_, people):
    page = as_(people.clerk).post(
        "/admin/disclosure/document/add/",
        {
            "title": "某事项",
            "agency": people.minzheng.pk,
            "kind": "document",
            "openness": "withheld",
            "openness_ground": "E14a",
            "openness_reason": "涉密",
            "body": "<p>内容</p>",
            "attachments-TOTAL_FORMS": "0",
            "attachments-INITIAL_FORMS": "0",
        },
    )
    assert NO_SECRETS in page.content.decode()
    assert not Document.objects.exists()
    with pytest.raises(services.NotAllowed, match=NO_SECRETS):
        services.keep_autosave(
            by=people.clerk, model=Document, data=[["body", "内容"], ["openness_ground", "E14a"]]
        )


def test_the_trend_counts_the_own_scope_and_reads_back(as_, people, filed, django_assert_max_num_queries):
    other = on_file(
        kept(people.nongye, people.stranger, openness="on_request"),
        people.stranger,
        people.foreign_reviewer,
        people.office,
    )
    services.recheck(other.document, by=people.stranger, result=RecheckResult.PROACTIVE, reason="可公开。")
    assert "农业" not in as_(people.clerk).get(f"{REGISTER}trend/").content.decode()
    office = as_(people.office)
    with django_assert_max_num_queries(12):
        page = office.get(f"{REGISTER}trend/")
    by_year = {
        year.year: (year.on_request, year.withheld, year.filed, year.opened) for year in page.context["years"]
    }
    assert by_year[2025] == (1, 1, 2, 0)
    assert [row[2] for row in page.context["rows"]] == [1, 0]
    assert "<svg" in page.content.decode()
    content = b"".join(as_(people.office).get(f"{REGISTER}trend.xlsx").streaming_content)
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert book.sheet_names == ["不主动公开合计", "不主动公开按单位"]
    assert len(book.get_sheet_by_index(1).to_python()) == 5


def test_years_and_bars():
    moved = ((date(2025, 6, 1), "on_request"), (date(2026, 2, 1), "proactive"))
    one = Kept("a", date(2024, 5, 1), "withheld", moved)
    years = years_of([one, Kept("b", date(2026, 1, 5), "withheld")], date(2026, 11, 22), 4)
    assert [(y.withheld, y.on_request, y.filed, y.opened) for y in years] == [
        (0, 0, 0, 0),
        (1, 0, 1, 0),
        (0, 1, 0, 0),
        (1, 0, 1, 1),
    ]
    bars = bars_of(years)
    assert bars[0].lower == bars[0].upper == 0
    assert bars[1].lower == bars[2].upper > 100
    assert bars_of([]) == []


def test_the_list_asks_the_same_number_of_queries_for_one_and_for_many(
    as_, people, filed, django_assert_max_num_queries
):
    for n in range(4):
        document = kept(people.minzheng, people.clerk, title=f"第{n}份")
        on_file(document, people.clerk, people.reviewer, people.office)
        services.create_registration(by=people.clerk, agency=people.minzheng, title=f"办法{n}")
    clerk = as_(people.clerk)
    for address, bound in (
        (REGISTER, 12),
        (PAPERS, 12),
        ("/admin/disclosure/document/?register=unfiled", 16),
    ):
        with django_assert_max_num_queries(bound):
            clerk.get(address)


def registration_data(agency, **changes):
    return {
        "title": "青澜县高龄津贴发放管理办法",
        "agency": agency.pk,
        "openness": "proactive",
        "is_normative": "on",
        "attachments-TOTAL_FORMS": "1",
        "attachments-INITIAL_FORMS": "0",
        "attachments-0-role": "draft",
        "attachments-0-file": ContentFile(b"%PDF-1.4\nx\n%%EOF", name="送审稿.pdf"),
        **changes,
    }


def test_a_registration_with_its_files_handed_in_and_returned(as_, people):
    response = as_(people.clerk).post(f"{PAPERS}add/", registration_data(people.minzheng))
    assert response.status_code == 302, response.context["adminform"].form.errors
    registration, paper = Registration.objects.get(), RegistrationFile.objects.get()
    assert (paper.role, paper.title) == (PaperRole.DRAFT, "送审稿")
    page = as_(people.clerk).get(f"{PAPERS}{registration.pk}/change/").content.decode()
    assert "缺解读稿" in page
    address = reverse("admin:disclosure_registration_move", args=[registration.pk, "submit"])
    assert as_(people.stranger).post(address).status_code == 403
    as_(people.clerk).post(address)
    todo = waiting(people.office)["等受理的报审登记"]
    assert todo.count == rows_of(as_(people.office).get(todo.url)) == 1
    back = reverse("admin:disclosure_registration_move", args=[registration.pk, "send_back"])
    page = as_(people.office).get(back).content.decode()
    assert page.count("checked") == 3, "what is missing stands ticked"
    assert as_(people.clerk).get(back).status_code == 403
    as_(people.office).post(back, {"reasons": ["interpretation", "legality"], "remarks": "请补。"})
    assert RegistrationReturn.objects.get().reasons == ["interpretation", "legality"]
    todo = waiting(people.clerk)["退文要补的报审登记"]
    assert todo.count == rows_of(as_(people.clerk).get(todo.url)) == 1
    page = as_(people.office).get(f"{PAPERS}returns/")
    assert [(row.name, row.total, sum(row.reasons)) for row in page.context["rows"]] == [
        (people.minzheng.label, 1, 2),
        ("合计", 1, 2),
    ]
    assert not as_(people.stranger).get(f"{PAPERS}returns/").context["rows"]
    assert as_(people.office).get(f"{PAPERS}returns/?year=1e9").status_code == 200
    content = b"".join(as_(people.office).get(f"{PAPERS}returns.xlsx").streaming_content)
    assert CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()[-1][1] == 1


def test_files_are_staffs_and_the_own_scopes(as_, client, people):
    as_(people.clerk).post(f"{PAPERS}add/", registration_data(people.minzheng))
    paper = RegistrationFile.objects.get()
    address = reverse("admin:disclosure_registration_attachment", args=[paper.registration_id, paper.pk])
    assert as_(people.clerk).get(address).status_code == 200
    assert "no-store" in as_(people.office).get(address)["Cache-Control"]
    assert as_(people.stranger).get(address).status_code == 403
    client.logout()
    assert client.get(address).status_code == 302


def test_an_accepted_one_goes_on_as_a_document(as_, people):
    registration = services.create_registration(
        by=people.clerk,
        agency=people.minzheng,
        title="工作方案",
        openness="proactive",
        no_interpretation_reason="仅分工",
        legality="not_needed",
        legality_note="不新设权利义务",
    )
    for role in (PaperRole.DRAFT, PaperRole.EXPLANATION):
        file = ContentFile(b"%PDF-1.4\n" + role.encode() + b"\n%%EOF", name="a.pdf")
        services.add_paper(registration, by=people.clerk, file=file, role=role)
    services.submit_registration(registration, by=people.clerk)
    services.accept_registration(registration, by=people.office)
    address = reverse("admin:disclosure_registration_move", args=[registration.pk, "open_document"])
    assert as_(people.clerk).get(address).status_code == 200
    response = as_(people.clerk).post(address, {"document": ""})
    document = Document.objects.get()
    assert response.url == reverse("admin:disclosure_document_change", args=[document.pk])
    assert "已受理" in as_(people.clerk).get(response.url).content.decode()
