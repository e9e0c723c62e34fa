"""紧急下线 in the back office: words, a button in the list of what was searched for, search by address."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from agencies.admin.acts import staff
from disclosure import rules
from disclosure.models import Publishable
from disclosure.states import Publication

OFFLINE_RECORD = ("offline_line", "offline_reason", "restored_line", "restored_reason")
_WORDS = {
    "take_offline": "确定后立即从网站各处消失：网页、列表、搜索、订阅、接口、附件、Word，连标题也不再显示。"
    "只解读这一份的解读随之下线；还解读别的公开文件的，请另外核对。"
    "之后由县政府办公室决定恢复公开，还是转为撤下。",
    "restore": "请核对内容确实可以公开。恢复后，下线以前的标题、正文和附件立即重新公开，首次公开时间不变，"
    "随它下线的解读一起恢复。内容要改的，恢复以后才能点「起草更正稿」，更正稿签发以前网页上仍是旧内容；"
    "有一处不能再让人看到的，请不要恢复：转为撤下，再点「复制为新草稿」，改好后送审公开。",
}
_SETTLE = (
    "转为撤下后，原网页会显示标题和您写的撤下原因。"
    "标题本身也不能公开的，请不要转为撤下：保持紧急下线，网站上什么都不显示。"
)
_TITLE_AGAIN = (
    "请核对标题确实可以公开。它下线以前已经撤下：恢复后，原网页重新显示标题和撤下原因，正文和附件仍不公开。"
)
_CLOSES = (
    "请逐项核对标题、正文和附件。公开更正后的内容时，更正前的各个版本同时停止公开，只显示更正说明，以后不能恢复；"
    "更正说明里也不要写不宜公开的内容。"
)
#: 18 digits always fit a bigint.
_ADDRESS = r"(?:^|/){}/(\d{{1,18}})(?:[/.?#]|$)"


def explain(move: str, thing: Publishable) -> str:
    """What the page of one of these acts says; an empty text for any other act."""
    if move == "withdraw" and thing.status == Publication.OFFLINE:
        return _SETTLE
    if move == "restore" and thing.withdrawn_at:
        return _TITLE_AGAIN
    if move in {"approve", "schedule"} and thing.closes_earlier:
        return _CLOSES
    return _WORDS.get(move, "")


class OfflineLinks:
    """The list after a search, for whoever may act: a button on each row."""

    public_address: str

    def get_list_display(self, request: HttpRequest) -> Any:
        """With the button, once something was searched for."""
        shown = super().get_list_display(request)  # type: ignore[misc]
        user = staff(request)
        if not (request.GET.get("q", "").strip() and rules.may_take_offline(user)):
            return shown

        @admin.display(description="紧急下线")
        def button(obj: Publishable) -> SafeString | str:
            if not rules.can_take_offline(user, obj):
                return ""
            name = f"admin:{obj._meta.app_label}_{obj._meta.model_name}_move"
            address = reverse(name, args=[obj.pk, "take_offline"])
            label = f"紧急下线：{obj.title}"
            return format_html('<a class="move" href="{}" aria-label="{}">紧急下线</a>', address, label)

        # Beside the title: the last column of a wide list lies beyond the screen.
        return [shown[0], button, *shown[1:]]

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """Find a thing by the address of its public page: what a caller reads out or sends."""
        room = re.escape(self.public_address.strip("/").split("/")[0])
        found = re.search(_ADDRESS.format(room), search_term.strip())
        if found:
            return queryset.filter(pk=int(found[1])), False
        return super().get_search_results(request, queryset, search_term)  # type: ignore[misc]
