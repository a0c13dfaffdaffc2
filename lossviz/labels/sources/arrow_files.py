"""Feather, Arrow IPC and ORC files -> batches of the columns that may be labels, their types made plain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import IO

import numpy as np
import pyarrow as pa
from pyarrow import feather, orc

from lossviz.labels.tables.cells import may_be_label

ROWS = b"lossviz.rows"  # in the metadata of a sample, how many rows it is of


def sampled_rows(file: IO[bytes], columns: Sequence[str], number: int) -> Iterator[pa.RecordBatch]:
    """Rows drawn from all over, `number` to twice as many about; all of them where they are no more."""
    draw = np.random.default_rng(0)  # whatever comes every so many rows is drawn as often as anything else
    kept: list[pa.RecordBatch] = []
    seen, one_in, held = 0, 1, 0
    for batch in every_row(file, columns, number):
        kept.append(batch.filter(pa.array(draw.random(len(batch)) * one_in < 1)))
        seen, held = seen + len(batch), held + len(kept[-1])
        while held > 2 * number:
            kept = [each.filter(pa.array(draw.random(len(each)) < 0.5)) for each in kept]
            one_in, held = 2 * one_in, sum(map(len, kept))
    known = kept[0].schema.metadata or {}
    for batch in kept:
        yield batch.replace_schema_metadata({**known, ROWS: str(seen).encode()})


def every_row(file: IO[bytes], columns: Sequence[str], _number: int) -> Iterator[pa.RecordBatch]:
    """All rows of some columns, or of all that may be labels."""
    magic = file.read(6)
    file.seek(0)
    read = _of_orc if magic.startswith(b"ORC") else _of_feather if magic.startswith(b"FEA1") else _of_ipc
    for batch in read(file, columns):
        batch.validate(full=True)  # what a file says of its own buffers may be false
        yield _plain(batch)


def _chosen(schema: pa.Schema, columns: Sequence[str]) -> list[str]:
    if columns:
        return list(columns)
    names = [field.name for field in schema if may_be_label(_plain_type(field.type))]
    return [name for name in names if names.count(name) == 1]


def _of_ipc(file: IO[bytes], columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    is_file = file.read(6) == b"ARROW1"
    opened = pa.ipc.open_file if is_file else pa.ipc.open_stream
    file.seek(0)
    schema = opened(file).schema
    chosen = _chosen(schema, columns)
    file.seek(0)
    options = pa.ipc.IpcReadOptions(
        included_fields=[schema.get_field_index(name) for name in chosen], use_threads=False
    )
    reader = opened(file, options=options)
    schema = pa.schema([schema.field(name) for name in chosen], schema.metadata)
    batches = (reader.get_batch(k) for k in range(reader.num_record_batches)) if is_file else reader
    yield pa.RecordBatch.from_pylist([], schema)
    for batch in batches if chosen else ():
        yield batch.select(chosen)


def _of_feather(file: IO[bytes], columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    table = feather.read_table(file, use_threads=False)
    chosen = table.select(_chosen(table.schema, columns))
    yield pa.RecordBatch.from_pylist([], chosen.schema)
    yield from chosen.to_batches()


def _of_orc(file: IO[bytes], columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    opened = orc.ORCFile(file)
    chosen = _chosen(opened.schema, columns)
    yield pa.RecordBatch.from_pylist([], pa.schema([opened.schema.field(name) for name in chosen]))
    for k in range(opened.nstripes if chosen else 0):
        yield opened.read_stripe(k, chosen).select(chosen)


def _plain(batch: pa.RecordBatch) -> pa.RecordBatch:
    columns = [_cast(column, _plain_type(column.type)) for column in batch.columns]
    fields = [pa.field(name, column.type) for name, column in zip(batch.schema.names, columns, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=pa.schema(fields, batch.schema.metadata))


def _cast(array: pa.Array, kind: pa.DataType) -> pa.Array:
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    if pa.types.is_dictionary(kind) and pa.types.is_dictionary(array.type):
        words = _cast(array.dictionary, kind.value_type)
        return pa.DictionaryArray.from_arrays(array.indices.cast(pa.int32()), words)
    return array if array.type == kind else array.cast(kind)


def _plain_type(kind: pa.DataType) -> pa.DataType:
    """The type that values are read as: one for all kinds of text, and one for all kinds of lists."""
    types = pa.types
    if isinstance(kind, pa.BaseExtensionType):
        return _plain_type(kind.storage_type)
    if types.is_dictionary(kind):
        return pa.dictionary(pa.int32(), _plain_type(kind.value_type))
    if types.is_large_string(kind) or types.is_string_view(kind):
        return pa.string()
    if types.is_float16(kind):
        return pa.float32()
    listed = (
        types.is_list,
        types.is_large_list,
        types.is_fixed_size_list,
        types.is_list_view,
        types.is_large_list_view,
    )
    if any(is_such(kind) for is_such in listed):
        inner = _plain_type(kind.value_type)
        return pa.list_(inner.value_type if types.is_dictionary(inner) else inner)
    return kind


WAYS = {"every": every_row, "some": sampled_rows}
