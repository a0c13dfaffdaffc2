"""Any label source -> an Inspection, or the LabelCounts of one reading of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import pandas as pd
from numpy.typing import NDArray

from lossviz.counts.label_counts import LabelCounts
from lossviz.labels.exports import export_in
from lossviz.labels.formats.frames import held_in, in_memory
from lossviz.labels.formats.masks import inspect_masks
from lossviz.labels.inspection import (
    AmbiguousLabels,
    Inspection,
    Question,
    Reading,
    UnreadableLabels,
    failures_said,
    refuse_foreign,
)
from lossviz.labels.meaning.ordering import final, in_output_order
from lossviz.labels.meaning.questions import read
from lossviz.labels.opening import Found, found_in, inspection_of
from lossviz.labels.packages import found_among
from lossviz.labels.settings import TABLE_SETTINGS, Settings
from lossviz.labels.sources.files import File, files_of, kept, name_of
from lossviz.labels.tables.names import clear
from lossviz.labels.values import shown

Source = str | Path | bytes | IO[bytes] | pd.DataFrame | pd.Series | NDArray[Any] | Mapping[str, Any] | Sequence[Any]


def inspect_labels(source: Source, *, filename: str | None = None, **settings: Any) -> Inspection:
    """What `source` holds: its readings, ranked, and what must be asked.

    Parameters
    ----------
    source : path, bytes, binary file object, list of paths, DataFrame, Series, array, tensor or list of labels
        Labels in memory, or delimited text, Excel, OpenDocument, Parquet, JSON, JSON Lines, COCO, ARFF, LIBSVM,
        npy, npz or PNG masks, alone, in a folder, or in gzip, zip or zstd.
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
        found = _constrained(found, wanted, lambda asked: _read_with(source, name, asked))
    ordered = in_output_order(found, order, outputs)
    return _answered(ordered, wanted, given) if given else ordered


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
        left = open_questions(inspection, inspection.readings, _closing(given))
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
        return _chosen(found, wanted)
    threshold = {"threshold": wanted["threshold"]} if "threshold" in wanted else {}
    return read(found, name, wanted.of_labels | threshold)


def _name(source: Source, filename: str | None) -> str:
    return filename or ("table" if in_memory(source) else name_of(source))


def _constrained(found: Inspection, wanted: Settings, read_so: Callable[[Settings], Reading]) -> Inspection:
    """The readings that have these settings; where none has, the likeliest one under them."""
    kept = tuple(reading for reading in found.readings if _has(reading, wanted))
    if not kept and wanted.get("positive") is not None:
        # Where columns or files name two classes, and not the values of a column.
        others = wanted.without("positive")
        two = (each for each in found.readings if each.counts.task == "binary" and "column" not in each.settings)
        kept = tuple(_with_positive(each, wanted["positive"]) for each in two if _has(each, others))
    if kept:
        return replace(found, readings=kept)
    if not any({"column", "columns"} & set(reading.settings) for reading in found.readings):
        return replace(found, readings=(_chosen(found, wanted),))
    read = read_so(Settings(**_likeliest(found, wanted)).without("order", "outputs") | wanted)
    for key, value in wanted.items():
        if value is not None and key not in read.settings and (key == "threshold" or key not in TABLE_SETTINGS):
            instead = "Leave out that setting, or choose a shape."
            if key == "unit":
                instead = f"Pass group_by={shown(value)} if all the rows of one {value} are one sample."
            raise UnreadableLabels(f"{key}={shown(value)} does nothing for {read.description}.", instead)
    return replace(found, readings=(read,))


def _with_positive(reading: Reading, positive: str) -> Reading:
    """A reading of two classes, the positive one of which is given."""
    names = reading.counts.classes
    if positive not in names:
        raise UnreadableLabels(
            f"The positive class {shown(positive)} is none of {', '.join(names)}.", "Choose one of them."
        )
    counts = reading.counts.reordered([*(name for name in names if name != positive), positive])
    return replace(reading, counts=counts, settings={**reading.settings, "positive": positive})


