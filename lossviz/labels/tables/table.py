"""What every format becomes: a head by which its columns are judged, and all of its rows in batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from lossviz.labels import limits
from lossviz.labels.inspection import Detour, Question, UnreadableLabels
from lossviz.labels.tables.arrays import words_of
from lossviz.labels.tables.cells import cells_of
from lossviz.labels.tables.columns import Column, profile
from lossviz.labels.tables.repairs import Repairs
from lossviz.labels.tables.sparse import Cells, Sparse, dense, joined


@dataclass(frozen=True, eq=False)
class Batch:
    """Some rows: the columns that were asked for, and what was left out or mended on the way to them."""

    columns: Mapping[str, Cells]
    rows: int
    repairs: Repairs = field(default_factory=Repairs)

    @classmethod
    def of_records(cls, records: pa.RecordBatch) -> Batch:
        """Arrow's own rows, as they are."""
        columns = dict(zip(records.schema.names, records.columns, strict=True))
        return cls(columns, records.num_rows, Repairs(rows=records.num_rows))

    def texts(self, name: str, names: Sequence[str] | None = None) -> list[str]:
        """A column as text, class ids by their `names`."""
        return cells_of(dense(self.columns[name]), names)


# So many columns can be held with all rows of a head.
_FEW = 1_000

Batches = Callable[[Sequence[str]], Iterator[Batch]]


@dataclass(frozen=True, eq=False)
class Head:
    """The rows by which the columns of a table are judged, their texts as places in a dictionary or sparse."""

    columns: Mapping[str, Cells]
    rows: int

    def __post_init__(self) -> None:
        _check_width(len(self.columns))

    @cached_property
    def profiles(self) -> list[Column]:
        """What each column holds."""
        return profile(self.columns, self.rows)

    @classmethod
    def of(cls, cells: pd.DataFrame) -> Head:
        _check_width(cells.shape[1])
        return cls({str(name): words_of(column) for name, column in cells.items()}, len(cells))

    @classmethod
    def joined(cls, heads: Sequence[Head]) -> Head:
        """Heads that are alike, one below the other."""
        columns = {name: joined([head.columns[name] for head in heads]) for name in heads[0].columns}
        return cls(columns, sum(head.rows for head in heads))

    def is_like(self, other: Head) -> bool:
        """Whether both have the same columns, which if they are many must be sparse in both or in none."""
        if list(self.columns) != list(other.columns):
            return False
        ours, theirs = (
            [isinstance(column, Sparse) and column.default for column in each.columns.values()]
            for each in (self, other)
        )
        return ours == theirs or len(ours) <= _FEW

    def cells(self, names: Sequence[str] | None = None, rows: int | None = None) -> pd.DataFrame:
        """Some columns as text, of the first rows; of sparse columns no more than can be held."""
        names = list(self.columns) if names is None else list(names)
        columns = [self.columns[name] for name in names]
        rows = self.rows if rows is None else min(rows, self.rows)
        if any(isinstance(column, Sparse) for column in columns):
            rows = min(rows, max(1, limits.BATCH_CELLS // len(columns)))
        cells = np.empty((rows, len(names)), dtype=object)
        for k, column in enumerate(columns):
            if isinstance(column, Sparse):
                end = int(np.searchsorted(column.places, rows))
                cells[:, k] = column.default
                cells[column.places[:end], k] = column.texts[:end]
            else:
                cells[:, k] = cells_of(column[:rows])
        return pd.DataFrame(cells, columns=pd.Index(names), dtype=object)


def _check_width(columns: int) -> None:
    if columns > limits.MOST_ATTRIBUTES:
        raise UnreadableLabels(
            f"There are {columns:,} columns; at most {limits.MOST_ATTRIBUTES:,} are read.", "Save the labels alone."
        )


@dataclass(frozen=True, eq=False)
class Table:
    """Rows of cells, however many, and the settings under which they are read.

    Attributes
    ----------
    head : Head
        The rows by which the columns are judged: all of them, or some from all over.
    batches : callable
        ``batches(columns)`` gives these columns of all rows, from the first on.
    complete : bool
        Whether `head` is all the rows.
    names : mapping of str to sequence of str
        The class names of a column of class ids.
    declared : mapping of str to sequence of str
        The classes of a column that the source lists itself, in its order.
    others : tuple of mappings
        Settings of the table under which it may be read as well.
    reopened : callable, optional
        The table under such settings.
    """

    head: Head
    batches: Batches
    settings: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    complete: bool = False
    names: Mapping[str, Sequence[str]] = field(default_factory=dict)
    declared: Mapping[str, Sequence[str]] = field(default_factory=dict)
    others: tuple[Mapping[str, Any], ...] = ()
    reopened: Callable[[Mapping[str, Any]], Table] | None = None

    @classmethod
    def of_cells(cls, cells: pd.DataFrame, repairs: Repairs | None = None, **others: Any) -> Table:
        """The table of which these are all the rows."""
        return cls.of_head(Head.of(cells), repairs, **others)

    @classmethod
    def of_head(cls, head: Head, repairs: Repairs | None = None, **others: Any) -> Table:
        """The table whose head is all its rows."""

        def batches(columns: Sequence[str]) -> Iterator[Batch]:
            yield Batch({name: head.columns[name] for name in columns}, head.rows, repairs or Repairs(rows=head.rows))

        return cls(head, **others | {"batches": batches, "complete": True})

    @property
    def profiles(self) -> list[Column]:
        """What each column of the head holds."""
        return self.head.profiles

    @cached_property
    def positions(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.head.columns)}

    @cached_property
    def by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.profiles}

    @cached_property
    def alone(self) -> Table:
        """The head as a table of its own."""
        own = {each.name: getattr(self, each.name) for each in fields(self)}
        return self if self.complete else Table.of_head(**own)


class OtherTable(Detour):
    """Later rows show that the table is another one than its first rows promise; `open` gives that."""

    def __init__(self, open: Callable[[], Table]) -> None:
        super().__init__()
        self.open = open


def retold(table: Table, change: Callable[[Table], Table]) -> Table:
    """`table` changed, its rows too, and changed alike where it turns out to be another one."""
    changed = change(table)

    def batches(columns: Sequence[str]) -> Iterator[Batch]:
        try:
            yield from changed.batches(columns)
        except OtherTable as other:
            open_other = other.open
            raise OtherTable(lambda: retold(open_other(), change)) from other

    reopened = table.reopened
    return replace(
        changed,
        batches=batches,
        reopened=None if reopened is None else lambda settings: retold(reopened(settings), change),
    )


def batch_of(cells: pd.DataFrame, columns: Sequence[str], repairs: Repairs | None = None) -> Batch:
    """These columns of some cells."""
    return Batch({name: words_of(cells[name]) for name in columns}, len(cells), repairs or Repairs(rows=len(cells)))
