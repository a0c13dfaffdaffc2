"""Delimited text -> a table: judged by its first lines and others from all over, cut in the way of its dialect."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from lossviz.labels import limits
from lossviz.labels.formats.dialects import Start, start_in
from lossviz.labels.formats.lanes import Lane
from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.sources.encodings import decoded, encoding_of, first_odd, is_wide, other_encodings, roughly
from lossviz.labels.sources.recoding import in_utf8, with_line_feeds
from lossviz.labels.sources.streams import Opener, blocks_of, lines_from_all_over, read_bytes, rows_of
from lossviz.labels.tables.repairs import Repairs
from lossviz.labels.tables.rows import Rows
from lossviz.labels.tables.table import Batch, Head, OtherTable, Table, batch_of
from lossviz.labels.words import DELIMITERS


def text_table(opener: Opener, settings: Mapping[str, Any], odd: bytes = b"", odd_at: int = 0) -> Table:
    """The table in a text; what `settings` do not say of its encoding, delimiter and header is found.

    The encoding is judged by the first rows, or by `odd` bytes from `odd_at` on, which are not in the one of those.

    Raises
    ------
    UnreadableLabels
        If it is no delimited text, or has no row of data.
    """
    own = {key: settings[key] for key in ("encoding", "delimiter", "header") if key in settings}
    start, ended = _start(opener)
    wide, said = (own.get("encoding"), ()) if own.get("encoding") else encoding_of(start[:4096])
    if wide and is_wide(wide):
        return _rewritten(in_utf8(opener, wide), own, wide, said)
    if b"\n" not in start and b"\r" in start and not ended:
        return text_table(with_line_feeds(opener), settings)
    first = start if ended and _is_short(start) else start[: _whole_lines(start)]
    complete = ended and len(first) == len(start)
    if start and not first:
        raise UnreadableLabels(
            f"The first line has more than {len(start) / 1e6:,.0f} million characters.", "Save one row per line."
        )
    letters = odd or first
    encoding, warnings = (own["encoding"], ()) if own.get("encoding") else encoding_of(letters, odd_at)
    begun = start_in(decoded(first, encoding), own.get("delimiter"), own.get("header"), complete=complete)
    text = Text(opener, own, first, encoding, begun)
    others: list[dict[str, Any]] = [{"encoding": name} for name in other_encodings(letters, encoding)]
    others += [{"header": way} for each in begun.questions if each.setting == "header" for way in each.choices[1:]]
    found: dict[str, Any] = {
        "settings": {"encoding": encoding, "delimiter": begun.dialect.delimiter, "header": bool(begun.headed.header)},
        "warnings": warnings,
        "questions": begun.questions,
        "others": tuple(others),
        "reopened": lambda changed: text_table(opener, {**own, **changed}),
    }
    if complete:
        return Table.of_cells(begun.headed.cells, begun.repairs, **found)
    return Table(Head.of(text.head()), text.batches, **found)


def _rewritten(opener: Opener, own: Mapping[str, Any], encoding: str, warnings: tuple[str, ...]) -> Table:
    """The table of a text that is rewritten as UTF-8, said to be of the encoding in which it was."""

    def said(table: Table) -> Table:
        return replace(table, settings={**table.settings, "encoding": encoding}, warnings=(*warnings, *table.warnings))

    def reopened(changed: Mapping[str, Any]) -> Table:
        return said(text_table(opener, {**own, **changed, "encoding": "utf-8-sig"}))

    return replace(reopened({}), reopened=reopened)


def _start(opener: Opener) -> tuple[bytes, bool]:
    """The first bytes, at least of one line, and whether they are all."""
    with opener() as file:
        start = read_bytes(file, limits.HEAD_BYTES)
        if b"\n" not in start and len(start) == limits.HEAD_BYTES:
            start += read_bytes(file, limits.LONGEST_LINE)
        return start, not file.read(1)


def _is_short(data: bytes) -> bool:
    """Whether all rows are few enough to judge by."""
    return data.count(b"\n") <= 2 * limits.head_rows(_columns(data))


def _columns(data: bytes) -> int:
    first = data[: data.find(b"\n") + 1]
    return 1 + max(first.count(mark.encode()) for mark in DELIMITERS if len(mark) == 1)


def _whole_lines(data: bytes) -> int:
    """Where the last of the first rows ends that leaves no quote open."""
    ends = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == ord("\n")) + 1
    if not len(ends):
        return 0
    last = min(len(ends), limits.head_rows(_columns(data))) - 1
    for end in ends[max(0, last - 200) : last + 1][::-1].tolist():
        if data.count(b'"', 0, end) % 2 == 0:
            return int(end)
    return int(ends[last])


@dataclass(frozen=True, eq=False)
class Text:
    """A text whose `first` bytes, as they were read, show how the others are cut."""

    opener: Opener
    settings: Mapping[str, Any]
    first: bytes
    encoding: str
    start: Start

    def head(self) -> pd.DataFrame:
        """The first rows, and others from all over the rest."""
        first, dialect = self.start.headed.cells, self.start.dialect
        lines = lines_from_all_over(self.opener, self.first.count(b"\n"), len(self.first))
        rows, _ = dialect.rows(roughly(b"\n".join(lines), self.encoding))
        return pd.concat(
            [first, self._cells([row for row in rows if len(row) == dialect.width.cells])[0]], ignore_index=True
        )

    def batches(self, columns: Sequence[str]) -> Iterator[Batch]:
        """These columns of all rows: the first as they were read, the others block by block."""
        dialect = self.start.dialect
        yield batch_of(self.start.headed.cells, columns, self.start.repairs)
        lane = Lane(dialect, [str(name) for name in self.start.headed.cells.columns], columns)
        below = self.start.below  # what are notes below the table, if no other row follows
        for block in self._blocks():
            quick = None if below else lane.batch(block)
            if quick is not None:
                yield quick
                continue
            for part in rows_of(blocks_of(io.BytesIO(block), limits.CAREFUL_BLOCK)):
                rows, done = dialect.rows(part.decode())
                rows = [*below, *rows]
                end = len(rows) - dialect.width.notes_below(rows)
                below = rows[end:]
                cells, fitted = self._cells(rows[:end])
                yield batch_of(cells, columns, done + fitted)
        if below:
            yield batch_of(self._cells([])[0], columns, Repairs(below=len(below)))

    def _cells(self, rows: Rows) -> tuple[pd.DataFrame, Repairs]:
        return self.start.dialect.fit(rows, self.start.headed.cells.columns.tolist())

    def _blocks(self) -> Iterator[bytes]:
        """What follows the first rows, in UTF-8 and blocks of whole rows.

        Raises
        ------
        OtherTable
            If it is of another encoding than they show.
        """
        at = len(self.first)
        with self.opener() as file:
            read_bytes(file, at)
            for block in rows_of(blocks_of(file)):
                yield block if block.isascii() and 0 not in block else self._in_utf8(block, at)
                at += len(block)

    def _in_utf8(self, block: bytes, at: int) -> bytes:
        try:
            return decoded(block, self.encoding, at).encode()
        except UnreadableLabels as problem:
            odd = first_odd(block)
            if odd is None or self.settings.get("encoding") or not self.encoding.startswith("utf-8"):
                raise
            around = max(0, odd - 50_000)
            letters = block[around : odd + 50_000]
            if encoding_of(letters, at + around)[0].startswith("utf-8"):
                raise  # it would be the same table again
            raise OtherTable(lambda: text_table(self.opener, self.settings, letters, at + around)) from problem
