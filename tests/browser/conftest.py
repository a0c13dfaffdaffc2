"""One server and one browser window; each test has tabs of its own, and forbids errors and foreign requests."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.browser.chromium import FLAGS, chromium
from tests.browser.server import Server

# What a window says whose server is gone.
LOST = (
    "ERR_",
    "status of 50",
    "File uploader error",
    "disconnected",
    "reaching server endpoint",
    "Is Streamlit still running",
)

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
def cold(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A process that shows every session its first page as it shows the first one of all."""
    running = Server(tmp_path_factory.mktemp("cold") / "log", "tests/browser/cold_app.py")
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


# A page awaits a run of its script from when it asks for one until a run has ended that no other request cut short.
# Messages are protobuf; a tag is the number of a field and how its length is told.
ASKS = BackMsg.DESCRIPTOR.fields_by_name["rerun_script"].number << 3 | 2
ENDED = ForwardMsg.DESCRIPTOR.fields_by_name["script_finished"].number << 3
AWAITED = f"""
    window.runAwaited = true;
    const heard = new WeakSet();
    const hear = (event) => {{
        const bytes = new Uint8Array(event.data);
        let at = 0;
        const number = () => {{
            let value = 0;
            for (let shift = 1; ; shift *= 128) {{
                value += (bytes[at] & 127) * shift;
                if (bytes[at++] < 128) return value;
            }}
        }};
        while (at < bytes.length) {{
            const tag = number();
            const value = number();
            if (tag === {ENDED} && value !== {ForwardMsg.FINISHED_EARLY_FOR_RERUN}) window.runAwaited = false;
            if (tag % 8 === 2) at += value;
        }}
    }};
    const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function (message) {{
        if (!heard.has(this)) this.addEventListener("message", hear);
        heard.add(this);
        window.runAwaited ||= message[0] === {ASKS};
        return send.call(this, message);
    }};
"""


@pytest.fixture(scope="session")
def window(browser: Browser) -> Iterator[BrowserContext]:
    """What all tabs share is the browser's memory of scripts and pictures; a test leaves nothing else behind."""
    context = browser.new_context(ignore_https_errors=True)  # nobody has signed the certificates of tests
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(AWAITED)
    yield context
    context.close()


@pytest.fixture(scope="session")
def at_rest(window: BrowserContext) -> list[Page]:
    """Tabs that no test has: one that has shown a page holds its scripts ready, and shows the next for half."""
    return []


Opened = Callable[..., Page]


@pytest.fixture
def visit(window: BrowserContext, at_rest: list[Page], server: Server) -> Iterator[Opened]:
    """A function that opens a page of the app in a tab that no other has, or in a `tab` of the test's own.

    When the test ends no tab may have shown an error, logged one, opened a dialog, or asked another host;
    one that `may_lose` its server may have logged that. It is settled unless it need not `wait`.
    """
    tabs: list[tuple[Page, dict[str, Callable[[Any], None]]]] = []
    problems: list[str] = []

    def watched(page: Page, base: str, may_lose: bool) -> None:
        def logged(message: Any) -> None:
            # A deep link asks for two addresses under its own name first; Streamlit answers 404.
            benign = "404" in message.text and message.location["url"].endswith(("health", "host-config"))
            # Another process has no picture before its first run, and Streamlit asks for the page's own at once.
            lost = may_lose and (any(words in message.text for words in LOST) or "/media/" in message.location["url"])
            if message.type == "error" and not benign and not lost:
                problems.append(f"console: {message.text} ({message.location['url']})")

        def asked(request: Any) -> None:
            if not request.url.startswith((base, base.replace("http", "ws"), "data:", "blob:")):
                problems.append(f"foreign request: {request.url}")

        def spoken(dialog: Any) -> None:
            problems.append(f"dialog: {dialog.message}")
            dialog.dismiss()

        hearers = {
            "console": logged,
            "pageerror": lambda error: problems.append(f"page error: {error}"),
            "request": asked,
            "dialog": spoken,
        }
        for event, hearer in hearers.items():
            page.on(event, hearer)  # type: ignore[call-overload]
        tabs.append((page, hearers))

    def left(page: Page) -> None:
        if page.locator("[data-testid=stException]").count():
            problems.append(f"an exception on {page.url}")
        page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")

    def opened(
        path: str = "/",
        *,
        width: int = 1440,
        height: int = 900,
        scheme: str = "light",
        url: str | None = None,
        tab: Page | None = None,
        may_lose: bool = False,
        wait: bool = True,
    ) -> Page:
        base = url or server.url
        page = tab or (at_rest.pop() if at_rest else window.new_page())
        page.bring_to_front()  # a tab behind others draws nothing
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        if tab:
            left(tab)
        else:
            watched(page, base, may_lose)
        page.goto(base + path)
        if wait:
            settled(page)
        return page

    yield opened
    for page, hearers in tabs:
        if page.is_closed():
            continue
        left(page)
        page.unroute_all()
        page.mouse.move(0, 0)
        page.goto("about:blank")
        for event, hearer in hearers.items():
            page.remove_listener(event, hearer)
        at_rest.append(page)
    assert not problems, "\n".join(problems)


def understood(page: Page, what: str = "") -> Locator:
    """Where a page says how it has read a file."""
    said = re.compile(f"(Read as|Probably|Which of these).*{re.escape(what)}")
    return page.get_by_test_id("stAlert").filter(has_text=said)


def settled(page: Page) -> None:
    """Wait until the app is connected and its script has run for all that was asked of it."""
    page.wait_for_function(
        """() => !window.runAwaited && document.querySelector(
            "[data-testid=stApp][data-test-connection-state=CONNECTED][data-test-script-state=notRunning]"
        )"""
    )


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
