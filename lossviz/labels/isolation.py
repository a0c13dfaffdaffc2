"""Files from outside are read in a process of their own, which may take so much and ends with who asked.

One process has the readers imported and does nothing else; of it a new one is forked for every reading. What waits
here may be told to stop at any time, and then that process is killed.
"""

from __future__ import annotations

import atexit
import logging
import os
import pickle
import select
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, TypeVar, cast

from lossviz.labels import limits
from lossviz.labels.formats.frames import in_memory
from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.sources.endings import Ending
from lossviz.labels.sources.files import Openable
from lossviz.labels.sources.unpacking import copy_to

T = TypeVar("T")

TICK = 0.1
_MODULE = "lossviz.labels.forking"


def isolated(
    function: Callable[..., T], source: Any, *arguments: Any, while_waiting: Callable[[], object], **settings: Any
) -> T:
    """What `function` of `lossviz.labels` gives of a source, read in a process of its own.

    Labels that are in memory, and all labels where the system cannot fork, are read in this process.

    Parameters
    ----------
    function : function
        Of a module, such as `inspect_labels`; it is called as ``function(source, *arguments, **settings)``.
    source : path, bytes, binary file object, or list of those
    while_waiting : function
        Called ten times a second. What it raises ends the reading at once, and is raised.

    Raises
    ------
    UnreadableLabels
        As `function` does, and if the reading takes more memory or processor time than it may, or dies.
    """
    if in_memory(source) or not hasattr(os, "fork"):
        return function(source, *arguments, **settings)
    with _turn(while_waiting), tempfile.TemporaryFile() as question, tempfile.TemporaryFile() as answer:
        at = _written(question, (Path.cwd(), function, (source, *arguments), settings))
        seconds = limits.seconds_for(at + _size_of(source))
        with tempfile.TemporaryFile() as said:
            ending = _forking.asked(at, seconds, (question, answer, said), while_waiting)
            said.seek(0)
            ending = replace(ending, said=said.read(2000).decode(errors="replace"))
        if ending.code:
            _logger.warning("a process that read labels ended with %d: %s", ending.code, ending.said)
            raise ending.refusal("file")
        answer.seek(0)
        value, problem, records = pickle.load(answer)  # noqa: S301 - from a fork of our own
    for record in records:
        logging.getLogger(record.name).handle(record)
    if problem is not None:
        raise problem
    return cast(T, value)


def prepare() -> None:
    """Start the process of which readings are forked, ahead of the first."""
    if hasattr(os, "fork"):
        _forking.begin()


_logger = logging.getLogger(__name__)


_free = threading.BoundedSemaphore(limits.MOST_READINGS)


@contextmanager
def _turn(while_waiting: Callable[[], object]) -> Iterator[None]:
    """One of the readings that may run at a time, once it is free."""
    for _ in range(round(limits.LONGEST_WAIT / TICK)):
        if _free.acquire(timeout=TICK):
            break
        while_waiting()
    else:
        raise UnreadableLabels("Other files are being read, as many as can be at a time.", "Try again in a minute.")
    try:
        yield
    finally:
        _free.release()


@dataclass(frozen=True)
class Stream:
    """A file that was open in the process that asks: its name, and where it stands in the question."""

    name: str
    start: int
    size: int


class _Pickler(pickle.Pickler):
    """Open files are copied ahead of what is pickled."""

    def __init__(self, file: IO[bytes], streams: dict[int, Stream]) -> None:
        super().__init__(file)
        self.streams = streams

    def persistent_id(self, thing: Any) -> Stream | None:
        return self.streams.get(id(thing))


def _written(question: IO[bytes], asked: tuple[Any, ...]) -> int:
    """Write what is asked, the open files in it first; return where it begins."""
    source = asked[2][0]
    streams = {}
    for each in source if isinstance(source, list | tuple) else [source]:
        if hasattr(each, "read"):
            streams[id(each)] = _copied(each, question)
    at = question.tell()
    _Pickler(question, streams).dump(asked)
    question.flush()
    return at


def _copied(file: Any, question: IO[bytes]) -> Stream:
    if not hasattr(file, "seekable") or file.seekable():
        file.seek(0)
    start = question.tell()
    size = copy_to(question, file, "The stream holds", "Save fewer columns.")
    name = getattr(file, "name", "file")
    return Stream(name if isinstance(name, str) else "file", start, size)


def _size_of(source: Any) -> int:
    """How many bytes the files have that are not in the question; of folders nobody knows yet."""
    if isinstance(source, list | tuple):
        return sum(map(_size_of, source))
    if isinstance(source, Openable):
        return source.size
    with suppress(OSError, ValueError, TypeError):
        return Path(source).stat().st_size
    return 0


class _Forking:
    """The process of which readings are forked, and the socket over which it is asked."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.process: subprocess.Popen[bytes] | None = None
        self.requests: socket.socket | None = None

    def begin(self) -> socket.socket:
        with self.lock:
            if self.requests is None or self.process is None or self.process.poll() is not None:
                self.end()
                ours, theirs = socket.socketpair()
                # Arrow's own allocators reserve address space by the gigabyte, which counts.
                environment = {"PYTHONPATH": os.pathsep.join(sys.path), "ARROW_DEFAULT_MEMORY_POOL": "system"}
                self.process = subprocess.Popen(  # noqa: S603
                    [sys.executable, "-P", "-m", _MODULE],
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    env=os.environ | environment,
                    start_new_session=True,  # so that who interrupts this process does not end that one first
                )
                theirs.close()
                self.requests = ours
            return self.requests

    def end(self) -> None:
        if self.requests is not None:
            self.requests.close()
        if self.process is not None:
            self.process.wait()

    def asked(self, at: int, seconds: int, files: tuple[IO[bytes], ...], while_waiting: Callable[[], object]) -> Ending:
        """How the process ended that was forked for a question."""
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                message = b"%d %d %d" % (at, limits.MOST_MEMORY, seconds)
                theirs_and_files = [theirs.fileno(), *(file.fileno() for file in files)]
                with suppress(OSError):  # of a process that died; the next question starts another
                    socket.send_fds(self.begin(), [message.ljust(64)], theirs_and_files)
            while not select.select([ours], [], [], TICK)[0]:
                while_waiting()
            told = ours.recv(64).split()
        return Ending(int(told[0]), seconds, int(told[1])) if told else Ending(1, seconds)


_forking = _Forking()
atexit.register(_forking.end)
