"""What is kept of a table while its batches pass, one kind for each shape of labels: exact, in bounded memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.limits import MOST_DISTINCT, MOST_HEAD_CHARACTERS, MOST_PAIRS
from lossviz.labels.meaning.lists import labels_of, tags_of
from lossviz.labels.tables.arrays import distinct, words_of
from lossviz.labels.tables.cells import cells_of, named
from lossviz.labels.tables.columns import (
    MISSING,
    NO,
    ONES,
    UNCERTAIN,
    YES,
    ZEROS,
    Column,
    column_of,
    folder_of,
    is_unselected,
)
from lossviz.labels.tables.sparse import Cells, Sparse, dense
from lossviz.labels.tables.table import Batch, Table
from lossviz.labels.values import shown

_MOST_PENDING = 200_000
_NEITHER = -2  # a flag that is missing
_FLAGS = dict.fromkeys(MISSING, _NEITHER) | dict.fromkeys(YES, 1) | dict.fromkeys(NO, 0) | dict.fromkeys(UNCERTAIN, -1)


class Tally(Protocol):
    """What is kept of some columns."""

    @property
    def columns(self) -> Sequence[str]: ...

    def add(self, batch: Batch) -> None:
        """Count the rows of a batch; UnreadableLabels where they are not of this shape."""


class Values:
    """The distinct values of one column and their counts."""

    def __init__(self, table: Table, column: str) -> None:
        self.columns, self.name, self.names = [column], column, table.names.get(column)
        self.position = table.positions[column]
        self.counts: Counter[Any] = Counter()
        self.rows = 0

    def add(self, batch: Batch) -> None:
        array = _flat(batch.columns[self.name], self.names)
        self.rows += batch.rows
        found = distinct(array)
        for value in _first_met(array, [value for value, _ in found if value not in self.counts]):
            self.counts[value] = 0
        for value, times in found:
            self.counts[value] += times
        if len(self.counts) > MOST_DISTINCT:
            raise UnreadableLabels(
                f"Column {self.name!r} holds more than {MOST_DISTINCT:,} different values, too many for classes.",
                "Choose another column.",
            )

    def column(self) -> Column:
        """What the column holds."""
        texts: Counter[str] = Counter()
        for value, times in self.counts.items():
            texts[named(value, self.names).strip()] += times
        return column_of(self.name, self.position, texts, self.rows)


class Folders(Values):
    """The folders in which the files of a column of paths lie, and how many files each holds."""

    def add(self, batch: Batch) -> None:
        self.rows += batch.rows
        self.counts.update(map(folder_of, cells_of(dense(batch.columns[self.name]), self.names)))
        if len(self.counts) > MOST_DISTINCT:
            raise UnreadableLabels(
                f"The paths in column {self.name!r} lie in too many folders for classes.", "Choose another column."
            )


class Options:
    """Columns that hold the words of an option where it was chosen: how often each was, and the words."""

    def __init__(self, table: Table, columns: Sequence[str]) -> None:
        self.columns = list(columns)
        self.counts: list[Counter[str]] = [Counter() for _ in columns]
        self.rows = 0

    def add(self, batch: Batch) -> None:
        self.rows += batch.rows
        for name, counts in zip(self.columns, self.counts, strict=True):
            for value, times in distinct(_flat(batch.columns[name], None)):
                counts[named(value).strip()] += times
            words = [word for word in counts if not is_unselected(word)]
            if len(words) > 1:
                listed = ", ".join(repr(word[:40]) for word in words[:2])
                raise UnreadableLabels(
                    f"Column {name!r} holds more than one option: {listed}.", "Leave that column out."
                )


def _flat(column: Cells, names: Sequence[str] | None) -> Cells:
    """Lists as the texts of lists, other values as they are."""
    nested = not isinstance(column, Sparse) and pa.types.is_nested(column.type)
    return words_of(cells_of(column, names)) if nested else column


def _first_met(array: Cells, new: list[Any]) -> list[Any]:
    """Values that are new in a batch, in the order in which they are met; whole numbers were counted in another."""
    if len(new) < 2 or isinstance(array, Sparse) or not pa.types.is_integer(array.type):
        return new
    wanted = set(new)
    return [value for value in pc.unique(array).to_pylist() if value in wanted]


class Flags:
    """Columns of 1, 0, -1 and missing: counts of each, and whether every row has exactly one 1."""

    def __init__(self, table: Table, columns: Sequence[str]) -> None:
        self.columns = list(columns)
        self.positions = [table.positions[name] for name in columns]
        self.counts = np.zeros((4, len(columns)), dtype=np.int64)  # ones, zeros, minus ones, missing
        self.words: list[set[str]] = [set() for _ in columns]
        self.rows = 0
        self._one_each = True

    def add(self, batch: Batch) -> None:
        self.rows += batch.rows
        ones_in_row = np.zeros(batch.rows, dtype=np.int32)
        implied = 0  # ones that every row has which says nothing else
        counts = []
        for name, words in zip(self.columns, self.words, strict=True):
            column = batch.columns[name]
            if isinstance(column, Sparse):
                flags = {text: _flag(text, name, words) for text, _ in column.distinct()}
                counts.append(_of_sparse(column, flags))
                if self._one_each:
                    usual = flags.get(column.default) == 1
                    implied += usual
                    ones = column.says({text for text, flag in flags.items() if flag == 1}).astype(np.int32)
                    ones_in_row[column.places] += ones - usual
            else:
                known, missing = _known(column, name, words)
                counts.append((*_ones_zeros_doubts(known, name), missing))
                if not missing:
                    ones_in_row += known == 1
            self._one_each = self._one_each and not counts[-1][3]
        self.counts += np.array(counts, dtype=np.int64).reshape(-1, 4).T
        self._one_each = self._one_each and bool((ones_in_row + implied == 1).all())

    def profiles(self) -> list[Column]:
        """What the columns hold, in which yes is 1 and no is 0."""
        for name, words in zip(self.columns, self.words, strict=True):
            if len(words) > 2 and not words <= ONES | ZEROS | UNCERTAIN:
                raise UnreadableLabels(
                    f"Column {name!r} holds more than yes and no: {', '.join(sorted(words))}.", "Leave that column out."
                )
        found = []
        for k, (name, position) in enumerate(zip(self.columns, self.positions, strict=True)):
            ones, zeros, doubts, missing = self.counts[:, k].tolist()
            counts = {value: n for value, n in (("1", ones), ("0", zeros), ("-1", doubts)) if n}
            found.append(column_of(name, position, {**counts, "": missing}, self.rows))
        return found

    @property
    def exclusive(self) -> bool:
        """Whether every row has exactly one 1, and all others are 0."""
        doubts, zeros = self.counts[2] > 0, self.counts[1] > 0
        return self._one_each and not bool((doubts & zeros).any())


def _ones_zeros_doubts(known: NDArray[Any], name: str) -> tuple[int, int, int]:
    """How many of the numbers are 1, 0 and -1, and none else."""
    if known.dtype.itemsize == 1 and len(known) and known.view(np.uint8).max() <= 1:
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
    codes = [_flag(value, name, words) for value in array.dictionary.to_pylist()]
    indices = (array.indices.drop_null() if array.null_count else array.indices).to_numpy(zero_copy_only=False)
    values = np.array(codes, dtype=np.int8)[indices]
    values = values[values != _NEITHER] if _NEITHER in codes else values
    return values, len(array) - len(values)


def _flag(value: Any, name: str, words: set[str]) -> int:
    """What a word says; those that are met are added to `words`."""
    text = str(value).strip().lower()
    if text not in _FLAGS:
        raise UnreadableLabels(f"Column {name!r} holds {shown(value)}, not 0 or 1.", "Leave that column out.")
    if text not in MISSING:
        words.add(text)
    return _FLAGS[text]


def _of_sparse(column: Sparse, flags: Mapping[str, int]) -> tuple[int, ...]:
    """How many rows say 1, 0, -1 and nothing."""
    found = column.distinct()
    return tuple(sum(times for text, times in found if flags[text] == value) for value in (1, 0, -1, _NEITHER))


class Lists:
    """A column of lists: how many rows bear each label, or how many tokens, and how many rows there are."""

    def __init__(self, table: Table, column: str, separator: str, *, tokens: bool = False) -> None:
        self.columns, self.name, self.separator, self.tokens = [column], column, separator, tokens
        self.names = table.names.get(column)
        self.labels: Counter[str] = Counter()
        self.rows = self.missing = self.blank = 0
        self._pending: Counter[str] = Counter()

    def add(self, batch: Batch) -> None:
        column = batch.columns[self.name]
        self.rows += batch.rows
        if not isinstance(column, Sparse) and are_lists(column.type):
            self._add_lists(column)
        else:
            for value, times in distinct(_flat(column, self.names)):
                self._pending[named(value, self.names)] += times
        if len(self._pending) > _MOST_PENDING:
            self.settle()

    def _add_lists(self, array: pa.Array) -> None:
        """Arrow's own lists: each label of a row once."""
        self.blank += array.null_count
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
            if text and text != "None":
                self.labels[text] += times

    def settle(self) -> None:
        """Cut the cells that are waiting."""
        for text, times in self._pending.items():
            value = text.strip()
            self.blank += 0 if value else times
            if value and value.lower() in MISSING:
                self.missing += times
                continue
            for label in (tags_of if self.tokens else labels_of)(value, self.separator) or ():
                self.labels[label] += times
        self._pending.clear()
        if len(self.labels) > MOST_DISTINCT:
            raise UnreadableLabels(
                f"Column {self.name!r} holds more than {MOST_DISTINCT:,} different labels.",
                "Choose another column or separator.",
            )


