"""The HTTP routes beside the app: figures while a knob moves, and the live chart's own files."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ui.serving.answers import answers

PREFIX = "api/v1"
_FILES = Path(__file__).parents[1] / "live_chart"


async def figure(request: Request) -> Response:
    """``GET /api/v1/{route}?...``: the figure's numbers as float32 rows behind a JSON header.

    Four bytes hold the header's length, little-endian; the header names the rows. No state is kept,
    so equal questions have equal answers and may be cached by anyone.
    """
    query = {name: request.query_params.getlist(name) for name in request.query_params}
    status, body = await run_in_threadpool(answers.ask, request.path_params["route"], query)
    if status != 200:
        return PlainTextResponse(body.decode(), status)
    return Response(body, media_type="application/octet-stream", headers={"Cache-Control": "public, max-age=3600"})


ASSETS = {str(path.relative_to(_FILES)): path.read_bytes() for path in sorted(_FILES.rglob("*.js"))}
VERSION = hashlib.sha256(b"".join(ASSETS.values())).hexdigest()[:12]


_COMPRESSED: dict[str, bytes] = {}


def compress() -> None:
    """Compress what is sent; until then it is sent as it is, because a process that starts has more urgent work."""
    for path, body in ASSETS.items():
        _COMPRESSED[path] = gzip.compress(body, 9)


async def asset(request: Request) -> Response:
    """``GET /live_chart/{version}/{path}``: a script of the live chart; the version is its contents'."""
    path = request.path_params["path"]
    if path not in ASSETS or request.path_params["version"] != VERSION:
        return PlainTextResponse("There is no such file.", 404)
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    body = ASSETS[path]
    if path in _COMPRESSED and "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["Content-Encoding"] = _COMPRESSED[path], "gzip"
    return Response(body, media_type="text/javascript; charset=utf-8", headers=headers)


ROUTES = [
    Route(f"/{PREFIX}/{{route}}", figure, methods=["GET"]),
    Route("/live_chart/{version}/{path:path}", asset, methods=["GET"]),
]
