"""The demo county's own papers with their links hidden, and judged papers of `../shared/data` (ids alone)."""

import csv
import json
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from disclosure.filing import CatalogItem, Filer, Paper
from disclosure.topics import code_for, rows

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "fixtures" / "demo"
SHARED = ROOT.parent / "shared" / "data"
STAGES = {"决策": "decision", "执行": "execution", "管理": "management", "服务": "service", "结果": "result"}
_TAG = re.compile("<[^>]+>")

#: Document → what the path of a fitting item holds. Read by hand beside the catalogs of `../shared/data`.
FITTING = {
    "0010": "应急|突发",
    "0011": "应急|突发",
    "0013": "规范性文件",
    "0014": "规范性文件",
    "0016": "规范性文件",
    "0019": "危房",
    "0020": "危房",
    "0021": "危房",
    "0029": "临时救助",
    "0037": "最低生活保障",
    "0044": "就业政策",
    "0047": "公开指南",
    "0048": "公开指南",
    "0049": "征地|征收",
    "0050": "临时救助",
    "0052": "征地|征收",
    "0053": "征地补偿安置|补偿安置公告",
    "0064": "农机|涉农补贴|农业补贴",
    "0133": "招生",
    "0134": "招生",
    "0135": "招生",
    "0136": "招生",
    "0144": "创业",
    "0145": "创业|就业",
    "0147": "就业政策|见习|就业",
    "0155": "最低生活保障",
    "0156": "残疾人",
    "0157": "特困",
    "0158": "临时救助",
    "0159": "养老服务|老年",
    "0160": "养老服务",
    "0162": "老年人|养老",
}
#: Documents for which those catalogs hold no item: nothing may be suggested with confidence 高.
FITTING_NOWHERE = (
    "0006 0007 0008 0012 0022 0023 0024 0025 0026 0028 0030 0033 0034 0035 0036 0038 0054 0058 0059 0063 "
    "0065 0101 0126 0165"
).split()


@dataclass(frozen=True)
class Case:
    """A paper, the items that fit it, its topic and kind as the demo county has them."""

    paper: Paper
    items: frozenset[int]
    topic: str
    kind: str


@cache
def fields() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Slug → name and aliases, from the project's own reference data."""
    found = {}
    for name in ("fields.csv", "catalogs.csv"):
        with (ROOT / "catalog" / "reference" / name).open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                found[row["slug"]] = (row["name"], tuple(filter(None, row["aliases"].split(";"))))
    return found


@cache
def topic_names() -> dict[str, str]:
    return {code: name for code, name, _ in rows()}


@cache
def agencies() -> dict[str, tuple[int, str]]:
    table = json.loads((DEMO / "agencies.json").read_text(encoding="utf-8"))
    return {row["code"]: (number, row["name"]) for number, row in enumerate(table, start=1)}


@cache
def demo_catalog() -> tuple[tuple[CatalogItem, ...], dict[str, int]]:
    items, keys = [], {}
    for path in sorted((DEMO / "catalog").glob("*.json")):
        sheet = json.loads(path.read_text(encoding="utf-8"))
        name, aliases = fields()[sheet["field"]]
        for row in sheet["items"]:
            pk = len(items) + 1
            keys[f"{sheet['field']}/{row['serial']}"] = pk
            named = frozenset(n for n, agency in agencies().values() if agency in row["subject"])
            items.append(
                CatalogItem(
                    pk=pk,
                    levels=tuple(row["levels"]),
                    content=row["content"],
                    field=name,
                    field_slug=sheet["field"],
                    field_aliases=aliases,
                    agency=agencies()[sheet["agency"]][0],
                    agencies=named,
                    stage=STAGES[row["stage"]],
                    own=sheet["field"] == "basic",
                )
            )
    return tuple(items), keys


@cache
def demo_cases() -> tuple[Case, ...]:
    _, keys = demo_catalog()
    cases = []
    for number, path in enumerate(sorted((DEMO / "documents").glob("*.html")), start=1):
        _, head, body = path.read_text(encoding="utf-8").split("+++", 2)
        meta = tomllib.loads(head)
        agency, name = agencies()[meta["agency"]]
        paper = Paper(
            pk=number,
            title=meta["title"],
            number=meta["doc_number"],
            issuer=meta["issuer"],
            agency=agency,
            agency_name=name,
            keywords=tuple(meta.get("keywords", [])),
            opening=_TAG.sub("", body)[:1500],
        )
        wanted = frozenset(keys[key] for key in meta["items"])
        cases.append(Case(paper, wanted, code_for(meta["topic"]) or "", meta["kind"]))
    return tuple(cases)


def demo_filer() -> Filer:
    names = [name for _, name in agencies().values()]
    return Filer(demo_catalog()[0], names=names, topic_names=topic_names())


def real_catalog() -> tuple[CatalogItem, ...]:
    """Every item of the real catalogs as one catalog, the same path once."""
    by_name = {name: slug for slug, (first, others) in fields().items() for name in (first, *others)}
    found: dict[tuple[str, tuple[str, ...]], CatalogItem] = {}
    for path in sorted((SHARED / "catalogs").glob("*.expected.json")):
        book = json.loads(path.read_text(encoding="utf-8"))
        if book.get("refuse"):
            continue
        for sheet in book["sheets"]:
            for row in sheet.get("items", []):
                name = row.get("field") or sheet.get("field") or ""
                levels = tuple(re.sub(r"\s", "", level) for level in row["levels"])
                slug = by_name.get(name, "")
                aliases = fields()[slug][1] if slug else ()
                content = re.sub(r"\s", "", row.get("content") or "")
                item = CatalogItem(len(found) + 1, levels, content, name, slug, aliases)
                found.setdefault((name, levels), item)
    return tuple(found.values())


def real_papers(name: str = "documents.jsonl") -> dict[str, Paper]:
    """Papers of an archive by id, interpretations left out; their topic as written is not told."""
    found = {}
    with (SHARED / name).open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            row = json.loads(line)
            if row["kind"] != "interpretation":
                found[row["id"]] = Paper(
                    pk=number,
                    title=row["title"],
                    number=row.get("doc_number") or "",
                    issuer=row.get("issuer") or "",
                    opening=_TAG.sub("", (row.get("body") or "")[:3000]),
                    kind=row["kind"],
                )
    return found


def real_topics(name: str = "documents.jsonl") -> dict[str, str]:
    """Topic classes as published, where they say more than 其他."""
    found = {}
    with (SHARED / name).open(encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            code = code_for(row.get("topic") or "")
            if code and code not in {"22", "0110"} and row["kind"] != "interpretation":
                found[row["id"]] = code
    return found
