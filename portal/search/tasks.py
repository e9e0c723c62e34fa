"""Jobs of the search index."""

from datetime import UTC, datetime

from django.utils import timezone
from procrastinate.contrib.django import app

from portal.search import counts, frequency, index


@app.periodic(cron="* * * * *")
@app.task(name="portal.search.drain", queueing_lock="portal.search.drain", pass_context=False)
def drain(timestamp: int) -> None:
    """Work off what was left in the outbox: a failure after commit, or writes of other programs."""
    index.drain()


@app.periodic(cron="35 16 * * *")
@app.task(name="portal.search.prune_counts", queueing_lock="portal.search.prune_counts", pass_context=False)
def prune_counts(timestamp: int) -> None:
    """Shortly after midnight: counts of queries that are rare, old or too many leave the table (ADR 39)."""
    counts.prune(today=timezone.localdate(datetime.fromtimestamp(timestamp, UTC)))


@app.periodic(cron="5 17 * * *")
@app.task(name="portal.search.recount", queueing_lock="portal.search.recount", pass_context=False)
def recount(timestamp: int) -> None:
    """In the night: how many entries a word stands in, as the index is now (ADR 40)."""
    frequency.recount()
