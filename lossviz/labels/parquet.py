"""Parquet files -> batches of their rows, in bounded memory.

What a Parquet file holds may unpack to a million times what its footer says. A file that could do so, or is
very large, is decoded in a process of its own that may take so much memory and no more.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from lossviz.labels.apart import DAMAGED, WAYS
from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.streams import Opener

MOST_MEMORY = 900_000_000
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
        with _on_disk(file) as other:
            yield from _apart(other, what, columns, number)


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


@contextmanager
def _on_disk(file: IO[bytes]) -> Iterator[IO[bytes]]:
    """`file` as one that another process can read."""
    file.seek(0)
    try:
        file.fileno()
    except OSError:
        with tempfile.TemporaryFile() as copy:
            shutil.copyfileobj(file, copy, 1 << 20)
            copy.seek(0)
            yield copy
    else:
        yield file


def _apart(file: IO[bytes], what: str, columns: Sequence[str], number: int) -> Iterator[pa.RecordBatch]:
    """The batches from a process that ends when it needs too much memory."""
    asked = {"what": what, "columns": list(columns), "number": number, "memory": MOST_MEMORY}
    root = Path(__file__).parent.parent.parent
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as said:
        question = Path(folder) / "question.json"  # the names of thousands of columns are too long for a command
        question.write_text(json.dumps(asked), encoding="utf-8")
        command = [sys.executable, "-m", "lossviz.labels.apart", str(question)]
        with subprocess.Popen(command, stdin=file, stdout=subprocess.PIPE, stderr=said, cwd=root) as process:  # noqa: S603
            problem = None
            try:
                yield from pa.ipc.open_stream(process.stdout)
            except pa.ArrowException as error:
                problem = error
            except GeneratorExit:
                process.kill()  # nobody wants the rest
                raise
        said.seek(0)
        reason = said.read(2000).decode(errors="replace").strip()
    if process.returncode == DAMAGED:
        raise pa.ArrowInvalid(reason) from problem
    if process.returncode or problem:
        raise UnreadableLabels(
            f"The Parquet file cannot be unpacked within {MOST_MEMORY / 1e6:,.0f} MB of memory.",
            "Save the label column alone.",
        ) from problem
