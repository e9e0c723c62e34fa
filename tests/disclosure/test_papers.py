"""Signed papers read: text in full and in order, facts with their places; what cannot be read is said."""

import io
import zipfile
from dataclasses import replace
from datetime import date

import docx
import pikepdf
import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from disclosure.papers import Paragraph, RefusedPaper, UnreadPaper, process, read_paper
from disclosure.papers.characters import bare, plain, without_gaps
from disclosure.papers.dates import day_alone, day_in
from disclosure.papers.facts import propose
from disclosure.papers.terms import read_term
from disclosure.papers.word_numbers import written
from tests.papers_made import Paper, ofd, packed, pdf, printed, word

PAPER = Paper()


@pytest.fixture
def read(tmp_path):
    def of(content, extension):
        file = tmp_path / f"paper.{extension}"
        file.write_bytes(content)
        return read_paper(file, extension)

    return of


def facts(paper):
    return {name: fact.value for name, fact in propose(paper.paragraphs).facts.items()}


MADE = {
    "pdf": lambda: ("pdf", pdf(printed(PAPER))),
    "pdf drawn from the foot": lambda: ("pdf", pdf(printed(PAPER), order=lambda page: page[::-1])),
    "ofd": lambda: ("ofd", ofd(printed(PAPER))),
    "ofd by characters": lambda: ("ofd", ofd(printed(PAPER), split=True)),
    "docx": lambda: ("docx", word(PAPER)),
}


@pytest.mark.parametrize("name", MADE)
def test_the_facts_of_a_paper_in_every_format(read, name):
    extension, content = MADE[name]()
    paper = read(content, extension)
    assert facts(paper) == {
        "title": PAPER.whole_title,
        "doc_number": "青政办发〔2026〕5号",
        "issuer": "青澜县人民政府办公室",
        "written_on": "2026-03-02",
        "openness": "proactive",
        "recipients": "各乡镇人民政府，县政府各部门",
        "attachments": "\n".join(PAPER.attachments),
        "genre": "通知",
    }
    proposal = propose(paper.paragraphs)
    texts = [one.text for one in proposal.body]
    assert texts[0] == PAPER.recipients
    # Lines broken by the width of the page are paragraphs again, page numbers are gone, the imprint too.
    assert set(PAPER.body) < set(texts)
    assert not any("抄送" in text or "印发" in text or text.startswith("—") for text in texts)
    assert proposal.facts["doc_number"].place == ("第2段" if extension == "docx" else "第1页")
    assert proposal.facts["doc_number"].quote == "青政办发〔2026〕5号"


def test_addressees_run_together_with_what_is_around_them():
    number, names = "青政办发〔2026〕5号", "各乡镇人民政府，县政府各部门"
    lines = [
        "青澜县人民政府办公室文件",
        number,
        "关于做好补贴工作的通知",
        f"{number}{names}：现就有关事项通知如下：",
    ]
    found = propose([Paragraph(n, 1, line) for n, line in enumerate(lines, 1)])
    assert found.facts["recipients"].value == names


def test_text_over_pages_is_kept_in_full(read):
    long = replace(
        PAPER, body=tuple(f"第{n}条　" + "澜水沿岸稻渔综合种养补贴办法。" * 9 for n in range(1, 40))
    )
    for extension, make in (("pdf", pdf), ("ofd", ofd)):
        pages = printed(long)
        paper = read(make(pages), extension)
        assert paper.pages == len(pages) > 5
        given = [text for page in pages for *_, text in page]
        assert bare("".join(line.text for line in paper.lines)) == bare("".join(given))
        joined = [bare(one.text) for one in paper.paragraphs]
        assert [text for text in map(bare, long.body) if text not in joined] == []


def heads(*texts):
    return propose([Paragraph(n, 1, text) for n, text in enumerate(texts, start=1)])


