"""What one process bears: clients of the route, sessions that step, sessions that come and go."""

from __future__ import annotations

import asyncio
import itertools
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.figures import memory, percentile, row, spread
from bench.visitors import Session
from tests.browser.server import Server


async def route_clients(
    port: int, clients: int, seconds: float = 4, *, equal: bool = False
) -> tuple[list[float], float, int]:
    """Milliseconds of each answer, answers a second, and refusals, with `clients` asking without pause."""
    times: list[float] = []
    until = time.perf_counter() + seconds

    refused = 0

    async def client() -> None:
        nonlocal refused
        reader, writer = await asyncio.open_connection("localhost", port)
        while time.perf_counter() < until:
            gamma = 2 if equal else random.uniform(0, 5)  # noqa: S311
            query = f"loss=bce&loss=ce&loss=focal&loss=asl&focal.gamma={gamma}"
            start = time.perf_counter()
            writer.write(f"GET /api/v1/curves?{query} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            length = int(head.split("content-length: ")[1].split("\r\n")[0])
            await reader.readexactly(length)
            if head.startswith("http/1.1 200"):
                times.append((time.perf_counter() - start) * 1000)
            else:
                refused += 1
                await asyncio.sleep(0.2)  # as the page does
        writer.close()

    await asyncio.gather(*(client() for _ in range(clients)))
    return times, len(times) / seconds, refused


async def stepping_sessions(port: int, count: int, seconds: int = 8) -> list[float]:
    """Milliseconds of each step, with `count` sessions each stepping once a second."""
    return await stepped([await Session.open(port, "loss_curves") for _ in range(count)], seconds)


async def stepped(sessions: Sequence[Session], seconds: int) -> list[float]:
    """Milliseconds of each step, with open `sessions` each stepping once a second; they are closed then."""
    times: list[float] = []

    async def reader(number: int, session: Session) -> None:
        await asyncio.sleep(number / len(sessions))
        for _ in range(seconds):
            start = time.perf_counter()
            times.append(await session.step())
            await asyncio.sleep(max(0, 1 - (time.perf_counter() - start)))
        await session.socket.close()

    await asyncio.gather(*(reader(number, session) for number, session in enumerate(sessions)))
    return times


async def held_memory(port: int, pid: int, count: int) -> float:
    """MB that each of `count` sessions holds while it is open and has stepped once."""
    before = memory(pid)
    sessions = [await Session.open(port, "loss_curves") for _ in range(count)]
    for session in sessions:
        await session.step()
    held = memory(pid) - before
    for session in sessions:
        await session.socket.close()
    return held / count


def capacity() -> None:
    """Memory per session; the route under 1, 10 and 100 clients; 10, 50 and 100 sessions that step."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "log")
        try:
            asyncio.run(stepping_sessions(server.port, 1, 2))
            print("Memory")
            each = asyncio.run(held_memory(server.port, server.process.pid, 100))
            row("a session, of 100 that are open", f"{each:.2f} MB")
            print("GET /api/v1/curves, every client asking without pause")
            for clients, equal in itertools.product((1, 10, 100), (False, True)):
                times, rate, refused = asyncio.run(route_clients(server.port, clients, equal=equal))
                what = f"{clients} client{'s' if clients > 1 else ''}, {'equal' if equal else 'different'} questions"
                row(what, f"{spread(times)}   {rate:.0f} answers a second, {refused / 4:.0f} refused")
            print("Sessions on Loss curves, each turning a knob once a second")
            for count in (10, 50, 100):
                row(f"{count} sessions", spread(asyncio.run(stepping_sessions(server.port, count))))
        finally:
            server.stop()


async def soak(port: int, pid: int, steps: int, visits: int) -> tuple[float, float]:
    """MB that `steps` steps in one session, then `visits` sessions opened and closed, leave behind."""
    session = await Session.open(port, "loss_curves")
    for _ in range(20):
        await session.step()
    start = memory(pid)
    for _ in range(steps):
        await session.step()
    stepped = memory(pid)
    for _ in range(visits):
        visitor = await Session.open(port, "loss_curves")
        await visitor.step()
        await visitor.socket.close()
    await session.socket.close()
    return stepped - start, memory(pid) - start


async def uploads_soak(port: int, pid: int, visits: int) -> tuple[float, float]:
    """MB above the start while so many visitors upload 10 MB each and leave, and a minute after the last."""
    content = b"label,text\n" + b"cat,some words that nobody reads\n" * 300_000
    wait = 65

    async def visit() -> None:
        session = await Session.open(port, "labels", "way=a+file")
        await session.upload("pets.csv", content)
        await session.socket.close()

    await visit()
    await asyncio.sleep(wait)
    start = most = memory(pid)
    for _ in range(visits // 4):
        await asyncio.gather(visit(), visit(), visit(), visit())
        most = max(most, memory(pid))
    await asyncio.sleep(wait)
    return most - start, memory(pid) - start


def memory_soak() -> None:
    """2,000 steps in one session, 200 sessions opened and closed, and 200 visitors with uploads."""
    print("Memory left behind")
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "log")
        try:
            stepped, visited = asyncio.run(soak(server.port, server.process.pid, 2000, 200))
            row("2,000 steps in one session", f"{stepped:.0f} MB")
            row("and 200 sessions opened and closed", f"{visited:.0f} MB")
            most, left = asyncio.run(uploads_soak(server.port, server.process.pid, 200))
            row(
                "and 200 visitors with uploads of 10 MB, a minute later", f"{left:.0f} MB, at most {most:.0f} MB before"
            )
        finally:
            server.stop()


__all__ = ["capacity", "memory_soak", "percentile"]
