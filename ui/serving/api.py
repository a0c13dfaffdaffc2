"""The HTTP route beside the app: the numbers of a figure while a knob moves."""

from __future__ import annotations

import asyncio

from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ui.serving.answers import answers
from ui.serving.settings import base_path
from ui.serving.worker import Answer, Question

PREFIX = "api/v1"
LONGEST_QUERY = 8192

_TOO_LONG = PlainTextResponse(f"The question is longer than {LONGEST_QUERY:,} bytes; ask for fewer things.", 414)
_NOTHING = PlainTextResponse(f"There is nothing here; figures are below /{PREFIX}/.", 404)
_ONLY_GET = PlainTextResponse("Only GET and HEAD are answered here.", 405, {"Allow": "GET, HEAD"})


class Api:
    """Pure ASGI middleware that answers every path below ``/api``, ahead of what serves the pages.

    ``GET /api/v1/{figure}?...`` gives the figure's numbers as float32 rows behind a JSON header: four bytes hold the
    header's length, little-endian; the header names the rows. No state is kept, so equal questions have equal
    answers and may be cached by anyone.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._root = f"{base_path()}/api"
        self._figures = f"{self._root}/v1/"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"] if scope["type"] == "http" else ""
        if path != self._root and not path.startswith(f"{self._root}/"):
            await self.app(scope, receive, send)
        elif (response := await self._response(scope, receive)) is not None:
            await response(scope, receive, send)

    async def _response(self, scope: Scope, receive: Receive) -> Response | None:
        """What to answer; nothing where nobody waits any more."""
        route = scope["path"].removeprefix(self._figures)
        if route == scope["path"] or not route or "/" in route:
            return _NOTHING
        if scope["method"] not in ("GET", "HEAD"):
            return _ONLY_GET
        query = scope["query_string"]
        if len(route) + len(query) > LONGEST_QUERY:
            return _TOO_LONG
        question = Question(
            route, query, any(b"gzip" in value for name, value in scope["headers"] if name == b"accept-encoding")
        )
        answer = answers.kept(question)
        if answer is None:
            answer = await _ask_while_there(question, scope, receive)
        return None if answer is None else _spoken(answer, question)


async def _ask_while_there(question: Question, scope: Scope, receive: Receive) -> Answer | None:
    """The answer, or none if the client leaves before; what nobody waits for is not computed."""
    client = (scope.get("client") or ("",))[0]
    asking = asyncio.create_task(answers.ask(question, client))
    leaving = asyncio.create_task(_left(receive))
    try:
        await asyncio.wait((asking, leaving), return_when=asyncio.FIRST_COMPLETED)
        return asking.result() if asking.done() else None
    finally:
        asking.cancel()
        leaving.cancel()


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _spoken(answer: Answer, question: Question) -> Response:
    if answer.status == 200:
        headers = {"Cache-Control": "public, max-age=3600", "Vary": "Accept-Encoding"}
        if question.gzip:
            headers["Content-Encoding"] = "gzip"
        return Response(answer.body, media_type="application/octet-stream", headers=headers)
    headers = {"Cache-Control": "no-store"} | ({"Retry-After": "1"} if answer.status == 503 else {})
    return PlainTextResponse(answer.body, answer.status, headers)
