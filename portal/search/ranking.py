"""What puts one hit before another, as SQL over an entry. The values travel apart, by name."""

from portal.search.conditions import validity

_SHOWN = "kind, public_id, source_id, title, url, body, agency_id, published_on, {validity}, doc_number, key"
#: The place of the key among them.
KEY = 10
#: What the small columns tell of a hit: number, title, in force before repealed, document before what is said
#: of it, newer before older. Weights judged on `relevance.jsonl` (tests/portal/test_search_relevance.py).
_AT_SIGHT = """
    CASE WHEN numbers && %(keys)s::varchar[] THEN 200 ELSE 0 END
    + CASE WHEN title_folded = %(plain)s THEN 100 WHEN strpos(title_folded, %(plain)s) > 0 THEN 14 ELSE 0 END
    + CASE WHEN ts_filter(head, '{a}') @@ %(all)s::tsquery THEN 10 ELSE 0 END
    + 3 * (SELECT sum(CASE WHEN head @@ piece THEN weight ELSE 0 END)
           FROM unnest(%(pieces)s::tsquery[], %(weights)s::float[]) AS asked (piece, weight))
    - CASE WHEN {validity} IN ('repealed', 'expired') THEN 30 ELSE 0 END
    + CASE kind WHEN 'document' THEN 0.8 WHEN 'guide' THEN 0.8 WHEN 'interpretation' THEN 0.6
                WHEN 'agency' THEN 0.4 ELSE 0 END
    + 1.5 / (1 + GREATEST(0, date_part('year', now()) - COALESCE(year, 2000)) / 3)
"""
#: What its text tells, looked at for the best of them alone: all words, each word, words near each other.
READ = """
    CASE WHEN tokens @@ %(all)s::tsquery THEN 10 ELSE 0 END
    + 7 * (SELECT sum(CASE WHEN tokens @@ piece THEN weight ELSE 0 END)
           FROM unnest(%(pieces)s::tsquery[], %(weights)s::float[]) AS asked (piece, weight))
    + 12 * ts_rank_cd('{0.08, 0.1, 0.4, 1.0}', tokens, %(near)s::tsquery, 1)
"""


def at_sight() -> str:
    """Return what the small columns tell, as SQL for today."""
    return _AT_SIGHT.replace("{validity}", validity())


def shown() -> str:
    """Return the columns that a page shows, in the order of `engine.Result`, as SQL for today."""
    return _SHOWN.replace("{validity}", validity())
