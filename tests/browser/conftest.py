"""A live server per session, and a fresh browser context per test that forbids errors and foreign requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.browser.chromium import FLAGS, chromium
from tests.browser.server import Server

# What a window says whose server is gone.
LOST = ("ERR_", "disconnected", "reaching server endpoint", "Is Streamlit still running")

# A shared machine may be slow: what is waited for may take long, and nothing is asserted before.
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("server") / "log")
    yield running
    running.stop()
    assert "Traceback" not in running.text(), running.text()


@pytest.fixture
def fresh_server(tmp_path: Path) -> Iterator[Server]:
    """A process that nobody has visited yet."""
    running = Server(tmp_path / "log")
    yield running
    running.stop()
    assert "Traceback" not in running.text(), running.text()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    assert path, "there is no Chromium; run: python -m tests.browser.chromium"
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        yield launched
        launched.close()


Opened = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[Opened]:
    """A function that opens a page of the app in a window of its own.

    When the test ends no window may have shown an error, logged one, or asked another host; one that
    `may_lose` its server may have logged that. It is settled unless it need not `wait`.
    """
    contexts: list[Any] = []
    problems: list[str] = []

    def opened(
        path: str = "/",
        *,
        width: int = 1440,
        height: int = 900,
        scheme: str = "light",
        url: str | None = None,
        may_lose: bool = False,
        wait: bool = True,
    ) -> Page:
        base = url or server.url
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()

        def logged(message: Any) -> None:
            # A deep link asks for two addresses under its own name first; Streamlit answers 404.
            benign = "404" in message.text and message.location["url"].endswith(("health", "host-config"))
            lost = may_lose and any(words in message.text for words in LOST)
            if message.type == "error" and not benign and not lost:
                problems.append(f"console: {message.text} ({message.location['url']})")

        page.on("console", logged)
        page.on("pageerror", lambda error: problems.append(f"page error: {error}"))
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((base, base.replace("http", "ws"), "data:", "blob:"))
                else problems.append(f"foreign request: {request.url}")
            ),
        )
        page.goto(base + path)
        if wait:
            settled(page)
        return page

    yield opened
    for context in contexts:
        for page in context.pages:
            if page.locator("[data-testid=stException]").count():
                problems.append(f"an exception on {page.url}")
        context.close()
    assert not problems, "\n".join(problems)


def settled(page: Page) -> None:
    """Wait until the app is connected and its script has run."""
    page.wait_for_selector("[data-testid=stApp][data-test-connection-state=CONNECTED]")
    page.wait_for_timeout(150)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")


def in_sight(target: Locator) -> Locator:
    """`target` once it is in sight and nothing scrolls: a list that opens while the page scrolls closes again."""
    target.scroll_into_view_if_needed()
    target.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return target


def drawn(page: Page) -> None:
    """Wait until the live chart has been drawn at least once."""
    page.wait_for_selector(".lv[data-draws]")
    settled(page)


def fits(page: Page) -> None:
    """Wait until nothing of the page sticks out at the side."""
    page.wait_for_function("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def curve(page: Page, name: str, panel: int = 0) -> list[float]:
    """The numbers of one curve of the live chart as they are drawn once the hand rests."""
    page.wait_for_selector(".lv-plot:not(.lv-moves)")
    values: list[float] = page.evaluate(
        """([name, panel]) => {
            const { u, curves } = document.querySelector(".lv-plot").panels[panel];
            return Array.from(u.data[1 + curves.findIndex((curve) => curve.name === name && curve.alpha === 1)]);
        }""",
        [name, panel],
    )
    return values
