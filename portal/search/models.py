"""The index: one row for each public thing, and the outbox that keeps it in step."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from portal.search.learning_models import (
    Asked,
    BestBet,
    Choice,
    Settlement,
    Synonym,
    TableVersion,
    Want,
    Way,
)

__all__ = [
    "Asked",
    "BestBet",
    "Choice",
    "Entry",
    "IndexState",
    "Lexeme",
    "Outbox",
    "Settlement",
    "Synonym",
    "TableVersion",
    "Want",
    "Way",
]


class Entry(models.Model):
    """One public thing. Written by `index.py` alone, hidden by the triggers of the migrations.

    `version` comes from one sequence that the triggers draw from, so a late update cannot bring back a page
    that was withdrawn meanwhile.
    """

    key = models.CharField(max_length=60, primary_key=True)
    place = models.CharField(max_length=20)
    source_pk = models.BigIntegerField()
    kind = models.CharField(max_length=20, default="")
    title = models.TextField(default="")
    title_folded = models.TextField(default="")
    body = models.TextField(default="")
    url = models.CharField(max_length=300, default="")
    public_id = models.CharField(max_length=100, default="")
    source_id = models.CharField(max_length=100, default="")
    doc_number = models.CharField(max_length=100, default="")
    index_number = models.CharField(max_length=60, default="")
    numbers = ArrayField(models.CharField(max_length=160), default=list)
    agency_id = models.BigIntegerField(null=True)
    agency_path = models.CharField(max_length=400, default="")
    topic = models.CharField(max_length=60, default="")
    fields = ArrayField(models.CharField(max_length=60), default=list)
    year = models.PositiveSmallIntegerField(null=True)
    written_on = models.DateField(null=True)
    published_on = models.DateField(null=True)
    #: As somebody said it; what holds today is reckoned at every reading from it and the five days.
    validity = models.CharField(max_length=16, default="")
    effective_on = models.DateField(null=True)
    amended_on = models.DateField(null=True)
    lapsed_on = models.DateField(null=True)
    expires_on = models.DateField(null=True)
    repealed_on = models.DateField(null=True)
    tokens = SearchVectorField(null=True)
    #: Title and keywords alone, small enough to be read with the row: most of the order comes from it.
    head = SearchVectorField(null=True)
    hidden = models.BooleanField(default=True)
    version = models.BigIntegerField(default=0)

    class Meta:
        indexes = [
            GinIndex(fields=["tokens"], name="search_by_words", fastupdate=False),
            GinIndex(fields=["numbers"], name="search_by_number"),
            models.Index(fields=["-published_on"], name="search_by_day"),
            models.Index(fields=["title_folded"], name="search_by_title", opclasses=["text_pattern_ops"]),
        ]

    def __str__(self) -> str:
        return self.key


class Outbox(models.Model):
    """A thing whose entry is to be written anew; filled by the triggers, worked off by `index.drain`."""

    place = models.CharField(max_length=20)
    source_pk = models.BigIntegerField()
    version = models.BigIntegerField()
    queued_at = models.DateTimeField(db_default=models.functions.Now())

    def __str__(self) -> str:
        return f"{self.place}:{self.source_pk}"


class IndexState(models.Model):
    """Which dictionary cut the live index, and when it was last rebuilt (one row)."""

    words_version = models.CharField(max_length=20)
    rebuilt_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.words_version


class Lexeme(models.Model):
    """In about how many entries a word or tag stands, as of the last rebuild: what a query will cost."""

    lexeme = models.TextField(primary_key=True)
    entries = models.PositiveIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["lexeme"], name="search_lexeme_begin", opclasses=["text_pattern_ops"])
        ]

    def __str__(self) -> str:
        return self.lexeme
