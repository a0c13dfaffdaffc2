"""Feather, Arrow IPC and ORC files -> a table, decoded in a process of its own: their bodies may be bombs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from lossviz.labels import limits
from lossviz.labels.formats.binary.parquet import class_names, declared_in, head_of
from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.sources.arrow_files import ROWS
from lossviz.labels.sources.decoding import batches_apart
from lossviz.labels.sources.files import File
from lossviz.labels.tables.repairs import Repairs
from lossviz.labels.tables.table import Batch, Table

TITLES = {"arrow": "Arrow file", "feather": "Feather file", "orc": "ORC file"}


def arrow_table(file: File) -> Table:
    """The columns that may be labels.

    Class names from Hugging Face's metadata stand for their ids.

    Raises
    ------
    UnreadableLabels
        If it is damaged, or holds no such columns or no rows.
    """
    title = TITLES[file.kind]
    first = pa.Table.from_batches(list(_batches(file, "some", (), limits.head_rows(1))))
    rows = int(first.schema.metadata[ROWS])
    if not first.num_columns:
        raise UnreadableLabels(f"The {title} has no column of labels.", "Save text, integer or 0/1 columns.")
    if not rows:
        raise UnreadableLabels(f"The {title} has no rows.", "Save it with a row per sample.")
    complete = first.num_rows == rows

    def batches(wanted: Sequence[str]) -> Iterator[Batch]:
        if not wanted:
            yield Batch({}, rows, Repairs(rows=rows))
            return
        every = first.select(list(wanted)).to_batches() if complete else _batches(file, "every", wanted)
        yield from map(Batch.of_records, every)

    names = class_names(first.schema)
    declared = declared_in(first.schema, first)
    return Table(head_of(first, names), batches, names=names, declared=declared, complete=complete)


def _batches(file: File, what: str, columns: Sequence[str], number: int = 0) -> Iterator[pa.RecordBatch]:
    title = TITLES[file.kind]
    try:
        with file.opener() as opened:
            yield from batches_apart(opened, title, f"arrow_files:{what}", columns, number)
    except pa.ArrowException as error:
        reason = " ".join(str(error).split())[:100].rstrip(".")
        raise UnreadableLabels(f"The {title} is damaged: {reason}.", "Save it again.") from error
