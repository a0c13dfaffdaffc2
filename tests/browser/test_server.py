"""What only a live server shows: headers, routes, deep links into a fresh process."""

from __future__ import annotations

import asyncio
import gzip
import json
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from email.message import Message
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

import lossviz
from bench.figures import memory
from bench.load import soak, uploads_soak
from bench.restarts import visitors
from tests.browser.conftest import Opened, drawn, settled
from tests.browser.server import ROOT, Server
from ui.serving.assets import FILES, PREFIX
from ui.shared.page import PageCard, cards


def get(url: str, **headers: str) -> tuple[int, bytes, Message]:
    request = urllib.request.Request(url, headers=headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers


def test_headers(server: Server) -> None:
    for path in ("/", "/weights", "/api/v1/curves?loss=bce", "/_stcore/health"):
        _, _, headers = get(server.url + path)
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "'unsafe-eval'" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"


def test_curves_route(server: Server) -> None:
    query = "loss=focal&loss=bce&focal.gamma=3&focal.alpha=off&bce.pos_weight=9&points=41&reach=4"
    status, body, headers = get(f"{server.url}/api/v1/curves?{query}")
    assert status == 200
    assert "public" in headers["Cache-Control"]
    length = int.from_bytes(body[:4], "little")
    header = json.loads(body[4 : 4 + length])
    assert header["points"] == 41
    rows = np.frombuffer(body[4 + length :], dtype="<f4").reshape(len(header["rows"]), 41)
    assert header["rows"][:2] == ["logit", "probability"]
    import torch

    curve = lossviz.loss_curve(
        lossviz.SigmoidFocalLoss(alpha=None, gamma=3), 1, torch.from_numpy(rows[0].astype(np.float64))
    )
    row = header["rows"].index("gradient: Focal, target 1")
    np.testing.assert_allclose(rows[row], curve.gradient.numpy(), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(
    ("query", "status", "sentence"),
    [
        ("curves", 400, "loss must be one or more of"),
        ("curves?loss=focal&focal.gamma=99", 400, "focal.gamma must lie between 0 and 5; got 99."),
        ("curves?loss=focal&focal.gamma=nan", 400, "focal.gamma must lie between 0 and 5; got nan."),
        ("curves?loss=focal&points=4.5", 400, "points must be a whole number"),
        ("batch_size?batch_size=3.7", 400, "batch_size must be a whole number; got 3.7."),
        ("curves?loss=focal&points=999999", 400, "points must lie between"),
        ("curves?loss=%3Cscript%3E", 400, "loss must be"),
        ("nothing", 404, "There is no figure"),
        ("curves/more", 404, "There is nothing here"),
        pytest.param("curves?" + "&".join(f"key{k}=1" for k in range(5000)), 414, "longer than 8,192 bytes", id="long"),
    ],
)
def test_route_refuses_with_a_sentence(server: Server, query: str, status: int, sentence: str) -> None:
    got, body, headers = get(f"{server.url}/api/v1/{query}")
    assert got == status
    assert sentence in body.decode()
    assert headers["Content-Type"].startswith("text/plain")


def test_a_compressed_answer_is_the_same(server: Server) -> None:
    url = f"{server.url}/api/v1/curves?loss=asl"
    plain, packed = (get(url, **{"Accept-Encoding": accepted}) for accepted in ("identity", "gzip"))
    assert "Content-Encoding" not in plain[2]
    assert packed[2]["Content-Encoding"] == "gzip"
    assert len(packed[1]) < len(plain[1])
    assert gzip.decompress(packed[1]) == plain[1]


@pytest.mark.parametrize("path", ["/", "/weights", "/api/v1/curves?loss=bce", "/_stcore/health", "/nothing"])
def test_headers_fit_where_little_is_read(server: Server, path: str) -> None:
    """Proxies read 4 kB of them by default; the cookie that keeps a visitor at one process adds its own."""
    _, _, headers = get(server.url + path)
    assert len(headers.as_bytes()) < 3000


def test_scripts_are_served_compressed_and_for_ever(server: Server) -> None:
    for name, path in FILES.items():
        for accepted in ("gzip", "identity"):
            status, body, headers = get(f"{server.url}/{PREFIX}/{name}", **{"Accept-Encoding": accepted})
            assert status == 200
            assert (headers["Content-Encoding"] == "gzip") == (accepted == "gzip" and path.stat().st_size > 500)
            assert (gzip.decompress(body) if headers["Content-Encoding"] else body) == path.read_bytes()
            assert "immutable" in headers["Cache-Control"]
            if name.endswith(".js"):
                assert headers["Content-Type"].partition(";")[0] in ("text/javascript", "application/javascript")
    for bad in (
        f"{PREFIX}/../__init__.py",
        "live_chart/0/live_chart.js",
        f"{PREFIX}/nothing.js",
        f"{PREFIX}/",
        "live_chart",
        "live_chart/",
    ):
        assert get(f"{server.url}/{bad}")[0] in (400, 404)
        assert b"<html" not in get(f"{server.url}/{bad}")[1]
        assert "Cache-Control" not in get(f"{server.url}/{bad}")[2]


@pytest.mark.parametrize("card", [card for card in cards() if card.rank], ids=lambda card: card.name)
def test_deep_links_before_torch_is_there(cold: Server, visit: Opened, card: PageCard) -> None:
    """Frame and page appear although the session has not opened the start page before."""
    page = visit(f"/{card.name}?labels=ham10000", url=cold.url)
    expect(page.locator("h1")).to_have_text(card.title)
    for other in cards():
        expect(page.get_by_role("link", name=other.title, exact=True).first).to_be_visible()
    expect(page.get_by_test_id("stSidebar")).to_contain_text("Skin lesions")


def test_a_deep_link_into_a_fresh_process(fresh_server: Server, visit: Opened) -> None:
    """Nobody has opened any page before."""
    page = visit("/loss_curves?labels=ham10000", url=fresh_server.url)
    expect(page.locator("h1")).to_have_text("Loss curves")
    expect(page.get_by_test_id("stSidebar")).to_contain_text("Skin lesions")
    drawn(page)


def test_something_is_painted_before_torch_is_there(fresh_server: Server, visit: Opened) -> None:
    page = visit("/", url=fresh_server.url)
    expect(page.locator("h1")).to_have_text("lossviz")
    drawn(page)
    settled(page)


BROKEN = """
import sys
sys.path.insert(0, {root!r})
import streamlit as st
from ui.serving.server import MIDDLEWARE, ROUTES, sorry
app = st.App({page!r}, routes=ROUTES, middleware=MIDDLEWARE, on_script_error=sorry)
"""


def test_a_page_that_fails_says_so_and_shows_no_details(visit: Opened, tmp_path: Path) -> None:
    page, script = tmp_path / "page.py", tmp_path / "launcher.py"
    page.write_text('raise RuntimeError("the secret of line one")\n', encoding="utf-8")
    script.write_text(BROKEN.format(root=str(ROOT), page=str(page)), encoding="utf-8")
    server = Server(tmp_path / "log", str(script))
    try:
        seen = visit("/", url=server.url)
        seen.wait_for_selector("[data-testid=stAlert]")
        shown = seen.locator("body").inner_text()
        assert "This page met an error" in shown
        assert "secret" not in shown
        assert "Traceback" not in shown
        seen.close()  # before the server, whose absence it would report
    finally:
        server.stop()
    assert "the secret of line one" in server.text()


@pytest.mark.soak
def test_uploads_leave_nothing_behind(fresh_server: Server) -> None:
    short = uploads_soak(fresh_server.port, fresh_server.process.pid, visits=20)
    with ThreadPoolExecutor(1) as thread:
        most, left = thread.submit(asyncio.run, short).result()
    assert max(most, left) < 100


@pytest.mark.soak
def test_a_restart_loses_no_state(tmp_path: Path) -> None:
    story = visitors(Server(tmp_path / "log"), tmp_path, seconds=50, between=20)
    with ThreadPoolExecutor(1) as thread:
        totals, server = thread.submit(asyncio.run, story).result()
    server.stop()
    assert totals["restarts"] == 2
    assert totals["states kept"] == totals["connections lost"] > 100
    assert totals["states lost"] == 0


@pytest.mark.soak
def test_memory_stays_flat(fresh_server: Server) -> None:
    """The short form of the soak that ``make bench`` runs: steps in one session, then sessions that come and go."""
    short = soak(fresh_server.port, fresh_server.process.pid, steps=200, visits=20)
    with ThreadPoolExecutor(1) as thread:  # the browser of other tests has a loop in this one
        stepped, visited = thread.submit(asyncio.run, short).result()
    assert stepped < 50
    assert visited < 50
    assert memory(fresh_server.process.pid) > 50
