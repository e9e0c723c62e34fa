"""What the search has learnt of a thing goes with its sealed purge (封存清除): queries that are its words,
that it was chosen, that it was recommended, and the texts of their history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pgtrigger
from django.db import connection, models

from portal.search import asked
from portal.search.models import BestBet, Want

#: A query that is a piece of the text names it from this many characters on; 低保 does not.
_TELLING = 10
_NAMES_IT = (
    "EXISTS (SELECT FROM unnest(%s::text[]) AS told (piece) WHERE strpos(words, piece) > 0 "
    "OR (length(words) >= %s AND strpos(piece, words) > 0))"
)


def forget(place: str, pks: Sequence[int], words: Sequence[str]) -> dict[str, int]:
    """Remove what names the things of `place` or consists of their `words`; returns rows by table."""
    keys = [f"{place}:{pk}" for pk in pks]
    pieces = [piece for word in words if len(piece := asked.folded(word)) >= 2]
    done: dict[str, int] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM search_choice WHERE key = ANY(%s) OR asked_id IN "  # noqa: S608
            f"(SELECT id FROM search_asked WHERE {_NAMES_IT})",
            [keys, pieces, _TELLING],
        )
        done["search_choice"] = cursor.rowcount
        cursor.execute(f"DELETE FROM search_asked WHERE {_NAMES_IT}", [pieces, _TELLING])  # noqa: S608
        done["search_asked"] = cursor.rowcount
        cursor.execute(f"SELECT id FROM search_want WHERE {_NAMES_IT}", [pieces, _TELLING])  # noqa: S608
        wants = [pk for (pk,) in cursor.fetchall()]
    bets = set(BestBet.objects.filter(target__in=keys).values_list("pk", flat=True))
    events: Any = BestBet.pgh_event_model  # type: ignore[attr-defined]
    bets |= set(events.objects.filter(target__in=keys).values_list("pgh_obj_id", flat=True))
    done["search_bestbet"] = _remove(BestBet, bets, {"queries": [], "keys": [], "line": ""})
    done["search_want"] = _remove(Want, wants, {"words": "", "note": "", "answer": ""})
    return done


def _remove(model: Any, pks: Any, empty: dict[str, object]) -> int:
    """Delete rows, and empty the texts of their history."""
    gone, _ = model.objects.filter(pk__in=pks).delete()
    events: type[models.Model] = model.pgh_event_model
    with pgtrigger.ignore(f"{events._meta.label}:append_only"):
        events._default_manager.filter(pgh_obj_id__in=pks).update(**empty)
    return int(gone)
