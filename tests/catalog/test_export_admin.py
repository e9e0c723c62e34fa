"""Items out of the back office: every format, at once and as a job; never an item of another agency."""

import json

import pytest
from django.urls import reverse

from catalog.exchange import export_jobs
from catalog.models import ExportJob, Field
from catalog.states import ExportState
from tests.factories import ItemFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def items(people):
    field = Field.objects.get(slug="jiuye")
    mine = [ItemFactory(agency=people.minzheng, field=field, levels=["民政", f"我的{n}"]) for n in range(3)]
    ItemFactory(agency=people.nongye, field=field, levels=["农业", "别人的"])
    return mine


@pytest.fixture
def clerk(client, people):
    client.force_login(people.clerk)
    return client


def body(response):
    return b"".join(response.streaming_content).decode("utf-8-sig")


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_other_formats_keep_filter_and_scope(clerk, items, kind):
    url = reverse(f"admin:catalog_item_export_{kind}")
    response = clerk.get(url)
    assert f".{kind}" in response["Content-Disposition"]
    whole = body(response)
    assert all(name in whole for name in ("我的0", "我的1", "我的2"))
    assert "别人的" not in whole
    assert "我的1" in (one := body(clerk.get(url, {"q": "我的1"})))
    assert "我的0" not in one
    if kind == "json":
        assert len(json.loads(whole)["items"]) == 3


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_no_other_format_without_the_right_to_see(clerk, people, items, kind):
    people.clerk.groups.clear()
    assert clerk.get(reverse(f"admin:catalog_item_export_{kind}")).status_code == 403


def asked_for(clerk, kind="csv"):
    response = clerk.get(reverse(f"admin:catalog_item_export_{kind}"))
    job = ExportJob.objects.latest("pk")
    assert response["Location"] == reverse("catalog_export_job", args=[job.token])
    return job


@pytest.fixture
def job(clerk, items, settings):
    settings.CATALOG_EXPORT_AT_ONCE = 2
    return asked_for(clerk)


def file_of(client, job):
    return client.get(reverse("catalog_export_file", args=[job.token]))


def test_a_job_holds_what_its_asker_may_see(clerk, client, people, job):
    export_jobs.run(job.pk)
    written = body(file_of(clerk, job))
    assert "我的2" in written
    assert "别人的" not in written
    client.force_login(people.stranger)
    assert file_of(client, job).status_code == 404


def test_what_left_the_scope_before_the_job_ran_is_not_in_the_file(clerk, people, items, job):
    items[0].agency = people.nongye
    items[0].save()
    export_jobs.run(job.pk)
    written = body(file_of(clerk, job))
    assert "我的1" in written
    assert "我的0" not in written


@pytest.mark.parametrize("lost", ["role", "agency", "account"])
def test_whoever_lost_role_agency_or_account_gets_no_file(people, job, storage, lost):
    if lost == "role":
        people.clerk.groups.clear()
    elif lost == "agency":
        people.clerk.agency = people.nongye
        people.clerk.save()
    else:
        people.clerk.is_active = False
        people.clerk.save()
    export_jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, "看不到了" in job.problem) == (ExportState.FAILED, True)
    assert list(storage.rglob("*.csv")) == []


def test_a_finished_file_is_not_handed_out_after_the_scope_changed(clerk, people, job):
    export_jobs.run(job.pk)
    people.clerk.agency = people.nongye
    people.clerk.save()
    refusal = file_of(clerk, job)
    assert refusal.status_code == 403
    assert "重新导出" in refusal.content.decode()
