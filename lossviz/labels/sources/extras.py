"""What the extra ``lossviz[labels]`` brings, and the sentence where it is not installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from lossviz.labels.inspection import UnreadableLabels


@contextmanager
def needed_for(what: str) -> Iterator[None]:
    """Imports in this block raise UnreadableLabels with the way to install what they miss."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise UnreadableLabels(
            f"Reading {what} needs {error.name}, which is not installed.",
            "Install it with: pip install 'lossviz[labels]'.",
        ) from error
