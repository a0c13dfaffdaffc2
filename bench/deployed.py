"""What two processes behind nginx bear: sessions that step, and questions whose answers are kept."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from websockets.asyncio.client import connect

from bench.figures import memory, processor_time, row, spread
from bench.load import stepped
from bench.visitors import Session
from deploy.nginx import Site
from tests.browser.server import Server, free_port
from tests.deploy.nginx import Proxy, certificate, nginx

SESSIONS = (100, 300, 500)
QUESTIONS = 100
CLIENTS = 4
SECONDS = 4


def deployed() -> None:
    """100, 300 and 500 sessions that step once a second; answers a second from nginx's cache."""
    print("Two processes behind nginx with TLS; the load runs on the same machine")
    if not nginx():
        row("there is no nginx here", "python -m tests.deploy.nginx")
        return
    with tempfile.TemporaryDirectory() as name, site(Path(name)) as (port, servers, proxy):
        pids = {"app": [server.process.pid for server in servers], "nginx": [proxy.process.pid], "load": [os.getpid()]}
        for count in SESSIONS:
            times, taken = asyncio.run(sessions(port, count, pids))
            row(f"{count} sessions, each turning a knob once a second", f"{spread(times)}   {_load()}")
            each = ", ".join(f"{name} {1000 * seconds / len(times):.1f} ms" for name, seconds in taken.items())
            row("  of a core for each change", each)
        row("memory of the larger of the two processes", f"{max(memory(each.process.pid) for each in servers):.0f} MB")
        before = processor_time(proxy.process.pid)
        count, seconds, size = kept_answers(port)
        taken = processor_time(proxy.process.pid) - before
        said = f"{count / seconds:.0f} a second of {size / 1000:.1f} kB   {_load()}"
        row(f"answers that nginx keeps, {CLIENTS} clients", said)
        row("  that it gives in a second of a core", f"{count / taken:.0f}")


def _load() -> str:
    return f"load {os.getloadavg()[0]:.1f}"


@contextmanager
def site(folder: Path) -> Iterator[tuple[int, list[Server], Proxy]]:
    """The port of nginx, the servers behind it, and nginx."""
    servers = [Server(folder / name) for name in ("one", "two")]
    port = free_port()
    proxy = Proxy(
        folder,
        Site(
            host="localhost",
            processes=[f"127.0.0.1:{server.port}" for server in servers],
            http=[f"127.0.0.1:{free_port()}"],
            https=[f"{port}"],
            inner=free_port(),
            cache=str(folder),
            logs=str(folder),
            **certificate(folder),
        ).configuration(),
        connections=4096,
    )
    try:
        yield port, servers, proxy
    finally:
        proxy.stop()
        for server in servers:
            server.stop()


def trusting() -> ssl.SSLContext:
    """What takes any certificate, for a client of a server of one's own."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _own_address(number: int) -> tuple[str, int]:
    """An address of this machine for a client, since nginx counts by address."""
    return f"127.0.1.{number % 250 + 1}", 0


async def pages(port: int, count: int) -> list[Session]:
    """Sessions through nginx on Loss curves."""
    url, trusted, opened = f"wss://127.0.0.1:{port}/_stcore/stream", trusting(), []
    for number in range(count):
        stream = await connect(
            url,
            ssl=trusted,
            local_addr=_own_address(number),
            subprotocols=["streamlit"],  # type: ignore[list-item]
            max_size=None,
        )
        opened.append(await Session.begin(stream, "loss_curves"))
    return opened


async def sessions(port: int, count: int, pids: dict[str, list[int]]) -> tuple[list[float], dict[str, float]]:
    """Milliseconds of each step through nginx, with `count` sessions each stepping once a second; seconds of a core."""
    opened = await pages(port, count)
    before = _taken(pids)
    times = await stepped(opened, 8)
    return times, {name: seconds - before[name] for name, seconds in _taken(pids).items()}


def _taken(pids: dict[str, list[int]]) -> dict[str, float]:
    taken = {name: sum(map(processor_time, each)) for name, each in pids.items()}
    taken["load"] -= taken["app"] + taken["nginx"]  # whose children they are
    return taken


def kept_answers(port: int) -> tuple[int, float, float]:
    """Answers, in how many seconds, and bytes of one, to questions that nginx has answered before.

    Clients ask ahead.
    """
    trusted, names = trusting(), "loss=bce&loss=ce&loss=focal&loss=asl"
    head = "HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n"
    asked = [f"GET /api/v1/curves?{names}&focal.gamma={k / 20} {head}\r\n" for k in range(QUESTIONS)]
    last = f"GET /api/v1/curves?{names} {head}Connection: close\r\n\r\n"

    def answers(number: int, rounds: int) -> bytes:
        """All questions, asked over in one connection, and what nginx sends until it closes."""
        plain = socket.create_connection(("127.0.0.1", port), source_address=_own_address(number))
        with trusted.wrap_socket(plain, server_hostname="localhost") as connection:
            connection.sendall(("".join(asked) * rounds + last).encode())
            return b"".join(iter(lambda: connection.recv(1 << 18), b""))

    size = len(answers(0, 1)) / (QUESTIONS + 1)
    counts: list[int] = []
    start = time.perf_counter()

    def client(number: int) -> None:
        while time.perf_counter() < start + SECONDS:
            counts.append(answers(number, 5).count(b"HTTP/1.1 200 OK"))
            number += CLIENTS

    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(client, range(CLIENTS)))
    return sum(counts), time.perf_counter() - start, size
