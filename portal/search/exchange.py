"""Synonyms as a flat table, Excel or CSV, in and out (django-import-export), saved through the services.

A row is known by its term and its way. All errors are shown at their rows, then all or nothing. What does
not stand in the file stays as it is.
"""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

import tablib
from django.core.exceptions import ValidationError
from import_export import fields, resources

from agencies.exchange import Text, TextWorkbook
from agencies.forms import SEPARATORS
from portal.search import services, words
from portal.search.models import Synonym, Way

MOST_ROWS = 5_000
HEADINGS = {
    "term": "规范用语",
    "others": "其他说法",
    "way": "方式",
    "note": "来源或说明",
    "is_active": "启用",
}
_YES, _NO = "是", "否"
_WAYS = {str(label): value for value, label in Way.choices}
#: What a spreadsheet would run as a formula; a quotation mark before it keeps it a text.
_FORMULA = ("=", "+", "-", "@")


class SynonymTable(TextWorkbook):
    """An .xlsx of texts, or a .csv in UTF-8 or in the code page of a Chinese Excel."""

    sheet_name = "同义词"

    def create_dataset(self, in_stream: bytes) -> Any:
        """Read the first sheet, or the lines. Raises ValueError with a sentence for anything else."""
        if in_stream[:2] == b"PK":
            return super().create_dataset(in_stream)
        try:
            text = in_stream.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = in_stream.decode("gb18030", errors="replace")
        if "\0" in text or "\ufffd" in text:
            raise ValueError("打不开这个文件。请用 Excel 另存为 .xlsx 或者 CSV 格式后再上传。")
        head = text.partition("\n")[0]
        separator = max(",;\t", key=head.count)
        rows = list(csv.reader(StringIO(text, newline=""), delimiter=separator))
        if len(rows) > MOST_ROWS + 1:
            raise ValueError(f"表里超过 {MOST_ROWS} 行。请分成几个文件，或检查是不是传错了文件。")
        dataset = tablib.Dataset()
        dataset.headers = [cell.strip() for cell in rows[0]] if rows else []
        width = len(dataset.headers)
        for row in rows[1:]:
            dataset.append([_bare(cell) for cell in (*row, *([""] * width))[:width]])
        return dataset


def _bare(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(_FORMULA) else cell


def as_csv(rows: Any) -> bytes:
    """The table as lines that Excel opens in Chinese."""
    out = StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(HEADINGS.values())
    for row in rows:
        cells = shown(row).values()
        writer.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
    return out.getvalue().encode("utf-8-sig")


def shown(row: Synonym) -> dict[str, str]:
    """The cells of a group, by column."""
    return {
        "term": row.words[0],
        "others": "、".join(row.words[1:]),
        "way": str(Way(row.way).label),
        "note": row.note,
        "is_active": _YES if row.is_active else _NO,
    }


class _Cell(fields.Field):  # type: ignore[misc]
    """A column, written from `shown`."""

    def export(self, instance: Any, **kwargs: Any) -> str:
        return shown(instance)[self.attribute]


class SynonymResource(resources.ModelResource):  # type: ignore[misc]
    """Columns, and the way of a row to the service."""

    class Meta:
        model = Synonym
        fields = tuple(HEADINGS)
        import_id_fields = ("term",)
        use_transactions = True
        clean_model_instances = False
        report_skipped = True

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._known: dict[tuple[str, str], Synonym] = {}
        self._seen: dict[tuple[str, str], int] = {}
        self.fields = {
            name: _Cell(attribute=name, column_name=heading, widget=Text())
            for name, heading in HEADINGS.items()
        }

    @classmethod
    def get_display_name(cls) -> str:
        """The name on the page."""
        return "同义词和政策用语"

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        """Check the heading."""
        headings = [heading for heading in dataset.headers or [] if heading]
        missing = [HEADINGS[name] for name in ("term", "others") if HEADINGS[name] not in headings]
        if missing:
            said = f"第1行没有找到这些列：{'、'.join(missing)}。请先导出一份，按它的表头填写。"
            raise ValidationError(said)
        unknown = [heading for heading in headings if heading not in HEADINGS.values()]
        if unknown:
            raise ValidationError(f"不认识这些列：{'、'.join(unknown)}。请删掉，或按导出表的表头改名。")
        if repeated := sorted({heading for heading in headings if headings.count(heading) > 1}):
            raise ValidationError(f"这些列出现了两次：{'、'.join(repeated)}。请各留一列。")
        self._known = {(row.head, row.way): row for row in Synonym.objects.all()}

    def import_row(self, row: Any, instance_loader: Any, **kwargs: Any) -> Any:
        """One row through the service; everything wrong with it in one go."""
        result = self.get_row_result_class()()
        result.row_values = row
        try:
            self._write(row, result, kwargs["user"], kwargs.get("row_number", 0))
        except ValidationError as error:
            result.import_type = result.IMPORT_TYPE_INVALID
            result.validation_error = _in_words(error)
        return result

    def _write(self, row: dict[str, Any], result: Any, user: Any, number: int) -> None:
        values = {name: _text(row.get(heading)) for name, heading in HEADINGS.items()}
        if not any(values.values()):
            result.import_type, result.diff = result.IMPORT_TYPE_SKIP, []
            return
        head = words.plain(values["term"])
        way = _way(values["way"]) or self._only_way(head)
        key = (head, way)
        if key in self._seen:
            said = f"和第 {self._seen[key] + 1} 行是同一个规范用语、同一种方式，请合成一行。"
            raise ValidationError({"term": said})
        self._seen[key] = number
        known = self._known.get(key)
        before = shown(known) if known else {}
        merged = before | {name: text for name, text in values.items() if HEADINGS[name] in row}
        wanted: dict[str, Any] = {
            "term": merged["term"],
            "others": [one for one in SEPARATORS.split(merged["others"]) if one.strip()],
            "way": way,
            "note": merged.get("note", ""),
            "is_active": _is_yes(merged.get("is_active", "")),
        }
        if known is None or _differs(known, wanted):
            known = services.keep_synonym(known, by=user, **wanted)
        after = shown(known)
        result.diff = [(before.get(name, ""), after[name]) for name in HEADINGS]
        result.instance = known
        result.add_instance_info(known)
        result.import_type = result.IMPORT_TYPE_UPDATE if before else result.IMPORT_TYPE_NEW
        if before == after:
            result.import_type = result.IMPORT_TYPE_SKIP

    def _only_way(self, head: str) -> str:
        """The way of the one group that the term has; a new one, or one of two, is meant both ways."""
        ways = [way for term, way in self._known if term == head]
        return ways[0] if len(ways) == 1 else str(Way.BOTH.value)


def _differs(row: Synonym, wanted: dict[str, Any]) -> bool:
    there = (row.words, row.note, row.is_active)
    return there != (
        services.tidy(wanted["term"], wanted["others"]),
        wanted["note"].strip(),
        wanted["is_active"],
    )


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _way(text: str) -> str:
    found = _WAYS.get(text.replace("->", "→")) if text else ""
    if found is None:
        raise ValidationError({"way": f"方式应是下面之一：{'、'.join(_WAYS)}；空着就照原来的。"})
    return found


def _is_yes(text: str) -> bool:
    if text not in ("", _YES, _NO):
        raise ValidationError({"is_active": f"启用应写「{_YES}」或「{_NO}」；空着就是{_YES}。"})
    return text != _NO


def _in_words(error: ValidationError) -> ValidationError:
    """The same error with the headings of the sheet in place of field names."""
    if not hasattr(error, "error_dict"):
        return error
    return ValidationError({HEADINGS.get(name, name): said for name, said in error.message_dict.items()})
