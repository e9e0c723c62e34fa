"""App configuration of the search index."""

from django.apps import AppConfig
from django.core.signals import request_finished, request_started
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate


class SearchConfig(AppConfig):
    """站内搜索."""

    name = "portal.search"
    label = "search"
    verbose_name = "站内搜索"

    def ready(self) -> None:
        """Watch every connection of this process for writes to public things; clean up after a purge."""
        from disclosure import purge_hooks
        from portal.search import forgetting, outbox, purging, reference, synonyms

        purge_hooks.register("search", purging.forget)
        purge_hooks.register("search_learning", forgetting.forget)
        connection_created.connect(outbox.watch, dispatch_uid="portal.search.outbox")
        request_started.connect(outbox.request_begins, dispatch_uid="portal.search.outbox")
        request_finished.connect(outbox.request_ends, dispatch_uid="portal.search.outbox")
        request_started.connect(synonyms.request_begins, dispatch_uid="portal.search.synonyms")
        request_finished.connect(synonyms.request_ends, dispatch_uid="portal.search.synonyms")
        post_migrate.connect(reference.plant_synonyms, sender=self, dispatch_uid="portal.search.synonyms")
