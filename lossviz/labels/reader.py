"""Any label source -> an Inspection, or the LabelCounts of one reading of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lossviz.counts import LabelCounts
from lossviz.labels.delimited import Table
from lossviz.labels.families import Found, found_in, inspection_of
from lossviz.labels.files import File, files_of, name_of
from lossviz.labels.inspection import AmbiguousLabels, Inspection, Question, Reading, UnreadableLabels
from lossviz.labels.large import or_whole, read_large
from lossviz.labels.masks import inspect_masks
from lossviz.labels.ordering import Order, check, clear, final, in_output_order
from lossviz.labels.packages import found_among
from lossviz.labels.questions import of_table as declared_by
from lossviz.labels.shapes import read
from lossviz.labels.streams import Stream

Source = str | Path | bytes | IO[bytes] | pd.DataFrame | Sequence[str | Path]

TABLE_SETTINGS = ("encoding", "delimiter", "header", "sheet", "file", "array", "list", "threshold")
READING_SETTINGS = (
    "shape", "column", "columns", "separator", "unit", "counts", "present", "positive", "empty", "missing",
    "uncertain", "left_out", "as_class", "names", "ignore", "format",
)  # fmt: skip


def inspect_labels(
    source: Source,
    *,
    filename: str | None = None,
    order: Order = None,
    outputs: int | None = None,
    **settings: Any,
) -> Inspection:
    """What `source` holds: its readings, ranked, and what must be asked.

    Parameters
    ----------
    source : path, bytes, binary file object, DataFrame, or list of paths
        Delimited text, Excel, OpenDocument, Parquet, JSON, JSON Lines, COCO, ARFF, LIBSVM, npy, npz or PNG
        masks, alone, in a folder, or in gzip, zip or zstd.
    filename : str, optional
        Shown as the source of the counts.
    order : {"sorted", "appearance", "frequency"} or list of names, optional
        The order of the model's outputs. By default as the source declares it; else whole-number ids rise, one that
        never occurs keeping its place, and names stand as scikit-learn's LabelEncoder sorts them; columns stand as
        they are. A list may name classes that never occur.
    outputs : int, optional
        How many outputs the model has: class ids then stand at their places, or are numbered anew where only that
        fits.
    **settings
        What is known of the source, each a constraint on what is found: of the table ``encoding``, ``delimiter``,
        ``header``, ``sheet``, ``file`` of an archive, ``array`` of a npz, ``threshold`` of probabilities; of its
        labels ``column``, ``columns``, ``separator``, ``unit``, ``positive``, ``missing`` and more, as readings
        have them.

    Raises
    ------
    UnreadableLabels
        With a reason and a remedy, if no labels can be read.
    ValueError
        If there is no such setting, order or number of outputs.
    """
    check(order, outputs)
    name, (of_table, _) = _name(source, filename), _split(settings)
    found = in_output_order(inspection_of(opened(source, name, of_table), name), order, outputs)
    if not settings and order is None and outputs is None:
        return found
    # Whoever says which outputs there are does not mind how ids are spelled, and names the positive one of two.
    answered = {*settings, *([] if order is None and outputs is None else ["names", "outputs"])}
    answered |= set() if order is None or isinstance(order, str) else {"positive"}

    def read_so(wanted: Mapping[str, Any]) -> Reading:
        return read_with(source, filename=filename, order=order, outputs=outputs, **wanted)

    return _constrained(found, settings, answered, read_so)


def read_labels(
    source: Source,
    *,
    filename: str | None = None,
    order: Order = None,
    outputs: int | None = None,
    **settings: Any,
) -> LabelCounts:
    r"""Counts of the labels in `source`, with the classes in the order of the model's outputs.

    Settings are those of `inspect_labels`. The likeliest reading that they allow is taken if they leave nothing
    open. Where a column or columns are named, what else they leave open follows from them.

    Raises
    ------
    AmbiguousLabels
        If there are several readings and no setting chooses one.
    UnreadableLabels
        If no labels can be read.
    ValueError
        If there is no such setting, order or number of outputs.

    Examples
    --------
    >>> counts = read_labels(b"label\ncat\ndog\nant\ncat\ndog\ncat\n")
    >>> counts.classes, counts.positives.tolist()
    (('ant', 'cat', 'dog'), [1, 3, 2])
    >>> read_labels(b"label\n3\n0\n1\n0\n0\n1\n", outputs=5).positives.tolist()
    [3, 2, 0, 1, 0]
    """
    check(order, outputs)
    _split(settings)
    if settings.get("column") is not None or settings.get("columns") is not None:
        return read_with(source, filename=filename, order=order, outputs=outputs, **settings).counts
    inspection = inspect_labels(source, filename=filename, order=order, outputs=outputs, **settings)
    if not inspection.certain:
        left = open_questions(inspection, inspection.readings, settings)
        raise AmbiguousLabels(inspection.readings, left or inspection.questions)
    return inspection.readings[0].counts


def read_with(
    source: Source, *, filename: str | None = None, order: Order = None, outputs: int | None = None, **settings: Any
) -> Reading:
    """The one reading that `settings` choose."""
    check(order, outputs)
    of_table, own = _split(settings)
    return final(_read_with(source, _name(source, filename), of_table, own), order, outputs)


def _read_with(source: Source, name: str, of_table: dict[str, Any], settings: dict[str, Any]) -> Reading:
    found = opened(source, name, of_table)
    if isinstance(found, Stream):
        counted = or_whole(found, partial(read_large, found, settings, name))
        if isinstance(counted, Reading):
            return counted
        found = counted
    if isinstance(found, Inspection):
        return _chosen(found, of_table | settings)
    if "threshold" in of_table:
        settings["threshold"] = of_table["threshold"]
    if "columns" in settings:
        settings["columns_of_labels"] = settings.pop("columns")
    return declared_by(read(found.cells, found.profiles, name, **settings), found)


def _name(source: Source, filename: str | None) -> str:
    return filename or ("table" if isinstance(source, pd.DataFrame) else name_of(source))


def _split(settings: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The settings of the table and those of its labels; ValueError where there is no such setting."""
    known = (*TABLE_SETTINGS, *READING_SETTINGS)
    for key in settings:
        if key not in known:
            near = get_close_matches(key, [*known, "order", "outputs"], 1)
            instead = f"did you mean {near[0]}?" if near else f"choose one of {', '.join(known)}, order, outputs."
            raise ValueError(f"There is no setting {key!r}; {instead}")
    of_table = {key: value for key, value in settings.items() if key in TABLE_SETTINGS}
    return of_table, {key: value for key, value in settings.items() if key not in TABLE_SETTINGS}


