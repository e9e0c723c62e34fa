"""How much of an interpretation is copied from its paper: by rule, and on the real archive."""

import json
from pathlib import Path

import pytest

from disclosure.rich_text import to_text
from interpretation import media
from interpretation.abridgement import overlap

ARCHIVE = Path(__file__).resolve().parents[3] / "shared" / "data" / "documents.jsonl"
PAPER = (
    "年满八十周岁的老年人凭身份证到户籍所在地村民委员会登记。"
    "次月起按月领取高龄津贴，每人每月八十元。"
    "已经享受特困人员救助供养的不重复领取。"
    "村民委员会每半年公示一次领取人员名单。"
)
OWN = "临江镇的李奶奶今年八十一岁，她拿着身份证去村里登记，下个月卡上就多了八十元，孩子在外地也能替她办。"


@pytest.mark.parametrize(
    ("text", "abridged"),
    [
        (PAPER * 2, True),
        (PAPER.replace("，", "、").replace("八十元", "80元") * 2, True),
        (OWN * 4, False),
        (OWN * 4 + PAPER, False),
        (PAPER, False),  # too short to say anything of its manner
        ("", False),
        ("根据《青澜县高龄津贴发放管理办法》（青民发〔2026〕3号）。" * 6 + OWN * 3, False),
    ],
)
def test_what_is_a_mere_abridgement(text, abridged):
    assert overlap(text, [PAPER]).is_abridgement is abridged


def test_real_interpretations_of_real_papers():
    """Of the archive few are mere abridgements; those that are copied whole are told from those that are not.

    The data stand beside the project; where they are missing, the cases above say the same.
    """
    if not ARCHIVE.exists():
        return
    rows = [json.loads(line) for line in ARCHIVE.read_text(encoding="utf-8").splitlines()]
    bodies = {row["id"]: to_text(row.get("body") or "") for row in rows}
    shares = []
    for row in rows:
        papers = [
            bodies.get(one, "")
            for one in [row.get("relates_to_id"), *(row.get("relates_to_ids") or [])]
            if one
        ]
        if row.get("kind") == "interpretation" and any(papers):
            found = overlap(bodies[row["id"]], papers)
            if found.counted:
                shares.append((found.share, found.is_abridgement))
    assert len(shares) > 20
    assert sum(abridged for _, abridged in shares) < len(shares) / 2
    paper = max(bodies.values(), key=len)
    assert overlap(paper, [paper]).is_abridgement


class _File:
    def __init__(self, title, file_type, alt="", text=""):
        self.title, self.file_type, self.alt, self.text = title, file_type, alt, text


def test_captions_find_their_recording():
    film, other, sound = _File("宣讲", "mp4"), _File("访谈", "mp4"), _File("广播", "mp3")
    own, loose = _File("宣讲.vtt", "vtt"), _File("字幕", "vtt")
    found = media.sort([film, other, sound, own, loose, _File("图", "png"), _File("表", "xlsx")])
    assert [(one.attachment.title, one.captions) for one in found.recordings] == [
        ("宣讲", own),
        ("访谈", None),
        ("广播", None),
    ]
    assert [one.title for one in found.others] == ["字幕", "表"]
    assert media.sort([film, loose]).recordings[0].captions is loose
    assert media.lacking([film, _File("图", "png", alt="说明"), _File("图二", "jpg")]) == [
        "视频「宣讲」还没有文字稿：请把说的话逐句写出来，听不见的人靠它了解。",
        "图片「图二」还没有图片说明：请写一句图上是什么，看不见图的人靠它了解。",
    ]
