"""Topic classes: reference data and the reading of literal texts (DOMAIN §4.5)."""

import pytest

from disclosure import reference, topics
from disclosure.models import Topic


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (r"综合政务\政务公开", "0201"),
        ("综合政务-文秘工作", "0205"),
        ("综合政务 / 政务公开", "0201"),
        ("农业、林业、水利/农业、畜牧业、渔业", "0601"),
        ("农业,林业,水利/水利", "0603"),
        ("城乡建设、环境保护/城乡建设(含住房)", "1002"),
        ("城乡建设、环境保护／城乡建设（含住房）", "1002"),
        ("城乡建设、环境保护/城乡建设", "1002"),
        ("民政、乡村振兴、救灾/社会福利", "1703"),
        ("工业、交通/什么都不是", "07"),
        ("应急管理", "0203"),
        ("公路", "0707"),
        ("其它", "22"),
        ("其他", "22"),
        ("国务院组织机构/其他", "0110"),
        ("通知", None),
        ("信息公开制度 其他 通知", None),
        ("", None),
        ("/", None),
    ],
)
def test_literal_texts(text, code):
    assert topics.code_for(text) == code


@pytest.mark.django_db
def test_planted_once_and_local_names_stay():
    assert Topic.objects.filter(parent=None).count() == 22
    total = Topic.objects.count()
    Topic.objects.filter(code="17").update(name="民政、乡村振兴、救灾")
    Topic.objects.get(code="1703").delete()
    reference.plant_topics()
    reference.plant_topics()
    assert Topic.objects.count() == total
    assert Topic.objects.get(code="17").name == "民政、乡村振兴、救灾"
    assert str(Topic.objects.get(code="1703")) == r"民政、乡村振兴、救灾\社会福利"
