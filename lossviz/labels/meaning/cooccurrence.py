"""A multi-label reading -> how often two labels stand on one sample, counted from the rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from lossviz.labels.formats.delimited import Table
from lossviz.labels.formats.families import coco_of
from lossviz.labels.formats.workbooks import cells_of
from lossviz.labels.inspection import Inspection, Reading, UnreadableLabels, unfinished
from lossviz.labels.meaning.large import or_whole
from lossviz.labels.meaning.lists import labels_of
from lossviz.labels.reader import Source, opened
from lossviz.labels.settings import Settings
from lossviz.labels.sources.files import files_of
from lossviz.labels.tables.columns import MISSING, UNCERTAIN, YES
from lossviz.labels.tables.streams import Stream

MOST_CELLS = 10_000_000
_BLOCK = 65_536

Rows = Mapping[str, NDArray[np.int64]]  # label -> the samples that bear it, rising


@dataclass(frozen=True, eq=False)
class Cooccurrence:
    """Samples that bear two labels.

    Attributes
    ----------
    classes : tuple of str
        The M most frequent labels, most frequent first.
    together : int64 array, shape (M, M)
        Samples with both labels; on the diagonal those with the label.
    n_samples : int
    alike : tuple of tuples of str
        Labels, of all, that stand on exactly the same samples.
    """

    classes: tuple[str, ...]
    together: NDArray[np.int64]
    n_samples: int
    alike: tuple[tuple[str, ...], ...]


def cooccurrence(
    source: Source, reading: Reading, *, filename: str | None = None, most: int = 24
) -> Cooccurrence | None:
    r"""How often the `most` frequent labels of a reading of `source` stand together.

    None where a sample bears one class, where the reading does not come from rows of labels, and where the
    source is too large to be held.

    Examples
    --------
    >>> from lossviz.labels.reader import inspect_labels
    >>> data = b"id;tags\n0;a|b\n1;a\n2;a|b\n3;c|a\n4;b|c\n"
    >>> cooccurrence(data, inspect_labels(data).readings[0]).together.tolist()
    [[4, 2, 1], [2, 3, 1], [1, 1, 2]]
    """
    counts = reading.counts
    if counts.task != "multilabel":
        return None
    rows = _rows(source, filename or reading.counts.source or "table", Settings(**reading.settings))
    known = {name: rows.get(name, np.empty(0, np.int64)) for name in counts.classes}
    # What the rows say must be what was counted; a kind of reading that is not known here shows nothing.
    if any(len(known[name]) != n for name, n in zip(counts.classes, counts.positives.tolist(), strict=True)):
        return None
    order = np.argsort(-counts.positives, kind="stable")[:most]
    names = [counts.classes[k] for k in order]
    return Cooccurrence(tuple(names), _together([known[name] for name in names]), counts.n_samples, _alike(known))


def _together(rows: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    together = np.zeros((len(rows), len(rows)), dtype=np.int64)
    last = max((int(each[-1]) for each in rows if len(each)), default=-1)
    for start in range(0, last + 1, _BLOCK):
        block = np.zeros((len(rows), _BLOCK), dtype=np.float32)  # whole numbers below 2**24 are exact
        for k, each in enumerate(rows):
            low, high = np.searchsorted(each, [start, start + _BLOCK])
            block[k, each[low:high] - start] = 1
        together += (block @ block.T).astype(np.int64)
    return together


def _alike(rows: Rows) -> tuple[tuple[str, ...], ...]:
    keyed = sorted((each.tobytes(), name) for name, each in rows.items() if len(each))
    groups = (tuple(name for _, name in group) for _, group in groupby(keyed, key=lambda item: item[0]))
    return tuple(group for group in groups if len(group) > 1)


def _rows(source: Source, name: str, settings: Settings) -> Rows:
    shape = settings.get("shape")
    if settings.get("unit") == "image" and not isinstance(source, pd.DataFrame):
        return _of_coco(source, name, settings.get("file"))
    if shape not in ("onehot", "list", "grouped"):
        return {}
    found = opened(source, name, settings.of_table)
    if isinstance(found, Inspection):
        return {}
    try:
        table = or_whole(found, partial(_held, found, _columns(settings))) if isinstance(found, Stream) else found
    except UnreadableLabels:
        return {}
    cells = table.cells
    if shape == "onehot":
        return dict(_of_columns(cells, settings))
    if shape == "list":
        return _of_lists(cells[settings["column"]].str.strip(), settings)
    units = pd.factorize(cells[settings["group_by"]].str.strip())[0]
    labels = cells[settings["column"]].str.strip()
    return _by_label(units, labels.tolist())


def _columns(settings: Mapping[str, Any]) -> list[str]:
    named = [settings[key] for key in ("group_by", "column") if settings.get(key) is not None]
    return named or list(settings["columns"])


def _held(stream: Stream, columns: Sequence[str]) -> Table:
    """Some columns of a stream; UnreadableLabels if they are too large to be held, or cannot be read to their end."""
    parts: dict[str, list[str]] = {name: [] for name in columns}
    try:
        for batch in stream.batches(columns, ()):
            for name in columns:
                parts[name] += cells_of(batch.column(name), (stream.names or {}).get(name))
            if len(parts[columns[0]]) * len(columns) > MOST_CELLS:
                raise unfinished("it has too many cells")
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise unfinished(str(error)) from error
    return Table(pd.DataFrame(parts, dtype="string"), {}, ())


def _of_columns(cells: pd.DataFrame, settings: Mapping[str, Any]) -> Iterator[tuple[str, NDArray[np.int64]]]:
    ones = set(YES)
    ones |= UNCERTAIN if settings.get("uncertain") == "positive" else set()
    ones |= MISSING if settings.get("missing") == "positive" else set()
    for name in settings["columns"]:
        yield name, np.flatnonzero(cells[name].str.strip().str.lower().isin(ones).to_numpy())


def _of_lists(values: pd.Series, settings: Mapping[str, Any]) -> Rows:
    codes, texts = pd.factorize(values)
    in_each = [labels_of(str(text), settings["separator"]) or [] for text in texts]
    in_each = [[] if str(text).lower() in MISSING else labels for text, labels in zip(texts, in_each, strict=True)]
    order = np.argsort(codes, kind="stable")
    bounds = np.searchsorted(codes[order], np.arange(len(texts) + 1))
    found: dict[str, list[NDArray[np.int64]]] = {}
    for code, labels in enumerate(in_each):
        for label in labels:
            found.setdefault(label, []).append(order[bounds[code] : bounds[code + 1]])
    found.pop(str(settings.get("empty")), None)
    return {label: np.sort(np.concatenate(parts)) for label, parts in found.items()}


def _of_coco(source: Any, name: str, file: str | None) -> Rows:
    files = files_of(source, name)
    chosen = files if len(files) == 1 else [each for each in files if each.name == file]
    coco = coco_of(chosen[0]) if chosen else None
    if coco is None:
        return {}
    images = pd.factorize(np.array([str(image) for image, _ in coco.pairs], dtype=object))[0]
    return _by_label(images, [coco.names[category] for _, category in coco.pairs])


def _by_label(units: NDArray[Any], labels: Sequence[str]) -> Rows:
    found: dict[str, list[int]] = {}
    for unit, label in zip(units.tolist(), labels, strict=True):
        found.setdefault(label, []).append(unit)
    return {label: np.unique(np.array(each, dtype=np.int64)) for label, each in found.items()}
