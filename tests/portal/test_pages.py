"""The public pages: what they show, what they answer when there is nothing, and that no link is dead."""

import io
import re
from datetime import date

import openpyxl
import pytest
from django.test import Client

from disclosure.models import Attachment, Document
from disclosure.states import DocumentKind, Validity
from portal.body import prepare
from portal.figures import figures
from portal.life import by_life
from tests.factories import AgencyFactory, DocumentFactory, FieldFactory, InterpretationFactory, ItemFactory
from tests.portal.site_county import LISTS, build

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files")]


def text(client: Client, url: str, status: int = 200) -> str:
    """The page at `url`."""
    response = client.get(url)
    assert response.status_code == status, url
    return b"".join(response.streaming_content).decode() if response.streaming else response.content.decode()


@pytest.mark.parametrize("url", LISTS)
def test_each_page_has_one_h1_and_the_name_of_the_site(client, url):
    build()
    page = text(client, url)
    if not url.endswith(".xml"):
        assert page.count("<h1") == 1
        assert "<title>" in page
        assert re.search(r"<title>.*青澜县人民政府</title>", page)


@pytest.mark.parametrize("url", [url for url in LISTS if "jiuye" not in url and "minzheng" not in url])
def test_an_empty_county_answers_everywhere(client, url):
    text(client, url)


def test_home_shows_the_policy_with_its_interpretation_and_one_plain_sentence(client):
    county = build()
    page = text(client, "/")
    assert county.document.title in page
    assert county.document.summary in page
    assert f'href="/interpretations/{county.interpretation.pk}/"' in page
    assert "想找什么？" in page


def test_home_leaves_other_documents_to_the_notices(client):
    build()
    DocumentFactory(published=True, title="停水通告", is_policy=False)
    page = text(client, "/")
    policies, notices = page.split('id="notices-title"')
    assert "停水通告" not in policies
    assert "停水通告" in notices


def test_document_page_in_the_order_that_a_reader_asks(client):
    county = build(effective_on=date(2026, 4, 1))
    page = text(client, f"/documents/{county.document.pk}/")
    order = ["一句话看懂", "看解读", "索引号", "八十岁以上老人", "附件", "属于这些目录事项", "有疑问"]
    places = [page.index(words) for words in order]
    assert places == sorted(places)
    assert "现行有效" in page
    assert "2026-03-02 10:00" in page
    assert 'href="tel:07995210301"' in page
    assert f'/documents/{county.document.pk}.docx"' in page


def test_a_repealed_document_says_so_and_leads_to_the_new_one(client):
    county = build()
    older = DocumentFactory(
        published=True,
        title="老办法",
        validity=Validity.REPEALED,
        repealed_by=county.document,
        repealed_on=date(2026, 3, 2),
    )
    page = text(client, f"/documents/{older.pk}/")
    assert re.search(rf'本文件被<a href="/documents/{county.document.pk}/">', page)
    assert "自 2026-03-02 起不再执行" in page
    assert "老办法" in text(client, f"/documents/{county.document.pk}/")


def test_word_download_is_a_docx_with_the_title(client):
    county = build()
    response = client.get(f"/documents/{county.document.pk}.docx")
    assert response.status_code == 200
    assert response.content[:2] == b"PK"
    assert "filename*=UTF-8''" in response["Content-Disposition"]


def test_attachment_comes_with_a_safe_type_and_its_name(client):
    county = build()
    page = text(client, f"/documents/{county.document.pk}/")
    url = re.search(r'href="(/documents/\d+/attachments/[^"]+)"', page).group(1)
    response = client.get(url)
    assert response.status_code == 200
    assert b"".join(response.streaming_content) == b"PK\x03\x04x"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"].startswith("attachment;")


@pytest.mark.parametrize("name", ["页面.html", "画.svg", "程序.js", "没有结尾"])
def test_an_attachment_that_a_browser_might_run_goes_out_as_plain_bytes(client, name):
    county = build()
    attachment = Attachment.objects.get(pk=county.attachment.pk)
    attachment.title = name
    attachment.file.save(name, io.BytesIO(b"<script>alert(1)</script>"))
    url = f"/documents/{county.document.pk}/attachments/{attachment.pk}/x"
    response = client.get(url, follow=True)
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment;")


def test_behind_nginx_the_file_is_left_to_the_server(client, settings):
    settings.ACCEL_LOCATION = "/protected/"
    county = build()
    url = f"/documents/{county.document.pk}/attachments/{county.attachment.pk}/申请表.docx"
    response = client.get(url)
    assert response.status_code == 200
    assert response["X-Accel-Redirect"].startswith("/protected/attachments/")
    assert not response.content


def test_an_attachment_belongs_to_its_document_alone(client):
    county = build()
    other = DocumentFactory(published=True)
    assert client.get(f"/documents/{other.pk}/attachments/{county.attachment.pk}/x").status_code == 404


