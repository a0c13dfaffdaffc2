"""The HTTP routes beside the app: figures while a knob moves, and the live chart's own files."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from ui.serving import assets
from ui.serving.answers import answers

PREFIX = "api/v1"


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


ROUTES: list[BaseRoute] = [
    Route(f"/{PREFIX}/{{route}}", figure, methods=["GET"]),
    *assets.ROUTES,
]
