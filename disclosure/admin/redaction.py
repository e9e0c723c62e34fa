"""遮盖 (脱敏): boxes on the pages of a draft's PDF, what it will look like, and then the new file.

What was drawn waits in the session between drawing and saving: nothing is stored that nobody confirmed, and
what is saved is what was looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple
from secrets import token_hex
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from agencies.admin.acts import ServiceAdmin, staff
from disclosure import rules, services
from disclosure.admin.parts import attachment_url, replace_url
from disclosure.models import SignedOriginal
from disclosure.pdf_pages import Box, Look, WrongBox
from disclosure.pdf_pages.boxes import MOST_BOXES, read_box
from disclosure.services import NotAllowed
from disclosure.services.pdf_pages import Source, draw_page, look_at, name_of, original_of, refuse_no_pdf

#: Pixels across of a page on the screen; so many findings have a tick of their own, the rest one together.
WIDTH, TICKS = 900, 300
#: Rows for boxes of one's own, and how many more a click brings; each is five fields (Django's most: 1000).
MOST_ROWS, MORE_ROWS = 120, 5
_SESSION, _KEPT = "redactions", 3
_PARTS = ("page", "left", "top", "width", "height")
_LABELS = ("页", "左", "上", "宽", "高")
_KINDS = {"mobile": "手机号码", "id_number": "身份证号码", "bank_card": "银行卡号", "address": "住址"}


class RedactionPages(ServiceAdmin):
    """Adds 遮盖 to the admin of a publishable thing. Attachment 0 stands for the signed original."""

    def get_urls(self) -> Any:
        """With drawing, the look before saving, and the pages as pictures."""
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        view = self.admin_site.admin_view
        one = "<int:object_id>/attachments/<int:attachment_id>/redact/"
        ours = [
            path(one, view(self.redact_view), name=f"{name}_redact"),
            path(f"{one}check/<str:key>/", view(self.redact_check_view), name=f"{name}_redact_check"),
            path(f"{one}pages/<int:number>/", view(self.redact_page_view), name=f"{name}_redact_page"),
        ]
        return [*ours, *super().get_urls()]

    def _to_redact(self, request: HttpRequest, object_id: int, attachment_id: int) -> tuple[Any, Source]:
        """The draft and its PDF, for whoever may change its attachments."""
        obj = self.object_for_act(request, str(object_id), lambda one: rules.can_edit(staff(request), one))
        source = obj.attachments.filter(pk=attachment_id).first() if attachment_id else original_of(obj)
        if source is None or not source.file:
            raise Http404
        return obj, source

    def _redact_url(self, page: str, obj: Any, attachment_id: int, *more: Any) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}"
        return reverse(name, args=[obj.pk, attachment_id, *more])

    def redact_view(self, request: HttpRequest, object_id: int, attachment_id: int) -> HttpResponse:
        """Tick what was found, draw or type boxes; `?again=` brings back those of a look before saving."""
        obj, source = self._to_redact(request, object_id, attachment_id)
        try:
            refuse_no_pdf(source)
            look = look_at(source)
        except NotAllowed as refusal:
            return self._redact_answer(request, obj, source, "draw", {"problems": refusal.messages})
        kept = _kept(request, request.GET.get("again", ""), source)
        drawing = Drawing(look, kept)
        if request.method == "POST":
            drawing.read(request)
            if "more" not in request.POST and not drawing.problems:
                key = _keep(request, source, drawing.boxes, look)
                return HttpResponseRedirect(self._redact_url("redact_check", obj, attachment_id, key))
        context = {
            "problems": drawing.problems,
            "drawing": drawing,
            "pages": self._pictures(obj, attachment_id, look.sizes),
            "silent": "、".join(map(str, look.silent[:20])),
            "all_silent": len(look.silent) == len(look.sizes),
        }
        return self._redact_answer(request, obj, source, "draw", context)

    def redact_check_view(
        self, request: HttpRequest, object_id: int, attachment_id: int, key: str
    ) -> HttpResponse:
        """What it will look like; with the button that makes it so."""
        obj, source = self._to_redact(request, object_id, attachment_id)
        draw_again = self._redact_url("redact", obj, attachment_id)
        kept = _kept(request, key, source)
        if kept is None:
            self.message_user(request, "画的框已经过期，或者文件换过了，请重新画。", messages.WARNING)
            return HttpResponseRedirect(draw_again)
        boxes = _boxes_of(kept)
        problems: list[str] = []
        if request.method == "POST":
            try:
                made = self._redact(request, source, boxes)
            except NotAllowed as refusal:
                problems = refusal.messages
            else:
                request.session[_SESSION].pop(key, None)
                request.session.modified = True
                done = f"「{made.title}」已经是遮盖过的文件，请打开再看一遍。"
                self.log_change(request, obj, f"遮盖附件「{made.title}」，{len(boxes)}处")
                self.message_user(request, done, messages.SUCCESS)
                return HttpResponseRedirect(replace_url(made))
        context = {
            "problems": problems,
            "pages": self._pictures(obj, attachment_id, kept["sizes"], f"?key={key}"),
            "count": len(boxes),
            "marked": "、".join(map(str, sorted({box.page for box in boxes})[:30])),
            "again_url": f"{draw_again}?again={key}",
        }
        return self._redact_answer(request, obj, source, "check", context)

    def _redact(self, request: HttpRequest, source: Source, boxes: list[Box]) -> Any:
        if isinstance(source, SignedOriginal):
            return services.redact_original(source, by=staff(request), boxes=boxes)
        return services.redact_attachment(source, by=staff(request), boxes=boxes, seen=source.sha256)

    def redact_page_view(
        self, request: HttpRequest, object_id: int, attachment_id: int, number: int
    ) -> HttpResponse:
        """A page as a picture; with `?key=` as it will be. Nobody keeps it."""
        _, source = self._to_redact(request, object_id, attachment_id)
        boxes: list[Box] = []
        if "key" in request.GET:
            kept = _kept(request, request.GET["key"], source)
            if kept is None:
                raise Http404
            boxes = _boxes_of(kept)
        try:
            content = draw_page(source, number, width=WIDTH, boxes=boxes)
        except NotAllowed as refusal:
            raise Http404 from refusal
        response = HttpResponse(content, content_type="image/jpeg")
        response["Cache-Control"] = "no-store"
        return response

    def _pictures(
        self, obj: Any, attachment_id: int, sizes: list[Any], query: str = ""
    ) -> list[dict[str, Any]]:
        return [
            {
                "number": number,
                "url": self._redact_url("redact_page", obj, attachment_id, number) + query,
                "width": WIDTH,
                "height": round(WIDTH * height / max(width, 1)),
            }
            for number, (width, height) in enumerate(sizes, start=1)
        ]

    def _redact_answer(
        self, request: HttpRequest, obj: Any, source: Source, page: str, more: dict[str, Any]
    ) -> HttpResponse:
        change = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[obj.pk])
        original = isinstance(source, SignedOriginal)
        context = {
            **self.admin_site.each_context(request),
            "title": f"遮盖：{name_of(source)}",
            "thing": obj,
            "is_original": original,
            "source_name": name_of(source),
            "source_url": reverse("admin:disclosure_signedoriginal_file", args=[source.pk])
            if original
            else attachment_url(source),
            "back_url": change,
            "opts": self.opts,
            **more,
        }
        return TemplateResponse(request, f"admin/disclosure/pdf/{page}.html", context)


class Drawing:
    """The boxes of one page of drawing: ticks, rows, and what is wrong with them."""

    def __init__(self, look: Look, kept: dict[str, Any] | None) -> None:
        self._look, self._sizes = look, len(look.sizes)
        self.problems: list[str] = []
        self.boxes: list[Box] = []
        known = {one.wire for one in look.found}
        self._ticked = {box.wire for box in _boxes_of(kept)} & known if kept else known
        self._rest = kept is None or {one.wire for one in look.found[TICKS:]} <= self._ticked
        own = [box for box in _boxes_of(kept) if box.wire not in known] if kept else []
        self._rows = [
            [str(box.page), *(f"{number:.2f}" for number in astuple(box)[1:])] for box in own[:MOST_ROWS]
        ]
        self._spare = MORE_ROWS

    def read(self, request: HttpRequest) -> None:
        """What came by POST: `boxes` and `problems` say what it means."""
        posted = request.POST
        self._ticked, self._rest = set(posted.getlist("found")), "rest" in posted
        columns = [posted.getlist(f"box-{part}") for part in _PARTS]
        rows = [[word.strip() for word in row] for row in zip(*columns, strict=False)]
        # The page alone says nothing yet: the script fills it in first.
        self._rows = [row for row in rows if any(row[1:])]
        ticked = [one.wire for one in self._look.found[:TICKS] if one.wire in self._ticked]
        rest = [one.wire for one in self._look.found[TICKS:]] if self._rest else []
        found: dict[str, Box] = {}
        for words in [*(wire.split(",") for wire in (*ticked, *rest)), *self._rows]:
            try:
                box = read_box(words, pages=self._sizes)
            except WrongBox as error:
                self.problems.append(str(error))
            else:
                found[box.wire] = box
        self.boxes = list(found.values())
        if not self.problems and not self.boxes:
            self.problems.append("还没有要遮盖的地方：请勾选找到的个人信息，或者画框、填数字。")
        if len(self.boxes) > MOST_BOXES or len(self._rows) > MOST_ROWS:
            self.problems.append(f"自己画的框一次最多{MOST_ROWS}个：请把挨着的合成大框，或分两次遮盖。")
        if "more" in posted:
            self.problems, self._spare = [], MORE_ROWS * 2

    @property
    def groups(self) -> Iterator[tuple[int, list[dict[str, Any]]]]:
        """Findings with a tick of their own, by page: (page, ticks)."""
        pages: dict[int, list[dict[str, Any]]] = {}
        for one in self._look.found[:TICKS]:
            tick = {
                "wire": one.wire,
                "label": f"{_KINDS[one.kind]} {one.masked}",
                "ticked": one.wire in self._ticked,
            }
            pages.setdefault(one.page, []).append(tick)
        yield from pages.items()

    @property
    def count(self) -> int:
        """How many boxes were found."""
        return len(self._look.found)

    @property
    def rest(self) -> dict[str, Any]:
        """What was found beyond `TICKS`: how many, and whether they go too."""
        return {"count": max(0, self.count - TICKS), "ticked": self._rest}

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows for boxes of one's own, with some empty ones."""
        spare = max(0, min(self._spare, MOST_ROWS - len(self._rows)))
        return [
            {
                "number": number,
                "cells": [
                    {
                        "part": part,
                        "label": f"第{number}个框：{label}",
                        "value": value,
                        "most": self._sizes if part == "page" else 100,
                    }
                    for part, label, value in zip(_PARTS, _LABELS, row, strict=True)
                ],
            }
            for number, row in enumerate([*self._rows, *([[""] * 5] * spare)], start=1)
        ]

    @property
    def labels(self) -> tuple[str, ...]:
        """The heads of the columns."""
        return tuple(label if label == "页" else f"{label}（%）" for label in _LABELS)


def _keep(request: HttpRequest, source: Source, boxes: list[Box], look: Look) -> str:
    """Put boxes aside in the session, for this file alone; the newest few stay."""
    key = token_hex(8)
    kept = {
        "sha256": source.sha256,
        "of": f"{source._meta.label}-{source.pk}",
        "boxes": [astuple(box) for box in boxes],
        "sizes": look.sizes,
    }
    others = list(request.session.get(_SESSION, {}).items())[-(_KEPT - 1) :]
    request.session[_SESSION] = {**dict(others), key: kept}
    return key


def _kept(request: HttpRequest, key: str, source: Source) -> dict[str, Any] | None:
    """What was put aside under a key, if it was for this very file."""
    kept: dict[str, Any] | None = request.session.get(_SESSION, {}).get(key)
    mine = kept is not None and kept["of"] == f"{source._meta.label}-{source.pk}"
    return kept if kept is not None and mine and kept["sha256"] == source.sha256 else None


def _boxes_of(kept: dict[str, Any]) -> list[Box]:
    return [Box(*one) for one in kept["boxes"]]
