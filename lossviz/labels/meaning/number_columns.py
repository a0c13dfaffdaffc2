"""Columns of numbers -> counts: a table of counts, votes for classes, probabilities of classes."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from lossviz.counts.label_counts import LabelCounts
from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.meaning.ordering import negative_first

TOTALS = {"total", "totals", "sum", "all", "overall", "grand total", ""}
_GROUPS = re.compile(r"(?<=\d),(?=\d{3}(\D|$))")

# Counts, what they are, and the classes as they were met where values name them.
Counted = tuple[LabelCounts, str, Sequence[str]]


def read_counts(cells: pd.DataFrame, source: str, column: str, counts: str | None = None) -> Counted:
    """Rows that are classes; the order of the rows, which is most often that of the counts, is none of the outputs."""
    if counts is None:
        raise UnreadableLabels("No column of counts was chosen.", "Choose the column that holds the counts.")
    kept = cells[~cells[column].str.strip().str.lower().isin(TOTALS)]
    try:
        numbers = [int(float(_GROUPS.sub("", str(cell)))) for cell in kept[counts]]
    except (ValueError, OverflowError) as error:
        raise UnreadableLabels(f"Column {counts!r} holds {str(error)[-40:]}, no count.", "Choose another.") from error
    names = [str(name).strip().rstrip(":").strip() for name in kept[column]]
    if len(set(names)) < len(names):
        raise UnreadableLabels(f"Column {column!r} names a class twice.", "Choose another column.")
    if len(names) < 2 or min(numbers) < 0 or max(numbers) >= 1 << 53:
        raise UnreadableLabels(f"Column {counts!r} holds no counts of two classes or more.", "Choose another column.")
    positive = negative_first(names)[1] if len(names) == 2 else None
    made = LabelCounts.exclusive(names, numbers, positive=positive, source=source)
    return made, f"a table of counts: {len(names)} classes in {column!r}, counts in {counts!r}", tuple(names)


def read_scores(cells: pd.DataFrame, source: str, columns: Sequence[str], threshold: float | None = None) -> Counted:
    """Without a threshold the likeliest class of each row, else every label from it on."""
    values = cells[list(columns)].apply(lambda column: pd.to_numeric(column.str.replace(",", "."), errors="coerce"))
    scores = values.to_numpy(dtype=np.float64)
    known = np.isfinite(scores)
    names = [str(name) for name in columns]
    if threshold is None:
        whole = known.all(axis=1)
        tally = np.bincount(scores[whole].argmax(axis=1), minlength=len(names))
        missing = int((~whole).sum())
        made = LabelCounts.exclusive(names, tally, positive=last_of_two(names), missing=missing, source=source)
        return made, f"probabilities of {len(names)} classes, the likeliest of each row", ()
    positives, labelled = ((scores >= threshold) & known).sum(axis=0), known.sum(axis=0)
    if len(names) == 1:
        each = [int(labelled[0] - positives[0]), int(positives[0])]
        missing = int((~known).sum())
        made = LabelCounts.exclusive(["0", "1"], each, positive="1", missing=missing, source=source)
    else:
        made = LabelCounts(tuple(names), positives, labelled - positives, len(cells), "multilabel", source=source)
    return made, f"scores of {len(names)} labels, positive from {threshold:g}", ()


def read_votes(cells: pd.DataFrame, source: str, columns: Sequence[str]) -> Counted:
    votes = cells[list(columns)].astype(float).to_numpy()
    top = votes == votes.max(axis=1, keepdims=True)
    clear = top.sum(axis=1) == 1
    counts = (top & clear[:, None]).sum(axis=0)
    missing = int((~clear).sum())
    made = LabelCounts.exclusive(list(columns), counts, positive=last_of_two(columns), missing=missing, source=source)
    return made, f"votes for {len(columns)} classes, the majority's in each row; ties left out", ()


def last_of_two(names: Sequence[str]) -> str | None:
    """The positive one of two columns, which stand in the order of the outputs."""
    return names[1] if len(names) == 2 else None
