"""Jobs of the search index."""

from procrastinate.contrib.django import app

from portal.search import index


@app.periodic(cron="* * * * *")
@app.task(name="portal.search.drain", queueing_lock="portal.search.drain", pass_context=False)
def drain(timestamp: int) -> None:
    """Work off what was left in the outbox: a failure after commit, or writes of other programs."""
    index.drain()
