"""The HTTP routes beside the app: figures while a knob moves, and the live chart's own files."""

from __future__ import annotations

import gzip
import hashlib
import json
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

PREFIX = "api/v1"
_FILES = Path(__file__).parent / "live_chart"


async def figure(request: Request) -> Response:
    """``GET /api/v1/{route}?...``: the figure's numbers as float32 rows behind a JSON header.

    Four bytes hold the header's length, little-endian; the header names the rows. No state is kept,
    so equal questions have equal answers and may be cached by anyone.
    """
    from lossviz.figures.live import LIVE_FIGURES, ask

    route = request.path_params["route"]
    if route not in LIVE_FIGURES:
        return PlainTextResponse(f"There is no figure {route!r}; choose from {', '.join(LIVE_FIGURES)}.", 404)
    try:
        drawn, values = ask(route, {name: request.query_params.getlist(name) for name in request.query_params})
        lines = drawn.lines(values)
    except ValueError as error:
        return PlainTextResponse(str(error), 400)
    rows = [axis.key for axis in lines.axes] + [f"{series.panel}: {series.name}" for series in lines.series]
    header = json.dumps({"points": lines.points, "rows": rows}).encode()
    header += b" " * (-len(header) % 4)
    body = len(header).to_bytes(4, "little") + header + lines.payload()
    return Response(body, media_type="application/octet-stream", headers={"Cache-Control": "public, max-age=3600"})


ASSETS = {str(path.relative_to(_FILES)): path.read_bytes() for path in sorted(_FILES.rglob("*.js"))}
VERSION = hashlib.sha256(b"".join(ASSETS.values())).hexdigest()[:12]


@cache
def _compressed(path: str) -> bytes:
    return gzip.compress(ASSETS[path], 9)


async def asset(request: Request) -> Response:
    """``GET /live_chart/{version}/{path}``: a script of the live chart; the version is its contents'."""
    path = request.path_params["path"]
    if path not in ASSETS or request.path_params["version"] != VERSION:
        return PlainTextResponse("There is no such file.", 404)
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    body = ASSETS[path]
    if "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["Content-Encoding"] = _compressed(path), "gzip"
    return Response(body, media_type="text/javascript; charset=utf-8", headers=headers)


ROUTES = [
    Route(f"/{PREFIX}/{{route}}", figure, methods=["GET"]),
    Route("/live_chart/{version}/{path:path}", asset, methods=["GET"]),
]
