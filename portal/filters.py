"""What the public may choose on the list pages; names of parameters as DESIGN promises them."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Case, CharField, F, Func, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Coalesce, ExtractYear
from django.utils import timezone

from agencies.models import Agency
from catalog.models import Field
from disclosure.models import Topic
from disclosure.querysets import NEEDS_EXPLANATION
from disclosure.states import DocumentKind, Validity
from disclosure.validity import validity_expression
from interpretation.states import Form
from portal.facets import FacetedFilterSet, Spec


def agency_names() -> dict[str, str]:
    """Labels of the agencies by code, in the county's order."""
    return {
        code: short or name
        for code, short, name in Agency.objects.order_by("order", "code").values_list(
            "code", "short_name", "name"
        )
    }


def field_names() -> dict[str, str]:
    """Names of the fields by slug, in the official order."""
    return dict(Field.objects.order_by("order", "slug").values_list("slug", "name"))


def topic_names() -> dict[str, str]:
    """Names of the topic classes of the first level by code."""
    return dict(Topic.objects.filter(parent=None).values_list("code", "name"))


def _year(lookup: str) -> Cast:
    return Cast(ExtractYear(lookup), CharField())


def _each(array: str) -> Func:
    """One row for each element of an array column."""
    return Func(F(array), function="unnest", output_field=CharField())


class _Dated(FacetedFilterSet):
    """Filters that documents and interpretations share."""

    agency = django_filters.CharFilter(field_name="agency__code", label="单位")
    year = django_filters.NumberFilter(
        field_name="published_on__year", label="年份", min_value=1900, max_value=9999
    )
    published_after = django_filters.DateFilter("published_on", "gte", label="公开不早于")
    published_before = django_filters.DateFilter("published_on", "lte", label="公开不晚于")

    def of_topic(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Those of a topic or of a topic below it."""
        return rows.filter(Q(topic__code=value) | Q(topic__parent__code=value))


class DocumentFilter(_Dated):
    """Choices of the document list."""

    topic = django_filters.CharFilter(method="of_topic", label="主题")
    field = django_filters.CharFilter(field_name="fields__slug", label="领域")
    validity = django_filters.CharFilter(method="of_validity", label="有效性")
    kind = django_filters.CharFilter(field_name="kind", label="类型")
    normative = django_filters.CharFilter(method="only_normative", label="规范性文件")
    policy = django_filters.CharFilter(method="only_policy", label="政策文件")

    specs = (
        Spec("kind", "类型", F("kind"), lambda: dict(DocumentKind.choices), "labels"),
        Spec(
            "normative",
            "规范性文件",
            Case(When(is_normative=True, then=Value("1")), default=Value("")),
            lambda: {"1": "只看行政规范性文件"},
        ),
        Spec(
            "policy",
            "政策文件",
            Case(When(NEEDS_EXPLANATION, then=Value("1")), default=Value("")),
            lambda: {"1": "只看政策文件"},
        ),
        Spec("validity", "有效性", None, lambda: dict(Validity.choices), "labels"),
        Spec("agency", "公开单位", F("agency__code"), agency_names),
        Spec("topic", "主题", Coalesce("topic__parent__code", "topic__code"), topic_names),
        Spec("field", "领域", F("fields__slug"), field_names),
        Spec("year", "年份", _year("published_on"), None, "newest"),
    )

    def lookup_of(self, spec: Spec) -> Any:
        """Validity is that of today: an expiry acts by itself."""
        return validity_expression(timezone.localdate()) if spec.name == "validity" else spec.lookup

    def of_validity(self, rows: Any, name: str, value: str) -> Any:
        """Documents of this validity today."""
        return rows.with_validity_on(timezone.localdate()).filter(validity_then=value)

    def only_normative(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """行政规范性文件 alone."""
        return rows.filter(is_normative=True) if value == "1" else rows

    def only_policy(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Policy documents alone: those that must be interpreted."""
        return rows.filter(NEEDS_EXPLANATION) if value == "1" else rows


class InterpretationFilter(_Dated):
    """Choices of the list of interpretations."""

    form = django_filters.CharFilter(method="of_form", label="形式")
    topic = django_filters.CharFilter(method="of_topic", label="主题")

    specs = (
        Spec("form", "形式", _each("forms"), lambda: dict(Form.choices), "labels"),
        Spec("agency", "解读单位", F("agency__code"), agency_names),
        Spec("topic", "主题", Coalesce("topic__parent__code", "topic__code"), topic_names),
        Spec("year", "年份", _year("published_on"), None, "newest"),
    )

    def of_form(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Interpretations that take this form."""
        return rows.filter(forms__contains=[value])
