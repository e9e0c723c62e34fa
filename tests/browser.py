"""A browser for journeys: one Chromium a worker, pages at both widths, and axe with readable findings.

A plugin of `tests/conftest.py`: fixtures imported into several modules would start Playwright once for each,
which it refuses.
"""

import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.http import HttpResponse
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage"
).split()
# Without `preload` axe would fetch the style sheets once more, under addresses that are none.
AXE = {"resultTypes": ["violations", "incomplete"], "preload": False}
#: Answers only the violations; the rest is large and takes as long to bring over as to find.
RUN_AXE = Path(__file__).with_name("axe_once.js").read_text(encoding="utf-8")
#: The looks whose contrast axe has found in order in this run, as sums (`axe_once.js`).
_cleared: set[int] = set()
#: As a file of the server's, the browser keeps axe compiled; brought in as text it is read anew on each page.
AXE_ADDRESS = "/static/axe-of-the-tests.js"
#: Milliseconds; a loaded machine of two cores is slow, and a test that waits costs nothing when it passes.
PATIENCE = 30_000
WIDTHS = {"wide": 1280, "phone": 390}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever asks for the browser is a journey."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.journey)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium; its absence is a failure, never a skip."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    # Playwright's own loop makes Django refuse the ORM in this thread (STACK, trap 11).
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        # Without a system Chromium playwright's own is tried; without either it says how to get one.
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


class Desks:
    """Contexts that go from test to test, emptied between: each new one costs a window and a process."""

    def __init__(self, browser: Browser, base_url: str) -> None:
        self.browser, self.base_url = browser, base_url
        self.free: dict[Hashable, list[BrowserContext]] = defaultdict(list)

    def take(self, width: int, **options: Any) -> tuple[Hashable, BrowserContext]:
        """One that nobody sits at, and where to give it back; an empty page keeps its window."""
        place = (width, *sorted(options.items()))
        if self.free[place]:
            return place, self.free[place].pop()
        context = self.browser.new_context(
            base_url=self.base_url,
            viewport={"width": width, "height": 900},
            locale="zh-CN",
            # Colours are judged at rest, not half-way through a transition.
            reduced_motion="reduce",
            **options,
        )
        context.new_page()
        return place, context

    def give_back(self, place: Hashable, context: BrowserContext) -> None:
        """Nothing of this test meets the next: no page, cookie, stored draft or permission.

        What the browser keeps of pages may stay: each is asked for anew (`no-cache`), only files are not.
        """
        kept, *used = context.pages
        for page in used:
            page.close()
        context.unroute_all()
        context.clear_cookies()
        context.clear_permissions()
        context.set_offline(False)
        session = context.new_cdp_session(kept)
        session.send("Storage.clearDataForOrigin", {"origin": self.base_url, "storageTypes": "all"})
        session.detach()
        self.free[place].append(context)


@pytest.fixture(scope="session")
def desks(browser: Browser, live_server: Any) -> Iterator[Desks]:
    """The contexts of this worker. As in production a style sheet or script is asked for only once."""
    serve = StaticFilesHandler.serve

    def kept(handler: StaticFilesHandler, request: Any) -> Any:
        if request.path == AXE_ADDRESS:
            response = HttpResponse(Axe().axe_script, content_type="text/javascript; charset=utf-8")
        else:
            response = serve(handler, request)
        response["Cache-Control"] = "public, max-age=3600"
        return response

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StaticFilesHandler, "serve", kept)
        yield Desks(browser, live_server.url)


@pytest.fixture
def new_page(desks: Desks, live_server: Any) -> Iterator[Callable[..., Page]]:
    """Make pages: `new_page(width=390, user=clerk, javascript=False)`. `goto("/search/")` finds the server.

    What the strict policy refuses, and scripts that fail, are gathered in `page.refusals`.
    """
    lent: list[tuple[Hashable, BrowserContext]] = []

    def make(width: int = 1280, user: Any = None, javascript: bool = True, **options: Any) -> Page:
        place, context = desks.take(width, java_script_enabled=javascript, **options)
        lent.append((place, context))
        if user is not None:
            client = Client()
            client.force_login(user)
            session = client.cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.refusals = []  # type: ignore[attr-defined]
        page.on("console", lambda message: _note(page, message))
        page.on("pageerror", lambda error: page.refusals.append(str(error)))  # type: ignore[attr-defined]
        return page

    yield make
    for place, context in lent:
        desks.give_back(place, context)


def _note(page: Any, message: Any) -> None:
    if "Content Security Policy" in message.text:
        page.refusals.append(message.text)


def findings(page: Page) -> list[str]:
    """What axe finds, one line an element, and what is wider than the screen."""
    # A click returns when the next page begins; its style sheets may still be on their way.
    page.wait_for_load_state("load")
    refusals = list(getattr(page, "refusals", []))
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(url=AXE_ADDRESS)
    answer = page.evaluate(RUN_AXE, {"options": AXE, "cleared": list(_cleared)})
    _cleared.update(answer["cleared"])
    lines = [
        f"{found['id']} ({found['impact']}): {node['html'][:300]} — {found['help']}"
        for found in answer["violations"]
        for node in found["nodes"]
    ]
    # axe itself tries inline styles; what the policy refuses it is none of the page's doing.
    page.refusals = refusals  # type: ignore[attr-defined]
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if wider > 0:
        lines.append(f"sideways: the page is {wider} px wider than the screen")
    return lines


def findings_at_both(page: Page) -> list[str]:
    """`findings` on the desk and on the phone: the page is turned, not fetched anew, and turned back."""
    before, found = page.viewport_size, []
    for name, width in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": 900})
        found += [f"({name}) {line}" for line in findings(page)]
    page.set_viewport_size(before or {"width": 1280, "height": 900})
    return found


@pytest.fixture(scope="session")
def assert_accessible_at_both() -> Callable[[Page], None]:
    """`assert_accessible` on the desk and on the phone."""

    def check(page: Page) -> None:
        found = findings_at_both(page)
        assert not found, f"{page.url}\n" + "\n".join(found)

    return check


@pytest.fixture(scope="session")
def assert_accessible() -> Callable[[Page], None]:
    """`assert_accessible(page)`: no finding of axe and no sideways scrolling, else all of it, readably."""

    def check(page: Page) -> None:
        found = findings(page)
        assert not found, f"{page.url}\n" + "\n".join(found)

    return check
