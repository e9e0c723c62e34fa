"""Pictures and recordings of an interpretation: which is which, what each still lacks, whose captions. Pure.

An attachment here is anything with `title`, `alt`, `text` and `file_type` (the ending of its content's type).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

PICTURES = frozenset({"jpg", "jpeg", "png", "gif", "webp"})
SOUND, FILM, CAPTIONS = "mp3", "mp4", "vtt"


@dataclass(frozen=True)
class Recording:
    """Sound or film with its captions, where there are any."""

    attachment: Any
    captions: Any = None

    @property
    def is_film(self) -> bool:
        """Whether there is something to see."""
        return bool(self.attachment.file_type == FILM)


@dataclass(frozen=True)
class Sorted:
    """The attachments by how a page shows them."""

    pictures: list[Any]
    recordings: list[Recording]
    others: list[Any]


def sort(attachments: Iterable[Any]) -> Sorted:
    """Part pictures, recordings (each with its captions) and files to be fetched."""
    rows = list(attachments)
    tracks = [row for row in rows if row.file_type == CAPTIONS]
    recorded = [row for row in rows if row.file_type in {SOUND, FILM}]
    owned = [Recording(row, _captions_of(row, recorded, tracks)) for row in recorded]
    used = {id(one.captions) for one in owned}
    shown = {id(row) for row in recorded}
    pictures = [row for row in rows if row.file_type in PICTURES]
    shown |= {id(row) for row in pictures}
    others = [row for row in rows if id(row) not in shown and id(row) not in used]
    return Sorted(pictures, owned, others)


def _captions_of(row: Any, recorded: list[Any], tracks: list[Any]) -> Any:
    """The captions that bear the recording's name; the only ones of the only film need not."""
    named = next((track for track in tracks if _stem(track.title) == _stem(row.title)), None)
    films = [one for one in recorded if one.file_type == FILM]
    if named is None and len(tracks) == 1 and films == [row]:
        return tracks[0]
    return named


def _stem(title: str) -> str:
    name, dot, ending = title.strip().rpartition(".")
    return name if dot and ending.isascii() and len(ending) <= 4 else title.strip()


def lacking(attachments: Iterable[Any]) -> list[str]:
    """Sentences on what keeps people who do not see or hear from the same content (适老化, 无障碍)."""
    found = []
    for row in attachments:
        if row.file_type in PICTURES and not row.alt.strip():
            found.append(f"图片「{row.title}」还没有图片说明：请写一句图上是什么，看不见图的人靠它了解。")
        if row.file_type in {SOUND, FILM} and not row.text.strip():
            kind = "视频" if row.file_type == FILM else "音频"
            found.append(f"{kind}「{row.title}」还没有文字稿：请把说的话逐句写出来，听不见的人靠它了解。")
    return found


def unread_story(attachments: Iterable[Any], *, has_body: bool) -> str:
    """A sentence where a picture story (一图读懂) has its words nowhere as text; else empty."""
    pictures = [row for row in attachments if row.file_type in PICTURES]
    if not pictures or has_body or any(row.text.strip() for row in pictures):
        return ""
    return "图解上的文字还没有写成文字：请写在图片的「文字内容」或正文里，读屏、搜索和打印都要用。"
