"""An answering process that needs no torch, and does what no real one should."""

from __future__ import annotations

import os
import signal
import socket
import threading

from ui.serving.worker import Answer, Question, framed


def misbehaving(server: socket.socket) -> None:
    """Answer with the query, but never where the route says so."""
    messages = server.makefile("rb")
    server.sendall(framed(b""))
    while length := messages.read(4):
        question = Question.read(messages.read(int.from_bytes(length, "little")))
        if question.route == "endless":
            threading.Event().wait()
        if question.route == "fatal":
            os._exit(1)
        if question.route == "half":
            server.sendall(framed(Answer(200, bytes(1000)).written())[:100])
            os.kill(os.getpid(), signal.SIGKILL)
        server.sendall(framed(Answer(200, question.query).written()))


def stillborn(_server: socket.socket) -> None:
    os._exit(1)
