"""A path or glob below the one folder that the app was started to serve; nothing outside it can be reached."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath, PureWindowsPath

VARIABLE = "LOSSVIZ_DATA_DIR"
MOST_FILES = 20_000
MOST_ENTRIES = 200_000
MOST_DEPTH = 32


def served() -> Path | None:
    """The folder that the app serves, if it was started with one."""
    named = os.environ.get(VARIABLE, "").strip()
    return Path(named) if named else None


def files_below(folder: Path, pattern: str) -> list[Path]:
    """The files that `pattern`, a path or glob relative to `folder`, names; folders with all that is in them.

    Every file is resolved, and is below the resolved `folder`.

    Raises
    ------
    ValueError
        With one sentence: if `pattern` leaves the folder in any way, finds nothing, or finds too much.
    """
    parts = _parts(pattern)
    walk = _Walk(_root(folder))
    found: dict[Path, None] = {}
    for path in walk.matches(walk.root, parts):
        found[path] = None
        if len(found) > MOST_FILES:
            raise ValueError(f"{pattern!r} finds more than {MOST_FILES:,} files; name a smaller part of the folder.")
    if not found:
        raise ValueError(f"There is no file {pattern!r} in the folder that this app serves; check the name.")
    return list(found)


def some_names(folder: Path, most: int = 8) -> list[str]:
    """The first names in the folder, to begin from."""
    try:
        return [name + ("/" if path.is_dir() else "") for name, path, _ in _Walk(_root(folder)).inside()][:most]
    except (OSError, ValueError):
        return []


def _root(folder: Path) -> Path:
    try:
        root = folder.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise ValueError(f"The folder that {VARIABLE} names is not there; start the app with one that is.") from error
    if not root.is_dir():
        raise ValueError(f"What {VARIABLE} names is no folder; start the app with a folder.")
    return root


def _parts(pattern: str) -> tuple[str, ...]:
    if not pattern.strip():
        raise ValueError("There is no path; type one, relative to the folder that this app serves.")
    if not pattern.isprintable():
        raise ValueError("The path holds control characters; type a plain path.")
    windows = PureWindowsPath(pattern)
    if pattern.startswith(("/", "\\", "~")) or windows.drive or windows.root:
        raise ValueError(f"{pattern!r} is not relative; name a file below the folder that this app serves.")
    parts = PurePosixPath(pattern.replace("\\", "/")).parts
    if ".." in parts:
        raise ValueError(f"{pattern!r} leaves the folder that this app serves; '..' is not allowed.")
    if len(parts) > MOST_DEPTH or parts.count("**") > 1:
        raise ValueError(f"{pattern!r} goes too deep; use ** once, and at most {MOST_DEPTH} folders.")
    return parts


@dataclass
class _Walk:
    """A walk over a folder that counts what it looks at and checks where each entry leads."""

    root: Path
    entries: int = 0

    def matches(self, here: Path, parts: Sequence[str]) -> Iterator[Path]:
        """The files that `parts` name below `here`; all below a folder that they end at."""
        if not parts:
            if here.is_file():
                yield here
            elif here.is_dir():
                yield from self.matches(here, ("**", "*"))
        elif parts[0] == "**":
            rest = parts[1:] or ("*",)
            for name, path, linked in self.inside(here):
                if path.is_dir() and not linked:  # a link may lead back up
                    yield from self.matches(path, parts)
                    if rest == ("*",):
                        continue
                if fnmatchcase(name, rest[0]):
                    yield from self.matches(path, rest[1:])
        elif any(char in parts[0] for char in "*?["):
            for name, path, _ in self.inside(here):
                if fnmatchcase(name, parts[0]):
                    yield from self.matches(path, parts[1:])
        else:
            child = here / parts[0]
            if child.is_symlink() or child.exists():
                yield from self.matches(self.checked(child), parts[1:])

    def inside(self, here: Path | None = None) -> Iterator[tuple[str, Path, bool]]:
        """Name, resolved path and whether it is a link, of every entry of a folder but the hidden ones."""
        here = here or self.root
        if not here.is_dir():
            return
        try:
            names = sorted(path.name for path in here.iterdir())
        except OSError as error:
            raise ValueError(f"A folder cannot be opened: {error.strerror}; name another.") from error
        for name in names:
            self.entries += 1
            if self.entries > MOST_ENTRIES:
                raise ValueError(f"The folder holds more than {MOST_ENTRIES:,} entries; name a smaller part of it.")
            if not name.startswith("."):
                yield name, self.checked(here / name), (here / name).is_symlink()

    def checked(self, path: Path) -> Path:
        """`path` resolved, if that is below the folder."""
        name = path.relative_to(self.root).as_posix()
        try:
            resolved = path.resolve(strict=True)
        except (OSError, RuntimeError) as error:
            raise ValueError(f"{name!r} leads nowhere; name another file.") from error
        if not resolved.is_relative_to(self.root):
            raise ValueError(f"{name!r} is a link out of the folder that this app serves; only what is in it is read.")
        return resolved
