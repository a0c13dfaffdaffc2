"""Columns of a table -> readings: one class column, a one-hot block, or a column of lists."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lossviz.counts import LabelCounts
from lossviz.labels.inspection import Reading, UnreadableLabels

SEPARATORS = ("|", ";", ",", " ")
SHAPES = {"class": "one class per row", "onehot": "one 0/1 column per label", "list": "a list of labels per row"}
MOST_CLASSES = 10_000

_MISSING = {"", "na", "n/a", "#n/a", "<na>", "nan", "null", "?"}
_YES = {"1", "1.0", "true", "yes", "y", "t"}
_NO = {"0", "0.0", "false", "no", "n", "f", "-1", "-1.0"}
_POSITIVE_NAMES = _YES | {"positive", "pos", "spam", "fraud", "malignant", "abnormal", "disease", "defect"}
_LABEL_NAME = re.compile(
    r"^(y|dx|gt|truth|target|outcome|diagnosis|species|sentiment|genres?|topics?|response|survived)$"
    r"|label|class|categor|finding|(^|_)tags?$|(^|[_ ])target",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Column:
    """What one column holds, from one pass over it."""

    name: str
    position: int
    tally: pd.Series  # value -> count, missing left out, most frequent first
    missing: int
    rows: int

    @property
    def two_valued(self) -> bool:
        """Whether it holds yes and no, 1 and 0 and the like, and nothing else."""
        lowered = {str(value).lower() for value in self.tally.index}
        return bool(lowered) and len(lowered) <= 2 and lowered <= _YES | _NO

    @property
    def classes(self) -> bool:
        """Whether its values could be classes: few, repeated, and not measurements."""
        distinct = len(self.tally)
        if not 2 <= distinct <= MOST_CLASSES or distinct > max(2, (self.rows - self.missing) // 2):
            return False
        sample = [str(value) for value in self.tally.index[:1000]]
        if any(re.fullmatch(r"[-+]?\d*[.,]\d*[1-9]\d*([eE][-+]?\d+)?", value) for value in sample):
            return False
        numbers = sum(value.lstrip("+-").isdigit() for value in sample)
        return numbers < len(sample) or distinct <= 100

    @property
    def named_as_label(self) -> bool:
        return bool(_LABEL_NAME.search(self.name))


def profile(cells: pd.DataFrame) -> list[Column]:
    """Every column's distinct values and their counts."""
    columns = []
    for position, name in enumerate(cells.columns):
        values = cells.iloc[:, position].str.strip()
        present = ~values.str.lower().isin(_MISSING)
        counts = values[present].value_counts()
        columns.append(Column(str(name), position, counts, int((~present).sum()), len(values)))
    return columns


def readings(cells: pd.DataFrame, columns: Sequence[Column], source: str) -> list[tuple[float, Reading]]:
    """All plausible readings with their scores, the best first."""
    found: list[tuple[float, Reading]] = []
    last = len(columns) - 1
    block = _block(columns)
    # A column of a block stands on its own only if its name alone says that it is the label.
    named = [column.position for column in block if column.named_as_label]
    parts = {column.position for column in block if len(block) >= 2 and [column.position] != named}
    for column in columns:
        if column.position in parts:
            continue
        near_end = 0.5 if column.position == last else 0.0
        separator = _separator(column)
        if separator is not None:
            score = 1.5 + 3.0 * column.named_as_label + near_end
            found.append((score, _read("list", cells, columns, source, column=column.name, separator=separator)))
        elif column.classes:
            few = 0.5 if len(column.tally) <= 50 else 0.0
            score = 1.0 + 3.0 * column.named_as_label + near_end + few
            found.append((score, _read("class", cells, columns, source, column=column.name)))
    if len(block) >= 2:
        names = [column.name for column in block]
        score = 2.5 + min(len(block), 10) / 5 + (0.5 if block[-1].position == last else 0.0) + (len(named) > 1)
        found.append((score, _read("onehot", cells, columns, source, columns=names)))
    return sorted(found, key=lambda item: -item[0])


def read(
    cells: pd.DataFrame,
    columns: Sequence[Column],
    source: str,
    *,
    shape: str | None = None,
    column: str | None = None,
    label_columns: Sequence[str] | None = None,
    separator: str | None = None,
    positive: str | None = None,
) -> Reading:
    """The reading that the settings ask for; what they leave open follows from the column."""
    by_name = {entry.name: entry for entry in columns}
    for name in [*(label_columns or ()), *((column,) if column is not None else ())]:
        if name not in by_name:
            raise UnreadableLabels(f"There is no column {name!r}.", f"Choose one of {', '.join(list(by_name)[:20])}.")
    if shape is None:
        shape = "onehot" if label_columns else "list" if separator else None
    if shape is None and column is not None:
        found = _separator(by_name[column])
        shape = "list" if found and not by_name[column].two_valued else "class"
    if shape == "onehot":
        names = list(label_columns or [entry.name for entry in _block(columns)])
        return _read("onehot", cells, columns, source, columns=names)
    if column is None:
        raise UnreadableLabels("No label column was chosen.", "Choose the column that holds the labels.")
    if shape == "list":
        found = separator or _separator(by_name[column]) or SEPARATORS[0]
        return _read("list", cells, columns, source, column=column, separator=found)
    return _read("class", cells, columns, source, column=column, positive=positive)


