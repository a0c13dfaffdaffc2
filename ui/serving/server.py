"""What the app is served with: headers on every answer, a sentence for every error, torch ahead of time."""

from __future__ import annotations

import asyncio
import base64
import threading
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.serving import assets
from ui.serving.answers import answers
from ui.serving.api import Api
from ui.serving.operator_routes import OperatorRoutes
from ui.serving.reconnection import Reconnection
from ui.serving.runtime import host
from ui.serving.settings import base_path, frame_ancestors, framed_elsewhere, framing_headers
from ui.serving.upload_route import UploadRoute
from ui.serving.warm_up import start_warming_up


class InlineScripts(HTMLParser):
    """The scripts that stand in an HTML page itself."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag == "script" and "src" not in dict(attrs)

    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.found.append(data)


def content_security_policy() -> str:
    """Everything from this host alone; what stands in Streamlit's page itself by its hash."""
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    digests = [base64.b64encode(sha256(script.encode()).digest()).decode() for script in InlineScripts(page).found]
    return "; ".join(
        [
            "default-src 'self'",
            "script-src 'self' blob: " + " ".join(f"'sha256-{digest}'" for digest in digests),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self' ws: wss:",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors " + " ".join(frame_ancestors()),
        ]
    )


class Headers:
    """Pure ASGI middleware, so that websockets and uploads pass untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.preload = assets.preload()
        # In a frame of another site browsers keep a cookie for that site alone, or none.
        self.cookies = b"; Partitioned" if framed_elsewhere() else b""
        headers = {
            "Content-Security-Policy": content_security_policy(),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        } | framing_headers()
        self.headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        self.names = {name for name, _ in self.headers}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *(
                        (name, value + self.cookies if name == b"set-cookie" else value)
                        for name, value in message["headers"]
                        if name not in self.names
                    ),
                    *self.headers,
                ]
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers["Link"] = self.preload
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[None]:
    answers.start()
    tasks = [asyncio.create_task(answers.begun()), asyncio.create_task(host.release())]
    start_warming_up()
    if not streamlit.get_option("server.headless"):
        url = f"http://localhost:{streamlit.get_option('server.port')}{base_path()}/"
        threading.Timer(0.5, webbrowser.open, (url,)).start()
    yield
    for task in tasks:
        task.cancel()
    answers.stop()
    host.uploads.close()


def sorry(_error: Exception) -> bool:
    """One sentence where a page fails; the traceback goes to the server's log alone."""
    streamlit.error("This page met an error and stopped here. Reload it, or change what you set last.")
    return True


MIDDLEWARE = [
    Middleware(Headers),
    Middleware(OperatorRoutes),
    Middleware(Api),
    Middleware(UploadRoute, host),
    Middleware(Reconnection, host),
]
ROUTES = assets.ROUTES