def _constrained(
    found: Inspection,
    settings: Mapping[str, Any],
    answered: Collection[str],
    read_so: Callable[[Mapping[str, Any]], Reading],
) -> Inspection:
    """The readings that have these settings; where none has, the likeliest one under them."""
    kept = tuple(reading for reading in found.readings if _has(reading, settings))
    if not kept:
        likeliest = {k: v for k, v in found.readings[0].settings.items() if k not in ("order", "outputs")}
        kept = (read_so({**likeliest, **settings}),)
    certain = found.certain or not open_questions(found, kept, answered)
    return replace(found, readings=kept, certain=certain)


def _has(reading: Reading, settings: Mapping[str, Any]) -> bool:
    """Whether a reading has these settings; those of the table that it does not name are what it was read with."""
    return all(
        reading.settings.get(key) == value
        for key, value in settings.items()
        if key in reading.settings or key not in TABLE_SETTINGS
    )


def open_questions(found: Inspection, readings: Sequence[Reading], answered: Collection[str]) -> tuple[Question, ...]:
    """The questions that readings leave open beside those that are answered."""
    left = []
    for question in found.questions:
        if question.setting in answered or (question.setting == "positive" and clear(readings[0].counts.classes)):
            continue
        answers = dict.fromkeys(_hashable(reading.settings.get(question.setting)) for reading in readings)
        unconfirmed = question.setting == "shape" and len(question.choices) < 2
        if len(answers) > 1 or unconfirmed or question.setting in ("positive", "outputs"):
            left.append(question)
    return tuple(left)


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _chosen(found: Inspection, settings: Mapping[str, Any]) -> Reading:
    for reading in found.readings:
        if all(reading.settings.get(key) == value for key, value in settings.items()):
            return reading
    raise UnreadableLabels("There is no such reading of this file.", "Choose one of those that are offered.")


def opened(source: Source, name: str, settings: Mapping[str, Any]) -> Found:
    """What a source holds: a table, small or large, or the readings of files that hold none."""
    if isinstance(source, pd.DataFrame):
        cells = _whole_numbers(source).astype("string").fillna("")
        cells.columns = cells.columns.astype(str)
        if len(cells) < 2:
            raise UnreadableLabels("The table has fewer than two rows.", "Pass one row per sample.")
        return Table(cells, {}, (), declared=_categories(source))
    try:
        return _in_files(files_of(source, name), name, settings)
    except OSError as error:
        raise UnreadableLabels(
            f"The file cannot be read: {error.strerror or error}.", "Check it, and try again."
        ) from error


def _whole_numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with ids as ids that pandas made 3.0 of 3, as it does where some are missing."""
    floats = [k for k, kind in enumerate(frame.dtypes) if isinstance(kind, np.dtype) and kind.kind == "f"]
    whole = [k for k in floats if _are_whole(frame.iloc[:, k].to_numpy())]
    if not whole:
        return frame
    columns = [frame.iloc[:, k].astype("Int64") if k in set(whole) else frame.iloc[:, k] for k in range(frame.shape[1])]
    return pd.concat(columns, axis=1)


def _are_whole(values: NDArray[np.floating[Any]]) -> bool:
    known = values[~np.isnan(values)]
    return bool((np.abs(known) < 1 << 53).all() and (known == np.floor(known)).all())


def _categories(frame: pd.DataFrame) -> dict[str, list[str]]:
    """The classes of each column of categories, in their order."""
    kinds = {str(name): kind for name, kind in frame.dtypes.items()}
    return {
        name: pd.Series(kind.categories).astype("string").fillna("").tolist()
        for name, kind in kinds.items()
        if isinstance(kind, pd.CategoricalDtype) and kind.categories is not None
    }


def _in_files(files: Sequence[File], name: str, settings: Mapping[str, Any]) -> Found:
    masks = [file for file in files if file.kind == "png"]
    if masks and len(masks) >= len(files) / 2:
        return inspect_masks(masks, name)
    if len(files) == 1:
        return found_in(files[0], name, settings)
    return found_among(files, name, settings)
