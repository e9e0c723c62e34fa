"""One package (公文包), many hands: 8 clients sign or release the same package at the same time, some of them
killed (SIGKILL) at random points. Exactly one wins, nothing is ever half out, and what nobody finished is
finished by the next. Beside it: from signing to visible in search, median and worst.

`BENCH_PACKAGE_ROUNDS=200` for the whole measurement. Writes and commits: only into a database of its own.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import statistics
import sys
import time
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

ROUNDS = 12
CLIENTS = 8
PARTS = 3
SEARCHED = 15
_FORK = multiprocessing.get_context("fork")


def run(rounds: int | None = None) -> dict[str, Any]:
    """Figures of the rounds, and of the way to the search; ready for JSON. Raises AssertionError."""
    import county

    county.load()
    rounds = rounds or int(os.environ.get("BENCH_PACKAGE_ROUNDS", ROUNDS))
    dice = random.Random(20261123)  # noqa: S311 - which clients are killed, and when
    people = _people()
    told = [_round(number, people, dice) for number in range(rounds)]
    spent = [one["seconds"] for one in told]
    return {
        "rounds": rounds,
        "clients": CLIENTS,
        "killed": sum(one["killed"] for one in told),
        "rounds_with_kills": sum(one["killed"] > 0 for one in told),
        "won_by_a_client": sum(one["winners"] == 1 for one in told),
        "won_by_one_killed_after_commit": sum(one["winners"] == 0 and not one["unfinished"] for one in told),
        "finished_by_the_next": sum(one["unfinished"] for one in told),
        "refused": sum(one["refused"] for one in told),
        "other_errors": sum(one["errors"] for one in told),
        "looks_of_a_reader": sum(one["looks"] for one in told),
        "half_out": 0,
        "seconds": {"median": round(statistics.median(spent), 3), "worst": round(max(spent), 3)},
        "visible_in_search_ms": _to_search(people),
    }


def _people() -> SimpleNamespace:
    """An agency with one step of review, a clerk, and a reviewer for each client."""
    import agencies.services
    from agencies.models import Agency
    from agencies.roles import CLERK, REVIEWER
    from disclosure.models import ReviewRoute, Topic
    from disclosure.states import Lane, ReviewLevel

    agency = agencies.services.create_agency(
        code="bench-package",
        name="测速公文包局",
        kind="department",
        parent=Agency.objects.root(),
        credit_code="11539921MB0000999J",
        by=None,
    )
    ReviewRoute.objects.create(agency=agency, lane=Lane.POLICY, levels=[ReviewLevel.FINAL])

    def person(name: str, role: Any) -> Any:
        return agencies.services.create_user(
            username=name, full_name=name, agency=agency, roles=[role], by=None
        )

    return SimpleNamespace(
        agency=agency,
        topic=Topic.objects.filter(parent__isnull=False).first(),
        clerk=person("bench-clerk", CLERK),
        reviewers=[person(f"bench-reviewer-{number}", REVIEWER) for number in range(CLIENTS)],
        next=person("bench-reviewer-next", REVIEWER),
    )


def _package(people: SimpleNamespace, name: str) -> Any:
    """A policy document under review, with 起草说明 and two interpretations."""
    import interpretation.services
    from disclosure import services

    document = services.create_document(
        by=people.clerk,
        agency=people.agency,
        title=f"关于{name}并发签发的通知",
        body=f"<p>{name}。请各单位遵照执行。</p>",
        openness="proactive",
        is_policy=True,
        written_on=date(2026, 2, 27),
        topic=people.topic,
    )
    services.keep_drafting_note(document, by=people.clerk, body="<p>为了测量。</p>")
    for number in range(PARTS - 1):
        interpretation.services.create_interpretation(
            by=people.clerk,
            agency=people.agency,
            title=f"{name}解读{number}",
            body="<p>用一个例子说清楚怎么办。</p>",
            interpreter=people.agency.name,
            contact="0799-5210306",
            documents=[document],
        )
    return services.submit(document, by=people.clerk)


def _round(number: int, people: SimpleNamespace, dice: random.Random) -> dict[str, Any]:
    """Let the clients go at one package, kill some, look at what stands. Every third goes by its minute."""
    document = _package(people, f"第{number}轮")
    scheduled = number % 3 == 2
    if scheduled:
        _schedule(document, people)
    figures, told = _race(document.pk, scheduled, people, dice)
    figures |= {"winners": told.count("won"), "refused": told.count("refused")}
    figures["errors"] = len(told) - figures["winners"] - figures["refused"]
    if figures["half"] or figures["errors"]:
        raise AssertionError(f"round {number}: {figures} {told}")
    figures["unfinished"] = _finish(document.pk, people, scheduled, figures["winners"])
    _whole(document.pk)
    print(number, figures, file=sys.stderr, flush=True)
    return figures


def _race(
    pk: int, scheduled: bool, people: SimpleNamespace, dice: random.Random
) -> tuple[dict[str, Any], list[str]]:
    """All clients at once, a reader beside them: figures, and the answers of those who lived to give one."""
    from django.db import connections

    victims = dice.sample(range(CLIENTS), dice.choice((0, 1, 2, 4, CLIENTS)))
    connections.close_all()
    # A pipe each: whoever is killed can take no lock and no half an answer of another along.
    pipes = [_FORK.Pipe() for _ in range(CLIENTS)]
    clients = [
        _FORK.Process(target=_client, args=(pk, place, scheduled, people, pipes[place][1]))
        for place in range(CLIENTS)
    ]
    stop, looks, half = _FORK.Event(), _FORK.Value("i", 0, lock=False), _FORK.Value("i", 0, lock=False)
    reader = _FORK.Process(target=_reader, args=(pk, stop, looks, half))
    for process in (reader, *clients):
        process.start()
    for ours, _ in pipes:
        ours.recv()  # connected, and at the line
    began = time.perf_counter()
    for ours, _ in pipes:
        ours.send("go")
    for place in victims:
        time.sleep(dice.uniform(0, 0.15))
        os.kill(clients[place].pid or 0, signal.SIGKILL)
    for process in clients:
        process.join()
    seconds = time.perf_counter() - began
    stop.set()
    reader.join()
    told = [str(ours.recv()) for ours, _ in pipes if ours.poll()]
    for pair in pipes:
        for end in pair:
            end.close()
    killed = sum(process.exitcode == -signal.SIGKILL for process in clients)
    return {"seconds": seconds, "killed": killed, "looks": looks.value, "half": half.value}, told


def _client(pk: int, place: int, scheduled: bool, people: SimpleNamespace, pipe: Any) -> None:
    """One client: waits for the word, signs (or lets go what is due), says how it ended."""
    from django.utils import timezone

    from disclosure import services
    from disclosure.models import Document

    document = Document.objects.get(pk=pk)
    pipe.send("ready")
    pipe.recv()
    try:
        if scheduled:
            released = services.release_due(now=timezone.now() + timedelta(hours=2))
            answer = "won" if released else "refused"
        else:
            services.approve(document, by=people.reviewers[place], secrecy_cleared=True)
            answer = "won"
    except services.NotAllowed:
        answer = "refused"
    except Exception as error:
        answer = repr(error)
    pipe.send(answer)
    os._exit(0)


def _schedule(document: Any, people: SimpleNamespace) -> None:
    from django.utils import timezone

    from disclosure import services

    services.schedule(
        document, publish_at=timezone.now() + timedelta(hours=1), by=people.next, secrecy_cleared=True
    )


def _states(pk: int) -> list[str]:
    """The states of all parts in one statement: what one reader sees at one moment."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT status FROM disclosure_document WHERE id = %s UNION ALL SELECT i.status"
            " FROM interpretation_interpretation i JOIN interpretation_interpretation_documents l"
            " ON l.interpretation_id = i.id WHERE l.document_id = %s",
            [pk, pk],
        )
        return [status for (status,) in cursor.fetchall()]


