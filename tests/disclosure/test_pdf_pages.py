"""合并 PDF and 遮盖: what is covered is nowhere in the new file, and the new file alone goes out."""

import io
from datetime import date

import pikepdf
import pypdfium2
import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from disclosure import pdf, pdf_pages, services
from disclosure.admin.history import entries
from disclosure.models import ReadText
from disclosure.pdf_pages import Box, RefusedPages, WrongBox
from disclosure.pdf_pages.boxes import read_box
from disclosure.services import NotAllowed
from disclosure.services.pdf_pages import look_at, pdfs_of
from disclosure.states import Publication
from tests import papers_made
from tests.factories import DocumentFactory, TopicFactory
from tests.people import confirmed

MOBILE, ID_NUMBER = "13855501234", "110101199003078515"
TODAY = date(2026, 11, 23)


def line(text, at=200, left=80):
    return (left, at, 16, text)


def paper(*pages):
    """A PDF of lines of text."""
    return papers_made.pdf([[line(text, 150 + 40 * n) for n, text in enumerate(page)] for page in pages])


def with_secrets(content):
    """The same with a note, properties, XMP and a file inside that tell the number too."""
    made = pikepdf.open(io.BytesIO(content))
    note = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Rect=[10, 10, 30, 30], Contents=MOBILE
    )
    made.pages[0].Annots = [made.make_indirect(note)]
    made.docinfo["/Subject"] = MOBILE
    made.attachments["list.txt"] = MOBILE.encode()
    with made.open_metadata() as metadata:
        metadata["dc:description"] = MOBILE
    target = io.BytesIO()
    made.save(target, compress_streams=False)
    return target.getvalue()


def bare(content):
    """All that a file holds, streams unpacked, as one text in which its words can be looked for."""
    parts = [content]
    with pikepdf.open(io.BytesIO(content)) as made:
        for one in made.objects:
            if isinstance(one, pikepdf.Stream):
                try:
                    parts.append(one.read_bytes())
                except pikepdf.PdfError:
                    parts.append(one.read_raw_bytes())
            parts.append(repr(one).encode())
    return b"\n".join(parts)


def texts_of(content):
    return [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(content)]


def told(content, words=MOBILE):
    """Whether the words stand anywhere in a file: plain, as UTF-16, as hexadecimal."""
    everything = bare(content).lower()
    wide = words.encode("utf-16-be")
    return any(
        one in everything
        for one in (words.encode(), wide, wide.hex().encode(), words.encode().hex().encode())
    )


@pytest.fixture
def on_disk(tmp_path):
    def put(content, name="a.pdf"):
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    return put


def test_what_is_covered_is_nowhere_in_the_new_file(on_disk):
    source = with_secrets(paper([f"联系人电话{MOBILE}。", "公开的一行"], ["第二页"]))
    assert told(source)
    path = on_disk(source)
    look = pdf_pages.look(path, today=TODAY)
    assert ([found.kind for found in look.found], len(look.sizes)) == (["mobile"], 2)
    boxes = [read_box(look.found[0].wire.split(","), pages=2)]
    made, pages = pdf_pages.redact(path, boxes)
    assert (pages, texts_of(made), told(made)) == (2, ["", ""], False)
    with pikepdf.open(io.BytesIO(made)) as stranger:
        assert set(stranger.Root.keys()) == {"/Type", "/Pages"}
        assert not stranger.attachments
        assert all("/Annots" not in page and page.get_images() for page in stranger.pages)
        assert "/Subject" not in stranger.docinfo
    # Black where the number stood, and the rest is still to be read.
    picture = pypdfium2.PdfDocument(made)[0].render(scale=2).to_pil().convert("L")
    across, down = picture.size
    box = boxes[0]
    inside = picture.crop(
        tuple(
            round(number)
            for number in (
                box.left * across / 100 + 2,
                box.top * down / 100 + 2,
                (box.left + box.width) * across / 100 - 2,
                (box.top + box.height) * down / 100 - 2,
            )
        )
    )
    assert inside.getextrema()[1] < 40
    other = picture.crop((0, round(down * 190 / 842 - 40), across, round(down * 190 / 842 + 4)))
    assert other.getextrema()[0] < 128


