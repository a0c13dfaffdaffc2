"""Columns of numbers, counted: a table of counts, votes for classes, probabilities of classes."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lossviz.counts.label_counts import LabelCounts
from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.limits import MOST_CLASSES
from lossviz.labels.tables.arrays import numbers_in
from lossviz.labels.tables.cells import cells_of
from lossviz.labels.tables.columns import is_missing
from lossviz.labels.tables.names import negative_first
from lossviz.labels.tables.sparse import Cells, check_implied, dense
from lossviz.labels.tables.table import Batch, Table

TOTALS = {"total", "totals", "sum", "all", "overall", "grand total", ""}
_GROUPS = re.compile(r"(?<=\d),(?=\d{3}(\D|$))")

# Counts, what they are, and the classes as they were met where values name them.
Counted = tuple[LabelCounts, str, Sequence[str]]


class CountTable:
    """Rows that are classes, with a column of their counts."""

    def __init__(self, table: Table, column: str, counts: str) -> None:
        self.columns = list(dict.fromkeys((column, counts)))
        self.names = table.names.get(column)
        self.rows: list[tuple[str, str]] = []

    def add(self, batch: Batch) -> None:
        names = batch.texts(self.columns[0], self.names)
        self.rows += zip(names, batch.texts(self.columns[-1]), strict=True)
        if len(self.rows) > 2 * MOST_CLASSES:
            raise UnreadableLabels(
                f"A table of more than {2 * MOST_CLASSES:,} rows is no table of classes and counts.",
                "Choose another shape.",
            )


def read_counts(tally: CountTable, source: str, column: str, counts: str) -> Counted:
    """The order of the rows, which is most often that of the counts, is none of the outputs."""
    kept = [(name.strip(), number) for name, number in tally.rows if name.strip().lower() not in TOTALS]
    try:
        numbers = [int(float(_GROUPS.sub("", number))) for _, number in kept]
    except (ValueError, OverflowError) as error:
        raise UnreadableLabels(f"Column {counts!r} holds {str(error)[-40:]}, no count.", "Choose another.") from error
    names = [name.rstrip(":").strip() for name, _ in kept]
    if len(set(names)) < len(names):
        raise UnreadableLabels(f"Column {column!r} names a class twice.", "Choose another column.")
    if len(names) < 2 or min(numbers) < 0 or max(numbers) >= 1 << 53:
        raise UnreadableLabels(f"Column {counts!r} holds no counts of two classes or more.", "Choose another column.")
    positive = negative_first(names)[1] if len(names) == 2 else None
    made = LabelCounts.exclusive(names, numbers, positive=positive, source=source)
    return made, f"a table of counts: {len(names)} classes in {column!r}, counts in {counts!r}", tuple(names)


def _matrix(batch: Batch, columns: Sequence[str]) -> NDArray[np.float64]:
    """Columns of numbers side by side, shape (rows, columns)."""
    chosen = [batch.columns[name] for name in columns]
    check_implied(chosen)
    return np.column_stack([numbers_in(column) for column in chosen])


class Scores:
    """Columns of numbers: rows whose likeliest is each, and rows at or above a threshold."""

    def __init__(self, _table: Table, columns: Sequence[str], threshold: float | None = None) -> None:
        self.columns, self.threshold = list(columns), threshold
        self.rows = self.unclear = 0
        self.likeliest, self.positives, self.labelled = (np.zeros(len(columns), np.int64) for _ in range(3))

    def add(self, batch: Batch) -> None:
        scores = _matrix(batch, self.columns)
        known = np.isfinite(scores)
        whole = known.all(axis=1)
        self.rows += batch.rows
        self.unclear += int((~whole).sum())
        self.likeliest += np.bincount(scores[whole].argmax(axis=1), minlength=len(self.columns))
        self.labelled += known.sum(axis=0)
        if self.threshold is not None:
            self.positives += ((scores >= self.threshold) & known).sum(axis=0)


def read_scores(tally: Scores, source: str, columns: Sequence[str], threshold: float | None = None) -> Counted:
    """Without a threshold the likeliest class of each row, else every label from it on."""
    names = [str(name) for name in columns]
    if threshold is None:
        made = LabelCounts.exclusive(
            names, tally.likeliest, positive=last_of_two(names), missing=tally.unclear, source=source
        )
        return made, f"probabilities of {len(names)} classes, the likeliest of each row", ()
    positives, negatives = tally.positives, tally.labelled - tally.positives
    if len(names) == 1:
        each = [int(negatives[0]), int(positives[0])]
        made = LabelCounts.exclusive(["0", "1"], each, positive="1", missing=tally.unclear, source=source)
    else:
        made = LabelCounts(tuple(names), positives, negatives, tally.rows, "multilabel", source=source)
    return made, f"scores of {len(names)} labels, positive from {threshold:g}", ()


class Votes:
    """Columns of votes: rows in which most are for each, and rows without a clear majority."""

    def __init__(self, _table: Table, columns: Sequence[str]) -> None:
        self.columns = list(columns)
        self.majorities = np.zeros(len(columns), np.int64)
        self.ties = 0

    def add(self, batch: Batch) -> None:
        votes = _matrix(batch, self.columns)
        for k in np.flatnonzero(np.isnan(votes).any(axis=0)).tolist():
            if not all(map(is_missing, _texts_of(batch.columns[self.columns[k]], np.isnan(votes[:, k])))):
                raise UnreadableLabels(
                    f"Column {self.columns[k]!r} holds what is no number of votes.", "Leave that column out."
                )
        votes = np.nan_to_num(votes)  # a class without a number has no votes
        top = votes == votes.max(axis=1, keepdims=True)
        clear = top.sum(axis=1) == 1
        self.majorities += (top & clear[:, None]).sum(axis=0)
        self.ties += int((~clear).sum())


def _texts_of(column: Cells, rows: NDArray[np.bool_]) -> list[str]:
    return list(set(cells_of(dense(column).filter(pa.array(rows)))))


def read_votes(tally: Votes, source: str, columns: Sequence[str]) -> Counted:
    short = [name.rpartition(".")[2] for name in columns]  # of a record its keys name the classes
    names = short if len(set(short)) == len(short) else list(columns)
    made = LabelCounts.exclusive(
        names, tally.majorities, positive=last_of_two(names), missing=tally.ties, source=source
    )
    return made, f"votes for {len(columns)} classes, the majority's in each row; ties left out", ()


def last_of_two(names: Sequence[str]) -> str | None:
    """The positive one of two columns, which stand in the order of the outputs."""
    return names[1] if len(names) == 2 else None
