"""The one policy for rich text, at every door into the database (STACK, trap 1)."""

import pytest

from disclosure.models import Document
from disclosure.rich_text import clean, to_text
from tests.factories import AgencyFactory, DocumentFactory

EVIL = '<p onclick="x()">甲</p><script>alert(1)</script><img src=x onerror=x()><iframe src="//x"></iframe>'


@pytest.mark.parametrize(
    ("dirty", "cleaned"),
    [
        ('<p style="text-align: right; position: fixed; top: 0">甲</p>', '<p class="align-right">甲</p>'),
        ('<p class="align-right evil">甲</p>', '<p class="align-right">甲</p>'),
        ('<p class="align-left" style="text-align:center">甲</p>', '<p class="align-center">甲</p>'),
        ('<a href="javascript:x()">甲</a>', '<a rel="noopener noreferrer">甲</a>'),
        ('<td colspan="2" style="background:url(//x)">甲</td>', "甲"),
        ("<style>p{}</style><p>甲</p>", "<p>甲</p>"),
        ('<svg><a href="javascript:x()">甲</a></svg><p>乙</p>', "<p>乙</p>"),
        ("<p>a &lt; b &amp; c</p>", "<p>a &lt; b &amp; c</p>"),
    ],
)
def test_the_policy(dirty, cleaned):
    assert clean(dirty).html == cleaned
    assert clean(cleaned).html == cleaned


def test_what_was_removed_is_said():
    assert set(clean(EVIL).removed) == {"事件代码", "脚本", "图片", "<iframe> 元素"}
    assert clean('<a href="file:///c:/x">甲</a>').removed == ("不安全的链接",)
    assert clean("<p>甲</p>").removed == ()


@pytest.mark.django_db
def test_every_door_cleans():
    paper = DocumentFactory(body=EVIL)
    Document.objects.bulk_create([Document(agency=AgencyFactory(), title="乙", body=EVIL)])
    other = DocumentFactory()
    Document.objects.filter(pk=other.pk).update(body=EVIL)
    paper.body = EVIL
    paper.save()
    assert set(Document.objects.values_list("body", flat=True)) == {"<p>甲</p>"}


def test_words_of_a_body():
    assert (
        to_text("<h2>一、总则</h2><p>甲<br>乙</p><table><tr><td>1</td><td>2</td></tr></table>")
        == "一、总则\n甲\n乙\n1 2"
    )
