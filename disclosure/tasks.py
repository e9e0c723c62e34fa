"""Jobs of the room `disclosure/`. The hours are those of UTC, by which procrastinate reads its lines."""

from __future__ import annotations

from procrastinate.contrib.django import app

from disclosure import services
from disclosure.services.batches import TASK


@app.periodic(cron="* * * * *")
@app.task(name="disclosure.release_due", queueing_lock="disclosure.release_due", pass_context=False)
def release_due(timestamp: int) -> None:
    """Publish what was signed for a minute that has come; what is due is found by query."""
    services.release_due()


@app.periodic(cron="*/5 * * * *")
@app.task(name="disclosure.refresh_coverage", queueing_lock="disclosure.coverage", pass_context=False)
def refresh_coverage(timestamp: int) -> None:
    """Reckon what changed since: items imported or retired, documents written in bulk, a new day."""
    services.refresh_stale()


@app.periodic(cron="20 16 * * *")
@app.task(name="disclosure.refresh_all_coverage", queueing_lock="disclosure.all_coverage", pass_context=False)
def refresh_all_coverage(timestamp: int) -> None:
    """Each night at 00:20 of Beijing: everything."""
    services.refresh_all()


@app.periodic(cron="37 * * * *")
@app.task(name="disclosure.check_addresses", queueing_lock="disclosure.addresses", pass_context=False)
def check_addresses(timestamp: int) -> None:
    """Some of the addresses on other platforms, each once a day."""
    services.check_addresses()


@app.periodic(cron="50 16 * * *")
@app.task(name="disclosure.erase_contacts", queueing_lock="disclosure.erase_contacts", pass_context=False)
def erase_contacts(timestamp: int) -> None:
    """Each night: what readers left of themselves with a report of an error, once it is long enough ago."""
    services.erase_contacts()


@app.task(name=TASK, pass_context=False)
def work_batch(batch_id: int) -> None:
    """Submit or sign a long batch (批量发布); a second run of one that is done does nothing."""
    services.work_order(batch_id=batch_id)


@app.periodic(cron="*/3 * * * *")
@app.task(name="disclosure.resume_batches", queueing_lock="disclosure.resume_batches", pass_context=False)
def resume_batches(timestamp: int) -> None:
    """Batches whose worker was killed over them; what is left is found by query."""
    services.resume_batches()


@app.periodic(cron="40 17 * * *")
@app.task(name="disclosure.clear_writing", queueing_lock="disclosure.clear_writing", pass_context=False)
def clear_writing(timestamp: int) -> None:
    """Each night: words kept on the way that nobody came back for."""
    services.clear_writing()
    services.clear_batch_files()


@app.periodic(cron="5 16 * * *")
@app.task(name="disclosure.follow_ended", queueing_lock="disclosure.follow_ended", pass_context=False)
def follow_ended(timestamp: int) -> None:
    """Each night at 00:05 of Beijing: laws whose document ended by itself. Validity itself needs no tick."""
    services.follow_all_ended()
