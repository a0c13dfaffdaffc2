"""Any label source -> an Inspection, or the LabelCounts of one reading of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import pandas as pd

from lossviz.counts import LabelCounts
from lossviz.labels.arff import arff_table
from lossviz.labels.arrays import inspect_arrays
from lossviz.labels.delimited import Table, read_table, with_header
from lossviz.labels.encodings import decoded
from lossviz.labels.inspection import AmbiguousLabels, Inspection, Question, Reading, UnreadableLabels
from lossviz.labels.large import inspect_large, read_large, stream_of
from lossviz.labels.libsvm import inspect_libsvm, is_libsvm
from lossviz.labels.masks import inspect_masks
from lossviz.labels.pieces import Piece, name_of, pieces_of
from lossviz.labels.records import inspect_coco, is_coco, loaded, record_table
from lossviz.labels.shapes import read, readings
from lossviz.labels.sniff import REFUSED
from lossviz.labels.workbooks import parquet_table, sheets_of

Source = str | Path | bytes | IO[bytes] | pd.DataFrame | Sequence[str | Path]

TABLE_SETTINGS = ("encoding", "delimiter", "header", "sheet", "file", "array", "threshold")


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
        return inspect_large(stream, _inspected(stream.head, name), name)
    found = _opened(source, name, settings)
    return found if isinstance(found, Inspection) else _inspected(found, name)


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
    >>> read_labels(b"label\ncat\ndog\ncat\ncat\n").positives.tolist()
    [3, 1]
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
    found = _opened(source, name, of_table)
    if isinstance(found, Inspection):
        return _chosen(found, of_table | settings)
    if "columns" in settings:
        settings["columns_of_labels"] = settings.pop("columns")
    return _with(read(found.cells, found.profiles, name, **settings), found)


def _chosen(found: Inspection, settings: Mapping[str, Any]) -> Reading:
    for reading in found.readings:
        if all(reading.settings.get(key) == value for key, value in settings.items()):
            return reading
    raise UnreadableLabels("There is no such reading of this file.", "Choose one of those that are offered.")


def _opened(source: Source, name: str, settings: dict[str, Any]) -> Table | Inspection:
    """The table in a source, or what was found in a file that holds none."""
    if isinstance(source, pd.DataFrame):
        cells = source.astype("string").fillna("")
        cells.columns = cells.columns.astype(str)
        if len(cells) < 2:
            raise UnreadableLabels("The table has fewer than two rows.", "Pass one row per sample.")
        return Table(cells, {}, ())
    pieces = pieces_of(source, name)
    masks = [piece for piece in pieces if piece.kind == "png"]
    if masks and len(masks) >= len(pieces) / 2:
        return inspect_masks(masks, name)
    return _one(pieces, name, settings)


def _one(pieces: Sequence[Piece], name: str, settings: dict[str, Any]) -> Table | Inspection:
    """The one piece that holds labels, or the first of those that do, with a question."""
    xml = next((piece.data for piece in pieces if piece.kind == "xml"), None)
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
    problems: list[UnreadableLabels] = []
    for piece in sorted(named, key=_promise)[:12]:
        try:
            opened = _read_piece(piece, name, settings, xml)
            found.append((piece.name, opened))
            if isinstance(opened, Table):
                _inspected(opened, name)
        except UnreadableLabels as error:
            problems.append(error)
            found = [entry for entry in found if entry[0] != piece.name]
    if not found:
        raise problems[0]
    first, best = found[0]
    alike = [table for _, table in found if isinstance(table, Table)]
    if chosen is None and len(alike) == len(found) > 1 and len({tuple(table.cells.columns) for table in alike}) == 1:
        cells = pd.concat([table.cells for table in alike], ignore_index=True)
        said = f"{len(found)} files of the same columns are read as one: {', '.join(key for key, _ in found)}."
        return Table(cells, alike[0].settings, (*alike[0].warnings, said))
    files = tuple(key for key, _ in found)
    question = (Question("file", "Which file holds the labels?", files),) if len(files) > 1 else ()
    if isinstance(best, Inspection):
        readings_of = tuple(_named(reading, {"file": first}) for reading in best.readings)
        return replace(
            best, readings=readings_of, questions=(*question, *best.questions), certain=best.certain and not question
        )
    return Table(best.cells, best.settings | {"file": first}, best.warnings, (*question, *best.questions))


def _promise(piece: Piece) -> tuple[int, str]:
    """Files that say in their name that they hold labels first, read-me files last."""
    lower = piece.name.lower()
    last = any(word in lower for word in ("readme", "license", "licence", "citation"))
    first = any(word in lower for word in ("label", "target", "annotation", "train", "class", "y_"))
    return (2 if last else 0 if first else 1, piece.name)


def _read_piece(piece: Piece, name: str, settings: dict[str, Any], xml: bytes | None) -> Table | Inspection:
    if piece.kind in REFUSED:
        what, instead = REFUSED[piece.kind]
        raise UnreadableLabels(f"The file is {what}.", f"Save the labels as {instead}.")
    return _FAMILIES[piece.kind](piece, name, settings, xml)


def _text(piece: Piece, name: str, settings: dict[str, Any], _xml: bytes | None) -> Table | Inspection:
    own = {key: settings[key] for key in ("encoding", "delimiter", "header") if key in settings}
    if not own:
        text, _, _ = decoded(piece.data, None)
        if is_libsvm(text):
            return inspect_libsvm(text, name)
    return read_table(piece.data, **own)


def _json(piece: Piece, name: str, _settings: dict[str, Any], _xml: bytes | None) -> Table | Inspection:
    value = loaded(piece.data)
    if is_coco(value):
        return inspect_coco(value, name)
    cells = record_table(value)
    cells.columns = cells.columns.astype(str)
    return Table(cells.astype("string"), {}, ())


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
                table = with_header(pd.DataFrame(rows, dtype=str), settings.get("header"))
                _inspected(table, name)
                found[sheet] = table
            except UnreadableLabels as error:
                problem = problem or error
    if not found:
        raise problem or UnreadableLabels("No sheet holds labels.", "Upload one with a row per sample.")
    sheet, table = max(found.items(), key=lambda item: len(item[1].cells))
    question = (Question("sheet", "Which sheet holds the labels?", tuple(found)),) if len(found) > 1 else ()
    return Table(table.cells, table.settings | {"sheet": sheet}, table.warnings, question)


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
    "npy": lambda piece, name, settings, _: inspect_arrays(piece.data, name, "npy", settings),
    "npz": lambda piece, name, settings, _: inspect_arrays(piece.data, name, "npz", settings),
    "png": lambda piece, name, *_: inspect_masks([piece], name),
    "xml": _refused("XML that names labels, without the data", "Upload the ARFF that belongs to it as well."),
    "lfs": _refused("a Git LFS pointer, not the file itself", "Run git lfs pull, and upload the file it brings."),
    "html": _refused("a web page, not a table", "Download the data itself: open the link, then save the raw file."),
}


def _inspected(table: Table, name: str) -> Inspection:
    ranked = readings(table.cells, table.profiles, name)
    if not ranked:
        raise UnreadableLabels(
            f"None of the {table.cells.shape[1]:,} columns looks like labels.",
            "Upload a file with a class column, 0/1 columns or a column of lists.",
        )
    found = tuple(_with(reading, table) for _, reading in ranked)
    clear = len(ranked) == 1 or (ranked[0][0] >= 4 and ranked[0][0] - ranked[1][0] >= 2)
    alone = table.cells.shape[1] == 1
    questions = (*table.questions, *_questions(found))
    open_ones = any(question.setting not in ("column", "positive") for question in questions)
    few = f"There are only {found[0].counts.n_samples} samples: shares of so few are rough."
    warnings = (*table.warnings, few) if found[0].counts.n_samples < 50 else table.warnings
    return Inspection(found, (clear or alone) and not open_ones, questions, warnings, table.cells.head(20))


_ASKED = {
    "uncertain": "What is -1, the mark of an uncertain label?",
    "empty": "Is the label that says that there is none a class, or an empty list?",
    "unit": "What is one sample: a row, or everything of one name?",
}


def _questions(found: tuple[Reading, ...]) -> tuple[Question, ...]:
    """The settings in which the best reading and its variants differ, and what every table leaves open."""
    columns = tuple(dict.fromkeys(reading.settings["column"] for reading in found if "column" in reading.settings))
    questions = []
    if len(columns) > 1:
        questions.append(Question("column", "Which column holds the labels?", columns))
    first = found[0].settings
    same = [reading.settings for reading in found if _subject(reading.settings) == _subject(first)]
    for setting, text in _ASKED.items():
        values = tuple(dict.fromkeys(each.get(setting) for each in same))
        if len(values) > 1:
            questions.append(Question(setting, text, values))
    if first.get("shape") == "votes":
        questions.append(Question("shape", "Are the columns votes for classes?", ("votes",)))
    if found[0].counts.task == "binary":
        questions.append(Question("positive", "Which class is the positive one?", found[0].counts.classes))
    return tuple(questions)


def _subject(settings: Mapping[str, Any]) -> tuple[Any, ...]:
    return (settings.get("column"), tuple(settings.get("columns", ())))


def _with(reading: Reading, table: Table) -> Reading:
    return _named(reading, table.settings)


def _named(reading: Reading, settings: Mapping[str, Any]) -> Reading:
    return Reading(reading.description, reading.counts, dict(settings) | dict(reading.settings))
