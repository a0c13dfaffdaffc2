"""The columns of a table -> all readings that they allow, with a score for how plausible each is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from lossviz.counts.revision import POLICIES
from lossviz.labels.inspection import Reading, UnreadableLabels
from lossviz.labels.meaning.lists import labels_of, nothing_in, recurring, separator_of
from lossviz.labels.meaning.number_columns import TOTALS
from lossviz.labels.meaning.shapes import check_names, read, read_shape
from lossviz.labels.tables.columns import Column
from lossviz.labels.words import BRACKETS, TAGS

_COUNT_NAME = re.compile(
    r"^(n|nr|num|no|total|support|size|counts?|freq|frequency|frequencies|occurrences?|samples?|instances?|images?|rows|train)$"
    r"|(^|[_ ])(counts?|num(ber)?|samples|instances|images|total|freq(uency)?)($|[_ ])",
    re.IGNORECASE,
)
_UNIT_NAME = re.compile(
    r"image|img|file|path|photo|patient|subject|study|lesion|document|doc|video|frame|(^|_)id$|uid|[a-z]ID$",
    re.IGNORECASE,
)
_WORDS = re.compile(
    r"^(tokens?|words?|text|sentences?|input_ids|attention_mask|token_type_ids|special_tokens_mask)$", re.IGNORECASE
)
_PRESENT_NAME = re.compile(r"confidence|present|value|verified|is_?true|positive", re.IGNORECASE)
_LONGEST_CLASS = 60
# Of more columns than these those are judged whose names say that they are labels, and the first.
MOST_ALONE = 1_000

_PRESENT = "present"
# The settings that choose a reading of columns, and what they are called there.
_OWN = {
    "column",
    "columns",
    "shape",
    "separator",
    "group_by",
    "present",
    "counts",
    "left_out",
    "as_class",
    "names",
    "uncertain",
}
_READ_AS = {"columns": "columns_of_labels"}

Judged = list[tuple[float, Reading]]


def readings(
    cells: pd.DataFrame, columns: Sequence[Column], source: str, wanted: Mapping[str, Any] = MappingProxyType({})
) -> Judged:
    """All plausible readings with their scores, the best first; those of the column or columns that are wanted."""
    found: Judged = []

    def add(score: float, shape: str, **settings: Any) -> None:
        try:
            found.append((score, read_shape(shape, cells, columns, source, **settings)))
        except UnreadableLabels:
            return

    check_names(columns, wanted)
    if wanted.get("column") is not None:
        _of_named(wanted, cells, columns, add)
        found = [each for each in found if each[1].settings.get("column") == wanted["column"]]
    elif wanted.get("columns") is not None:
        by_name = {column.name: column for column in columns}
        _of_chosen([by_name[name] for name in wanted["columns"]], cells, add)
    else:
        _of_all(cells, columns, add, lone=says_classes(wanted))
        for column in () if found else columns:
            # Nothing looks like labels; numbers that recur may be ids of many classes.
            if column.whole and 2 <= len(column.tally) <= (column.rows - column.missing) // 3:
                add(0.9, "class", column=column.name)
    if not found and (wanted.get("column") is not None or wanted.get("columns") is not None):
        found = [
            (1.0, read(cells, columns, source, **{_READ_AS.get(key, key): wanted[key] for key in _OWN & {*wanted}}))
        ]
    found.sort(key=lambda item: -item[0])
    _of_units(found, cells, columns, add)
    if (
        wanted.get("column") is not None
        and "group_by" not in wanted
        and not any(_PRESENT in r.settings for _, r in found)
    ):
        # Whoever names the column means that rows are samples.
        found = [each for each in found if each[1].settings["shape"] != "grouped"] or found
    return sorted(found, key=lambda item: -item[0])


def says_classes(wanted: Mapping[str, Any]) -> bool:
    """Whether someone says which outputs there are, so that a column may hold one class of them."""
    return wanted.get("outputs") is not None or isinstance(wanted.get("order"), tuple)


def _of_named(wanted: Mapping[str, Any], cells: pd.DataFrame, columns: Sequence[Column], add: Any) -> None:
    """The readings of one column, whatever it looks like."""
    column = next(column for column in columns if column.name == wanted["column"])
    _of_column(column, cells, [column], add, weak=False, headless=False, named=True)
    _of_counts(columns, add)


def _of_chosen(chosen: Sequence[Column], cells: pd.DataFrame, add: Any) -> None:
    """The readings of several columns, in the order given."""
    if all(column.two_valued or column.marks or column.missing == column.rows for column in chosen):
        _of_block(chosen, chosen, add)
    for names in _votes(chosen, cells):
        if len(names) == len(chosen):
            add(3.5, "votes", columns=names)
    _of_scores(chosen, cells, add)


def _of_all(cells: pd.DataFrame, columns: Sequence[Column], add: Any, *, lone: bool) -> None:
    blocks = _blocks(columns)
    headless = all(re.fullmatch(r"column \d+", column.name) for column in columns)
    in_block = {column.position: block for block in blocks for column in block}
    # A column of a large block stands on its own only if its name says that it is the label.
    alone = [column for column in columns if len(in_block.get(column.position, [])) <= 3 or column.label_itself]
    if len(alone) > MOST_ALONE:
        alone = sorted(alone, key=lambda column: -column.label_itself - column.named_as_label)[:MOST_ALONE]
    for column in alone:
        weak = len(in_block.get(column.position, [])) in (2, 3) and not column.named_as_label
        one = lone and len(column.tally) == 1 and (column.label_itself or len(columns) == 1)
        _of_column(column, cells, columns, add, weak=weak, headless=headless, named=one)
    for block in blocks:
        _of_block(block, columns, add)
    for names in _votes(columns, cells):
        add(3.5, "votes", columns=names)
    _of_scores(columns, cells, add)
    _of_counts(columns, add)


def _of_column(
    column: Column, cells: pd.DataFrame, columns: Sequence[Column], add: Any, *, weak: bool, headless: bool, named: bool
) -> None:
    """The readings of one column; of one that is named even where its values are many."""
    last = 0.5 if column.position == len(columns) - 1 else 0.25 if headless and column.position == 0 else 0.0
    called = 3.0 * column.named_as_label + 0.5 * column.label_itself - 1.5 * (column.about_rows or weak)
    name = column.name
    separator = separator_of(column)
    if separator is not None:
        score = 1.5 + called + last + (separator in (BRACKETS, TAGS, "|")) - 3.0 * bool(_WORDS.match(name))
        tokens = recurring(column, separator)
        if tokens > 0.1:  # in fewer it is a slip
            add(score + (0.1 if tokens > 0.5 else -0.3), "tokens", column=name, separator=separator)
        if tokens > 0.5:
            return
        add(score, "list", column=name, separator=separator)
        nothing = _nothing(cells, name, separator)
        if nothing is not None:
            add(score - 0.1, "list", column=name, separator=separator, empty=nothing)
        if separator not in (BRACKETS, TAGS) and column.classes and separator in (" ", ",", "/", "-", "+", "&"):
            add(score - 0.2, "class", column=name)
        return
    if not (column.classes or named):
        return
    if any(other.tags for other in columns) and column.position == 0 and not column.tags:
        return  # the tokens that the tags are for
    few = 0.5 if len(column.tally) <= 50 else 0.0
    few += 3.0 * (column.tags and not column.named_as_label)
    text = 0.5 if headless and not column.numeric else 0.0
    score = 1.0 + called + last + few + text
    values = set(column.tally)
    # -1 among ids, and a dash among names, most often marks a row without a label.
    mark = "-1" if len(values) > 2 and column.numeric and not any(v.startswith("-") for v in values - {"-1"}) else None
    mark = next((v for v in ("-1", "-1.0") if v in values), None) if mark else None
    mark = mark or next((v for v in ("-", "None", "none") if v in values and len(values) > 2), None)
    add(score, "class", column=name)
    if all(re.fullmatch(r"-?\d+\.0+", value) for value in values):
        add(score - 0.05, "class", column=name, names="whole")
    if mark is not None:
        add(score + (0.05 if mark.startswith("-1") and len(values) > 3 else -0.05), "class", column=name, left_out=mark)
    if len(column.marked) == 1 and column.missing == sum(column.marked.values()) and not column.numeric:
        only = next(iter(column.marked))
        if only.lower() not in ("?", "nan", "<na>", "#n/a"):
            add(score - 0.05, "class", column=name, as_class=only)


def _of_block(block: Sequence[Column], columns: Sequence[Column], add: Any) -> None:
    names = [column.name for column in block]
    last = block[-1].position == len(columns) - 1
    named = sum(column.named_as_label for column in block)
    score = 2.5 + min(len(block), 10) / 5 + (0.5 if last else 0.0) + (named > 1) - (len(block) == 2)
    if not any(column.doubts for column in block):
        add(score, "onehot", columns=names)
        return
    for k, policy in enumerate(POLICIES):
        add(score - 0.1 * k, "onehot", columns=names, uncertain=policy)


def _blocks(columns: Sequence[Column]) -> list[list[Column]]:
    """Runs of neighbouring 0/1 columns that are written alike; all-missing ones among them belong to them."""
    runs: list[list[Column]] = []
    run: list[Column] = []
    for column in [*columns, None]:
        flag = column is not None and (column.two_valued or column.marks)
        # A column without any value has its place among labels that know missing values.
        empty = column is not None and column.missing == column.rows and any(each.missing for each in run)
        alike = not run or column is None or empty or column.spelling == next(c for c in run if len(c.tally)).spelling
        if column is not None and (flag or empty) and alike:
            run.append(column)
            continue
        runs.append(run)
        run = [column] if column is not None and flag else []
    runs.append(run)
    kept = []
    for each in runs:
        both = sum(len(column.tally) > 1 or (column.spelling == "words" and column.missing > 0) for column in each)
        if (
            len(each) >= 2
            and both >= max(1, len(each) // 20)
            and (len(each) >= 3 or any(column.two_valued for column in each))
        ):
            kept.append(each)
    return sorted(kept, key=lambda each: -len(each))[:5]


def _of_counts(columns: Sequence[Column], add: Any) -> None:
    """A table whose rows are classes: names that never repeat beside whole numbers, called counts or alone."""
    rows = columns[0].rows if columns else 0
    if not 2 <= rows <= 20_000 or len(columns) > 12:
        return
    # A column of classes that recur says that rows are samples.
    if any(column.label_itself and not column.distinct and len(column.tally) < rows for column in columns):
        return
    numbers = [column for column in columns if _counted(column) and not _ids(column)]
    named = [column for column in numbers if _COUNT_NAME.search(column.name)]
    texts = [column for column in columns if _names_classes(column) and column not in named]
    texts = [column for column in texts if not column.whole] or [column for column in texts if column.named_as_label]
    if not texts:
        return
    label = next((column for column in texts if column.named_as_label), texts[0])
    if named and (label.named_as_label or rows <= 1000):
        for k, column in enumerate(named[:5]):
            add(6.0 - 0.1 * k, "counts", column=label.name, counts=column.name)
        return
    repeats = rows >= 20 and numbers and len(numbers[-1].tally) <= rows // 4
    if numbers and len(numbers) + 1 >= len(columns) - 1 and not label.whole and rows <= 1000:
        for k, column in enumerate([each for each in numbers if not each.about_rows][:5]):
            add((1.2 if repeats else 3.0) - 0.1 * k, "counts", column=label.name, counts=column.name)


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
    return distinct and short and totals <= 1 and files <= len(column.tally) // 2


def _votes(columns: Sequence[Column], cells: pd.DataFrame) -> list[list[str]]:
    """Neighbouring columns of whole numbers with one sum in every row, on which voters disagree: votes for classes."""
    run: list[Column] = []
    for column in [*columns, None]:
        if column is not None and column.whole and not column.missing and len(column.tally) > 1 and not column.distinct:
            run.append(column)
            continue
        counted = [k for k, entry in enumerate(run) if not entry.two_valued] if len(run) <= MOST_ALONE else []
        for start in range(min(len(run) - 2, max(counted, default=-1) + 1)):
            part = run[start:]
            votes = cells.iloc[:, [entry.position for entry in part]].astype(float).to_numpy()
            if len(set(votes.sum(axis=1))) == 1 and (votes.max(axis=1) < votes.sum(axis=1)).any():
                return [[entry.name for entry in part]]
        run = []
    return []


def _of_scores(columns: Sequence[Column], cells: pd.DataFrame, add: Any) -> None:
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
    values = cells[names].apply(lambda column: pd.to_numeric(column.str.replace(",", "."), errors="coerce"))
    sums = values.sum(axis=1).to_numpy()
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
        add(2.5, "scores", columns=names)
    for k, threshold in enumerate((0.5, 0.3, 0.7)):
        add(2.0 + labels - 0.1 * k, "scores", columns=names, threshold=threshold)


def _score(column: Column) -> bool:
    try:
        values = [float(value.replace(",", ".")) for value in column.tally]
    except ValueError:
        return False
    return len(values) > 2 and min(values) >= 0 and max(values) <= 1 and any(0 < value < 1 for value in values)


def _nothing(cells: pd.DataFrame, column: str, separator: str) -> str | None:
    tally: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    for value, times in cells[column].str.strip().value_counts().items():
        labels = labels_of(str(value), separator) or []
        tally.update(dict.fromkeys(labels, int(times)))
        if len(labels) == 1:
            alone[labels[0]] += int(times)
    return nothing_in(tally, alone) if len(tally) > 2 else None


def _of_units(found: Judged, cells: pd.DataFrame, columns: Sequence[Column], add: Any) -> None:
    """The best readings of a class column with several rows of one name, such as an image, as one sample."""
    for score, reading in found[:3]:
        if reading.settings["shape"] != "class" or set(reading.settings) - {"shape", "column"}:
            continue
        label = next(column for column in columns if column.name == reading.settings["column"])
        unit = _unit(cells, columns, label)
        if unit is None:
            continue
        flags = (column for column in columns if column is not label and column.two_valued and len(column.tally) > 1)
        present = next((column for column in flags if _PRESENT_NAME.search(column.name)), None)
        if present is not None:
            add(score + 0.1, "grouped", column=label.name, group_by=unit, present=present.name)
        add(score - 0.1, "grouped", column=label.name, group_by=unit)


def _unit(cells: pd.DataFrame, columns: Sequence[Column], label: Column) -> str | None:
    """The column that names samples which stand on several rows, if there is one."""
    for column in columns:
        repeats = 1 < len(column.tally) < column.rows - column.missing
        if (
            column is label
            or not repeats
            or not _UNIT_NAME.search(column.name)
            or next(iter(column.tally.values())) > column.rows / 2
            or len(column.tally) < 2 * len(label.tally)
            or len(column.tally) < column.rows / 50
        ):
            continue
        return column.name
    return None
