"""What the public may choose in the catalog; the same parameters drive list, table, export and print."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.contrib.postgres.fields import ArrayField
from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Coalesce

from catalog.channels import STANDARD_CHANNELS
from catalog.models import Item
from catalog.states import Stage
from disclosure.querysets import PUBLIC_STATE, with_public_coverage
from disclosure.states import PublicCoverage
from portal.facets import Facet, FacetedFilterSet, Spec
from portal.filters import agency_names, field_names

LEVELS = ("县级", "乡级", "村级")
AUDIENCES = ("全社会", "特定群体")
#: More choices of one kind than these are not taken from an address.
_MOST = 50
# Files name the tiers in many ways (镇级, 区级, 乡、村级, a city's own name): each tells which of the three.
_LEVEL_SQL = """array_remove(ARRAY[
  CASE WHEN array_to_string({0}, ' ') ~ '村|社区|居委' THEN '村级' END,
  CASE WHEN array_to_string({0}, ' ') ~ '乡|镇|街道' THEN '乡级' END,
  CASE WHEN EXISTS (SELECT 1 FROM unnest({0}) AS tier WHERE tier !~ '村|乡|镇|街|社区|居委')
       THEN '县级' END], NULL)"""
_AUDIENCE_SQL = """array_remove(ARRAY[
  CASE WHEN array_to_string({0}, ' ') ~ '社会' THEN '全社会' END,
  CASE WHEN EXISTS (SELECT 1 FROM unnest({0}) AS label WHERE label !~ '^(面向)?(全)?社会')
       THEN '特定群体' END], NULL)"""
_CHANNEL_SQL = """ARRAY(SELECT entry ->> 'name' FROM jsonb_array_elements({0}) AS entry
  WHERE entry ->> 'mark' <> 'unused')"""


def _texts(column: str, sql: str) -> Func:
    """An array of words computed from one column."""
    template = sql.format("%(expressions)s")
    return Func(F(column), template=template, output_field=ArrayField(TextField()))


_LEVEL, _AUDIENCE, _CHANNEL = (
    _texts("tiers", _LEVEL_SQL),
    _texts("audience", _AUDIENCE_SQL),
    _texts("channels", _CHANNEL_SQL),
)


_RESPONSIBLE = Coalesce("agencies__code", "agency__code")


class SeveralField(forms.Field):
    """Any number of words from the address, empty ones left out."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[str]:
        """The words, each once."""
        return list(dict.fromkeys(word for word in value or [] if word))[:_MOST]


class SeveralFilter(django_filters.Filter):  # type: ignore[misc]
    """A filter that may be given several times: a row passes with any of the values."""

    field_class = SeveralField


def _as_labels(words: tuple[str, ...]) -> Any:
    return lambda: {word: word for word in words}


def _of_column(
    name: str, label: str, column: str, sql: str, labels: Any = None, order: str = "count"
) -> Spec:
    """A facet of words that are reckoned from one column, as its filter reckons them."""
    return Spec(
        name, label, labels=labels, order=order, several=True, column=column, values_sql=sql.format("%s")
    )


class ItemFilter(FacetedFilterSet):
    """Choices of the catalog; an item belongs to the agencies of its 公开主体, else to its owner.

    The rows are items, or their versions of a past day (events of the history, same columns).
    """

    q = django_filters.CharFilter(method="mentioning", label="找")
    field = SeveralFilter(field_name="field__slug", lookup_expr="in", label="领域")
    agency = SeveralFilter(method="of_agency", label="公开主体")
    level = SeveralFilter(method="on_level", label="公开层级")
    audience = SeveralFilter(method="for_audience", label="公开对象")
    manner = SeveralFilter(field_name="manner", lookup_expr="overlap", label="公开方式")
    channel = SeveralFilter(method="in_channel", label="公开渠道")
    stage = SeveralFilter(field_name="stage", lookup_expr="in", label="五公开")
    state = SeveralFilter(method="in_state", label="公开情况")

    specs: tuple[Spec, ...] = (
        Spec("field", "领域", F("field__slug"), field_names, "labels", several=True, joins=False),
        Spec(
            "agency",
            "公开主体",
            Coalesce("agencies__code", "agency__code"),
            agency_names,
            "labels",
            several=True,
        ),
        _of_column("level", "公开层级", "tiers", _LEVEL_SQL, _as_labels(LEVELS), "labels"),
        _of_column("audience", "公开对象", "audience", _AUDIENCE_SQL, _as_labels(AUDIENCES), "labels"),
        _of_column("manner", "公开方式", "manner", "{0}"),
        _of_column("channel", "公开渠道", "channels", _CHANNEL_SQL, _as_labels(STANDARD_CHANNELS)),
        Spec("stage", "五公开", F("stage"), lambda: dict(Stage.choices), "labels", several=True, joins=False),
        Spec(
            "state",
            "公开情况",
            PUBLIC_STATE,
            lambda: dict(PublicCoverage.choices),
            "labels",
            several=True,
            joins=False,
        ),
    )

    def facets(self) -> list[Facet]:
        """The facets; how an item stands is known of today alone."""
        if self.past:
            self.specs = tuple(spec for spec in self.specs if spec.name != "state")
        return super().facets()

    def lookup_of(self, spec: Spec) -> Any:
        """How a facet's values are found; of a past version the agencies hang on its item."""
        if spec.name == "agency" and self.past:
            return Coalesce("pgh_obj__agencies__code", "agency__code")
        return spec.lookup

    @property
    def past(self) -> bool:
        """Whether the rows are versions of a past day."""
        return self.queryset.model is not Item

    def mentioning(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Items that hold every word typed, in their names, content or subject."""
        for word in value.split()[:8]:
            rows = rows.filter(
                Q(levels__icontains=word) | Q(content__icontains=word) | Q(subject__icontains=word)
            )
        return rows

    def of_agency(self, rows: QuerySet[Any], name: str, value: list[str]) -> QuerySet[Any]:
        """Items for which one of the agencies answers."""
        if not value:
            return rows
        links = Item.agencies.through.objects.filter(item_id=OuterRef("pgh_obj_id" if self.past else "pk"))
        named = Exists(links.filter(agency__code__in=value))
        return rows.filter(Q(named) | Q(~Exists(links), agency__code__in=value))

    def on_level(self, rows: QuerySet[Any], name: str, value: list[str]) -> QuerySet[Any]:
        """Items of one of the levels."""
        return rows.alias(item_levels=_LEVEL).filter(item_levels__overlap=value) if value else rows

    def for_audience(self, rows: QuerySet[Any], name: str, value: list[str]) -> QuerySet[Any]:
        """Items for one of the audiences."""
        return rows.alias(item_audience=_AUDIENCE).filter(item_audience__overlap=value) if value else rows

    def in_channel(self, rows: QuerySet[Any], name: str, value: list[str]) -> QuerySet[Any]:
        """Items that appear, or may appear, in one of the channels."""
        return rows.alias(item_channels=_CHANNEL).filter(item_channels__overlap=value) if value else rows

    def in_state(self, rows: QuerySet[Any], name: str, value: list[str]) -> QuerySet[Any]:
        """Items that stand so to the public; of a past day nothing is known of it."""
        if not value or self.past:
            return rows
        return with_public_coverage(rows).filter(public_state__in=value)
