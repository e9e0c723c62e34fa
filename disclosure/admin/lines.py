"""The lines of a publishable thing that the back office shows and nobody types."""

from __future__ import annotations

from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from disclosure import rich_text
from disclosure.admin.parts import person_line
from disclosure.models import Publishable
from disclosure.states import Publication, ReviewLevel


class RecordLines:
    """Columns and read-only fields: the body as it reads, the state, who did what when."""

    @admin.display(description="正文")
    def body_shown(self, obj: Publishable) -> SafeString:
        """The body as it reads, cleaned once more (STACK, trap 1); its wide tables scroll."""
        body = mark_safe(rich_text.clean(obj.body).html)  # noqa: S308 - cleaned in this line
        frame = '<div class="body-shown" role="region" aria-label="正文" tabindex="0">{}</div>'
        return format_html(frame, body)

    @admin.display(description="状态")
    def state(self, obj: Publishable) -> SafeString:
        """The state as a mark."""
        label = str(Publication(obj.status).label)
        if getattr(obj, "corrects_id", None) and obj.status != Publication.APPLIED:
            label = f"更正稿·{label}"
        if obj.status == Publication.SUBMITTED and obj.waiting_level:
            label += f"（{ReviewLevel(obj.waiting_level).label}）"
        if obj.status == Publication.SCHEDULED and obj.publish_at:
            label += f"（{timezone.localtime(obj.publish_at):%m-%d %H:%M}）"
        return format_html('<span class="state state-{}">{}</span>', obj.status, label)

    @admin.display(description="公开单位", ordering="agency__order")
    def owner(self, obj: Publishable) -> str:
        """The agency's short name."""
        return obj.agency.label

    @admin.display(description="首次公开")
    def published_line(self, obj: Publishable) -> str:
        """Time of first publication here, or the day that an archive brought."""
        if obj.published_at:
            return timezone.localtime(obj.published_at).strftime("%Y-%m-%d %H:%M")
        return f"{obj.published_on}（原网站发布日期）" if obj.published_on else ""

    @admin.display(description="经办")
    def created_line(self, obj: Publishable) -> str:
        """Who drafted."""
        return person_line(obj.created_by, obj.created_at)

    @admin.display(description="提交")
    def submitted_line(self, obj: Publishable) -> str:
        """Who submitted."""
        return person_line(obj.submitted_by, obj.submitted_at)

    @admin.display(description="审核")
    def approved_line(self, obj: Publishable) -> str:
        """Who approved."""
        return person_line(obj.approved_by, obj.approved_at)

    @admin.display(description="撤下")
    def withdrawn_line(self, obj: Publishable) -> str:
        """Who took it down."""
        return person_line(obj.withdrawn_by, obj.withdrawn_at)

    @admin.display(description="紧急下线")
    def offline_line(self, obj: Publishable) -> str:
        """Who took it offline last."""
        return person_line(obj.offline_by, obj.offline_at)

    @admin.display(description="恢复")
    def restored_line(self, obj: Publishable) -> str:
        """Who put it back."""
        return person_line(obj.restored_by, obj.restored_at)
