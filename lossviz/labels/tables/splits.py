"""The rows of one split of a table, such as those that a model is trained on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.tables.columns import Column
from lossviz.labels.tables.table import Batch, Head, Table, retold
from lossviz.labels.values import shown
from lossviz.labels.words import SPLITS, TRAINED

_NAME = re.compile(r"(^|[_ ])(split|splits|subset|set|partition|phase|usage|fold)$|^data_?type$", re.IGNORECASE)


def split_column(table: Table) -> Column | None:
    """The column that says to which split a row belongs, if there is one: it knows rows to train on, and others."""
    for column in table.profiles:
        words = {value.lower() for value in column.tally} if _NAME.search(column.name) else set()
        if len(words) > 1 and words <= SPLITS and words & TRAINED:
            return column
    return None


def splits_in(column: Column) -> list[str]:
    """The splits that a column names, the rows to train on first."""
    return sorted(column.tally, key=lambda value: (value.lower() not in TRAINED, value))


def of_split(table: Table, split: str) -> Table:
    """The rows of one split.

    Raises
    ------
    UnreadableLabels
        If no column names it.
    """
    if table.settings.get("split") == split:
        return table  # of files, as folders name their splits
    return retold(table, lambda each: _filtered(each, split))


def _filtered(table: Table, split: str) -> Table:
    column = split_column(table)
    if column is None or split not in column.tally:
        known = "Leave out that setting." if column is None else f"Choose one of {', '.join(splits_in(column))}."
        raise UnreadableLabels(f"No column says which rows are those of split={shown(split)}.", known)
    name, settings = column.name, {**table.settings, "split": split}

    def batches(columns: Sequence[str]) -> Iterator[Batch]:
        for batch in table.batches(list(dict.fromkeys([*columns, name]))):
            yield _kept(batch, columns, name, split)

    rows = _kept(Batch(table.head.columns, table.head.rows), list(table.head.columns), name, split)
    head = Head(rows.columns, rows.rows)
    return replace(table, head=head, batches=batches, settings=settings, others=())


def _kept(batch: Batch, columns: Sequence[str], column: str, split: str) -> Batch:
    rows = np.array([text.strip() == split for text in batch.texts(column)], dtype=bool)
    kept = {each: batch.columns[each].filter(pa.array(rows)) for each in columns}
    return Batch(kept, int(rows.sum()), batch.repairs)
