"""Parquet -> a table, its batches decoded in bounded memory.

What a Parquet file holds may unpack to a million times what its footer says. Where that may be, it is decoded in a
process of its own that may take so much memory and no more; plain columns are decoded in place.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import IO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from lossviz.labels import limits
from lossviz.labels.formats.binary.parquet_pages import are_plain
from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.sources.decoder import WAYS
from lossviz.labels.sources.decoding import batches_apart
from lossviz.labels.sources.streams import Opener
from lossviz.labels.tables.cells import cells_of, may_be_label, text_of
from lossviz.labels.tables.headers import unique_names
from lossviz.labels.tables.table import Batch, Head, Table


def parquet_table(opener: Opener) -> Table:
    """The columns of a Parquet file that may be labels.

    Class names from Hugging Face's metadata stand for their ids.

    Raises
    ------
    UnreadableLabels
        If it is damaged, or holds no such columns or no rows.
    """
    try:
        with opener() as file, pq.ParquetFile(file) as opened:
            schema, promised = opened.schema_arrow, opened.metadata.num_rows
            plain = _plain(file, label_fields(schema))
        columns = label_fields(schema)
        if not columns:
            raise UnreadableLabels("The Parquet file has no column of labels.", "Save text, integer or 0/1 columns.")
        if not promised:
            raise UnreadableLabels("The Parquet file has no rows.", "Save it with a row per sample.")
        rows = 2 * limits.head_rows(len(columns))
        complete = promised <= rows
        way = (
            every_row(opener, columns, 1 << 16, plain=plain)
            if complete
            else some_rows(opener, columns, rows // 2, plain=plain)
        )
        first = pa.Table.from_batches(list(way))
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        if isinstance(error, UnreadableLabels | MemoryError):
            raise
        raise UnreadableLabels(
            f"The Parquet file is damaged: {' '.join(str(error).split())[:100].rstrip('.')}.", "Save it again."
        ) from error
    names = class_names(schema)

    def batches(wanted: Sequence[str]) -> Iterator[Batch]:
        size = max(1 << 13, min(1 << 18, limits.BATCH_CELLS // max(1, len(wanted))))
        passed = 0
        for batch in every_row(opener, wanted, size, plain=plain):
            passed += batch.num_rows
            yield Batch.of_records(batch)
        if passed != promised:
            raise UnreadableLabels(
                f"The Parquet file promises {promised:,} rows and holds {passed:,}.", "Save it again."
            )

    head = head_of(first, names)
    return Table(head, batches, names=names, declared=declared_in(schema, first), complete=complete)


def head_of(first: pa.Table, names: dict[str, list[str]]) -> Head:
    """The first rows as text; UnreadableLabels where they hold too much of it for labels."""
    cells = {name: cells_of(first.column(name), names.get(name)) for name in first.schema.names}
    if sum(len(cell) for column in cells.values() for cell in column) > limits.MOST_HEAD_CHARACTERS:
        raise UnreadableLabels(
            f"The columns hold more than {limits.MOST_HEAD_CHARACTERS / 1e6:,.0f} million characters.",
            "Save the label column alone.",
        )
    return Head.of(pd.DataFrame(cells).astype("string"))


def every_row(opener: Opener, columns: Sequence[str], size: int, *, plain: bool = False) -> Iterator[pa.RecordBatch]:
    """All rows of some columns, `size` in a batch at most; texts as dictionaries; `plain` if they are known to be.

    Raises
    ------
    UnreadableLabels
        If that takes more memory than labels do.
    pyarrow.ArrowInvalid
        If the file is damaged.
    """
    return _batches(opener, "every", columns, size, plain=plain)


def some_rows(opener: Opener, columns: Sequence[str], rows: int, *, plain: bool = False) -> Iterator[pa.RecordBatch]:
    """About so many rows from places all over the file, which may be sorted by its labels; errors as above."""
    return _batches(opener, "some", columns, rows, plain=plain)


def _batches(
    opener: Opener, what: str, columns: Sequence[str], number: int, *, plain: bool
) -> Iterator[pa.RecordBatch]:
    with opener() as file:
        if plain or _plain(file, columns):
            file.seek(0)
            yield from WAYS[what](file, columns, number)
            return
        yield from batches_apart(file, "Parquet file", what, columns, number)


def _plain(file: IO[bytes], columns: Sequence[str]) -> bool:
    """Whether the columns cannot be much larger than they are packed."""
    metadata = pq.read_metadata(file)
    schema = metadata.schema.to_arrow_schema()
    kinds = [schema.field(name).type for name in columns]
    if any(pa.types.is_nested(kind) or kind == pa.large_string() for kind in kinds):
        return False  # words in lists cannot be read as places in a dictionary
    return are_plain(file, metadata, set(columns))


def declared_in(schema: pa.Schema, table: pa.Table) -> dict[str, list[str]]:
    """The classes of each column that the file lists: by Hugging Face's metadata, or as a column of categories."""
    categories = {}
    for name in table.schema.names:
        if pa.types.is_dictionary(schema.field(name).type):
            chunks = (
                chunk.dictionary.to_pylist() for chunk in table[name].chunks if pa.types.is_dictionary(chunk.type)
            )
            categories[name] = list(dict.fromkeys(text_of(value) for chunk in chunks for value in chunk))
    return categories | class_names(schema)


def label_fields(schema: pa.Schema) -> list[str]:
    """The columns whose type may be a label's."""
    return [field.name for field in schema if may_be_label(field.type)]


def class_names(schema: pa.Schema) -> dict[str, list[str]]:
    """Class names by column, from the metadata that Hugging Face's datasets write."""
    try:
        features = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
    except (KeyError, ValueError, TypeError):
        return {}
    found = {}
    for name, feature in features.items() if isinstance(features, dict) else ():
        inner = feature.get("feature", feature) if isinstance(feature, dict) else {}
        listed = inner.get("names") if isinstance(inner, dict) else None
        if isinstance(listed, list):
            found[name] = unique_names(map(str, listed), "class")
    return found
