"""The process of which readings are forked: ``python -m lossviz.labels.forking``, its requests on standard input.

For each request two processes are forked: one that reads, and one that waits for it, and kills it when nobody wants
the answer any more.
"""

from __future__ import annotations

import logging
import logging.handlers
import os
import pickle
import queue
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any

# What readings need, so that it is imported once.
import lossviz.labels.cooccurrence
import lossviz.labels.reader  # noqa: F401
from lossviz.labels.isolation import Stream
from lossviz.labels.sources.decoder import TOO_MUCH, limit
from lossviz.labels.sources.files import Openable
from lossviz.labels.sources.unpacking import parts_of

_NICE = 5


def serve(requests: socket.socket) -> None:
    """Fork a reading for each request, until there can be no more."""
    while True:
        message, descriptors, _, _ = socket.recv_fds(requests, 64, 4)
        if not message:
            return
        if os.fork() == 0:
            requests.close()
            os.open(os.devnull, os.O_RDONLY)  # standard input again
            _wait(*descriptors, *map(int, message.split()))
        for each in descriptors:
            os.close(each)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _wait(connection: int, question: int, answer: int, said: int, at: int, memory: int, seconds: int) -> None:
    """Fork who reads, and say over the connection how it ended; kill it if nobody is there any more."""
    ended, ending = os.pipe()
    reading = os.fork()
    if reading == 0:
        os.setpgid(0, 0)  # what it starts ends with it
        os.close(connection)
        _read(question, answer, said, at, memory, seconds)
    os.close(ending)
    with suppress(OSError):
        os.setpgid(reading, reading)
    if ended not in select.select([connection, ended], [], [])[0]:
        os.killpg(reading, signal.SIGKILL)
    _, status, usage = os.wait4(reading, 0)
    with suppress(OSError):
        os.killpg(reading, signal.SIGKILL)
    with suppress(OSError):
        os.write(connection, b"%d %d" % (os.waitstatus_to_exitcode(status), usage.ru_maxrss << 10))
    os._exit(0)


def _read(question: int, answer: int, said: int, at: int, memory: int, seconds: int) -> None:
    """Write the answer to a question, or why there is none."""
    os.dup2(said, 2)
    os.nice(_NICE)
    limit(memory, seconds)
    code = 1
    try:
        asked, records = os.fdopen(question, "rb"), queue.SimpleQueue[logging.LogRecord]()
        logging.getLogger().addHandler(logging.handlers.QueueHandler(records))
        asked.seek(at)
        folder, function, arguments, settings = _Unpickler(asked).load()
        os.chdir(folder)
        value, problem = _outcome(function, arguments, settings)
        logged = [records.get() for _ in range(records.qsize())]
        with os.fdopen(answer, "wb") as file:
            pickle.dump((value, problem, logged), file)
        code = 0
    except MemoryError:
        code = TOO_MUCH
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _outcome(function: Callable[..., Any], arguments: Any, settings: Any) -> tuple[Any, Exception | None]:
    try:
        return function(*arguments, **settings), None
    except MemoryError:
        raise
    except Exception as error:
        if isinstance(error.__cause__, MemoryError):
            raise error.__cause__ from error
        return None, error.with_traceback(None)


class _Unpickler(pickle.Unpickler):
    """What is asked, with files that were open in the process that asks as files."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file)
        self.parts = parts_of(file)

    def persistent_load(self, stream: Stream) -> Any:
        return Openable(stream.name, lambda: self.parts(stream.start, stream.size), stream.size)


if __name__ == "__main__":
    serve(socket.socket(fileno=0))
