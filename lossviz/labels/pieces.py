"""Any source -> pieces: named bytes, unpacked from gzip, zip and zstd under strict bounds."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, cast

import pyarrow as pa

from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.sniff import kind_of

MOST_BYTES = 2 << 30
MOST_FILES = 20_000
# Beyond the first 64 MB no honest label file packs better than this.
MOST_RATIO = 300
FREE_BYTES = 64 << 20

Single = str | Path | bytes | IO[bytes]


@dataclass(frozen=True, eq=False)
class Piece:
    """One file: its name, what its first bytes say it is, and its bytes."""

    name: str
    kind: str
    data: bytes


def pieces_of(source: Single | Sequence[Single], name: str) -> list[Piece]:
    """The files in `source`: bytes, a path, a folder, a binary file, or a list of those; archives unpacked."""
    if isinstance(source, bytes | bytearray | memoryview):
        return _unpacked(bytes(source), name)
    if isinstance(source, str | Path):
        return _from_path(Path(source), name)
    if isinstance(source, Sequence):
        return [piece for each in source for piece in pieces_of(cast(Single, each), name_of(each))]
    data = source.read()
    return _unpacked(data if isinstance(data, bytes) else str(data).encode(), name)


def name_of(source: object) -> str:
    """The name of a source, as its counts carry it."""
    if isinstance(source, str | Path):
        return Path(source).name
    if isinstance(source, list | tuple):
        return ", ".join(name_of(each) for each in source[:3]) + (" and more" if len(source) > 3 else "")
    return Path(str(getattr(source, "name", "file"))).name


def _from_path(path: Path, name: str) -> list[Piece]:
    try:
        if path.is_dir():
            files = sorted(file for file in path.rglob("*") if file.is_file() and not hidden(file.name))
            if not files:
                raise UnreadableLabels("The folder is empty.", "Choose a folder with label files.")
            if len(files) > MOST_FILES:
                raise UnreadableLabels(f"The folder holds more than {MOST_FILES:,} files.", "Choose a smaller folder.")
            return [piece for file in files for piece in _from_path(file, file.relative_to(path).as_posix())]
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise UnreadableLabels(
                f"The file {path.name!r} has {size / 1e9:.1f} GB; at most {MOST_BYTES / 1e9:.1f} GB are read.",
                "Save only the label columns, as Parquet or CSV.",
            )
        return _unpacked(path.read_bytes(), name)
    except OSError as error:
        raise UnreadableLabels(
            f"The file {str(path)!r} cannot be opened: {error.strerror}.", "Check its name and rights."
        ) from error


def _unpacked(data: bytes, name: str, depth: int = 0) -> list[Piece]:
    kind = kind_of(data, name)
    if kind not in ("gzip", "zip", "zstd"):
        return [Piece(name, kind, data)]
    if depth > 1:
        raise UnreadableLabels("The archive holds archives of archives.", "Unpack it, and upload the label file.")
    if kind == "zip":
        return _unzipped(data, name, depth)
    try:
        with _opened(data, kind) as stream:
            inner = _bounded(stream, len(data), name)
    except (OSError, EOFError, zlib.error, pa.ArrowException) as error:
        raise UnreadableLabels(
            f"The {kind} archive is damaged: {str(error)[:120].rstrip('.')}.", "Download or pack it again."
        ) from error
    return _unpacked(inner, PurePosixPath(name).stem or name, depth + 1)


def _opened(data: bytes, kind: str) -> IO[bytes] | pa.CompressedInputStream:
    if kind == "gzip":
        return cast(IO[bytes], gzip.GzipFile(fileobj=io.BytesIO(data)))
    return pa.CompressedInputStream(pa.BufferReader(data), "zstd")


def _unzipped(data: bytes, name: str, depth: int) -> list[Piece]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = members_of(archive)
        if len(members) > MOST_FILES:
            raise UnreadableLabels(f"The archive holds more than {MOST_FILES:,} files.", "Pack fewer of them.")
        found: list[Piece] = []
        total = 0
        for info in members:
            if info.flag_bits & 1:
                raise UnreadableLabels(f"{info.filename!r} in the archive is encrypted.", "Pack it without a password.")
            with archive.open(info) as member:
                inner = _bounded(member, max(1, info.compress_size), info.filename, total)
            total += len(inner)
            found += _unpacked(inner, PurePosixPath(info.filename).name, depth + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError) as error:
        if isinstance(error, UnreadableLabels):
            raise
        raise UnreadableLabels(
            f"The zip archive is damaged: {str(error)[:120].rstrip('.')}.", "Download or pack it again."
        ) from error
    if not found:
        raise UnreadableLabels("The archive is empty.", "Pack the label file into it.")
    return found


def members_of(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files in an archive that are a person's."""
    named = [info for info in archive.infolist() if info.filename]
    return [info for info in named if not info.is_dir() and not hidden(info.filename)]


def honest_size(packed: int) -> int:
    """How many bytes so many packed ones may hold."""
    return max(FREE_BYTES, packed * MOST_RATIO)


def _bounded(stream: IO[bytes] | pa.CompressedInputStream, packed: int, name: str, before: int = 0) -> bytes:
    """What `stream` holds, unless it is more than honest data packs to."""
    most = min(MOST_BYTES - before, honest_size(packed))
    parts: list[bytes] = []
    size = 0
    while part := stream.read(1 << 20):
        size += len(part)
        if size > most:
            raise UnreadableLabels(
                f"{name!r} unpacks to more than {most / 1e6:,.0f} MB, which no label file of its size does.",
                "Upload the label file itself, unpacked.",
            )
        parts.append(bytes(part))
    return b"".join(parts)


def hidden(name: str) -> bool:
    """Whether a file is one that systems leave behind, not a person's."""
    path = PurePosixPath(name)
    return any(part.startswith((".", "__MACOSX")) for part in path.parts) or path.name in ("Thumbs.db", "desktop.ini")
