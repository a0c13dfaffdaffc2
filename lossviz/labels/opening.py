"""One file -> what it holds, by its kind: a table, or the readings of a file that is none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import IO, Any

from lossviz.labels.formats.annotations import cvat, label_tools, via, voc
from lossviz.labels.formats.annotations.brat import inspect_brat, is_brat
from lossviz.labels.formats.annotations.coco import Coco, inspect_coco
from lossviz.labels.formats.annotations.xml_events import root_of
from lossviz.labels.formats.arff import arff_table
from lossviz.labels.formats.arrays import inspect_arrays
from lossviz.labels.formats.binary import arrays_within, statistics
from lossviz.labels.formats.binary.arrow_files import arrow_table
from lossviz.labels.formats.binary.databases import database_tables
from lossviz.labels.formats.binary.idx import read_idx
from lossviz.labels.formats.binary.parquet import parquet_table
from lossviz.labels.formats.delimited import text_table
from lossviz.labels.formats.json_tables import json_table
from lossviz.labels.formats.json_values import elements, loaded
from lossviz.labels.formats.libsvm import inspect_libsvm, is_libsvm
from lossviz.labels.formats.masks import inspect_masks
from lossviz.labels.formats.saved import inspect_saved
from lossviz.labels.formats.toml import toml_table
from lossviz.labels.formats.workbooks import sheet_tables
from lossviz.labels.inspection import Inspection, Question, UnreadableLabels, failures_said, refuse_foreign
from lossviz.labels.meaning.counting import Counts
from lossviz.labels.meaning.questions import inspected
from lossviz.labels.meaning.ranking import readings
from lossviz.labels.sources.files import File
from lossviz.labels.sources.kinds import REFUSED
from lossviz.labels.sources.streams import Opener, blocks_of, start_of
from lossviz.labels.tables.runs import without_runs
from lossviz.labels.tables.table import Table

Found = Table | Inspection

KINDS = {"text": "text", "workbook": "a workbook", "parquet": "Parquet", "json": "JSON", "png": "a PNG mask"} | {
    "sqlite": "a SQLite database", "arrow": "an Arrow file", "feather": "a Feather file", "orc": "an ORC file",
    "idx": "an IDX file", "toml": "TOML",
} | statistics.TITLES | arrays_within.TITLES  # fmt: skip
_OF_TASKS = re.compile(r'"(annotations|completions)"\s*:\s*\[\s*[\{\]].*"result"|"data_row"\s*:\s*\{', re.DOTALL)
_COCO = ("images", "annotations", "categories")


def found_in(file: File, name: str, settings: Mapping[str, Any], xml: bytes | None = None) -> Found:
    """What a file holds; the labels of an ARFF are those that its `xml` names.

    Raises
    ------
    UnreadableLabels
        If it holds no labels.
    """
    with failures_said(file.name):
        return _found_in(file, name, settings, xml)


def _found_in(file: File, name: str, settings: Mapping[str, Any], xml: bytes | None) -> Found:
    if file.kind in REFUSED:
        what, remedy = REFUSED[file.kind]
        raise UnreadableLabels(f"The file is {what}.", remedy)
    if file.kind != "damaged":
        refuse_foreign(settings, f"the file is {KINDS.get(file.kind, file.kind)}", file.kind)
    if file.kind == "arff":
        return arff_table(file.opener, xml)
    if (saved := inspect_saved(file)) is not None:
        return saved
    found = _BY_KIND[file.kind](file, name, settings)
    return without_runs(found) if isinstance(found, Table) else found


def inspection_of(found: Found, name: str, wanted: Mapping[str, Any] = MappingProxyType({})) -> Inspection:
    """The readings of what a file holds; of a table those of the column or columns that are wanted."""
    return inspected(found, name, wanted) if isinstance(found, Table) else found


def coco_of(file: File) -> Coco | None:
    """The COCO file that a file is; None for any other."""
    start = _text_of(start_of(file.opener)).lstrip()
    if file.kind != "json" or not start.startswith("{") or not any(f'"{key}"' in start for key in _COCO):
        return None
    try:
        with file.opener() as opened:
            return Coco.of(_whole(opened))
    except _Broken:
        return None  # whoever reads other JSON says where


class _Broken(Exception):
    """The text is no one JSON value."""


def _whole(file: IO[bytes]) -> Iterator[tuple[str | None, Any]]:
    try:
        yield from elements(file)
    except UnreadableLabels as problem:
        raise _Broken from problem


def _text(file: File, name: str, settings: Mapping[str, Any]) -> Found:
    if not any(key in settings for key in ("encoding", "delimiter", "header")):
        start = _text_of(start_of(file.opener))
        if is_libsvm(start):
            return inspect_libsvm(_lines(file.opener), name)
        if is_brat(start):
            return inspect_brat([file], name, settings)
        if via.is_via_csv(start):
            return via.inspect_via_csv(file.read(), name, settings)
    return text_table(file.opener, settings)


def _json(file: File, name: str, settings: Mapping[str, Any]) -> Found:
    coco = coco_of(file)
    if coco is not None:
        return inspect_coco(coco, name)
    start = _text_of(start_of(file.opener))
    if via.is_via(start) and (found := via.inspect_via(loaded(file.read()), name, settings)) is not None:
        return found
    if _OF_TASKS.search(start):
        value = loaded(file.read())
        if label_tools.is_label_studio(value) or label_tools.is_labelbox(value):
            return label_tools.read_tasks(value, name, settings)
    return json_table(file, settings)


def _xml(file: File, name: str, settings: Mapping[str, Any]) -> Inspection:
    root = root_of(file.opener)
    if root == cvat.ROOT:
        return cvat.inspect_cvat(file, name, settings)
    if root == voc.ROOT:
        return voc.inspect_voc([file], name, settings)
    if root == "labels":
        raise UnreadableLabels(
            "The file is XML that names labels, without the data.", "Upload the ARFF that belongs to it as well."
        )
    raise UnreadableLabels(
        f"The file is XML of a kind that is not read; its root is <{root[:40]}>.", "Save the labels as CSV or JSON."
    )


def _workbook(file: File, name: str, settings: Mapping[str, Any]) -> Table:
    sheets = sheet_tables(file.opener, settings)
    return _likeliest(sheets, name, Question("sheet", "Which sheet holds the labels?", ()))


def _database(file: File, name: str, settings: Mapping[str, Any]) -> Table:
    tables = database_tables(file, settings)
    return _likeliest(tables, name, Question("table", "Which table holds the labels?", ()))


def _likeliest(tables: Mapping[str, Table], name: str, asked: Question) -> Table:
    """The table in a file that most likely holds the labels, the longest of those; asked where several may."""
    if len(tables) == 1:
        return next(iter(tables.values()))
    judged = {key: readings(Counts(each.alone, name)) for key, each in tables.items()}
    found = {key: (each[0].score, tables[key].head.rows) for key, each in judged.items() if each}
    if not found:
        raise UnreadableLabels(f"No {asked.setting} holds labels.", "Upload one with a row per sample.")
    ordered = sorted(found, key=found.__getitem__, reverse=True)
    questions = (replace(asked, choices=tuple(ordered)),) if len(found) > 1 else ()
    return replace(tables[ordered[0]], questions=(*tables[ordered[0]].questions, *questions))


def _arrays(file: File, name: str, settings: Mapping[str, Any]) -> Inspection:
    return inspect_arrays(file.opener, name, file.kind, settings)


def _refused(kind: str, remedy: str) -> Callable[..., Found]:
    def refuse(*_: Any) -> Found:
        raise UnreadableLabels(f"The file is {kind}.", remedy)

    return refuse


_BY_KIND: dict[str, Callable[[File, str, Mapping[str, Any]], Found]] = {
    "text": _text,
    "json": _json,
    "toml": lambda file, _, settings: toml_table(file, settings),
    "workbook": _workbook,
    "parquet": lambda file, *_: parquet_table(file.opener),
    **dict.fromkeys(("arrow", "feather", "orc"), lambda file, *_: arrow_table(file)),
    **dict.fromkeys(statistics.TITLES, lambda file, *_: statistics.statistics_table(file)),
    **dict.fromkeys(arrays_within.TITLES, arrays_within.inspect_within),
    "idx": read_idx,
    "sqlite": _database,
    "npy": _arrays,
    "npz": _arrays,
    "png": lambda file, name, _: inspect_masks([file], name),
    "damaged": _text,  # which opens it, and so is told what is wrong
    "xml": _xml,
    "lfs": _refused("a Git LFS pointer, not the file itself", "Run git lfs pull, and upload the file it brings."),
    "html": _refused("a web page, not a table", "Download the data itself: open the link, then save the raw file."),
}


def _lines(opener: Opener) -> Iterator[str]:
    with opener() as file:
        for block in blocks_of(file):
            yield from _text_of(block).split("\n")


def _text_of(data: bytes) -> str:
    return data.decode("utf-8-sig", errors="replace")
