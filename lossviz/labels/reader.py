"""Any label source -> an Inspection, or the LabelCounts of one reading of it."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import pandas as pd

from lossviz.counts import LabelCounts
from lossviz.labels.arff import arff_table
from lossviz.labels.arrays import inspect_arrays
from lossviz.labels.delimited import Table, below_titles, read_table, with_header
from lossviz.labels.encodings import decoded
from lossviz.labels.inspection import AmbiguousLabels, Inspection, Question, Reading, UnreadableLabels
from lossviz.labels.large import inspect_large, read_large, stream_of
from lossviz.labels.large_others import Part, inspect_in_pieces, parts_of
from lossviz.labels.libsvm import inspect_libsvm, is_libsvm
from lossviz.labels.masks import inspect_masks
from lossviz.labels.pieces import Piece, name_of, pieces_of
from lossviz.labels.questions import inspected
from lossviz.labels.records import coco_in, inspect_coco, lists_in, loaded, record_table
from lossviz.labels.shapes import read
from lossviz.labels.sniff import REFUSED
from lossviz.labels.workbooks import parquet_table, sheets_of

Source = str | Path | bytes | IO[bytes] | pd.DataFrame | Sequence[str | Path]

TABLE_SETTINGS = ("encoding", "delimiter", "header", "sheet", "file", "array", "list", "threshold")


def inspect_labels(source: Source, *, filename: str | None = None, **settings: Any) -> Inspection:
    """What `source` holds: its readings, ranked, and what must be asked.

    Parameters
    ----------
    source : path, bytes, binary file object, DataFrame, or list of paths
        Delimited text, Excel, Parquet, JSON, JSON Lines, COCO, ARFF, LIBSVM, npy, npz or PNG masks, alone, in a
        folder, or in gzip, zip or zstd.
    filename : str, optional
        Shown as the source of the counts.
    **settings
        Settings that override what would be found: ``encoding``, ``delimiter``, ``header``, ``sheet``,
        ``file`` of an archive, ``array`` of a npz, ``threshold`` of probabilities.

    Raises
    ------
    UnreadableLabels
        With a reason and a remedy, if no labels can be read.
    """
    name = filename or ("table" if isinstance(source, pd.DataFrame) else name_of(source))
    stream = stream_of(source, settings)
    if stream is not None:
        return inspect_large(stream, inspected(stream.head, name), name)
    found = opened(source, name, settings)
    return found if isinstance(found, Inspection) else inspected(found, name)


def read_labels(source: Source, *, filename: str | None = None, **settings: Any) -> LabelCounts:
    r"""Counts of the labels in `source`.

    With no settings beyond those of the table the first reading is taken if it is certain.

    Raises
    ------
    AmbiguousLabels
        If there are several readings and no setting chooses one.
    UnreadableLabels
        If no labels can be read.

    Examples
    --------
    >>> read_labels(b"label\ncat\ndog\nant\ncat\ndog\ncat\n").positives.tolist()
    [3, 2, 1]
    """
    if set(settings) - set(TABLE_SETTINGS):
        return read_with(source, filename=filename, **settings).counts
    inspection = inspect_labels(source, filename=filename, **settings)
    if not inspection.certain:
        raise AmbiguousLabels(inspection.readings)
    return inspection.readings[0].counts


def read_with(source: Source, *, filename: str | None = None, **settings: Any) -> Reading:
    """The one reading that `settings` choose."""
    name = filename or ("table" if isinstance(source, pd.DataFrame) else name_of(source))
    of_table = {key: settings.pop(key) for key in TABLE_SETTINGS if key in settings}
    stream = stream_of(source, of_table)
    if stream is not None:
        return read_large(stream, settings, name)
    found = opened(source, name, of_table)
    if isinstance(found, Inspection):
        return _chosen(found, of_table | settings)
    if "threshold" in of_table:
        settings["threshold"] = of_table["threshold"]
    if "columns" in settings:
        settings["columns_of_labels"] = settings.pop("columns")
    return _with(read(found.cells, found.profiles, name, **settings), found)


def _chosen(found: Inspection, settings: Mapping[str, Any]) -> Reading:
    for reading in found.readings:
        if all(reading.settings.get(key) == value for key, value in settings.items()):
            return reading
    raise UnreadableLabels("There is no such reading of this file.", "Choose one of those that are offered.")


def opened(source: Source, name: str, settings: dict[str, Any]) -> Table | Inspection:
    """The table in a source, or what was found in a file that holds none."""
    if isinstance(source, pd.DataFrame):
        cells = source.astype("string").fillna("")
        cells.columns = cells.columns.astype(str)
        if len(cells) < 2:
            raise UnreadableLabels("The table has fewer than two rows.", "Pass one row per sample.")
        return Table(cells, {}, ())
    large = inspect_in_pieces(source, name, settings)
    if large is not None:
        return large
    parts = parts_of(source)
    if parts:
        return _one(parts, name, settings)
    pieces = pieces_of(source, name)
    masks = [piece for piece in pieces if piece.kind == "png"]
    if masks and len(masks) >= len(pieces) / 2:
        return inspect_masks(masks, name)
    return _one(pieces, name, settings)


def _one(pieces: Sequence[Piece | Part], name: str, settings: dict[str, Any]) -> Table | Inspection:
    """The one piece that holds labels, or the first of those that do, with a question."""
    xml = next((piece.data for piece in pieces if isinstance(piece, Piece) and piece.kind == "xml"), None)
    if len(pieces) == 1:
        return _read_piece(pieces[0], name, settings, None)
    chosen = settings.get("file")
    named = [piece for piece in pieces if chosen in (None, piece.name) and piece.kind != "xml"]
    if not named:
        raise UnreadableLabels(
            f"There is no file {chosen!r} in it.",
            "Choose one of " + ", ".join(piece.name for piece in pieces[:20]) + ".",
        )
    found: list[tuple[str, Table | Inspection]] = []
    seen: dict[str, Inspection] = {}
    problems: list[UnreadableLabels] = []
    for piece in sorted(named, key=_promise)[:12]:
        try:
            each = _read_piece(piece, name, settings, xml)
            seen[piece.name] = inspected(each, name) if isinstance(each, Table) else each
            found.append((piece.name, each))
        except UnreadableLabels as error:
            problems.append(error)
    if not found:
        raise problems[0]
    if len(problems) > len(found) and len(named) > 12:
        raise UnreadableLabels(
            f"Most of the {len(named):,} files hold no labels of their own.", "Upload one table with a row per sample."
        )
    first, best = found[0]
    if chosen is not None or len(found) == 1:
        if isinstance(best, Table):
            return replace(best, settings=best.settings | {"file": first})
        return replace(best, readings=tuple(_named(reading, {"file": first}) for reading in best.readings))
    parts = [table for key, table in found if isinstance(table, Table) and _stem(key) == _stem(first)]
    if len(parts) == len([key for key, _ in found if not _last(key)]) > 1 and _alike(parts):
        cells = pd.concat([table.cells for table in parts], ignore_index=True)
        said = f"{len(parts)} files of the same columns are read as one: {', '.join(seen)}."
        return Table(cells, parts[0].settings, (*parts[0].warnings, said), parts[0].questions)
    readings_of = [_named(reading, {"file": first}) for reading in seen[first].readings]
    readings_of += [_named(each.readings[0], {"file": key}) for key, each in seen.items() if key != first]
    question = Question("file", "Which file holds the labels?", tuple(seen))
    questions = (question, *seen[first].questions)
    return replace(seen[first], readings=tuple(readings_of), questions=questions, certain=False)


def _alike(parts: Sequence[Table]) -> bool:
    return len({tuple(table.cells.columns) for table in parts}) == 1


def _last(name: str) -> bool:
    return _promise(Piece(name, "text", b""))[0] == 2


def _stem(name: str) -> str:
    """The name of a file without what tells the parts of one data set apart."""
    return re.sub(r"(train(ing)?|test|valid(ation)?|val|dev|part|chunk|fold|shard)|[\W\d_]+", "", name.lower())


def _promise(piece: Piece | Part) -> tuple[int, str]:
    """Files that say in their name that they hold labels first, read-me files last."""
    lower = piece.name.lower()
    last = any(
        word in lower for word in ("readme", "license", "licence", "citation", "sample_submission", "samplesubmission")
    )
    first = any(word in lower for word in ("label", "target", "annotation", "train", "class", "y_"))
    return (2 if last else 0 if first else 1, piece.name)


def _read_piece(piece: Piece | Part, name: str, settings: dict[str, Any], xml: bytes | None) -> Table | Inspection:
    if isinstance(piece, Part):
        own = {key: value for key, value in settings.items() if key != "file"}
        return inspect_labels(piece.source, filename=name, **own)
    if piece.kind in REFUSED:
        what, instead = REFUSED[piece.kind]
        raise UnreadableLabels(f"The file is {what}.", f"Save the labels as {instead}.")
    return _FAMILIES[piece.kind](piece, name, settings, xml)


def _text(piece: Piece, name: str, settings: dict[str, Any], _xml: bytes | None) -> Table | Inspection:
    own = {key: settings[key] for key in ("encoding", "delimiter", "header") if key in settings}
    if not own:
        text, _, _ = decoded(piece.data, None)
        if is_libsvm(text):
            return inspect_libsvm(text.split("\n"), name)
    return read_table(piece.data, **own)


def _json(piece: Piece, name: str, settings: dict[str, Any], _xml: bytes | None) -> Table | Inspection:
    value = loaded(piece.data)
    coco = coco_in(value)
    if coco is not None:
        return inspect_coco(coco, name)
    lists = lists_in(value)
    chosen = settings.get("list", next(iter(lists), None))
    if lists and chosen not in lists:
        raise UnreadableLabels(f"There is no list {chosen!r}.", f"Choose one of {', '.join(list(lists)[:20])}.")
    cells = record_table(lists[chosen] if chosen is not None else value)
    cells.columns = cells.columns.astype(str)
    asked = (Question("list", "Which list holds the labels?", tuple(lists)),) if len(lists) > 1 else ()
    return Table(cells.astype("string"), {"list": chosen} if lists else {}, (), asked)


def _arff(piece: Piece, _name: str, _settings: dict[str, Any], xml: bytes | None) -> Table:
    cells, named, trailing = arff_table(piece.data, xml)
    if named is not None:
        kept = cells[named] if len(named) > 1 else cells[[*named]]
        return Table(kept, {}, (f"The labels are the {len(named)} attributes that the file names.",))
    if len(trailing) > 1:
        said = f"Nothing says which attributes are labels; the last {len(trailing)} hold only 0 and 1."
        question = Question("columns", "Which attributes are labels?", (tuple(trailing),))
        return Table(cells, {}, (said,), (question,))
    return Table(cells, {}, ())


def _excel(piece: Piece, name: str, settings: dict[str, Any], _xml: bytes | None) -> Table:
    sheets = sheets_of(piece.data)
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
                inspected(table, name)
                found[sheet] = table
            except UnreadableLabels as error:
                problem = problem or error
    if not found:
        raise problem or UnreadableLabels("No sheet holds labels.", "Upload one with a row per sample.")
    sheet, table = max(found.items(), key=lambda item: len(item[1].cells))
    question = (Question("sheet", "Which sheet holds the labels?", tuple(found)),) if len(found) > 1 else ()
    return Table(table.cells, table.settings | {"sheet": sheet}, table.warnings, question)


def _arrays(piece: Piece, name: str, settings: dict[str, Any], _xml: bytes | None) -> Inspection:
    return inspect_arrays(lambda: io.BytesIO(piece.data), name, piece.kind, settings)


def _refused(kind: str, remedy: str) -> Callable[..., Table | Inspection]:
    def refuse(*_: Any) -> Table | Inspection:
        raise UnreadableLabels(f"The file is {kind}.", remedy)

    return refuse


_FAMILIES: dict[str, Callable[[Piece, str, dict[str, Any], bytes | None], Table | Inspection]] = {
    "text": _text,
    "json": _json,
    "arff": _arff,
    "xlsx": _excel,
    "parquet": lambda piece, *_: Table(parquet_table(piece.data).astype("string"), {}, ()),
    "npy": _arrays,
    "npz": _arrays,
    "png": lambda piece, name, *_: inspect_masks([piece], name),
    "xml": _refused("XML that names labels, without the data", "Upload the ARFF that belongs to it as well."),
    "lfs": _refused("a Git LFS pointer, not the file itself", "Run git lfs pull, and upload the file it brings."),
    "html": _refused("a web page, not a table", "Download the data itself: open the link, then save the raw file."),
}


def _with(reading: Reading, table: Table) -> Reading:
    return _named(reading, table.settings)


def _named(reading: Reading, settings: Mapping[str, Any]) -> Reading:
    return Reading(reading.description, reading.counts, dict(settings) | dict(reading.settings))
