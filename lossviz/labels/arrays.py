"""npy and npz -> readings: class ids, 0/1 matrices, probabilities, masks."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lossviz.counts import LabelCounts
from lossviz.labels.inspection import Inspection, Question, Reading, UnreadableLabels
from lossviz.labels.masks import pixel_readings

MOST_BYTES = 1 << 30
MOST_CLASSES = 10_000
_NAMES = ("y", "ys", "label", "labels", "target", "targets", "class", "classes", "annotation", "mask", "masks", "gt")


def inspect_arrays(data: bytes, name: str, kind: str, settings: Mapping[str, Any]) -> Inspection:
    """The readings of one array; of a npz the array that `settings` name, or the likeliest."""
    if kind == "npy":
        return _inspected(_loaded(data), name, {}, settings)
    try:
        return _inspect_npz(data, name, settings)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, KeyError, OSError, ValueError) as error:
        if isinstance(error, UnreadableLabels):
            raise
        raise UnreadableLabels(f"The npz is damaged: {str(error)[:100].rstrip('.')}.", "Save it again.") from error


def _inspect_npz(data: bytes, name: str, settings: Mapping[str, Any]) -> Inspection:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sizes = {info.filename.removesuffix(".npy"): info.file_size for info in archive.infolist()}
        if sum(sizes.values()) > MOST_BYTES:
            raise UnreadableLabels("The arrays unpack to more than 1 GB.", "Save the labels alone, as npy.")
        order = sorted(sizes, key=lambda key: (not _named(key), "train" not in key.lower(), sizes[key]))
        chosen = settings.get("array")
        if chosen is not None and chosen not in sizes:
            raise UnreadableLabels(f"There is no array {chosen!r}.", f"Choose one of {', '.join(order[:20])}.")
        found: list[Inspection] = []
        problems: list[UnreadableLabels] = []
        for key in [chosen] if chosen is not None else order[:20]:
            try:
                found.append(_inspected(_loaded(archive.read(f"{key}.npy")), name, {"array": key}, settings))
            except UnreadableLabels as error:
                problems.append(error)
    if not found:
        raise problems[0]
    readings = tuple(reading for each in found for reading in each.readings)
    questions = found[0].questions
    if len(found) > 1:
        arrays = tuple(each.readings[0].settings["array"] for each in found)
        questions = (Question("array", "Which array holds the labels?", arrays), *questions)
    named = [each for each in found if _named(str(each.readings[0].settings["array"]))]
    certain = found[0].certain and (len(found) == 1 or len(named) == 1)
    return Inspection(readings, certain, questions, found[0].warnings)


def _named(key: str) -> bool:
    return any(part in re.split(r"[^a-z]+", key.lower()) for part in _NAMES) or "label" in key.lower()


def _loaded(data: bytes) -> NDArray[Any]:
    try:
        _check(data)
        array = np.load(io.BytesIO(data), allow_pickle=False)
    except Exception as error:  # numpy parses headers as Python, and raises whatever that raises
        if isinstance(error, UnreadableLabels):
            raise
        if "pickle" in str(error) or "Object" in str(error):
            raise UnreadableLabels(
                "The array holds Python objects, which are never opened because they can run code.",
                "Save it as integers: array.astype(int).",
            ) from error
        raise UnreadableLabels(f"The array is damaged: {str(error)[:120].rstrip('.')}.", "Save it again.") from error
    if not isinstance(array, np.ndarray) or array.size < 2:
        raise UnreadableLabels("The array holds fewer than two values.", "Save one label per sample.")
    return array


def _check(data: bytes) -> None:
    """Refuse a header that promises more than the file has."""
    stream = io.BytesIO(data)
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(stream)
    size = int(np.prod(shape, dtype=object)) * dtype.itemsize
    if not dtype.hasobject and size > len(data):
        raise UnreadableLabels("The array's header promises more than the file holds.", "Save it again.")


def _inspected(array: NDArray[Any], name: str, base: dict[str, Any], settings: Mapping[str, Any]) -> Inspection:
    if array.dtype.kind not in "biufUS":
        raise UnreadableLabels(f"The array holds {array.dtype}, not labels.", "Save integers, 0/1 or text.")
    array = np.squeeze(array) if array.ndim > 1 and 1 in array.shape[1:] else array
    whole = array.dtype.kind in "biuUS" or bool(np.isin(np.mod(array[np.isfinite(array)], 1), [0]).all())
    if array.ndim == 1:
        if not whole:
            return _probabilities(array[:, None], name, base, settings)
        return _inspect_classes(array, name, base)
    if array.ndim == 2 and whole and _two_valued(array) and array.shape[1] <= MOST_CLASSES and len(array) > 1:
        return _matrix(array, name, base)
    if array.ndim == 2 and not whole:
        return _probabilities(array, name, base, settings)
    if array.ndim in (2, 3) and array.dtype.kind in "biu":
        values, counts = np.unique(array, return_counts=True)
        if len(values) <= 1024:
            images = 1 if array.ndim == 2 else len(array)
            tally = dict(zip(values.tolist(), counts.tolist(), strict=True))
            readings, questions = pixel_readings(tally, images, name, base)
            return Inspection(readings, array.ndim == 3 and not questions, questions)
    raise UnreadableLabels(
        f"An array of shape {array.shape} and type {array.dtype} is no set of labels.",
        "Save class ids of shape (N,), or 0/1 labels of shape (N, K).",
    )


def _inspect_classes(array: NDArray[Any], name: str, base: dict[str, Any]) -> Inspection:
    """One class per row; whether -1 beside ids is a class is asked."""
    first = _classes(array, name, base)
    ids = {each for each in first.counts.classes if each != "-1"}
    if "-1" not in first.counts.classes or len(ids) < 2 or any(each.startswith("-") for each in ids):
        return Inspection((first,), True)
    first = replace(first, settings={**first.settings, "left_out": None})
    less = _classes(array, name, base, left_out=-1)
    question = Question("left_out", "Is -1 a class, or the mark of a row without a label?", (-1, None))
    return Inspection((less, first), False, (question,))


def _classes(array: NDArray[Any], name: str, base: dict[str, Any], left_out: int | None = None) -> Reading:
    missing = 0
    if left_out is not None:
        missing = int((array == left_out).sum())
        array = array[array != left_out]
        base = {**base, "left_out": left_out}
    if array.dtype.kind == "f":
        missing += int((~np.isfinite(array)).sum())
        array = array[np.isfinite(array)].astype(np.int64)
    values, counts = np.unique(array, return_counts=True)
    if not 2 <= len(values) <= MOST_CLASSES:
        raise UnreadableLabels(f"The array holds {len(values):,} different values, no set of classes.", "Save labels.")
    names = [value.decode(errors="replace") if isinstance(value, bytes) else str(value) for value in values.tolist()]
    positive = names[1] if len(names) == 2 and values.dtype.kind in "biu" else None
    made = LabelCounts.exclusive(names, counts, missing=missing, positive=positive, source=name)
    return Reading(f"an array of {len(array):,} class ids, {len(names)} classes", made, {**base, "shape": "class"})


def _two_valued(array: NDArray[Any]) -> bool:
    values = np.unique(array[np.isfinite(array)] if array.dtype.kind == "f" else array)
    return set(values.tolist()) <= {0, 1} or set(values.tolist()) <= {-1, 1}


def _matrix(array: NDArray[Any], name: str, base: dict[str, Any]) -> Inspection:
    known = np.isfinite(array) if array.dtype.kind == "f" else np.ones(array.shape, bool)
    positives, labelled = ((array == 1) & known).sum(axis=0), known.sum(axis=0)
    names = [str(k) for k in range(array.shape[1])]
    exclusive = bool(known.all() and ((array == 1).sum(axis=1) == 1).all())
    if exclusive:
        made = LabelCounts.exclusive(names, positives, source=name)
        what = f"one-hot rows of {len(names)} classes"
    else:
        made = LabelCounts(tuple(names), positives, labelled - positives, len(array), "multilabel", source=name)
        what = f"a 0/1 matrix of {len(array):,} rows and {len(names)} labels"
    first = Reading(what, made, {**base, "shape": "onehot"})
    if known.all():
        return Inspection((first,), True)
    filled = LabelCounts(tuple(names), positives, len(array) - positives, len(array), "multilabel", source=name)
    as_negative = Reading(what + ", missing as negative", filled, {**base, "shape": "onehot", "missing": "negative"})
    question = Question("missing", "What is a label that is missing?", (None, "negative"))
    return Inspection((first, as_negative), False, (question,))


def _probabilities(array: NDArray[Any], name: str, base: dict[str, Any], settings: Mapping[str, Any]) -> Inspection:
    known = np.isfinite(array)
    if not known.any() or array[known].min() < 0 or array[known].max() > 1:
        raise UnreadableLabels("The array holds numbers that are no classes and no probabilities.", "Save labels.")
    readings = []
    if array.shape[1] > 1 and known.all() and bool((np.abs(array.sum(axis=1, dtype=np.float64) - 1) < 0.01).all()):
        tally = np.bincount(array.argmax(axis=1), minlength=array.shape[1])
        made = LabelCounts.exclusive([str(k) for k in range(array.shape[1])], tally, source=name)
        what = f"probabilities of {array.shape[1]} classes, the likeliest of each row"
        readings.append(Reading(what, made, {**base, "shape": "scores"}))
    thresholds = dict.fromkeys([float(settings.get("threshold", 0.5)), 0.5, 0.3, 0.7])
    for threshold in thresholds:
        positives, labelled = ((array >= threshold) & known).sum(axis=0), known.sum(axis=0)
        if array.shape[1] == 1:
            each = [int(labelled[0] - positives[0]), int(positives[0])]
            made = LabelCounts.exclusive(["0", "1"], each, positive="1", source=name)
        else:
            names = tuple(str(k) for k in range(array.shape[1]))
            made = LabelCounts(names, positives, labelled - positives, len(array), "multilabel", source=name)
        what = f"probabilities, positive from {threshold:g}"
        readings.append(Reading(what, made, {**base, "shape": "probabilities", "threshold": threshold}))
    question = Question("threshold", "From which probability is a label positive?", tuple(thresholds))
    return Inspection(tuple(readings), False, (question,))
