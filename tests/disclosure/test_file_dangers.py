"""Files that hide something: each refused with a sentence that says what to do; harmless twins pass."""

import io
import struct
import zipfile

import pikepdf
import pytest
from django.core.files.base import ContentFile

from disclosure import file_dangers, file_types, services
from disclosure.services.attachments import safe_name
from tests.factories import DocumentFactory

OLE = bytes.fromhex("d0cf11e0a1b11ae1")
WORD = {"[Content_Types].xml": "<Types/>", "word/document.xml": "<w/>"}


def identify(content, name="附件.pdf"):
    return file_types.identify(io.BytesIO(content), name=name, size=len(content))


def archive(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return buffer.getvalue()


def a_pdf(change=lambda pdf: None, **saving):
    pdf = pikepdf.new()
    pdf.add_blank_page()
    change(pdf)
    target = io.BytesIO()
    pdf.save(target, **saving)
    return target.getvalue()


def script(pdf):
    pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))


def hidden_script(pdf):
    # Inside a page's own actions, in a compressed object stream: no word of it stands in the raw bytes.
    action = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))
    pdf.pages[0].obj.AA = pdf.make_indirect(pikepdf.Dictionary(O=action))


def launch(pdf):
    pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.Launch, F=pikepdf.String("cmd.exe"))


def embedded(pdf):
    pdf.attachments["名单.exe"] = pikepdf.AttachedFileSpec(pdf, b"MZ")


def away(pdf):
    to = pikepdf.Dictionary(S=pikepdf.Name.URI, URI=pikepdf.String("http://evil.example/"))
    pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.GoTo, D=[pdf.pages[0].obj], Next=to)


def jump(pdf):
    pdf.Root.OpenAction = pikepdf.Array([pdf.pages[0].obj, pikepdf.Name.Fit])


PACKED = {"object_stream_mode": pikepdf.ObjectStreamMode.generate, "compress_streams": True}
PASSWORD = {"encryption": pikepdf.Encryption(owner="a", user="b")}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (a_pdf(script), "脚本"),
        (a_pdf(hidden_script, **PACKED), "脚本"),
        (a_pdf(launch), "脚本"),
        (a_pdf(away), "脚本"),
        (a_pdf(embedded), "夹带"),
        (a_pdf(**PASSWORD), "密码"),
        (b"%PDF-1.4\n1 0 obj <</S/J#61vaScript>>\n%%EOF", "脚本"),
        (a_pdf() + archive({"a.exe": "MZ"}), "压缩包"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 30 + archive({"a.txt": "x"}), "压缩包"),
        (
            archive({**WORD, "word/embeddings/oleObject1.bin": OLE + "Ole10Native".encode("utf-16-le")}),
            "夹带",
        ),
        (archive({**WORD, "word/activeX/activeX1.xml": "x"}), "宏"),
        (archive({**WORD, "word/setup.exe": "MZ"}), "夹带"),
        (archive({**WORD, "../../etc/cron.d/x": "x"}), "路径"),
        (
            archive({**WORD, "[Content_Types].xml": 'ContentType="application/vnd.ms-office.vbaProject"'}),
            "宏",
        ),
        (
            archive(
                {
                    **WORD,
                    "word/_rels/settings.xml.rels": '<Relationship Type="x/attachedTemplate" '
                    'Target="http://evil.example/a.dotm" TargetMode="External"/>',
                }
            ),
            "模板",
        ),
        (b"Rar!\x1a\x07\x00" + b"\0" * 40, "压缩包"),
        (b"7z\xbc\xaf\x27\x1c" + b"\0" * 40, "压缩包"),
    ],
)
def test_what_hides_something_is_refused(content, said):
    with pytest.raises(file_types.RefusedFile, match=said) as refused:
        identify(content)
    assert "请" in str(refused.value)


RELATION = '<Relationship Type="x/attachedTemplate" TargetMode="External" Target="http://e.example/"/>'


@pytest.mark.parametrize(
    "part",
    [
        f'<?xml version="1.0" encoding="UTF-16"?><R>{RELATION}</R>'.encode("utf-16"),
        f"<R>{RELATION.replace('attached', '&#97;ttached')}</R>".encode(),
        f"<R>{' ' * (4 * 1024 * 1024)}{RELATION}</R>".encode(),
        f'<!DOCTYPE R [<!ENTITY t "attached">]><R>{RELATION.replace("attached", "&t;")}</R>'.encode(),
        RELATION.replace("attachedTemplate", "oleObject").encode(),
    ],
    ids=["utf-16", "by number", "pushed out of sight", "by an entity", "as an object"],
)
def test_what_is_fetched_from_outside_is_seen_in_any_spelling(part):
    with pytest.raises(file_types.RefusedFile, match=r"取模板|内部结构"):
        identify(archive({**WORD, "word/_rels/settings.xml.rels": part}))