def are_lists(kind: pa.DataType) -> bool:
    """Whether these are Arrow's own lists of plain values."""
    return bool((pa.types.is_list(kind) or pa.types.is_large_list(kind)) and not pa.types.is_nested(kind.value_type))


class Pairs:
    """Which labels each sample of several rows bears, and where a third column says so, whether it does."""

    def __init__(self, table: Table, column: str, group_by: str, present: str | None = None) -> None:
        self.by_key = {"unit": group_by, "label": column} | ({"present": present} if present is not None else {})
        self.columns = list(dict.fromkeys(self.by_key.values()))
        self.names = {key: table.names.get(name) for key, name in self.by_key.items()}
        self._tables: list[pa.Table] = []
        self._held = 0

    def add(self, batch: Batch) -> None:
        columns = {key: _words(dense(batch.columns[name]), self.names[key]) for key, name in self.by_key.items()}
        self._tables.append(self._reduced(pa.table(columns)))
        self._held += len(self._tables[-1])
        if self._held > MOST_PAIRS:
            self.merged()
            if self._held > MOST_PAIRS:
                raise UnreadableLabels(
                    f"Column {self.by_key['unit']!r} names too many samples to group rows by in memory.",
                    "Group the rows before, or count rows as samples.",
                )

    def _reduced(self, table: pa.Table) -> pa.Table:
        """Each row once."""
        return table.group_by(table.column_names, use_threads=False).aggregate([])

    def merged(self) -> pd.DataFrame:
        """Each sample and label once, as text, in the order in which they were met."""
        whole = self._reduced(pa.concat_tables(self._tables))
        self._tables, self._held = [whole], len(whole)
        pairs: pd.DataFrame = whole.to_pandas()
        return pairs


class Ballots(Pairs):
    """How many rows of each sample bear each label, its `times`."""

    def _reduced(self, table: pa.Table) -> pa.Table:
        if "times" not in table.column_names:
            table = table.append_column("times", pa.array(np.ones(len(table), dtype=np.int64)))
        summed = table.group_by(["unit", "label"], use_threads=False).aggregate([("times", "sum")])
        return summed.rename_columns({"times_sum": "times"})


def _words(array: pa.Array, names: Sequence[str] | None) -> pa.Array:
    """The values as texts without blanks around them."""
    if names is not None or not (pa.types.is_dictionary(array.type) or pa.types.is_string(array.type)):
        array = words_of(cells_of(array, names))
    if pa.types.is_dictionary(array.type):
        length = pc.sum(pc.take(pc.binary_length(array.dictionary), array.indices)).as_py() or 0
        if length > MOST_HEAD_CHARACTERS:
            raise UnreadableLabels(
                f"The names of samples have more than {MOST_HEAD_CHARACTERS / 1e6:,.0f} million characters together.",
                "Save shorter names.",
            )
        array = array.dictionary_decode()
    return pc.utf8_trim_whitespace(pc.fill_null(array.cast(pa.string()), ""))
