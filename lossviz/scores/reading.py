"""A file of scores -> its columns, numbers as float64 and all else as text, read in batches within bounds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from lossviz.labels.formats.arrays import Array, array_in
from lossviz.labels.inspection import UnreadableLabels, failures_said
from lossviz.labels.reader import Source, opened
from lossviz.labels.sources.files import files_of, kept, name_of
from lossviz.labels.sources.streams import Opener, read_bytes
from lossviz.labels.tables.arrays import numbers_in
from lossviz.labels.tables.cells import cells_of
from lossviz.labels.tables.headers import is_number
from lossviz.labels.tables.repairs import Repairs
from lossviz.labels.tables.sparse import dense
from lossviz.labels.tables.table import OtherTable, Table

MOST_ROWS = 5_000_000
MOST_NUMBERS = 20_000_000
MOST_TEXT = 64 << 20  # bytes of the columns beside the scores
_START = 1 << 20


@dataclass(frozen=True, eq=False)
class ScoreColumns:
    """The columns of a file of scores, and what was assumed or mended on the way to them.

    Attributes
    ----------
    frame : DataFrame
        A row per sample; columns of numbers are float64, nan where a cell is blank, and all others are text.
    warnings : tuple of str
    """

    frame: pd.DataFrame
    warnings: tuple[str, ...] = ()


def read_columns(source: Source, *, filename: str | None = None) -> ScoreColumns:
    r"""The columns of any table that the label readers take, or of a npy array; scores on one line are a column.

    Raises
    ------
    UnreadableLabels
        If there is no such table, or one of more rows, numbers or text than are read.

    Examples
    --------
    >>> read_columns(b"id;score\na7;0,25\nb8;1\n").frame.to_dict("list")
    {'id': ['a7', 'b8'], 'score': [0.25, 1.0]}
    >>> read_columns(b"0.1 0.9").frame.to_dict("list")
    {'score': [0.1, 0.9]}
    """
    name = filename or name_of(source)
    with failures_said(name):
        return _columns_in(kept(source), name)


def _columns_in(source: Any, name: str) -> ScoreColumns:
    files = files_of(source, name)
    if len(files) == 1 and files[0].kind == "npy":
        return ScoreColumns(_of_array(array_in(files[0].opener), name))
    settings: dict[str, Any] = {}
    if len(files) == 1 and files[0].kind == "text":
        line, settings = _as_column(files[0].opener, name)
        source = source if line is None else line
    found = opened(source, name, settings)
    if not isinstance(found, Table):
        raise UnreadableLabels(f"{name!r} holds no table.", "Save one as CSV, Excel or Parquet, or an array as npy.")
    return _of_table(found, name)


def _as_column(opener: Opener, name: str) -> tuple[bytes | None, dict[str, Any]]:
    """Scores on one line as scores on one line each; and how a table is read whose only commas are decimal ones."""
    with opener() as file:
        start = read_bytes(file, _START)
        ended = not file.read(1)
    try:
        lines = start.decode("utf-8-sig").strip().splitlines()
    except UnicodeDecodeError:
        return None, {}
    if not lines:
        raise UnreadableLabels(f"{name} holds no scores.", "Type one, or upload a column of them.")
    cells = re.split(r"[\s,;]+", lines[0].strip(" ,;"))
    if ended and len(lines) == 1 and any(map(is_number, cells)):
        return "\n".join(cells).encode(), {}
    header, *rows = lines if ended else lines[:-1]
    decimal = not set(header) & set(",;\t") and all(re.fullmatch(r"\s*\d*,\d+\s*", row) for row in rows)
    return None, {"delimiter": ";", "header": True} if rows and decimal else {}


def _of_table(table: Table, name: str) -> ScoreColumns:
    """All rows of a table; a column is text from its first cell on that is neither a number nor blank."""
    names = [str(each) for each in table.head.columns]
    try:
        numbers, repairs = _numbers(table, names, name)
        others = [each for each in names if each not in numbers]
        columns: dict[str, Any] = numbers | (_texts(table, others, name) if others else {})
    except OtherTable as other:
        return _of_table(other.open(), name)
    if len({len(columns[each]) for each in names}) > 1:
        raise UnreadableLabels(f"The rows of {name!r} have different lengths.", "Save it again, as CSV or Parquet.")
    frame = pd.DataFrame({each: columns[each] for each in names})
    titled = frame.set_axis(["score"], axis=1) if names == ["column 1"] else frame
    return ScoreColumns(titled, (*table.warnings, *repairs.warnings))


def _numbers(table: Table, names: Sequence[str], source: str) -> tuple[dict[str, NDArray[np.float64]], Repairs]:
    parts: dict[str, list[NDArray[np.float64]]] = {each: [] for each in names}
    repairs, rows = Repairs(), 0
    for batch in table.batches(names):
        rows += batch.rows
        _refuse_more(rows, len(parts), source)
        repairs += batch.repairs
        for each in list(parts):
            found = _as_numbers(dense(batch.columns[each]))
            if found is None:
                del parts[each]
            else:
                parts[each].append(found)
    return {each: np.concatenate(found) for each, found in parts.items()}, repairs


def _as_numbers(cells: pa.Array) -> NDArray[np.float64] | None:
    """The cells as numbers, nan where they are blank; None if one is something else."""
    numbers = numbers_in(cells)
    if pa.types.is_integer(cells.type) or pa.types.is_floating(cells.type):
        return numbers
    places = np.flatnonzero(np.isnan(numbers))
    blank = not places.size or not any(text.strip() for text in cells_of(cells.take(pa.array(places))))
    return numbers if blank else None


def _texts(table: Table, names: Sequence[str], source: str) -> dict[str, pd.Series]:
    parts: dict[str, list[pa.Array]] = {each: [] for each in names}
    size = 0
    for batch in table.batches(names):
        for each in names:
            cells = pa.array(batch.texts(each, table.names.get(each)), pa.string())
            size += cells.nbytes
            parts[each].append(cells)
        if size > MOST_TEXT:
            raise UnreadableLabels(
                f"{source!r} holds more than {MOST_TEXT / 1e6:,.0f} MB of text.", "Save the columns of scores alone."
            )
    return {each: pd.Series(pd.array(pa.chunked_array(found), dtype="str")) for each, found in parts.items()}


def _refuse_more(rows: int, columns: int, source: str) -> None:
    if rows > MOST_ROWS:
        raise UnreadableLabels(f"{source!r} holds more than {MOST_ROWS:,} rows.", "Save fewer of them.")
    if rows * columns > MOST_NUMBERS:
        raise UnreadableLabels(f"{source!r} holds more than {MOST_NUMBERS:,} numbers.", "Save fewer rows.")


def _of_array(array: Array, name: str) -> pd.DataFrame:
    """An array (N,) of scores, or (N, C) of a score per class."""
    shape = (array.shape[0], *(size for size in array.shape[1:] if size != 1))
    if len(shape) > 2 or array.dtype.kind not in "biuf":
        raise UnreadableLabels(
            f"{name!r} is an array of shape {array.shape} and type {array.dtype}, and no scores.",
            "Save numbers of shape (N,), or (N, C) with a column per class.",
        )
    columns = shape[1] if len(shape) == 2 else 1
    _refuse_more(shape[0], columns, name)
    numbers = np.concatenate([np.asarray(block, dtype=np.float64) for block in array.blocks()]).reshape(-1, columns)
    return pd.DataFrame(numbers, columns=["score"] if columns == 1 else [f"column {k + 1}" for k in range(columns)])
