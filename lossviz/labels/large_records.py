"""Large JSON Lines -> their first records, and all of them in batches."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from itertools import chain, islice

import pandas as pd
import pyarrow as pa

from lossviz.labels.delimited import Table
from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.records import flat_table, line_value
from lossviz.labels.streams import Opener, Stream, blocks_of, head_rows

_ROWS = 20_000


def records_stream(opener: Opener) -> Stream | None:
    """The stream of JSON Lines that hold an object each; None for other JSON."""
    with opener() as file:
        start = file.readline(1 << 20).strip()
        second = file.readline(1 << 20).strip()
    if not (start.startswith(b"{") and start.endswith(b"}") and second.startswith(b"{")):
        return None
    with closing(_records(opener)) as records:
        first = _cells(list(islice(records, head_rows(10))))

    def batches(columns: Sequence[str], _flags: Sequence[str]) -> Iterator[pa.RecordBatch]:
        every = _records(opener)
        for record in every:
            cells = _cells([record, *islice(every, _ROWS - 1)]).reindex(columns=list(columns), fill_value="")
            texts = [pa.array(cells[name].tolist(), pa.string()).dictionary_encode() for name in columns]
            yield pa.RecordBatch.from_arrays(texts, names=list(columns))

    return Stream(Table(first, {}, ()), batches)


def _records(opener: Opener) -> Generator[dict[str, object]]:
    number = 0
    with opener() as file:
        for line in chain.from_iterable(block.split(b"\n") for block in blocks_of(file)):
            number += 1
            if line.strip():
                value = line_value(line, number)
                if not isinstance(value, dict):
                    raise UnreadableLabels(f"Line {number:,} is no record.", "Save one JSON object per line.")
                yield value


def _cells(records: list[dict[str, object]]) -> pd.DataFrame:
    cells = flat_table(records)
    cells.columns = cells.columns.astype(str)
    return cells.astype("string")
