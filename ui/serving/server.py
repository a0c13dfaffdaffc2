"""What the app is served with: headers on every answer, a sentence for every error, torch ahead of time."""

from __future__ import annotations

import base64
import hashlib
import re
import threading
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.serving.assets import FILES, PREFIX
from ui.serving.warm_up import start_warming_up


def content_security_policy() -> str:
    """Everything from this host alone; Streamlit's one inline script by its hash."""
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    return "; ".join(
        [
            "default-src 'self'",
            "script-src 'self' blob: " + " ".join(f"'sha256-{digest}'" for digest in hashes),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self' ws: wss:",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ]
    )


def preload() -> str:
    """A Link header that lets the browser fetch what every page needs while the frame still loads.

    The live chart's scripts, and Streamlit's scripts for the component and for the frame's elements.
    """
    folder = Path(streamlit.__file__).parent / "static" / "static" / "js"
    needed = [path for name in ("BidiComponent", "TextInput", "Html") for path in folder.glob(f"{name}.*.js")]
    names = {path.name for path in needed}
    for path in needed:
        names |= set(re.findall(r'(?:from|import)"\./([\w.-]+\.js)"', path.read_text(encoding="utf-8")))
    scripts = [f"static/js/{name}" for name in sorted(names)]
    scripts += [f"{PREFIX}/{name}" for name in FILES if name.endswith(".js") and not name.startswith("vendor/")]
    return ", ".join(f"</{path}>; rel=modulepreload" for path in scripts)


def preload_plotly() -> str:
    """The same for plotly.js, on the start page, which always draws with it."""
    return ", ".join(
        f"</{PREFIX}/{name}>; rel=preload; as=script" for name in FILES if name.startswith("vendor/plotly")
    )


class Headers:
    """Pure ASGI middleware, so that websockets and uploads pass untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.preload, self.plotly = preload(), preload_plotly()
        self.headers = {
            "Content-Security-Policy": content_security_policy(),
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "no-referrer",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self.headers)
                if headers.get("content-type", "").startswith("text/html"):
                    headers["Link"] = self.preload + (f", {self.plotly}" if scope["path"] == "/" else "")
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[None]:
    start_warming_up()
    if not streamlit.get_option("server.headless"):
        url = f"http://localhost:{streamlit.get_option('server.port')}"
        threading.Timer(0.5, webbrowser.open, (url,)).start()
    yield


def sorry(_error: Exception) -> bool:
    """One sentence where a page fails; the traceback goes to the server's log alone."""
    streamlit.error("This page met an error and stopped here. Reload it, or change what you set last.")
    return True


MIDDLEWARE = [Middleware(Headers)]
