"""The live chart's scripts, served as files that a browser keeps for ever: their version is in their address."""

from __future__ import annotations

import hashlib
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

FOLDER = Path(__file__).parents[1] / "live_chart" / "assets"
FILES = {path.relative_to(FOLDER).as_posix(): path for path in sorted(FOLDER.rglob("*")) if path.is_file()}
VERSION = hashlib.sha256(b"".join(name.encode() + path.read_bytes() for name, path in FILES.items())).hexdigest()[:12]
PREFIX = f"live_chart/{VERSION}"

# With the page a browser hears which scripts it will need.
PRELOAD = ", ".join(f"</{PREFIX}/{name}>; rel=modulepreload" for name in FILES if name.endswith(".js"))


class KeptFiles(StaticFiles):
    """Files that never change under their address."""

    async def get_response(self, path: str, scope: MutableMapping[str, Any]) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


_NOTHING = PlainTextResponse("There is no such file.", 404)
ROUTES: list[BaseRoute] = [
    Mount(f"/{PREFIX}", KeptFiles(directory=FOLDER)),
    # Streamlit would answer for another version with its own page.
    Mount("/live_chart", _NOTHING),
    Route("/live_chart", _NOTHING),
]
