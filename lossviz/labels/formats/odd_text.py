"""Large text in dialects that only the readers of small files know -> its rows, read by those block by block."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import IO

import pandas as pd
import pyarrow as pa

from lossviz.labels.formats.arff import arff_table
from lossviz.labels.formats.delimited import Table, first_line, read_table
from lossviz.labels.formats.encodings import decoded
from lossviz.labels.inspection import UnreadableLabels, unfinished
from lossviz.labels.tables.streams import (
    HEAD_BYTES,
    Opener,
    Stream,
    blocks_of,
    head_rows,
    lines_from_all_over,
    read_bytes,
    text_batch,
)

_MOST_TITLES = 8
# A cell takes fifty times its bytes on the way.
_BLOCK = 1 << 20

Read = Callable[[bytes], pd.DataFrame]


def odd_stream(opener: Opener, head: bytes, table: Table, reason: str = "some are longer") -> Stream | None:
    """The stream of text of which `table` is the `head`; None if its blocks are no tables of their own.

    Rows that only a person can cut are refused, if the head has none, for that `reason`.
    """
    settings = {key: table.settings[key] for key in ("encoding", "delimiter", "header")}
    lines = head.split(b"\n")
    above = first_line(decoded(head, settings["encoding"])[0]) + settings["header"]
    for count in range(above, above + _MOST_TITLES):
        top = b"".join(line + b"\n" for line in lines[:count])
        rows = head[len(top) :]
        half = rows.rfind(b"\n", 0, len(rows) // 2) + 1

        def read(block: bytes, top: bytes = top) -> pd.DataFrame:
            found = read_table(top + block, **settings)
            new = {each.setting for each in found.questions} - {each.setting for each in table.questions}
            if "delimiter" in new:
                raise unfinished(reason)
            return found.cells

        try:
            if half and pd.concat([read(rows[:half]), read(rows[half:])], ignore_index=True).equals(table.cells):
                return _stream(opener, len(top), len(head), table, read)
        except UnreadableLabels:
            continue
    return None


def arff_stream(opener: Opener, table_of: Callable[[bytes], Table]) -> Stream | None:
    """The stream of an ARFF, of whose start `table_of` makes a table; None if that holds no rows."""
    with opener() as file:
        start = read_bytes(file, HEAD_BYTES)
    begin = start.lower().find(b"\n@data")
    top = start[: start.find(b"\n", begin + 1) + 1]
    first = start[len(top) :].split(b"\n")[:-1][: head_rows(top.lower().count(b"\n@attribute"))]
    if begin < 0 or len(first) < 2:
        return None
    head = top + b"\n".join(first)
    return _stream(
        opener, len(top), len(head), table_of(head), lambda rows: arff_table(top + rows, None, fewest=1).cells
    )


def _stream(opener: Opener, top: int, head: int, table: Table, read: Read) -> Stream:
    """The stream of what follows the first `top` bytes; `table` is what stands in the first `head`, and is not all.

    It is judged by rows from all over the file.
    """

    def batches(columns: Sequence[str], _flags: Sequence[str]) -> Iterator[pa.RecordBatch]:
        with opener() as file:
            read_bytes(file, top)
            for block in _blocks(file):
                cells = read(block)
                if not set(columns) <= set(cells.columns):
                    found = ", ".join(map(str, cells.columns[:5]))
                    raise UnreadableLabels(f"Later rows have other columns: {found}.", "Mend the rows, or split them.")
                yield text_batch({name: cells[name].tolist() for name in columns})

    lines = lines_from_all_over(opener, len(table.cells), head)
    try:
        more = read(b"\n".join(lines)).reindex(columns=table.cells.columns, fill_value="")
    except UnreadableLabels:  # lines cut inside quotes
        return Stream(table, batches)
    return Stream(replace(table, cells=pd.concat([table.cells, more], ignore_index=True)), batches)


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    """Blocks that end where rows do; the last ones are one, as a row alone is no table."""
    ready = rest = b""
    for block in blocks_of(file, _BLOCK):
        data = rest + block
        end = _last_row(data)
        if ready and data.count(b"\n", 0, end) > 1:
            yield ready
            ready = b""
        ready, rest = ready + data[:end], data[end:]
    yield ready + rest


def _last_row(data: bytes) -> int:
    """Where the last row ends that leaves no quote open; the end, where quotes come in no pairs."""
    end = len(data)
    for _ in range(200):
        if data.count(b'"', 0, end) % 2 == 0:
            return end
        end = data.rfind(b"\n", 0, end - 1) + 1
    return len(data)
