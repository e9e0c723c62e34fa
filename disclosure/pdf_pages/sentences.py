"""Why a PDF cannot be joined or redacted, in words that follow its name."""

from __future__ import annotations

#: Pages that are redacted at once, and that a joined file may have.
MOST_PAGES, MOST_JOINED = 100, 1_000

ENCRYPTED = "设了密码，打不开：请取消密码，重新导出后换文件，再来办。"
BROKEN = "打不开或已损坏：请在原来的软件里重新导出后换文件，再来办。"
TOO_MANY = f"超过{MOST_PAGES}页，不能一次遮盖：请先拆成几个文件，再分别遮盖。"
JOINED_TOO_MANY = f"加进来就超过{MOST_JOINED}页了：请少合并几个文件。"
TOO_SLOW = "太复杂，处理得太久，已经停止：请用「打印」另存为一份普通的 PDF，换文件后再来办。"


class Refused(Exception):  # noqa: N818 - an answer to a person
    """This file cannot be worked on; `part` is its place among several."""

    def __init__(self, sentence: str, part: int = 0) -> None:
        super().__init__(sentence)
        self.part = part
