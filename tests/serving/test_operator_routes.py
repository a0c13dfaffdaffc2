"""Readiness and metrics are the operator's alone."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from tests.serving.asgi import Reply, ask, pages
from ui.serving import operator_routes
from ui.serving.operator_routes import OperatorRoutes

GUARDED = ["/ready", "/metrics", "/_stcore/metrics", "/_stcore/metrics/", "/_stcore/script-health-check"]
STREAMLITS = ["/_stcore/metrics", "/_stcore/agent/openapi.json"]
HIDDEN = (404, b"There is nothing here.")


@pytest.fixture(autouse=True)
def process(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A process that is ready, with some figures."""
    answers = SimpleNamespace(ready=True, waiting=3, counts={"kept": 5, "busy": 1})
    uploads = SimpleNamespace(used=7, room=9)
    monkeypatch.setattr(operator_routes, "answers", answers)
    monkeypatch.setattr(operator_routes, "loaded", lambda: True)
    monkeypatch.setattr(operator_routes, "host", SimpleNamespace(active=lambda: 2, away=lambda: 4, uploads=uploads))
    return answers


def get(path: str, *, client: str = "127.0.0.1", headers: dict[str, str] | None = None, **more: Any) -> Reply:
    reply = asyncio.run(ask(OperatorRoutes(pages), path, client=client, headers=headers, **more))
    assert reply
    return reply


@pytest.mark.parametrize("path", GUARDED)
def test_others_find_nothing(path: str) -> None:
    assert (get(path, client="203.0.113.9").status, get(path, client="203.0.113.9").body) == HIDDEN
    assert get(path, client="2001:db8::1").status == 404
    assert get(path, client="").status == 404


@pytest.mark.parametrize("path", GUARDED)
@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_who_comes_through_a_proxy_of_this_machine_finds_nothing(path: str, header: str) -> None:
    reply = get(path, headers={header: "127.0.0.1"})
    assert (reply.status, reply.body) == HIDDEN


@pytest.mark.parametrize("client", ["127.0.0.1", "127.8.8.8", "::1"])
def test_this_machine_may_ask(client: str) -> None:
    assert get("/ready", client=client).body == b"ready"
    assert all(get(path, client=client).body == b"a page" for path in STREAMLITS)


def test_who_has_the_token_may_ask_from_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    right, wrong = {"Authorization": "Bearer abc"}, {"Authorization": "Bearer abd"}
    assert get("/ready", client="203.0.113.9", headers=right).status == 404
    monkeypatch.setenv("OPERATOR_TOKEN", "abc")
    assert get("/ready", client="203.0.113.9", headers=right | {"X-Forwarded-For": "203.0.113.9"}).status == 200
    assert get("/ready", client="203.0.113.9", headers=wrong).status == 404
    monkeypatch.setenv("OPERATOR_TOKEN", "")
    assert get("/ready", client="203.0.113.9", headers={"Authorization": "Bearer "}).status == 404


def test_a_process_that_is_not_ready_says_why(process: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    process.ready = False
    assert get("/ready").body == b"Not yet: the answering process."
    monkeypatch.setattr(operator_routes, "loaded", lambda: False)
    reply = get("/ready")
    assert (reply.status, reply.body) == (503, b"Not yet: torch and the answering process.")


def test_metrics_are_numbers_by_name() -> None:
    reply = get("/metrics")
    assert reply.headers["content-type"].startswith("application/openmetrics-text")
    lines = reply.body.decode().splitlines()
    for line in ("lossviz_ready 1", "lossviz_sessions 2", "lossviz_sessions_away 4", "lossviz_upload_bytes 7"):
        assert line in lines
    assert 'lossviz_figures_total{answer="kept"} 5' in lines
    assert lines[-1] == "# EOF"


@pytest.mark.parametrize("path", ["/", "/_stcore/health", "/_stcore/metricsx", "/readyish", "/labels"])
def test_all_else_goes_on(path: str) -> None:
    assert get(path, client="203.0.113.9").body == b"a page"
