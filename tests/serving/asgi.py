"""One HTTP request to an ASGI application, without a server."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple

PATIENCE_S = 60


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


async def ask(
    app: Any,
    path: str,
    query: bytes = b"",
    *,
    method: str = "GET",
    headers: dict[str, str] | None = None,
    body: Sequence[bytes] = (b"",),
    leaves: bool = False,
    client: str = "192.0.2.1",
) -> Reply | None:
    """What `app` answers to a client that sends `body` in parts, and then waits or `leaves`; None if nothing."""
    events: list[Any] = [{"type": "http.request", "body": part, "more_body": True} for part in body]
    if leaves:
        events.append({"type": "http.disconnect"})
    else:
        events[-1]["more_body"] = False  # the body is whole
    sent: list[Any] = []

    async def receive() -> Any:
        await asyncio.sleep(0)
        return events.pop(0) if events else await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query,
        "headers": [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()],
        "client": (client, 5000) if client else None,
    }
    await asyncio.wait_for(app(scope, receive, send), PATIENCE_S)
    if not sent:
        return None
    said = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Reply(sent[0]["status"], said, b"".join(message.get("body", b"") for message in sent[1:]))


async def pages(_scope: Any, _receive: Any, send: Any) -> None:
    """An application that answers with a page, whatever it is asked."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"a page"})
