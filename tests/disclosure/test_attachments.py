"""Attachments: judged by content, kept under safe names, gone with their draft and not before."""

import io
import zipfile

import pytest
from django.core.files.base import ContentFile
from django.db import transaction

from disclosure import file_dangers, file_types, services
from disclosure.services import NotAllowed
from disclosure.services.attachments import safe_name
from tests.factories import DocumentFactory

OLE = bytes.fromhex("d0cf11e0a1b11ae1")


def _zip(*names, **members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, "x")
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _encrypted_zip():
    """Set the flag of encryption on an ordinary member, in both of its headers."""
    content = bytearray(_zip("word/document.xml"))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def _identify(content, name):
    return file_types.identify(io.BytesIO(content), name=name, size=len(content))


@pytest.mark.parametrize(
    ("content", "name", "extension"),
    [
        (b"%PDF-1.7\n...", "通知.pdf", "pdf"),
        (b"%PDF-1.7\n...", "notice.doc", "pdf"),
        (OLE + "WordDocument".encode("utf-16-le"), "旧.doc", "doc"),
        (OLE + "WordDocument".encode("utf-16-le"), "旧.wps", "wps"),
        (OLE + "Workbook".encode("utf-16-le"), "表.xls", "xls"),
        (_zip("word/document.xml"), "新.docx", "docx"),
        (_zip("xl/workbook.xml"), "表.xlsx", "xlsx"),
        (_zip("OFD.xml"), "公文.ofd", "ofd"),
        (_zip(mimetype="application/vnd.oasis.opendocument.text"), "文.odt", "odt"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 20, "图.png", "png"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 20, "图.jpg", "jpg"),
        ("序号,姓名\n".encode("gb18030"), "名单.csv", "csv"),
        ("说明".encode(), "说明.txt", "txt"),
    ],
)
def test_what_may_be_published(content, name, extension):
    assert _identify(content, name).extension == extension


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "空.pdf", "空文件"),
        (b"MZ\x90\0" + b"\0" * 60, "工具.pdf", "不是可以公开的文件类型"),
        (b"<svg onload='alert(1)'/>", "图.svg", "SVG 图或网页"),
        (b"<html><script>1</script>", "页.html", "SVG 图或网页"),
        (b"\0\1\2", "名单.csv", "不是可以公开的文件类型"),
        (_zip("a.txt"), "打包.zip", "压缩包"),
        (_zip("word/document.xml", "word/vbaProject.bin"), "宏.docm", "宏"),
        (OLE + "WordDocument_VBA_PROJECT".encode("utf-16-le"), "宏.doc", "宏"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "密.docx", "密码"),
        (_encrypted_zip(), "密.docx", "密码"),
        (b"PK\x03\x04 broken", "坏.docx", "损坏"),
        (OLE + b"nothing", "怪.doc", "认不出"),
    ],
)
def test_what_may_not(content, name, said):
    with pytest.raises(file_types.RefusedFile, match=said):
        _identify(content, name)


def test_too_large_is_refused_before_it_is_read():
    with pytest.raises(file_types.RefusedFile, match="50 MB"):
        file_types.identify(io.BytesIO(b"%PDF"), name="大.pdf", size=file_types.MAX_BYTES + 1)


def test_a_bomb_is_refused_unopened(monkeypatch):
    monkeypatch.setattr(file_dangers, "MAX_UNPACKED", 1000)
    with pytest.raises(file_types.RefusedFile, match="过大"):
        _identify(_zip(**{"word/document.xml": "0" * 5000}), "弹.docx")


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\甲\\附件 1.docx", "附件 1.docx"),
        ("发票\u202efdp.exe", "发票fdp.exe"),
        ("", "附件"),
        ("甲\n乙.pdf", "甲乙.pdf"),
        ("长" * 300, "长" * 200),
    ],
)
def test_names_for_people(name, safe):
    assert safe_name(name) == safe


@pytest.mark.django_db
def test_adding_renaming_and_order(people, pdf, storage):
    draft = DocumentFactory(agency=people.minzheng)
    first = services.add_attachment(draft, by=people.clerk, file=pdf("../补贴 标准表.pdf"))
    second = services.add_attachment(draft, by=people.colleague, file=pdf("b.pdf", b"y"), title="说明")
    assert [(a.title, a.position, a.media_type) for a in draft.attachments.all()] == [
        ("补贴 标准表", 1, "application/pdf"),
        ("说明", 2, "application/pdf"),
    ]
    assert first.file.name.endswith(f"{first.sha256[:24]}.pdf")
    assert ".." not in first.file.name
    assert (first.size, len(list(storage.rglob("*.pdf")))) == (len(b"%PDF-1.4\nx\n%%EOF"), 2)
    services.rename_attachment(second, by=people.clerk, title="填表说明", position=0)
    assert [a.title for a in draft.attachments.all()] == ["填表说明", "补贴 标准表"]
    with pytest.raises(NotAllowed, match="已经上传过了"):
        services.add_attachment(draft, by=people.clerk, file=pdf("copy.pdf"))


@pytest.mark.django_db
def test_only_drafts_in_scope_take_files(people, pdf, storage):
    draft = DocumentFactory(agency=people.minzheng)
    public = DocumentFactory(agency=people.minzheng, published=True)
    for thing, who in ((draft, people.stranger), (draft, people.reviewer), (public, people.clerk)):
        with pytest.raises(NotAllowed, match="附件只能在草稿里增减"):
            services.add_attachment(thing, by=who, file=pdf())
    with pytest.raises(NotAllowed, match="不是可以公开的文件类型"):
        services.add_attachment(draft, by=people.clerk, file=ContentFile(b"MZ..", name="a.html"))
    assert not list(storage.rglob("*.*"))


@pytest.mark.django_db(transaction=True)
def test_a_file_goes_with_its_row_and_stays_with_a_rollback(people, pdf, storage):
    draft = DocumentFactory(agency=people.minzheng, created_by=people.clerk)
    kept = services.add_attachment(draft, by=people.clerk, file=pdf())
    with transaction.atomic():
        services.remove_attachment(kept, by=people.clerk)
        transaction.set_rollback(True)
    assert kept.file.storage.exists(kept.file.name)
    kept = draft.attachments.get()
    services.remove_attachment(kept, by=people.clerk)
    assert not list(storage.rglob("*.pdf"))
    services.add_attachment(draft, by=people.clerk, file=pdf())
    services.delete_draft(draft, by=people.clerk)
    assert not list(storage.rglob("*.pdf"))
