"""Ways to open what is packed, and what many handles share: each gives a stream from the start, within bounds."""

from __future__ import annotations

import gzip
import io
import lzma
import tempfile
import weakref
import zipfile
import zlib
from collections.abc import Callable
from threading import Lock
from typing import IO, Any, cast

import pyarrow as pa

from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.limits import FREE_BYTES, MOST_ON_DISK, MOST_RATIO
from lossviz.labels.sources.streams import Opener

IN_MEMORY = 1 << 20
_DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, RuntimeError)


def honest_size(packed: int) -> int:
    """How many bytes so many packed ones may hold."""
    return max(FREE_BYTES, packed * MOST_RATIO)


def unpacked(opener: Opener, kind: str, size: int) -> Opener:
    """A way to open what `size` bytes of "gzip" or "zstd" hold."""

    def opened() -> IO[bytes]:
        packed = opener()
        if kind == "gzip":
            return _stream(lambda: gzip.GzipFile(fileobj=packed), kind, size, packed)
        return _stream(lambda: pa.CompressedInputStream(pa.PythonFile(packed, mode="r"), kind), kind, size, packed)

    return opened


def archive_in(opener: Opener) -> zipfile.ZipFile:
    """The zip archive that a file is, which is closed when nobody needs it any more."""
    file = opener()
    try:
        archive = zipfile.ZipFile(file)
    except _DAMAGED as error:
        file.close()
        raise _damaged("zip", error) from error
    weakref.finalize(archive, file.close)
    return archive


def member_of(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Opener:
    """A way to open one file of an archive."""
    return lambda: _stream(lambda: archive.open(info), "zip", max(1, info.compress_size))


def _damaged(kind: str, error: BaseException) -> UnreadableLabels:
    reason = " ".join(str(error).split())[:120].rstrip(".")
    return UnreadableLabels(f"The {kind} archive is damaged: {reason}.", "Download or pack it again.")


def _stream(unpack: Callable[[], Any], kind: str, size: int, packed: IO[bytes] | None = None) -> IO[bytes]:
    return cast(IO[bytes], _Unpacked(unpack, kind, size, packed))


class _Unpacked(io.RawIOBase):
    """A stream out of an archive, which says what is damaged, and gives no more than honest data packs to."""

    def __init__(self, unpack: Callable[[], Any], kind: str, size: int, packed: IO[bytes] | None) -> None:
        self.kind, self.left = kind, honest_size(size)
        self.inner: Any = None
        self.packed = packed
        try:
            self.inner = unpack()
        except (*_DAMAGED, pa.ArrowException) as error:
            raise _damaged(kind, error) from error

    def close(self) -> None:
        for each in (self.inner, self.packed):
            if each is not None:
                each.close()
        super().close()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        try:
            part = bytes(self.inner.read((1 << 20) if size is None or size < 0 else size))
        except UnreadableLabels:
            raise
        except (*_DAMAGED, pa.ArrowException) as error:
            raise _damaged(self.kind, error) from error
        self.left -= len(part)
        if self.left < 0:
            raise UnreadableLabels(
                f"The {self.kind} archive unpacks to far more than an honest label file does.",
                "Upload the label file itself, unpacked.",
            )
        return part


def on_disk(opener: Opener) -> Opener:
    """A way to open a stream as a file that can be sought in, and that is gone once it is closed."""

    def opened() -> IO[bytes]:
        with opener() as file:
            return copied(file, "The archive unpacks to", "Upload the label file itself, unpacked.")

    return opened


def copied(file: IO[Any], what: str, remedy: str) -> IO[bytes]:
    """The rest of a stream, text as UTF-8, as a file that can be sought in, and that is gone once it is closed."""
    copy = cast(IO[bytes], tempfile.SpooledTemporaryFile(max_size=IN_MEMORY))  # noqa: SIM115
    try:
        copy_to(copy, file, what, remedy)
    except BaseException:
        copy.close()
        raise
    copy.seek(0)
    return copy


def copy_to(copy: IO[bytes], file: IO[Any], what: str, remedy: str) -> int:
    """Write the rest of a stream, text as UTF-8; return how many bytes it has."""
    size = 0
    while part := file.read(1 << 20):
        size += copy.write(part.encode() if isinstance(part, str) else part)
        if size > MOST_ON_DISK:
            raise UnreadableLabels(f"{what} more than {MOST_ON_DISK / 1e6:,.0f} MB.", remedy)
    return size


def shared(file: IO[bytes]) -> Opener:
    """A way to open a file that is open: every stream has a place of its own in it, and leaves it open."""
    parts = parts_of(file)
    return lambda: parts(0, file.seek(0, io.SEEK_END))


def parts_of(file: IO[bytes]) -> Callable[[int, int], IO[bytes]]:
    """Streams over parts of a file that is open, each from its start on and of its size."""
    lock = Lock()
    return lambda start, size: cast(IO[bytes], _Part(file, lock, start, size))


class _Part(io.RawIOBase):
    def __init__(self, file: IO[bytes], lock: Any, start: int, size: int) -> None:
        self.file, self.lock, self.start, self.size, self.at = file, lock, start, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self.at = max(0, offset + (0, self.at, self.size)[whence])
        return self.at

    def tell(self) -> int:
        return self.at

    def read(self, size: int | None = -1) -> bytes:
        left = max(0, self.size - self.at)
        with self.lock:
            self.file.seek(self.start + self.at)
            part = self.file.read(left if size is None or size < 0 else min(size, left))
            self.at += len(part)
        return part
