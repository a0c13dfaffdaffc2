"""What was counted of a table under one shape -> the counts of its classes: of classes, 0/1 columns, lists, samples."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from lossviz.counts.label_counts import LabelCounts
from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.limits import MOST_CLASSES
from lossviz.labels.meaning.number_columns import (
    Counted,
    CountTable,
    Scores,
    Votes,
    last_of_two,
    read_counts,
    read_scores,
    read_votes,
)
from lossviz.labels.meaning.tallies import Ballots, Flags, Folders, Lists, Options, Pairs, Values
from lossviz.labels.settings import SETTINGS
from lossviz.labels.tables.columns import MISSING, NO, ONES, UNCERTAIN, YES, ZEROS, Column, is_unselected
from lossviz.labels.tables.names import IGNORED, ids_of, negative_first
from lossviz.labels.values import shown


def _read_class(
    values: Values,
    source: str,
    column: str,
    positive: str | None = None,
    missing: str | None = None,
    left_out: str | None = None,
    as_class: str | None = None,
    names: str | None = None,
) -> Counted:
    entry = values.column()
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
            raise UnreadableLabels(
                f"Column {column!r} does not hold {shown(as_class)}.", "Choose a value that it holds."
            )
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
    if len(classes) > 2 and positive is not None:
        raise UnreadableLabels(
            f"positive={shown(positive)} does nothing for column {column!r}, one of {len(classes)} classes per row.",
            "Leave out that setting.",
        )
    if len(classes) == 2 and positive is None:
        positive = negative_first(classes)[1]
    if positive is not None and positive not in classes:
        raise UnreadableLabels(
            f"The positive class {shown(positive)} is none of {', '.join(map(shown, classes))}.", "Choose one of them."
        )
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
    held = ", ".join(map(repr, list(entry.tally)[:20]))
    raise UnreadableLabels(f"Column {entry.name!r} does not hold left_out={shown(value)}.", f"Choose one of {held}.")


def _read_list(
    lists: Lists, source: str, column: str, separator: str, empty: str | None = None, missing: str | None = None
) -> Counted:
    lists.settle()
    names = Counter(lists.labels)
    names.pop(IGNORED, None)
    if empty is not None:
        names.pop(empty, None)
    if not names:
        raise UnreadableLabels(f"Column {column!r} holds no labels.", "Choose another column.")
    if len(names) > MOST_CLASSES:
        raise UnreadableLabels(
            f"Column {column!r} holds {len(names):,} different labels, too many.", "Choose another column or separator."
        )
    blank = lists.blank if missing == "missing" else 0
    counts = _multilabel(names, lists.rows - lists.missing - blank, lists.rows, source)
    what = f"column {column!r}, lists of {len(names)} labels separated by {SETTINGS['separator'].spelled(separator)}"
    what += ", blank cells left out" if missing == "missing" else ""
    return counts, what + (f", {empty!r} as an empty list" if empty is not None else ""), counts.classes


def _read_tokens(lists: Lists, source: str, column: str, separator: str) -> Counted:
    """Every tag counts, as often as it stands; -100 marks tokens without one."""
    lists.settle()
    names = {name: n for name, n in lists.labels.items() if name != IGNORED}
    ignored = sum(lists.labels.values()) - sum(names.values())
    if not 2 <= len(names) <= MOST_CLASSES:
        raise UnreadableLabels(f"Column {column!r} holds {len(names):,} tags, no set of classes.", "Choose another.")
    positive = negative_first([*names])[1] if len(names) == 2 else None
    made = LabelCounts.exclusive(
        [*names], [*names.values()], missing=ignored, positive=positive, unit="token", source=source
    )
    said = f", {IGNORED} left out" if ignored else ""
    return made, f"column {column!r}, a tag for each token of {lists.rows:,} rows, {len(names)} tags{said}", [*names]


def _multilabel(tally: Mapping[str, int], labelled: int, rows: int, source: str, unit: str = "sample") -> LabelCounts:
    positives = np.array(list(tally.values()))
    return LabelCounts(tuple(tally), positives, labelled - positives, rows, "multilabel", unit, source)


def _read_onehot(
    flags: Flags, source: str, columns: Sequence[str], uncertain: str | None = None, missing: str | None = None
) -> Counted:
    if len(columns) < 2:
        raise UnreadableLabels("There are fewer than two 0/1 columns.", "Choose the columns that hold the labels.")
    chosen = flags.profiles()
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
    if flags.exclusive:
        labels = [entry.name for entry in chosen]
        counts = LabelCounts.exclusive(labels, positives, positive=last_of_two(labels), source=source)
        return counts, f"{len(chosen)} 0/1 columns, exactly one of them 1 in each row", ()
    counts = LabelCounts(
        tuple(entry.name for entry in chosen), positives, negatives, flags.rows, "multilabel", source=source
    )
    what = f"{len(chosen)} 0/1 columns, {chosen[0].name!r} to {chosen[-1].name!r}, one per label"
    what += f", -1 as {uncertain}" if uncertain is not None else ""
    return counts, what + (f", missing as {missing}" if missing is not None else ""), ()


def _count(column: Column, wanted: set[str]) -> int:
    return int(sum(times for value, times in column.tally.items() if value.lower() in wanted))


def _read_grouped(rows: Pairs, source: str, column: str, group_by: str, present: str | None = None) -> Counted:
    pairs = rows.merged()
    units = pairs["unit"].nunique()
    pairs = pairs[~pairs["label"].str.lower().isin(MISSING)]
    what = f"one sample per {group_by!r} ({units:,}), with all labels that {column!r} has for it"
    if present is not None:
        says = pairs["present"].str.lower()
        yes = pairs[says.isin(YES)].drop_duplicates(["unit", "label"])
        no = pairs[says.isin(NO)].drop_duplicates(["unit", "label"])
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
    tally = {str(name): int(times) for name, times in pairs["label"].value_counts(sort=False).items()}
    if len(tally) < 2:
        raise UnreadableLabels(f"Column {column!r} holds fewer than two labels.", "Choose another column.")
    if len(pairs) == pairs["unit"].nunique():
        positive = negative_first([*tally])[1] if len(tally) == 2 else None
        missing = units - len(pairs)
        made = LabelCounts.exclusive([*tally], [*tally.values()], missing=missing, positive=positive, source=source)
        return made, f"one sample per {group_by!r} ({units:,}), whose rows agree in {column!r}", tuple(tally)
    return _multilabel(tally, units, units, source), what, tuple(tally)


def _read_majority(rows: Ballots, source: str, column: str, group_by: str, positive: str | None = None) -> Counted:
    """The label that most rows of a sample bear; samples of which two labels have as many are left out."""
    pairs = rows.merged()
    units = pairs["unit"].nunique()
    pairs = pairs[~pairs["label"].str.lower().isin(MISSING)]
    most = pairs[pairs["times"] == pairs.groupby("unit")["times"].transform("max")]
    clear = most[~most["unit"].duplicated(keep=False)]
    names = [str(name) for name in pairs["label"].unique()]
    if len(names) < 2:
        raise UnreadableLabels(f"Column {column!r} holds fewer than two labels.", "Choose another column.")
    tally = clear["label"].value_counts()
    each = [int(tally.get(name, 0)) for name in names]
    if len(names) == 2 and positive is None:
        positive = negative_first(names)[1]
    made = LabelCounts.exclusive(names, each, missing=units - len(clear), positive=positive, source=source)
    return made, f"one sample per {group_by!r} ({units:,}), the majority of {column!r}; ties left out", tuple(names)


def _read_folder(folders: Folders, source: str, column: str, positive: str | None = None) -> Counted:
    counts, _, names = _read_class(folders, source, column, positive)
    return counts, f"column {column!r}, the folder of each path, one of {counts.n_classes} classes", names


def _read_selected(options: Options, source: str, columns: Sequence[str]) -> Counted:
    """An option that was not chosen is a negative."""
    chosen = [sum(n for word, n in counts.items() if not is_unselected(word)) for counts in options.counts]
    made = LabelCounts(
        tuple(columns), chosen, [options.rows - n for n in chosen], options.rows, "multilabel", source=source
    )
    return made, f"{len(columns)} columns of options, each with its words where it was chosen", ()


class Shape(NamedTuple):
    """How labels of a shape are counted, under which settings, and how they are read from that under which others."""

    tally: Callable[..., Any]
    counted_by: tuple[str, ...]
    read: Callable[..., Counted]
    read_by: tuple[str, ...]


COUNTED: Mapping[str, Shape] = {
    "class": Shape(Values, ("column",), _read_class, ("positive", "missing", "left_out", "as_class", "names")),
    "onehot": Shape(Flags, ("columns",), _read_onehot, ("uncertain", "missing")),
    "list": Shape(Lists, ("column", "separator"), _read_list, ("empty", "missing")),
    "tokens": Shape(partial(Lists, tokens=True), ("column", "separator"), _read_tokens, ()),
    "counts": Shape(CountTable, ("column", "counts"), read_counts, ()),
    "votes": Shape(Votes, ("columns",), read_votes, ()),
    "scores": Shape(Scores, ("columns", "threshold"), read_scores, ()),
    "majority": Shape(Ballots, ("column", "group_by"), _read_majority, ("positive",)),
    "folder": Shape(Folders, ("column",), _read_folder, ("positive",)),
    "selected": Shape(Options, ("columns",), _read_selected, ()),
    "grouped": Shape(Pairs, ("column", "group_by", "present"), _read_grouped, ()),
}
