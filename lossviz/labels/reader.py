"""Any label source -> an Inspection, or the LabelCounts of one reading of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import pandas as pd
from numpy.typing import NDArray

from lossviz.counts.label_counts import LabelCounts
from lossviz.labels.exports import export_in, in_files
from lossviz.labels.formats.frames import held_in, in_memory
from lossviz.labels.inspection import (
    AmbiguousLabels,
    Inspection,
    Reading,
    UnreadableLabels,
    failures_said,
    refuse_foreign,
)
from lossviz.labels.meaning.answers import answered, chosen, closing, constrained, open_questions
from lossviz.labels.meaning.ordering import final, in_output_order
from lossviz.labels.meaning.questions import read
from lossviz.labels.opening import Found, inspection_of
from lossviz.labels.settings import Settings
from lossviz.labels.sources.files import File, files_of, kept, name_of

Source = str | Path | bytes | IO[bytes] | pd.DataFrame | pd.Series | NDArray[Any] | Mapping[str, Any] | Sequence[Any]


def inspect_labels(source: Source, *, filename: str | None = None, **settings: Any) -> Inspection:
    """What `source` holds: its readings, ranked, and what must be asked.

    Parameters
    ----------
    source : path, bytes, binary file object, list of paths, DataFrame, Series, array, tensor or list of labels
        Labels in memory, or delimited text, Excel, OpenDocument, Parquet, Feather, Arrow, ORC, SQLite, JSON, JSON
        Lines, TOML, ARFF, LIBSVM, npy, npz, IDX or PNG masks, alone, in a folder, or in gzip, zip or zstd; exports of
        COCO, LVIS, Pascal VOC, CVAT, YOLO, VIA, Label Studio, Labelbox and brat; images in folders of their classes;
        with the extra ``formats`` Stata, SPSS, SAS, MATLAB and HDF5.
    filename : str, optional
        Shown as the source of the counts.
    **settings
        What is known of the source, each a constraint on what is found: of the table ``encoding``, ``delimiter``,
        ``header``, ``sheet``, ``file`` of an archive, ``array`` of a npz, ``threshold`` of probabilities; of its
        labels ``shape``, ``column``, ``columns``, ``separator``, ``group_by`` (the column whose equal values make one
        sample of several rows), ``unit`` of COCO and masks, ``split`` (the rows whose column of splits says so),
        ``positive``, ``missing`` and more, as readings have them.

        ``order`` is that of the model's outputs: "sorted", "appearance", "frequency", a list of names or a
        ``class_to_idx``. By default as the source declares it; else whole-number ids rise, one that never occurs
        keeping its place, and names stand as scikit-learn's LabelEncoder sorts them; columns stand as they are. A
        list may name classes that never occur. ``outputs`` is how many outputs the model has: class ids then stand
        at their places, or are numbered anew where only that fits.

    Raises
    ------
    UnreadableLabels
        With a reason and a remedy, if no labels can be read.
    ValueError
        If there is no such setting, or it cannot have that value.
    """
    given, name = Settings.of(settings), _name(source, filename)
    with failures_said(name):
        return _inspected(source if in_memory(source) else kept(source), name, given)


def _inspected(source: Source, name: str, given: Settings) -> Inspection:
    wanted, order, outputs = given.without("order", "outputs"), given.get("order"), given.get("outputs")
    found = inspection_of(opened(source, name, given), name, given)
    if any("column" in reading.settings for reading in found.readings) and wanted.get("ignore") is not None:
        # What masks and arrays ignore, a column leaves out.
        wanted = wanted.without("ignore") | {"left_out": wanted["ignore"]}
    if wanted:
        found = constrained(found, wanted, lambda asked: _read_with(source, name, asked))
    ordered = in_output_order(found, order, outputs)
    return answered(ordered, wanted, given) if given else ordered


def read_labels(source: Source, *, filename: str | None = None, **settings: Any) -> LabelCounts:
    r"""Counts of the labels in `source`, with the classes in the order of the model's outputs.

    Settings are those of `inspect_labels`. The likeliest reading that they allow is taken if they leave nothing
    open. Where a column is named and no `group_by`, every row is a sample.

    Raises
    ------
    AmbiguousLabels
        If there are several readings and no setting chooses one.
    UnreadableLabels
        If no labels can be read.
    ValueError
        If there is no such setting, or it cannot have that value.

    Examples
    --------
    >>> counts = read_labels(b"label\ncat\ndog\nant\ncat\ndog\ncat\n")
    >>> counts.classes, counts.positives.tolist()
    (('ant', 'cat', 'dog'), [1, 3, 2])
    >>> read_labels(b"label\n3\n0\n1\n0\n0\n1\n", outputs=5).positives.tolist()
    [3, 2, 0, 1, 0]
    """
    given = Settings.of(settings)
    inspection = inspect_labels(source, filename=filename, **given)
    if not inspection.certain:
        left = open_questions(inspection, inspection.readings, closing(given))
        raise AmbiguousLabels(inspection.readings, left or inspection.questions)
    return inspection.readings[0].counts


def read_with(source: Source, *, filename: str | None = None, **settings: Any) -> Reading:
    """The one reading that `settings` choose."""
    given = Settings.of(settings)
    wanted, name = given.without("order", "outputs"), _name(source, filename)
    with failures_said(name):
        return final(_read_with(source, name, wanted), given.get("order"), given.get("outputs"))


def _read_with(source: Source, name: str, wanted: Settings) -> Reading:
    found = opened(source, name, wanted)
    if isinstance(found, Inspection):
        return chosen(found, wanted)
    threshold = {"threshold": wanted["threshold"]} if "threshold" in wanted else {}
    return read(found, name, wanted.of_labels | threshold)


def _name(source: Source, filename: str | None) -> str:
    return filename or ("table" if in_memory(source) else name_of(source))


def opened(source: Source, name: str, settings: Mapping[str, Any]) -> Found:
    """What a source holds: a table, small or large, or the readings of files that hold none."""
    held = held_in(source, name, settings)
    if held is not None:
        refuse_foreign(settings, "the data is in memory")
        return held
    try:
        return _in_files(files_of(source, name), name, settings)
    except OSError as error:
        raise UnreadableLabels(
            f"The file cannot be read: {error.strerror or error}.", "Check it, and try again."
        ) from error


def _in_files(files: Sequence[File], name: str, settings: Mapping[str, Any]) -> Found:
    if len(files) > 1 and (export := export_in(files, name, settings)) is not None:
        return export
    return in_files(files, name, settings)
