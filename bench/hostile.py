"""What quiet visitors feel beside hostile ones: ``python -m bench hostile``."""

from __future__ import annotations

import asyncio
import gzip
import io
import itertools
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from websockets.exceptions import ConnectionClosed

from bench.figures import percentile, row
from bench.load import route_clients, stepped
from bench.visitors import Session
from tests.browser.server import ROOT, Server

QUIET = 20
SECONDS = 8


async def different_questions(port: int) -> None:
    await route_clients(port, 20, 60)


async def equal_questions(port: int) -> None:
    await route_clients(port, 20, 60, equal=True)


async def aborted_questions(port: int) -> None:
    async def client(number: int) -> None:
        for k in itertools.count():
            _, writer = await asyncio.open_connection("localhost", port)
            gamma = f"{number}.{k % 100_000:05}"
            writer.write(
                f"GET /api/v1/curves?loss=asl&loss=focal&focal.gamma={gamma} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
            )
            await writer.drain()
            writer.close()
            await asyncio.sleep(0.005)

    await asyncio.gather(*(client(number) for number in range(5)))


async def long_questions(port: int) -> None:
    query = "&".join(f"key{k}=1" for k in range(5000))
    request = f"GET /api/v1/curves?{query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    while True:
        reader, writer = await asyncio.open_connection("localhost", port)
        writer.write(request)
        await reader.read()
        writer.close()


async def visits(port: int) -> None:
    async def visitor() -> None:
        while True:
            session = await Session.open(port, "loss_curves")
            await session.socket.close()

    await asyncio.gather(visitor(), visitor())


async def noise(port: int) -> None:
    async def visitor() -> None:
        while True:
            session = await Session.open(port, "loss_curves")
            try:
                for k in range(1000):
                    await session.socket.send(bytes([k % 256]) * 20)
            except ConnectionClosed:
                pass

    await asyncio.gather(visitor(), visitor())


def uploads(name: str, content: Callable[[], bytes]) -> Callable[[int], Awaitable[None]]:
    """Visitors who upload, and leave as soon as their file is being read."""

    async def all_of_them(port: int) -> None:
        data = content()

        async def visitor() -> None:
            while True:
                session = await Session.open(port, "labels", "way=a+file")
                await session.upload(name, data, patient=False)
                await asyncio.sleep(0.5)
                await session.socket.close()

        await asyncio.gather(visitor(), visitor())

    return all_of_them


def _long_table() -> bytes:
    return b"label,text\n" + b"cat,some words that nobody reads\n" * 600_000


def _sparse_rows() -> bytes:
    names = "".join(f"@attribute a{k} {{0,1}}\n" for k in range(20_000))
    return gzip.compress(f"@relation r\n{names}@data\n".encode() + b"{0 1}\n" * 300_000)


def _large_mask() -> bytes:
    from PIL import Image

    file = io.BytesIO()
    Image.new("L", (16_000, 16_000)).save(file, "png")
    return file.getvalue()


HOSTILE: dict[str, Callable[[int], Awaitable[None]]] = {
    "20 clients, different questions without pause": different_questions,
    "20 clients, equal questions without pause": equal_questions,
    "1,000 questions a second, each aborted": aborted_questions,
    "questions of 5,000 keys without pause": long_questions,
    "pages opened and left without pause": visits,
    "messages that are none": noise,
    "20 MB uploaded and left, again and again": uploads("pets.csv", _long_table),
    "sparse rows that would fill the memory": uploads("rows.arff.gz", _sparse_rows),
    "a mask of 256 million pixels": uploads("mask.png", _large_mask),
}


def hostile() -> None:
    """The 95th percentile of a step, of quiet visitors alone and beside each hostile kind."""
    print(f"Steps of {QUIET} quiet visitors, each turning a knob a second, beside hostile ones")
    for kind in HOSTILE:
        with tempfile.TemporaryDirectory() as folder:
            server = Server(Path(folder) / "log")
            try:
                asyncio.run(_steps(server.port, 3))
                alone = asyncio.run(_steps(server.port, SECONDS))
                command = [sys.executable, "-m", "bench.hostile", kind, str(server.port)]
                with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as attack:  # noqa: S603
                    time.sleep(3)
                    beside = asyncio.run(_steps(server.port, SECONDS))
                    lived = attack.poll() is None
                    attack.kill()
                ratio = percentile(beside, 0.95) / percentile(alone, 0.95)
                figures = f"p95 {percentile(alone, 0.95):6.1f} ms, beside {percentile(beside, 0.95):6.1f} ms"
                row(kind, f"{figures}   {ratio:.1f} times" + ("" if lived else "   (the attack ended)"))
            finally:
                server.stop()


async def _steps(port: int, seconds: int) -> list[float]:
    return await stepped([await Session.open(port, "loss_curves") for _ in range(QUIET)], seconds)


if __name__ == "__main__":
    asyncio.run(HOSTILE[sys.argv[1]](int(sys.argv[2])))  # type: ignore[arg-type]
