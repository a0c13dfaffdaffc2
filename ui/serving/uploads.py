"""Uploaded files: on disk, within a number of bytes for all visitors together, gone with the visitor."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import tempfile
import threading
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

LEAST_COUNTED = 1 << 16  # of a file, however small it is
SHARE = 4  # a visitor may have a quarter of the room
_PREFIX = "lossviz-uploads-"


class NoRoom(OSError):
    """An upload for which there is no room now; says so in one sentence."""


@dataclass(frozen=True)
class Upload:
    """One uploaded file, with the name and the kind that the browser gave it."""

    file_id: str
    name: str
    kind: str
    path: Path
    size: int

    def open(self) -> IO[bytes]:
        return self.path.open("rb")


class Uploads:
    """The uploaded files of every session, of at most `room` bytes; any thread may use them."""

    def __init__(self, room: int) -> None:
        self.room = room
        self._lock = threading.Lock()
        self._files: dict[str, dict[str, Upload]] = {}
        self._arriving: defaultdict[str, int] = defaultdict(int)
        self._folder: Path | None = None

    @property
    def used(self) -> int:
        """The bytes that files have, and that are on their way."""
        with self._lock:
            return self._used()

    def of(self, session: str, file_ids: Sequence[str]) -> list[Upload]:
        """The files of a session by their ids; those that are gone are left out."""
        with self._lock:
            files = self._files.get(session, {})
            return [files[file_id] for file_id in file_ids if file_id in files]

    @contextlib.contextmanager
    def arriving(self, session: str) -> Iterator[Arrival]:
        """Room for one upload of a session as it arrives, given back at the end."""
        arrival = Arrival(self, session)
        try:
            yield arrival
        finally:
            arrival.end()

    def add(self, session: str, file_id: str, name: str, kind: str, content: IO[bytes]) -> Upload:
        """Write what `content` holds from its start to the disk.

        Raises
        ------
        NoRoom
            If the disk is full.
        """
        path = self._place() / uuid.uuid4().hex
        content.seek(0)
        try:
            with path.open("xb") as file:
                shutil.copyfileobj(content, file, 1 << 20)
                size = file.tell()
        except OSError as error:
            path.unlink(missing_ok=True)
            raise NoRoom("The disk of this server is full; try a smaller file, or come back later.") from error
        upload = Upload(file_id, name, kind, path, size)
        with self._lock:
            files = self._files.setdefault(session, {})
            before = files.get(file_id)
            files[file_id] = upload
        _unlink([before] if before else [])
        return upload

    def remove(self, session: str, file_id: str) -> None:
        with self._lock:
            gone = self._files.get(session, {}).pop(file_id, None)
        _unlink([gone] if gone else [])

    def remove_session(self, session: str) -> None:
        with self._lock:
            gone = self._files.pop(session, {})
        _unlink(gone.values())

    def keep_only(self, sessions: Collection[str]) -> None:
        """Remove the files of all other sessions."""
        with self._lock:
            departed = [session for session in self._files if session not in sessions]
        for session in departed:
            self.remove_session(session)

    def close(self) -> None:
        """Remove everything."""
        self.keep_only(())
        with self._lock:
            folder, self._folder = self._folder, None
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    def take(self, session: str, size: int) -> None:
        """Count bytes that arrive; NoRoom if they are too many."""
        with self._lock:
            if self._used() + size > self.room:
                raise NoRoom(
                    "The room of this server for uploads is full; try again in a few minutes, or with a smaller file."
                )
            own = _size(self._files.get(session, {}).values()) + self._arriving[session]
            if own + size > self.room // SHARE:
                raise NoRoom(
                    f"Your files have more than {self.room // SHARE / 1e6:,.0f} MB together; remove some, or pack them."
                )
            self._arriving[session] += size

    def give_back(self, session: str, size: int) -> None:
        with self._lock:
            self._arriving[session] -= size
            if not self._arriving[session]:
                del self._arriving[session]

    def _used(self) -> int:
        return sum(_size(files.values()) for files in self._files.values()) + sum(self._arriving.values())

    def _place(self) -> Path:
        with self._lock:
            if self._folder is None:
                _clear_after_the_dead()
                self._folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
                _hold(self._folder)
                atexit.register(self.close)
            return self._folder


class Arrival:
    """The bytes of one upload that have arrived."""

    def __init__(self, uploads: Uploads, session: str) -> None:
        self._uploads, self._session, self._size = uploads, session, 0

    def take(self, size: int) -> None:
        """Count `size` more bytes; NoRoom if they are too many."""
        self._uploads.take(self._session, size)
        self._size += size

    def end(self) -> None:
        self._uploads.give_back(self._session, self._size)


def _size(files: Collection[Upload]) -> int:
    return sum(max(file.size, LEAST_COUNTED) for file in files)


def _unlink(files: Collection[Upload]) -> None:
    for file in files:
        with contextlib.suppress(OSError):  # Windows keeps a file that is being read until the end
            file.path.unlink()


def _hold(folder: Path) -> None:
    """Lock a folder as long as this process lives."""
    with contextlib.suppress(ImportError):
        import fcntl

        held = os.open(folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _clear_after_the_dead() -> None:
    """Remove what processes have left behind that were killed."""
    with contextlib.suppress(ImportError):
        import fcntl

        for lock in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*/lock"):
            with contextlib.suppress(OSError), lock.open("r+") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(lock.parent, ignore_errors=True)
