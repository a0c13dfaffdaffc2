"""Any source -> its files: named, known by their first bytes, unpacked only while they are read."""

from __future__ import annotations

import io
import os
import stat
import weakref
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any

from lossviz.labels import limits
from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.limits import MOST_ARCHIVES, MOST_FILES, MOST_INSIDE, MOST_PICTURES
from lossviz.labels.sources.kinds import SOUGHT, kind_of, picture_kind
from lossviz.labels.sources.streams import Opener, read_bytes, start_of
from lossviz.labels.sources.unpacking import archive_in, copied, honest_size, member_of, on_disk, shared, unpacked
from lossviz.labels.values import shown

_ZIPPED = b"PK"
# What text usually packs to.
_RATIO = 8


@dataclass(frozen=True, eq=False)
class Openable:
    """A source that opens itself, from its start and as often as one likes: for files that no path may reach."""

    name: str
    opener: Opener
    size: int


@dataclass(frozen=True, eq=False, slots=True)
class File:
    """One file, out of its archive.

    Attributes
    ----------
    name : str
        With the folders that it lies in, inside a folder or an archive.
    kind : str
        What its first bytes say; "damaged" for one in a package that cannot be opened.
    opener : callable
        Opens it from its start, as often as one likes.
    size : int
        In bytes; a guess where only unpacking would tell, 0 of pictures in a package.
    """

    name: str
    kind: str
    opener: Opener
    size: int

    def read(self, most: int | None = None) -> bytes:
        """All of it, where only the whole explains it.

        UnreadableLabels if that is more than `most` bytes, by default `limits.WHOLE_BYTES`.
        """
        most = limits.WHOLE_BYTES if most is None else most
        with self.opener() as file:
            data = read_bytes(file, most + 1)
        if len(data) > most:
            raise UnreadableLabels(
                f"{self.name!r} has more than {most / 1e6:,.0f} MB, and a file written like this is read whole.",
                "Save only the label columns, as Parquet or as CSV in UTF-8 with rows of one length.",
            )
        return data


def files_of(source: Any, name: str) -> list[File]:
    """The files in `source`: bytes, a path, a folder, a binary file, or a list of those; archives unpacked.

    Raises
    ------
    UnreadableLabels
        If it cannot be opened, holds no file or too many.
    """
    source = kept(source)
    if isinstance(source, bytes | bytearray | memoryview):
        data = bytes(source)
        return _honest(lambda: io.BytesIO(data), name, len(data))
    if isinstance(source, str | Path):
        if source == "":
            raise UnreadableLabels("The path is empty.", "Pass that of a file or a folder.")
        return _from_path(Path(source), name)
    if isinstance(source, Openable):
        return _honest(source.opener, name, source.size)
    if isinstance(source, Sequence):
        _refuse_twice(source)
        ways = [lambda each=each: files_of(each, name_of(each)) for each in source]
        return _several(list(zip(_names(source), ways, strict=True)))
    return _honest(shared(source), name, source.seek(0, io.SEEK_END))


@dataclass(frozen=True, eq=False)
class _Copy:
    """A stream that can be read only once, as a file."""

    name: str
    file: IO[bytes]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


def kept(source: Any) -> Any:
    """A source of files that can be opened again and again: of a pipe, or another stream, what it holds.

    Raises
    ------
    UnreadableLabels
        If it cannot be opened, or is too long.
    """
    if isinstance(source, list | tuple):
        return [kept(each) for each in source]
    if isinstance(source, str | Path):
        if source == "" or not _is_stream(Path(source)):
            return source
        try:
            with Path(source).open("rb") as file:
                return _copy(file, name_of(source))
        except OSError as error:
            raise _cannot_open(source, error) from error
    seekable = getattr(source, "seekable", None)
    again = hasattr(source, "seek") and (seekable is None or seekable()) and not isinstance(source, io.TextIOBase)
    return source if again or not hasattr(source, "read") else _copy(source, name_of(source))


def _copy(file: IO[Any], name: str) -> _Copy:
    copy = _Copy(name, copied(file, f"The stream {name!r} holds", "Save fewer columns."))
    weakref.finalize(copy, copy.file.close)
    return copy


