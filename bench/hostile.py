"""What quiet visitors of the deployed app feel beside hostile ones: ``python -m bench hostile``."""

from __future__ import annotations

import asyncio
import gzip
import io
import itertools
import random
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from bench.deployed import pages, site, trusting
from bench.figures import percentile, row
from bench.load import stepped
from bench.visitors import Session
from tests.browser.server import ROOT
from tests.deploy.nginx import nginx

QUIET = 20
_FROM = "127.0.2.1", 0  # one address, other than those of the quiet
_LOSSES = "loss=bce&loss=ce&loss=focal&loss=asl"


async def _asked(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", port, ssl=trusting(), local_addr=_FROM)


def _question(query: str) -> bytes:
    return f"GET /api/v1/curves?{query} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


async def _page(port: int, name: str = "loss_curves", query: str = "") -> Session:
    url = f"127.0.0.1:{port}"
    options = {"ssl": trusting(), "local_addr": _FROM, "subprotocols": ["streamlit"], "max_size": None}
    socket = await connect(f"wss://{url}/_stcore/stream", **options)  # type: ignore[arg-type]
    return await Session.begin(socket, name, query, f"https://{url}")


async def _again(attack: Callable[[], Awaitable[None]]) -> None:
    """Go on, whatever the server refuses."""
    while True:
        try:
            await attack()
        except (OSError, EOFError, WebSocketException, ssl.SSLError):
            await asyncio.sleep(0.01)


async def questions(port: int, spelled: Callable[[], str]) -> None:
    async def client() -> None:
        reader, writer = await _asked(port)
        while True:
            writer.write(_question(spelled()))
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            await reader.readexactly(int(head.split("content-length: ")[1].split("\r\n")[0]))

    await asyncio.gather(*(_again(client) for _ in range(20)))


async def different_questions(port: int) -> None:
    await questions(port, lambda: f"{_LOSSES}&focal.gamma={random.uniform(0, 5)}")  # noqa: S311


async def equal_questions(port: int) -> None:
    await questions(port, lambda: _LOSSES)


async def long_questions(port: int) -> None:
    await questions(port, lambda: "&".join(f"key{k}=1" for k in range(5000)))


async def aborted_questions(port: int) -> None:
    async def client() -> None:
        _, writer = await _asked(port)
        writer.write(_question(f"{_LOSSES}&focal.gamma={random.uniform(0, 5)}"))  # noqa: S311
        await writer.drain()
        writer.transport.abort()

    await asyncio.gather(*(_again(client) for _ in range(5)))


async def visits(port: int) -> None:
    async def visitor() -> None:
        await (await _page(port)).socket.close()

    await asyncio.gather(*(_again(visitor) for _ in range(5)))


async def noise(port: int) -> None:
    async def visitor() -> None:
        session = await _page(port)
        for k in itertools.count():
            await session.socket.send(bytes([k % 256]) * 20)
            await asyncio.sleep(0)

    await asyncio.gather(*(_again(visitor) for _ in range(5)))


def uploads(name: str, content: Callable[[], bytes]) -> Callable[[int], Awaitable[None]]:
    """Visitors who upload, and leave as soon as their file is being read."""

    async def all_of_them(port: int) -> None:
        data = content()

        async def visitor() -> None:
            session = await _page(port, "labels", "way=a+file")
            await session.upload(name, data, patient=False)
            await asyncio.sleep(0.5)
            await session.socket.close()

        await asyncio.gather(*(_again(visitor) for _ in range(3)))

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
    "different questions without pause": different_questions,
    "equal questions without pause": equal_questions,
    "questions of 5,000 keys without pause": long_questions,
    "questions that are asked and aborted": aborted_questions,
    "pages that are opened and left": visits,
    "messages that are none": noise,
    "20 MB that are uploaded and left": uploads("pets.csv", _long_table),
    "sparse rows that would fill the memory": uploads("rows.arff.gz", _sparse_rows),
    "a mask of 256 million pixels": uploads("mask.png", _large_mask),
}


def hostile() -> None:
    """The 95th percentile of a step, of quiet visitors alone and beside each hostile kind from one address."""
    print(f"Steps of {QUIET} quiet visitors, each turning a knob a second, beside hostile ones; behind nginx")
    if not nginx():
        row("there is no nginx here", "python -m tests.deploy.nginx")
        return
    with tempfile.TemporaryDirectory() as name, site(Path(name)) as (port, _, _):
        asyncio.run(_steps(port))
        for kind in HOSTILE:
            alone = percentile(asyncio.run(_steps(port)), 0.95)
            command = [sys.executable, "-m", "bench.hostile", kind, str(port)]
            with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as attack:  # noqa: S603
                time.sleep(3)
                beside = percentile(asyncio.run(_steps(port)), 0.95)
                ended = attack.poll() is not None
                attack.kill()
            said = f"p95 {alone:6.1f} ms alone, {beside:6.1f} ms beside   {beside / alone:.1f} times"
            row(kind, said + ("   (it ended)" if ended else ""))


async def _steps(port: int) -> list[float]:
    return await stepped(await pages(port, QUIET), 8)


if __name__ == "__main__":
    asyncio.run(HOSTILE[sys.argv[1]](int(sys.argv[2])))  # type: ignore[arg-type]
