"""One answering process, and the socket over which this one asks it."""

from __future__ import annotations

import asyncio
import multiprocessing
import socket

from ui.serving import worker
from ui.serving.worker import Answer, Question, framed

_START_S = 120  # it imports torch
_BUFFER = 1 << 20


class AnsweringProcess:
    """A process that answers one question at a time, for one event loop."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair()
        # A new interpreter everywhere: the server has threads, and a fork of it would inherit their locks.
        context = multiprocessing.get_context("spawn")
        self._process = context.Process(target=worker.serve, args=(theirs,), name="answers", daemon=True)
        self._process.start()
        theirs.close()
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._begun = False

    @property
    def ready(self) -> bool:
        return self._begun and self._process.is_alive()

    async def begun(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """The streams to and from the process, once it has imported what it needs.

        Raises
        ------
        OSError, EOFError
            If it died (`asyncio.IncompleteReadError` is an `EOFError`) or takes too long (`TimeoutError`).
        """
        if self._streams is None:
            self._streams = await asyncio.open_connection(sock=self._socket, limit=_BUFFER)
        if not self._begun:
            await asyncio.wait_for(_message(self._streams[0]), _START_S)
            self._begun = True
        return self._streams

    async def ask(self, question: Question, deadline: float) -> Answer:
        """The answer, within `deadline` seconds from when the process is ready."""
        reader, writer = await self.begun()
        writer.write(framed(question.written()))
        return Answer.read(await asyncio.wait_for(_message(reader), deadline))

    def end(self) -> None:
        """Kill the process and forget the socket."""
        self._process.kill()
        if self._streams is None:
            self._socket.close()
        else:
            self._streams[1].transport.abort()


async def _message(reader: asyncio.StreamReader) -> bytes:
    length = await reader.readexactly(4)
    return await reader.readexactly(int.from_bytes(length, "little"))
