"""The live chart's scripts, served as files that a browser keeps for ever: their version is in their address."""

from __future__ import annotations

import hashlib
from collections.abc import MutableMapping
from functools import cached_property
from pathlib import Path
from typing import Any

from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Match, Mount, Route, Router
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from ui.serving.settings import base_path

FOLDER = Path(__file__).parents[1] / "live_chart" / "assets"
FILES = {path.relative_to(FOLDER).as_posix(): path for path in sorted(FOLDER.rglob("*")) if path.is_file()}
VERSION = hashlib.sha256(b"".join(name.encode() + path.read_bytes() for name, path in FILES.items())).hexdigest()[:12]
PREFIX = f"live_chart/{VERSION}"


class KeptFiles(StaticFiles):
    """Files that never change under their address."""

    async def get_response(self, path: str, scope: MutableMapping[str, Any]) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


class BelowBasePath(BaseRoute):
    """The files below the app's base path, which is not known before the server runs."""

    @cached_property
    def router(self) -> Router:
        base, nothing = base_path(), PlainTextResponse("There is no such file.", 404)
        # Streamlit would answer for another version with its own page.
        others = [Mount(f"{base}/live_chart", nothing), Route(f"{base}/live_chart", nothing)]
        return Router([Mount(f"{base}/{PREFIX}", KeptFiles(directory=FOLDER)), *others], redirect_slashes=False)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        ours = any(route.matches(scope)[0] is not Match.NONE for route in self.router.routes)
        return Match.FULL if ours else Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.router(scope, receive, send)


ROUTES = [BelowBasePath()]


def preload() -> str:
    """The header with which a browser hears, along with the page, which scripts it will need."""
    base = base_path()
    return ", ".join(f"<{base}/{PREFIX}/{name}>; rel=modulepreload" for name in FILES if name.endswith(".js"))