BODY = "为进一步做好全县稻渔综合种养补贴工作，现将有关事项公告如下，请认真贯彻执行。"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["青民发[2026] 第07 号", "关于提高城乡低保标准的通知", BODY], "青民发〔2026〕7号"),
        (["青政〔２０２６〕１２号    签发人：某某", "关于报送水利规划的报告", BODY], "青政〔2026〕12号"),
        (
            ["青澜县人民政府令", "第5号", "《青澜县河道管理办法》已经县政府常务会议通过，现予公布。"],
            "青澜县人民政府令第5号",
        ),
        (["青澜县民政局公告", "2026年第3号", "关于社会组织年检结果的公告", BODY], "2026年第3号"),
        (["关于印发《补贴办法》的通知", "青农发﹝2026﹞9号", "各乡镇：", BODY], "青农发〔2026〕9号"),
        (["〔2022〕49号", "关于调整公交线路的通告", BODY], "〔2022〕49号"),
        (["关于公示低保名单的公告", "根据国办发〔2016〕80号文件要求，现将名单公示如下。"], None),
    ],
)
def test_document_numbers_as_letterheads_write_them(lines, expected):
    fact = heads(*lines).facts.get("doc_number")
    assert (fact.value if fact else None) == expected
    if expected == "〔2022〕49号":
        assert "缺少机关代字" in fact.warning


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            [
                "青澜县人民政府文件",
                "青政发〔2026〕1号",
                "青澜县人民政府关于印发《青澜县乡村建设",
                "管理办法（试行）》的通知",
                "各乡镇：",
            ],
            "青澜县人民政府关于印发《青澜县乡村建设管理办法（试行）》的通知",
        ),
        (["通    知", "各村民小组：", BODY], None),
        (["公 示", BODY], None),
        (["关于2026年秋季", "招生工作的", "公告", BODY], "关于2026年秋季招生工作的公告"),
        (
            ["特急", "青澜县应急管理局文件", "青应急〔2026〕3号", "关于做好汛期值班的紧急通知", "各乡镇："],
            "关于做好汛期值班的紧急通知",
        ),
        (["青澜县人民政府令", "第5号", "《青澜县河道管理办法》已经通过，现予公布。"], "青澜县河道管理办法"),
        (
            ["关于征求《青澜县公园管理办法》意见的公告", "（2026年3月2日）", BODY],
            "关于征求《青澜县公园管理办法》意见的公告",
        ),
    ],
)
def test_titles(lines, expected):
    fact = heads(*lines).facts.get("title")
    assert (fact.value if fact else None) == expected


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ("（此件公开发布）", "proactive"),
        ("此件主动公开", "proactive"),
        ("公开属性：主动公开", "proactive"),
        ("（此件依申请公开）", "on_request"),
        ("【此件不公开】", "withheld"),
        ("（此件不予公开）", "withheld"),
        ("（此件删减后公开）", None),
        (
            "此件办理情况请于月底前报县政府办公室，由各单位负责公开说明，有关材料一并存档，以便以后查考核对使用，不得遗失和外传。",
            None,
        ),
    ],
)
def test_openness_as_it_is_printed(note, expected):
    proposal = heads("关于做好防汛工作的通知", "各乡镇：", BODY, "青澜县应急管理局", "2026年3月2日", note)
    fact = proposal.facts.get("openness")
    assert (fact.value if fact else None) == expected
    if "删减" in note:
        assert "不是全文公开" in proposal.notes[0]


def test_signatures_of_several_offices_and_days_in_words():
    proposal = heads(
        "关于联合开展检查的通知", "各乡镇：", BODY,
        "青澜县民政局　　青澜县财政局", "青澜县医疗保障局", "二○二六年三月十一日",
        "附件1", "检查表", "青澜县民政局", "2025年1月1日",
    )  # fmt: skip
    assert proposal.facts["issuer"].value == "青澜县民政局、青澜县财政局、青澜县医疗保障局"
    assert proposal.written_on == date(2026, 3, 11)


def test_what_is_not_there_stays_empty_and_is_listed():
    proposal = heads("关于停水的通告", BODY)
    assert proposal.missing == ["doc_number", "issuer", "written_on", "openness"]
    printed_only = heads("关于停水的通告", BODY, "抄送：县委。", "青澜县水利局  2026年3月3日印发")
    assert "written_on" in printed_only.missing
    assert "印发日期是2026-03-03" in " ".join(printed_only.notes)
    assert propose([]).missing[0] == "title"


