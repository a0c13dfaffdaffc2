"""What is kept of a column while its batches pass: exact counts, in bounded memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.meaning.lists import labels_of, tags_of
from lossviz.labels.tables.cells import text_of
from lossviz.labels.tables.columns import (
    MISSING,
    MOST_CLASSES,
    NO,
    ONES,
    UNCERTAIN,
    YES,
    ZEROS,
    Column,
    appearance,
    tallied,
)

MOST_DISTINCT = 50 * MOST_CLASSES
MOST_PENDING = 200_000
_WIDE = 1 << 20


def distinct(array: pa.Array) -> list[tuple[Any, int]]:
    """The distinct values of an array, with how often each occurs; None for those that are missing."""
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    missing = array.null_count
    counts: list[tuple[Any, int]] | None = None
    if pa.types.is_dictionary(array.type):
        indices = array.indices.drop_null() if missing else array.indices
        times = np.bincount(indices.to_numpy(zero_copy_only=False), minlength=len(array.dictionary))
        values = array.dictionary.to_pylist()
        counts = [(value, n) for value, n in zip(values, times.tolist(), strict=True) if n]
    elif pa.types.is_integer(array.type):
        counts = close_together((array.drop_null() if missing else array).to_numpy())
    if counts is None:
        both = pc.value_counts(array.drop_null() if missing else array)
        counts = list(zip(both.field(0).to_pylist(), both.field(1).to_pylist(), strict=True))
    return [*counts, (None, missing)] if missing else counts


def close_together(values: NDArray[Any]) -> list[tuple[Any, int]] | None:
    """The counts of whole numbers that lie close together, rising; None for others."""
    if not values.size:
        return []
    low, high = int(values.min()), int(values.max())
    if high - low >= _WIDE:
        return None
    flat = values.ravel() if values.dtype.itemsize == 8 else values.ravel().astype(np.int64)
    counts = np.bincount(flat - flat.dtype.type(low) if low else flat)
    present = np.flatnonzero(counts)
    found = np.array([value + low for value in present.tolist()], values.dtype)
    return list(zip(found.tolist(), counts[present].tolist(), strict=True))


class Tally:
    """The distinct values of one column and their counts."""

    def __init__(self, name: str, position: int, names: Sequence[str] | None = None) -> None:
        self.name, self.position, self.names = name, position, names
        self.counts: Counter[Any] = Counter()
        self.rows = 0

    def add(self, array: pa.Array) -> None:
        self.rows += len(array)
        if len(self.counts) <= MOST_DISTINCT:
            found = distinct(array)
            for value in _first_met(array, [value for value, _ in found if value not in self.counts]):
                self.counts[value] = 0
            for value, times in found:
                self.counts[value] += times

    def column(self) -> Column:
        """What the column holds, as if it had been read at once."""
        if len(self.counts) > MOST_DISTINCT:
            raise UnreadableLabels(
                f"Column {self.name!r} holds more than {MOST_DISTINCT:,} different values, too many for classes.",
                "Choose another column.",
            )
        texts: Counter[str] = Counter()
        for value, times in self.counts.items():
            texts[named(value, self.names).strip()] += times
        missing = sum(texts.pop(text) for text in list(texts) if text.lower() in MISSING)
        return Column(self.name, self.position, tallied(texts), missing, self.rows, appeared=appearance(texts))


def _first_met(array: pa.Array, new: list[Any]) -> list[Any]:
    """Values that are new in a batch, in the order in which they are met; whole numbers were counted in another."""
    if len(new) < 2 or not pa.types.is_integer(array.type):
        return new
    wanted = set(new)
    return [value for value in pc.unique(array).to_pylist() if value in wanted]


def named(value: Any, names: Sequence[str] | None) -> str:
    """A value as text; a class id as its name."""
    if names is not None and isinstance(value, int) and 0 <= value < len(names):
        return names[value]
    return text_of(value)


class Flags:
    """Columns of 1, 0, -1 and missing: counts of each, and whether every row has exactly one 1."""

    def __init__(self, columns: Sequence[str], positions: Sequence[int]) -> None:
        self.columns, self.positions = list(columns), list(positions)
        self.counts = np.zeros((4, len(columns)), dtype=np.int64)  # ones, zeros, minus ones, missing
        self.words: list[set[str]] = [set() for _ in columns]
        self.rows = 0
        self.exclusive = True

    def add(self, batch: pa.RecordBatch) -> None:
        self.rows += batch.num_rows
        ones_in_row = np.zeros(batch.num_rows, dtype=np.int32)
        arrays = dict(zip(batch.schema.names, batch.columns, strict=True))
        for k, name in enumerate(self.columns):
            known, missing = _known(arrays[name], name, self.words[k])
            self.counts[:, k] += (*_ones_zeros_doubts(known, name), missing)
            self.exclusive = self.exclusive and not missing
            if self.exclusive:
                ones_in_row += known == 1
        self.exclusive = self.exclusive and bool((ones_in_row == 1).all())

    def add_lines(self, lines: NDArray[np.uint8]) -> None:
        """Rows of single characters 0 and 1, shape (rows, columns), their values 48 and 49."""
        self.rows += len(lines)
        bits = lines & 1
        blocks = bits[: len(bits) // 255 * 255].reshape(-1, 255, bits.shape[1]).sum(axis=1, dtype=np.uint8)
        ones = blocks.sum(axis=0, dtype=np.int64) + bits[len(blocks) * 255 :].sum(axis=0, dtype=np.int64)
        self.counts[0] += ones
        self.counts[1] += len(lines) - ones
        if self.exclusive:
            self.exclusive = bool((bits.sum(axis=1, dtype=np.int32) == 1).all())

    def profiles(self) -> list[Column]:
        """What the columns hold, in which yes is 1 and no is 0."""
        found = []
        for name, words in zip(self.columns, self.words, strict=True):
            if len(words) > 2 and not words <= ONES | ZEROS | UNCERTAIN:
                raise UnreadableLabels(
                    f"Column {name!r} holds more than yes and no: {', '.join(sorted(words))}.", "Leave that column out."
                )
        for k, (name, position) in enumerate(zip(self.columns, self.positions, strict=True)):
            ones, zeros, doubts, missing = self.counts[:, k].tolist()
            counts = {value: n for value, n in (("1", ones), ("0", zeros), ("-1", doubts)) if n}
            found.append(Column(name, position, tallied(counts), missing, self.rows))
        return found


def _ones_zeros_doubts(known: NDArray[Any], name: str) -> tuple[int, int, int]:
    """How many of the numbers are 1, 0 and -1, and none else."""
    if known.dtype.itemsize == 1 and len(known) and known.min() >= 0 and known.max() <= 1:
        ones = int(np.count_nonzero(known.view(np.bool_)))
        return ones, len(known) - ones, 0
    ones, zeros, doubts = (int(np.count_nonzero(known == value)) for value in (1, 0, -1))
    if ones + zeros + doubts != len(known):
        odd = known[(known != 1) & (known != 0) & (known != -1)][0]
        raise UnreadableLabels(f"Column {name!r} holds '{odd:g}', not 0 or 1.", "Leave that column out.")
    return ones, zeros, doubts


def _known(array: pa.Array, name: str, words: set[str]) -> tuple[NDArray[Any], int]:
    """The values of a column that are not missing, as numbers, and how many are."""
    if pa.types.is_dictionary(array.type):
        return _known_words(array, name, words)
    if pa.types.is_boolean(array.type):
        array = array.cast(pa.int8())
    if not (pa.types.is_integer(array.type) or pa.types.is_floating(array.type)):
        raise UnreadableLabels(f"Column {name!r} holds text, not 0 or 1.", "Leave that column out.")
    values = (array.drop_null() if array.null_count else array).to_numpy(zero_copy_only=False)
    if pa.types.is_floating(array.type):
        values = values[~np.isnan(values)]
    return values, len(array) - len(values)


def _known_words(array: pa.Array, name: str, words: set[str]) -> tuple[NDArray[Any], int]:
    """The same of a column of words: yes is 1, no is 0."""
    codes = []
    for value in array.dictionary.to_pylist():
        text = str(value).strip().lower()
        if not (text in MISSING or text in YES | NO):
            raise UnreadableLabels(f"Column {name!r} holds {str(value)!r}, not 0 or 1.", "Leave that column out.")
        if text not in MISSING:
            words.add(text)
        codes.append(-2 if text in MISSING else 1 if text in YES else -1 if text in UNCERTAIN else 0)
    indices = (array.indices.drop_null() if array.null_count else array.indices).to_numpy(zero_copy_only=False)
    values = np.array(codes, dtype=np.int8)[indices]
    values = values[values != -2]
    return values, len(array) - len(values)


class Lists:
    """A column of lists: how many rows bear each label, or how many tokens, and how many rows there are."""

    def __init__(
        self, column: str, separator: str, names: Sequence[str] | None = None, *, tokens: bool = False
    ) -> None:
        self.column, self.separator, self.names, self.tokens = column, separator, names, tokens
        self.labels: Counter[str] = Counter()
        self.rows = self.missing = 0
        self.pending: Counter[str] = Counter()

    def add(self, array: pa.Array) -> None:
        self.rows += len(array)
        if pa.types.is_list(array.type) or pa.types.is_large_list(array.type):
            self._add_arrays(array)
            return
        for value, times in distinct(array):
            self.pending["" if value is None else str(value)] += times
        if len(self.pending) > MOST_PENDING:
            self.settle()

    def _add_arrays(self, array: pa.Array) -> None:
        """Arrow's own lists: each label of a row once."""
        codes = array.flatten().dictionary_encode()
        texts = [named(value, self.names).strip() for value in codes.dictionary.to_pylist()]
        if not texts:
            return
        parents = pc.list_parent_indices(array).to_numpy(zero_copy_only=False)
        known = codes.indices.is_valid().to_numpy(zero_copy_only=False)
        indices = codes.indices.drop_null().to_numpy(zero_copy_only=False)
        pairs = parents[known].astype(np.int64) * len(texts) + indices
        pairs = pairs if self.tokens else np.unique(pairs)
        for text, times in zip(texts, np.bincount(pairs % len(texts), minlength=len(texts)).tolist(), strict=True):
            if text:
                self.labels[text] += times

    def settle(self) -> None:
        """Cut the cells that are waiting."""
        for text, times in self.pending.items():
            value = text.strip()
            if value and value.lower() in MISSING:
                self.missing += times
                continue
            for label in (tags_of if self.tokens else labels_of)(value, self.separator) or ():
                self.labels[label] += times
        self.pending.clear()
        if len(self.labels) > MOST_DISTINCT:
            raise UnreadableLabels(
                f"Column {self.column!r} holds more than {MOST_DISTINCT:,} different labels.",
                "Choose another column or separator.",
            )


