"""Large tables -> readings: ranked by rows from all over them, counted over all rows in one pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import chain
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lossviz.labels.formats.delimited import Table
from lossviz.labels.formats.large_parquet import parquet_stream
from lossviz.labels.formats.large_records import records_stream
from lossviz.labels.formats.large_text import text_stream
from lossviz.labels.inspection import Inspection, Reading, UnreadableLabels, unfinished
from lossviz.labels.meaning.questions import inspected, of_table
from lossviz.labels.meaning.shapes import Whole, read_whole
from lossviz.labels.meaning.tallies import Flags, Lists, Pairs, Tally
from lossviz.labels.sources.files import File, large_together
from lossviz.labels.tables.columns import Column
from lossviz.labels.tables.streams import Stream

LARGE_CELLS = 4_000_000
MOST_READINGS = 8
T = TypeVar("T")
SHAPES = ("class", "onehot", "list", "tokens", "grouped")


def stream_of(file: File, settings: Mapping[str, Any], cells: int = 0) -> Stream | None:
    """The stream of a table; None for other files, and for Parquet of fewer cells.

    Raises
    ------
    UnreadableLabels
        If it is a table of which no row can be read.
    """
    if file.kind == "parquet":
        return parquet_stream(file.opener, cells)
    if file.kind == "json":
        return records_stream(file.opener)
    return text_stream(file.opener, settings) if file.kind == "text" else None


def chained(files: Sequence[File], settings: Mapping[str, Any]) -> Stream | None:
    """Several files of the same columns, one after the other, if they are large together."""
    if not large_together(files):
        return None
    parts: list[Stream] = []
    for file in files:
        try:
            stream = stream_of(file, settings)
        except UnreadableLabels:
            return None
        if stream is None or (parts and stream.head.cells.columns.tolist() != parts[0].head.cells.columns.tolist()):
            return None
        parts.append(stream)
    first = parts[0]

    def batches(names: Sequence[str], flags: Sequence[str]) -> Iterator[pa.RecordBatch]:
        return chain.from_iterable(part.batches(names, flags) for part in parts)

    said = f"{len(parts)} files of the same columns are read as one."
    return Stream(replace(first.head, warnings=(*first.head.warnings, said)), batches, names=first.names)


def in_pieces(settings: Mapping[str, Any]) -> bool:
    """Whether a reading can be counted without all rows in memory."""
    return _shape(settings) in SHAPES and "present" not in settings


def _shape(settings: Mapping[str, Any]) -> str:
    return settings.get("shape") or ("onehot" if "columns" in settings else "class")


def or_whole(stream: Stream, count: Callable[[], T]) -> T | Table:
    """What `count` finds in pieces; the table in memory where that fails and it fits."""
    try:
        return count()
    except UnreadableLabels:
        if stream.whole is None:
            raise
        return stream.whole()


def inspect_large(stream: Stream, name: str, wanted: Mapping[str, Any]) -> Inspection:
    """What is found in some of the rows, with the counts of all of them."""
    of_head = inspected(stream.head, name, wanted)
    likeliest = of_head.readings[0]
    only_whole = (
        ()
        if in_pieces(likeliest.settings)
        else (f"What it looks most like ({likeliest.description}) is read from smaller files only: split this one.",)
    )
    if only_whole and stream.whole is not None:
        raise UnreadableLabels(only_whole[0], "Read it whole.")
    # What other settings of the table would lead to is another way through the whole file: it is read when asked for.
    alike = [
        reading.settings for reading in of_head.readings if stream.head.settings.items() <= reading.settings.items()
    ]
    ranked = [settings for settings in alike if in_pieces(settings)]
    if not ranked:
        raise UnreadableLabels(
            "A table this large is read by class, 0/1 or list columns, and it seems to have none.",
            "Save the label column alone.",
        )
    stream, counted = _counted(stream, ranked[:MOST_READINGS], name)
    found = [result for result in counted if isinstance(result, Reading)]
    problems = [result for result in counted if isinstance(result, UnreadableLabels)]
    if not found:
        raise problems[0]
    rows = len(stream.head.cells)
    said = f"The readings were ranked by {rows:,} rows from all over the file; the counts are of all of them."
    lost = tuple(problem.reason for problem in problems)
    return replace(
        of_head,
        readings=tuple(found),
        certain=of_head.certain and not problems,
        warnings=(*stream.head.warnings, said, *only_whole, *lost),
    )


def read_large(stream: Stream, settings: Mapping[str, Any], name: str) -> Reading:
    """The one reading that `settings` choose, counted over all rows."""
    _, (result,) = _counted(stream, [settings], name)
    if isinstance(result, UnreadableLabels):
        raise result
    return result


def _counted(
    stream: Stream, wanted: Sequence[Mapping[str, Any]], name: str
) -> tuple[Stream, list[Reading | UnreadableLabels]]:
    """A reading, or why there is none, for each of the settings: all in one pass over the rows."""
    profiles = stream.head.profiles
    plans = [_Plan(stream, settings, profiles) for settings in wanted]
    if not _by_bytes(stream, plans):
        try:
            _by_batches(stream, plans, profiles)
        except pa.ArrowInvalid as error:
            again = stream.mended(error) if stream.mended is not None else None
            if again is not None:
                return _counted(again, wanted, name)
            raise unfinished(str(error)) from error
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            raise unfinished(str(error)) from error
    return stream, [plan.reading(name) for plan in plans]


class _Plan:
    """One reading that is being counted, or the reason why it no longer is."""

    def __init__(self, stream: Stream, settings: Mapping[str, Any], profiles: Sequence[Column]) -> None:
        by_name = {column.name: column for column in profiles}
        shape = _shape(settings)
        self.head = stream.head
        self.settings = {**stream.head.settings, **settings, "shape": shape}
        self.columns = [settings["column"]] if "column" in settings else list(settings.get("columns", ()))
        if shape == "grouped":
            self.columns.append(settings.get("group_by", ""))
        for name in self.columns:
            if name not in by_name:
                raise UnreadableLabels(f"There is no column {name!r}.", f"Choose one of {', '.join([*by_name][:20])}.")
        if not in_pieces(settings):
            raise UnreadableLabels(
                f"A table this large is not read as {shape!r}.", "Choose class, 0/1 or list columns, or split the file."
            )
        self.positions = [by_name[name].position for name in self.columns]
        self.names = (stream.names or {}).get(self.columns[0]) if self.columns else None
        self.start()

    def start(self) -> None:
        """Count from the first row."""
        self.reducer: Tally | Flags | Lists | Pairs
        shape = self.settings["shape"]
        if shape == "onehot":
            self.reducer = Flags(self.columns, self.positions)
        elif shape in ("list", "tokens"):
            tokens = shape == "tokens"
            self.reducer = Lists(self.columns[0], self.settings["separator"], self.names, tokens=tokens)
        elif shape == "grouped":
            self.reducer = Pairs(self.settings["group_by"], self.settings["column"], self.names)
        else:
            self.reducer = Tally(self.columns[0], self.positions[0], self.names)
        self.problem: UnreadableLabels | None = None

    def add(self, batch: pa.RecordBatch) -> None:
        if self.problem is not None:
            return
        try:
            if isinstance(self.reducer, Tally | Lists):
                self.reducer.add(batch.column(self.columns[0]))
            else:
                self.reducer.add(batch)
        except UnreadableLabels as problem:
            self.problem = problem

    def reading(self, name: str) -> Reading | UnreadableLabels:
        if self.problem is not None:
            return self.problem
        try:
            return of_table(read_whole(self._whole(), name, self.settings), self.head)
        except UnreadableLabels as problem:
            return problem

    def _whole(self) -> Whole:
        reducer = self.reducer
        if isinstance(reducer, Flags):
            return Whole(profiles=reducer.profiles(), rows=reducer.rows, exclusive=reducer.exclusive)
        if isinstance(reducer, Tally):
            return Whole(profiles=[reducer.column()], rows=reducer.rows)
        if isinstance(reducer, Pairs):
            return Whole(pairs=reducer.merged())
        reducer.settle()
        return Whole(labels=reducer.labels, rows=reducer.rows, missing=reducer.missing)


def _by_batches(stream: Stream, plans: Sequence[_Plan], profiles: Sequence[Column]) -> None:
    columns = list(dict.fromkeys(name for plan in plans for name in plan.columns))
    marked = {column.name for column in profiles if column.marks}
    others = {name for plan in plans if not isinstance(plan.reducer, Flags) for name in plan.columns}
    flags = [name for name in columns if name in marked - others]
    try:
        for batch in _ahead(stream.batches(columns, flags)):
            for plan in plans:
                plan.add(batch)
    except pa.ArrowInvalid as error:
        if not flags or "conversion error" not in str(error):
            raise
        # Later rows write 1 as 1.0, or hold words: once more, as text.
        for plan in plans:
            plan.start()
        for batch in _ahead(stream.batches(columns, ())):
            for plan in plans:
                plan.add(batch)


def _ahead(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The batches, the next of which is read while one is counted."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = pool.submit(next, batches, None)
            yield batch


def _by_bytes(stream: Stream, plans: Sequence[_Plan]) -> bool:
    """Counts 0/1 columns that end plain lines of text; False, and nothing is counted, where they are not so plain."""
    if stream.blocks is None or len(plans) != 1 or not isinstance(plans[0].reducer, Flags):
        return False
    names = [str(name) for name in stream.head.cells.columns]
    columns = plans[0].columns
    before = len(names) - len(columns)
    if before > 1 or names[before:] != columns:
        return False
    reducer = Flags(columns, range(before, len(names)))
    for tail in _tails(stream.blocks(), len(columns), before, ord(stream.head.settings["delimiter"])):
        if tail is None:
            return False
        reducer.add_lines(tail)
    plans[0].reducer = reducer
    return True


def _tails(blocks: Iterator[bytes], count: int, before: int, delimiter: int) -> Iterator[NDArray[np.uint8] | None]:
    """The single characters at the end of each line, shape (lines, count); None for a block that has others."""
    width = 2 * count - 1
    for block in blocks:
        data = np.frombuffer(block, dtype=np.uint8)
        ends = np.flatnonzero(data == ord("\n"))
        sizes = np.diff(ends, prepend=-1) - 1
        odd = sizes.min() < width + before if before else (sizes != width).any()
        if odd or b'"' in block or b"\r" in block:
            yield None
            return
        if (sizes == sizes[0]).all():
            lines = data.reshape(len(ends), -1)[:, sizes[0] - width - before : sizes[0]]
        else:
            lines = data[(ends - width - before)[:, None] + np.arange(width + before)]
        cells, marks = lines[:, before::2], lines[:, 1 - before :: 2]
        each = count - 1 + before
        plain = ((cells & 0xFE) == ord("0")).all() and (marks == delimiter).all()
        if not plain or np.count_nonzero(data == delimiter) != each * len(ends):
            yield None
            return
        yield cells
