"""A table -> an Inspection: its readings with their variants, whether the first is certain, and what must be asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from lossviz.labels.inspection import Inspection, Question, Reading, UnreadableLabels
from lossviz.labels.limits import MOST_CLASSES
from lossviz.labels.meaning.counting import Counts, shaped
from lossviz.labels.meaning.ordering import arrange
from lossviz.labels.meaning.ranking import readings
from lossviz.labels.meaning.rules import PLAUSIBLE
from lossviz.labels.settings import SETTINGS
from lossviz.labels.tables.names import clear
from lossviz.labels.tables.splits import of_split, split_column, splits_in
from lossviz.labels.tables.table import OtherTable, Table

_MARKS = {"left_out", "as_class", "split"}
_WIDE = 500
_MOST_READINGS = 40
_LONGEST_NAME = 200


def inspected(table: Table, name: str, wanted: Mapping[str, Any] = MappingProxyType({})) -> Inspection:
    """What the columns of a table may mean, or the column or columns that are wanted; the likeliest first.

    They are judged by the head of the table, and counted over all its rows.
    """
    try:
        return _inspected(table, name, wanted)
    except OtherTable as other:
        return inspected(other.open(), name, wanted)


def read(table: Table, name: str, settings: Mapping[str, Any]) -> Reading:
    """The one reading of a table that `settings` ask for."""
    if settings.get("split") is not None:
        table = of_split(table, settings["split"])
    try:
        return of_table(Counts(table, name).reading(shaped(table, settings)), table)
    except OtherTable as other:
        return read(other.open(), name, settings)


def _inspected(table: Table, name: str, wanted: Mapping[str, Any]) -> Inspection:
    if wanted.get("split") is not None:
        table = of_split(table, wanted["split"])
    counts, ranked, lost = _ranked(table, name, wanted)
    table = replace(table, warnings=(*table.warnings, *counts.repairs.warnings, *lost))
    if wanted:  # whoever says more of what the columns hold takes them for columns
        table = replace(table, questions=tuple(each for each in table.questions if each.setting != "delimiter"))
    if counts.repairs.doubt is not None and (not wanted or _is_moved(table, counts.repairs.joined_in, wanted)):
        asked = Question("delimiter", f"{counts.repairs.doubt} Is that the delimiter?", (table.settings["delimiter"],))
        table = replace(table, questions=(*table.questions, asked))
    first = ranked[0]
    plausible = [reading for reading in ranked if reading.score >= PLAUSIBLE or reading is first]
    # What else may hold the labels comes before the variants of the first.
    others = {_subject(each.settings): each for each in reversed(plausible)}
    others.pop(_subject(first.settings))
    variants = [*_variants(first, table, counts), *_of_splits(first, table, name, wanted)]
    found = [first, *sorted(others.values(), key=lambda each: -each.score), *variants, *ranked[1:]]
    found = _distinct([*found, *_in_other_ways(table, first, name, wanted)])
    questions = (*(each for each in table.questions if each.setting != "header"), *_questions(found, plausible, first))
    found = _saying_none(found)
    settled = first.score >= PLAUSIBLE and all(each.setting == "positive" and not _open(first) for each in questions)
    certain = settled and not lost
    return Inspection(tuple(found), certain, questions, _warnings(table, found[0]), table.head.cells(rows=20))


def _is_moved(table: Table, joined_in: int, wanted: Mapping[str, Any]) -> bool:
    """Whether a surplus that is joined in that cell, counted from 1, may change a column that is named, or any."""
    named = [wanted.get(key) for key in ("column", "counts", "group_by", "present")]
    named += wanted.get("columns") or ()
    places = [table.positions[name] + 1 for name in named if name in table.positions]
    return 0 < joined_in <= max(places, default=joined_in)


def _ranked(table: Table, name: str, wanted: Mapping[str, Any]) -> tuple[Counts, list[Reading], tuple[str, ...]]:
    """The readings that the head allows, counted over all rows, and why some of them are none of all rows."""
    if table.complete and table.head.rows < 2:
        raise UnreadableLabels("The file has only one row of data.", "Upload a file with one row per sample.")
    counts = Counts(table.alone, name)
    judged = readings(counts, wanted)
    if not judged:
        columns = len(table.head.columns)
        raise UnreadableLabels(
            "The only column does not look like labels."
            if columns == 1
            else f"None of the {columns:,} columns looks like labels.",
            "Upload a file with a class column, 0/1 columns or a column of lists.",
        )
    if table.complete:
        return counts, [of_table(reading, table) for reading in judged], ()
    counts = Counts(table, name)
    counts.pass_over(reading.settings for reading in judged)
    ranked: list[Reading] = []
    problems: list[UnreadableLabels] = []
    for reading in judged:
        try:
            ranked.append(of_table(counts.again(reading), table))
        except UnreadableLabels as problem:
            problems.append(problem)
    if not ranked:
        raise problems[0]
    return counts, ranked, tuple(dict.fromkeys(problem.reason for problem in problems))


def _saying_none(found: Sequence[Reading]) -> list[Reading]:
    """The readings of one column, of which some take a value for a mark or a word for a class, and others say None."""
    said: dict[tuple[Any, ...], dict[str, None]] = {}
    for each in found:
        said.setdefault(_subject(each.settings), {}).update(dict.fromkeys(_MARKS & {*each.settings}))
    return [replace(each, settings={**said[_subject(each.settings)], **each.settings}) for each in found]


def _variants(first: Reading, table: Table, counts: Counts) -> list[Reading]:
    """The first reading under the other answers to what its column leaves open."""
    base = {key: value for key, value in first.settings.items() if key not in table.settings}
    wanted: list[dict[str, Any]] = []
    shape, task = base["shape"], first.counts.task
    if shape in ("onehot", "class") and task in ("binary", "multilabel") and (first.counts.missing > 0).any():
        wanted += [{"missing": "negative"}, {"missing": "positive"}]
    if shape == "list":
        wanted += [{"missing": "missing"}]
    if shape == "class" and task == "binary" and _open(first):
        wanted += [{"positive": first.counts.classes[0]}]
    found = []
    for each in wanted:
        try:
            found.append(of_table(counts.again(first, base | each), table))
        except UnreadableLabels:
            continue
    return [each for each in found if shape != "list" or each.counts != first.counts]


def _of_splits(first: Reading, table: Table, name: str, wanted: Mapping[str, Any]) -> list[Reading]:
    """The first reading over the rows of each split; where a column is named, every row is meant."""
    column = split_column(table)
    if column is None or {"split", "column", "columns"} & {*wanted} or column.name == first.settings.get("column"):
        return []
    found = []
    for split in splits_in(column):
        try:
            rows = of_split(table, split)
            found.append(of_table(Counts(rows, name).again(first), rows))
        except UnreadableLabels:
            continue
    return found


def _open(reading: Reading) -> bool:
    """Whether two classes do not say themselves which of them is the positive one."""
    return reading.counts.task == "binary" and not clear(reading.counts.classes)


def _in_other_ways(table: Table, first: Reading, name: str, wanted: Mapping[str, Any]) -> list[Reading]:
    """The likeliest reading with and without a header, and in other encodings, where that is open."""
    if table.reopened is None:
        return []
    found = []
    names = "".join((*first.counts.classes, *table.head.columns))
    # Every way is a reading of the whole: of a very wide table the likeliest other is enough.
    for other in table.others if len(table.head.columns) <= _WIDE else table.others[:1]:
        if "encoding" in other and names.isascii():
            continue
        fixed = {key: table.settings[key] for key in ("encoding", "delimiter", "header")} | dict(other)
        try:
            read_so = table.reopened(fixed)
            likeliest = readings(Counts(read_so.alone, name), wanted)[:1]
            found += [of_table(Counts(read_so, name).again(each), read_so) for each in likeliest]
        except (UnreadableLabels, OtherTable):
            continue
    return found


def _questions(found: Sequence[Reading], plausible: Sequence[Reading], first: Reading) -> tuple[Question, ...]:
    """Where the plausible readings differ: in their columns, and in the settings of the first one."""
    questions = []
    subjects = dict.fromkeys(_subject(reading.settings) for reading in plausible)
    if len(subjects) > 1:
        columns = tuple(dict.fromkeys(r.settings["column"] for r in plausible if "column" in r.settings))
        blocks = tuple(dict.fromkeys(tuple(r.settings["columns"]) for r in plausible if "columns" in r.settings))
        if columns:
            questions.append(Question("column", "Which column holds the labels?", columns))
        if blocks:
            questions.append(Question("columns", "Which columns are the labels?", blocks))
    same = [reading.settings for reading in found if _subject(reading.settings) == _subject(first.settings)]
    for setting, text in ((name, each.question) for name, each in SETTINGS.items() if each.question):
        among = [each.settings for each in found] if setting in ("encoding", "header") else same
        values = tuple(dict.fromkeys(each.get(setting) for each in among))
        if len(values) > 1:
            questions.append(Question(setting, text, values))
    by_group = any(question.setting == "group_by" for question in questions)  # says the same in plainer words
    shapes = tuple(dict.fromkeys(each["shape"] for each in same))
    if len(shapes) > 1 + by_group:
        questions.append(Question("shape", "What does a row hold?", shapes))
    elif first.settings.get("shape") in ("votes", "counts", "scores"):
        text = {
            "votes": "Are the columns votes for classes?",
            "scores": "Are the columns probabilities of classes?",
            "counts": "Is every row a class, and has every sample exactly one, so that the counts add up?",
        }[first.settings["shape"]]
        questions.append(Question("shape", text, (first.settings["shape"],)))
    if first.counts.task == "binary":
        questions.append(Question("positive", "Which class is the positive one?", first.counts.classes))
    return tuple(questions)


def _warnings(table: Table, first: Reading) -> tuple[str, ...]:
    counts = first.counts
    said = list(table.warnings)
    if counts.n_samples < 50:
        few = "is only 1 sample" if counts.n_samples == 1 else f"are only {counts.n_samples} samples"
        said.append(f"There {few}: shares of so few are rough.")
    if counts.task == "multilabel":
        for names, what in ((counts.without_positives, "no positives"), (counts.without_negatives, "no negatives")):
            if names:
                have = "A label has" if len(names) == 1 else f"{len(names)} labels have"
                said.append(f"{have} {what}: {_shown(names)}.")
    elif counts.without_positives and not first.appeared:  # where values name them, the description says so
        never = counts.without_positives
        them = "occurs, and keeps its place" if len(never) == 1 else "occur, and keep their places"
        said.append(f"{_shown(never)} never {them}.")
    most = int(counts.missing.max(initial=0))
    if most:
        said.append(f"Up to {most:,} of {counts.n_samples:,} samples have no value for a label; they are left out.")
    odd = [name for name in counts.classes if not name.isprintable() or len(name) > _LONGEST_NAME]
    if odd:
        hold = "A name holds" if len(odd) == 1 else f"{len(odd)} names hold"
        very_long = "is very long" if len(odd) == 1 else "are very long"
        said.append(f"{hold} control or direction characters, or {very_long}: {odd[0][:40]!r}.")
    return tuple(said)


def _shown(names: Sequence[str]) -> str:
    return ", ".join(name[:60] for name in names[:10]) + (" and more" if len(names) > 10 else "")


def _distinct(found: Sequence[Reading]) -> list[Reading]:
    kept: dict[str, Reading] = {}
    for reading in found:
        kept.setdefault(repr(sorted(reading.settings.items(), key=lambda item: item[0])), reading)
    return list(kept.values())[:_MOST_READINGS]


def _subject(settings: Mapping[str, Any]) -> tuple[Any, ...]:
    return (settings.get("column"), tuple(settings.get("columns", ())))


def of_table(reading: Reading, table: Table) -> Reading:
    """A reading of a table with the settings of that, and with its classes as the table declares them, if it does."""
    settings, column = dict(table.settings) | dict(reading.settings), reading.settings.get("column")
    declared = listed(table.declared.get(str(column), ()), reading)
    return arrange(replace(reading, settings=settings, declared=declared))


def listed(declared: Sequence[str], reading: Reading) -> tuple[str, ...]:
    """The classes that are declared for the column of a reading; none where it holds others."""
    out = {reading.settings.get(key) for key in ("left_out", "empty")}
    kept = tuple(dict.fromkeys(name for name in declared if name not in out))
    return kept if set(kept) & set(reading.appeared) and len(kept) <= MOST_CLASSES else ()
