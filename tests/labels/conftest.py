"""Tables that are read in pieces, however short they are."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lossviz.labels import limits
from lossviz.labels.sources.files import File

Pieces = Callable[..., None]


@pytest.fixture
def pieces(monkeypatch: pytest.MonkeyPatch) -> Pieces:
    """Look at no more than `head` bytes and `rows` rows at first, and read the rest in blocks of so many bytes."""

    def read_so(head: int = 1 << 14, block: int = limits.BLOCK, rows: int | None = None) -> None:
        monkeypatch.setattr(limits, "HEAD_BYTES", head)
        monkeypatch.setattr(limits, "BLOCK", block)
        monkeypatch.setattr(limits, "CAREFUL_BLOCK", min(block, limits.CAREFUL_BLOCK))
        if rows is not None:
            monkeypatch.setattr(limits, "FEWEST_HEAD_ROWS", rows)
            monkeypatch.setattr(limits, "MOST_HEAD_ROWS", rows)

    return read_so


@pytest.fixture
def in_pieces(pieces: Pieces, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is read in pieces, and nothing may be read whole."""
    pieces()

    def whole(file: File, _most: int | None = None) -> bytes:
        raise AssertionError(f"{file.name} was read whole")

    monkeypatch.setattr(File, "read", whole)
