"""What a large table is to those who count it: its first rows, and a way through all of them."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO

import pyarrow as pa

from lossviz.labels.formats.delimited import Table
from lossviz.labels.inspection import Inspection, UnreadableLabels

HEAD_CELLS = 100_000
HEAD_BYTES = 4 << 20
BLOCK = 4 << 20
LONGEST_LINE = 32 << 20
_START, _CHUNK = 65536, 1 << 20
SPOTS, SPOT_BYTES = 64, 1 << 16

Opener = Callable[[], IO[bytes]]


@dataclass(frozen=True, eq=False)
class Stream:
    """A large table: its first rows as text cells, and a way through all of them.

    ``batches(columns, flags)`` gives record batches of `columns`; those that `flags` names as int8. `blocks` gives
    the bytes of whole lines after the header, where the source is plain text. `mended` gives the stream that may get
    beyond an error, if there is one. `names` are class names by column. `whole` is the table in memory, where it fits;
    `inspection` is what was found in all of it, where that is known.
    """

    head: Table
    batches: Callable[[Sequence[str], Sequence[str]], Iterator[pa.RecordBatch]]
    blocks: Callable[[], Iterator[bytes]] | None = None
    mended: Callable[[pa.ArrowInvalid], Stream | None] | None = None
    names: Mapping[str, Sequence[str]] | None = None
    whole: Callable[[], Table] | None = None
    inspection: Inspection | None = None


def head_rows(columns: int) -> int:
    """How many first rows are enough to judge so many columns by."""
    return max(500, min(10_000, HEAD_CELLS // max(1, columns)))


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


def text_batch(cells: Mapping[str, list[str]]) -> pa.RecordBatch:
    """Columns of texts as a batch, its texts as places in dictionaries."""
    texts = [pa.array(column, pa.string()).dictionary_encode() for column in cells.values()]
    return pa.RecordBatch.from_arrays(texts, names=list(cells))


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


def blocks_of(file: IO[bytes], size: int = BLOCK) -> Iterator[bytes]:
    """The file in blocks of about so many bytes that end where lines do."""
    rest = b""
    while part := file.read(size):
        end = part.rfind(b"\n") + 1
        if end:
            yield rest + part[:end]
            rest = part[end:]
        else:
            rest += part
        if len(rest) > LONGEST_LINE:
            raise UnreadableLabels(
                f"A line has more than {LONGEST_LINE / 1e6:,.0f} million characters.", "Save one row per line."
            )
    if rest:
        yield rest + b"\n"
