"""`manage.py make_corpus N`: N made papers, to measure search by, into a database that holds nothing else."""

import json
from argparse import ArgumentParser
from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from agencies.kinds import AgencyKind
from agencies.models import Agency
from agencies.services import create_agency
from disclosure.models import Document, Topic
from portal.search import index
from portal.search.corpus import Corpus

_BATCH = 2_000
_MARK = "corpus-"


class Command(BaseCommand):
    """Make the papers and their index; JSON on standard output, progress on standard error."""

    help = "生成 N 篇模拟文件并建立索引,只用于测量;数据库里已有真实文件的,拒绝执行。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the number of papers."""
        parser.add_argument("count", type=int, help="篇数,例如 200000")

    def handle(self, *args: Any, **options: Any) -> None:
        """Fill what is missing up to the number, then build the index."""
        count = options["count"]
        if not 1 <= count <= 5_000_000:
            raise CommandError("篇数应在 1 到 5000000 之间。")
        if Document.objects.exclude(source_id__startswith=_MARK).exists():
            raise CommandError("这个数据库里有真实文件。请另建一个数据库,用 DATABASE_URL 指向它再运行。")
        if Document.objects.exists():
            raise CommandError("这个数据库里已经有模拟文件。请换一个空的数据库。")
        self._fill(count)
        entries = index.rebuild(self._tell)
        self.stdout.write(json.dumps({"documents": count, "entries": entries}))

    def _fill(self, count: int) -> None:
        agencies = self._agencies()
        topics = list(Topic.objects.order_by("pk").values_list("pk", flat=True))
        corpus, made = Corpus(), range(count)
        rows = (self._row(corpus, number, count, agencies, topics) for number in made)
        done = 0
        while batch := list(islice(rows, _BATCH)):
            with transaction.atomic(), connection.cursor() as cursor:
                # No history and no outbox: nothing of it was ever a draft, and the index is built at the end.
                cursor.execute("SET LOCAL session_replication_role = replica")
                Document.objects.bulk_create(batch)
            done += len(batch)
            self._tell(done)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")

    @staticmethod
    def _agencies() -> list[int]:
        """Forty departments and a dozen townships with five villages each."""
        county = Agency.objects.get(parent=None)
        made = [
            create_agency(
                code=f"ju{n:02}",
                name=f"青澜县模拟第{n}局",
                kind=AgencyKind.DEPARTMENT,
                parent=county,
                by=None,
            )
            for n in range(1, 41)
        ]
        for n in range(1, 13):
            town = create_agency(
                code=f"zhen{n:02}", name=f"模拟第{n}镇", kind=AgencyKind.TOWNSHIP, parent=county, by=None
            )
            made += [town]
            made += [
                create_agency(
                    code=f"cun{n:02}-{m}",
                    name=f"模拟{n}镇{m}村",
                    kind=AgencyKind.VILLAGE,
                    parent=town,
                    by=None,
                )
                for m in range(1, 6)
            ]
        return [agency.pk for agency in made]

    @staticmethod
    def _row(corpus: Corpus, number: int, of: int, agencies: list[int], topics: list[int]) -> Document:
        paper = corpus.paper(number, of=of, agencies=len(agencies), topics=len(topics))
        return Document(
            title=paper.title,
            body=paper.body,
            doc_number=paper.doc_number,
            agency_id=agencies[paper.agency],
            topic_id=topics[paper.topic],
            status="published",
            openness="proactive",
            published_on=paper.published_on,
            written_on=paper.published_on,
            validity=paper.validity,
            source_id=f"{_MARK}{number}",
        )

    def _tell(self, done: int) -> None:
        if done % 10_000 < _BATCH:
            self.stderr.write(f"{done}", ending="\r")
            self.stderr.flush()
