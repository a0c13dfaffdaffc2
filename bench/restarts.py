"""Visitors who go on while their server is killed and started anew: ``python -m bench restarts``."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections import Counter
from pathlib import Path

from websockets.exceptions import WebSocketException

from bench.figures import row
from bench.visitors import Session
from tests.browser.server import Server

VISITORS = 100
SECONDS = 600
BETWEEN = 60


async def visitor(port: int, until: float, totals: Counter[str]) -> None:
    """Turn a knob a second; after each loss of the connection see whether the page is as it was set."""
    session = await Session.open(port, "loss_curves")
    while time.monotonic() < until:
        try:
            await session.step()
            totals["steps"] += 1
            await asyncio.sleep(1)
        except (OSError, WebSocketException):
            await session.back(port)
            totals["connections lost"] += 1
            wanted = json.loads(session.state)["state"]["values"]
            totals["states kept" if session.data["values"] == wanted else "states lost"] += 1
    await session.socket.close()


async def visitors(first: Server, folder: Path, seconds: float, between: float) -> tuple[Counter[str], Server]:
    """Totals over all visitors, and the server that is left."""
    totals: Counter[str] = Counter()
    server, until = first, time.monotonic() + seconds
    tasks = [asyncio.create_task(visitor(server.port, until, totals)) for _ in range(VISITORS)]
    while time.monotonic() + between < until:
        await asyncio.sleep(between)
        server.process.kill()
        server.process.wait()
        totals["restarts"] += 1
        server = await asyncio.to_thread(Server, folder / f"log {totals['restarts']}", port=first.port)
    await asyncio.gather(*tasks)
    return totals, server


def restarts(seconds: float = SECONDS, between: float = BETWEEN) -> None:
    """What 100 visitors lose in ten minutes in which their server is killed once a minute."""
    print(f"{VISITORS} visitors for {seconds:.0f} s, their server killed every {between:.0f} s")
    with tempfile.TemporaryDirectory() as name:
        server = Server(Path(name) / "log")
        try:
            totals, server = asyncio.run(visitors(server, Path(name), seconds, between))
        finally:
            server.stop()
    for what in ("steps", "restarts", "connections lost", "states kept", "states lost"):
        row(what, f"{totals[what]:,}")
