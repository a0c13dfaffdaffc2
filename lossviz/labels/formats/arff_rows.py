"""The rows of an ARFF: dense ones as cells, sparse ones as what they say, so that memory and time follow the text."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.tables.repairs import Repairs
from lossviz.labels.tables.sparse import Sparse
from lossviz.labels.tables.table import Batch, Head
from lossviz.labels.values import shown

_MARKS = set("'\"\\\r")
_PAIR = r"""\d{1,9}+[ \t]++[^\s,{}'"\\%]++[ \t]*+"""
# Sparse rows without quotes and comments, which are cut all at once.
_PLAIN = re.compile(rf"(?:[ \t]*+\{{[ \t]*+(?:{_PAIR}(?:,[ \t]*+{_PAIR})*+)?+\}}[ \t\r]*+(?:\n|\Z)|[ \t\r]*+\n)*+")


@dataclass(frozen=True, eq=False)
class Width:
    """The columns of an ARFF, each with the value that a sparse row holds where it says none."""

    names: Sequence[str]
    defaults: Sequence[str]


@dataclass(frozen=True, eq=False)
class DenseRows:
    """Rows that say every cell."""

    cells: pd.DataFrame

    @property
    def number(self) -> int:
        return len(self.cells)

    def head(self, names: Sequence[str]) -> Head:
        return Head.of(self.cells[list(names)])


@dataclass(frozen=True, eq=False)
class SparseRows:
    """Rows that say some cells: entry k is `texts[k]`, in row `rows[k]` and column `columns[k]`, each cell once."""

    width: Width
    number: int
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    texts: NDArray[np.object_]

    def head(self, names: Sequence[str]) -> Head:
        order = np.argsort(self.columns, kind="stable")
        bounds = np.searchsorted(self.columns[order], np.arange(len(self.width.names) + 1))
        places = {name: k for k, name in enumerate(self.width.names)}
        found = {}
        for name in names:
            k = places[name]
            own = order[bounds[k] : bounds[k + 1]]
            found[name] = Sparse(self.number, self.width.defaults[k], self.rows[own], self.texts[own])
        return Head(found, self.number)


Rows = DenseRows | SparseRows


def joined_rows(parts: Sequence[SparseRows]) -> SparseRows:
    """Rows one below the other."""
    above = np.cumsum([0, *(part.number for part in parts)])
    rows = np.concatenate([part.rows + start for part, start in zip(parts, above, strict=False)])
    columns, texts = (np.concatenate([getattr(part, name) for part in parts]) for name in ("columns", "texts"))
    return SparseRows(parts[0].width, int(above[-1]), rows, columns, texts)


def batch_of(rows: Rows, names: Sequence[str]) -> Batch:
    """These columns of some rows."""
    return Batch(rows.head(names).columns, rows.number, Repairs(rows=rows.number))


def rows_in(text: str, width: Width, before: int = 0) -> Rows:
    """The rows that whole lines hold, the first of which stands `before` so many others below @data.

    Raises
    ------
    UnreadableLabels
        If a row has too many cells, or too few, or is damaged.
    """
    if _PLAIN.fullmatch(text):
        return _plain(text, width, before)
    numbered = [(number, line.strip()) for number, line in enumerate(text.split("\n"), start=before + 1)]
    lines = [(number, line) for number, line in numbered if line and not line.startswith("%")]
    if not any(line.startswith("{") for _, line in lines):
        rows = [_dense(line, width, number) for number, line in lines]
        return DenseRows(pd.DataFrame(rows, columns=pd.Index(width.names), dtype=str))
    said: list[tuple[int, int, str]] = []
    for row, (number, line) in enumerate(lines):
        pairs = _sparse(line, width, number) if line.startswith("{") else enumerate(_dense(line, width, number))
        said += ((row, column, text) for column, text in dict(pairs).items())
    rows_of, columns, texts = zip(*said, strict=True) if said else ((), (), ())
    return SparseRows(
        width, len(lines), np.array(rows_of, np.int64), np.array(columns, np.int64), np.array(texts, dtype=object)
    )


def _plain(text: str, width: Width, before: int) -> SparseRows:
    """Sparse rows that are known to be plain."""
    text = re.sub(r"\{[ \t]+", "{", text) if "{ " in text or "{\t" in text else text
    data = np.frombuffer(text.encode() + b" ", dtype=np.uint8)
    opening = data == ord("{")
    said = (data[:-1] == ord(",")) | (opening[:-1] & (data[1:] != ord("}")))  # where an entry begins
    rows = (np.cumsum(opening) - 1)[:-1][said]
    cells = text.replace("{", " ").replace("}", " ").replace(",", " ").split()
    columns = np.fromiter(map(int, cells[::2]), np.int64, len(rows))
    if len(columns) and columns.max() >= len(width.names):
        row = rows[int((columns >= len(width.names)).argmax())]
        line = [k for k, each in enumerate(text.split("\n")) if "{" in each][row]
        raise _no_attribute(str(columns.max()), before + line + 1)
    known: dict[str, str] = {}
    texts = np.array([known.setdefault(cell, cell) for cell in cells[1::2]], dtype=object)
    keys = rows * len(width.names) + columns
    if (np.diff(keys) <= 0).any():  # not rising: what is said twice is what was said last
        _, last = np.unique(keys[::-1], return_index=True)
        kept = len(keys) - 1 - last
        rows, columns, texts = rows[kept], columns[kept], texts[kept]
    return SparseRows(width, int(opening.sum()), rows, columns, texts)


def _sparse(line: str, width: Width, number: int) -> Iterator[tuple[int, str]]:
    for cell in values_in(line.strip("{} ")):
        index, _, value = cell.partition(" ")
        if not (index.isascii() and index.isdigit() and len(index) < 10) or int(index) >= len(width.names):
            raise _no_attribute(index, number)
        yield int(index), unquoted(value.strip())


def _no_attribute(index: str, number: int) -> UnreadableLabels:
    return UnreadableLabels(
        f"Row {number:,} of the ARFF names attribute {shown(index)}, which is not declared.", "Mend that row."
    )


def _dense(line: str, width: Width, number: int) -> list[str]:
    row = values_in(line)
    if len(row) != len(width.names):
        raise UnreadableLabels(
            f"Row {number:,} of the ARFF has {len(row):,} values for {len(width.names):,} attributes.", "Mend that row."
        )
    return row


def values_in(text: str) -> list[str]:
    """The values between commas, out of their quotes.

    Raises
    ------
    UnreadableLabels
        If a quote is left open.
    """
    if not text.strip():
        return []
    if not set(text) & _MARKS:
        return [cell.strip() for cell in text.split(",")]
    quote = "'" if "'" in text else '"'
    text = text.replace("\r", " ")
    try:
        row = next(csv.reader([text], quotechar=quote, escapechar="\\", skipinitialspace=True), [])
    except csv.Error as error:
        raise UnreadableLabels(f"The line {text[:40]!r} of the ARFF cannot be read.", "Mend that line.") from error
    return [unquoted(cell.strip()) for cell in row]


def unquoted(text: str) -> str:
    """A name or value without the quotes around it."""
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1].replace("\\'", "'").replace('\\"', '"')
    return text
