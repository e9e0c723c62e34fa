"""Loading the invented county through the services, as its people would have entered it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, cast

from django.core.files import File
from django.db import transaction

import agencies.services
import catalog.services
import disclosure.services
import interpretation.services
from agencies.models import Agency, FormerName, User
from agencies.roles import CLERK, OFFICE, REVIEWER
from catalog.drafts import ChannelUse, Draft
from catalog.models import Field, Item
from catalog.states import Stage
from disclosure.models import Document, Topic
from disclosure.services.findings import key_of
from disclosure.services.signing import Decision
from disclosure.states import FindingKind, StepOutcome
from disclosure.topics import code_for
from interpretation.models import Attachment, Interpretation
from portal.demo import living, logins, registers, searches, texts
from portal.demo.texts import ROOT, Text

Say = Callable[[str], None]

_OFFICE = "county-office"
#: Those who review for the county before the office signs (初审, 复审, 保密审查).
_LEADERS = (
    ("leader-first", "县政府初审人"),
    ("leader-second", "县政府分管领导"),
    ("leader-secrecy", "县保密审查员"),
)
#: Signs over links alone (手机审签); nobody knows the number until an administrator sets another.
_ON_THE_PHONE = "leader-second"
_CONTACT = {"office": "disclosure_office"}
_PLAIN = (
    "kind title doc_number issuer genre keywords summary written_on effective_on expires_on "
    "is_policy is_normative openness no_interpretation_reason"
).split()
#: What a text's `validity` may be when it goes out; a repeal is recorded by the service that repeals.
_REPEALED = "repealed"


class CountyLoader:
    """Puts the demo county into an empty installation, all of it or nothing."""

    def __init__(self, say: Say) -> None:
        self.say = say
        self.agencies: dict[str, Agency] = {}
        self.clerks: dict[str, User] = {}
        self.items: dict[str, Item] = {}
        self.documents: dict[str, Document] = {}
        self.leaders: list[User] = []

    @transaction.atomic
    def load(self) -> dict[str, int]:
        """Load everything and return the counts."""
        self._agencies()
        self._staff()
        self._catalog()
        waiting = self._drafts()
        self._interpretations()
        self._publish(waiting)
        self._repeals()
        self.say("目录的动态调整、声明、模板、依据和一件事")
        self._living().load()
        self.say("备案、复核和报审登记")
        registers.Registers(
            office=self.office, leader=self.leaders[0], clerks=self.clerks, agencies=self.agencies
        ).load()
        self.say("大家在找什么、推荐结果")
        searches.Searches(office=self.office, agencies=self.agencies, documents=self.documents).load()
        disclosure.services.refresh_all()
        return {
            "agencies": Agency.objects.count(),
            "items": Item.objects.count(),
            "documents": Document.objects.count(),
            "interpretations": Interpretation.objects.count(),
            "users": User.objects.count(),
        }

    def _living(self) -> living.LivingCatalog:
        return living.LivingCatalog(
            office=self.office,
            clerks=self.clerks,
            agencies=self.agencies,
            items=self.items,
            documents=self.documents,
        )

    def _agencies(self) -> None:
        rows = texts.table("agencies.json")
        self.say(f"单位 {len(rows)} 个")
        for row in rows:
            details = self._details(row)
            if row["parent"] is None:
                root = Agency.objects.root()
                agencies.services.correct_agency_name(agency=root, name=row["name"], by=None)
                agency = agencies.services.update_agency(agency=root, by=None, **details)
            else:
                agency = agencies.services.create_agency(
                    code=row["code"],
                    name=row["name"],
                    kind=row["kind"],
                    parent=self.agencies[row["parent"]],
                    by=None,
                    **details,
                )
            for former in row["former_names"]:
                # Renamings long past: the service renames as of now, so these rows are entered as history.
                FormerName.objects.create(
                    agency=agency,
                    name=former["name"],
                    valid_from=former.get("valid_from"),
                    valid_to=former["valid_to"],
                    note=former.get("note") or "",
                )
            self.agencies[agency.code] = agency

    @staticmethod
    def _details(row: dict[str, Any]) -> dict[str, Any]:
        contact = {_CONTACT.get(name, name): value for name, value in row["contact"].items()}
        started = row.get("active_from")
        return {
            **contact,
            "short_name": row["short_name"],
            "aliases": row["aliases"],
            "credit_code": row["credit_code"],
            "duties": row["duties"],
            "order": row["order"],
            "active_from": date.fromisoformat(started) if started else None,
        }

    def _staff(self) -> None:
        drawn = logins.password()
        for role, username, full_name, code in logins.LOGINS:
            user = agencies.services.create_user(
                username=username,
                full_name=full_name,
                agency=self.agencies[code],
                roles=[role],
                password=drawn,
                by=None,
            )
            if role is CLERK:
                self.clerks[code] = user
            if role is OFFICE:
                self.office = user
        self.leaders = [
            agencies.services.create_user(
                username=username,
                full_name=full_name,
                agency=Agency.objects.root(),
                # They sign on paper or on the phone: accounts without a password.
                roles=[REVIEWER],
                by=None,
            )
            for username, full_name in _LEADERS
        ]
        for leader in self.leaders:
            if leader.username == _ON_THE_PHONE:
                pin = f"30{secrets.randbelow(10**8):08d}"
                agencies.services.set_pin(user=leader, pin=pin, by=leader)
        for code, agency in self.agencies.items():
            if code not in self.clerks and agency.kind != "village":
                self.clerks[code] = agencies.services.create_user(
                    username=f"{code}-clerk",
                    full_name=f"{agency.label}经办人",
                    agency=agency,
                    # The office's own clerk ties a bureau's interpretation to the county's unpublished paper.
                    roles=[CLERK, OFFICE] if code == _OFFICE else [CLERK],
                    by=None,
                )

    def _catalog(self) -> None:
        townships = [agency for agency in self.agencies.values() if agency.kind == "township"]
        catalog.services.map_subject(text="各乡镇人民政府", agencies=townships, by=self.office)
        stages = {str(stage.label): stage.value for stage in Stage}
        first_day = living.written()["first_day"]
        for sheet in texts.catalogs():
            self.say(f"目录 {sheet['field']} {len(sheet['items'])} 项")
            field = Field.objects.get(slug=sheet["field"])
            for row in sheet["items"]:
                item = catalog.services.create_item(
                    agency=self.agencies[sheet["agency"]],
                    field=field,
                    draft=_draft(row),
                    by=self.office,
                    on=first_day,
                    stage=stages.get(row.get("stage") or "", ""),
                )
                self.items[f"{sheet['field']}/{row['serial']}"] = item

    def _drafts(self) -> list[Text]:
        found = texts.texts("documents")
        self.say(f"文件 {len(found)} 份")
        slugs = {field.slug: field for field in Field.objects.all()}
        topics = {topic.code: topic for topic in Topic.objects.all()}
        notes = texts.settings("drafting.toml")
        for text in found:
            meta = text.meta
            by = self.clerks[meta["agency"]]
            document = disclosure.services.create_document(
                by=by,
                source_id=meta["id"],
                now=_before(text, hours=30),
                agency=self.agencies[meta["agency"]],
                topic=topics[code_for(meta["topic"]) or ""],
                body=text.body,
                validity="" if meta["validity"] == _REPEALED else meta["validity"],
                fields=[slugs[slug] for slug in meta["fields"]],
                items=[self.items[key] for key in meta["items"]],
                **{name: meta[name] for name in _PLAIN if name in meta},
            )
            for attachment in meta["attachments"]:
                with (ROOT / "files" / attachment["file"]).open("rb") as file:
                    disclosure.services.add_attachment(
                        document, by=by, file=File(file, name=attachment["file"]), title=attachment["title"]
                    )
            if said := notes.get(meta["id"]):
                disclosure.services.keep_drafting_note(document, by=by, **said)
            self.documents[meta["id"]] = document
        return [text for text in found if text.meta["status"] != "draft"]

    def _interpretations(self) -> None:
        found = texts.texts("interpretations")
        self.say(f"解读 {len(found)} 篇")
        for text in found:
            meta = text.meta
            explained = [self.documents[key] for key in meta["documents"]]
            own = all(document.agency.code == meta["agency"] for document in explained)
            by = self.clerks[meta["agency"] if own else _OFFICE]
            first = explained[0]
            thing = interpretation.services.create_interpretation(
                by=by,
                source_id=meta["id"],
                now=_before(text, hours=29),
                agency=self.agencies[meta["agency"]],
                title=meta["title"],
                summary=meta["summary"],
                body=text.body,
                forms=meta["forms"],
                contact=meta["contact"],
                interpreter=meta["interpreter"],
                elements=meta.get("elements", {}),
                topic=first.topic,
                written_on=first.written_on,
                documents=explained,
            )
            self._pictures(thing, by, meta.get("attachments", []))
            self._confirm_unread(thing, by, text)
            interpretation.services.submit(thing, by=by, now=_before(text, hours=28))

    @staticmethod
    def _pictures(thing: Interpretation, by: User, attachments: list[dict[str, str]]) -> None:
        """Pictures and recordings with what stands beside them."""
        for one in attachments:
            with (ROOT / "files" / one["file"]).open("rb") as file:
                stored = disclosure.services.add_attachment(
                    thing, by=by, file=File(file, name=one["file"]), title=one["title"]
                )
            interpretation.services.describe_attachment(
                cast(Attachment, stored), by=by, alt=one.get("alt", ""), text=one.get("text", "")
            )

    def _publish(self, waiting: list[Text]) -> None:
        ordered = sorted(waiting, key=lambda text: text.meta.get("published_at") or "9999")
        for number, text in enumerate(ordered, start=1):
            self.say(f"公开 {number}/{len(ordered)} {text.meta['title']}")
            document = self.documents[text.meta["id"]]
            by = self.clerks[text.meta["agency"]]
            self._confirm_unread(document, by, text)
            disclosure.services.submit(document, by=by, now=_before(text, hours=26))
            if text.meta["status"] == "submitted":
                continue
            self._sign(document, text)
            if text.meta["status"] == "withdrawn":
                disclosure.services.withdraw(
                    document,
                    by=self.office,
                    reason=text.meta["withdrawn_reason"],
                    now=text.moment("withdrawn_at"),
                )

    @staticmethod
    def _confirm_unread(document: Document | Interpretation, by: User, text: Text) -> None:
        """A PDF or a picture is not looked through by the scanner: its clerk says to have read it."""
        unread = [key_of(one) for one in disclosure.services.scan(document) if one.kind == FindingKind.UNREAD]
        if unread:
            disclosure.services.justify(
                document,
                keys=unread,
                reason="已逐页看过，没有个人信息。",
                by=by,
                now=_before(text, hours=26),
            )

    def _sign(self, document: Document, text: Text) -> None:
        """Step by step, each by another leader; the office signs last."""
        document = Document.objects.get(pk=document.pk)
        for leader in self.leaders:
            if document.is_at_last_step:
                break
            if leader.username == _ON_THE_PHONE:
                document = self._sign_on_the_phone(document, leader, text)
                continue
            document = disclosure.services.agree(
                document, by=leader, secrecy_cleared=True, now=_before(text, hours=2)
            )
        disclosure.services.approve(
            document, by=self.office, secrecy_cleared=True, now=text.moment("published_at")
        )

    def _sign_on_the_phone(self, document: Document, leader: User, text: Text) -> Document:
        """Over a link that the clerk hands on."""
        moment = _before(text, hours=2)
        clerk = self.clerks[text.meta["agency"]]
        made = disclosure.services.make_link(document, user=leader, by=clerk, now=moment)
        decision = Decision(StepOutcome.AGREED, secrecy_cleared=True)
        room: Any = disclosure.services
        signed: Document = disclosure.services.sign_by_link(made.link, decision, room=room, now=moment)
        return signed

    def _repeals(self) -> None:
        for text in texts.texts("documents"):
            if text.meta.get("repealed_by"):
                disclosure.services.repeal(
                    self.documents[text.meta["id"]],
                    by=self.office,
                    on=text.meta["repealed_on"],
                    repealed_by=Document.objects.get(pk=self.documents[text.meta["repealed_by"]].pk),
                )


def _before(text: Text, *, hours: int) -> datetime | None:
    """Return a moment before publication; what is not published yet was done just now."""
    moment = text.moment("published_at")
    return moment - timedelta(hours=hours) if moment else None


def _draft(row: dict[str, Any]) -> Draft:
    channels = row["channels"]
    required = [ChannelUse(name, "required") for name in channels.get("required", [])]
    optional = [ChannelUse(name, "optional") for name in channels.get("optional", [])]
    return Draft(
        serial=row["serial"],
        levels=row["levels"],
        content=row["content"],
        basis=row["basis"],
        time_limit=row["time_limit"],
        subject=row["subject"],
        channels=[*required, *optional],
        audience=row["audience"],
        manner=row["manner"],
        tiers=row["tiers"],
        telephone=row["telephone"],
    )
