"""The columns of a table -> readings: classes, 0/1 columns, lists, tables of counts, votes, several rows a sample."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from lossviz.counts.label_counts import LabelCounts
from lossviz.labels.inspection import Reading, UnreadableLabels
from lossviz.labels.meaning.lists import IGNORED, labels_of, separator_of, tags_of
from lossviz.labels.meaning.number_columns import Counted, last_of_two, read_counts, read_scores, read_votes
from lossviz.labels.meaning.ordering import ids_of, negative_first
from lossviz.labels.settings import SETTINGS
from lossviz.labels.tables.columns import MISSING, MOST_CLASSES, NO, ONES, UNCERTAIN, YES, ZEROS, Column


@dataclass(frozen=True, eq=False)
class Whole:
    """What a reading takes of all the rows: of a table at once, or of batches that passed."""

    profiles: Sequence[Column] = ()
    rows: int = 0
    missing: int = 0
    blank: int | None = None
    exclusive: bool = False
    labels: Mapping[str, int] = field(default_factory=dict)
    pairs: pd.DataFrame = field(default_factory=pd.DataFrame)


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
    policy = others.get("missing")
    check_names(columns, {**others, "column": column, "columns": columns_of_labels})
    if shape is None:
        shape = "onehot" if columns_of_labels else "list" if separator else None
    if shape is None and column is not None:
        found = separator_of(by_name[column])
        shape = "list" if found and not by_name[column].two_valued else "class"
    if shape == "scores":
        if not columns_of_labels:
            raise UnreadableLabels("No columns of scores were chosen.", "Choose them.")
        return read_shape(
            shape, cells, columns, source, columns=list(columns_of_labels), threshold=others.get("threshold")
        )
    if shape == "votes":
        if not columns_of_labels:
            raise UnreadableLabels("No columns of votes were chosen.", "Choose them.")
        return read_shape(shape, cells, columns, source, columns=list(columns_of_labels))
    if shape == "onehot":
        names = list(columns_of_labels or [entry.name for entry in columns if entry.two_valued or entry.marks])
        return read_shape(
            shape, cells, columns, source, columns=names, uncertain=others.get("uncertain"), missing=policy
        )
    if column is None:
        raise UnreadableLabels("No label column was chosen.", "Choose the column that holds the labels.")
    if shape == "tokens":
        found = separator or separator_of(by_name[column]) or " "
        return read_shape(shape, cells, columns, source, column=column, separator=found)
    if shape == "list":
        found = separator or separator_of(by_name[column]) or "|"
        return read_shape(
            "list", cells, columns, source, column=column, separator=found, empty=others.get("empty"), missing=policy
        )
    if shape == "counts":
        return read_shape("counts", cells, columns, source, column=column, counts=others.get("counts"))
    if shape == "grouped":
        if others.get("group_by") is None:
            raise UnreadableLabels("No column of samples was chosen.", "Choose the column that names a row's sample.")
        return read_shape(
            "grouped", cells, columns, source, column=column, group_by=others["group_by"], present=others.get("present")
        )
    return read_shape(
        "class",
        cells,
        columns,
        source,
        column=column,
        **{key: others.get(key) for key in ("positive", "missing", "left_out", "as_class", "names")},
    )


def check_names(columns: Sequence[Column], settings: Mapping[str, Any]) -> None:
    """Raise UnreadableLabels where a setting names a column that there is not."""
    known = [column.name for column in columns]
    for key in ("column", "columns", "counts", "group_by", "present"):
        value = settings.get(key)
        for name in value if isinstance(value, list | tuple) else (value,):
            if name is not None and name not in known:
                raise UnreadableLabels(
                    f"There is no column {name!r}, which {key}= names.", f"Choose one of {', '.join(known[:20])}."
                )


def read_shape(shape: str, cells: pd.DataFrame, profiles: Sequence[Column], source: str, **settings: Any) -> Reading:
    """The reading of one shape, all of whose settings are given."""
    settings = {key: value for key, value in settings.items() if value is not None}
    appeared: Sequence[str] = ()
    if shape == "counts":
        counts, what, appeared = read_counts(cells, source, **settings)
    elif shape == "votes":
        counts, what, appeared = read_votes(cells, source, **settings)
    elif shape == "scores":
        counts, what, appeared = read_scores(cells, source, **settings)
    else:
        whole = _whole(shape, cells, profiles, **settings)
        return read_whole(whole, source, {"shape": shape, **settings})
    return Reading(what, counts, {"shape": shape, **settings}, tuple(appeared))


def read_whole(whole: Whole, source: str, settings: Mapping[str, Any]) -> Reading:
    """The reading of classes, 0/1 columns, lists or grouped rows that `settings` ask for."""
    named = (
        "column",
        "columns",
        "separator",
        "group_by",
        "positive",
        "empty",
        "uncertain",
        "missing",
        "left_out",
        "as_class",
        "names",
        "present",
    )
    own = {key: settings[key] for key in named if settings.get(key) is not None}
    counts, what, appeared = _WHOLE[settings["shape"]](whole, source, **own)
    return Reading(what, counts, settings, tuple(appeared))


def _whole(shape: str, cells: pd.DataFrame, profiles: Sequence[Column], **settings: Any) -> Whole:
    """What a table that is in memory holds for a reading of `shape`."""
    if shape in ("list", "tokens"):
        cut = tags_of if shape == "tokens" else labels_of
        values = cells[settings["column"]].str.strip()
        labelled = ~values.str.lower().isin(MISSING - {""})
        names: Counter[str] = Counter()
        for value, times in values[labelled].value_counts(sort=False).items():
            for name in cut(str(value), settings["separator"]) or ():
                names[name] += int(times)
        return Whole(labels=names, rows=len(values), missing=int((~labelled).sum()), blank=int((values == "").sum()))
    if shape == "grouped":
        pairs = {"unit": cells[settings["group_by"]].str.strip(), "label": cells[settings["column"]].str.strip()}
        if settings.get("present") is not None:
            pairs["present"] = cells[settings["present"]].str.strip().str.lower()
        return Whole(pairs=pd.DataFrame(pairs))
    if shape == "onehot":
        by_name = {entry.name: entry for entry in profiles}
        chosen = [by_name[name] for name in settings["columns"]]
        plain = not any(entry.doubts or entry.missing for entry in chosen)
        return Whole(profiles=chosen, rows=len(cells), exclusive=plain and _exclusive(cells, chosen))
    return Whole(profiles=profiles, rows=len(cells))


def _read_class(
    whole: Whole,
    source: str,
    column: str,
    positive: str | None = None,
    missing: str | None = None,
    left_out: str | None = None,
    as_class: str | None = None,
    names: str | None = None,
) -> Counted:
    entry = next(entry for entry in whole.profiles if entry.name == column)
    tally = {value: entry.tally[value] for value in entry.appeared or entry.tally}
    absent = entry.missing
    what = ""
    if left_out is not None:
        left_out = _held(left_out, tally, entry)
        absent += tally.pop(left_out, 0)
        what = f", {left_out!r} left out"
    elif IGNORED in tally and ids_of([name for name in tally if name != IGNORED]):
        absent += tally.pop(IGNORED)
        what = f", {IGNORED} left out"
    if as_class is not None:
        if as_class not in entry.marked:
            raise UnreadableLabels(f"Column {column!r} does not hold {as_class!r}.", "Choose a value that it holds.")
        tally[as_class] = entry.marked[as_class]
        absent -= entry.marked[as_class]
        what = f", {as_class!r} as a class"
    if names is not None:
        spelled = [re.sub(r"(?<=\d)\.0+$", "", name) for name in tally]
        if names != "whole" or len(set(spelled)) < len(tally):
            raise UnreadableLabels("The names cannot be written as whole numbers.", "Leave out the setting names.")
        tally = dict(zip(spelled, tally.values(), strict=True))
    classes = list(tally)
    if not classes:
        raise UnreadableLabels(f"Column {column!r} holds no labels.", "Choose another column.")
    if len(classes) > MOST_CLASSES:
        raise UnreadableLabels(
            f"Column {column!r} holds {len(classes):,} different values, too many for classes.",
            "Choose another column.",
        )
    if len(classes) == 2 and positive is None:
        positive = negative_first(classes)[1]
    unit = "token" if entry.tags else "sample"
    counts = LabelCounts.exclusive(
        classes, list(tally.values()), missing=absent, positive=positive, unit=unit, source=source
    )
    if missing in ("negative", "positive"):
        if len(classes) != 2:
            raise UnreadableLabels("Only one of two classes can be taken for missing labels.", "Leave them out.")
        each = counts.positives + np.array([absent, 0] if missing == "negative" else [0, absent])
        counts = LabelCounts.exclusive(counts.classes, each, positive=counts.classes[1], source=source)
        what += f", missing as {missing}"
    return counts, f"column {column!r}, one of {len(classes)} classes per row{what}", classes


def _held(value: str, tally: Mapping[str, int], entry: Column) -> str:
    """The value as the column spells it, -1 as -1.0; UnreadableLabels where it does not hold it."""
    if value in tally or value in entry.marked:
        return value
    ids = [name for name in tally if ids_of([name]) and ids_of([name, value]) is None and ids_of([value])]
    if ids:
        return ids[0]
    shown = ", ".join(map(repr, list(entry.tally)[:20]))
    raise UnreadableLabels(f"Column {entry.name!r} does not hold left_out={value!r}.", f"Choose one of {shown}.")


def _read_list(
    whole: Whole, source: str, column: str, separator: str, empty: str | None = None, missing: str | None = None
) -> Counted:
    names = Counter(whole.labels)
    names.pop(IGNORED, None)
    if empty is not None:
        names.pop(empty, None)
    if not names:
        raise UnreadableLabels(f"Column {column!r} holds no labels.", "Choose another column.")
    if len(names) > MOST_CLASSES:
        raise UnreadableLabels(
            f"Column {column!r} holds {len(names):,} different labels, too many.", "Choose another column or separator."
        )
    if missing is not None and whole.blank is None:
        raise UnreadableLabels("In a table this large a blank cell is an empty list.", "Leave out the setting missing.")
    blank = whole.blank or 0 if missing == "missing" else 0
    counts = _multilabel(names, whole.rows - whole.missing - blank, whole.rows, source)
    what = f"column {column!r}, lists of {len(names)} labels separated by {SETTINGS['separator'].spelled(separator)}"
    what += ", blank cells left out" if missing == "missing" else ""
    return counts, what + (f", {empty!r} as an empty list" if empty is not None else ""), counts.classes


def _read_tokens(whole: Whole, source: str, column: str, separator: str) -> Counted:
    """Every tag counts, as often as it stands; -100 marks tokens without one."""
    names = {name: n for name, n in whole.labels.items() if name != IGNORED}
    ignored = sum(whole.labels.values()) - sum(names.values())
    if not 2 <= len(names) <= MOST_CLASSES:
        raise UnreadableLabels(f"Column {column!r} holds {len(names):,} tags, no set of classes.", "Choose another.")
    positive = negative_first([*names])[1] if len(names) == 2 else None
    made = LabelCounts.exclusive(
        [*names], [*names.values()], missing=ignored, positive=positive, unit="token", source=source
    )
    said = f", {IGNORED} left out" if ignored else ""
    return made, f"column {column!r}, a tag for each token of {whole.rows:,} rows, {len(names)} tags{said}", [*names]


def _multilabel(tally: Mapping[str, int], labelled: int, rows: int, source: str, unit: str = "sample") -> LabelCounts:
    positives = np.array(list(tally.values()))
    return LabelCounts(tuple(tally), positives, labelled - positives, rows, "multilabel", unit, source)


def _read_onehot(
    whole: Whole, source: str, columns: Sequence[str], uncertain: str | None = None, missing: str | None = None
) -> Counted:
    if len(columns) < 2:
        raise UnreadableLabels("There are fewer than two 0/1 columns.", "Choose the columns that hold the labels.")
    chosen = whole.profiles
    for entry in chosen:
        if not (entry.two_valued or entry.marks or entry.missing == entry.rows):
            odd = next((v for v in entry.tally if v.lower() not in YES | NO), "nothing")
            raise UnreadableLabels(f"Column {entry.name!r} holds {odd!r}, not 0 or 1.", "Leave that column out.")
    doubtful = any(entry.doubts for entry in chosen)
    ones = ONES | (UNCERTAIN if uncertain == "positive" else set()) if doubtful else YES
    zeros = ZEROS | (UNCERTAIN if uncertain == "negative" else set()) if doubtful else NO
    positives = np.array([_count(entry, ones) for entry in chosen])
    negatives = np.array([_count(entry, zeros) for entry in chosen])
    if missing in ("negative", "positive"):
        absent = np.array([entry.missing for entry in chosen])
        positives, negatives = (
            positives + absent * (missing == "positive"),
            negatives + absent * (missing == "negative"),
        )
    if whole.exclusive:
        labels = [entry.name for entry in chosen]
        counts = LabelCounts.exclusive(labels, positives, positive=last_of_two(labels), source=source)
        return counts, f"{len(chosen)} 0/1 columns, exactly one of them 1 in each row", ()
    counts = LabelCounts(
        tuple(entry.name for entry in chosen), positives, negatives, whole.rows, "multilabel", source=source
    )
    what = f"{len(chosen)} 0/1 columns, {chosen[0].name!r} to {chosen[-1].name!r}, one per label"
    what += f", -1 as {uncertain}" if uncertain is not None else ""
    return counts, what + (f", missing as {missing}" if missing is not None else ""), ()


def _count(column: Column, wanted: set[str]) -> int:
    return int(sum(times for value, times in column.tally.items() if value.lower() in wanted))


def _exclusive(cells: pd.DataFrame, chosen: Sequence[Column]) -> bool:
    ones = np.zeros(len(cells), dtype=np.int64)
    for entry in chosen:
        values = cells.iloc[:, entry.position].tolist()
        yes = {value for value in set(values) if value.strip().lower() in YES}
        ones += np.fromiter((value in yes for value in values), dtype=bool, count=len(values))
        if ones.max(initial=0) > 1:
            return False
    return bool((ones == 1).all())


def _read_grouped(
    whole: Whole, source: str, column: str, group_by: str | None = None, present: str | None = None
) -> Counted:
    pairs = whole.pairs
    units = pairs["unit"].nunique()
    pairs = pairs[~pairs["label"].str.lower().isin(MISSING)]
    what = f"one sample per {group_by!r} ({units:,}), with all labels that {column!r} has for it"
    if present is not None:
        if "present" not in pairs:
            raise UnreadableLabels("A table this large is not read with present.", "Leave out that setting.")
        yes = pairs[pairs["present"].isin(YES)].drop_duplicates(["unit", "label"])
        no = pairs[pairs["present"].isin(NO)].drop_duplicates(["unit", "label"])
        no = no[~pd.MultiIndex.from_frame(no[["unit", "label"]]).isin(pd.MultiIndex.from_frame(yes[["unit", "label"]]))]
        positives, negatives = yes["label"].value_counts(), no["label"].value_counts()
        names = [str(name) for name in pairs["label"].unique()]
        made = LabelCounts(
            tuple(names),
            [int(positives.get(name, 0)) for name in names],
            [int(negatives.get(name, 0)) for name in names],
            units,
            "multilabel",
            source=source,
        )
        return made, what + f" and {present!r} confirms", tuple(names)
    pairs = pairs.drop_duplicates()
    tally = {str(name): int(times) for name, times in pairs["label"].value_counts(sort=False).items()}
    if len(tally) < 2:
        raise UnreadableLabels(f"Column {column!r} holds fewer than two labels.", "Choose another column.")
    if len(pairs) == pairs["unit"].nunique():
        positive = negative_first([*tally])[1] if len(tally) == 2 else None
        missing = units - len(pairs)
        made = LabelCounts.exclusive([*tally], [*tally.values()], missing=missing, positive=positive, source=source)
        return made, f"one sample per {group_by!r} ({units:,}), whose rows agree in {column!r}", tuple(tally)
    return _multilabel(tally, units, units, source), what, tuple(tally)


_WHOLE: dict[str, Callable[..., Counted]] = {
    "class": _read_class,
    "onehot": _read_onehot,
    "list": _read_list,
    "tokens": _read_tokens,
    "grouped": _read_grouped,
}
