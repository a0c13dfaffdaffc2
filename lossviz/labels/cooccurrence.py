"""A multi-label reading -> how often two labels stand on one sample, counted from the rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lossviz.counts.label_counts import LabelCounts
from lossviz.labels.inspection import Inspection, Reading, UnreadableLabels, failures_said
from lossviz.labels.meaning.counting import count
from lossviz.labels.meaning.lists import labels_of
from lossviz.labels.meaning.tallies import Pairs, are_lists
from lossviz.labels.opening import coco_of
from lossviz.labels.reader import Source, opened
from lossviz.labels.settings import Settings
from lossviz.labels.sources.files import files_of
from lossviz.labels.tables.arrays import grouped, words_of
from lossviz.labels.tables.cells import cells_of, named
from lossviz.labels.tables.columns import MISSING, UNCERTAIN, YES
from lossviz.labels.tables.sparse import Cells, Sparse, dense
from lossviz.labels.tables.table import Batch, OtherTable, Table

_BLOCK = 65_536
# Labels that samples bear together, which are touched one by one.
MOST_BORNE = 100_000_000
MOST_LABELS = 1_000


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

    None where a sample bears one class, where the reading does not come from rows of labels, and where they bear more
    than 100 million together.

    Raises
    ------
    ValueError
        If `most` is more than 1,000.

    Examples
    --------
    >>> from lossviz.labels.reader import inspect_labels
    >>> data = b"id;tags\n0;a|b\n1;a\n2;a|b\n3;c|a\n4;b|c\n"
    >>> cooccurrence(data, inspect_labels(data).readings[0]).together.tolist()
    [[4, 2, 1], [2, 3, 1], [1, 1, 2]]
    """
    if most > MOST_LABELS:
        raise ValueError(f"most must be at most {MOST_LABELS:,}; got {most:,}.")
    if reading.counts.task != "multilabel" or reading.counts.positives.sum() > MOST_BORNE:
        return None
    name = filename or reading.counts.source or "table"
    with failures_said(name):
        rows = _counted(source, name, reading, most)
    # What the rows say must be what was counted; a kind of reading that is not known here shows nothing.
    if rows is None or rows.times.tolist() != reading.counts.positives.tolist():
        return None
    return Cooccurrence(tuple(rows.top), rows.together, reading.counts.n_samples, rows.alike())


class Together:
    """Which samples bear which labels, kept as counts: of the most frequent in pairs, of each a signature.

    The signature is the sum of random numbers, two per sample: labels with the same signature stand on the same ones.
    """

    def __init__(self, counts: LabelCounts, most: int) -> None:
        self.counts, self.most = counts, most
        order = np.argsort(-counts.positives, kind="stable")[:most].tolist()
        self.names = counts.classes
        self.top = [counts.classes[k] for k in order]
        self.together = np.zeros((len(order), len(order)), dtype=np.int64)
        self.times = np.zeros(len(self.names), dtype=np.int64)
        self._places = {name: k for k, name in enumerate(self.names)}
        self._signatures = np.zeros((len(self.names), 2), dtype=np.uint64)
        self._samples = 0

    def add(self, bearing: Iterator[tuple[str, NDArray[np.int64]]], samples: int) -> None:
        """Labels, each with the next of so many samples that bear it, counted from 0, each once."""
        marks = _random(np.arange(self._samples, self._samples + samples, dtype=np.uint64))
        top = np.zeros((len(self.top), samples), dtype=bool)
        rank = {name: k for k, name in enumerate(self.top)}
        for name, rows in bearing:
            place = self._places.get(name)
            if place is None:
                continue
            self.times[place] += len(rows)
            self._signatures[place] += marks[rows].sum(axis=0, dtype=np.uint64)
            if name in rank:
                top[rank[name], rows] = True
        for start in range(0, samples, _BLOCK):
            block = top[:, start : start + _BLOCK].astype(np.float32)  # whole numbers below 2**24 are exact
            self.together += (block @ block.T).astype(np.int64)
        self._samples += samples

    def alike(self) -> tuple[tuple[str, ...], ...]:
        keyed = sorted((*self._signatures[k].tolist(), name) for k, name in enumerate(self.names) if self.times[k])
        groups = (tuple(item[-1] for item in group) for _, group in groupby(keyed, key=lambda item: item[:2]))
        return tuple(group for group in groups if len(group) > 1)


