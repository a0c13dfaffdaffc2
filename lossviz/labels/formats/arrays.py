"""npy and npz -> readings: class ids, 0/1 matrices, probabilities, masks; read in blocks, whatever their size."""

from __future__ import annotations

import math
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from lossviz.counts.label_counts import LabelCounts
from lossviz.labels import limits
from lossviz.labels.formats.masks import MOST_PIXEL_VALUES, Pixels, pixel_readings
from lossviz.labels.inspection import Inspection, Question, Reading, UnreadableLabels
from lossviz.labels.limits import MOST_CLASSES
from lossviz.labels.sources.streams import Opener, read_bytes
from lossviz.labels.sources.unpacking import honest_size
from lossviz.labels.tables.arrays import close_together
from lossviz.labels.tables.cells import text_of
from lossviz.labels.tables.names import IGNORED, ids_of, negative_first
from lossviz.labels.values import shown

MOST_VALUES = 20 * MOST_CLASSES
MOST_ROW_BYTES = 64 << 20
MOST_BYTES = 4 << 30
_NAMES = ("y", "ys", "label", "labels", "target", "targets", "class", "classes", "annotation", "mask", "masks", "gt")


@dataclass(frozen=True, eq=False)
class Array:
    """An array in a file: its shape and type, and a way through it, some rows at a time."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    blocks: Callable[[], Iterator[NDArray[Any]]]


def inspect_arrays(opener: Opener, name: str, kind: str, settings: Mapping[str, Any]) -> Inspection:
    """The readings of one array; of a npz the array that `settings` name, or the likeliest."""
    if kind == "npy":
        return _inspected(array_in(opener), name, {}, settings)
    try:
        return _inspect_npz(opener, name, settings)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, KeyError, OSError, ValueError) as error:
        if isinstance(error, UnreadableLabels):
            raise
        raise UnreadableLabels(f"The npz is damaged: {str(error)[:100].rstrip('.')}.", "Save it again.") from error


def _inspect_npz(opener: Opener, name: str, settings: Mapping[str, Any]) -> Inspection:
    with opener() as file, zipfile.ZipFile(file) as archive:
        sizes = {info.filename.removesuffix(".npy"): info.file_size for info in archive.infolist()}
        packed = sum(info.compress_size for info in archive.infolist())
        most = min(MOST_BYTES, honest_size(packed))
        if sum(sizes.values()) > most:
            raise UnreadableLabels(
                f"The arrays unpack to more than {most / 1e6:,.0f} MB.", "Save the labels alone, as npy."
            )
        order = sorted(sizes, key=lambda key: (not _named(key), "train" not in key.lower(), sizes[key]))
        chosen = settings.get("array")
        if chosen is not None and chosen not in sizes:
            raise UnreadableLabels(f"There is no array {shown(chosen)}.", f"Choose one of {', '.join(order[:20])}.")
        found: list[Inspection] = []
        problems: list[UnreadableLabels] = []
        for key in [chosen] if chosen is not None else order[:20]:
            try:
                array = array_in(lambda key=key: archive.open(f"{key}.npy"))  # type: ignore[misc]
                found.append(_inspected(array, name, {"array": key}, settings))
            except UnreadableLabels as error:
                problems.append(error)
    if not found:
        raise problems[0] if problems else UnreadableLabels("The npz holds no arrays.", "Save the labels again.")
    found.sort(key=_are_names)
    readings = tuple(reading for each in found for reading in each.readings)
    questions = found[0].questions
    if len(found) > 1:
        arrays = tuple(each.readings[0].settings["array"] for each in found)
        questions = (Question("array", "Which array holds the labels?", arrays), *questions)
    named = [each for each in found if _named(str(each.readings[0].settings["array"])) and not _are_names(each)]
    certain = found[0].certain and (len(found) == 1 or len(named) == 1)
    return Inspection(readings, certain, questions, found[0].warnings)


def _are_names(found: Inspection) -> bool:
    """Whether no value recurs: ids of samples, or the names of the classes."""
    counts = found.readings[0].counts
    return found.readings[0].settings.get("shape") == "class" and bool((counts.positives <= 1).all())


def _named(key: str) -> bool:
    return any(part in re.split(r"[^a-z]+", key.lower()) for part in _NAMES) or "label" in key.lower()


def array_in(opener: Opener) -> Array:
    """The array that a npy file holds.

    Raises
    ------
    UnreadableLabels
        If it is damaged, holds Python objects or fewer than two values.
    """
    try:
        with opener() as file:
            shape, columns_first, dtype = _header(file)
    except Exception as error:  # numpy parses headers as Python, and raises whatever that raises
        if isinstance(error, UnreadableLabels):
            raise
        raise UnreadableLabels(f"The array is damaged: {str(error)[:120].rstrip('.')}.", "Save it again.") from error
    if dtype.hasobject:
        raise UnreadableLabels(
            "The array holds Python objects, which are never opened because they can run code.",
            "Save it as integers: array.astype(int).",
        )
    if int(np.prod(shape, dtype=object)) < 2 or not dtype.itemsize:
        raise UnreadableLabels("The array holds fewer than two values.", "Save one label per sample.")
    row = int(np.prod(shape[1:], dtype=object)) * dtype.itemsize
    if columns_first and len(shape) > 1:
        return _by_columns(opener, shape, dtype)
    if row > MOST_ROW_BYTES:
        raise UnreadableLabels(f"One row of the array has {row / 1e6:,.0f} MB.", "Save one row per sample.")

    def blocks() -> Iterator[NDArray[Any]]:
        rows = max(1, limits.BLOCK // max(1, row))
        with opener() as file:
            _header(file)
            for start in range(0, shape[0], rows):
                count = min(rows, shape[0] - start)
                yield np.frombuffer(_promised(file, count * row), dtype).reshape(count, *shape[1:])

    return Array(shape, dtype, blocks)


def _by_columns(opener: Opener, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """An array saved column by column, of which no rows can be read alone."""
    size = int(np.prod(shape, dtype=object)) * dtype.itemsize
    if size > 4 * MOST_ROW_BYTES:
        raise UnreadableLabels("The array is saved by columns.", "Save it again as np.ascontiguousarray(array).")
    with opener() as file:
        _header(file)
        whole = np.frombuffer(_promised(file, size), dtype).reshape(shape[::-1]).T
    return Array(shape, dtype, lambda: iter((whole,)))


def _promised(file: IO[bytes], size: int) -> bytes:
    """The next `size` bytes, which the header says are there."""
    data = read_bytes(file, size)
    if len(data) < size:
        raise UnreadableLabels("The array's header promises more than the file holds.", "Save it again.")
    return data


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, columns_first, dtype = read(file)
    if not all(isinstance(size, int) and size >= 0 for size in shape):
        raise ValueError(f"its shape is {shape}")
    return shape, columns_first, dtype


def _inspected(array: Array, name: str, base: dict[str, Any], settings: Mapping[str, Any]) -> Inspection:
    if array.dtype.kind not in "biufUS":
        raise UnreadableLabels(f"The array holds {array.dtype}, not labels.", "Save integers, 0/1 or text.")
    array = _without_ones(array)
    if len(array.shape) == 1:
        tally = _tally(array)
        if tally is None or any(value % 1 for value in tally if isinstance(value, float) and np.isfinite(value)):
            if array.dtype.kind == "f":
                return _probabilities(array, name, base, settings)
            raise UnreadableLabels(
                f"The array holds more than {MOST_VALUES:,} different values, no set of classes.", "Save labels."
            )
        return _inspect_classes(tally, name, base, settings)
    if len(array.shape) == 2 and array.dtype.kind in "biuf" and array.shape[0] > 1 and array.shape[1] <= MOST_CLASSES:
        flags = _flags(array)
        if flags is not None:
            return _matrix(array, flags, name, base)
        if array.dtype.kind == "f":
            return _probabilities(array, name, base, settings)
    if len(array.shape) in (2, 3) and array.dtype.kind in "biu":
        pixels = _pixels(array)
        if pixels is not None:
            images = 1 if len(array.shape) == 2 else array.shape[0]
            readings, questions = pixel_readings(pixels, images, name, base)
            return Inspection(readings, len(array.shape) == 3 and not questions, questions)
    raise UnreadableLabels(
        f"An array of shape {array.shape} and type {array.dtype} is no set of labels.",
        "Save class ids of shape (N,), or 0/1 labels of shape (N, K).",
    )


def _without_ones(array: Array) -> Array:
    """The array without axes of length 1 behind the first."""
    if len(array.shape) < 2 or 1 not in array.shape[1:]:
        return array
    shape = (array.shape[0], *(size for size in array.shape[1:] if size != 1))
    return replace(array, shape=shape, blocks=lambda: (each.reshape(len(each), *shape[1:]) for each in array.blocks()))


def _tally(array: Array) -> dict[Any, int] | None:
    """How often each value occurs, in the order in which they are met; None if there are too many."""
    counts: Counter[Any] = Counter()
    for block in array.blocks():
        found = close_together(block) if block.dtype.kind in "biu" else None
        if found is None:
            values, times = np.unique(block, return_counts=True, equal_nan=True)
            found = list(zip(values.tolist(), times.tolist(), strict=True))
        for value, n in _as_met(block, found, counts):
            counts[None if isinstance(value, float) and math.isnan(value) else value] += n
        if len(counts) > MOST_VALUES:
            return None
    missing = counts.pop(None, 0)
    met: dict[Any, int] = dict(counts)
    return met | ({float("nan"): missing} if missing else {})


def _pixels(array: Array) -> Pixels | None:
    """The pixels of one image (H, W) or of several (N, H, W); None if they have too many values."""
    pixels = Pixels()
    if len(array.shape) == 2:
        tally = _tally(array)
        pixels.add(tally or {})
        return pixels if tally is not None and len(tally) <= MOST_PIXEL_VALUES else None
    for block in array.blocks():
        for image in block:
            values, times = np.unique(image, return_counts=True)
            pixels.add(dict(close_together(image) or zip(values.tolist(), times.tolist(), strict=True)))
            if len(pixels.tally) > MOST_PIXEL_VALUES:
                return None
    return pixels


def _as_met(block: NDArray[Any], found: list[tuple[Any, int]], known: Mapping[Any, int]) -> list[tuple[Any, int]]:
    """Values and their counts, in the order in which new ones are met in the block; those of pixels rising."""
    if block.ndim > 1 or len(found) > MOST_CLASSES or all(value in known for value, _ in found):
        return found
    _, firsts = np.unique(block, return_index=True, equal_nan=True)
    return [found[k] for k in np.argsort(firsts, kind="stable").tolist()]


def _inspect_classes(
    tally: Mapping[Any, int], name: str, base: dict[str, Any], settings: Mapping[str, Any]
) -> Inspection:
    """One class per row; whether -1 beside ids is a class is asked."""
    key = "ignore" if settings.get("ignore") is not None else "left_out"
    if settings.get(key) is not None:
        return Inspection((_classes(tally, name, {**base, key: settings[key]}, text_of(settings[key])),), True)
    if IGNORED in map(_text, tally) and ids_of([_text(value) for value in tally if _is_label(value)]):
        return Inspection((_classes(tally, name, base, IGNORED),), True)
    first = _classes(tally, name, base)
    ids = {each for each in first.counts.classes if each != "-1"}
    if "-1" not in first.counts.classes or len(ids) < 2 or any(each.startswith("-") for each in ids):
        return Inspection((first,), True)
    first = replace(first, settings={**first.settings, "left_out": None})
    less = _classes(tally, name, {**base, "left_out": "-1"}, "-1")
    question = Question("left_out", "Is -1 a class, or the mark of a row without a label?", ("-1", None))
    return Inspection((less, first), False, (question,))


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return str(int(value) if _is_label(value) and isinstance(value, float) else value)


def _is_label(value: Any) -> bool:
    return not isinstance(value, float) or bool(np.isfinite(value))


def _classes(tally: Mapping[Any, int], name: str, base: dict[str, Any], left_out: str | None = None) -> Reading:
    known = {_text(value): times for value, times in tally.items() if _is_label(value)}
    if left_out is not None and left_out not in known:
        held = ", ".join(map(repr, list(known)[:20]))
        raise UnreadableLabels(f"The array does not hold left_out={shown(left_out)}.", f"Choose one of {held}.")
    kept = {value: times for value, times in known.items() if value != left_out}
    missing = sum(tally.values()) - sum(kept.values())
    if not 1 <= len(kept) <= MOST_CLASSES:
        raise UnreadableLabels(f"The array holds {len(kept):,} different values, no set of classes.", "Save labels.")
    names = list(kept)
    positive = negative_first(names)[1] if len(names) == 2 else None
    made = LabelCounts.exclusive(names, list(kept.values()), missing=missing, positive=positive, source=name)
    what = f"an array of {sum(kept.values()):,} class ids, {len(names)} classes"
    what += f", {left_out} left out" if left_out is not None else ""
    return Reading(what, made, {**base, "shape": "class"}, tuple(names))


@dataclass(frozen=True, eq=False)
class _Flags:
    """Counts per column of a 0/1 matrix."""

    positives: NDArray[np.int64]
    labelled: NDArray[np.int64]
    exclusive: bool


def _flags(array: Array) -> _Flags | None:
    """The counts of a matrix of 1 and 0, or of 1 and -1, and of missing; None for any other."""
    columns = array.shape[1]
    positives, labelled = np.zeros(columns, np.int64), np.zeros(columns, np.int64)
    exclusive, values = True, set()
    for block in array.blocks():
        known = np.isfinite(block) if block.dtype.kind == "f" else None
        ones = block == 1
        others = block[known & ~ones] if known is not None else block[~ones]
        values |= {value for value in (0, -1) if (others == value).any()}
        if len(values) > 1 or not (others == (next(iter(values)) if values else 0)).all():
            return None
        positives += ones.sum(axis=0)
        labelled += len(block) if known is None else known.sum(axis=0)
        exclusive = exclusive and (known is None or bool(known.all())) and bool((ones.sum(axis=1) == 1).all())
    return _Flags(positives, labelled, exclusive)


def _matrix(array: Array, flags: _Flags, name: str, base: dict[str, Any]) -> Inspection:
    rows, columns = array.shape
    names = [str(k) for k in range(columns)]
    if flags.exclusive:
        positive = names[1] if columns == 2 else None
        made = LabelCounts.exclusive(names, flags.positives, positive=positive, source=name)
        what = f"one-hot rows of {columns} classes"
    else:
        negatives = flags.labelled - flags.positives
        made = LabelCounts(tuple(names), flags.positives, negatives, rows, "multilabel", source=name)
        what = f"a 0/1 matrix of {rows:,} rows and {columns} labels"
    first = Reading(what, made, {**base, "shape": "onehot"})
    if (flags.labelled == rows).all():
        return Inspection((first,), True)
    filled = LabelCounts(tuple(names), flags.positives, rows - flags.positives, rows, "multilabel", source=name)
    first = replace(first, settings={**first.settings, "missing": None})
    as_negative = Reading(what + ", missing as negative", filled, {**base, "shape": "onehot", "missing": "negative"})
    question = Question("missing", "What is a label that is missing?", (None, "negative"))
    return Inspection((first, as_negative), False, (question,))


def _probabilities(array: Array, name: str, base: dict[str, Any], settings: Mapping[str, Any]) -> Inspection:
    columns = array.shape[1] if len(array.shape) == 2 else 1
    thresholds = dict.fromkeys([float(settings.get("threshold", 0.5)), 0.5, 0.3, 0.7])
    positives = {threshold: np.zeros(columns, np.int64) for threshold in thresholds}
    labelled, likeliest, sums_to_one = np.zeros(columns, np.int64), np.zeros(columns, np.int64), columns > 1
    for given in array.blocks():
        block = given.reshape(len(given), columns)
        known = np.isfinite(block)
        if (known & ((block < 0) | (block > 1))).any():
            raise UnreadableLabels("The array holds numbers that are no classes and no probabilities.", "Save labels.")
        labelled += known.sum(axis=0)
        for threshold in thresholds:
            positives[threshold] += (known & (block >= threshold)).sum(axis=0)
        sums_to_one = sums_to_one and bool((np.abs(block.sum(axis=1, dtype=np.float64) - 1) < 0.01).all())
        if sums_to_one:
            likeliest += np.bincount(block.argmax(axis=1), minlength=columns)
    if not labelled.any():
        raise UnreadableLabels("The array holds no numbers.", "Save labels.")
    names = tuple(str(k) for k in range(columns))
    readings = []
    if sums_to_one:
        made = LabelCounts.exclusive(names, likeliest, positive=names[1] if columns == 2 else None, source=name)
        what = f"probabilities of {columns} classes, the likeliest of each row"
        readings.append(Reading(what, made, {**base, "shape": "scores"}))
    for threshold, n in positives.items():
        if columns == 1:
            made = LabelCounts.exclusive(["0", "1"], [int(labelled[0] - n[0]), int(n[0])], positive="1", source=name)
        else:
            made = LabelCounts(names, n, labelled - n, array.shape[0], "multilabel", source=name)
        what = f"probabilities, positive from {threshold:g}"
        readings.append(Reading(what, made, {**base, "shape": "scores", "threshold": threshold}))
    question = Question("threshold", "From which probability is a label positive?", tuple(thresholds))
    return Inspection(tuple(readings), False, (question,))
