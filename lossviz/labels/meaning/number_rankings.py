"""Columns of numbers -> the readings that they allow: tables of counts, votes, scores, each with its evidence."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from lossviz.labels.meaning import rules
from lossviz.labels.meaning.number_columns import TOTALS
from lossviz.labels.tables.arrays import numbers_in
from lossviz.labels.tables.cells import number_of
from lossviz.labels.tables.columns import Column
from lossviz.labels.tables.table import Head

_COUNT_NAME = re.compile(
    r"^(n|nr|num|no|total|support|size|counts?|freq|frequency|frequencies|occurrences?|samples?|instances?|images?|rows|train)$"
    r"|(^|[_ ])(counts?|num(ber)?|samples|instances|images|total|freq(uency)?)($|[_ ])",
    re.IGNORECASE,
)
_LONGEST_CLASS = 60
# Of so many columns those are looked at that may hold votes.
MOST_VOTES = 1_000
_NEARLY_ALL = 0.95

# Takes the evidence for a reading, its shape and its settings.
Add = Callable[..., None]


def of_counts(columns: Sequence[Column], add: Add) -> None:
    """A table whose rows are classes: names that never repeat beside whole numbers, called counts or alone."""
    rows = columns[0].rows if columns else 0
    if not 2 <= rows <= 20_000 or len(columns) > 12:
        return
    # A column of classes that recur says that rows are samples.
    if any(column.label_itself and not column.distinct and len(column.tally) < rows for column in columns):
        return
    numbers = [column for column in columns if _counted(column) and not _ids(column)]
    numbers = [column for column in numbers if not column.two_valued or _COUNT_NAME.search(column.name)]
    named = [column for column in numbers if _COUNT_NAME.search(column.name)]
    if any(column.no_label and column.distinct and not column.named_as_label for column in columns):
        return  # rows are files, places or moments
    texts = [column for column in columns if _names_classes(column) and column not in named]
    texts = [column for column in texts if not column.whole] or [column for column in texts if column.named_as_label]
    if not texts:
        return
    label = next((column for column in texts if column.named_as_label), texts[0])
    if named and (label.named_as_label or rows <= 1000):
        for k, column in enumerate(named[:5]):
            later = rules.later(rules.LATER_COUNTS, k)
            add([rules.CALLED_COUNTS(), *later], "counts", column=label.name, counts=column.name)
        return
    repeats = rows >= 20 and numbers and len(numbers[-1].tally) <= rows // 4
    if numbers and len(numbers) + 1 >= len(columns) - 1 and not label.whole and rows <= 1000:
        evidence = [rules.COUNTS(), rules.COUNTS_RECUR()] if repeats else [rules.COUNTS()]
        for k, column in enumerate([each for each in numbers if not each.about_rows][:5]):
            later = rules.later(rules.LATER_COUNTS, k)
            add([*evidence, *later], "counts", column=label.name, counts=column.name)


def _counted(column: Column) -> bool:
    values = list(column.tally)
    return bool(values) and not column.missing and all(re.fullmatch(r"\d+(\.0*)?|\d{1,3}(,\d{3})+", v) for v in values)


def _ids(column: Column) -> bool:
    """Whether the numbers are those of the rows, from 0 or 1 on."""
    values = set(column.tally)
    return len(values) == column.rows > 2 and values in (
        {str(k) for k in range(column.rows)},
        {str(k + 1) for k in range(column.rows)},
    )


def _names_classes(column: Column) -> bool:
    totals = sum(times for value, times in column.tally.items() if value.lower() in TOTALS)
    distinct = len(column.tally) == column.rows - column.missing and column.missing <= 1
    short = all(len(value) <= _LONGEST_CLASS for value in column.tally)
    files = sum(bool(re.search(r"[/\\]|\.\w{2,4}$", value)) for value in column.tally)
    measured = column.numeric and not column.whole
    return distinct and short and totals <= 1 and files <= len(column.tally) // 2 and not measured


def votes_among(columns: Sequence[Column], head: Head) -> list[list[str]]:
    """Neighbouring columns of whole numbers on which voters disagree: of one sum in nearly every row, or one record.

    In a record a class without votes has no key.
    """
    run: list[Column] = []
    for column in [*columns, None]:
        counted = column is not None and column.whole and len(column.tally) > 1 and not column.distinct
        fits = column is not None and counted and (not column.missing or bool(_record(column)))
        if run and not (fits and column is not None and _record(run[0]) == _record(column)):
            start = _votes_from(run, head)
            if start is not None:
                return [[entry.name for entry in run[start:]]]
            run = []
        if fits and column is not None:
            run.append(column)
    return []


def _record(column: Column) -> str:
    """The key under which the record lies of which a column is a part; nothing for others."""
    return column.name.rpartition(".")[0]


def _votes_from(run: Sequence[Column], head: Head) -> int | None:
    """From which column of a run on all hold votes; None if they hold none."""
    counted = [k for k, entry in enumerate(run) if not entry.two_valued] if len(run) <= MOST_VOTES else []
    starts = min(len(run) - 2, max(counted, default=-1) + 1)
    if starts <= 0:
        return None
    texts = head.cells([entry.name for entry in run])
    votes = texts.apply(pd.to_numeric, errors="coerce").fillna(0).to_numpy(dtype=np.float64)[:, ::-1]
    sums = np.cumsum(votes, axis=1)[:, ::-1]  # from each column to the last
    most = np.maximum.accumulate(votes, axis=1)[:, ::-1]
    usual = np.median(sums, axis=0)
    agree = ((sums == usual).mean(axis=0) >= _NEARLY_ALL) & (usual > 1)
    fits = (agree | bool(_record(run[0]))) & (most < sums).any(axis=0)
    return int(fits.argmax()) if fits[:starts].any() else None


def of_scores(columns: Sequence[Column], head: Head, add: Add) -> None:
    """Neighbouring columns of measured values from 0 to 1: probabilities if each row adds up to 1."""
    run: list[Column] = []
    best: list[Column] = []
    for column in [*columns, None]:
        if column is not None and _score(column):
            run.append(column)
        else:
            best = run if len(run) > len(best) else best
            run = []
    if not best or (len(best) == 1 and not best[0].named_as_label):
        return
    names = [column.name for column in best]
    sums = np.zeros(head.rows)
    for name in names:
        sums += np.nan_to_num(numbers_in(head.columns[name]))
    adds_up = len(best) > 1 and bool((np.abs(sums - 1) < 0.011).mean() > 0.95)
    labels = any(column.named_as_label for column in best)
    if not adds_up and not labels and len(best) + 2 < len(columns):
        return
    text = any(not column.numeric and column.distinct for column in columns)
    ids = any(
        column.position == 0 and column not in best and (column.distinct or column.about_rows) for column in columns
    )
    if not adds_up and not labels and not (text or ids):
        return
    if adds_up:
        add([rules.ADD_UP()], "scores", columns=names)
    evidence = [rules.SCORES(), rules.CALLED_LABELS()] if labels else [rules.SCORES()]
    for k, threshold in enumerate((0.5, 0.3, 0.7)):
        add([*evidence, *rules.later(rules.OTHER_THRESHOLD, k)], "scores", columns=names, threshold=threshold)


def _score(column: Column) -> bool:
    values = [number_of(value) for value in column.tally]
    return len(values) > 2 and all(0 <= value <= 1 for value in values) and any(0 < value < 1 for value in values)
