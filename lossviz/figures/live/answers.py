"""Answers for live figures, from a process of its own: ``python -m lossviz.figures.live.answers``.

One question a line on standard input, as JSON ``{"route": ..., "query": {name: [values]}}``; for each,
on standard output, the length of the answer in four bytes, little-endian, and the answer: a status
(200 or 400), in four bytes too, and the body.
"""

from __future__ import annotations

import gc
import json
import sys
from types import ModuleType
from typing import Any

gc.disable()  # collections make the import of torch a fifth slower
# Kernels without data, for tracing, are a quarter of the import, and nothing here is traced.
sys.modules["torch._meta_registrations"] = ModuleType("torch._meta_registrations")

import torch  # noqa: E402

from lossviz.figures.live.lines import payload  # noqa: E402
from lossviz.figures.live.routes import ask  # noqa: E402


def answer(route: str, query: dict[str, list[str]]) -> tuple[int, bytes]:
    """The status and the body that an HTTP question gets.

    The body of a good question is the length of a JSON header in four bytes, the header with the
    number of points and the names of the rows, and the rows as float32.
    """
    try:
        figure, values = ask(route, query)
        rows = figure.rows(values)
    except ValueError as error:
        return 400, str(error).encode()
    outline = figure.outline
    names = [axis.key for axis in outline.axes] + [f"{curve.panel}: {curve.name}" for curve in outline.curves]
    header = json.dumps({"points": rows.shape[1], "rows": names}).encode()
    header += b" " * (-len(header) % 4)
    return 200, _number(len(header)) + header + payload(rows)


def serve() -> None:
    """Answer questions until the input ends."""
    torch.set_num_threads(1)
    gc.freeze()
    gc.enable()
    output = sys.stdout.buffer
    for line in sys.stdin.buffer:
        question: dict[str, Any] = json.loads(line)
        status, body = answer(question["route"], question["query"])
        output.write(_number(len(body) + 4) + _number(status) + body)
        output.flush()


def _number(value: int) -> bytes:
    return value.to_bytes(4, "little")


if __name__ == "__main__":
    serve()