def _read(shape: str, cells: pd.DataFrame, profiles: Sequence[Column], source: str, **settings: Any) -> Reading:
    settings = {key: value for key, value in settings.items() if value is not None}
    if shape == "class":
        counts, what = _read_class(profiles, source, **settings)
    elif shape == "list":
        counts, what = _read_list(cells, source, **settings)
    else:
        counts, what = _read_onehot(cells, profiles, source, **settings)
    return Reading(what, counts, {"shape": shape, **settings})


def _read_class(
    profiles: Sequence[Column], source: str, column: str, positive: str | None = None
) -> tuple[LabelCounts, str]:
    entry = next(entry for entry in profiles if entry.name == column)
    names = [str(value) for value in entry.tally.index]
    if len(names) < 2:
        raise UnreadableLabels(f"Column {column!r} holds fewer than two classes.", "Choose another column.")
    if len(names) > MOST_CLASSES:
        raise UnreadableLabels(
            f"Column {column!r} holds {len(names):,} different values, too many for classes.", "Choose another column."
        )
    if len(names) == 2 and positive is None:
        positive = next((name for name in names if name.lower() in _POSITIVE_NAMES), None)
    counts = LabelCounts.exclusive(
        names, entry.tally.to_numpy(), missing=entry.missing, positive=positive, source=source
    )
    return counts, f"column {column!r}, one of {len(names)} classes per row"


def _read_list(cells: pd.DataFrame, source: str, column: str, separator: str) -> tuple[LabelCounts, str]:
    values = cells[column].str.strip()
    labelled = ~values.str.lower().isin(_MISSING - {""})
    names: Counter[str] = Counter()
    for value, times in values[labelled].value_counts().items():
        for name in {part.strip() for part in str(value).split(separator)} - {""}:
            names[name] += int(times)
    if not names:
        raise UnreadableLabels(f"Column {column!r} holds no labels.", "Choose another column.")
    if len(names) > MOST_CLASSES:
        raise UnreadableLabels(
            f"Column {column!r} holds {len(names):,} different labels, too many.", "Choose another column or separator."
        )
    ordered = names.most_common()
    rows = int(labelled.sum())
    counts = LabelCounts(
        classes=tuple(name for name, _ in ordered),
        positives=np.array([times for _, times in ordered]),
        negatives=np.array([rows - times for _, times in ordered]),
        n_samples=len(values),
        task="multilabel",
        source=source,
    )
    spelled = {" ": "space"}.get(separator, separator)
    return counts, f"column {column!r}, lists of {len(ordered)} labels separated by {spelled}"


def _read_onehot(
    cells: pd.DataFrame, profiles: Sequence[Column], source: str, columns: Sequence[str]
) -> tuple[LabelCounts, str]:
    if len(columns) < 2:
        raise UnreadableLabels("There are fewer than two 0/1 columns.", "Choose the columns that hold the labels.")
    chosen = [entry for entry in profiles if entry.name in set(columns)]
    for entry in chosen:
        if not entry.two_valued:
            odd = next((str(v) for v in entry.tally.index if str(v).lower() not in _YES | _NO), "nothing")
            raise UnreadableLabels(f"Column {entry.name!r} holds {odd!r}, not 0 or 1.", "Leave that column out.")
    positives = np.array([_count(entry, _YES) for entry in chosen])
    negatives = np.array([_count(entry, _NO) for entry in chosen])
    if not any(entry.missing for entry in chosen) and _exclusive(cells, chosen):
        labels = [entry.name for entry in chosen]
        counts = LabelCounts.exclusive(labels, positives, source=source)
        return counts, f"{len(chosen)} 0/1 columns, exactly one of them 1 in each row"
    counts = LabelCounts(
        tuple(entry.name for entry in chosen), positives, negatives, len(cells), "multilabel", source=source
    )
    return counts, f"{len(chosen)} 0/1 columns, {chosen[0].name!r} to {chosen[-1].name!r}, one per label"


def _count(column: Column, wanted: set[str]) -> int:
    return int(sum(times for value, times in column.tally.items() if str(value).lower() in wanted))


def _exclusive(cells: pd.DataFrame, chosen: Sequence[Column]) -> bool:
    ones = np.zeros(len(cells), dtype=np.int64)
    for entry in chosen:
        ones += cells.iloc[:, entry.position].str.strip().str.lower().isin(_YES).to_numpy()
    return bool((ones == 1).all())


def _block(columns: Sequence[Column]) -> list[Column]:
    """The longest run of neighbouring yes/no columns; the later one of two equal runs."""
    best: list[Column] = []
    run: list[Column] = []
    for column in columns:
        run = [*run, column] if column.two_valued else []
        if len(run) >= len(best):
            best = run
    return best


def _separator(column: Column) -> str | None:
    """The separator of a column of lists: its parts recur, and are fewer than the cells."""
    texts = [str(value) for value in column.tally.index[:20_000]]
    if not texts or column.two_valued:
        return None
    for separator in SEPARATORS:
        cut = [text for text in texts if separator in text]
        if len(cut) < max(2, len(texts) // 50):
            continue
        parts = Counter(part.strip() for text in texts for part in text.split(separator))
        parts.pop("", None)
        repeated = sum(1 for times in parts.values() if times > 1)
        short = sum(len(part) <= 40 for part in parts) == len(parts)
        if parts and short and repeated >= 0.5 * len(parts) and len(parts) < len(texts):
            return separator
    return None