def _random(samples: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Two numbers for each sample, as splitmix64 draws them, shape (N, 2)."""
    with np.errstate(over="ignore"):
        z = np.column_stack([2 * samples + 1, 2 * samples + 2]) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(z ^ (z >> np.uint64(31)))


def _counted(source: Source, name: str, reading: Reading, most: int) -> Together | None:
    settings = Settings(**reading.settings)
    rows = Together(reading.counts, most)
    if settings.get("unit") == "image" and not isinstance(source, pd.DataFrame):
        return _of_coco(source, name, settings.get("file"), rows)
    if settings.get("shape") not in _TALLIES:
        return None
    try:
        found = opened(source, name, settings.of_table)
        return None if isinstance(found, Inspection) else _of_table(found, settings, rows)
    except UnreadableLabels:
        return None


def _of_table(table: Table, settings: Mapping[str, Any], rows: Together) -> Together:
    try:
        tally = _TALLIES[settings["shape"]](table, settings, rows)
        _, (counted,) = count(table, [tally])
    except OtherTable as other:
        return _of_table(other.open(), settings, Together(rows.counts, rows.most))
    if isinstance(counted, UnreadableLabels):
        raise counted
    if isinstance(tally, Pairs):
        pairs = tally.merged()
        rows.add(*_by_label(pairs["unit"], pairs["label"]))
    return rows


class _Columns:
    """0/1 columns of labels."""

    def __init__(self, _table: Table, settings: Mapping[str, Any], rows: Together) -> None:
        self.columns, self.rows = list(settings["columns"]), rows
        self.ones = set(YES)
        self.ones |= UNCERTAIN if settings.get("uncertain") == "positive" else set()
        self.ones |= MISSING if settings.get("missing") == "positive" else set()

    def add(self, batch: Batch) -> None:
        self.rows.add(((name, self._bearing(batch.columns[name])) for name in self.columns), batch.rows)

    def _bearing(self, array: Cells) -> NDArray[np.int64]:
        if isinstance(array, Sparse):
            if not self._says_yes(array.default):
                return array.places[array.says({text for text, _ in array.distinct() if self._says_yes(text)})]
            array = array.dense()
        encoded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
        texts = ["", *cells_of(encoded.dictionary)]  # the first for what is missing
        return np.flatnonzero(np.array([*map(self._says_yes, texts)])[_codes(encoded) + 1])

    def _says_yes(self, text: str) -> bool:
        return text.strip().lower() in self.ones


class _Lists:
    """A column of lists of labels."""

    def __init__(self, table: Table, settings: Mapping[str, Any], rows: Together) -> None:
        self.columns, self.separator, self.rows = [settings["column"]], settings["separator"], rows
        self.names, self.nothing = table.names.get(settings["column"]), settings.get("empty")

    def add(self, batch: Batch) -> None:
        array = dense(batch.columns[self.columns[0]])
        found = self._of_arrow(array) if are_lists(array.type) else self._of_texts(array)
        self.rows.add(((name, rows) for name, rows in found if name != self.nothing), batch.rows)

    def _of_arrow(self, array: pa.Array) -> Iterator[tuple[str, NDArray[np.int64]]]:
        codes = array.flatten().dictionary_encode()
        parents = pc.list_parent_indices(array).to_numpy(zero_copy_only=False)
        values = codes.dictionary.to_pylist()
        for value, places in zip(values, grouped(_codes(codes), len(values)), strict=True):
            yield named(value, self.names).strip(), np.unique(parents[places])

    def _of_texts(self, array: pa.Array) -> Iterator[tuple[str, NDArray[np.int64]]]:
        words = array if pa.types.is_dictionary(array.type) else words_of(cells_of(array, self.names))
        texts = words.dictionary.to_pylist()
        found: dict[str, list[NDArray[np.int64]]] = {}
        for text, rows in zip(texts, grouped(_codes(words), len(texts)), strict=True):
            value = text.strip()
            for label in () if value.lower() in MISSING else labels_of(value, self.separator) or ():
                found.setdefault(label, []).append(rows)
        for label, parts in found.items():
            yield label, np.unique(np.concatenate(parts))


_TALLIES: Mapping[str, Any] = {
    "onehot": _Columns,
    "list": _Lists,
    "grouped": lambda table, settings, _: Pairs(table, settings["column"], settings["group_by"]),
}


def _of_coco(source: Any, name: str, file: str | None, rows: Together) -> Together | None:
    files = files_of(source, name)
    chosen = files if len(files) == 1 else [each for each in files if each.name == file]
    coco = coco_of(chosen[0]) if chosen else None
    if coco is None:
        return None
    labels = coco.labels
    rows.add(
        *_by_label(pd.Series([str(image) for image, _ in coco.pairs]), pd.Series([labels[c] for _, c in coco.pairs]))
    )
    return rows


def _by_label(units: pd.Series, labels: pd.Series) -> tuple[Iterator[tuple[str, NDArray[np.int64]]], int]:
    """Each label with the samples that bear it, and how many samples there are."""
    numbers, known = pd.factorize(units)
    codes, names = pd.factorize(labels)
    labels_of_units = zip(names, grouped(codes, len(names)), strict=True)
    return ((str(label), np.unique(numbers[rows])) for label, rows in labels_of_units), len(known)


def _codes(words: pa.DictionaryArray) -> NDArray[np.int64]:
    """The places in the dictionary, -1 for what is missing."""
    return np.asarray(pc.fill_null(words.indices, -1).to_numpy(zero_copy_only=False))