def test_boxes_follow_turned_pages_broken_lines_and_full_width_digits(on_disk):
    full = "".join(chr(ord(digit) + 0xFEE0) for digit in MOBILE)
    half, rest = ID_NUMBER[:10], ID_NUMBER[10:]
    content = paper([f"电话{full}", "别的一行"], [f"身份证{half}", f"{rest}完"])
    turned = pikepdf.open(io.BytesIO(content))
    turned.pages[0].rotate(90, relative=False)
    target = io.BytesIO()
    turned.save(target)
    look = pdf_pages.look(on_disk(target.getvalue()), today=TODAY)
    assert [(found.page, found.kind) for found in look.found] == [
        (1, "mobile"),
        (2, "id_number"),
        (2, "id_number"),
    ]
    first = read_box(look.found[0].wire.split(","), pages=2)
    assert look.sizes[0][0] > look.sizes[0][1]
    assert first.height > first.width  # Turned, the line runs down the page.


@pytest.mark.parametrize(
    "words",
    [
        ["1", "a", "0", "10", "10"],
        ["3", "0", "0", "10", "10"],
        ["1", "0", "0", "0", "10"],
        ["1", "nan", "0", "9", "9"],
    ],
)
def test_numbers_that_are_no_box(words):
    with pytest.raises(WrongBox):
        read_box(words, pages=2)
    assert read_box(["2", "-5", "90", "20", "40"], pages=2) == Box(2, 0, 90, 15, 10)


def test_files_that_cannot_be_worked_on_say_which_and_why(on_disk):
    good = on_disk(paper(["甲"]))
    locked = io.BytesIO()
    pikepdf.open(good).save(locked, encryption=pikepdf.Encryption(user="x", owner="y"))
    for content, why in ((locked.getvalue(), "设了密码"), (b"%PDF-1.4\nx\n%%EOF", "已损坏")):
        bad = on_disk(content, "b.pdf")
        with pytest.raises(RefusedPages, match=why) as refusal:
            pdf_pages.join([(good, "甲"), (bad, "乙")], title="合")
        assert refusal.value.part == 1
        with pytest.raises(RefusedPages, match=why):
            pdf_pages.redact(bad, [Box(1, 0, 0, 9, 9)])
    many = pikepdf.Pdf.new()
    for _ in range(101):
        many.add_blank_page()
    target = io.BytesIO()
    many.save(target)
    with pytest.raises(RefusedPages, match="超过100页"):
        pdf_pages.look(on_disk(target.getvalue()), today=TODAY)


@pytest.fixture
def draft(people):
    return DocumentFactory(
        agency=people.minzheng, created_by=people.clerk, body="<p>见附件。</p>", topic=TopicFactory()
    )


@pytest.fixture
def listed(draft, people):
    """An attachment with a telephone number and an ID number: a real PDF where WeasyPrint runs."""
    words = f"张三，电话{MOBILE}，身份证号{ID_NUMBER}。"
    if pdf.is_available():
        content = pdf.make(
            f"<!doctype html><html lang=zh><title>名单</title><p>{words}</p>", "p {font-size: 14pt}"
        )
    else:  # Said, not skipped: without pango one of pikepdf's.
        content = paper([words])
    return services.add_attachment(draft, by=people.clerk, file=ContentFile(content, name="名单.pdf"))


def content_of(attachment):
    with attachment.file.open("rb") as file:
        return file.read()


def boxes_of(attachment):
    look = look_at(attachment)
    return [read_box(one.wire.split(","), pages=len(look.sizes)) for one in look.found]


