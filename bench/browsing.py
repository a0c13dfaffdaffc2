"""What a person at the browser waits for: a step of a slider, a drag, a cold start."""

from __future__ import annotations

import tempfile
import time
from itertools import pairwise
from pathlib import Path

from playwright.sync_api import Browser, Page

from bench.figures import percentile, row, spread
from tests.browser.conftest import drawn, settled
from tests.browser.server import Server

STEPS = 60

# Time from the key's event in the page to the frame in which its effect is painted.
_WATCH = """(painted) => {
    window.times = [];
    let pressed = 0;
    const now = new Function(`return ${painted}`);
    let before = now();
    window.addEventListener("keydown", () => { pressed = performance.now(); }, true);
    const look = () => {
        const after = now();
        if (pressed && after !== before) {
            const from = pressed;
            pressed = 0;
            requestAnimationFrame(() => window.times.push(performance.now() - from));
        }
        before = after;
    };
    const options = { subtree: true, childList: true, characterData: true, attributes: true };
    new MutationObserver(look).observe(document.querySelector("[data-testid=stMain]"), options);
}"""
_TEXT = "document.querySelector('[data-testid=stText]').textContent"
_CHART = "document.querySelector('.lv').dataset.draws"

_DRAG = """async () => {
    const range = document.getElementById("lv-focal.gamma");
    const times = [];
    const watch = new MutationObserver(() => times.push(performance.now()));
    watch.observe(document.querySelector(".lv"), { attributes: true, attributeFilter: ["data-draws"] });
    const start = performance.now();
    await new Promise((done) => {
        const move = setInterval(() => {
            const at = performance.now() - start;
            if (at > 3000) { clearInterval(move); done(); return; }
            range.value = 2.5 + 2.5 * Math.sin(at / 300);
            range.dispatchEvent(new Event("input", { bubbles: true }));
        }, 1000 / 60);
    });
    await new Promise((done) => setTimeout(done, 200));
    return times.map((time) => time - start);
}"""


def steps(page: Page, slider: str, painted: str) -> list[float]:
    """Milliseconds from each key press on a slider to its painted effect."""
    page.evaluate(_WATCH, painted)
    page.locator(slider).focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(800)
    page.evaluate("() => { window.times.length = 0; }")
    for _ in range(STEPS):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(500)
        settled(page)
    times: list[float] = page.evaluate("() => window.times")
    return times


def interaction(browser: Browser) -> None:
    """A step by keyboard on the app and on an empty Streamlit page, then a drag."""
    print("From a key press to the painted chart")
    with tempfile.TemporaryDirectory() as folder:
        empty, app = Server(Path(folder) / "empty", "bench/empty.py"), Server(Path(folder) / "app")
        try:
            page = browser.new_page()
            page.goto(empty.url)
            settled(page)
            baseline = steps(page, "input[type=range]", _TEXT)
            row("empty Streamlit page, one slider and a line of text", spread(baseline))
            page.close()
            for path, slider in (("/", "#lv-prevalence"), ("/loss_curves", '[id="lv-focal.gamma"]')):
                page = browser.new_page(viewport={"width": 1440, "height": 900})
                page.goto(app.url + path)
                drawn(page)
                taken = steps(page, slider, _CHART)
                row(f"lossviz {path}", spread(taken))
                ratios = [percentile(taken, share) / percentile(baseline, share) for share in (0.5, 0.95)]
                row("  ratio to the empty page", f"p50 {ratios[0]:6.2f}      p95 {ratios[1]:6.2f}")
                if path == "/loss_curves":
                    drag(page)
                page.close()
        finally:
            empty.stop()
            app.stop()


def drag(page: Page) -> None:
    page.wait_for_timeout(1500)
    times = page.evaluate(_DRAG)
    gaps = [later - earlier for earlier, later in pairwise(times)]
    row(
        "dragging for 3 s at 60 moves a second",
        f"{len(times) / 3:.0f} redraws a second, largest gap {max(gaps):.0f} ms",
    )


# The moment at which something is in the page, in seconds since 1970: what waits for it from outside comes later.
_WHEN = """(wanted) => {
    const look = setInterval(() => {
        if (!document.querySelector(wanted)) return;
        window.seen = (performance.timeOrigin + performance.now()) / 1000;
        clearInterval(look);
    }, 4);
}"""


def cold_start(browser: Browser) -> None:
    """From starting the process to the first chart, beside a bare page with one line of text, in turns."""
    print("From starting the process to the first picture, in a browser window opened for it (median of 15)")
    runs = []
    for _ in range(15):
        bare = first_picture(browser, "bench/empty.py", "[data-testid=stText]")
        runs.append((bare, first_picture(browser, "app.py", ".lv[data-draws]")))
    bare, chart = (percentile(each, 0.5) for each in zip(*runs, strict=True))
    row("bare Streamlit page, one line of text", f"{bare:.2f} s")
    ratio = percentile([chart / bare for bare, chart in runs], 0.5)
    row("lossviz, the start page's chart", f"{chart:.2f} s   {ratio:.2f} times as long, pair by pair")


def first_picture(browser: Browser, script: str, wanted: str) -> float:
    """Seconds from starting a process to what `wanted` selects on its start page, in a browser that has no cache."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.time()
        server = Server(Path(folder) / "log", script)
        context = browser.new_context()
        try:
            page = context.new_page()
            page.add_init_script(f"({_WHEN})({wanted!r})")
            page.goto(server.url)
            page.wait_for_function("() => window.seen", timeout=60_000)
            return float(page.evaluate("() => window.seen")) - start
        finally:
            context.close()
            server.stop()
