"""Papers made for tests: PDF, OFD and Word files of the invented county, set as GB/T 9704 has it."""

import io
import zipfile
from dataclasses import dataclass
from xml.sax.saxutils import escape

import docx
import pikepdf
from docx.enum.text import WD_ALIGN_PARAGRAPH

WIDTH, HEIGHT, LEFT, RIGHT, SIZE, STEP = 595, 842, 80, 518, 16, 29


@dataclass
class Paper:
    """What a paper says; the parts that are empty are left out."""

    letterhead: str = "青澜县人民政府办公室文件"
    number: str = "青政办发〔2026〕5号"
    title: tuple[str, ...] = ("青澜县人民政府办公室", "关于做好2026年稻渔综合种养补贴工作的通知")
    recipients: str = "各乡镇人民政府，县政府各部门："
    body: tuple[str, ...] = (
        "为稳定稻渔综合种养面积，经县人民政府同意，现就2026年补贴工作有关事项通知如下，请结合实际认真抓好落实。",
        "一、补贴对象",
        "在澜水沿线从事稻渔综合种养、面积不少于10亩的农户、家庭农场和农民合作社。联合申报的，由牵头单位统一登记。",
        "二、补贴标准",
        "（一）新建基地每亩补贴400元；（二）续建基地每亩补贴200元。补贴资金通过“一卡通”发放。",
    )
    attachments: tuple[str, ...] = ("2026年稻渔综合种养补贴申请表", "2026年稻渔综合种养基地名单")
    signers: tuple[str, ...] = ("青澜县人民政府办公室",)
    day: str = "2026年3月2日"
    openness: str = "（此件公开发布）"
    imprint: tuple[str, ...] = (
        "抄送：县委办公室，县人大常委会办公室。",
        "青澜县人民政府办公室　2026年3月3日印发",
    )

    @property
    def whole_title(self) -> str:
        """The title in one."""
        return "".join(self.title)


def printed(paper: Paper) -> list[list[tuple[float, float, float, str]]]:
    """The paper on pages: (left, baseline from the top, size, text) of each line."""
    lines: list[tuple[str, str]] = []
    for kind, texts in (
        ("head", (paper.letterhead,)),
        ("center", (paper.number,)),
        ("title", paper.title),
        ("flush", (paper.recipients,)),
        ("indent", paper.body),
    ):
        lines += [(kind, text) for text in texts if text]
    for at, name in enumerate(paper.attachments):
        lead = "附件：" if at == 0 else "　　　"
        count = f"{at + 1}．" if len(paper.attachments) > 1 else ""
        lines.append(("indent", f"{lead}{count}{name}"))
    lines += [("right", text) for text in (*paper.signers, paper.day) if text]
    lines += [("indent", paper.openness)] if paper.openness else []
    lines += [("flush", text) for text in paper.imprint]
    pages, at = [[]], 90.0
    for kind, text in lines:
        for left, size, part in _broken(kind, text):
            if at > HEIGHT - 90:
                pages.append([])
                at = 90.0
            pages[-1].append((left, at, size, part))
            at += STEP
    for number, page in enumerate(pages, start=1):
        page.append((WIDTH / 2 - 20, HEIGHT - 50, 12, f"— {number} —"))
    return pages


def _broken(kind, text):
    size = {"head": 28, "title": 22}.get(kind, SIZE)
    if kind in {"head", "title", "center"}:
        yield (WIDTH - width_of(text, size)) / 2, size, text
        return
    if kind == "right":
        yield RIGHT - width_of(text, size) - 2 * size, size, text
        return
    line, left = "", LEFT + (2 * size if kind == "indent" else 0)
    for character in text:
        if left + width_of(line + character, size) > RIGHT and character not in "，。；：、）》”":
            yield left, size, line
            line, left = "", LEFT
        line += character
    yield left, size, line


def width_of(text, size):
    """As the font of these files has it: Chinese full, letters half."""
    return sum(size if ord(c) > 255 else size / 2 for c in text)


