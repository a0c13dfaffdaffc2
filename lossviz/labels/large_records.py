"""Large JSON Lines -> their first records, and all of them in batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import chain, islice

import pandas as pd
import pyarrow as pa

from lossviz.labels.delimited import Table
from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.records import flat_table, line_value
from lossviz.labels.streams import Opener, Stream, blocks_of, head_rows, lines_from_all_over

_ROWS = 20_000


def records_stream(opener: Opener) -> Stream | None:
    """The stream of JSON Lines that hold an object each; None for other JSON."""
    with opener() as file:
        first = next(blocks_of(file), b"").split(b"\n")[: head_rows(10)]
    opening = [line.strip() for line in first if line.strip()][:2]
    if len(opening) < 2 or not all(line.startswith(b"{") for line in opening) or not opening[0].endswith(b"}"):
        return None
    after = sum(len(line) + 1 for line in first)
    values = [line_value(line, number) for number, line in enumerate(first, start=1) if line.strip()]
    for line in lines_from_all_over(opener, len(first), after):
        with suppress(UnreadableLabels):  # named with its number when it is counted
            values.append(line_value(line, 0))
    cells = _cells([value for value in values if isinstance(value, dict)])

    def batches(columns: Sequence[str], _flags: Sequence[str]) -> Iterator[pa.RecordBatch]:
        every = _records(opener)
        for record in every:
            cells = _cells([record, *islice(every, _ROWS - 1)]).reindex(columns=list(columns), fill_value="")
            texts = [pa.array(cells[name].tolist(), pa.string()).dictionary_encode() for name in columns]
            yield pa.RecordBatch.from_arrays(texts, names=list(columns))

    return Stream(Table(cells, {}, ()), batches)


def _records(opener: Opener) -> Iterator[dict[str, object]]:
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
