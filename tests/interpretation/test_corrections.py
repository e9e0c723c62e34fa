"""更正 of an interpretation: the same door as for documents (`disclosure.services.corrections`)."""

from datetime import UTC, datetime

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from disclosure.services import NotAllowed
from disclosure.states import Publication
from interpretation import services
from interpretation.models import Interpretation
from tests.factories import DocumentFactory, InterpretationFactory
from tests.people import confirmed

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 6, 2, 0, tzinfo=UTC)
OLD = "八十周岁以上老人每月发八十元，凭身份证到村里登记，次月起发放。"
NEW = "八十周岁以上老人每月发一百元，凭身份证到村里登记，次月起发放。"


@pytest.fixture
def public(people):
    """A public interpretation of a public paper, with a file; the file of a reader's bookmark."""
    paper = DocumentFactory(agency=people.minzheng, published=True)
    found = InterpretationFactory(
        agency=people.minzheng, published=True, body=f"<p>{OLD}</p>", documents=[paper]
    )
    row = found.attachments.model(interpretation=found, title="问答", sha256="a" * 64)
    row.file.save("a.pdf", ContentFile(b"%PDF-1.4\n%%EOF"))
    return found


def test_new_words_walk_the_review_and_the_old_ones_stay_readable(people, public, client):
    client.force_login(people.clerk)
    page = reverse("admin:interpretation_interpretation_correct", args=[public.pk])
    response = client.post(page)
    draft = Interpretation.objects.get(corrects=public)
    change = reverse("admin:interpretation_interpretation_change", args=[draft.pk])
    assert response.url == change
    assert 'name="correction_note"' in client.get(change).content.decode()
    assert client.get(page).url == change, "one at a time"
    with pytest.raises(NotAllowed, match=r"请写更正说明.*完全一样|完全一样"):
        services.submit(confirmed(draft, people.clerk), by=people.clerk, now=NOW)
    with pytest.raises(NotAllowed, match="请在原解读上直接更正"):
        services.update_interpretation(draft, by=people.clerk, contact="0799-5210399")
    services.update_interpretation(
        draft, by=people.clerk, body=f"<p>{NEW}</p>", correction_note="八十元应为一百元。"
    )
    services.submit(confirmed(draft, people.clerk), by=people.clerk, now=NOW)
    address = f"/interpretations/{public.pk}/"
    assert OLD in client.get(address).content.decode()
    with pytest.raises(NotAllowed, match="不能由您自己审核"):
        services.approve(draft, by=people.clerk, secrecy_cleared=True, now=NOW)
    services.approve(draft, by=people.reviewer, secrecy_cleared=True, now=NOW)

    draft.refresh_from_db()
    now = Interpretation.objects.get(pk=public.pk)
    assert draft.status == Publication.APPLIED
    assert (now.published_at, now.index_number) == (public.published_at, public.index_number)
    assert list(now.attachments.values_list("pk", flat=True)) == [public.attachments.get().pk]
    client.logout()
    shown = client.get(address).content.decode()
    assert NEW in shown
    assert "八十元应为一百元。" in shown
    version = client.get(f"{address}versions/1/").content.decode()
    assert "<del>" in version
    assert "2026-05-06 更正以前的样子" in version
    kept = now.corrections.get().attachments.get()
    assert client.get(f"{address}versions/1/attachments/{kept.pk}/问答.pdf").status_code == 200
    services.take_offline(now, by=people.office, reason="误发", now=NOW)
    assert client.get(f"{address}versions/1/").status_code == 410
    assert client.get(f"{address}versions/1/attachments/{kept.pk}/问答.pdf").status_code == 410


def test_corrected_metadata_leave_a_visible_note(people, public, client):
    services.update_interpretation(public, by=people.clerk, contact="0799-5210399", reason="电话换了")
    shown = client.get(f"/interpretations/{public.pk}/").content.decode()
    assert "更正：电话换了" in shown
    assert "咨询方式：0799-5210306 → 0799-5210399" in shown
    assert client.get(f"/interpretations/{public.pk}/versions/1/").status_code == 404


def test_the_note_that_a_clerk_types_into_the_form_is_kept(people, public, client):
    """Both rooms save it through the same pages."""
    draft = services.start_correction(public, by=people.clerk)
    client.force_login(people.clerk)
    change = reverse("admin:interpretation_interpretation_change", args=[draft.pk])
    form = client.get(change).context["adminform"].form
    data = {name: form.initial.get(name) or "" for name in form.fields}
    data |= {"correction_note": "改错字。", "title": draft.title, "body": f"<p>{NEW}</p>"}
    for prefix in ("attachments",):
        data |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    client.post(change, data)
    draft.refresh_from_db()
    assert (draft.correction_note, draft.body) == ("改错字。", f"<p>{NEW}</p>")