def _reader(pk: int, stop: Any, looks: Any, half: Any) -> None:
    while not stop.is_set():
        states = _states(pk)
        looks.value += 1
        if len(states) != PARTS or len(set(states)) != 1:
            half.value += 1
    os._exit(0)


def _finish(pk: int, people: SimpleNamespace, scheduled: bool, winners: int) -> bool:
    """Where nobody finished, the next one does; tells whether that was so. Never two winners."""
    from django.utils import timezone

    from disclosure import services
    from disclosure.models import Document

    states = set(_states(pk))
    if states == {"published"}:
        if winners > 1:
            raise AssertionError(f"{winners} winners")
        return False
    if winners or states != {"scheduled" if scheduled else "submitted"}:
        raise AssertionError(f"{winners} winners, and {states}")
    if scheduled:
        services.release_due(now=timezone.now() + timedelta(hours=2))
    else:
        services.approve(Document.objects.get(pk=pk), by=people.next, secrecy_cleared=True)
    return True


def _whole(pk: int) -> None:
    """All parts public, by one person at one moment, each signed once, each with a number of its own."""
    from disclosure.models import Document

    document = Document.objects.get(pk=pk)
    parts = [document, *document.interpretations.all()]
    if {part.status for part in parts} != {"published"}:
        raise AssertionError([part.status for part in parts])
    if len({(part.approved_by_id, part.published_at) for part in parts}) != 1:
        raise AssertionError("not by one act")
    if len({part.index_number for part in parts}) != PARTS:
        raise AssertionError("a number twice")
    for part in parts:
        if part.steps.filter(outcome="agreed").count() != 1:
            raise AssertionError("signed more than once")


def _to_search(people: SimpleNamespace) -> dict[str, float]:
    """Milliseconds from the click on 签发 until a search finds document and interpretation."""
    from disclosure import services
    from portal.search import engine
    from portal.search.params import SearchParams

    spent = []
    for number in range(SEARCHED):
        name = f"检索第{number}号样本{number * 7919}"
        document = _package(people, name)
        began = time.perf_counter()
        services.approve(document, by=people.next, secrecy_cleared=True)
        while engine.search(SearchParams(q=name)).count < 1:
            if time.perf_counter() - began > 60:
                raise AssertionError("not found after a minute")
            time.sleep(0.005)
        spent.append((time.perf_counter() - began) * 1000)
    return {"median": round(statistics.median(spent)), "worst": round(max(spent)), "tries": SEARCHED}
