"""Several files -> what the one holds that has the labels; which one that is, is asked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import pandas as pd

from lossviz.labels.formats.delimited import Table
from lossviz.labels.formats.families import Found, found_in, inspection_of
from lossviz.labels.inspection import Inspection, Question, UnreadableLabels
from lossviz.labels.meaning.large import chained
from lossviz.labels.sources.files import File, fit_together
from lossviz.labels.tables.streams import Stream

Told = TypeVar("Told", bound=Table | Inspection)

MOST_TRIED = 12
_BESIDE = ("readme", "license", "licence", "citation", "sample_submission", "samplesubmission")
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
            raise UnreadableLabels(f"There is no file {chosen!r} in it.", f"Choose one of {listed}.")
        return _under(file.name, found_in(file, name, settings, xml))
    if not named:
        raise UnreadableLabels("There are only XML files, without the data.", "Add the ARFF that they belong to.")
    tables = [file for file in named if not _is_beside(file.name)]
    one = chained(tables, settings) if len(tables) > 1 else None
    if one is None:
        return _asked(named, name, settings, xml)
    if fit_together(tables):
        one = replace(one, whole=lambda: _joined(tables, name, settings))
    if len({_stem(file.name) for file in tables}) > 1:
        names = (None, *(file.name for file in tables[:MOST_TRIED]))
        asked = Question("file", "Are these files the parts of one data set?", names)
        one = replace(one, head=replace(one.head, questions=(asked, *one.head.questions)))
    return one


def _asked(files: Sequence[File], name: str, settings: Mapping[str, Any], xml: bytes | None) -> Found:
    found: dict[str, Found] = {}
    seen: dict[str, Inspection] = {}
    problems: dict[str, UnreadableLabels] = {}
    for file in files[:MOST_TRIED]:
        try:
            each = _under(file.name, found_in(file, name, settings, xml))
            seen[file.name] = inspection_of(each, name)
            found[file.name] = each
        except UnreadableLabels as problem:
            problems[file.name] = problem
    if not found:
        raise next(iter(problems.values()))
    if len(problems) > len(found) and len(files) > MOST_TRIED:
        raise UnreadableLabels(
            f"Most of the {len(files):,} files hold no labels of their own.", "Upload one table with a row per sample."
        )
    first = next(iter(found))
    said = _not_read(problems, len(files))
    if len(found) == 1:
        only = found[first]
        return _saying(replace(only, inspection=seen[first]) if isinstance(only, Stream) else only, said)
    parts = [each for key, each in found.items() if isinstance(each, Table) and _stem(key) == _stem(first)]
    if len(parts) == sum(not _is_beside(key) for key in found) > 1 and _alike(parts):
        return _saying(_one(parts), said)
    readings = [*seen[first].readings, *(each.readings[0] for key, each in seen.items() if key != first)]
    questions = (Question("file", "Which file holds the labels?", tuple(seen)), *seen[first].questions)
    warnings = (*seen[first].warnings, *said)
    return replace(seen[first], readings=tuple(readings), questions=questions, warnings=warnings, certain=False)


def _joined(files: Sequence[File], name: str, settings: Mapping[str, Any]) -> Table:
    """The tables of several files in memory, one after the other."""
    found = [found_in(file, name, settings) for file in files]
    held = [each.whole() if isinstance(each, Stream) and each.whole is not None else each for each in found]
    tables = [each for each in held if isinstance(each, Table)]
    if len(tables) < len(held) or not _alike(tables):
        raise UnreadableLabels("The files have different columns.", "Read them one by one.")
    return _one(tables)


def _one(parts: Sequence[Table]) -> Table:
    cells = pd.concat([table.cells for table in parts], ignore_index=True)
    settings = {key: value for key, value in parts[0].settings.items() if key != "file"}
    said = f"{len(parts)} files of the same columns are read as one."
    return Table(cells, settings, (*parts[0].warnings, said), parts[0].questions, declared=parts[0].declared)


def _under(name: str, found: Found) -> Found:
    """What a file holds, with its name among the settings."""
    if isinstance(found, Table):
        return _of_file(name, found)
    if isinstance(found, Stream):
        whole = found.whole
        named_whole = None if whole is None else lambda: _of_file(name, whole())
        return replace(found, head=_of_file(name, found.head), whole=named_whole)
    readings = (replace(each, settings={"file": name, **each.settings}) for each in found.readings)
    return replace(found, readings=tuple(readings))


def _of_file(name: str, table: Table) -> Table:
    return replace(table, settings=table.settings | {"file": name})


def _saying(found: Found, said: tuple[str, ...]) -> Found:
    if isinstance(found, Stream):
        known = found.inspection and _warned(found.inspection, said)
        return replace(found, head=_warned(found.head, said), inspection=known)
    return _warned(found, said)


def _warned(found: Told, said: tuple[str, ...]) -> Told:
    return replace(found, warnings=(*found.warnings, *said))


def _not_read(problems: Mapping[str, UnreadableLabels], files: int) -> tuple[str, ...]:
    """What is said of files that hold no labels, and of those that were not looked into."""
    said = []
    reasons = [f"{key} ({each.reason.rstrip('.')})" for key, each in problems.items() if not _is_beside(key)]
    if reasons:
        said.append("Not read: " + "; ".join(reasons[:5]) + (" and more." if len(reasons) > 5 else "."))
    if files > MOST_TRIED:
        said.append(f"Of {files:,} files the {MOST_TRIED} were looked into whose names promise most.")
    return tuple(said)


def _alike(parts: Sequence[Table]) -> bool:
    return len({tuple(table.cells.columns) for table in parts}) == 1


def _is_beside(name: str) -> bool:
    """Whether a file says in its name that it only accompanies others."""
    return any(word in name.lower() for word in _BESIDE)


def _promise(file: File) -> tuple[int, str]:
    """Files that say in their name that they hold labels first, read-me files last."""
    first = any(word in file.name.lower() for word in _LABELS)
    return (2 if _is_beside(file.name) else 0 if first else 1, file.name)


def _stem(name: str) -> str:
    """The name of a file without what tells the parts of one data set apart."""
    return re.sub(r"(train(ing)?|test|valid(ation)?|val|dev|part|chunk|fold|shard)|[\W\d_]+", "", name.lower())
