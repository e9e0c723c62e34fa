"""What nobody may change here: shown in words, and left out where it could mean nothing."""

from datetime import date

import pytest
from django.urls import reverse

from disclosure.models import Document
from disclosure.states import Ground, Publication
from interpretation.models import Interpretation
from interpretation.states import Form
from tests.factories import DocumentFactory, InterpretationFactory, TopicFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def shown(client, people):
    """Name -> text of every field that the reviewer's form of a thing shows."""
    client.force_login(people.reviewer)

    def read(thing):
        opts = thing._meta
        address = reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[thing.pk])
        fields = [
            one for fieldset in client.get(address).context["adminform"] for line in fieldset for one in line
        ]
        assert all(one.is_readonly for one in fields)
        return {one.field["name"]: str(one.contents()) for one in fields}

    return read


def test_what_could_mean_nothing_is_left_out(people, shown):
    ordinary = DocumentFactory(agency=people.minzheng, submitted=True)
    fields = shown(ordinary)
    assert not fields.keys() & {
        "openness_ground",
        "openness_reason",
        "no_interpretation_reason",
        "expires_on",
    }
    assert not fields.keys() & {"stage", "source_url", "correction_note", "closes_earlier_shown"}
    assert (fields["doc_number"], fields["fields_shown"]) == ("—", "—"), (
        "the reviewer judges that it has none"
    )

    Document.objects.filter(pk=ordinary.pk).update(
        expires_on=date(2027, 1, 1), source_url="https://a.example/"
    )
    fields = shown(ordinary)
    assert (fields["expires_on"], fields["source_url"]) == ("2027-01-01", "https://a.example/"), (
        "never a value"
    )
    ordinary.is_policy = ordinary.is_normative = True
    ordinary.expires_on = None
    ordinary.save()
    assert shown(ordinary).keys() >= {"expires_on", "no_interpretation_reason"}


def test_the_ground_stands_with_what_stays_in(people, shown):
    withheld = DocumentFactory(
        agency=people.minzheng,
        openness="withheld",
        openness_ground=Ground.INTERNAL,
        openness_reason="内部管理",
    )
    fields = shown(withheld)
    assert (fields["openness_ground"], fields["openness_reason"]) == (Ground.INTERNAL.label, "内部管理")
    assert "interpretations_line" not in fields, "nobody explains it to the public"


def test_a_correction_shows_what_it_corrects_and_no_gaps_of_its_own(people, shown):
    public = DocumentFactory(agency=people.minzheng, published=True, topic=TopicFactory())
    draft = DocumentFactory(agency=people.minzheng, submitted=True, corrects=public, validity="", keywords=[])
    fields = shown(draft)
    assert {"corrects_line", "correction_note", "closes_earlier_shown", "openness"} <= fields.keys()
    assert not fields.keys() & {"validity", "keywords_shown", "fields_shown", "items_shown", "doc_number"}
    assert "interpretations_line" not in fields


def test_codes_and_flags_read_as_words(people, shown):
    paper = DocumentFactory(agency=people.minzheng, published=True, is_policy=True)
    fields = shown(paper)
    assert (fields["is_policy_shown"], fields["is_notice_shown"]) == ("是", "否")
    explains = InterpretationFactory(
        agency=people.minzheng, submitted=True, documents=[paper], forms=[Form.GRAPHIC, Form.QA]
    )
    fields = shown(explains)
    assert fields["forms_shown"] == "图解、问答"
    assert paper.title in fields["documents_shown"]
    assert not fields.keys() & {"forms", "documents", "documents_line"}, "once"
    Interpretation.objects.filter(pk=explains.pk).update(status=Publication.DRAFT, forms=[])
    assert shown(explains)["forms_shown"] == "—"


def test_help_for_writing_stands_only_beside_boxes(client, people):
    paper = DocumentFactory(agency=people.minzheng, published=True, topic=TopicFactory())
    address = reverse("admin:disclosure_document_change", args=[paper.pk])
    client.force_login(people.reviewer)
    page = client.get(address).content.decode()
    assert "可以从 Word 或 WPS 直接粘贴" not in page
    assert "没有附件。" in page
    client.force_login(people.clerk)
    page = client.get(address).content.decode()
    assert "与红头文件标题一致" not in page, "the title stands still"
    assert "文件里写明的开始施行日期。" in page, "the day may be corrected"
    saved = {"topic": paper.topic_id, "written_on": "2026-02-27", "validity": "in_force", "keywords": "高龄"}
    saved |= {
        "correction_reason": "补主题词",
        "attachments-TOTAL_FORMS": "0",
        "attachments-INITIAL_FORMS": "0",
    }
    response = client.post(address, saved)
    assert response.status_code == 302, response.context["errors"]
    paper.refresh_from_db()
    assert paper.keywords == ["高龄"]
