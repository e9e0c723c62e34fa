"""Jobs of the catalog: long exports, and the removal of old ones."""

from procrastinate.contrib.django import app

from catalog.exchange import export_jobs
from catalog.services import adjustments, exports


@app.task(name=exports.TASK, pass_context=False)
def export(job_id: int) -> None:
    """Write the file of one long export; a second run of a finished job does nothing."""
    export_jobs.run(job_id)


@app.periodic(cron="*/20 * * * *")
@app.task(name="catalog.remove_old_exports", queueing_lock="catalog.remove_old_exports", pass_context=False)
def remove_old_exports(timestamp: int) -> None:
    """Files of exports lie a day, no longer."""
    exports.remove_old_exports()


@app.periodic(cron="7 * * * *")
@app.task(
    name="catalog.apply_due_adjustments", queueing_lock="catalog.apply_due_adjustments", pass_context=False
)
def apply_due_adjustments(timestamp: int) -> None:
    """Write approved adjustments whose day has come; what is due is found by query, whenever this runs."""
    adjustments.apply_due()
