"""Long exports: asked for once, written by the worker, fetched by token, gone after a day."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from catalog.exchange import export_jobs
from catalog.models import ExportJob, Item
from catalog.services import exports
from catalog.states import ExportState
from tests.factories import ItemFactory

pytestmark = pytest.mark.django_db


def ask(rows=None, **other):
    values = {"kind": "xlsx", "name": "目录.xlsx", **other}
    return exports.request_export(rows=Item.objects.published() if rows is None else rows, **values)


def test_a_job_is_written_once_and_kept_under_an_unguessable_name():
    item = ItemFactory()
    job = ask()
    assert (job.state, job.total) == (ExportState.WAITING, 1)
    assert ProcrastinateJob.objects.get(task_name=exports.TASK).args == {"job_id": job.pk}
    export_jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done) == (ExportState.DONE, 1)
    assert job.file.read()[:2] == b"PK"
    assert job.token.hex in job.file.name
    name, item.content = job.file.name, "改了"
    item.save()
    export_jobs.run(job.pk)
    job.refresh_from_db()
    assert job.file.name == name


def test_equal_requests_are_one_job_until_the_catalog_changes(people):
    item = ItemFactory()
    first = ask()
    assert ask().pk == first.pk
    assert ask(kind="csv").pk != first.pk
    assert ask(by=people.clerk, rows=Item.objects.all()).pk != first.pk
    item.content = "改了"
    item.save()
    assert ask().pk != first.pk


def test_a_failed_job_is_not_shared():
    ItemFactory()
    first = ask()
    exports.fail_export(job=first, problem="磁盘满了")
    assert ask().pk != first.pk


def test_the_public_queue_is_bounded_and_staff_are_not_held_up(people):
    for number in range(exports.PUBLIC_QUEUE):
        ItemFactory()
        ask(name=f"{number}.xlsx")
    with pytest.raises(exports.Busy, match="请过几分钟再试"):
        ask(name="more.xlsx")
    assert ask(name="more.xlsx", by=people.clerk)


def test_nothing_to_export_is_no_job():
    with pytest.raises(exports.NoItems):
        ask()


def test_rows_that_were_taken_down_meanwhile_stay_out():
    kept, gone = ItemFactory(), ItemFactory()
    job = ask()
    Item.objects.filter(pk=gone.pk).update(retired_on=timezone.localdate())
    assert [row.pk for row in exports.rows_of_job(job)] == [kept.pk]


def test_a_cancelled_job_is_gone_with_its_file_and_is_not_written(
    storage, django_capture_on_commit_callbacks
):
    ItemFactory()
    job = ask()
    export_jobs.run(job.pk)
    assert len(list(storage.rglob("*.xlsx"))) == 1
    job.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        exports.cancel_export(job=job)
    assert list(storage.rglob("*.xlsx")) == []
    export_jobs.run(job.pk)
    assert not ExportJob.objects.exists()


def test_a_worker_hears_of_the_cancellation_at_its_next_step():
    ItemFactory()
    job = exports.begin_export(job_id=ask().pk)
    assert exports.note_progress(job=job, done=1)
    exports.cancel_export(job=job)
    assert not exports.note_progress(job=job, done=1)


def test_a_failure_is_told_with_its_cure(caplog, storage):
    ItemFactory()
    job = ask()
    ExportJob.objects.filter(pk=job.pk).update(query={"pks": [["x", "y"]]})
    export_jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == ExportState.FAILED
    assert "请重新导出一次" in job.problem
    assert list(storage.rglob("*.xlsx")) == []


def test_old_jobs_go_with_their_files_and_stuck_ones_are_given_up(
    storage, django_capture_on_commit_callbacks
):
    ItemFactory()
    now = timezone.now()
    old, stuck = ask(name="old.xlsx"), ask(name="stuck.xlsx")
    old.file.save("x.xlsx", ContentFile(b"x"))
    ExportJob.objects.filter(pk=old.pk).update(requested_at=now - timedelta(hours=25), state=ExportState.DONE)
    ExportJob.objects.filter(pk=stuck.pk).update(
        requested_at=now - timedelta(hours=2), state=ExportState.RUNNING
    )
    with django_capture_on_commit_callbacks(execute=True):
        assert exports.remove_old_exports(now=now) == 1
    assert list(storage.rglob("*.xlsx")) == []
    stuck.refresh_from_db()
    assert (stuck.state, stuck.problem) == (ExportState.FAILED, "导出中断了，请重新导出一次。")


def test_a_token_opens_for_whoever_asked(people):
    ItemFactory()
    public, own = ask(), ask(by=people.clerk, rows=Item.objects.all())
    assert exports.find_export(token=public.token, by=None) == public
    assert exports.find_export(token=own.token, by=people.clerk) == own
    assert exports.find_export(token=own.token, by=people.stranger) is None
    assert exports.find_export(token=own.token, by=None) is None
    later = timezone.now() + timedelta(hours=25)
    assert exports.find_export(token=public.token, by=None, now=later) is None


def test_keys_are_kept_as_ranges():
    assert exports.as_ranges([1, 2, 3, 7, 9, 10]) == [[1, 3], [7, 7], [9, 10]]
    assert exports.from_ranges([[1, 3], [7, 7], [9, 10]]) == [1, 2, 3, 7, 9, 10]
