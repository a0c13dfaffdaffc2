"""Parquet files -> batches of their rows, in bounded memory.

What a Parquet file holds may unpack to a million times what its footer says. A file that could do so, or is
very large, is decoded in a process of its own that may take so much memory and no more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from lossviz.labels.sources.decoder import WAYS
from lossviz.labels.sources.limits import batches_apart
from lossviz.labels.tables.streams import Opener

# Between these sizes the time that a second process takes shows, and plain codecs unpack to at most 20 times.
LEAST_HERE, MOST_HERE = 16 << 20, 1 << 30
PLAIN = {"UNCOMPRESSED", "SNAPPY"}


def every_row(opener: Opener, columns: Sequence[str], size: int) -> Iterator[pa.RecordBatch]:
    """All rows of some columns, `size` in a batch at most; texts as dictionaries.

    Raises
    ------
    UnreadableLabels
        If that takes more memory than labels do.
    pyarrow.ArrowInvalid
        If the file is damaged.
    """
    return _batches(opener, "every", columns, size)


def some_rows(opener: Opener, columns: Sequence[str], rows: int) -> Iterator[pa.RecordBatch]:
    """About so many rows from places all over the file, which may be sorted by its labels; errors as above."""
    return _batches(opener, "some", columns, rows)


def _batches(opener: Opener, what: str, columns: Sequence[str], number: int) -> Iterator[pa.RecordBatch]:
    with opener() as file:
        size = file.seek(0, 2)
        file.seek(0)
        if LEAST_HERE <= size <= MOST_HERE and _plain(file, columns):
            yield from WAYS[what](file, columns, number)
            return
        yield from batches_apart(file, "Parquet file", what, columns, number)


def _plain(file: IO[bytes], columns: Sequence[str]) -> bool:
    """Whether the columns cannot be much larger than they are packed."""
    with pq.ParquetFile(file) as opened:
        metadata, schema = opened.metadata, opened.schema_arrow
    if any(
        pa.types.is_nested(schema.field(name).type) or schema.field(name).type == pa.large_string() for name in columns
    ):
        return False  # words in lists cannot be read as places in a dictionary
    groups = (metadata.row_group(k) for k in range(metadata.num_row_groups))
    return all(group.column(k).compression in PLAIN for group in groups for k in range(group.num_columns))
