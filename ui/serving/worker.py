"""What runs in the answering process: its start, and the answer to a question."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import threading

from ui.serving.loading import load


def begin() -> None:
    """Make the process ready to answer, and let it end with its server, however that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches it too; the server ends it
    threading.Thread(target=_leave_with_the_server, daemon=True).start()
    load()


def ready() -> None:
    """A question that costs nothing: who has the answer knows that the process has begun."""


def answer(route: str, query: dict[str, list[str]]) -> bytes:
    """The numbers of a live figure.

    Returns
    -------
    bytes
        The length of a JSON header in four bytes, little-endian, the header with the number of points
        and the names of the rows, and the rows as float32.

    Raises
    ------
    ValueError
        With one sentence, if the question is not a good one.
    """
    from lossviz.figures.live.lines import payload
    from lossviz.figures.live.routes import ask

    figure, values = ask(route, query)
    rows = figure.rows(values)
    outline = figure.outline
    names = [axis.key for axis in outline.axes] + [f"{curve.panel}: {curve.name}" for curve in outline.curves]
    header = json.dumps({"points": rows.shape[1], "rows": names}).encode()
    header += b" " * (-len(header) % 4)
    return len(header).to_bytes(4, "little") + header + payload(rows)


def _leave_with_the_server() -> None:
    server = multiprocessing.parent_process()
    if server is not None:
        server.join()
        os._exit(1)
