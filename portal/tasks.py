"""Jobs of the site itself."""

from __future__ import annotations

from procrastinate.contrib.django import app

from portal import paper


@app.periodic(cron="*/10 * * * *")
@app.task(name="portal.forget_hidden_papers", queueing_lock="portal.papers", pass_context=False)
def forget_hidden_papers(timestamp: int) -> None:
    """PDFs of what was taken down, taken offline or purged leave the disk too."""
    paper.forget_hidden()