def test_a_mark_of_secrecy_is_seen():
    for mark in ("秘密★1年", "机 密", "绝密★长期"):
        assert heads(mark, "青澜县人民政府文件", "青政发〔2026〕1号", "关于某事的通知", BODY).secrecy == bare(
            mark
        )
    assert heads("关于保密工作的通知", "机密文件的管理办法如下。").secrecy == ""


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("二〇二六年三月二日", date(2026, 3, 2)),
        ("二O二六年十一月廿三日", date(2026, 11, 23)),
        ("二零二六年十月三十一日", date(2026, 10, 31)),
        ("２０２６ 年 3 月 ２ 日", date(2026, 3, 2)),
        ("2026年 月 日", None),
        ("2026年2月30日", None),
        ("2026年3月2日前", None),
    ],
)
def test_days_as_papers_write_them(text, day):
    assert day_alone(text) == day
    assert day_in(f"于{text}印发") == (day or (date(2026, 3, 2) if "前" in text else None))


def test_characters_that_only_look_right():
    assert plain("⻘澜县⼈⺠政府⾏政⻓") == "青澜县人民政府行政长"
    assert plain("（一）全文：１２３，ABC") == "（一）全文：１２３，ABC"
    assert without_gaps("青 澜 县 人 民 政 府") == "青澜县人民政府"
    assert without_gaps("2026 年 3 月 PDF  file") == "2026年3月PDF file"
    assert without_gaps("姓名 住址 低保金额") == "姓名 住址 低保金额"


# --- What cannot be read


def scan():
    return pdf([[], []], pictures=(1, 2))


def test_files_without_text_are_told_apart(read):
    with pytest.raises(UnreadPaper, match="扫描件") as told:
        read(scan(), "pdf")
    assert not isinstance(told.value, RefusedPaper)
    mixed = read(pdf([*printed(PAPER), []], pictures=(2,)), "pdf")
    assert mixed.picture_pages == [2]
    assert "第2页是图片" in mixed.notes[0]
    assert facts(mixed)["title"] == PAPER.whole_title


def locked():
    return pdf(printed(PAPER), encryption=pikepdf.Encryption(owner="zhu", user="mima", R=6))


def bomb():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("OFD.xml", "<OFD><DocRoot>" + "x" * 30_000_000 + "</DocRoot></OFD>")
    return target.getvalue()


DOCTYPE = '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'


@pytest.mark.parametrize(
    ("extension", "make", "said"),
    [
        ("pdf", locked, "密码"),
        ("pdf", lambda: b"%PDF-1.7 no body", "打不开"),
        ("pdf", lambda: pdf(printed(PAPER))[:900], "打不开"),
        ("ofd", lambda: packed({"OFD.xml": DOCTYPE}), "打不开"),
        ("ofd", bomb, "打不开"),
        ("ofd", lambda: packed({"OFD.xml": "<OFD/>", "Encryptions.xml": "<a/>"}), "密码"),
        ("ofd", lambda: b"PK no zip", "打不开"),
        ("docx", lambda: packed({"word/document.xml": DOCTYPE}), "打不开"),
        ("docx", lambda: packed({"word/document.xml": "<a" * 5_000}), "打不开"),
    ],
)
def test_files_that_nobody_could_open_are_refused_in_words(read, extension, make, said):
    with pytest.raises(RefusedPaper, match=said):
        read(make(), extension)


def test_a_reader_that_never_ends_is_stopped(tmp_path):
    file = tmp_path / "a.pdf"
    file.write_bytes(pdf(printed(PAPER)))
    with pytest.raises(UnreadPaper, match="太久"):
        process.ask(file, "pdf", patience=0.001)


# --- Word


def numbered(paragraph, number, level=0):
    properties = paragraph._p.get_or_add_pPr()
    holder = OxmlElement("w:numPr")
    for name, value in (("w:ilvl", level), ("w:numId", number)):
        child = OxmlElement(name)
        child.set(qn("w:val"), str(value))
        holder.append(child)
    properties.append(holder)


NUMBERING = """<w:numbering xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">
<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/>
<w:lvlText w:val="%1、"/></w:lvl><w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/>
<w:lvlText w:val="（%2）"/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>
</w:numbering>"""


def with_part(content, name, text):
    source, target = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for one in source.namelist():
            archive.writestr(one, text if one == name else source.read(one))
    return target.getvalue()


