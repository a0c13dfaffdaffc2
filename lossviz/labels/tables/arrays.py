"""Arrow and NumPy arrays -> their distinct values with counts, and their numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lossviz.labels.tables.cells import cells_of, number_of
from lossviz.labels.tables.sparse import Cells, Sparse

_WIDE = 1 << 20


def words_of(texts: Sequence[str] | pd.Series) -> pa.Array:
    """Texts as places in a dictionary, in which they stand as they are met."""
    words = pa.array(texts.array if isinstance(texts, pd.Series) else texts, pa.string())
    return (words.combine_chunks() if isinstance(words, pa.ChunkedArray) else words).dictionary_encode()


def distinct(array: Cells) -> list[tuple[Any, int]]:
    """The distinct values of a column, with how often each occurs; None for those that are missing."""
    if isinstance(array, Sparse):
        return array.distinct()
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
    places = flat - flat.dtype.type(low) if low else flat
    counts = np.bincount(places.astype(np.int64, copy=False))  # numpy 2.0 counts no uint64
    present = np.flatnonzero(counts)
    found = np.array([value + low for value in present.tolist()], values.dtype)
    return list(zip(found.tolist(), counts[present].tolist(), strict=True))


def grouped(codes: NDArray[Any], number: int) -> list[NDArray[np.int64]]:
    """The rising places of each of the codes 0 to `number` - 1."""
    order = np.argsort(codes, kind="stable")
    bounds = np.searchsorted(codes[order], np.arange(number + 1))
    return [order[start:end] for start, end in pairwise(bounds)]


def numbers_in(column: Cells) -> NDArray[np.float64]:
    """The values as numbers, texts with decimal points or commas too; nan where they are none."""
    if isinstance(column, Sparse):
        numbers = np.full(column.rows, number_of(column.default))
        numbers[column.places] = [*map(number_of, column.texts.tolist())]
        return numbers
    if pa.types.is_dictionary(column.type):
        known = _numbers_of(column.dictionary)
        if not column.indices.null_count:
            return np.asarray(known[column.indices.to_numpy()])
        places = pc.fill_null(column.indices, len(known)).to_numpy(zero_copy_only=False)
        return np.asarray(np.append(known, math.nan)[places])
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        return np.asarray(column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False))
    return numbers_in(pa.array(cells_of(column), pa.string()).dictionary_encode())


def _numbers_of(words: pa.Array) -> NDArray[np.float64]:
    """What Arrow takes for numbers as it does, fifty times as fast; all others one by one."""
    try:
        return np.asarray(words.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        pass
    try:
        points = pc.replace_substring(pc.utf8_trim_whitespace(words), ",", ".")
        known = pc.if_else(pc.equal(points, ""), None, points).cast(pa.float64())
        return np.asarray(known.to_numpy(zero_copy_only=False), dtype=np.float64)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return np.array([*map(number_of, words.to_pylist())], dtype=np.float64)
