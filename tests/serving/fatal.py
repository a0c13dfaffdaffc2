"""A question that no process survives."""

from __future__ import annotations

import os
import signal
import sys


def fatal(_route: str, _query: dict[str, list[str]]) -> bytes:
    os._exit(1)


def half_an_answer(*_: object) -> bytes:
    """Write the beginning of an answer where a pool reads them, and die."""
    frame = sys._getframe()
    while "result_queue" not in frame.f_locals:
        assert frame.f_back
        frame = frame.f_back
    os.write(frame.f_locals["result_queue"]._writer.fileno(), (1000).to_bytes(4, "big") + b"half")
    os.kill(os.getpid(), signal.SIGKILL)
    return b""
