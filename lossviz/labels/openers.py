"""A source that is read in pieces: opened from its start as often as one likes, unpacked while it is read."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import pyarrow as pa

from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.pieces import hidden, honest_size, members_of, name_of
from lossviz.labels.sniff import kind_of
from lossviz.labels.streams import BLOCK, Opener, blocks_of, read_bytes

MOST_PARTS = 50


@dataclass(frozen=True, eq=False)
class Packed:
    """A file in an archive, as a source of its own."""

    name: str
    opener: Opener
    size: int

    def read(self) -> bytes:
        with self.opener() as file:
            return read_bytes(file, self.size + 1)


def opener_of(source: Any) -> tuple[Opener, int] | None:
    """A way to open a source from its start as often as one likes, and its size."""
    if isinstance(source, Packed):
        return source.opener, source.size
    if isinstance(source, str | Path):
        path = Path(source)
        return (lambda: path.open("rb"), path.stat().st_size) if path.is_file() else None
    if isinstance(source, bytes):
        return (lambda: io.BytesIO(source), len(source))
    if not (hasattr(source, "seek") and hasattr(source, "read")):
        return None
    size = source.seek(0, io.SEEK_END)

    def rewound() -> IO[bytes]:
        source.seek(0)
        return cast(IO[bytes], _Shared(source))

    source.seek(0)
    return rewound, int(size)


class _Shared(io.RawIOBase):
    """A file of someone else's, which stays open when this is closed."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self.file.seek(offset, whence)

    def tell(self) -> int:
        return self.file.tell()

    def read(self, size: int = -1) -> bytes:
        return self.file.read(size)


class _Bounded(io.RawIOBase):
    """An unpacking stream that refuses to give more than honest data packs to."""

    def __init__(self, inner: Any, packed: IO[bytes], size: int) -> None:
        self.inner, self.packed, self.left = inner, packed, honest_size(size)

    def close(self) -> None:
        self.inner.close()
        self.packed.close()
        super().close()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        part = self.inner.read(BLOCK if size is None or size < 0 else size)
        self.left -= len(part)
        if self.left < 0:
            raise UnreadableLabels(
                "The archive unpacks to far more than an honest label file does.", "Upload the label file, unpacked."
            )
        return bytes(part)


class _Tabbed(io.RawIOBase):
    """Text whose cells stand apart by blanks, as text whose cells stand apart by one tab."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.blocks, self.ready = file, blocks_of(file), b""

    def close(self) -> None:
        self.file.close()
        super().close()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self.ready:
            block = next(self.blocks, None)
            if block is None:
                return 0
            self.ready = re.sub(rb"[ \t]+", b"\t", re.sub(rb"(?m)^[ \t]+|[ \t\r]+$", b"", block))
        part, self.ready = self.ready[: len(buffer)], self.ready[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


def tabbed(file: IO[bytes]) -> IO[bytes]:
    """`file`, whose cells stand apart by blanks, with one tab between them."""
    return io.BufferedReader(_Tabbed(file), BLOCK)


def archive_of(file: IO[bytes]) -> zipfile.ZipFile:
    """The zip archive in a file; BadZipFile whatever is wrong with it."""
    try:
        return zipfile.ZipFile(file)
    except ValueError as error:  # what a damaged place of something is told by
        raise zipfile.BadZipFile(str(error)) from error


def _member(file: IO[bytes], info: zipfile.ZipInfo) -> IO[bytes]:
    try:
        return archive_of(file).open(info)
    except ValueError as error:
        raise zipfile.BadZipFile(str(error)) from error


def _files_in(source: Any) -> list[Packed]:
    """The files of a zip archive that holds a few, none of them encrypted; nothing for any other source."""
    opened = opener_of(source)
    if opened is None:
        return []
    opener = opened[0]
    with opener() as file:
        if file.read(4) != b"PK\x03\x04":
            return []
        members = members_of(archive_of(file))
    if not 1 < len(members) <= MOST_PARTS or any(info.flag_bits & 1 for info in members):
        return []

    def packed(info: zipfile.ZipInfo) -> Packed:
        inner = _unpacking(opener, lambda file: _member(file, info), max(1, info.compress_size))
        return Packed(info.filename, inner, info.file_size)

    return [packed(info) for info in members]


def sources_in(source: Any) -> list[tuple[str, Any]]:
    """The files of a folder, of a list or of a zip archive, each with its name; nothing for a single file."""
    if isinstance(source, str | Path) and Path(source).is_dir():
        root = Path(source)
        files = sorted(path for path in root.rglob("*") if path.is_file() and not hidden(path.name))
        return [(path.relative_to(root).as_posix(), path) for path in files]
    if isinstance(source, Sequence) and not isinstance(source, str | bytes | bytearray | memoryview):
        return [(name_of(each), each) for each in source]
    return [(each.name, each) for each in _files_in(source)]


def _unpacking(opener: Opener, unpack: Callable[[IO[bytes]], Any], size: int) -> Opener:
    """A way to open what is packed in so many bytes, within bounds."""

    def inner() -> IO[bytes]:
        packed = opener()
        return cast(IO[bytes], _Bounded(unpack(packed), packed, size))

    return inner


def unpacked(opener: Opener, size: int) -> tuple[str, Opener]:
    """What the file is, or what one file is packed in it, and a way to open that."""
    with opener() as file:
        start = file.read(65536)
    kind = "zip" if start.startswith(b"PK\x03\x04") else kind_of(start, "")
    if kind == "zip":
        with opener() as file:
            members = members_of(archive_of(file))
        if len(members) != 1 or members[0].flag_bits & 1:
            return "zip", opener
        unpack: Callable[[IO[bytes]], Any] = lambda file: _member(file, members[0])  # noqa: E731
    elif kind == "gzip":
        unpack = lambda file: gzip.GzipFile(fileobj=file)  # noqa: E731
    elif kind == "zstd":
        unpack = lambda file: pa.CompressedInputStream(pa.PythonFile(file, mode="r"), "zstd")  # noqa: E731
    else:
        return kind, opener

    inner = _unpacking(opener, unpack, size)
    with inner() as file:
        start = file.read(65536)
    kind = kind_of(start, "")
    # What needs to be sought in, and archives in archives, go the way of small files.
    return (kind, inner) if kind in ("text", "json") else ("packed", opener)