def test_a_word_file_with_headings_lists_tables_and_counted_numbers(read, tmp_path):
    def change(made):
        made.add_heading("总则", 1)
        for text, level in (("总体要求", 0), ("工作目标", 1), ("重点任务", 1), ("保障措施", 0)):
            numbered(made.add_paragraph(text), 1, level)
        made.add_paragraph("稻谷", style="List Bullet")
        table = made.add_table(3, 3)
        table.cell(0, 0).merge(table.cell(0, 1)).text = "补贴项目"
        table.cell(1, 2).merge(table.cell(2, 2)).text = "每亩400元"
        made.add_picture(io.BytesIO(PNG))

    content = with_part(word(PAPER, change), "word/numbering.xml", NUMBERING)
    paper = read(content, "docx")
    html = "".join(one.html for one in paper.paragraphs)
    for expected in (
        "<h2>总则</h2>",
        "<p>一、总体要求</p>",
        "<p>（一）工作目标</p>",
        "<p>（二）重点任务</p>",
        "<p>二、保障措施</p>",
        'colspan="2"',
        'rowspan="2"',
        '<p class="align-right">2026年3月2日</p>',
    ):
        assert expected in html
    assert "1张图片没有带入" in " ".join(paper.notes)


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc0000003010100"
    "18dd8db00000000049454e44ae426082"
)


def test_what_a_word_file_leaves_behind_is_said(read):
    made = docx.Document()
    made.add_paragraph("关于停水的通告")
    paragraph = made.add_paragraph("正文")
    deleted = OxmlElement("w:del")
    run = OxmlElement("w:r")
    words = OxmlElement("w:delText")
    words.text = "删去的话"
    run.append(words)
    deleted.append(run)
    paragraph._p.append(deleted)
    target = io.BytesIO()
    made.save(target)
    paper = read(target.getvalue(), "docx")
    assert "没接受的修订" in " ".join(paper.notes)
    assert "删去的话" not in "".join(one.text for one in paper.paragraphs)


def test_numbers_in_words():
    assert [written(n, "chineseCounting") for n in (1, 10, 12, 20, 35)] == [
        "一",
        "十",
        "十二",
        "二十",
        "三十五",
    ]
    assert written(3, "decimalEnclosedCircle") == "③"


SINCE = {
    "第十九条 本办法自2026年4月1日起施行，有效期5年。": ("2026-04-01", "2031-03-31"),
    "七、本通知从二〇二六年三月二日起实施，有效期至2028年12月31日。": ("2026-03-02", "2028-12-31"),
    "有效期两年，自2026年4月1日起执行。": ("2026-04-01", "2028-03-31"),
    "本办法自2026年4月1日起施行，有效期一二年。": ("2026-04-01", None),
    "本细则自2026年4月1日起试行，试行期6个月。原细则同时废止。": ("2026-04-01", "2026-09-30"),
    # From its publication: the term is counted from the day of the paper.
    "本办法由县民政局负责解释，自印发之日起执行，有效期三年。": (None, "2029-03-01"),
    "本方案自2026年4月1日起施行。": ("2026-04-01", None),
    # What is said of other things, or says no day, is no term of this paper.
    "服务协议有效期可为1年、2年或3年。": (None, None),
    "《青澜县稻渔补贴办法》自2020年1月1日起施行，有效期5年。": (None, None),
    "本办法自公布之日起施行。": (None, None),
    "本方案自新系统上线之日起施行，有效期5年。": (None, None),
    "本办法自2026年4月1日起施行，有效期至2020年1月1日。": ("2026-04-01", None),
    "本办法自2026年13月1日起施行，有效期99年。": (None, None),
}


@pytest.mark.parametrize("words", SINCE)
def test_from_when_and_until_when_it_holds(words):
    lines = [
        "现将补贴标准印发给你们，自2019年1月1日起实施的旧标准停用。",
        words,
        "青澜县民政局",
        "2026年3月2日",
    ]
    found = read_term([Paragraph(n, 1, line) for n, line in enumerate(lines, 1)], date(2026, 3, 2))
    days = (found.start, found.until) if found else (None, None)
    assert tuple(day and day.isoformat() for day in days) == SINCE[words]


def test_a_term_counted_from_the_day_of_the_paper_says_so(read):
    article = "三、本通知自印发之日起施行，有效期五年。"
    proposal = propose(read(pdf(printed(replace(PAPER, body=(*PAPER.body, article)))), "pdf").paragraphs)
    expires = proposal.facts["expires_on"]
    assert (expires.value, expires.quote) == ("2031-03-01", article.rstrip("。"))
    assert "成文日期" in expires.warning
    assert "effective_on" not in proposal.facts
