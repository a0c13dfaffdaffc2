"""What the operator alone may ask: whether the process is ready, and how it fares."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from ipaddress import ip_address

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ui.serving import memory
from ui.serving.answers import answers
from ui.serving.loading import loaded
from ui.serving.runtime import host
from ui.serving.settings import base_path

# Streamlit answers to some of these for everyone.
_STREAMLITS = ("/_stcore/metrics", "/_stcore/script-health-check", "/_stcore/agent")
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
_OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


class OperatorRoutes:
    """Pure ASGI middleware: ``/ready`` and ``/metrics``, and Streamlit's like, for the operator alone.

    That is who asks from this machine itself, and not through a proxy, or who sends ``Authorization: Bearer`` with
    what OPERATOR_TOKEN says.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._base = base_path()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].removeprefix(self._base).rstrip("/") if scope["type"] == "http" else ""
        streamlits = any(path == prefix or path.startswith(f"{prefix}/") for prefix in _STREAMLITS)
        if not streamlits and path not in ("/ready", "/metrics"):
            await self.app(scope, receive, send)
        elif not _is_operator(Request(scope)):
            await PlainTextResponse("There is nothing here.", 404)(scope, receive, send)
        elif streamlits:
            await self.app(scope, receive, send)
        else:
            await (_ready() if path == "/ready" else _metrics())(scope, receive, send)


def _is_operator(request: Request) -> bool:
    token = os.environ.get("OPERATOR_TOKEN")
    said = request.headers.get("authorization", "")
    if token and secrets.compare_digest(said.encode(), f"Bearer {token}".encode()):
        return True
    if request.client is None or any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _ready() -> Response:
    missing = [what for what, there in (("torch", loaded()), ("the answering process", answers.ready)) if not there]
    if missing:
        return PlainTextResponse(f"Not yet: {' and '.join(missing)}.", 503, {"Retry-After": "1"})
    return PlainTextResponse("ready")


def _metrics() -> Response:
    return PlainTextResponse("".join(f"{line}\n" for line in (*_lines(), "# EOF")), media_type=_OPENMETRICS)


def _lines() -> Iterator[str]:
    gauges = {
        "ready": int(loaded() and answers.ready),
        "resident_bytes": memory.resident(),
        "sessions": host.active(),
        "sessions_away": host.away(),
        "upload_bytes": host.uploads.used,
        "upload_room_bytes": host.uploads.room,
        "figures_waiting": answers.waiting,
    }
    for name, value in gauges.items():
        yield f"# TYPE lossviz_{name} gauge"
        yield f"lossviz_{name} {value}"
    yield "# TYPE lossviz_figures counter"
    for kind, count in sorted(answers.counts.items()):
        yield f'lossviz_figures_total{{answer="{kind}"}} {count}'
