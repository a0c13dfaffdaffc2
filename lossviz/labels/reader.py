"""Any label source -> an Inspection, or the LabelCounts of one reading of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import IO, Any

import pandas as pd

from lossviz.counts import LabelCounts
from lossviz.labels.delimited import Table
from lossviz.labels.families import Found, found_in, inspection_of
from lossviz.labels.files import File, files_of, name_of
from lossviz.labels.inspection import AmbiguousLabels, Inspection, Reading, UnreadableLabels
from lossviz.labels.large import or_whole, read_large
from lossviz.labels.masks import inspect_masks
from lossviz.labels.packages import found_among
from lossviz.labels.shapes import read
from lossviz.labels.streams import Stream

Source = str | Path | bytes | IO[bytes] | pd.DataFrame | Sequence[str | Path]

TABLE_SETTINGS = ("encoding", "delimiter", "header", "sheet", "file", "array", "list", "threshold")


def inspect_labels(source: Source, *, filename: str | None = None, **settings: Any) -> Inspection:
    """What `source` holds: its readings, ranked, and what must be asked.

    Parameters
    ----------
    source : path, bytes, binary file object, DataFrame, or list of paths
        Delimited text, Excel, OpenDocument, Parquet, JSON, JSON Lines, COCO, ARFF, LIBSVM, npy, npz or PNG
        masks, alone, in a folder, or in gzip, zip or zstd.
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
    return inspection_of(opened(source, name, settings), name)


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
    return _with(read(found.cells, found.profiles, name, **settings), found)


def _chosen(found: Inspection, settings: Mapping[str, Any]) -> Reading:
    for reading in found.readings:
        if all(reading.settings.get(key) == value for key, value in settings.items()):
            return reading
    raise UnreadableLabels("There is no such reading of this file.", "Choose one of those that are offered.")


def opened(source: Source, name: str, settings: Mapping[str, Any]) -> Found:
    """What a source holds: a table, small or large, or the readings of files that hold none."""
    if isinstance(source, pd.DataFrame):
        cells = source.astype("string").fillna("")
        cells.columns = cells.columns.astype(str)
        if len(cells) < 2:
            raise UnreadableLabels("The table has fewer than two rows.", "Pass one row per sample.")
        return Table(cells, {}, ())
    try:
        return _in_files(files_of(source, name), name, settings)
    except OSError as error:
        raise UnreadableLabels(
            f"The file cannot be read: {error.strerror or error}.", "Check it, and try again."
        ) from error


def _in_files(files: Sequence[File], name: str, settings: Mapping[str, Any]) -> Found:
    masks = [file for file in files if file.kind == "png"]
    if masks and len(masks) >= len(files) / 2:
        return inspect_masks(masks, name)
    if len(files) == 1:
        return found_in(files[0], name, settings)
    return found_among(files, name, settings)


def _with(reading: Reading, table: Table) -> Reading:
    return _named(reading, table.settings)


def _named(reading: Reading, settings: Mapping[str, Any]) -> Reading:
    return Reading(reading.description, reading.counts, dict(settings) | dict(reading.settings))
