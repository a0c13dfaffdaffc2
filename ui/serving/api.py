"""The HTTP route beside the app: the numbers of a figure while a knob moves."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ui.serving.answers import Unanswered, answers

PREFIX = "api/v1"


async def figure(request: Request) -> Response:
    """``GET /api/v1/{route}?...``: the figure's numbers as float32 rows behind a JSON header.

    Four bytes hold the header's length, little-endian; the header names the rows. No state is kept,
    so equal questions have equal answers and may be cached by anyone.
    """
    query = {name: request.query_params.getlist(name) for name in request.query_params}
    try:
        body = await answers.ask(request.path_params["route"], query)
    except ValueError as error:
        return PlainTextResponse(str(error), 400)
    except Unanswered as error:
        return PlainTextResponse(str(error), 503)
    return Response(body, media_type="application/octet-stream", headers={"Cache-Control": "public, max-age=3600"})


ROUTES = [Route(f"/{PREFIX}/{{route}}", figure, methods=["GET"])]
