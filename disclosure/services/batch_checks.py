"""What is wrong with the rows of a batch (批量发布), at their cells: read-only, a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils import timezone

from agencies.models import Agency, User
from catalog.models import Item
from disclosure import numbering, rich_text, scanning, topics
from disclosure.models import BatchFile, Document, NoticeBatch, NoticeRow, Topic
from disclosure.notice_rows import (
    BY_KEY,
    LENGTHS,
    Checked,
    Seen,
    as_html,
    folded,
    read_date,
    several,
)
from disclosure.scanning import Line
from disclosure.services.findings import known_words
from disclosure.states import GENRES, Openness, Publication


def checked_rows(batch: NoticeBatch, *, by: User) -> list[Checked]:
    """Each row of the batch as it stands: values as a document takes them, errors, findings, its document."""
    rows = list(batch.rows.select_related("document__agency").order_by("position", "pk"))
    known = _Known(batch, rows, by)
    return [known.checked(row, number) for number, row in enumerate(rows, start=1)]


class _Known:
    """All that rows may name, read once."""

    def __init__(self, batch: NoticeBatch, rows: Iterable[NoticeRow], by: User) -> None:
        self.batch, self.today = batch, timezone.localdate()
        own = Agency.objects.in_subtree_of(batch.agency) & Agency.objects.in_scope_of(by).published()
        self.agencies: dict[str, Agency] = {}
        for agency in own:
            for name in (agency.code, agency.short_name, agency.name):
                if name:
                    self.agencies[folded(name)] = agency
        self.topics = {topic.code: topic for topic in Topic.objects.select_related("parent")}
        self.topic_names: dict[str, list[Topic]] = defaultdict(list)
        for topic in self.topics.values():
            self.topic_names[folded(topic.name)].append(topic)
        self.files: dict[str, BatchFile] = {}
        for kept in batch.files.all():
            self.files[folded(kept.name).casefold()] = kept
            self.files.setdefault(folded(kept.name).casefold().rsplit(".", 1)[0], kept)
        self.items = self._items(rows, by)
        self.words = known_words()
        texts = [row.values for row in rows]
        numbers = {numbering.normalise_doc_number(one.get("doc_number", "")) for one in texts} - {""}
        mine = [row.document_id for row in rows if row.document_id]
        taken = Document.objects.filter(doc_number__in=numbers).exclude(pk__in=mine)
        self.taken = set(taken.exclude(status=Publication.WITHDRAWN).values_list("doc_number", flat=True))
        same = Document.objects.filter(title__in={one.get("title", "") for one in texts} - {""})
        same = same.filter(agency__path__startswith=batch.agency.path).exclude(pk__in=mine)
        self.same_titles = set(same.exclude(status=Publication.WITHDRAWN).values_list("title", flat=True))
        self.first: dict[str, int] = {}

    def _items(self, rows: Iterable[NoticeRow], by: User) -> dict[str, list[Item]]:
        """Items by their code and their name, of those that rows name at all."""
        wanted = {folded(one) for row in rows for one in several(row.values.get("items", ""))}
        found: dict[str, list[Item]] = defaultdict(list)
        if wanted:
            for item in Item.objects.linkable_by(by).in_force().select_related("field"):
                for name in {folded(item.code), folded(item.levels[-1]) if item.levels else ""} & wanted:
                    found[name].append(item)
        return found

    def checked(self, row: NoticeRow, number: int) -> Checked:
        """One row."""
        texts = {key: str(row.values.get(key, "")) for key in BY_KEY}
        found = Checked(number, texts, pk=row.pk, document=row.document, struck_reason=row.struck_reason)
        if row.document is not None:
            return found
        for key, column in BY_KEY.items():
            if column.required and not texts[key].strip():
                found.errors[key] = f"请填写{column.heading}。"
            elif len(texts[key]) > LENGTHS.get(key, 10**6):
                found.errors[key] = f"最多{LENGTHS[key]}个字，现在有{len(texts[key])}个字。"
        self._values(found)
        self._files(found)
        self._twice(found)
        found.findings = self._seen(found)
        return found

    def _values(self, found: Checked) -> None:
        texts = found.texts
        body = rich_text.clean(as_html(texts["body"])).html
        keywords = [word[:60] for word in texts["keywords"].replace("，", " ").replace("、", " ").split()]
        number = numbering.normalise_doc_number(texts["doc_number"])
        if number and number in self.taken:
            found.errors["doc_number"] = "这个发文字号已经有一份文件在用，请核对。"
        genre = texts["genre"].strip()
        if genre and genre not in GENRES:
            found.errors["genre"] = f"体裁应是以下之一：{'、'.join(GENRES)}。"
        found.values = {
            "title": texts["title"].strip(),
            "agency": self._agency(found),
            "written_on": self._day(found),
            "topic": self._topic(found),
            "items": self._item_list(found),
            "genre": genre,
            "doc_number": number,
            "summary": texts["summary"].strip(),
            "body": body,
            "keywords": list(dict.fromkeys(keywords)),
            "openness": Openness.PROACTIVE,
            "is_notice": True,
        }

    def _agency(self, found: Checked) -> Agency | None:
        text = folded(found.texts["agency"])
        agency = self.agencies.get(text) if text else self.batch.agency
        if agency is None:
            found.errors["agency"] = f"「{text}」不是本批次单位或它的下属单位，请核对单位名称。"
        return agency

    def _day(self, found: Checked) -> date | None:
        text = found.texts["written_on"]
        try:
            day = read_date(text)
        except ValueError:
            found.errors["written_on"] = f"「{text}」不是日期，请写成 2026-03-02 这样。"
            return None
        if day and day > self.today:
            found.errors["written_on"] = "成文日期在今天之后，请核对。"
        return day

    def _topic(self, found: Checked) -> Topic | None:
        text = found.texts["topic"].strip()
        if not text:
            return None
        code = topics.code_for(text)
        named = self.topic_names.get(folded(text), [])
        topic = self.topics.get(code) if code else None
        if topic is None and len(named) == 1:
            topic = named[0]
        if topic is None and len(named) > 1:
            choices = "；".join(str(one) for one in named[:4])
            found.errors["topic"] = f"「{text}」在几个大类里都有，请写全：{choices}。"
        elif topic is None:
            found.errors["topic"] = (
                f"没有「{text}」这一类，请在框里输几个字再选，或照模板的「主题分类」表写。"
            )
        return topic

    def _item_list(self, found: Checked) -> list[Item]:
        chosen: list[Item] = []
        for text in several(found.texts["items"]):
            named = self.items.get(folded(text), [])
            if len(named) == 1:
                chosen.append(named[0])
            elif named:
                codes = "、".join(item.code for item in named[:5])
                found.errors["items"] = f"「{text}」有{len(named)}项同名，请改写编码：{codes}。"
            else:
                found.errors["items"] = f"没有「{text}」这一项，或不是本单位能关联的，请核对名称或编码。"
        return chosen

    def _files(self, found: Checked) -> None:
        missing = []
        for text in several(found.texts["attachments"]):
            kept = self.files.get(folded(text).casefold())
            if kept is None:
                missing.append(text)
            elif kept not in found.files:
                found.files.append(kept)
        if missing:
            near = "、".join(f"「{one.name}」" for one in map(self._near, missing) if one is not None)
            perhaps = f"上传的有{near}，是它的话请改文件名；" if near else ""
            found.errors["attachments"] = (
                f"没有上传「{'、'.join(missing)}」：{perhaps}请补传，或改成上传的文件名。"
            )
        elif not found.files and not found.texts["body"].strip():
            found.errors["body"] = "正文和附件都是空的：请写正文，或者填附件的文件名。"

    def _near(self, text: str) -> BatchFile | None:
        """An uploaded file of the same name but for its ending: saved anew, and the list says .doc."""
        return self.files.get(folded(text).casefold().rsplit(".", 1)[0])

    def _twice(self, found: Checked) -> None:
        title = found.values["title"]
        if not title:
            return
        earlier = self.first.setdefault(f"{found.values['agency']} {title}", found.position)
        if earlier != found.position:
            found.errors["title"] = f"和第{earlier}条标题相同，请删去一条，或在标题里写明区别。"
        elif title in self.same_titles:
            found.errors["title"] = "已经有一份同样标题的文件，请核对是不是重复，或在标题里写明区别。"

    def _seen(self, found: Checked) -> list[Seen]:
        """What the scanner will say of the document to be (`findings.scan`)."""
        values = found.values
        text = rich_text.to_text(values["body"]).split("\n")
        body = [Line(f"正文第{n}段", line) for n, line in enumerate(text, start=1) if line]
        files = [
            scanning.File(kept.name.rsplit(".", 1)[0], kept.name.rsplit(".", 1)[-1].lower(), kept.sha256)
            for kept in found.files
        ]
        seen: list[Any] = []
        for area, lines in (
            ("标题", [Line("标题", values["title"])]),
            ("一句话看懂", [Line("一句话看懂", values["summary"])]),
            ("正文", body),
            ("附件名称", [Line("附件名称", one.title) for one in files]),
        ):
            seen.extend(scanning.in_lines(area, lines, words=self.words, today=self.today))
        seen.extend(scanning.dates(body, written_on=values["written_on"], today=self.today))
        seen.extend(scanning.attachments(values["title"], body, files))
        told = [Seen(one.place, one.excerpt, one.advice) for one in scanning.once(seen)]
        return told + [Seen(**one) for kept in found.files for one in kept.findings]
