"""Agencies as a flat Excel table, in and out (django-import-export), saved through the services.

Columns are declared once and used both ways. All errors are shown at their rows, then all or nothing.
"""

from __future__ import annotations

import re
from copy import copy
from datetime import date, datetime
from io import BytesIO
from typing import Any
from zipfile import BadZipFile, ZipFile

import tablib
import xlsxwriter
from django.core.exceptions import ValidationError
from import_export import fields, resources
from import_export.formats.base_formats import XLSX
from import_export.widgets import Widget
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from agencies import services
from agencies.forms import AgencyForm
from agencies.kinds import AgencyKind
from agencies.models import Agency, User

#: A county has some hundred agencies; more rows than this is another file.
MOST_ROWS = 5_000
#: Bytes of the workbook unpacked: a small zip can hold a very large sheet.
MOST_UNPACKED = 50 * 1024 * 1024
_HEADINGS = {
    "code": "代码",
    "name": "全称",
    "short_name": "简称",
    "aliases": "群众常用叫法",
    "kind": "性质",
    "parent": "上级单位代码",
    "credit_code": "统一社会信用代码",
    "duties": "主要职能",
    "disclosure_office": "信息公开工作机构",
    "address": "办公地址",
    "postcode": "邮政编码",
    "office_hours": "办公时间",
    "phone": "联系电话",
    "fax": "传真号码",
    "email": "电子邮箱",
    "responsible": "联系岗位",
    "order": "排序",
    "active_from": "成立日期",
}


class TextWorkbook(XLSX):  # type: ignore[misc]
    """An .xlsx in which every cell is text: "=1+1" stays a text, and a long number keeps its digits."""

    sheet_name = "单位"

    def export_data(self, dataset: Any, **kwargs: Any) -> bytes:
        """Write the sheet."""
        out = BytesIO()
        book = xlsxwriter.Workbook(out, {"in_memory": True})
        sheet = book.add_worksheet(self.sheet_name)
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "num_format": "@"})
        plain = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
        for column, heading in enumerate(dataset.headers or []):
            sheet.write_string(0, column, str(heading), bold)
        for line, row in enumerate(dataset, 1):
            for column, value in enumerate(row):
                sheet.write_string(line, column, "" if value is None else str(value), plain)
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, max(len(dataset.headers or []) - 1, 0), 22)
        book.close()
        return out.getvalue()

    def create_dataset(self, in_stream: bytes) -> Any:
        """Read the first sheet. Raises ValueError with a sentence for anything that is not such a sheet."""
        try:
            with ZipFile(BytesIO(in_stream)) as parts:
                unpacked = sum(part.file_size for part in parts.infolist())
            if unpacked > MOST_UNPACKED:
                raise ValueError
            book = load_workbook(BytesIO(in_stream), read_only=True, data_only=True)
        except (BadZipFile, InvalidFileException, KeyError, OSError, ValueError) as error:
            raise ValueError("打不开这个文件。请用 Excel 另存为 .xlsx 格式（不加密码）后再上传。") from error
        dataset = tablib.Dataset()
        wide = len(_HEADINGS) * 2
        for number, row in enumerate(book.worksheets[0].iter_rows(values_only=True, max_col=wide)):
            if number > MOST_ROWS:
                raise ValueError(f"表里超过 {MOST_ROWS} 行。请分成几个文件，或检查是不是传错了文件。")
            if number == 0:
                dataset.headers = [str(cell or "").strip() for cell in row]
            else:
                dataset.append(row)
        return dataset


