"""The quick ways through blocks of text in a plain dialect; whatever is not so plain is left to the careful one."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from lossviz.labels.formats.dialects import DOCUMENT, FREQUENCIES, Dialect, unquoted
from lossviz.labels.tables.repairs import Repairs
from lossviz.labels.tables.table import Batch
from lossviz.labels.words import FIRST_WORD, SPACES

_TILE = 512  # lines that are turned into columns at a time, so that they stay in the cache
# A character that stands in no label, for delimiters that are no single character.
_UNIT = "\x1f"


class Lane:
    """What `columns` of a table hold in a block of whole rows in UTF-8, by way of its bytes or of Arrow's reader.

    Parameters
    ----------
    dialect : Dialect
    names : sequence of str
        Of all columns that the dialect keeps.
    columns : sequence of str
        Those that are wanted.
    """

    def __init__(self, dialect: Dialect, names: Sequence[str], columns: Sequence[str]) -> None:
        self.dialect, self.columns = dialect, list(columns)
        self.all = [f"\0{k}" for k in range(dialect.width.cells)]
        for place, name in zip(dialect.kept, names, strict=True):
            self.all[place] = name
        self.delimiter = dialect.delimiter
        self.mark = "\t" if self.delimiter == SPACES else _UNIT if len(self.delimiter) > 1 else self.delimiter
        self.before = len(self.all) - len(self.columns)
        self.digits = self.before <= 1 and self.all[self.before :] == self.columns and len(self.delimiter.encode()) == 1
        # How a line ends on zeros alone, and by what each of its bytes may differ.
        zeros = f"{self.delimiter * self.before}{self.delimiter.join('0' * len(self.columns))}\n"
        self.zeros = np.frombuffer(zeros.encode(), dtype=np.uint8)
        self.most = (self.zeros == ord("0")).astype(np.uint8)
        # Rows that the careful way leaves out, by the cells and the bytes that give them away.
        header = self.delimiter.join(dialect.header)
        blank = self.delimiter * (dialect.width.cells - 1)
        self.odd = [("", f"{blank}\n".encode()), ("", f"{blank}\r".encode())]
        if len(dialect.header) > 1:
            cells = dict(zip(names, (dialect.header[place] for place in dialect.kept), strict=True))
            self.odd.append((cells[self.columns[0]], header.encode()))

    def batch(self, block: bytes) -> Batch | None:
        """The rows of a block; None where that takes more care."""
        if self.digits and (cells := self._of_digits(block)) is not None:
            return Batch(
                dict(zip(self.columns, map(pa.array, cells), strict=True)), cells.shape[1], Repairs(rows=cells.shape[1])
            )
        if self.delimiter == FIRST_WORD or self._is_odd(block):
            return None
        if len(self.all) == 1 and not self.dialect.quoted and b'"' in block and _has_open_quotes(block):
            return None  # a line is half a cell, and no other cell tells
        cut = block
        if self.delimiter == SPACES:
            if b'"' in block:
                return None
            cut = re.sub(rb"(?m)^\t|(?<![\t\r])[\t\r]+$", b"", re.sub(rb"[ \t]+", b"\t", block))
        elif len(self.delimiter) > 1:
            cut = block.replace(self.delimiter.encode(), _UNIT.encode())
        try:
            found = self._of_arrow(cut)
        except pa.ArrowInvalid:
            return None
        bare = not self.dialect.quoted and b'"' in cut
        columns = {name: _bare(found.column(name)) if bare else found.column(name) for name in self.columns}
        words = columns[self.columns[0]].dictionary
        if any(pc.index(words, cell).as_py() >= 0 and _begins(block, line) for cell, line in self.odd):
            return None
        return Batch(columns, found.num_rows, Repairs(rows=found.num_rows))

    def _is_odd(self, block: bytes) -> bool:
        """Whether there are lines of comment, marks between documents, or lines of blanks."""
        comment = self.dialect.comments and b"#" in block and re.search(rb"(?m)^[ \t]*#", block) is not None
        document = self.delimiter in (SPACES, "\t") and DOCUMENT.encode() in block
        document = document or (self.delimiter == "\t" and FREQUENCIES.encode() in block)
        document = document or (b"'" in block and b'"' not in block and re.search(rb"(?m)^[ \t]*'", block) is not None)
        return comment or document or (len(self.all) == 1 and re.search(rb"(?m)^[ \t]+$", block) is not None)

    def _of_arrow(self, block: bytes) -> pa.RecordBatch:
        words = pa.dictionary(pa.int32(), pa.string())
        table = pa.csv.read_csv(
            pa.BufferReader(block),
            read_options=pa.csv.ReadOptions(use_threads=False, block_size=len(block) + 1, column_names=self.all),
            parse_options=pa.csv.ParseOptions(
                delimiter=self.mark,
                quote_char='"' if self.dialect.quoted else False,
                newlines_in_values=self.dialect.quoted,
            ),
            convert_options=pa.csv.ConvertOptions(
                include_columns=self.columns, column_types=dict.fromkeys(self.columns, words), strings_can_be_null=False
            ),
        )
        return (
            table.combine_chunks().to_batches()[0] if table.num_rows else pa.RecordBatch.from_pylist([], table.schema)
        )

    def _of_digits(self, block: bytes) -> NDArray[np.uint8] | None:
        """Single characters 0 and 1 at the end of each line, shape (columns, lines); None where there are others."""
        width = len(self.zeros)
        data = np.frombuffer(block, dtype=np.uint8)
        if len(data) < width or ((data[-width:] ^ self.zeros) > self.most).any():
            return None  # as the last line tells soonest
        ends = np.flatnonzero(data == ord("\n")) + 1
        sizes = np.diff(ends, prepend=0)
        if self.before:
            odd = sizes.min() < width or b'"' in block or b"\r" in block or self._is_odd(block)
            odd = odd or np.count_nonzero(data == ord(self.delimiter)) != len(self.columns) * len(ends)
        else:
            odd = (sizes != width).any()
        if odd:
            return None
        alike = (sizes == sizes[0]).all()
        lines = data.reshape(len(ends), -1)[:, -width:] if alike else sliding_window_view(data, width)[ends - width]
        flags = lines ^ self.zeros
        if (flags > self.most).any():
            return None
        cells = np.empty((len(self.columns), len(ends)), dtype=np.uint8)
        for start in range(0, len(ends), _TILE):
            cells[:, start : start + _TILE] = flags[start : start + _TILE, self.before :: 2].T
        return cells


def _bare(column: pa.Array) -> pa.Array:
    """The words of a column without the quotes around them."""
    words = pa.array([unquoted(text) for text in column.dictionary.to_pylist()], pa.string())
    return pa.DictionaryArray.from_arrays(column.indices, words)


def _has_open_quotes(block: bytes) -> bool:
    """Whether a line has an odd number of quotes."""
    data = np.frombuffer(block, dtype=np.uint8)
    starts = np.concatenate(([0], np.flatnonzero(data[:-1] == ord("\n")) + 1))
    return bool((np.add.reduceat(data == ord('"'), starts, dtype=np.uint8) & 1).any())


def _begins(block: bytes, start: bytes) -> bool:
    """Whether a line of a block begins so."""
    data = np.frombuffer(block, dtype=np.uint8)
    if block.startswith(start):
        return True
    first = (data[:-1] == ord("\n")) & (data[1:] == start[0])  # far sooner than a search for the whole
    return bool(first.any()) and b"\n" + start in block
