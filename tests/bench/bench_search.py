"""Search: quality on the judged queries, and milliseconds by class of query beside a rare word's.

nDCG@10, first hits and empty answers are measured on `../shared/data` where it lies beside; the times on
whatever is loaded. The baseline is plain `icontains` over title and body.
"""

from __future__ import annotations

import statistics
import time
from typing import Any

CLASSES = {
    "very common": "通知",
    "common": "工作",
    "rare": "高龄津贴",
    "two words": "危房改造 补助",
    "three words": "低保 申请 材料",
    "question": "低保怎么申请",
    "number": "青政发〔2026〕1号",
    "nothing": "量子纠缠发动机",
}
ROUNDS = 15


def run(rounds: int = ROUNDS) -> dict[str, Any]:
    """Return quality (where the archive is there) and times."""
    import county
    import judged

    from portal.search import index

    figures: dict[str, Any] = {"archive": county.load()}
    if figures["archive"]:
        figures["quality"] = judged.measure(judged.ask)
        figures["quality_icontains"] = judged.measure(judged.ask_plainly)
    times = {name: _milliseconds(q, rounds) for name, q in CLASSES.items()}
    figures["milliseconds"] = times
    figures["to_rare"] = {name: round(spent / times["rare"], 2) for name, spent in times.items()}
    began = time.perf_counter()
    entries = index.rebuild()
    figures["rebuild"] = {
        "entries": entries,
        "milliseconds_each": round((time.perf_counter() - began) * 1000 / entries, 2),
    }
    return figures


def _milliseconds(q: str, rounds: int) -> float:
    from portal.search import engine
    from portal.search.params import SearchParams

    spent = []
    for _ in range(rounds + 1):
        began = time.perf_counter()
        engine.search(SearchParams(q=q))
        spent.append(time.perf_counter() - began)
    return round(statistics.median(spent[1:]) * 1000, 2)