def _is_stream(path: Path) -> bool:
    """Whether a path is a pipe or a device, which can be read only once."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return False  # whoever opens it says so
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _refuse_twice(sources: Sequence[Any]) -> None:
    met: set[Any] = set()
    for each in sources:
        path = isinstance(each, str | Path) and os.path.exists(each)  # noqa: PTH110 - of any text
        key = os.path.realpath(each) if path else id(each)
        if key in met and not isinstance(each, bytes):
            raise UnreadableLabels(f"The file {name_of(each)!r} is given twice.", "Pass every file once.")
        met.add(key)


def name_of(source: object) -> str:
    """The name of a source, as its counts carry it."""
    if isinstance(source, str | Path):
        return Path(source).name
    if isinstance(source, list | tuple):
        return ", ".join(name_of(each) for each in source[:3]) + (" and more" if len(source) > 3 else "")
    return Path(str(getattr(source, "name", "file"))).name


def _names(sources: Sequence[Any]) -> list[str]:
    """The names of several sources, told apart by their folders if need be."""
    names = [name_of(each) for each in sources]
    if (len(set(names)) < len(names) or any(map(picture_kind, names))) and all(
        isinstance(each, str | Path | Openable) for each in sources
    ):
        paths = [each.name if isinstance(each, Openable) else os.fspath(each) for each in sources]
        root = os.path.commonpath(paths)
        names = [Path(os.path.relpath(each, root)).as_posix() for each in paths]
    return names


def _from_path(path: Path, name: str) -> list[File]:
    try:
        about = path.stat()
        files = _inside_folder(path) if stat.S_ISDIR(about.st_mode) else None
        if files is None:
            path.open("rb").close()
    except (OSError, ValueError) as error:
        raise _cannot_open(path, error) from error
    if files is None:
        return _honest(lambda: path.open("rb"), name, about.st_size)
    if not files:
        raise UnreadableLabels("The folder is empty.", "Choose a folder with label files.")
    return _several([(file, partial(files_of, path / file, PurePosixPath(file).name)) for file in files])


def _cannot_open(path: str | Path, error: OSError | ValueError) -> UnreadableLabels:
    where, why = getattr(error, "filename", None) or path, getattr(error, "strerror", None) or error
    return UnreadableLabels(f"The file {shown(str(where))} cannot be opened: {why}.", "Check its name and rights.")


def _inside_folder(path: Path) -> list[str]:
    """The files in a folder and those in it, by their paths in it; OSError if one of those may not be read."""

    def fail(error: OSError) -> None:
        raise error

    found: list[str] = []
    for folder, _, names in os.walk(path, onerror=fail):
        below = Path(folder).relative_to(path).as_posix()
        own = [name for name in names if not _hidden(name) and (picture_kind(name) or (Path(folder) / name).is_file())]
        found += own if below == "." else [f"{below}/{name}" for name in own]
        if len(found) > MOST_PICTURES:
            break  # and be refused
    return sorted(found)


def _several(sources: Sequence[tuple[str, Callable[[], list[File]]]]) -> list[File]:
    """The files of several sources, under the names of those; one that cannot be opened is kept as damaged.

    Pictures are known by their names and not opened, for there may be a million of them.
    """
    found: list[File] = []
    opened = 0
    for name, files in sources:
        if picture := picture_kind(name):
            found.append(File(name, picture, partial(_open_picture, name, picture, files), 0))
            continue
        try:
            each = files()
        except UnreadableLabels as problem:
            each = [_damaged(name, problem)]
        found += [File(name if len(each) == 1 else f"{name}/{f.name}", f.kind, f.opener, f.size) for f in each]
        opened += len(each)
        if opened > MOST_FILES or len(found) > MOST_PICTURES:
            most = f"{MOST_FILES:,} files" if opened > MOST_FILES else f"{MOST_PICTURES:,} pictures"
            raise UnreadableLabels(f"There are more than {most}.", "Choose or pack fewer of them.")
    if not found:
        raise UnreadableLabels("There is no file.", "Choose one with labels.")
    return found


def _open_picture(name: str, kind: str, files: Callable[[], list[File]]) -> IO[bytes]:
    file, *others = files()
    if others or file.kind != kind:
        is_pointer = "a Git LFS pointer: run git lfs pull" if file.kind == "lfs" else "none"
        raise UnreadableLabels(f"{name!r} is called a picture and is {is_pointer}.", "Upload the picture itself.")
    return file.opener()


def _damaged(name: str, problem: UnreadableLabels) -> File:
    problem = problem.with_traceback(None)  # which would hold what was read
    problem.__context__ = problem.__cause__ = None

    def fail() -> IO[bytes]:
        raise problem

    return File(name, "damaged", fail, 0)


def _honest(opener: Opener, name: str, size: int) -> list[File]:
    """The files in a source of `size` bytes, unless they promise together more than those can hold."""
    found = _files_in(opener, start_of(opener), name, size, 0, _Budget(MOST_INSIDE, MOST_ARCHIVES))
    if sum(file.size for file in found) > honest_size(size):
        raise UnreadableLabels(
            f"{name!r} unpacks to far more than honest label files do.", "Upload the label files themselves, unpacked."
        )
    return found


@dataclass
class _Budget:
    """What may still be unpacked of archives in an archive."""

    size: int
    archives: int

    def spend(self, size: int = 0, archives: int = 0) -> None:
        self.size -= size
        self.archives -= archives
        if self.size < 0 or self.archives < 0:
            raise UnreadableLabels(
                f"There are more than {MOST_ARCHIVES} archives or {MOST_INSIDE / 1e6:,.0f} MB of them in the archive.",
                "Unpack it, and upload the label files.",
            )


def _files_in(opener: Opener, start: bytes, name: str, size: int, depth: int, budget: _Budget) -> list[File]:
    """The files in one that begins with `start`."""
    if start.startswith(_ZIPPED):
        with opener() as file:  # what a zip is stands at its end
            file.seek(max(len(start), file.seek(0, io.SEEK_END) - len(start)))
            start += file.read()
    kind = kind_of(start, name)
    if kind not in ("gzip", "zip", "zstd"):
        return [File(name, kind, opener, size)]
    if depth > 1:
        raise UnreadableLabels("The archive holds archives of archives.", "Unpack it, and upload the label file.")
    if kind == "zip":
        budget.spend(archives=depth > 0)
        return _members(opener, depth, budget)
    inner = unpacked(opener, kind, size)
    return _inside(inner, PurePosixPath(name).stem or name, _measured(inner, _RATIO * size), depth, budget)


def _members(opener: Opener, depth: int, budget: _Budget) -> list[File]:
    archive = archive_in(opener)
    members = [info for info in archive.infolist() if info.filename]
    members = [info for info in members if not info.is_dir() and not _hidden(info.filename)]
    if not members:
        raise UnreadableLabels("The archive is empty.", "Pack the label file into it.")
    if sum(not picture_kind(info.filename) for info in members) > MOST_FILES or len(members) > MOST_PICTURES:
        raise UnreadableLabels(f"The archive holds more than {MOST_FILES:,} files.", "Pack fewer of them.")

    def files(info: zipfile.ZipInfo) -> list[File]:
        if info.flag_bits & 1:
            raise UnreadableLabels(f"{info.filename!r} in the archive is encrypted.", "Pack it without a password.")
        name = PurePosixPath(info.filename).name
        return _inside(member_of(archive, info), name, info.file_size, depth, budget)

    if len(members) == 1:
        return files(members[0])
    return _several([(info.filename, lambda info=info: files(info)) for info in members])  # type: ignore[misc]


def _inside(opener: Opener, name: str, size: int, depth: int, budget: _Budget) -> list[File]:
    """What was packed; by way of the disk where it must be sought in."""
    start = start_of(opener)
    if start.startswith(_ZIPPED):
        budget.spend(size)
    sought = start.startswith(_ZIPPED) or kind_of(start, name) in SOUGHT
    return _files_in(on_disk(opener) if sought else opener, start, name, size, depth + 1, budget)


def _measured(opener: Opener, guess: int) -> int:
    """How many bytes a stream has, if they are few; else a guess."""
    with opener() as file:
        size = len(read_bytes(file, limits.HEAD_BYTES))
    return size if size < limits.HEAD_BYTES else max(guess, limits.HEAD_BYTES)


def _hidden(name: str) -> bool:
    """Whether a file is one that systems leave behind, not a person's."""
    path = PurePosixPath(name)
    return any(part.startswith((".", "__MACOSX")) for part in path.parts) or path.name in ("Thumbs.db", "desktop.ini")
