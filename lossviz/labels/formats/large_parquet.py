"""Large Parquet files -> their first rows, and all rows in batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from lossviz.labels.formats.delimited import Table
from lossviz.labels.formats.parquet import every_row, some_rows
from lossviz.labels.formats.workbooks import cells_of, class_names, declared_in, label_fields
from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.tables.streams import Opener, Stream, head_rows

BATCH_CELLS = 1 << 22


def parquet_stream(opener: Opener, least: int) -> Stream | None:
    """The stream of a Parquet file of `least` cells or more; None for a smaller or a damaged one."""
    try:
        with opener() as file, pq.ParquetFile(file) as opened:
            schema = opened.schema_arrow
            columns = label_fields(schema)
            promised = opened.metadata.num_rows
            if not columns or promised * len(columns) < least:
                return None
        first = pa.Table.from_batches(some_rows(opener, columns, head_rows(len(columns))))
    except UnreadableLabels:
        raise
    except (pa.ArrowException, OSError, ValueError, KeyError):
        return None  # the way of small files says what is wrong
    names = class_names(schema)
    cells = pd.DataFrame({name: cells_of(first.column(name), names.get(name)) for name in first.schema.names})

    def batches(wanted: Sequence[str], _flags: Sequence[str]) -> Iterator[pa.RecordBatch]:
        size = max(1 << 13, min(1 << 20, BATCH_CELLS // max(1, len(wanted))))
        rows = 0
        for batch in every_row(opener, wanted, size):
            rows += batch.num_rows
            yield batch
        if rows != promised:
            raise UnreadableLabels(f"The Parquet file promises {promised:,} rows and holds {rows:,}.", "Save it again.")

    head = Table(cells.astype("string"), {}, (), declared=declared_in(schema, first))
    return Stream(head, batches, names=names)
