"""What runs in the answering process: its start, and the answer to a question."""

from __future__ import annotations

import gzip
import json
import logging
import multiprocessing
import os
import signal
import socket
import threading
from typing import BinaryIO, NamedTuple
from urllib.parse import parse_qs

from ui.serving.loading import load

_NICE = 2  # pages come first, and figures before readings of files


class Question(NamedTuple):
    """A figure's route, its HTTP query as it was sent, and whether who asks reads gzip."""

    route: str
    query: bytes = b""
    gzip: bool = False

    def written(self) -> bytes:
        return f"{self.gzip:d}{self.route}?".encode() + self.query

    @classmethod
    def read(cls, message: bytes) -> Question:
        route, _, query = message[1:].partition(b"?")
        return cls(route.decode(), query, message[:1] == b"1")


class Answer(NamedTuple):
    """An HTTP status and the body that goes with it: a figure where it is 200, else one sentence."""

    status: int
    body: bytes

    def written(self) -> bytes:
        return self.status.to_bytes(2, "little") + self.body

    @classmethod
    def read(cls, message: bytes) -> Answer:
        return cls(int.from_bytes(message[:2], "little"), message[2:])


def answer(question: Question) -> Answer:
    """The numbers of a live figure.

    Returns
    -------
    Answer
        With status 200 the length of a JSON header in four bytes, little-endian, the header with the number of
        points and the names of the rows, and the rows as float32, all of it compressed where gzip is read; with 404
        or 400 what is wrong with the question.
    """
    from lossviz.figures.live.lines import payload
    from lossviz.figures.live.routes import LIVE_FIGURES, ask

    try:
        figure, values = ask(question.route, parse_qs(question.query.decode("latin-1"), keep_blank_values=True))
    except ValueError as error:
        return Answer(400 if question.route in LIVE_FIGURES else 404, str(error).encode())
    rows = figure.rows(values)
    outline = figure.outline
    names = [axis.key for axis in outline.axes] + [f"{curve.panel}: {curve.name}" for curve in outline.curves]
    header = json.dumps({"points": rows.shape[1], "rows": names}).encode()
    header += b" " * (-len(header) % 4)
    body = len(header).to_bytes(4, "little") + header + payload(rows)
    return Answer(200, gzip.compress(body, 1) if question.gzip else body)


def serve(server: socket.socket) -> None:
    """Answer what the server asks, one question after the other, until it ends; an empty message says ready."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches this process too; the server ends it
    if hasattr(os, "nice"):
        os.nice(_NICE)
    threading.Thread(target=_leave_with_the_server, daemon=True).start()
    load()
    with server, server.makefile("rb") as questions:
        server.sendall(framed(b""))
        while (message := _next(questions)) is not None:
            question = Question.read(message)
            try:
                given = answer(question)
            except Exception:
                logging.getLogger(__name__).exception("No answer to %r", question)
                given = Answer(500, b"The figure cannot be computed from this; change what you set last.")
            server.sendall(framed(given.written()))


def framed(message: bytes) -> bytes:
    """A message between the processes, with its length in four bytes ahead of it."""
    return len(message).to_bytes(4, "little") + message


def _next(questions: BinaryIO) -> bytes | None:
    length = questions.read(4)
    return questions.read(int.from_bytes(length, "little")) if length else None


def _leave_with_the_server() -> None:
    server = multiprocessing.parent_process()
    if server is not None:
        server.join()
        os._exit(1)
