"""Judged queries: nDCG@10, first hits, empty answers (used by the bench and by the test of relevance)."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
Ask = Callable[[str], list[str]]


def judgments() -> list[dict[str, Any]]:
    """Return the judged queries of `../shared/data`."""
    lines = (DATA / "relevance.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def ask(q: str) -> list[str]:
    """Return the source ids of the first ten answers of the portal out of the archive.

    What the demo county says on the same subject was not judged and is passed over.
    """
    from portal.search import engine
    from portal.search.params import SearchParams

    found = [result.source_id for result in engine.search(SearchParams(q=q, page_size=50)).results]
    return [source for source in found if _of_archive(source)][:10]


def _of_archive(source_id: str) -> bool:
    return bool(source_id) and not source_id.startswith("demo-")


def ask_plainly(q: str) -> list[str]:
    """Return what `icontains` over title and body would give, newest first."""
    from django.db.models import Q

    from portal.search.models import Entry

    rows = Entry.objects.filter(Q(title__icontains=q) | Q(body__icontains=q), hidden=False)
    found = rows.order_by("-published_on", "key").values_list("source_id", flat=True)
    return [source for source in found[:50] if _of_archive(source)][:10]


def ndcg(found: list[str], judged: dict[str, Any]) -> float:
    """Return nDCG@10: 3 for relevant, 1 for acceptable; the ideal is all of them in that order."""
    gains = {**dict.fromkeys(judged["acceptable"], 1), **dict.fromkeys(judged["relevant"], 3)}
    ideal = sum(g / math.log2(n + 2) for n, g in enumerate(sorted(gains.values(), reverse=True)[:10]))
    got = sum(gains.get(source, 0) / math.log2(n + 2) for n, source in enumerate(found[:10]))
    return got / ideal if ideal else 1.0


def measure(asked: Ask) -> dict[str, Any]:
    """Ask every judged query; return the means, by kind too, and the weakest."""
    scores = [(judged, asked(judged["query"])) for judged in judgments()]
    values = [(judged["kind"], judged["query"], ndcg(found, judged)) for judged, found in scores]
    kinds = sorted({kind for kind, _, _ in values})
    first = [
        bool(found) and found[0] in {*judged["relevant"], *judged["acceptable"]} for judged, found in scores
    ]
    return {
        "queries": len(values),
        "ndcg_at_10": _mean([value for _, _, value in values]),
        "by_kind": {kind: _mean([value for k, _, value in values if k == kind]) for kind in kinds},
        "first_hit": _mean([float(hit) for hit in first]),
        "empty": _mean([float(not found) for _, found in scores]),
        "weakest": [[query, round(value, 2)] for _, query, value in sorted(values, key=lambda v: v[2])[:6]],
    }


def _mean(values: list[float]) -> float:
    return round(sum(values) / len(values), 3) if values else 0.0