class Pairs:
    """Which labels each sample of several rows bears."""

    def __init__(self, unit: str, column: str, names: Sequence[str] | None = None) -> None:
        self.unit, self.column, self.names = unit, column, names
        self.tables: list[pa.Table] = []
        self.held = 0

    def add(self, batch: pa.RecordBatch) -> None:
        columns = {key: _texts(batch.column(name)) for key, name in (("unit", self.unit), ("label", self.column))}
        self.tables.append(pa.table(columns).group_by(["unit", "label"]).aggregate([]))
        self.held += len(self.tables[-1])
        if self.held > 4_000_000:
            self.merged()
            if self.held > 4_000_000:
                raise UnreadableLabels(
                    f"Column {self.unit!r} names too many samples to group rows by in memory.",
                    "Group the rows before, or count rows as samples.",
                )

    def merged(self) -> pd.DataFrame:
        """Each sample and label once, as text."""
        whole = pa.concat_tables(self.tables).group_by(["unit", "label"]).aggregate([])
        self.tables, self.held = [whole], len(whole)
        pairs: pd.DataFrame = whole.to_pandas()
        if self.names is not None:
            pairs["label"] = [named(int(value), self.names) if value.isdigit() else value for value in pairs["label"]]
        return pairs


def _texts(array: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    return pc.fill_null(array.cast(pa.string()), "")
