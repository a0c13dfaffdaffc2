"""The process in which a file that may be a bomb is decoded: ``python -m lossviz.labels.sources.decoder QUESTION``.

The file is its standard input; what it decodes stands on standard output as an Arrow stream. It imports little, so
that it starts in a fifth of a second.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from lossviz.labels.tables.cells import text_of

PLACES = 16
# How it ends where it can say it.
DAMAGED, TOO_MUCH = 3, 4


def _every(file: IO[bytes], columns: Sequence[str], size: int) -> Iterator[pa.RecordBatch]:
    with _opened(file, columns) as opened:
        yield from opened.iter_batches(batch_size=size, columns=list(columns))


def _opened(file: IO[bytes], columns: Sequence[str]) -> pq.ParquetFile:
    """The file, its texts as places in a dictionary: a word may be long and occur often."""
    metadata = pq.read_metadata(file)
    schema = metadata.schema.to_arrow_schema()
    texts = [name for name in columns if pa.types.is_string(schema.field(name).type)]
    return pq.ParquetFile(file, metadata=metadata, read_dictionary=texts, pre_buffer=False)


def _some(file: IO[bytes], columns: Sequence[str], rows: int) -> Iterator[pa.RecordBatch]:
    with _opened(file, columns) as opened:
        sizes = [opened.metadata.row_group(k).num_rows for k in range(opened.num_row_groups)]
        groups = [k for k, size in enumerate(sizes) if size]
        groups = groups[:: max(1, len(groups) // PLACES)]
        places = max(1, PLACES // max(1, len(groups)))
        each = rows // (places * max(1, len(groups))) + 1
        for group in groups:
            # A place inside a group is reached by reading what stands before it.
            size = each if places == 1 else max(1, sizes[group] // places)
            parts = opened.iter_batches(batch_size=size, row_groups=[group], columns=list(columns))
            for part in islice(parts, places):
                yield part.take(pa.array(range(min(each, len(part)))))


def _sheets(file: IO[bytes], _columns: Sequence[str], number: int) -> Iterator[pa.RecordBatch]:
    """The rows of every sheet of a workbook as text, so many in a batch."""
    from python_calamine import CalamineWorkbook, SheetTypeEnum

    schema = pa.schema({"sheet": pa.string(), "cells": pa.list_(pa.string())})
    yield pa.RecordBatch.from_pylist([], schema)
    book = CalamineWorkbook.from_filelike(file)
    for about in book.sheets_metadata:
        if about.typ == SheetTypeEnum.WorkSheet:
            rows = iter(book.get_sheet_by_name(about.name).iter_rows())
            while part := [[text_of(cell) for cell in row] for row in islice(rows, number)]:
                yield pa.RecordBatch.from_arrays([[about.name] * len(part), part], schema=schema)


Way = Callable[[IO[bytes], Sequence[str], int], Iterator[pa.RecordBatch]]
WAYS: dict[str, Way] = {"every": _every, "some": _some, "sheets": _sheets}


def way_of(what: str) -> Way:
    """A way by its name, such as "every"; after a colon one of another module beside this one, "arrow_files:every"."""
    module, _, name = what.rpartition(":")
    found: Way = (import_module(f"lossviz.labels.sources.{module}").WAYS if module else WAYS)[name]
    return found


def limit(memory: int, seconds: int) -> None:
    """Let this process have so many bytes and so much processor time, where the system knows of such limits."""
    try:
        import resource
    except ImportError:  # not on Windows
        return
    for what, wanted in (
        (resource.RLIMIT_DATA, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),  # so that nothing stays of a process that dies
    ):
        _, hard = resource.getrlimit(what)
        resource.setrlimit(what, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


def _answer(asked: dict[str, Any]) -> int:
    """Write the batches that were asked for; return how the process ends."""
    limit(asked["memory"], asked["seconds"])
    output = pa.PythonFile(sys.stdout.buffer, mode="w")
    writer = None
    try:
        with open(0, "rb") as file:
            for batch in way_of(asked["what"])(file, asked["columns"], asked["number"]):
                writer = writer or pa.ipc.new_stream(output, batch.schema)
                writer.write_batch(batch)
            if writer is None:
                file.seek(0)
                writer = pa.ipc.new_stream(output, pq.read_schema(file))
        writer.close()
    except MemoryError:
        return TOO_MUCH
    except BrokenPipeError:
        return 0
    except BaseException as error:  # what a damaged file makes a decoder raise
        print(error, file=sys.stderr)
        return DAMAGED
    return 0


if __name__ == "__main__":
    sys.exit(_answer(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
