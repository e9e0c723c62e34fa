"""The living catalog of the demo county: adjustments, templates, matters, declarations, laws, all through the
services, with days counted from the day of loading."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from django.utils import timezone

import catalog.services
import disclosure.services
from agencies.models import Agency, User
from catalog.drafts import Draft
from catalog.models import Field, Item, Law, Matter
from catalog.states import LawState, Stage
from disclosure.models import Document, Topic
from disclosure.topics import code_for
from interpretation.exchange.archive import import_archive
from portal.demo.texts import ROOT

#: The old documents of one agency, as its former website left them: nobody has filed them.
_ARCHIVE = ROOT / "archive-minzheng.jsonl"
_STAGES = {str(stage.label): stage.value for stage in Stage}
#: What an adjustment or an addition of the file may say of a draft.
_CELLS = ("levels", "content", "time_limit", "subject")


def written() -> dict[str, Any]:
    """What `living.toml` says."""
    return tomllib.loads((ROOT / "living.toml").read_text(encoding="utf-8"))


class LivingCatalog:
    """Brings life into the catalog that was just loaded. `items` by "field/serial", `documents` by id."""

    def __init__(
        self,
        *,
        office: User,
        clerks: Mapping[str, User],
        agencies: Mapping[str, Agency],
        items: Mapping[str, Item],
        documents: Mapping[str, Document],
        now: datetime | None = None,
    ) -> None:
        self.office, self.clerks, self.agencies = office, clerks, agencies
        self.items, self.documents = items, documents
        self.now = now or timezone.now()
        self.told = written()

    def load(self) -> None:
        """Everything, in the order in which it would have come about."""
        self._fields()
        self._templates()
        self._adjustments()
        self._matters()
        self._laws()
        self._archive()
        self._drafts()
        self._said()

    @cached_property
    def fields(self) -> dict[str, Field]:
        """Fields by slug."""
        return {field.slug: field for field in Field.objects.all()}

    def _ago(self, days: int) -> datetime:
        return self.now - timedelta(days=days)

    def _day(self, days: int) -> date:
        return timezone.localdate(self.now) + timedelta(days=days)

    def _fresh(self, key: str) -> Item:
        """An item as it stands now: what was loaded may have another version by this time."""
        found: Item = Item.objects.select_related("agency", "field").get(pk=self.items[key].pk)
        return found

    def _fields(self) -> None:
        for slug, code in self.told["leads"].items():
            field = self.fields[slug]
            field.lead_agency = self.agencies[code]
            catalog.services.save_field(field=field, by=self.office)
        for row in self.told["renamed"]:
            field = self.fields[row["field"]]
            catalog.services.rename_field(
                field=field, name=row["name"], on=row["on"], by=self.office, now=self.now
            )

    # Villages

    def _templates(self) -> None:
        for row in self.told["templates"]:
            since = timezone.make_aware(datetime.combine(row["since"], datetime.min.time()))
            catalog.services.follow_templates(
                agencies=[self.agencies[code] for code in row["agencies"]],
                field=self.fields[row["field"]],
                source=self.agencies[row["source"]],
                by=self.office,
                now=since,
            )
        for row in self.told["added"]:
            like = self._fresh(row["like"])
            catalog.services.create_item(
                agency=self.agencies[row["agency"]],
                field=like.field,
                draft=_said_of(replace(catalog.services.draft_of(like), serial=None), row),
                by=self.office,
                reason=row["reason"],
                stage=like.stage,
                now=self._ago(row["days_ago"]),
            )
        for row in self.told["changed"]:
            item = self._derived(row)
            catalog.services.change_item(
                item=item,
                draft=_said_of(catalog.services.draft_of(item), row),
                by=self.office,
                reason=row["reason"],
                now=self._ago(row["days_ago"]),
            )
        for row in self.told["dropped"]:
            catalog.services.drop_item(
                item=self._derived(row), by=self.office, reason=row["reason"], now=self._ago(row["days_ago"])
            )

    def _derived(self, row: Mapping[str, Any]) -> Item:
        rows = Item.objects.select_related("agency", "field")
        found: Item = rows.get(agency__code=row["agency"], template=self.items[row["template"]].pk)
        return found

    # 动态调整

    def _adjustments(self) -> None:
        for row in self.told["adjustments"]:
            adjustment = catalog.services.propose(
                agency=self.agencies[row["agency"]],
                title=row["title"],
                reason=row["reason"],
                lines=[self._line(self.agencies[row["agency"]], line) for line in row["lines"]],
                in_force_on=self._day(row["in_days"]) if "in_days" in row else None,
                by=self.clerks[row["agency"]],
                now=self._ago(row["proposed"]),
            )
            decided = self._ago(row.get("decided", 0))
            if row["state"] == "rejected":
                catalog.services.reject(
                    adjustment=adjustment, remarks=row["remarks"], by=self.office, now=decided
                )
            elif row["state"] in ("approved", "applied"):
                day = self._day(row["in_days"]) if "in_days" in row else self._day(-row["in_force"])
                catalog.services.approve(adjustment=adjustment, in_force_on=day, by=self.office, now=decided)
            if row["state"] == "applied":
                catalog.services.apply_due(now=self._ago(row["in_force"]))

    def _line(self, agency: Agency, row: Mapping[str, Any]) -> catalog.services.ProposedLine:
        if row["action"] == "add":
            like = self._fresh(row["like"])
            draft = _said_of(replace(catalog.services.draft_of(like), serial=None), row)
            particulars = {"stage": _STAGES[row["stage"]]}
            return catalog.services.line_adding(agency, like.field, draft, particulars)
        item = self._fresh(row["item"])
        if row["action"] == "retire":
            return catalog.services.line_retiring(item)
        return catalog.services.line_changing(item, _said_of(catalog.services.draft_of(item), row))

    def _matters(self) -> None:
        for row in self.told["matters"]:
            matter = Matter(
                name=row["name"],
                field=self.fields[row["field"]],
                agency=self.agencies[row["agency"]],
                summary=row["summary"],
            )
            by = self.clerks[row["agency"]]
            catalog.services.save_matter(matter=matter, by=by)
            stages = {
                self.items[f"{row['field']}/{serial}"].pk: _STAGES[stage]
                for serial, stage in row["stages"].items()
            }
            catalog.services.set_matter_items(
                matter=matter, stages=stages, by=by, now=self._ago(row["days_ago"])
            )

    def _laws(self) -> None:
        for row in self.told["law_texts"]:
            law = Law.objects.get(number=row["number"])
            document = self.documents[row["document"]]
            disclosure.services.link_law(law=law, document=document, by=self.office, now=self.now)
            if row.get("in_force"):
                catalog.services.mark_law(law=law, state=LawState.IN_FORCE, by=self.office)
        for row in self.told["repealed_laws"]:
            successor = Law.objects.get(title=row["replaced_by"])
            catalog.services.mark_law(law=successor, state=LawState.IN_FORCE, by=self.office)
            catalog.services.repeal_law(
                law=Law.objects.get(title=row["title"]),
                on=row["on"],
                replaced_by=successor,
                by=self.office,
            )

    # Documents, and what is said of items

    def _archive(self) -> None:
        with _ARCHIVE.open("rb") as file:
            report = import_archive(file, agency=self.agencies["minzheng"], publish=True)
        if report.errors:
            raise ValueError(f"{_ARCHIVE.name}: {report.errors}")

    def _drafts(self) -> None:
        topics = {topic.code: topic for topic in Topic.objects.all()}
        for row in self.told["drafts"]:
            items = [self._fresh(key) for key in row["items"]]
            moment = self._ago(row["days_ago"])
            disclosure.services.create_document(
                by=self.clerks[row["agency"]],
                now=moment,
                agency=self.agencies[row["agency"]],
                kind="document",
                title=row["title"],
                issuer=self.agencies[row["agency"]].name,
                genre="公告",
                summary=row["summary"],
                body=row["body"],
                written_on=timezone.localdate(moment),
                topic=topics[code_for(row["topic"]) or ""],
                openness="proactive",
                fields=[item.field for item in items],
                items=items,
            )

    def _said(self) -> None:
        for row in self.told["elsewhere"]:
            item = self._fresh(row["item"])
            disclosure.services.keep_elsewhere(
                item,
                by=self.clerks[item.agency.code],
                platform=row["platform"],
                url=row["url"],
                now=self.now,
            )
        for row in self.told["declarations"]:
            item = self._fresh(row["item"])
            disclosure.services.declare_none_arose(
                [item], by=self.clerks[item.agency.code], note=row["note"], now=self._said_at(row)
            )

    def _said_at(self, row: Mapping[str, Any]) -> datetime:
        """The moment of a declaration: some days ago yet of this year, or the middle of an earlier year."""
        if "years_ago" in row:
            return self.now.replace(year=self.now.year - row["years_ago"], month=6, day=15)
        new_year = timezone.localtime(self.now).replace(month=1, day=1, hour=0, minute=0)
        return max(self._ago(row["days_ago"]), new_year)


def _said_of(draft: Draft, row: Mapping[str, Any]) -> Draft:
    """The draft with what the file says of it."""
    cells = {name: row[name] for name in _CELLS if name in row}
    if "add_basis" in row:
        cells["basis"] = f"{draft.basis}\n{row['add_basis']}"
    if "add_content" in row:
        cells["content"] = f"{draft.content}\n{row['add_content']}"
    return replace(draft, **cells)