# What a setting says of the shape, where no reading has it.
_IMPLIED = {"separator": "list", "counts": "counts", "group_by": "grouped"}


def _likeliest(found: Inspection, wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    """The settings of the likeliest reading that go with those wanted."""
    own = found.readings[0].settings
    instead = {"column": "columns", "columns": "column"}
    kept = {key: value for key, value in own.items() if instead.get(key) not in wanted}
    implied = [shape for key, shape in _IMPLIED.items() if wanted.get(key) is not None]
    return {**kept, "shape": implied[0]} if implied else kept


def _answered(found: Inspection, wanted: Settings, given: Settings) -> Inspection:
    """Certain where the settings leave no question open, or are all of those of a reading."""
    exact = [reading for reading in found.readings if _are_all(wanted, reading)]
    closed = _closing(given)
    asked_still = any(each.setting == "outputs" for each in found.questions) and "outputs" not in closed
    if exact and not asked_still:
        others = (reading for reading in found.readings if reading is not exact[0])
        return replace(found, readings=(exact[0], *others), certain=True)
    certain = found.certain or not open_questions(found, found.readings, closed)
    return replace(found, certain=certain)


def _are_all(wanted: Mapping[str, Any], reading: Reading) -> bool:
    """Whether these are the settings of a reading, all of them."""
    own = {key: value for key, value in reading.settings.items() if key not in ("order", "outputs")}
    named = all(key in wanted and wanted[key] == value for key, value in own.items())
    return bool(own) and named and all(value is None for key, value in wanted.items() if key not in own)


def _closing(settings: Settings) -> set[str]:
    """The questions that settings answer."""
    closed = {*settings}
    if "order" in settings or "outputs" in settings:
        # Whoever says which outputs there are does not mind how ids are spelled.
        closed |= {"names", "outputs", "confirmation"}
    if "order" in settings or settings.get("outputs") == 2:
        closed.add("positive")  # of two outputs the second is the positive one
    return closed


def _has(reading: Reading, settings: Mapping[str, Any]) -> bool:
    """Whether a reading has these settings; those of the table that it does not name are what it was read with."""
    return all(
        reading.settings.get(key) == value
        for key, value in settings.items()
        if key in reading.settings or key == "threshold" or key not in TABLE_SETTINGS
    )


def open_questions(found: Inspection, readings: Sequence[Reading], answered: Collection[str]) -> tuple[Question, ...]:
    """The questions that readings leave open beside those that are answered."""
    left = []
    for question in found.questions:
        if question.setting in answered or (question.setting == "positive" and clear(readings[0].counts.classes)):
            continue
        answers = dict.fromkeys(_hashable(reading.settings.get(question.setting)) for reading in readings)
        confirms = question.setting == "shape" and "confirmation" not in answered
        unconfirmed = len(question.choices) < 2 and (confirms or question.setting == "delimiter")
        if len(answers) > 1 or unconfirmed or question.setting in ("positive", "outputs"):
            left.append(question)
    return tuple(left)


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _chosen(found: Inspection, settings: Mapping[str, Any]) -> Reading:
    for reading in found.readings:
        if all(reading.settings.get(key) == value for key, value in settings.items()):
            return reading
    for key, value in settings.items():
        known = list(dict.fromkeys(repr(each.settings[key]) for each in found.readings if key in each.settings))
        if repr(value) not in known:
            instead = f"Choose one of {', '.join(known[:20])}." if known else "Leave out that setting."
            raise UnreadableLabels(f"There is no such reading of this file: none has {key}={shown(value)}.", instead)
    raise UnreadableLabels("There is no such reading of this file.", "Choose one of those that are offered.")


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
    masks = [file for file in files if file.kind == "png"]
    if masks and len(masks) >= len(files) / 2:
        return inspect_masks(masks, name)
    if len(files) == 1:
        chosen = settings.get("file")
        if chosen is not None and chosen not in (files[0].name, name):
            raise UnreadableLabels(f"There is no file {shown(chosen)} in it.", f"Choose {files[0].name}, or none.")
        return found_in(files[0], name, settings)
    return found_among(files, name, settings)
