"""What stands beside a picture or a recording for people who do not see or hear it."""

from __future__ import annotations

from agencies.models import User
from disclosure import rich_text, rules
from disclosure.services import publication
from disclosure.services.errors import NotAllowed
from interpretation.models import Attachment


def describe_attachment(attachment: Attachment, *, by: User, alt: str, text: str) -> Attachment:
    """Write 图片说明 (alt) and 文字内容 (transcript, words of a picture story) of a draft's attachment.

    They are content like any word: whoever writes them has a hand in it. Raises NotAllowed.
    """
    with publication.act(by=by, action="describe_attachment"):
        fresh = publication.locked(attachment.interpretation)
        if not rules.can_edit(by, fresh):
            raise NotAllowed("附件的文字只能在草稿里改，由本单位经办人办理。")
        row = Attachment.objects.get(pk=attachment.pk)
        row.alt = " ".join(rich_text.storable(alt).split())
        row.text = rich_text.storable(text).strip()
        if len(row.alt) > 300:
            raise NotAllowed(f"图片说明最多300个字，现在有{len(row.alt)}个字，长的请写在「文字内容」里。")
        row.save(update_fields=["alt", "text"])
        publication.add_editor(fresh, by=by)
        fresh.save(update_fields=["editor_ids", "updated_at"])
    return row
