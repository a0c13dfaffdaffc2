"""The columns of a table -> readings: classes, 0/1 columns, lists, tables of counts, votes, several rows a sample."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from lossviz.counts import LabelCounts
from lossviz.labels.columns import MISSING, MOST_CLASSES, NO, ONES, POSITIVE_NAMES, UNCERTAIN, YES, ZEROS, Column
from lossviz.labels.inspection import Reading, UnreadableLabels
from lossviz.labels.lists import SEPARATORS, SPELLED, labels_of, nothing_in, separator_of

SHAPES = {
    "class": "one class per row",
    "onehot": "one 0/1 column per label",
    "list": "a list of labels per row",
    "counts": "one class and its count per row",
    "votes": "one column of votes per class",
    "grouped": "several rows per sample",
}
POLICIES = ("missing", "negative", "positive")
_COUNT_NAME = re.compile(
    r"^(n|nr|num|no|total|support|size|counts?|freq|frequency|frequencies|occurrences?|samples?|instances?|images?|rows)$"
    r"|(^|[_ ])(counts?|num(ber)?|samples|instances|images|total|freq(uency)?)($|[_ ])",
    re.IGNORECASE,
)
_UNIT_NAME = re.compile(r"image|img|file|path|photo|patient|subject|study|document|doc|video|frame|(^|_)id$|uid", re.I)

Judged = list[tuple[float, Reading]]


@dataclass(frozen=True, eq=False)
class Whole:
    """What a reading takes of all the rows: of a table at once, or of batches that passed."""

    profiles: Sequence[Column] = ()
    rows: int = 0
    missing: int = 0
    exclusive: bool = False
    labels: Mapping[str, int] = field(default_factory=dict)
    pairs: pd.DataFrame = field(default_factory=pd.DataFrame)


def readings(cells: pd.DataFrame, columns: Sequence[Column], source: str) -> Judged:
    """All plausible readings with their scores, the best first."""
    counted = _count_table(columns)
    if counted is not None and counted[0] >= 6:
        _, label, count = counted
        return [(counted[0], _read("counts", cells, columns, source, column=label.name, counts=count.name))]
    found: Judged = []
    block = _block(columns)
    # A column of a block stands on its own only if its name alone says that it is the label.
    named = [column.position for column in block if column.named_as_label]
    parts = {column.position for column in block if len(block) >= 2 and [column.position] != named}
    for column in columns:
        if column.position not in parts:
            found += _of_column(column, cells, columns, source)
    if len(block) >= 2:
        found += _of_block(block, len(named), cells, columns, source)
    votes = _votes(columns, cells)
    if votes:
        names = [column.name for column in votes]
        found.append((3.5, _read("votes", cells, columns, source, columns=names)))
    if counted is not None:
        score, label, count = counted
        found.append((score, _read("counts", cells, columns, source, column=label.name, counts=count.name)))
    return sorted(found, key=lambda item: -item[0])


def _of_column(column: Column, cells: pd.DataFrame, columns: Sequence[Column], source: str) -> Judged:
    near_end = 0.5 if column.position == len(columns) - 1 else 0.0
    separator = separator_of(column)
    if separator is not None:
        score = 1.5 + 3.0 * column.named_as_label + near_end + (separator in ("[]", "<>", "|"))
        reading = _read("list", cells, columns, source, column=column.name, separator=separator)
        found = [(score, reading)]
        nothing = _nothing(cells, column.name, separator)
        if nothing is not None:
            less = _read("list", cells, columns, source, column=column.name, separator=separator, empty=nothing)
            found.append((score - 0.25, less))
        return found
    if not column.classes:
        return []
    few = 0.5 if len(column.tally) <= 50 else 0.0
    score = 1.0 + 3.0 * column.named_as_label + near_end + few
    found = [(score, _read("class", cells, columns, source, column=column.name))]
    unit = _unit(cells, columns, column)
    if unit is not None:
        found.append((score - 0.25, _read("grouped", cells, columns, source, column=column.name, unit=unit)))
    return found


def _of_block(
    block: Sequence[Column], named: int, cells: pd.DataFrame, columns: Sequence[Column], source: str
) -> Judged:
    names = [column.name for column in block]
    last = block[-1].position == len(columns) - 1
    score = 2.5 + min(len(block), 10) / 5 + (0.5 if last else 0.0) + (named > 1)
    if not any(column.doubts for column in block):
        return [(score, _read("onehot", cells, columns, source, columns=names))]
    return [
        (score - 0.1 * k, _read("onehot", cells, columns, source, columns=names, uncertain=policy))
        for k, policy in enumerate(POLICIES)
    ]


def read(
    cells: pd.DataFrame,
    columns: Sequence[Column],
    source: str,
    *,
    shape: str | None = None,
    column: str | None = None,
    columns_of_labels: Sequence[str] | None = None,
    separator: str | None = None,
    **others: Any,
) -> Reading:
    """The reading that the settings ask for; what they leave open follows from the column."""
    by_name = {entry.name: entry for entry in columns}
    named = [*(columns_of_labels or ()), *(name for name in (column, others.get("counts"), others.get("unit")) if name)]
    for name in named:
        if name not in by_name:
            raise UnreadableLabels(f"There is no column {name!r}.", f"Choose one of {', '.join(list(by_name)[:20])}.")
    if shape is None:
        shape = "onehot" if columns_of_labels else "list" if separator else None
    if shape is None and column is not None:
        found = separator_of(by_name[column])
        shape = "list" if found and not by_name[column].two_valued else "class"
    if shape in ("onehot", "votes"):
        names = list(columns_of_labels or [entry.name for entry in _block(columns)])
        return _read(shape, cells, columns, source, columns=names, uncertain=others.get("uncertain"))
    if column is None:
        raise UnreadableLabels("No label column was chosen.", "Choose the column that holds the labels.")
    if shape == "list":
        found = separator or separator_of(by_name[column]) or SEPARATORS[0]
        return _read("list", cells, columns, source, column=column, separator=found, empty=others.get("empty"))
    if shape == "counts":
        return _read("counts", cells, columns, source, column=column, counts=others.get("counts"))
    if shape == "grouped":
        if others.get("unit") is None:
            raise UnreadableLabels("No column of samples was chosen.", "Choose the column that names a row's sample.")
        return _read("grouped", cells, columns, source, column=column, unit=others["unit"])
    return _read("class", cells, columns, source, column=column, positive=others.get("positive"))


def _read(shape: str, cells: pd.DataFrame, profiles: Sequence[Column], source: str, **settings: Any) -> Reading:
    settings = {key: value for key, value in settings.items() if value is not None}
    if shape == "counts":
        counts, what = _read_counts(cells, source, **settings)
    elif shape == "votes":
        counts, what = _read_votes(cells, source, **settings)
    else:
        whole = _whole(shape, cells, profiles, **settings)
        return read_whole(whole, source, {"shape": shape, **settings})
    return Reading(what, counts, {"shape": shape, **settings})


def read_whole(whole: Whole, source: str, settings: Mapping[str, Any]) -> Reading:
    """The reading of classes, 0/1 columns, lists or grouped rows that `settings` ask for."""
    named = ("column", "columns", "separator", "unit", "positive", "empty", "uncertain")
    own = {key: settings[key] for key in named if settings.get(key) is not None}
    counts, what = _WHOLE[settings["shape"]](whole, source, **own)
    return Reading(what, counts, settings)


def _whole(shape: str, cells: pd.DataFrame, profiles: Sequence[Column], **settings: Any) -> Whole:
    """What a table that is in memory holds for a reading of `shape`."""
    if shape == "list":
        values = cells[settings["column"]].str.strip()
        labelled = ~values.str.lower().isin(MISSING - {""})
        names: Counter[str] = Counter()
        for value, times in values[labelled].value_counts().items():
            for name in labels_of(str(value), settings["separator"]) or ():
                names[name] += int(times)
        return Whole(labels=names, rows=len(values), missing=int((~labelled).sum()))
    if shape == "grouped":
        pairs = {"unit": cells[settings["unit"]].str.strip(), "label": cells[settings["column"]].str.strip()}
        return Whole(pairs=pd.DataFrame(pairs))
    if shape == "onehot":
        chosen = [entry for entry in profiles if entry.name in set(settings["columns"])]
        plain = not any(entry.doubts or entry.missing for entry in chosen)
        return Whole(profiles=chosen, rows=len(cells), exclusive=plain and _exclusive(cells, chosen))
    return Whole(profiles=profiles, rows=len(cells))


def _read_class(whole: Whole, source: str, column: str, positive: str | None = None) -> tuple[LabelCounts, str]:
    entry = next(entry for entry in whole.profiles if entry.name == column)
    names = [str(value) for value in entry.tally.index]
    if len(names) < 2:
        raise UnreadableLabels(f"Column {column!r} holds fewer than two classes.", "Choose another column.")
    if len(names) > MOST_CLASSES:
        raise UnreadableLabels(
            f"Column {column!r} holds {len(names):,} different values, too many for classes.", "Choose another column."
        )
    if len(names) == 2 and positive is None:
        positive = next((name for name in names if name.lower() in POSITIVE_NAMES), None)
    counts = LabelCounts.exclusive(
        names, entry.tally.to_numpy(), missing=entry.missing, positive=positive, source=source
    )
    return counts, f"column {column!r}, one of {len(names)} classes per row"


def _read_list(
    whole: Whole, source: str, column: str, separator: str, empty: str | None = None
) -> tuple[LabelCounts, str]:
    names = Counter(whole.labels)
    if empty is not None:
        names.pop(empty, None)
    if not names:
        raise UnreadableLabels(f"Column {column!r} holds no labels.", "Choose another column.")
    if len(names) > MOST_CLASSES:
        raise UnreadableLabels(
            f"Column {column!r} holds {len(names):,} different labels, too many.", "Choose another column or separator."
        )
    counts = _multilabel(dict(names.most_common()), whole.rows - whole.missing, whole.rows, source)
    what = f"column {column!r}, lists of {len(names)} labels separated by {SPELLED.get(separator, separator)}"
    return counts, what + (f", {empty!r} as an empty list" if empty is not None else "")


def _multilabel(tally: dict[str, int], labelled: int, rows: int, source: str, unit: str = "sample") -> LabelCounts:
    positives = np.array(list(tally.values()))
    return LabelCounts(tuple(tally), positives, labelled - positives, rows, "multilabel", unit, source)


def _nothing(cells: pd.DataFrame, column: str, separator: str) -> str | None:
    tally: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    for value, times in cells[column].str.strip().value_counts().items():
        labels = labels_of(str(value), separator) or []
        tally.update(dict.fromkeys(labels, int(times)))
        if len(labels) == 1:
            alone[labels[0]] += int(times)
    return nothing_in(tally, alone) if len(tally) > 2 else None


def _read_onehot(
    whole: Whole, source: str, columns: Sequence[str], uncertain: str | None = None
) -> tuple[LabelCounts, str]:
    if len(columns) < 2:
        raise UnreadableLabels("There are fewer than two 0/1 columns.", "Choose the columns that hold the labels.")
    chosen = whole.profiles
    for entry in chosen:
        if not (entry.two_valued or entry.marks):
            odd = next((str(v) for v in entry.tally.index if str(v).lower() not in YES | NO), "nothing")
            raise UnreadableLabels(f"Column {entry.name!r} holds {odd!r}, not 0 or 1.", "Leave that column out.")
    if uncertain is not None and uncertain not in POLICIES:
        raise UnreadableLabels(f"Uncertain labels cannot be {uncertain!r}.", f"Choose {', '.join(POLICIES)}.")
    doubtful = any(entry.doubts for entry in chosen)
    ones = ONES | (UNCERTAIN if uncertain == "positive" else set()) if doubtful else YES
    zeros = ZEROS | (UNCERTAIN if uncertain == "negative" else set()) if doubtful else NO
    positives = np.array([_count(entry, ones) for entry in chosen])
    negatives = np.array([_count(entry, zeros) for entry in chosen])
    if whole.exclusive:
        labels = [entry.name for entry in chosen]
        counts = LabelCounts.exclusive(labels, positives, source=source)
        return counts, f"{len(chosen)} 0/1 columns, exactly one of them 1 in each row"
    counts = LabelCounts(
        tuple(entry.name for entry in chosen), positives, negatives, whole.rows, "multilabel", source=source
    )
    what = f"{len(chosen)} 0/1 columns, {chosen[0].name!r} to {chosen[-1].name!r}, one per label"
    return counts, what + (f", -1 as {uncertain}" if uncertain is not None else "")


def _count(column: Column, wanted: set[str]) -> int:
    return int(sum(times for value, times in column.tally.items() if str(value).lower() in wanted))


def _exclusive(cells: pd.DataFrame, chosen: Sequence[Column]) -> bool:
    ones = np.zeros(len(cells), dtype=np.int64)
    for entry in chosen:
        values = cells.iloc[:, entry.position].tolist()
        yes = {value for value in set(values) if value.strip().lower() in YES}
        ones += np.fromiter((value in yes for value in values), dtype=bool, count=len(values))
        if ones.max(initial=0) > 1:
            return False
    return bool((ones == 1).all())


def _block(columns: Sequence[Column]) -> list[Column]:
    """The longest run of neighbouring 0/1 columns, some of which may know -1; the later of two equal runs."""
    best: list[Column] = []
    run: list[Column] = []
    for column in columns:
        run = [*run, column] if column.two_valued or column.marks else []
        if len(run) >= len(best):
            best = run
    return best if any(column.two_valued for column in best) or len(best) >= 3 else []


def _count_table(columns: Sequence[Column]) -> tuple[float, Column, Column] | None:
    """A table whose rows are classes: names that never repeat beside whole numbers called counts."""
    rows = columns[0].rows if columns else 0
    if not 2 <= rows <= 20_000 or len(columns) > 8:
        return None
    numbers = [column for column in columns if column.whole and not column.missing]
    named = [column for column in numbers if _COUNT_NAME.search(column.name)]
    texts = [column for column in columns if column.distinct and column not in named]
    texts = [column for column in texts if not column.whole] or texts
    if not texts:
        return None
    if named:
        label = next((column for column in texts if column.named_as_label), texts[0])
        return 6.0, label, named[0]
    if len(columns) == 2 and numbers and numbers[-1] is columns[1] and not texts[0].whole and rows <= 1000:
        return 3.0, texts[0], numbers[-1]
    return None


def _read_counts(cells: pd.DataFrame, source: str, column: str, counts: str | None = None) -> tuple[LabelCounts, str]:
    if counts is None:
        raise UnreadableLabels("No column of counts was chosen.", "Choose the column that holds the counts.")
    kept = cells[~cells[column].str.strip().str.lower().isin({"total", "sum", "all", ""})]
    try:
        numbers = [int(float(cell)) for cell in kept[counts]]
    except ValueError as error:
        raise UnreadableLabels(f"Column {counts!r} holds {str(error)[-40:]}, no count.", "Choose another.") from error
    names = kept[column].str.strip().tolist()
    if len(set(names)) < len(names):
        raise UnreadableLabels(f"Column {column!r} names a class twice.", "Choose another column.")
    made = LabelCounts.exclusive(names, numbers, source=source)
    return made, f"a table of counts: {len(names)} classes in {column!r}, counts in {counts!r}"


def _votes(columns: Sequence[Column], cells: pd.DataFrame) -> list[Column]:
    """Neighbouring columns of whole numbers with one sum in every row: votes for classes."""
    run: list[Column] = []
    for column in [*columns, None]:
        if column is not None and column.whole and not column.missing and not column.distinct:
            run.append(column)
            continue
        if len(run) >= 3 and not all(entry.two_valued for entry in run):
            sums = sum(cells.iloc[:, entry.position].astype(float) for entry in run)
            if len(set(sums)) == 1:  # type: ignore[arg-type]
                return run
        run = []
    return []


def _read_votes(cells: pd.DataFrame, source: str, columns: Sequence[str]) -> tuple[LabelCounts, str]:
    votes = cells[list(columns)].astype(float).to_numpy()
    top = votes == votes.max(axis=1, keepdims=True)
    clear = top.sum(axis=1) == 1
    counts = (top & clear[:, None]).sum(axis=0)
    made = LabelCounts.exclusive(list(columns), counts, missing=int((~clear).sum()), source=source)
    return made, f"votes for {len(columns)} classes, the majority's in each row; ties left out"


def _unit(cells: pd.DataFrame, columns: Sequence[Column], label: Column) -> str | None:
    """The column of samples that stand on several rows with different labels, if there is one."""
    for column in columns:
        repeats = 1 < len(column.tally) < column.rows - column.missing
        if (
            column is label
            or not repeats
            or not _UNIT_NAME.search(column.name)
            or column.tally.iloc[0] > column.rows / 2
        ):
            continue
        if len(column.tally) <= len(label.tally):
            continue
        pairs = pd.DataFrame({"unit": cells.iloc[:, column.position], "label": cells.iloc[:, label.position]})
        if bool((pairs.drop_duplicates().groupby("unit").size() > 1).any()):
            return column.name
    return None


def _read_grouped(whole: Whole, source: str, column: str, unit: str | None = None) -> tuple[LabelCounts, str]:
    pairs = whole.pairs
    units = pairs["unit"].nunique()
    pairs = pairs[~pairs["label"].str.lower().isin(MISSING)].drop_duplicates()
    tally = pairs["label"].value_counts()
    if len(tally) < 2:
        raise UnreadableLabels(f"Column {column!r} holds fewer than two labels.", "Choose another column.")
    made = _multilabel({str(name): int(times) for name, times in tally.items()}, units, units, source)
    return made, f"one sample per {unit!r} ({units:,}), with all labels that {column!r} has for it"


_WHOLE: dict[str, Callable[..., tuple[LabelCounts, str]]] = {
    "class": _read_class,
    "onehot": _read_onehot,
    "list": _read_list,
    "grouped": _read_grouped,
}