def test_the_redacted_file_alone_is_checked_and_goes_out(draft, listed, people, client):
    before = listed.sha256
    assert {"mobile", "id_number"} <= {one.kind for one in services.scan(draft)}
    made = services.redact_attachment(listed, by=people.colleague, boxes=boxes_of(listed), seen=before)
    assert (made.pk, made.title) == (listed.pk, "名单")
    assert {one.kind for one in services.scan(draft)} == {"unread"}
    assert not ReadText.objects.filter(sha256=before).exists()
    assert people.colleague.pk in type(draft).objects.get(pk=draft.pk).editor_ids
    draft.refresh_from_db()
    assert entries(draft, user=people.clerk)[0].what == "遮盖附件"
    # Out it goes: the public gets the pixels, under every address that it had.
    services.submit(confirmed(draft, people.clerk), by=people.clerk)
    services.approve(draft, by=people.reviewer, secrecy_cleared=True)
    address = reverse("attachment", args=[draft.pk, made.pk, "x"])
    answer = client.get(address, follow=True)
    sent = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert sent == content_of(made)
    assert not told(sent)
    assert MOBILE not in client.get(reverse("document", args=[draft.pk])).content.decode()
    old = services.old_files(made)[0]
    for name in ("redact", "put_back", "old"):
        args = [draft.pk, made.pk] + ([] if name == "redact" else [old.pgh_id])
        assert client.get(reverse(f"admin:disclosure_document_{name}", args=args)).status_code == 302


def test_undone_while_it_is_a_draft(draft, listed, people):
    before = listed.sha256
    boxes = boxes_of(listed)
    with pytest.raises(NotAllowed, match="刚才换过文件"):
        services.redact_attachment(listed, by=people.clerk, boxes=boxes, seen="0" * 64)
    with pytest.raises(NotAllowed, match="草稿"):
        services.redact_attachment(listed, by=people.stranger, boxes=boxes, seen=before)
    made = services.redact_attachment(listed, by=people.clerk, boxes=boxes, seen=before)
    event = services.old_files(made)[0]
    back = services.put_back_file(made, by=people.clerk, event_id=event.pgh_id)
    assert (back.sha256, MOBILE in texts_of(content_of(back))[0]) == (before, True)
    assert [one.sha256 for one in services.old_files(back)] == [made.sha256]
    type(draft).objects.filter(pk=draft.pk).update(
        status=Publication.SUBMITTED, submitted_by=people.clerk, submitted_at="2026-11-01T09:00+08:00"
    )
    with pytest.raises(NotAllowed, match="草稿"):
        services.put_back_file(made, by=people.clerk, event_id=event.pgh_id)


def test_ticks_and_numbers_without_a_script(draft, listed, people, client):
    client.force_login(people.clerk)
    address = reverse("admin:disclosure_document_redact", args=[draft.pk, listed.pk])
    page = client.get(address)
    assert "no-store" in page["Cache-Control"]
    assert "138****1234" in page.content.decode()
    assert MOBILE not in page.content.decode()
    parts = ("page", "left", "top", "width", "height")
    numbers = {f"box-{part}": "0" for part in parts[:1]} | {f"box-{part}": "9" for part in parts[1:]}
    assert "没有第0页" in client.post(address, numbers).content.decode()
    wires = [one.wire for one in look_at(listed).found]
    numbers |= {"box-page": "1", "box-left": "50", "box-top": "80", "box-width": "10", "box-height": "5"}
    check = client.post(address, {"found": wires, **numbers})
    shown = client.get(check.url).content.decode()
    assert f"{len(wires) + 1}处" in shown
    picture = client.get(
        reverse("admin:disclosure_document_redact_page", args=[draft.pk, listed.pk, 1])
        + f"?key={check.url.rstrip('/').rsplit('/', 1)[1]}"
    )
    assert ("no-store" in picture["Cache-Control"], picture["Content-Type"]) == (True, "image/jpeg")
    drawn = Image.open(io.BytesIO(picture.content))
    assert drawn.convert("L").getpixel((round(drawn.width * 0.55), round(drawn.height * 0.82))) < 40
    assert (
        'value="50.00"'
        in client.get(f"{address}?again={check.url.rstrip('/').rsplit('/', 1)[1]}").content.decode()
    )
    done = client.post(check.url, follow=True)
    assert "已经是遮盖过的文件" in done.content.decode()
    assert "换回这个文件" in done.content.decode()
    fresh = draft.attachments.get()
    assert texts_of(content_of(fresh)) == [""]
    # The same boxes once more: they were drawn on another file.
    assert client.post(check.url).url == address
    client.force_login(people.stranger)
    for one in (
        address,
        check.url,
        reverse("admin:disclosure_document_redact_page", args=[draft.pk, listed.pk, 1]),
    ):
        assert client.get(one).status_code == 403


