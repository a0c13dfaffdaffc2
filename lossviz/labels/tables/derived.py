"""A table with columns that follow from others, text by text, in its head and in all its batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import pyarrow as pa

from lossviz.labels.tables.arrays import words_of
from lossviz.labels.tables.cells import cells_of
from lossviz.labels.tables.sparse import Cells, dense
from lossviz.labels.tables.table import Batch, Head, OtherTable, Table

# The column from which one follows, and what a text of that becomes.
Origin = tuple[str, Callable[[str], str]]


def derived(
    table: Table, columns: Sequence[str], origins: Mapping[str, Origin], again: Callable[[Table], Table]
) -> Table:
    """The table of these columns, in this order, of which some have another origin than the column of their name.

    Read in another way it may have other columns: `again` says what follows from those.
    """

    def of(found: Mapping[str, Cells], names: Sequence[str]) -> dict[str, Cells]:
        return {
            name: _mapped(found[origins[name][0]], origins[name][1]) if name in origins else found[name]
            for name in names
        }

    def batches(names: Sequence[str]) -> Iterator[Batch]:
        wanted = dict.fromkeys(origins[name][0] if name in origins else name for name in names)
        try:
            for batch in table.batches([*wanted]):
                yield replace(batch, columns=of(batch.columns, names))
        except OtherTable as other:
            open_other = other.open
            raise OtherTable(lambda: again(open_other())) from other

    reopened = table.reopened
    return replace(
        table,
        head=Head(of(table.head.columns, columns), table.head.rows),
        batches=batches,
        names={name: each for name, each in table.names.items() if name in columns and name not in origins},
        declared={name: each for name, each in table.declared.items() if name in columns and name not in origins},
        reopened=None if reopened is None else lambda settings: again(reopened(settings)),
    )


def _mapped(column: Cells, text_to_text: Callable[[str], str]) -> Cells:
    words = dense(column)
    words = words if pa.types.is_dictionary(words.type) else words_of(cells_of(words))
    texts = [text_to_text("" if word is None else str(word).strip()) for word in words.dictionary.to_pylist()]
    indices = words.indices
    if indices.null_count:  # a cell without a text follows from none, too
        indices, texts = indices.fill_null(len(texts)), [*texts, text_to_text("")]
    return pa.DictionaryArray.from_arrays(indices, texts)
