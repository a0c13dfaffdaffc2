"""A question that no process survives."""

from __future__ import annotations

import os


def fatal(_route: str, _query: dict[str, list[str]]) -> bytes:
    os._exit(1)