@pytest.mark.parametrize(
    ("content", "extension"),
    [
        (a_pdf(), "pdf"),
        # A page to jump to at opening is what Word and WPS write into every PDF.
        (a_pdf(jump, **PACKED), "pdf"),
        # Locked against changes only: everybody can open it.
        (a_pdf(encryption=pikepdf.Encryption(owner="a", user="")), "pdf"),
        (archive({**WORD, "word/embeddings/chart.xlsx": archive({"xl/workbook.xml": "x"})}), "docx"),
    ],
)
def test_harmless_twins_pass(content, extension):
    assert identify(content).extension == extension


def test_old_workbooks_with_a_password_or_a_macro_sheet():
    def sheets(*records):
        return b"".join(struct.pack("<HH", kind, len(data)) + data for kind, data in records)

    password = sheets((0x0809, b"\0" * 16), (0x002F, b"\0" * 6), (0x000A, b""))
    macro = sheets((0x0809, b"\0" * 16), (0x0085, b"\0\0\0\0\0\x01\x02\0ab"), (0x000A, b""))
    plain = sheets((0x0809, b"\0" * 16), (0x0085, b"\0\0\0\0\0\0\x02\0ab"), (0x000A, b""))
    for stream, said in ((password, "密码"), (macro, "宏")):
        with pytest.raises(file_types.RefusedFile, match=said):
            file_dangers._refuse_records(stream, "表.xls")
    file_dangers._refuse_records(plain, "表.xls")


def test_a_bomb_that_hides_its_size_behind_its_ratio(monkeypatch):
    monkeypatch.setattr(file_dangers, "_RATIO_FROM", 100_000)
    with pytest.raises(file_types.RefusedFile, match="过大"):
        identify(archive({**WORD, "word/media/a.bmp": b"\0" * 3_000_000}))


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("CON.pdf", "附件-CON.pdf"),
        ("..hidden", "hidden"),
        ("补贴:2026?.xlsx", "补贴：2026？.xlsx"),
        ("名单.pdf . ", "名单.pdf"),
        ("甲\u2028乙\u200f.pdf", "甲乙.pdf"),
    ],
)
def test_names_that_a_disk_would_stumble_over(name, safe):
    assert safe_name(name) == safe


@pytest.mark.parametrize(("name", "title"), [("通知.pdf.exe", "通知"), ("a.b.docx.pdf", "a.b"), ("表", "表")])
def test_double_endings_leave_the_name(name, title):
    assert file_dangers.without_endings(name) == title


@pytest.mark.django_db
def test_the_old_file_stays_when_it_is_replaced(people, pdf, storage, client):
    draft = DocumentFactory(agency=people.minzheng)
    first = services.add_attachment(draft, by=people.clerk, file=pdf("标准表.pdf"))
    old = first.file.name
    fresh = services.replace_attachment(first, by=people.colleague, file=pdf("新.pdf", b"y"))
    assert (fresh.pk, fresh.title, fresh.position) == (first.pk, "标准表", 1)
    assert fresh.file.name != old
    assert fresh.file.storage.exists(old)
    [event] = services.old_files(fresh)
    assert event.file == old
    draft.refresh_from_db()
    assert people.colleague.pk in draft.editor_ids
    with pytest.raises(services.NotAllowed, match="完全一样"):
        services.replace_attachment(fresh, by=people.clerk, file=pdf("又.pdf", b"y"))
    address = f"/admin/disclosure/document/{draft.pk}/attachments/{fresh.pk}/old/{event.pgh_id}/"
    client.force_login(people.clerk)
    assert b"".join(client.get(address).streaming_content) == b"%PDF-1.4\nx\n%%EOF"
    client.force_login(people.stranger)
    assert client.get(address).status_code == 403


@pytest.mark.django_db
def test_several_at_once_and_the_refused_one_is_named(people, pdf, client):
    draft = DocumentFactory(agency=people.minzheng)
    client.force_login(people.clerk)
    address = f"/admin/disclosure/document/{draft.pk}/attachments/add/"
    assert client.post(address, {"file": pdf("一.pdf")}).json()["title"] == "一"
    refused = client.post(address, {"file": ContentFile(b"MZ", name="二.exe")})
    assert (refused.status_code, "「二.exe」" in refused.json()["error"]) == (409, True)
    assert client.post(address).status_code == 400
    assert [one.title for one in draft.attachments.all()] == ["一"]
