"""A path or glob below the one folder that the app was started to serve; nothing outside it can be reached."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO

from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.sources.files import Openable
from lossviz.labels.values import shown
from ui.labels.served_folder import (
    MOST_DEPTH,
    NO_LINK,
    READ,
    VARIABLE,
    Entry,
    Parts,
    Walk,
    handle_below,
    handle_of,
    is_hidden,
    spelled,
)

MOST_FILES = 20_000
_MOST_LOOKED_AT = 1_000

_NO_WAIT = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)  # for the other end of a pipe


def served() -> Path | None:
    """The folder that the app serves, if it was started with one."""
    named = os.environ.get(VARIABLE, "").strip()
    return Path(named) if named else None


@dataclass(frozen=True)
class ServedFile:
    """A file below the served folder: its parts, with no link among them, and what tells it from any other.

    Attributes
    ----------
    version : tuple of int
        Device, number on it, time of change and size; `open` refuses what has another.
    """

    root: Path
    parts: Parts
    version: tuple[int, int, int, int]

    @property
    def name(self) -> str:
        """The path of the file in the folder, what is no text in it spelled out."""
        return spelled(self.parts)

    @property
    def size(self) -> int:
        return self.version[3]

    def open(self) -> IO[bytes]:
        """The file, to read.

        Raises
        ------
        UnreadableLabels
            If another one, or none, is in its place since it was found.
        """
        try:
            with handle_of(self.root) as root, handle_below(root, self.parts[:-1]) as folder:
                file = os.open(self.parts[-1], READ | NO_LINK | _NO_WAIT, dir_fd=folder)
            opened = os.fdopen(file, "rb")
            if _version(os.fstat(file)) == self.version:
                return opened
            opened.close()
        except OSError as error:
            if error.errno not in _GONE:
                raise
        except ValueError:  # the folder itself
            pass
        raise UnreadableLabels(f"The file {shown(self.name)} changed while it was read.", "Read it again.")

    @property
    def openable(self) -> Openable:
        """The file as the label readers take it."""
        return Openable(self.name, self.open, self.size)


@dataclass(frozen=True)
class Found:
    """The files that a pattern names, and why others that it names are left out."""

    files: tuple[ServedFile, ...]
    left_out: tuple[str, ...]


def files_below(folder: Path, pattern: str) -> Found:
    """The files that `pattern`, a path or glob relative to `folder`, names; folders with all that is in them.

    Hidden files, and folders, are none; links are followed to what is in the folder.

    Raises
    ------
    ValueError
        With one sentence: if `pattern` leaves the folder in any way, finds nothing, or finds too much.
    """
    parts = _parts(pattern)
    found: dict[Parts, ServedFile] = {}
    with handle_of(folder) as root:
        walk = Walk(folder, root)
        for entry in walk.matches(Entry.of(root), parts):
            found[entry.parts] = ServedFile(folder, entry.parts, _version(entry.about))
            if len(found) > MOST_FILES:
                raise ValueError(
                    f"{shown(pattern)} finds more than {MOST_FILES:,} files; name a smaller part of the folder."
                )
    left_out = tuple(f"{shown(name)} {why}" for name, why in walk.left_out.items())
    if not found:
        raise ValueError(
            f"{left_out[0]}; name another file."
            if left_out
            else f"There is no file {shown(pattern)} in the folder that this app serves; check the name."
        )
    return Found(tuple(found.values()), left_out)


def some_names(folder: Path, most: int = 8) -> list[str]:
    """The first names in the folder, to begin from."""
    try:
        with handle_of(folder) as root:
            walk = Walk(folder, root)
            entries = (walk.followed(entry) for entry in walk.inside(Entry.of(root), _MOST_LOOKED_AT))
            usable = (entry for entry in entries if entry is not None and (entry.is_folder or entry.is_file))
            return [spelled(entry.named) + ("/" if entry.is_folder else "") for entry in islice(usable, most)]
    except (OSError, ValueError):
        return []


_GONE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EMLINK, errno.ENXIO, errno.EISDIR, errno.ESTALE)


def _parts(pattern: str) -> Parts:
    if not pattern.strip():
        raise ValueError("There is no path; type one, relative to the folder that this app serves.")
    if "\0" in pattern:
        raise ValueError("The path holds control characters; type a plain path.")
    windows = PureWindowsPath(pattern)
    if pattern.startswith(("/", "\\", "~")) or windows.drive or windows.root:
        raise ValueError(f"{shown(pattern)} is not relative; name a file below the folder that this app serves.")
    parts = PurePosixPath(pattern.replace("\\", "/")).parts
    if ".." in parts:
        raise ValueError(f"{shown(pattern)} leaves the folder that this app serves; '..' is not allowed.")
    if any(map(is_hidden, parts)):
        raise ValueError(f"{shown(pattern)} is hidden; only what does not begin with a dot is served.")
    if len(parts) > MOST_DEPTH or parts.count("**") > 1:
        raise ValueError(f"{shown(pattern)} goes too deep; use ** once, and at most {MOST_DEPTH} folders.")
    return parts


def _version(about: os.stat_result) -> tuple[int, int, int, int]:
    return about.st_dev, about.st_ino, about.st_mtime_ns, about.st_size