class Text(Widget):  # type: ignore[misc]
    """A text cell; lists and codes are written as their words."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        """As read by `_as_text`."""
        return str(value or "")

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        """Never a number, a date or None."""
        if isinstance(value, list):
            return "、".join(value)
        if isinstance(value, Agency):
            return value.code
        return "" if value is None else str(value)


class AgencyResource(resources.ModelResource):  # type: ignore[misc]
    """Columns and the way of a row to the services. Names and places change on their own pages only."""

    class Meta:
        model = Agency
        fields = tuple(_HEADINGS)
        import_id_fields = ("code",)
        skip_unchanged = True
        report_skipped = True
        use_transactions = True
        clean_model_instances = False

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._seen: set[str] = set()
        self._known: dict[str, Agency] = {}
        self._in_scope: set[str] = set()
        self.fields = {
            name: fields.Field(
                attribute="get_kind_display" if name == "kind" else name, column_name=heading, widget=Text()
            )
            for name, heading in _HEADINGS.items()
        }

    @classmethod
    def get_display_name(cls) -> str:
        """The name on the page."""
        return "单位"

    def get_queryset(self) -> Any:
        """All of them; whether this user may change a row is the service's question."""
        return Agency.objects.select_related("parent")

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        """Check the heading and drop rows that are empty through and through."""
        headings = [heading for heading in dataset.headers or [] if heading]
        missing = [_HEADINGS[name] for name in ("code", "name", "kind") if _HEADINGS[name] not in headings]
        if missing:
            raise ValidationError(
                f"第1行没有找到这些列：{'、'.join(missing)}。请先导出一份，按它的表头填写。"
            )
        unknown = [heading for heading in headings if heading not in _HEADINGS.values()]
        if unknown:
            raise ValidationError(f"不认识这些列：{'、'.join(unknown)}。请删掉，或按导出表的表头改名。")
        if repeated := sorted({heading for heading in headings if headings.count(heading) > 1}):
            raise ValidationError(f"这些列出现了两次：{'、'.join(repeated)}。请各留一列。")
        self._known = {agency.code: agency for agency in self.get_queryset()}
        self._in_scope = set(Agency.objects.in_scope_of(kwargs["user"]).values_list("code", flat=True))

    def import_row(self, row: Any, instance_loader: Any, **kwargs: Any) -> Any:
        """One row through the form's checks and the services; everything wrong with it in one go."""
        result = self.get_row_result_class()()
        result.row_values = row
        try:
            self._write(row, result, kwargs["user"])
        except ValidationError as error:
            result.import_type = result.IMPORT_TYPE_INVALID
            result.validation_error = in_words(error)
        return result

    def _write(self, row: dict[str, Any], result: Any, user: User) -> None:
        values = _as_texts(row)
        if not any(values.values()):
            result.import_type = result.IMPORT_TYPE_SKIP
            result.diff = []
            return
        code = values.get("code", "")
        if not code:
            raise ValidationError({"code": "代码不能空着。"})
        if code in self._seen:
            raise ValidationError({"code": f"代码 {code} 在表里出现了两次，请删掉一行。"})
        self._seen.add(code)
        agency = self._known.get(code)
        if agency and code not in self._in_scope:
            raise ValidationError({"code": "这个单位不在您的管理范围内，请从表里删掉这一行。"})
        before = self._shown(agency) if agency else {}
        data = self._checked(values, agency)
        if agency is None:
            agency = services.create_agency(by=user, **data)
            self._known[code] = agency
        elif any(getattr(agency, name) != value for name, value in data.items()):
            agency = services.update_agency(agency=agency, by=user, **data)
        after = self._shown(agency)
        result.diff = [(before.get(name, ""), after[name]) for name in _HEADINGS]
        result.add_instance_info(agency)
        result.instance = agency
        result.import_type = result.IMPORT_TYPE_UPDATE if before else result.IMPORT_TYPE_NEW
        if before == after:
            result.import_type = result.IMPORT_TYPE_SKIP

    def _checked(self, values: dict[str, str], agency: Agency | None) -> dict[str, Any]:
        """What goes to the service. Raises ValidationError by field."""
        errors: dict[str, list[str]] = {}
        kinds = {str(label): value for value, label in AgencyKind.choices}
        shown = self._shown(agency) if agency else dict.fromkeys(_HEADINGS, "")
        merged = {**shown, **values}
        if merged["kind"] not in kinds:
            errors["kind"] = [f"性质应是下面之一：{'、'.join(kinds)}。"]
        if agency and merged["name"] != agency.name:
            errors["name"] = ["名称和系统里的不同。单位改名请在单位页面用「更名」办理，表里保留现名。"]
        if agency and merged["parent"] != shown["parent"]:
            errors["parent"] = ["上级单位和系统里的不同。请在单位页面用「迁移」办理，表里保留现上级。"]
        parent = agency.parent if agency else self._known.get(merged["parent"])
        if parent is None and agency is None:
            errors["parent"] = [
                f"没有代码为「{merged['parent']}」的单位。上级单位要排在前面，或者已在系统里。"
            ]
        posted = {**merged, "kind": kinds.get(merged["kind"], ""), "parent": parent.pk if parent else None}
        posted["order"] = merged["order"] or "0"
        form = AgencyForm(posted, instance=copy(agency))
        for name, found in form.errors.as_data().items():
            if name not in errors and name in _HEADINGS:
                errors[name] = [message for error in found for message in error.messages]
        if errors:
            raise ValidationError(errors)
        wanted = services.EDITABLE if agency else (*services.EDITABLE, "code", "name", "parent")
        return {name: form.cleaned_data[name] for name in wanted}

    def _shown(self, agency: Agency) -> dict[str, str]:
        return {name: str(self.fields[name].export(agency)) for name in _HEADINGS}


def in_words(error: ValidationError) -> ValidationError:
    """The same error with the headings of the sheet in place of field names."""
    if not hasattr(error, "error_dict"):
        return error
    return ValidationError({_HEADINGS.get(name, name): found for name, found in error.message_dict.items()})


def _as_texts(row: dict[str, Any]) -> dict[str, str]:
    """The row by field names, each cell as text. Raises ValidationError for numbers that Excel has spoilt."""
    names = {heading: name for name, heading in _HEADINGS.items()}
    texts: dict[str, str] = {}
    errors: dict[str, list[str]] = {}
    for heading, value in row.items():
        if heading not in names:
            continue
        try:
            texts[names[heading]] = _as_text(value)
        except ValueError as error:
            errors[names[heading]] = [str(error)]
    if errors:
        raise ValidationError(errors)
    return texts


def _as_text(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return "" if value is None else str(value)
    if isinstance(value, float) or (isinstance(value, int) and abs(value) >= 10**15):
        raise ValueError("这一格被 Excel 存成了数字，可能已丢失末几位。请把单元格改成文本格式后重新填写。")
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return re.sub(r"^[ \t\u3000]+|[ \t\u3000]+$", "", str(value))
