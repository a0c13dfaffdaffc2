"""A way to open a file again and again -> its start, its lines, and lines from all over it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import IO

from lossviz.labels import limits
from lossviz.labels.inspection import UnreadableLabels

SPOTS, SPOT_BYTES = 64, 1 << 16
_START, _CHUNK = 65536, 1 << 20

Opener = Callable[[], IO[bytes]]


def start_of(opener: Opener) -> bytes:
    """The first 64 KB, which tell what a file is."""
    with opener() as file:
        return read_bytes(file, _START)


def read_bytes(file: IO[bytes], size: int) -> bytes:
    """The next so many bytes, or fewer at the end."""
    parts = []
    while size > 0 and (part := file.read(min(size, _CHUNK))):  # a file makes room for all that is asked for
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def blocks_of(file: IO[bytes], size: int | None = None) -> Iterator[bytes]:
    """The file in blocks of about so many bytes that end where lines do."""
    rest = b""
    while part := file.read(size or limits.BLOCK):
        end = part.rfind(b"\n") + 1
        if end:
            yield rest + part[:end]
            rest = part[end:]
        else:
            rest += part
        if len(rest) > limits.LONGEST_LINE:
            raise UnreadableLabels(
                f"A line has more than {limits.LONGEST_LINE / 1e6:,.0f} million characters.", "Save one row per line."
            )
    if rest:
        yield rest + b"\n"


def rows_of(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Blocks of lines as blocks that leave no quote open, where quotes come in pairs."""
    rest = b""
    for block in blocks:
        data = rest + block
        end = _last_row(data) if b'"' in data else len(data)
        rest = data[end:]
        if end:
            yield data[:end]
    if rest:
        yield rest


def _last_row(data: bytes) -> int:
    """Where the last row ends that leaves no quote open; the end, where quotes come in no pairs."""
    end, quotes = len(data), data.count(b'"')
    for _ in range(200):
        if quotes % 2 == 0:
            return end
        start = data.rfind(b"\n", 0, end - 1) + 1
        quotes -= data.count(b'"', start, end)
        end = start
    return len(data)


def lines_from_all_over(opener: Opener, rows: int, after: int) -> list[bytes]:
    """About so many whole lines from places all over what follows the first `after` bytes.

    A file may be sorted by its labels.
    """
    found: list[bytes] = []
    with opener() as file:
        size = file.seek(0, io.SEEK_END) if file.seekable() else 0
        if size - after > SPOTS * SPOT_BYTES:
            for spot in range(SPOTS):
                file.seek(after + (size - after) * spot // SPOTS)
                found += file.read(SPOT_BYTES).split(b"\n")[1:-1][: rows // SPOTS + 1]
            return found
        if size:
            file.seek(after)
        else:
            read_bytes(file, after)
        for block in blocks_of(file):
            lines = block.split(b"\n")[:-1]
            places = range(0, len(lines), max(1, len(lines) // SPOTS))
            found += (
                lines if len(lines) <= rows else [line for k in places for line in lines[k : k + rows // SPOTS + 1]]
            )
    return found
