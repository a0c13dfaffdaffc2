"""A column that says only where it holds something else than its default: memory and time follow these entries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.limits import MOST_IMPLIED


@dataclass(frozen=True, eq=False)
class Sparse:
    """So many rows of text, of which those at the rising `places` hold `texts`, and all others the `default`."""

    rows: int
    default: str
    places: NDArray[np.int64]
    texts: NDArray[np.object_]

    def __len__(self) -> int:
        return self.rows

    @property
    def implied(self) -> int:
        """How many rows hold the default without saying it."""
        return self.rows - len(self.places)

    def distinct(self) -> list[tuple[str, int]]:
        """The distinct values as they are met, with how often each occurs."""
        said: list[str] = self.texts.tolist()
        if not self.implied:
            return list(Counter(said).items())
        first = 0  # the first row that says nothing
        while first < len(said) and self.places[first] == first:
            first += 1
        counts = Counter(said[:first])
        counts[self.default] += self.implied
        counts.update(said[first:])
        return list(counts.items())

    def says(self, texts: Collection[str]) -> NDArray[np.bool_]:
        """Which of its entries are one of some texts."""
        return np.fromiter((text in texts for text in self.texts.tolist()), bool, len(self.places))

    def filter(self, rows: pa.BooleanArray) -> Sparse:
        """Some rows, as of any column."""
        kept = np.asarray(rows.to_numpy(zero_copy_only=False), bool)
        entries = kept[self.places]
        places = np.cumsum(kept)[self.places[entries]] - 1
        return Sparse(int(kept.sum()), self.default, places, self.texts[entries])

    def dense(self) -> pa.DictionaryArray:
        """All rows, as places in a dictionary."""
        words = {self.default: 0}
        codes = [words.setdefault(text, len(words)) for text in self.texts.tolist()]
        indices = np.zeros(self.rows, np.int32)
        indices[self.places] = codes
        return pa.DictionaryArray.from_arrays(pa.array(indices), pa.array(list(words), pa.string()))


# A column of text as places in a dictionary, of a format's own types, or sparse.
Cells: TypeAlias = pa.Array | Sparse


def dense(column: Cells) -> pa.Array:
    """A column with all its rows."""
    return column.dense() if isinstance(column, Sparse) else column


def joined(columns: Sequence[Cells]) -> Cells:
    """Columns one below the other; sparse where all are, with one default."""
    sparse = [column for column in columns if isinstance(column, Sparse)]
    if len(sparse) < len(columns) or len({column.default for column in sparse}) > 1:
        return pa.chunked_array([dense(column) for column in columns]).unify_dictionaries().combine_chunks()
    above = np.cumsum([0, *map(len, sparse)])
    places = np.concatenate([column.places + start for column, start in zip(sparse, above, strict=False)])
    texts = np.concatenate([column.texts for column in sparse])
    return Sparse(int(above[-1]), sparse[0].default, places, texts)


def check_implied(columns: Sequence[Cells]) -> None:
    """Raise UnreadableLabels where columns would hold far more cells side by side than they say."""
    implied = sum(column.implied for column in columns if isinstance(column, Sparse))
    if implied > MOST_IMPLIED:
        raise UnreadableLabels(
            f"{len(columns):,} sparse columns leave more than {MOST_IMPLIED / 1e6:,.0f} million cells unsaid.",
            "Save the label columns alone.",
        )