def test_index_number_leads_to_the_document_slashes_and_all(client):
    county = build()
    response = client.get(f"/i/{county.document.index_number}")
    assert response.status_code == 302
    assert response["Location"] == f"/documents/{county.document.pk}/"
    assert client.get("/i/11539921MB0003551L/2026-99999").status_code == 404


def test_interpretation_and_document_lead_to_each_other(client):
    county = build()
    assert f'href="/documents/{county.document.pk}/"' in text(
        client, f"/interpretations/{county.interpretation.pk}/"
    )
    assert f'href="/interpretations/{county.interpretation.pk}/"' in text(
        client, f"/documents/{county.document.pk}/"
    )


def test_official_meta_tags(client):
    county = build()
    document = text(client, f"/documents/{county.document.pk}/")
    listed, home = text(client, "/documents/"), text(client, "/")
    for name in ("SiteName", "SiteDomain", "SiteIDCode"):
        assert all(f'<meta name="{name}"' in page for page in (home, listed, document))
    for name in ("ColumnName", "ColumnDescription", "ColumnKeywords", "ColumnType"):
        assert f'<meta name="{name}"' not in home
        assert f'<meta name="{name}"' in listed
        assert f'<meta name="{name}"' in document
    assert '<meta name="ArticleTitle"' not in listed
    assert f'<meta name="ArticleTitle" content="{county.document.title}">' in document
    assert '<meta name="PubDate" content="2026-03-02 10:00">' in document
    assert '<meta name="ContentSource" content="青澜县民政局">' in document


def test_facets_count_without_their_own_filter(client):
    county = build()
    DocumentFactory(published=True, agency=AgencyFactory(code="caizheng", short_name="县财政局"))
    page = text(client, "/documents/?agency=minzheng")
    assert "县财政局" in page
    assert re.search(r"共 <b>1</b> 件", page)
    assert county.document.title in page


@pytest.mark.parametrize(
    "query",
    ["year=abc", "published_after=昨天", "agency=nobody", "page=999", "page=x", "topic=1%20", "year=99999"],
)
def test_nonsense_in_the_address_does_no_harm(client, query):
    build()
    assert client.get(f"/documents/?{query}").status_code == 200


@pytest.mark.parametrize("query", ["q=%20", "by=x", "view=x", "stage=x", "tier=x", "q=" + "低" * 300])
def test_nonsense_in_the_catalog_does_no_harm(client, query):
    build()
    assert client.get(f"/catalog/?{query}").status_code == 200


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("/i/%00", 400),
        ("/i/ ", 404),
        ("/requests/new/?agency=%00", 400),
        ("/requests/form/?agency=nobody", 200),
        ("/catalog/export.xlsx?field=%00", 400),
        ("/open-government/statutory/?head=x", 200),
        ("/documents/99999999999999999999999/", 404),
        ("/interpretations/0/", 404),
        ("/catalog/items/none/", 404),
        ("/catalog/none/", 404),
        ("/documents/?q=1&page=99999999999999999999", 200),
    ],
)
def test_nonsense_at_other_doors(client, url, status):
    build()
    assert client.get(url).status_code == status


