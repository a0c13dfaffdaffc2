"""SQLite databases -> their tables, read in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa

from lossviz.labels import limits
from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.sources.decoding import batches_apart
from lossviz.labels.sources.files import File
from lossviz.labels.sources.streams import read_bytes
from lossviz.labels.tables.headers import unique_names
from lossviz.labels.tables.repairs import Repairs
from lossviz.labels.tables.table import Batch, Head, Table
from lossviz.labels.values import shown

_LOGGED = (
    "The database keeps a log of what was written last beside it; rows that stand only there are not counted."
    " Close every program that has it open, or run PRAGMA wal_checkpoint."
)


def database_tables(file: File, settings: Mapping[str, Any]) -> dict[str, Table]:
    """The tables of a database by their names, or the one that `settings` name.

    Raises
    ------
    UnreadableLabels
        If there is none that has rows, or the file is damaged.
    """
    first: dict[str, list[list[str]]] = {}
    complete: dict[str, bool] = {}
    for batch in _batches(file, "first", number=limits.head_rows(10)):
        for table, row, whole in zip(*(batch[k].to_pylist() for k in range(3)), strict=True):
            first.setdefault(table, []).append(row)
            complete[table] = whole
    chosen = settings.get("table")
    if chosen is not None and chosen not in first:
        raise UnreadableLabels(f"There is no table {shown(chosen)}.", f"Choose one of {', '.join([*first][:20])}.")
    with file.opener() as opened:
        logged = read_bytes(opened, 20)[18:] == b"\2\2"
    found = {
        table: _table(file, table, rows, complete=complete[table], logged=logged)
        for table, rows in first.items()
        if chosen in (None, table) and len(rows) > 1
    }
    if not found:
        raise UnreadableLabels("No table of the database has rows.", "Upload one with a row per sample.")
    return found


def _table(file: File, table: str, rows: list[list[str]], *, complete: bool, logged: bool) -> Table:
    columns = unique_names(rows[0])
    known: dict[str, Any] = {"settings": {"table": table}, "warnings": (_LOGGED,) if logged else ()}
    head = pd.DataFrame(rows[1:], columns=columns, dtype="string")
    if complete:
        return Table.of_cells(head, **known)

    def batches(wanted: Sequence[str]) -> Iterator[Batch]:
        own = dict(zip(columns, rows[0], strict=True))
        for batch in _batches(file, "every", [table, *(own[name] for name in wanted or columns[:1])]):
            cells = [column.dictionary_encode() for column in batch.columns]
            yield Batch(dict(zip(wanted, cells, strict=False)), len(batch), Repairs(rows=len(batch)))

    return Table(Head.of(head), batches, **known)


def _batches(file: File, what: str, columns: Sequence[str] = (), number: int = 0) -> Iterator[pa.RecordBatch]:
    try:
        with file.opener() as opened:
            yield from batches_apart(opened, "SQLite database", f"databases:{what}", columns, number)
    except pa.ArrowInvalid as error:
        reason = " ".join(str(error).split())[:100].rstrip(".")
        raise UnreadableLabels(f"The SQLite database is damaged: {reason}.", "Copy it again.") from error
