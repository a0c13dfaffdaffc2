"""SQLite databases -> the rows of their tables as text; nothing that a database defines is run.

Views, triggers, virtual tables and generated columns are left alone, the file is opened as one that cannot change,
and a table ends where it gives more rows than the file has bytes for: pages of a damaged one may lie in a circle.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from lossviz.labels.tables.cells import text_of

PLACES = 16
_BATCH = 20_000
_LEAST_ROW = 4  # bytes: a header, one value, and the place of the row in its page
_LONGEST = 32 << 20
_WRITE_AHEAD = b"\2\2"
FIRST = pa.schema({"table": pa.string(), "cells": pa.list_(pa.string()), "complete": pa.bool_()})


def first_rows(file: IO[bytes], _columns: Sequence[str], number: int) -> Iterator[pa.RecordBatch]:
    """Of every table the names of its columns, then about so many rows from all over it, or all that it has."""
    yield pa.RecordBatch.from_pylist([], FIRST)
    with _opened(file) as (base, most):
        for table in _tables(base):
            columns = [str(each[1]) for each in base.execute(f"PRAGMA table_info({_quoted(table)})")]
            if not columns:
                continue
            rows = list(islice(chain.from_iterable(_rows(base, table, columns, most)), 2 * number + 1))
            complete = len(rows) <= 2 * number
            if not complete:
                rows = _from_all_over(base, table, columns, number, most) or rows[:-1]
            cells = [columns, *([_text(value) for value in row] for row in rows)]
            yield pa.RecordBatch.from_arrays([[table] * len(cells), cells, [complete] * len(cells)], schema=FIRST)


def every_row(file: IO[bytes], columns: Sequence[str], _number: int) -> Iterator[pa.RecordBatch]:
    """All rows of the columns of the table that is named first."""
    table, *columns = columns
    with _opened(file) as (base, most):
        yield pa.RecordBatch.from_pylist([], pa.schema([(name, pa.string()) for name in columns]))
        for part in _rows(base, table, columns, most):
            cells = [pa.array(map(_text, column), pa.string()) for column in zip(*part, strict=True)]
            yield pa.RecordBatch.from_arrays(cells, names=columns)


@contextmanager
def _opened(file: IO[bytes]) -> Iterator[tuple[sqlite3.Connection, int]]:
    """The database, and the most rows that its bytes can hold."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "database"
        with path.open("wb") as copy:
            shutil.copyfileobj(file, copy, 1 << 20)
        with path.open("r+b") as copy:  # as one without a log, which it has not brought along
            copy.seek(18)
            if copy.read(2) == _WRITE_AHEAD:
                copy.seek(18)
                copy.write(b"\1\1")
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as base:
            base.text_factory = lambda data: data.decode(errors="replace")
            base.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
            base.execute("PRAGMA trusted_schema = OFF")
            base.execute("PRAGMA cell_size_check = ON")
            yield base, path.stat().st_size // _LEAST_ROW


def _tables(base: sqlite3.Connection) -> list[str]:
    asked = "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite^_%' ESCAPE '^'"
    return [str(name) for name, sql in base.execute(asked) if not str(sql).upper().startswith("CREATE VIRTUAL")]


def _rows(
    base: sqlite3.Connection, table: str, columns: Sequence[str], most: int, where: str = ""
) -> Iterator[list[Any]]:
    """The rows of a table, many at a time."""
    asked = base.execute(f"SELECT {', '.join(map(_quoted, columns))} FROM {_quoted(table)}{where}")  # noqa: S608 - quoted
    number = 0
    while part := asked.fetchmany(_BATCH):
        number += len(part)
        if number > most:
            raise ValueError(f"its table {table!r} gives more rows than the file can hold")
        yield part


def _from_all_over(base: sqlite3.Connection, table: str, columns: Sequence[str], number: int, most: int) -> list[Any]:
    """Rows from places all over a table; none where its rows have no numbers."""
    if any(name.lower() == "_rowid_" for name in columns):
        return []
    try:
        asked = f"SELECT min(_rowid_), max(_rowid_) FROM {_quoted(table)}"  # noqa: S608 - quoted
        low, high = base.execute(asked).fetchone()
    except sqlite3.OperationalError:
        return []
    found: list[Any] = []
    for place in range(PLACES):
        start = low + (high - low) * place // PLACES
        end = low + (high - low) * (place + 1) // PLACES + (place == PLACES - 1)
        where = f" WHERE _rowid_ >= {start} AND _rowid_ < {end} LIMIT {number // PLACES + 1}"
        found += chain.from_iterable(_rows(base, table, columns, most, where))
    return found


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: Any) -> str:
    if type(value) is str:
        return value
    return "" if isinstance(value, bytes) else text_of(value)


WAYS = {"first": first_rows, "every": every_row}
