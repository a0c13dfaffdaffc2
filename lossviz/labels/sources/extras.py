"""What the extras of ``lossviz`` bring, and the sentence where one is not installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from lossviz.labels.inspection import UnreadableLabels


@contextmanager
def needed_for(what: str, extra: str = "labels") -> Iterator[None]:
    """Imports in this block raise UnreadableLabels with the way to install what they miss."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise UnreadableLabels(
            f"Reading {what} needs {error.name}, which is not installed.",
            f"Install it with: pip install 'lossviz[{extra}]'.",
        ) from error


def require(package: str, what: str, extra: str) -> None:
    """Raise UnreadableLabels with the way to install a package that a process of its own is going to import."""
    with needed_for(what, extra):
        if find_spec(package) is None:
            raise ModuleNotFoundError(name=package)