def test_the_original_is_redacted_beside_itself(people, client):
    content = paper([f"青澜县民政局关于发放补贴的通知，电话{MOBILE}。"])
    original = services.receive_signed_file(
        by=people.clerk, agency=people.minzheng, file=ContentFile(content, name="来文.pdf")
    )
    document = original.document
    client.force_login(people.clerk)
    address = reverse("admin:disclosure_document_redact", args=[document.pk, 0])
    assert (
        address
        in client.get(reverse("admin:disclosure_document_change", args=[document.pk])).content.decode()
    )
    check = client.post(address, {"found": [one.wire for one in look_at(original).found]})
    client.post(check.url)
    made = document.attachments.get()
    assert made.title.endswith("（原件，已遮盖）")
    assert not told(content_of(made))
    original.refresh_from_db()
    assert content_of(original) == content
    # Where the original itself is attached, the redacted file takes that place.
    made.delete()
    services.attach_original(original, by=people.clerk)
    services.redact_original(original, by=people.clerk, boxes=boxes_of(original))
    assert not told(content_of(document.attachments.get()))


def test_joined_in_the_order_given(draft, listed, people, client):
    second = services.add_attachment(
        draft, by=people.clerk, file=ContentFile(paper(["乙一"], ["乙二"]), name="表.pdf")
    )
    broken = services.add_attachment(
        draft, by=people.clerk, file=ContentFile(b"%PDF-1.4\nx\n%%EOF", name="坏.pdf")
    )
    assert pdfs_of(draft) == [listed, second, broken]
    with pytest.raises(NotAllowed, match="「坏」打不开或已损坏"):
        services.join_pdfs(draft, by=people.clerk, parts=[listed, broken], title="合")
    with pytest.raises(NotAllowed, match="2到30个"):
        services.join_pdfs(draft, by=people.clerk, parts=[listed], title="合")
    client.force_login(people.clerk)
    address = reverse("admin:disclosure_document_join", args=[draft.pk])
    with CaptureQueriesContext(connection) as before:
        form = client.get(address).context["form"]
    first_box, second_box = (box.html_name for _, box, _ in form.rows[:2])
    same = client.post(address, {first_box: "1", second_box: "1", "title": "全部材料"})
    assert "顺序一样" in same.content.decode()
    done = client.post(address, {first_box: "2", second_box: "1", "title": "全部材料"}, follow=True)
    assert "已合并成附件「全部材料」" in done.content.decode()
    made = draft.attachments.get(title="全部材料")
    assert draft.attachments.count() == 4
    with CaptureQueriesContext(connection) as after:
        client.get(address)
    assert len(after) == len(before)
    found = texts_of(content_of(made))
    assert ([text[:2] for text in found[:2]], MOBILE in found[2]) == (["乙一", "乙二"], True)
    with pikepdf.open(io.BytesIO(content_of(made))) as joined, joined.open_outline() as outline:
        assert [one.title for one in outline.root] == ["表", "名单"]
    # The parts may go; what somebody changed meanwhile may not be joined.
    services.replace_attachment(second, by=people.colleague, file=ContentFile(paper(["丙"]), name="新.pdf"))
    with pytest.raises(NotAllowed, match="刚才被别人换过"):
        services.join_pdfs(draft, by=people.clerk, parts=[listed, second], title="又")
    second.refresh_from_db()
    services.join_pdfs(draft, by=people.clerk, parts=[second, listed], title="只留一份", drop_parts=True)
    assert set(draft.attachments.values_list("title", flat=True)) == {"坏", "全部材料", "只留一份"}
