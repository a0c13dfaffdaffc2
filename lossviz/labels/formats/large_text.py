"""Large delimited text -> its first rows, and all rows in batches."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv

from lossviz.labels.formats.delimited import Table, first_line, read_table, unquoted
from lossviz.labels.formats.encodings import decoded, encoding_of
from lossviz.labels.formats.libsvm import is_libsvm
from lossviz.labels.formats.odd_text import odd_stream
from lossviz.labels.formats.rewriting import UNIT, cut_at, in_utf8, tabbed
from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.tables.columns import MISSING
from lossviz.labels.tables.streams import (
    BLOCK,
    HEAD_BYTES,
    LONGEST_LINE,
    Opener,
    Stream,
    blocks_of,
    head_rows,
    lines_from_all_over,
    read_bytes,
)
from lossviz.labels.words import DELIMITERS, FIRST_WORD, MIXED, SPACES

_NULLS = sorted({form for token in MISSING for form in (token, token.upper(), token.title())} | {"NaN"})


def text_stream(opener: Opener, settings: Mapping[str, Any]) -> Stream | None:
    """The stream of a table of text; None for other text, and for dialects that only the way of small files knows."""
    with opener() as file:
        start = read_bytes(file, HEAD_BYTES)
        if b"\n" not in start:
            start += read_bytes(file, LONGEST_LINE)
    if b"\0" in start:
        return _wide_stream(opener, start, settings)
    cut = _whole_lines(start)
    if cut == 0:
        raise UnreadableLabels(
            f"The first line has more than {len(start) / 1e6:,.0f} million characters.", "Save one row per line."
        )
    head = start[:cut]
    own = {key: settings[key] for key in ("encoding", "delimiter", "header") if key in settings}
    text, _, _ = decoded(head, own.get("encoding"))
    if not own and is_libsvm(text):
        return None
    table = read_table(head, **own)
    delimiter = table.settings["delimiter"]
    aligned = delimiter == SPACES
    odd = table.mended or table.settings["encoding"] == MIXED or delimiter == FIRST_WORD
    if odd or (aligned and '"' in text):
        return odd_stream(opener, head, table)
    lines = [line for line in text.splitlines()[first_line(text) :] if line.strip()]
    quoted = len(delimiter) == 1 and len({line.count(delimiter) for line in lines}) > 1
    more = _rows(lines_from_all_over(opener, len(table.cells), cut), table, quoted=quoted)
    table = replace(table, cells=pd.concat([table.cells, more], ignore_index=True))

    def odd_lines(reason: str, changed: Mapping[str, Any]) -> Stream | None:
        return odd_stream(opener, head, read_table(head, **{**table.settings, **changed}), reason)

    one_mark = opener if len(delimiter) == 1 else tabbed(opener) if aligned else cut_at(opener, delimiter)
    return _Lines(one_mark, odd_lines, table, first_line(text), quoted=quoted).stream()


def _wide_stream(opener: Opener, start: bytes, settings: Mapping[str, Any]) -> Stream | None:
    """The stream of text whose characters are wider than a byte."""
    given = settings.get("encoding")
    encoding, warnings = (str(given), ()) if given else encoding_of(start)
    if not encoding.startswith(("utf-16", "utf-32")):
        raise UnreadableLabels("The file is not text: it holds NUL characters.", "Save the table as UTF-8 text.")
    in_bytes = text_stream(in_utf8(opener, encoding), {**settings, "encoding": "utf-8-sig"})
    return in_bytes and _told(in_bytes, encoding, warnings)


def _told(stream: Stream, encoding: str, warnings: tuple[str, ...]) -> Stream:
    """`stream`, said to be of the encoding in which it was before it was rewritten."""

    def mended(error: pa.ArrowInvalid) -> Stream | None:
        again = stream.mended(error) if stream.mended is not None else None
        return again and _told(again, encoding, warnings)

    settings = stream.head.settings | {"encoding": encoding}
    head = replace(stream.head, settings=settings, warnings=(*warnings, *stream.head.warnings))
    return replace(stream, head=head, mended=mended)


def _rows(lines: Sequence[bytes], table: Table, *, quoted: bool) -> pd.DataFrame:
    """The lines that are whole rows of `table`, as its cells."""
    encoding, delimiter = table.settings["encoding"], table.settings["delimiter"]
    texts = [line.decode(encoding, errors="replace").rstrip("\r") for line in lines]
    if delimiter == SPACES:
        rows = [text.split() for text in texts]
    elif quoted:
        rows = [_quoted_row(text, delimiter) for text in texts]
    else:
        rows = [list(map(unquoted if '"' in text else str.strip, text.split(delimiter))) for text in texts]
    whole = [row for row in rows if len(row) == table.cells.shape[1]]
    return pd.DataFrame(whole, columns=table.cells.columns, dtype=table.cells.dtypes.iloc[0])


def _quoted_row(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=delimiter), [])
    except csv.Error:
        return []


@dataclass(frozen=True, eq=False)
class _Lines:
    """How the lines of a large table are cut: as small ones are, quotes count only where rows differ without them."""

    opener: Opener
    odd: Callable[[str, Mapping[str, Any]], Stream | None]
    table: Table
    skip: int
    quoted: bool

    def stream(self) -> Stream:
        plain = self.encoding == "utf8" and not self.quoted and len(self.delimiter) == 1
        return Stream(self.table, self.batches, self.blocks if plain else None, self.mended)

    @property
    def encoding(self) -> str:
        encoding = str(self.table.settings["encoding"])
        return "utf8" if encoding == "utf-8-sig" else encoding

    @property
    def delimiter(self) -> str:
        return str(self.table.settings["delimiter"])

    @property
    def mark(self) -> str:
        """The one character between cells."""
        return "\t" if self.delimiter == SPACES else UNIT if len(self.delimiter) > 1 else self.delimiter

    @property
    def header(self) -> int:
        return int(self.table.settings["header"])

    def batches(self, columns: Sequence[str], flags: Sequence[str]) -> Iterator[pa.RecordBatch]:
        words = pa.dictionary(pa.int32(), pa.string())
        with self.opener() as file:
            yield from map(
                self._without_quotes,
                pa.csv.open_csv(
                    file,
                    read_options=pa.csv.ReadOptions(
                        use_threads=False,  # else an error does not say which row
                        block_size=BLOCK,
                        skip_rows=self.skip,
                        skip_rows_after_names=self.header,
                        column_names=[str(name) for name in self.table.cells.columns],
                        encoding=self.encoding,
                    ),
                    parse_options=pa.csv.ParseOptions(
                        delimiter=self.mark,
                        quote_char='"' if self.quoted else False,
                        newlines_in_values=self.quoted,
                    ),
                    convert_options=pa.csv.ConvertOptions(
                        include_columns=list(columns),
                        column_types={name: pa.int8() if name in flags else words for name in columns},
                        null_values=_NULLS,
                        strings_can_be_null=False,
                    ),
                ),
            )

    def _without_quotes(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        if self.quoted:
            return batch
        columns = []
        for column in batch.columns:
            texts = column.dictionary.to_pylist() if pa.types.is_dictionary(column.type) else []
            if any('"' in text for text in texts):
                bare = pa.array([unquoted(text) for text in texts], pa.string())
                columns.append(pa.DictionaryArray.from_arrays(column.indices, bare))
            else:
                columns.append(column)
        return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)

    def blocks(self) -> Iterator[bytes]:
        """The bytes of whole lines below the header."""
        with self.opener() as file:
            for _ in range(self.skip + self.header):
                while (char := file.read(1)) and char != b"\n":
                    pass
            yield from blocks_of(file)

    def mended(self, error: pa.ArrowInvalid) -> Stream | None:
        """The stream that may get beyond `error`: in another encoding, or with quotes around delimiters."""
        if "UTF8" in str(error) and self.encoding == "utf8":
            encoding, warnings = self._other_encoding()
            if encoding == MIXED:
                return self.odd(str(error), {"encoding": MIXED})
            table = replace(
                self.table,
                settings=self.table.settings | {"encoding": encoding},
                warnings=(*self.table.warnings, *warnings),
            )
            return replace(self, table=table).stream()
        if "Expected" in str(error) and not self.quoted:
            return replace(self, quoted=True).stream()
        return self.odd(str(error), {}) if "Expected" in str(error) else None

    def _other_encoding(self) -> tuple[str, tuple[str, ...]]:
        """The likeliest encoding of the lines around the first byte that is not UTF-8."""
        with self.opener() as file:
            for block in blocks_of(file):
                try:
                    block.decode("utf-8")
                except UnicodeDecodeError as error:
                    _, encoding, warnings = decoded(block[max(0, error.start - 50_000) : error.start + 50_000], None)
                    return encoding, warnings
        return "latin-1", ()


def _whole_lines(data: bytes) -> int:
    """Where the last of the first rows ends that leaves no quote open."""
    ends = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == ord("\n")) + 1
    if not len(ends):
        return 0
    first = data[: ends[0]]
    rows = head_rows(1 + max(first.count(mark.encode()) for mark in DELIMITERS if len(mark) == 1))
    last = min(len(ends), rows) - 1
    for end in ends[max(0, last - 200) : last + 1][::-1].tolist():
        if data.count(b'"', 0, end) % 2 == 0:
            return int(end)
    return int(ends[last])
