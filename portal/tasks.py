"""Jobs of the site itself."""

from __future__ import annotations

from procrastinate.contrib.django import app

from portal import paper, unchanged


@app.periodic(cron="*/10 * * * *")
@app.task(name="portal.forget_hidden_papers", queueing_lock="portal.papers", pass_context=False)
def forget_hidden_papers(timestamp: int) -> None:
    """PDFs of what was taken down, taken offline or purged leave the disk too."""
    paper.forget_hidden()


@app.periodic(cron="*/10 * * * *")
@app.task(name="portal.gather_page_changes", queueing_lock="portal.unchanged", pass_context=False)
def gather_page_changes(timestamp: int) -> None:
    """The lines that writes leave for the versions of pages become one."""
    unchanged.gather()
