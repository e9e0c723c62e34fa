"""Atom of any search: valid, absolute, newest first."""

from datetime import date
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from django.test import Client

from portal.search import index
from portal.search.models import Entry
from tests.factories import AgencyFactory, DocumentFactory, root_agency

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"


def feed(client: Client, query: str = "") -> ElementTree.Element:
    answer = client.get(f"/feeds/search.atom{query}")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("application/atom+xml")
    return ElementTree.fromstring(answer.content)  # noqa: S314 - our own answer


@pytest.fixture(autouse=True)
def _documents() -> None:
    root_agency()
    DocumentFactory(published=True, title="旧的高龄津贴", published_on=date(2026, 1, 5))
    DocumentFactory(published=True, title="新的<高龄津贴>&", published_on=date(2026, 2, 5))
    DocumentFactory(published=True, title="防汛值班", published_on=date(2026, 3, 5))
    AgencyFactory(code="laoling", name="高龄津贴办公室")
    index.drain()


def test_it_holds_what_atom_asks_for(client: Client) -> None:
    root = feed(client, "?q=高龄津贴&sort=oldest&page=3")
    assert root.tag == f"{ATOM}feed"
    for name in ("id", "title", "updated"):
        assert len(root.findall(f"{ATOM}{name}")) == 1, name
    assert root.find(f"{ATOM}author/{ATOM}name").text
    entries = root.findall(f"{ATOM}entry")
    for entry in entries:
        for name in ("id", "title", "updated"):
            assert entry.find(f"{ATOM}{name}").text, name
        assert entry.find(f"{ATOM}link").get("href")
    assert len({entry.find(f"{ATOM}id").text for entry in entries}) == len(entries) == 3


def test_newest_first_and_what_has_no_day_last(client: Client) -> None:
    entries = feed(client, "?q=高龄津贴").findall(f"{ATOM}entry")
    titles = [entry.find(f"{ATOM}title").text for entry in entries]
    assert titles == ["新的<高龄津贴>&", "旧的高龄津贴", "高龄津贴办公室"]
    assert entries[0].find(f"{ATOM}updated").text == "2026-02-05T00:00:00+08:00"
    assert entries[2].find(f"{ATOM}updated").text.startswith("1970-")


def test_every_address_is_absolute_and_leads_to_a_page(client: Client) -> None:
    root = feed(client, "?q=高龄津贴&kind=document")
    addresses = [root.find(f"{ATOM}id").text]
    addresses += [link.get("href") for link in root.iter(f"{ATOM}link")]
    addresses += [entry.find(f"{ATOM}id").text for entry in root.iter(f"{ATOM}entry")]
    for address in addresses:
        assert urlsplit(address).scheme in ("http", "https"), address
        assert urlsplit(address).netloc == "testserver"
        assert client.get(address).status_code == 200
    (own,) = (link for link in root.findall(f"{ATOM}link") if link.get("rel") == "self")
    assert len(feed(client, f"?{urlsplit(own.get('href')).query}").findall(f"{ATOM}entry")) == 2


def test_an_empty_search_and_one_without_hits(client: Client) -> None:
    everything = Entry.objects.filter(hidden=False).count()
    assert len(feed(client).findall(f"{ATOM}entry")) == everything > 3
    assert feed(client, "?q=量子纠缠").findall(f"{ATOM}entry") == []


def test_the_page_offers_its_own_feed(client: Client) -> None:
    page = client.get("/search/?q=高龄津贴&kind=document").content.decode()
    assert "/feeds/search.atom?q=%E9%AB%98" in page
