"""An app asked without a server."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Scope


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Headers
    text: str


def answer(app: ASGIApp, path: str) -> Answer:
    """What `app` answers to a GET of `path`."""
    scope: Scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []}
    messages: list[Message] = []

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError("nothing more comes")

    async def send(message: Message) -> None:
        messages.append(message)

    async def ask() -> None:
        await app(scope, receive, send)

    with ThreadPoolExecutor(1) as thread:  # the browser of other tests has a loop in this one
        thread.submit(asyncio.run, ask()).result()
    start, *rest = messages
    content = b"".join(message.get("body", b"") for message in rest)
    return Answer(start["status"], Headers(raw=start["headers"]), content.decode())
