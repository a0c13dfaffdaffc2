"""One file -> what it holds, by its kind: a large table as a stream, a small one as cells, others as readings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any

import pandas as pd

from lossviz.labels.formats.arff import arff_table
from lossviz.labels.formats.arrays import inspect_arrays
from lossviz.labels.formats.delimited import Table, below_titles, read_table, with_header
from lossviz.labels.formats.encodings import decoded
from lossviz.labels.formats.json_lists import elements
from lossviz.labels.formats.libsvm import inspect_libsvm, is_libsvm
from lossviz.labels.formats.masks import inspect_masks
from lossviz.labels.formats.odd_text import arff_stream
from lossviz.labels.formats.records import Coco, coco_in, inspect_coco, lists_in, loaded, record_table
from lossviz.labels.formats.saved import inspect_saved
from lossviz.labels.formats.workbooks import parquet_table, sheets_of
from lossviz.labels.inspection import Inspection, Question, UnreadableLabels, refuse_foreign
from lossviz.labels.meaning import large
from lossviz.labels.meaning.questions import inspected
from lossviz.labels.sources.files import File
from lossviz.labels.sources.kinds import REFUSED
from lossviz.labels.tables.streams import Opener, Stream, blocks_of, start_of

Found = Stream | Table | Inspection

KINDS = {"text": "text", "workbook": "a workbook", "parquet": "Parquet", "json": "JSON", "png": "a PNG mask"}
_COCO = ("images", "annotations", "categories")


def found_in(file: File, name: str, settings: Mapping[str, Any], xml: bytes | None = None) -> Found:
    """What a file holds; the labels of an ARFF are those that its `xml` names.

    Raises
    ------
    UnreadableLabels
        If it holds no labels.
    """
    if file.kind in REFUSED:
        what, instead = REFUSED[file.kind]
        raise UnreadableLabels(f"The file is {what}.", f"Save the labels as {instead}.")
    if file.kind != "damaged":
        refuse_foreign(settings, f"the file is {KINDS.get(file.kind, file.kind)}", file.kind)
    if file.kind == "arff":
        return _arff(file, xml)
    if (saved := inspect_saved(file)) is not None:
        return saved
    return _FAMILIES[file.kind](file, name, settings)


def inspection_of(found: Found, name: str, wanted: Mapping[str, Any] = MappingProxyType({})) -> Inspection:
    """The readings of what a file holds; of a table those of the column or columns that are wanted."""
    if isinstance(found, Stream):
        if found.inspection is not None and not wanted:
            return found.inspection
        return inspection_of(large.or_whole(found, partial(large.inspect_large, found, name, wanted)), name, wanted)
    return inspected(found, name, wanted) if isinstance(found, Table) else found


def coco_of(file: File) -> Coco | None:
    """The COCO file that a file is; None for any other."""
    if file.kind != "json":
        return None
    return _large_coco(file.opener) if file.large else coco_in(loaded(file.read()))


def _text(file: File, name: str, settings: Mapping[str, Any]) -> Found:
    own = {key: settings[key] for key in ("encoding", "delimiter", "header") if key in settings}
    if file.large:
        if not own and is_libsvm(start_of(file.opener).decode("latin-1")):
            return inspect_libsvm(_lines(file.opener), name)
        stream = _stream(file, settings, lambda: read_table(file.read(), **own))
        if stream is not None:
            return stream
    data = file.read()
    if not own:
        text, _, _ = decoded(data, None)
        if is_libsvm(text):
            return inspect_libsvm(text.split("\n"), name)
    return read_table(data, **own)


def _stream(file: File, settings: Mapping[str, Any], whole: Callable[[], Table]) -> Stream | None:
    """The stream of a table; of one that fits in memory with a way to hold it whole, and None if only that will do."""
    try:
        stream = large.stream_of(file, settings)
    except UnreadableLabels:
        if file.fits:
            return None
        raise
    return replace(stream, whole=whole) if stream is not None and file.fits else stream


def _json(file: File, name: str, settings: Mapping[str, Any]) -> Found:
    if file.large:
        coco = _large_coco(file.opener)
        if coco is not None:
            return inspect_coco(coco, name)
        stream = _stream(file, settings, lambda: _records(loaded(file.read()), settings))
        if stream is not None:
            return stream
    value = loaded(file.read())
    coco = coco_in(value)
    return _records(value, settings) if coco is None else inspect_coco(coco, name)


def _records(value: Any, settings: Mapping[str, Any]) -> Table:
    lists = lists_in(value)
    chosen = settings.get("list", next(iter(lists), None))
    if lists and chosen not in lists:
        raise UnreadableLabels(f"There is no list {chosen!r}.", f"Choose one of {', '.join(list(lists)[:20])}.")
    cells = record_table(lists[chosen] if chosen is not None else value)
    cells.columns = cells.columns.astype(str)
    asked = (Question("list", "Which list holds the labels?", tuple(lists)),) if len(lists) > 1 else ()
    return Table(cells.astype("string"), {"list": chosen} if lists else {}, (), asked)


def _large_coco(opener: Opener) -> Coco | None:
    start = start_of(opener).decode("latin-1")
    if not start.lstrip().startswith("{") or not any(f'"{key}"' in start for key in _COCO):
        return None
    with opener() as file:
        return Coco.of(elements(file))


def _parquet(file: File, _name: str, settings: Mapping[str, Any]) -> Found:
    # Of whatever size: a small one may hold millions of rows.
    stream = large.stream_of(file, settings, large.LARGE_CELLS)
    if stream is not None:
        return stream
    cells, declared = parquet_table(file.opener)
    return Table(cells.astype("string"), {}, (), declared=declared)


def _arff(file: File, xml: bytes | None) -> Found:
    stream = arff_stream(file.opener, lambda start: _attributes(start, xml)) if file.large else None
    return stream if stream is not None else _attributes(file.read(), xml)


def _attributes(data: bytes, xml: bytes | None) -> Table:
    found = arff_table(data, xml)
    table = Table(found.cells, {}, (), declared=found.declared)
    if found.named is not None:
        said = f"The labels are the {len(found.named)} attributes that the file names."
        return replace(table, cells=found.cells[[*found.named]], warnings=(said,))
    if len(found.trailing) > 1:
        said = f"Nothing says which attributes are labels; the last {len(found.trailing)} hold only 0 and 1."
        question = Question("columns", "Which attributes are labels?", (tuple(found.trailing),))
        return replace(table, warnings=(said,), questions=(question,))
    return table


def _workbook(file: File, name: str, settings: Mapping[str, Any]) -> Table:
    sheets = sheets_of(file.opener)
    chosen = settings.get("sheet")
    if chosen is not None and chosen not in sheets:
        raise UnreadableLabels(f"There is no sheet {chosen!r}.", f"Choose one of {', '.join(list(sheets)[:20])}.")
    found: dict[str, Table] = {}
    problem: UnreadableLabels | None = None
    for sheet, rows in sheets.items():
        if chosen in (None, sheet):
            try:
                below, said = below_titles(rows)
                table = with_header(pd.DataFrame(below, dtype=str), settings.get("header"))
                table = replace(table, warnings=(*(each for each, _ in said), *table.warnings))
                if len(sheets) > 1 and chosen is None:
                    inspected(table, name)  # is there anything in it?
                found[sheet] = table
            except UnreadableLabels as error:
                problem = problem or error
    if not found:
        raise problem or UnreadableLabels("No sheet holds labels.", "Upload one with a row per sample.")
    sheet, table = max(found.items(), key=lambda item: len(item[1].cells))
    question = (Question("sheet", "Which sheet holds the labels?", tuple(found)),) if len(found) > 1 else ()
    return Table(table.cells, table.settings | {"sheet": sheet}, table.warnings, question)


def _arrays(file: File, name: str, settings: Mapping[str, Any]) -> Inspection:
    return inspect_arrays(file.opener, name, file.kind, settings)


def _refused(kind: str, remedy: str) -> Callable[..., Found]:
    def refuse(*_: Any) -> Found:
        raise UnreadableLabels(f"The file is {kind}.", remedy)

    return refuse


_FAMILIES: dict[str, Callable[[File, str, Mapping[str, Any]], Found]] = {
    "text": _text,
    "json": _json,
    "workbook": _workbook,
    "parquet": _parquet,
    "npy": _arrays,
    "npz": _arrays,
    "png": lambda file, name, _: inspect_masks([file], name),
    "damaged": _text,  # which opens it, and so is told what is wrong
    "xml": _refused("XML that names labels, without the data", "Upload the ARFF that belongs to it as well."),
    "lfs": _refused("a Git LFS pointer, not the file itself", "Run git lfs pull, and upload the file it brings."),
    "html": _refused("a web page, not a table", "Download the data itself: open the link, then save the raw file."),
}


def _lines(opener: Opener) -> Iterator[str]:
    with opener() as file:
        for block in blocks_of(file):
            yield from block.decode("latin-1").split("\n")
