"""Several files -> what the one holds that has the labels; which one that is, is asked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from lossviz.labels import limits
from lossviz.labels.inspection import Inspection, Question, UnreadableLabels
from lossviz.labels.meaning.counting import Counts
from lossviz.labels.meaning.ranking import readings
from lossviz.labels.opening import Found, found_in, inspection_of
from lossviz.labels.sources.files import File
from lossviz.labels.tables.table import Batch, Head, OtherTable, Table, retold
from lossviz.labels.values import shown

MOST_TRIED = 12
_BESIDE = (
    "readme", "license", "licence", "citation", "sample_submission", "samplesubmission",
    "dataset_info.json", "dataset_dict.json", "state.json", ".yaml", ".yml",
)  # fmt: skip
_NUMBERED = re.compile(r"column \d+")
_LABELS = ("label", "target", "annotation", "train", "class", "y_")


def found_among(files: Sequence[File], name: str, settings: Mapping[str, Any]) -> Found:
    """What the file holds that `settings` name, or the first of those that hold labels, with a question.

    Files of the same columns, as the parts of one data set are, are one table.
    """
    xml = next((file.read() for file in files if file.kind == "xml"), None)
    named = sorted((file for file in files if file.kind != "xml"), key=_promise)
    chosen = settings.get("file")
    if chosen is not None or len(named) == 1:
        file = next((file for file in named if chosen in (None, file.name)), None)
        if file is None:
            listed = ", ".join(file.name for file in named[:20])
            raise UnreadableLabels(f"There is no file {shown(chosen)} in it.", f"Choose one of {listed}.")
        return _under(file.name, found_in(file, name, settings, xml))
    if not named:
        raise UnreadableLabels("There are only XML files, without the data.", "Add the ARFF that they belong to.")
    parts = [file for file in named if not is_beside(file.name)]
    tables = _of_the_same_columns(parts, name, settings) if len(parts) > 1 else []
    if not tables:
        return _likeliest(named, name, settings, xml)
    one = chained(tables)
    if len({_stem(file.name) for file in parts}) == 1:
        return one
    names = (None, *(file.name for file in parts[:MOST_TRIED]))
    asked = Question("file", "Are these files the parts of one data set?", names)
    return retold(one, lambda table: replace(table, questions=(asked, *table.questions)))


def _of_the_same_columns(files: Sequence[File], name: str, settings: Mapping[str, Any]) -> list[Table]:
    """The tables in files; none where they have not all the same columns."""
    tables: list[Table] = []
    for file in files:
        try:
            table = found_in(file, name, settings)
        except UnreadableLabels:
            return []
        if not isinstance(table, Table) or not table.head.is_like((tables or [table])[0].head):
            return []
        tables.append(table)
    # Columns without names are alike in any two files of as many columns.
    nameless = bool(tables) and all(_NUMBERED.fullmatch(name) for name in tables[0].head.columns)
    return [] if nameless and len({_stem(file.name) for file in files}) > 1 else tables


def chained(tables: Sequence[Table]) -> Table:
    """Tables of the same columns as one."""
    first = tables[0]
    head, rows = [], 0
    for table in tables:
        head.append(table.head)
        rows += table.head.rows
        if rows > 2 * limits.MOST_HEAD_ROWS:
            break
    complete = len(head) == len(tables) and all(table.complete for table in tables)

    def batches(columns: Sequence[str]) -> Iterator[Batch]:
        for k, table in enumerate(tables):
            try:
                yield from table.batches(columns)
            except OtherTable as other:
                raise OtherTable(partial(_with, tables, k, other)) from other

    return replace(
        first,
        head=Head.joined(head),
        batches=batches,
        settings={key: value for key, value in first.settings.items() if key != "file"},
        warnings=(*first.warnings, f"{len(tables)} files of the same columns are read as one."),
        complete=complete,
        others=(),
        reopened=None,
    )


def _with(tables: Sequence[Table], place: int, other: OtherTable) -> Table:
    return chained([*tables[:place], other.open(), *tables[place + 1 :]])


def _likeliest(files: Sequence[File], name: str, settings: Mapping[str, Any], xml: bytes | None) -> Found:
    """What the file holds whose name promises most of those that hold labels; of others their likeliest reading."""
    found: dict[str, Found] = {}
    problems: dict[str, UnreadableLabels] = {}
    for file in files[:MOST_TRIED]:
        try:
            each = _under(file.name, found_in(file, name, settings, xml))
            if isinstance(each, Table) and not readings(Counts(each.alone, name)):
                raise UnreadableLabels("It has no column of labels.", "Choose another file.")
            found[file.name] = each
        except UnreadableLabels as problem:
            problems[file.name] = problem
    if not found:
        raise next(iter(problems.values()))
    if len(problems) > len(found) and len(files) > MOST_TRIED:
        raise UnreadableLabels(
            f"Most of the {len(files):,} files hold no labels of their own.", "Upload one table with a row per sample."
        )
    said = _not_read(problems, len(files))
    first, *others = found.items()
    if not others:
        return _warned(first[1], said)
    inspection = inspection_of(first[1], name)
    more = [inspection_of(each, name).readings[0] for _, each in others]
    question = Question("file", "Which file holds the labels?", tuple(found))
    return replace(
        inspection,
        readings=(*inspection.readings, *more),
        questions=(question, *inspection.questions),
        warnings=(*inspection.warnings, *said),
        certain=False,
    )


def _under(name: str, found: Found) -> Found:
    """What a file holds, with its name among the settings."""
    if isinstance(found, Table):
        return retold(found, lambda table: replace(table, settings={**table.settings, "file": name}))
    named = (replace(each, settings={"file": name, **each.settings}) for each in found.readings)
    return replace(found, readings=tuple(named))


def _warned(found: Found, said: tuple[str, ...]) -> Found:
    if isinstance(found, Inspection):
        return replace(found, warnings=(*found.warnings, *said))
    return retold(found, lambda table: replace(table, warnings=(*table.warnings, *said)))


def _not_read(problems: Mapping[str, UnreadableLabels], files: int) -> tuple[str, ...]:
    """What is said of files that hold no labels, and of those that were not looked into."""
    said = []
    reasons = [f"{key} ({each.reason.rstrip('.')})" for key, each in problems.items() if not is_beside(key)]
    if reasons:
        said.append("Not read: " + "; ".join(reasons[:5]) + (" and more." if len(reasons) > 5 else "."))
    if files > MOST_TRIED:
        said.append(f"Of {files:,} files the {MOST_TRIED} were looked into whose names promise most.")
    return tuple(said)


def is_beside(name: str) -> bool:
    """Whether a file says in its name that it only accompanies others."""
    return any(word in name.lower() for word in _BESIDE)


def _promise(file: File) -> tuple[int, bool, str]:
    """Files that say in their name that they hold labels first, those to train on before others, read-me files last."""
    name = file.name.lower()
    first = any(word in name for word in _LABELS)
    trained_on = "train" in name and "test" not in name
    return (2 if is_beside(file.name) else 0 if first else 1, not trained_on, file.name)


def _stem(name: str) -> str:
    """The name of a file without what tells the parts of one data set apart."""
    return re.sub(r"(train(ing)?|test|valid(ation)?|val|dev|part|chunk|fold|shard)|[\W\d_]+", "", name.lower())