def pdf(pages, *, pictures=(), order=lambda page: page, **save):
    """A PDF of `printed` pages; `pictures`: numbers of pages that are a picture. The font is not embedded."""
    file = pikepdf.Pdf.new()
    font = file.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Font,
            Subtype=pikepdf.Name.Type0,
            BaseFont=pikepdf.Name("/STSong-Light"),
            Encoding=pikepdf.Name("/UniGB-UCS2-H"),
            DescendantFonts=[
                pikepdf.Dictionary(
                    Type=pikepdf.Name.Font,
                    Subtype=pikepdf.Name.CIDFontType0,
                    BaseFont=pikepdf.Name("/STSong-Light"),
                    CIDSystemInfo=pikepdf.Dictionary(
                        Registry=pikepdf.String("Adobe"), Ordering=pikepdf.String("GB1"), Supplement=2
                    ),
                    DW=1000,
                    W=[1, [*[500] * 95]],
                    FontDescriptor=pikepdf.Dictionary(
                        Type=pikepdf.Name.FontDescriptor,
                        FontName=pikepdf.Name("/STSong-Light"),
                        Flags=6,
                        Ascent=880,
                        Descent=-120,
                        CapHeight=880,
                        ItalicAngle=0,
                        StemV=93,
                        FontBBox=[-25, -254, 1000, 880],
                    ),
                )
            ],
        )
    )
    for number, page in enumerate(pages, start=1):
        made = file.add_blank_page(page_size=(WIDTH, HEIGHT))
        if number in pictures:
            made.contents_add(b"q 300 0 0 300 100 300 cm 0 0 0 rg 0 0 1 1 re f Q")
            continue
        made.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        parts = [
            f"BT /F1 {size} Tf 1 0 0 1 {left:.1f} {HEIGHT - at:.1f} Tm "
            f"<{text.encode('utf-16-be').hex()}> Tj ET"
            for left, at, size, text in order(page)
        ]
        made.contents_add("\n".join(parts).encode())
    target = io.BytesIO()
    file.save(target, **save)
    return target.getvalue()


MM = 25.4 / 72
NAMESPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'


def ofd(pages, *, extra=(), order=lambda page: page, split=False):
    """An OFD of `printed` pages; `split`: each character an object of its own."""
    members = {
        "OFD.xml": f"<ofd:OFD {NAMESPACE}><ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>"
        "</ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f"<ofd:Document {NAMESPACE}><ofd:Pages>"
        + "".join(f'<ofd:Page ID="{n}" BaseLoc="Pages/Page_{n}/Content.xml"/>' for n in range(len(pages)))
        + "</ofd:Pages></ofd:Document>",
    }
    for number, page in enumerate(pages):
        objects = []
        for left, at, size, text in order(page):
            pieces = [text]
            if split:
                pieces = list(text)
            for piece in pieces:
                width = width_of(piece, size)
                objects.append(
                    f'<ofd:TextObject ID="9" Boundary="{left * MM:.2f} {(at - size) * MM:.2f} '
                    f'{width * MM:.2f} {size * 1.2 * MM:.2f}" Size="{size * MM:.2f}">'
                    f'<ofd:TextCode X="0" Y="{size * MM:.2f}">{escape(piece)}</ofd:TextCode></ofd:TextObject>'
                )
                left += width
        members[f"Doc_0/Pages/Page_{number}/Content.xml"] = (
            f"<ofd:Page {NAMESPACE}><ofd:Content><ofd:Layer>{''.join(objects)}</ofd:Layer></ofd:Content>"
            "</ofd:Page>"
        )
    members |= dict(extra)
    return packed(members)


def packed(members):
    """A zip of texts."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            # Always the same moment: equal papers are equal files.
            info = zipfile.ZipInfo(name, (2026, 3, 2, 9, 0, 0))
            archive.writestr(info, text, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def word(paper: Paper, change=lambda made: None):
    """A Word file of the paper; `change` works on it before it is saved."""
    made = docx.Document()

    def add(text, align=None):
        paragraph = made.add_paragraph(text)
        paragraph.alignment = align

    center, right = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT
    names = [
        ("附件：" if at == 0 else "") + (f"{at + 1}. " if len(paper.attachments) > 1 else "") + name
        for at, name in enumerate(paper.attachments)
    ]
    for align, texts in (
        (center, (paper.letterhead, paper.number, *paper.title)),
        (None, (paper.recipients, *paper.body, *names)),
        (right, (*paper.signers, paper.day)),
        (None, (paper.openness, *paper.imprint)),
    ):
        for text in filter(None, texts):
            add(text, align)
    change(made)
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()
