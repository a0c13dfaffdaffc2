"""Any label source -> an Inspection, or the LabelCounts of one reading of it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import IO, Any

import pandas as pd

from lossviz.counts import LabelCounts
from lossviz.labels.columns import profile, read, readings
from lossviz.labels.delimited import Table, read_table
from lossviz.labels.inspection import AmbiguousLabels, Inspection, Question, Reading, UnreadableLabels

Source = str | Path | bytes | IO[bytes] | pd.DataFrame

_TABLE_SETTINGS = ("encoding", "delimiter", "header")


def inspect_labels(source: Source, *, filename: str | None = None, **settings: Any) -> Inspection:
    """What `source` holds: its readings, ranked, and what must be asked.

    Parameters
    ----------
    source : path, bytes, binary file object or DataFrame
        Delimited text (comma, semicolon, tab, pipe) with one class column, one-hot columns or a
        column of lists.
    filename : str, optional
        Shown as the source of the counts.
    **settings
        Settings of the table that override what would be found: ``encoding``, ``delimiter``,
        ``header``.

    Raises
    ------
    UnreadableLabels
        With a reason and a remedy, if no labels can be read.
    """
    name = filename or _name_of(source)
    table = _table(source, settings)
    ranked = readings(table.cells, profile(table.cells), name)
    if not ranked:
        raise UnreadableLabels(
            f"None of the {table.cells.shape[1]:,} columns looks like labels.",
            "Upload a file with a class column, 0/1 columns or a column of lists.",
        )
    found = tuple(_with(reading, table) for _, reading in ranked)
    certain = len(ranked) == 1 or (ranked[0][0] >= 4 and ranked[0][0] - ranked[1][0] >= 2)
    return Inspection(found, certain, _questions(found), table.warnings, table.cells.head(20))


def read_labels(source: Source, *, filename: str | None = None, **settings: Any) -> LabelCounts:
    r"""Counts of the labels in `source`.

    With no settings beyond those of the table the first reading is taken if it is certain.

    Raises
    ------
    AmbiguousLabels
        If there are several readings and no setting chooses one.
    UnreadableLabels
        If no labels can be read.

    Examples
    --------
    >>> read_labels(b"label\ncat\ndog\ncat\ncat\n").positives.tolist()
    [3, 1]
    """
    table_settings = {key: settings.pop(key) for key in _TABLE_SETTINGS if key in settings}
    if settings:
        return read_with(source, filename=filename, **table_settings, **settings).counts
    inspection = inspect_labels(source, filename=filename, **table_settings)
    if not inspection.certain:
        raise AmbiguousLabels(inspection.readings)
    return inspection.readings[0].counts


def read_with(source: Source, *, filename: str | None = None, **settings: Any) -> Reading:
    """The one reading that `settings` choose."""
    table_settings = {key: settings.pop(key) for key in _TABLE_SETTINGS if key in settings}
    table = _table(source, table_settings)
    if "columns" in settings:
        settings["label_columns"] = settings.pop("columns")
    reading = read(table.cells, profile(table.cells), filename or _name_of(source), **settings)
    return _with(reading, table)


def _with(reading: Reading, table: Table) -> Reading:
    return Reading(reading.description, reading.counts, table.settings | dict(reading.settings))


def _questions(found: tuple[Reading, ...]) -> tuple[Question, ...]:
    columns = tuple(dict.fromkeys(reading.settings["column"] for reading in found if "column" in reading.settings))
    questions = []
    if len(found) > 1:
        questions.append(Question("column", "Which column holds the labels?", columns))
    first = found[0].counts
    if first.task == "binary":
        questions.append(Question("positive", "Which class is the positive one?", first.classes))
    return tuple(questions)


def _table(source: Source, settings: dict[str, Any]) -> Table:
    if isinstance(source, pd.DataFrame):
        cells = source.astype("string").fillna("")
        cells.columns = cells.columns.astype(str)
        if len(cells) < 2:
            raise UnreadableLabels("The table has fewer than two rows.", "Pass one row per sample.")
        return Table(cells, {}, ())
    return read_table(_bytes_of(source), **settings)


def _bytes_of(source: str | Path | bytes | IO[bytes]) -> bytes:
    if isinstance(source, bytes):
        return source
    if isinstance(source, str | Path):
        try:
            return Path(source).read_bytes()
        except OSError as error:
            raise UnreadableLabels(
                f"The file {str(source)!r} cannot be opened: {error.strerror}.", "Check its name and rights."
            ) from error
    data = source.read()
    return data if isinstance(data, bytes) else bytes(data)


def _name_of(source: Source) -> str:
    if isinstance(source, str | Path):
        return Path(source).name
    if isinstance(source, io.IOBase):
        return Path(str(getattr(source, "name", "file"))).name
    return "table" if isinstance(source, pd.DataFrame) else "file"