def test_catalog_finds_filters_and_exports_what_it_shows(client):
    build()
    ItemFactory(levels=["社会救助", "低保名单"], agency=AgencyFactory(code="caizheng"))
    assert "低保名单" in text(client, "/catalog/?q=低保")
    assert "岗位信息" not in text(client, "/catalog/?q=低保")
    assert "低保名单" not in text(client, "/catalog/?agency=minzheng")
    response = client.get("/catalog/export.xlsx?agency=minzheng")
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    cells = {str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "岗位信息" in cells
    assert "低保名单" not in cells
    assert client.get("/catalog/export.xlsx?q=没有这样的事项").status_code == 404


def test_item_page_answers_in_order(client):
    county = build()
    page = text(client, f"/catalog/items/{county.item.code}/")
    order = [
        "内容在这里</h2>",
        county.document.title,
        "公开什么</h2>",
        "依据</h2>",
        "时限</h2>",
        "谁负责</h2>",
        "没找到？",
    ]
    places = [page.index(words) for words in order]
    assert places == sorted(places)


def test_retired_items_and_closed_agencies_are_gone(client):
    county = build()
    county.item.retired_on = date(2026, 1, 1)
    county.item.save()
    assert client.get(f"/catalog/items/{county.item.code}/").status_code == 410
    closed = AgencyFactory(code="guanbi", active_to=date(2025, 1, 1))
    assert client.get(f"/agencies/{closed.code}/").status_code == 404


def test_agency_page(client):
    build()
    page = text(client, "/agencies/minzheng/")
    for words in (
        "社会救助、养老服务。",
        "青屏山路2号",
        "曾用名",
        "青澜县民政局关于发放高龄津贴的通知",
        "就业",
    ):
        assert words in page
    assert "柳湾村" in text(client, "/agencies/linjiang/")


def test_the_disclosure_guide_is_not_taken_for_any_guide(client):
    DocumentFactory(
        published=True, kind=DocumentKind.GUIDE, title="户口迁入办理指南", body="<p>带户口簿。</p>"
    )
    assert "带户口簿" not in text(client, "/open-government/guide/")
    DocumentFactory(
        published=True, kind=DocumentKind.GUIDE, title="青澜县信息公开指南", body="<p>信息分类。</p>"
    )
    assert "信息分类" in text(client, "/open-government/guide/")


def test_how_to_ask_collects_nothing(client):
    build()
    for url in ("/requests/new/", "/requests/form/?agency=minzheng", "/requests/track/"):
        page = text(client, url)
        assert 'method="post"' not in page
        assert "<textarea" not in page
    assert "青澜县民政局" in text(client, "/requests/form/?agency=minzheng")
    assert "用途" in text(client, "/requests/new/")


def test_care_version_is_kept_in_a_cookie_and_goes_back(client):
    response = client.get("/care/?on=1&next=/agencies/")
    assert response["Location"] == "/agencies/"
    assert '<html lang="zh-CN" class="care">' in text(client, "/")
    client.get("/care/?on=0&next=/")
    assert '<html lang="zh-CN">' in text(client, "/")


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "\\\\evil"]
)
def test_care_version_leads_nowhere_else(client, target):
    assert client.get("/care/", {"on": "1", "next": target})["Location"] == "/"


def test_figures_are_counted_from_the_records():
    county = build()
    DocumentFactory(published=True, is_policy=True, published_on=date(2026, 1, 5))
    found = {figure.label: figure for figure in figures(date(2026, 3, 20))}
    assert found["本月公开"].value == "1"
    assert found["解读率"].value == "50"
    assert found["目录事项"].value == "1"
    InterpretationFactory(documents=[Document.objects.exclude(pk=county.document.pk).get()])
    assert {f.label: f.value for f in figures(date(2026, 3, 20))}["解读率"] == "50"
    assert {f.label: f.value for f in figures(date(2027, 3, 20))}["解读率"] == "—"


def test_fields_of_the_county_that_no_group_names_are_not_lost():
    groups = dict(by_life([FieldFactory.build(slug="jiuye"), FieldFactory.build(slug="lvyou")]))
    assert [field.slug for field in groups["其他"]] == ["lvyou"]
    assert [field.slug for field in groups["就业"]] == ["jiuye"]


def test_body_is_cleaned_anchored_and_scrollable():
    body = prepare(
        '<h2>一、对象</h2><p onclick="x()">甲<script>alert(1)</script></p><table><tr><td>1</td></tr></table>'
    )
    assert "script" not in body.html
    assert "onclick" not in body.html
    assert '<h2 id="part-1">一、对象</h2>' in body.html
    assert 'class="table-scroll"' in body.html
    assert [heading.text for heading in body.headings] == ["一、对象"]
    assert prepare("第一行\n\n1 < 2").html == "<p>第一行</p><p>1 &lt; 2</p>"


def test_no_link_on_the_site_is_dead(client):
    build()
    waiting, seen = ["/"], {"/"}
    while waiting:
        url = waiting.pop()
        response = client.get(url)
        assert response.status_code in {200, 302}, url
        if "text/html" not in response.get("Content-Type", ""):
            continue
        for href in re.findall(r'href="(/[^"#]*)', response.content.decode()):
            plain = href.replace("&amp;", "&")
            # One state of every list is enough; the search page's own links are its own test's.
            key = plain.split("?")[0]
            if key not in seen and not key.startswith(("/search", "/feeds", "/admin", "/care", "/static")):
                seen.add(key)
                waiting.append(plain)
    assert {"/documents/", "/catalog/", "/agencies/minzheng/", "/catalog/items/jiuye-00001/"} <= seen


def test_sitemap_names_every_public_thing(client):
    county = build()
    index = text(client, "/sitemap.xml")
    sections = re.findall(r"<loc>http://testserver(/sitemap-[a-z]+\.xml)</loc>", index)
    pages = "".join(text(client, section) for section in sections)
    for path in (
        f"/documents/{county.document.pk}/",
        f"/interpretations/{county.interpretation.pk}/",
        "/catalog/items/jiuye-00001/",
        "/catalog/jiuye/",
        "/agencies/minzheng/",
        "/open-government/guide/",
    ):
        assert f"http://testserver{path}</loc>" in pages
    assert "Sitemap: http://testserver/sitemap.xml" in text(client, "/robots.txt")
