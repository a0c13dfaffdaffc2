"""Large Parquet files -> their first rows, and all rows in batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from lossviz.labels.delimited import Table
from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.streams import Opener, Stream, head_rows
from lossviz.labels.workbooks import cells_of, class_names, label_fields

BATCH_CELLS = 1 << 22
PLACES = 16


def parquet_stream(opener: Opener, least: int) -> Stream | None:
    """The stream of a Parquet file of `least` cells or more; None for a smaller or a damaged one."""
    try:
        with opener() as file, pq.ParquetFile(file) as opened:
            schema = opened.schema_arrow
            columns = label_fields(schema)
            promised = opened.metadata.num_rows
            if not columns or promised * len(columns) < least:
                return None
            first = pa.Table.from_batches(_from_all_over(opened, columns, head_rows(len(columns))))
    except (pa.ArrowException, OSError, ValueError, KeyError):
        return None  # the way of small files says what is wrong
    names = class_names(schema)
    cells = pd.DataFrame({name: cells_of(first.column(name), names.get(name)) for name in first.schema.names})

    def batches(wanted: Sequence[str], _flags: Sequence[str]) -> Iterator[pa.RecordBatch]:
        size = max(1 << 13, min(1 << 20, BATCH_CELLS // max(1, len(wanted))))
        texts = [name for name in wanted if pa.types.is_string(schema.field(name).type)]
        rows = 0
        with opener() as file, pq.ParquetFile(file, read_dictionary=texts, pre_buffer=False) as opened:
            for batch in opened.iter_batches(batch_size=size, columns=list(wanted)):
                rows += batch.num_rows
                yield batch
        if rows != promised:
            raise UnreadableLabels(f"The Parquet file promises {promised:,} rows and holds {rows:,}.", "Save it again.")

    return Stream(Table(cells.astype("string"), {}, ()), batches, names=names)


def _from_all_over(opened: pq.ParquetFile, columns: Sequence[str], rows: int) -> list[pa.RecordBatch]:
    """About so many rows from places all over the file, which may be sorted by its labels."""
    sizes = [opened.metadata.row_group(k).num_rows for k in range(opened.num_row_groups)]
    groups = [k for k, size in enumerate(sizes) if size]
    groups = groups[:: max(1, len(groups) // PLACES)]
    places = max(1, PLACES // len(groups))
    each = rows // (places * len(groups)) + 1
    found = []
    for group in groups:
        # A place inside a group is reached by reading what stands before it.
        size = each if places == 1 else max(1, sizes[group] // places)
        parts = opened.iter_batches(batch_size=size, row_groups=[group], columns=list(columns))
        found += [part.take(pa.array(range(min(each, len(part))))) for part in islice(parts, places)]
    return found
