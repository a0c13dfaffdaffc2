"""The entries of a folder and of those in it, opened handle by handle; links that lead out are none.

Every folder is opened from the handle of the folder that it lies in, and the system follows no link on the way: so
nothing can be put in the place of a name between the check of it and its opening.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path, PurePosixPath

VARIABLE = "LOSSVIZ_DATA_DIR"
MOST_ENTRIES = 200_000
MOST_DEPTH = 32
_MOST_LINKS = 40

READ = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0)
NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_FOLDER = READ | getattr(os, "O_DIRECTORY", 0)

Parts = tuple[str, ...]


@contextmanager
def handle_of(root: Path) -> Iterator[int]:
    """The handle of the served folder, which may itself be reached over links."""
    if os.open not in os.supports_dir_fd or not NO_LINK:
        raise ValueError("This system cannot serve a folder safely; run the app on Linux or macOS, or upload the file.")
    try:
        handle = os.open(root, _FOLDER)
    except NotADirectoryError as error:
        raise ValueError(f"What {VARIABLE} names is no folder; start the app with a folder.") from error
    except OSError as error:
        raise ValueError(f"The folder that {VARIABLE} names is not there; start the app with one that is.") from error
    try:
        yield handle
    finally:
        os.close(handle)


@contextmanager
def handle_below(root: int, parts: Sequence[str]) -> Iterator[int]:
    """The handle of a folder below another; OSError if a part of the way to it is a link, or no folder."""
    handle = os.dup(root)
    try:
        for part in parts:
            inner = os.open(part, _FOLDER | NO_LINK, dir_fd=handle)
            os.close(handle)
            handle = inner
        yield handle
    finally:
        os.close(handle)


def spelled(parts: Sequence[str]) -> str:
    """A path as text, with the bytes spelled out that are none."""
    return os.fsencode("/".join(parts)).decode("utf-8", "backslashreplace")


def is_hidden(part: str) -> bool:
    return part.startswith(".")


def _about(name: str, folder: int) -> os.stat_result:
    return os.stat(name, dir_fd=folder, follow_symlinks=False)


@dataclass(frozen=True)
class Entry:
    """A file or folder: its parts, with no link among them, and what the system says of it.

    `named` are the parts by which it was found.
    """

    parts: Parts
    about: os.stat_result
    named: Parts = ()

    @classmethod
    def of(cls, root: int) -> Entry:
        return cls((), os.fstat(root))

    @property
    def is_file(self) -> bool:
        return stat.S_ISREG(self.about.st_mode)

    @property
    def is_folder(self) -> bool:
        return stat.S_ISDIR(self.about.st_mode)

    @property
    def is_link(self) -> bool:
        return stat.S_ISLNK(self.about.st_mode)


class _LeftOut(Exception):
    """Why an entry is not served."""


# With these a folder is not named itself: all that is in it is found anyway.
_ALL_BELOW = (("**",), ("**", "*"))


@dataclass
class Walk:
    """A walk over the folder that counts what it looks at, and says what it leaves out and why."""

    folder: Path
    root: int
    entries: int = 0
    left_out: dict[str, str] = field(default_factory=dict)

    def matches(self, here: Entry, pattern: Parts) -> Iterator[Entry]:
        """The files that `pattern` names below `here`; all below a folder that it ends at."""
        if not pattern:
            if here.is_file:
                yield here
            elif here.is_folder:
                yield from self.matches(here, ("**", "*"))
            return
        first, rest = pattern[0], pattern[1:]
        deep = first == "**"
        if deep:
            first, rest = (*rest, "*")[0], rest[1:]
        for entry in self.inside(here) if deep or any(char in first for char in "*?[") else self.named(here, first):
            if deep and entry.is_folder:  # and no link, which may lead back up
                yield from self.matches(entry, pattern)
            name = entry.parts[-1]
            found = self.followed(entry) if name == first or fnmatchcase(name, first) else None
            if found is not None and not (deep and found.is_folder and pattern in _ALL_BELOW):
                yield from self.matches(found, rest)

    def inside(self, here: Entry, most: int | None = None) -> list[Entry]:
        """The entries of a folder, but the hidden ones; of the first `most` that the system lists, or of all."""
        if not here.is_folder:
            return []
        if len(here.parts) > MOST_DEPTH:
            self.left_out[spelled(here.parts)] = f"lies more than {MOST_DEPTH} folders deep"
            return []
        left = MOST_ENTRIES - self.entries
        found: list[Entry] = []
        try:
            with handle_below(self.root, here.parts) as folder, os.scandir(folder) as listed:
                for each in islice(listed, left + 1 if most is None else most):
                    self.entries += 1
                    with suppress(FileNotFoundError):  # where it is gone since
                        if not is_hidden(each.name):
                            found.append(Entry((*here.parts, each.name), _about(each.name, folder), (each.name,)))
        except OSError as error:
            self.left_out[spelled(here.parts)] = f"cannot be opened: {error.strerror}"
        if self.entries > MOST_ENTRIES:
            raise ValueError(f"The folder holds more than {MOST_ENTRIES:,} entries; name a smaller part of it.")
        return sorted(found, key=lambda entry: entry.parts)

    def named(self, here: Entry, name: str) -> list[Entry]:
        """The entry of a folder that has this name, if there is one."""
        try:
            with handle_below(self.root, here.parts) as folder:
                return [Entry((*here.parts, name), _about(name, folder), (name,))]
        except PermissionError as error:
            self.left_out[spelled((*here.parts, name))] = f"cannot be opened: {error.strerror}"
        except OSError:  # it is not there, or no file could have such a name
            pass
        return []

    def followed(self, entry: Entry) -> Entry | None:
        """An entry, or the one in the folder that it is a link to; None if that is not served."""
        try:
            return self._target(entry) if entry.is_link else entry
        except _LeftOut as reason:
            self.left_out[spelled(entry.parts)] = str(reason)
        except PermissionError as error:
            self.left_out[spelled(entry.parts)] = f"is a link to what cannot be opened: {error.strerror}"
        except OSError:
            self.left_out[spelled(entry.parts)] = "is a link that leads nowhere"
        return None

    def _target(self, entry: Entry) -> Entry:
        """What a link leads to, over other links that stay in the folder."""
        parts, sure, links = entry.parts, len(entry.parts) - 1, 0
        while sure < len(parts):
            if parts[sure] == "..":
                if not sure:
                    raise _LeftOut("is a link out of the folder that this app serves")
                parts, sure = parts[: sure - 1] + parts[sure + 1 :], sure - 1
                continue
            if is_hidden(parts[sure]):
                raise _LeftOut("is a link to what is hidden")
            with handle_below(self.root, parts[:sure]) as folder:
                linked = stat.S_ISLNK(_about(parts[sure], folder).st_mode)
                link = os.readlink(parts[sure], dir_fd=folder) if linked else None
            if link is None:
                sure += 1
                continue
            links += 1
            if links > _MOST_LINKS:
                raise _LeftOut("is a link that leads nowhere")
            before, behind = () if link.startswith("/") else parts[:sure], parts[sure + 1 :]
            parts, sure = before + self._parts_of(link) + behind, len(before)
        with handle_below(self.root, parts[:-1]) as folder:
            return Entry(parts, _about(parts[-1], folder) if parts else os.fstat(folder), entry.named)

    def _parts_of(self, link: str) -> Parts:
        """The parts of where a link points to, from the served folder on if it says so."""
        path = PurePosixPath(link)
        if path.is_absolute():
            root = os.path.realpath(self.folder)
            if not path.is_relative_to(root):
                raise _LeftOut("is a link out of the folder that this app serves")
            path = path.relative_to(root)
        return path.parts
