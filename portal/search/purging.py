"""What the index removes with a sealed purge (封存清除): entries, and what a broken rebuild left behind."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from portal.search.index import REBUILD


def forget(place: str, pks: Sequence[int], words: Sequence[str]) -> dict[str, int]:
    """Empty the entries of things that are purged; the empty row stays, against a late writer."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE search_entry SET hidden = true, version = nextval('search_version'), title = '', "
            "title_folded = '', body = '', tokens = NULL, head = NULL, numbers = '{}', doc_number = '', "
            "index_number = '', source_id = '', topic = '', fields = '{}', url = '' "
            "WHERE place = %s AND source_pk = ANY(%s)",
            [place, list(pks)],
        )
        done = {"search_entry": cursor.rowcount}
        # A rebuild that was broken off leaves its table; one that runs now read what is public, not this.
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [REBUILD])
        if cursor.fetchone()[0]:
            cursor.execute("DROP TABLE IF EXISTS search_entry_new")
        cursor.execute("ANALYZE search_entry")
    return done
