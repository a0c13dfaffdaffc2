"""Large JSON Lines, and large JSON of records in one list or by key -> some of them, and all of them in batches."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import chain, islice
from typing import Any

import pandas as pd
import pyarrow as pa

from lossviz.labels.formats.delimited import Table
from lossviz.labels.formats.json_lists import elements, members
from lossviz.labels.formats.records import flat_record, flat_table, line_value
from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.tables.streams import (
    BLOCK,
    Opener,
    Stream,
    blocks_of,
    head_rows,
    lines_from_all_over,
    read_bytes,
    text_batch,
)

_ROWS = 20_000
_KEYED = re.compile(rb'\s*\{\s*"(?:[^"\\]|\\.)*"\s*:\s*\{')

Records = Iterator[dict[str, Any]]


def records_stream(opener: Opener) -> Stream | None:
    """The stream of JSON whose records are objects; None for other JSON."""
    with opener() as file:
        start = read_bytes(file, BLOCK)
    first = start[: start.rfind(b"\n") + 1].split(b"\n")[: head_rows(10)]
    opening = [line.strip() for line in first if line.strip()][:2]
    if len(opening) == 2 and all(line.startswith(b"{") for line in opening) and opening[0].endswith(b"}"):
        values = [line_value(line, number) for number, line in enumerate(first, start=1) if line.strip()]
        for line in lines_from_all_over(opener, len(first), sum(len(line) + 1 for line in first)):
            with suppress(UnreadableLabels):  # named with its number when it is counted
                values.append(line_value(line, 0))
        return _stream([value for value in values if isinstance(value, dict)], {}, lambda: _of_lines(opener))
    return (_keyed_stream(opener) if _KEYED.match(start) else None) or _list_stream(opener)


def _keyed_stream(opener: Opener) -> Stream | None:
    """The stream of an object whose values are records, each under the key of its sample."""
    sample = _Sample()
    with opener() as file:
        for key, value in members(file):
            if not isinstance(value, dict) or all(name.isdigit() for name in value):
                return None  # no records, or columns of rows by number
            sample.add({"key": key, **value})
    return _stream(sample.kept, {}, lambda: _of_members(opener))


def _list_stream(opener: Opener) -> Stream | None:
    """The stream of the one list of records in a JSON value, a sample of which takes a pass of its own."""
    samples: dict[str | None, _Sample] = {}
    with opener() as file:
        for key, value in elements(file):
            if key in ("annotations", "categories") or not isinstance(value, dict):
                return None
            samples.setdefault(key, _Sample()).add(value)
    if len(samples) != 1:
        return None
    ((key, sample),) = samples.items()
    return _stream(sample.kept, {} if key is None else {"list": key}, lambda: _of_list(opener))


class _Sample:
    """Records from all over those that pass: every so many-th."""

    def __init__(self) -> None:
        self.kept: list[dict[str, Any]] = []
        self.seen, self.stride = 0, 1

    def add(self, record: dict[str, Any]) -> None:
        if self.seen % self.stride == 0:
            self.kept.append(record)
        if len(self.kept) > 2 * head_rows(10):
            self.kept, self.stride = self.kept[::2], 2 * self.stride
        self.seen += 1


def _stream(sample: list[dict[str, Any]], settings: dict[str, Any], records: Callable[[], Records]) -> Stream:
    def batches(columns: Sequence[str], _flags: Sequence[str]) -> Iterator[pa.RecordBatch]:
        every = records()
        for record in every:
            rows = [flat_record(each) for each in (record, *islice(every, _ROWS - 1))]
            yield text_batch({name: [row.get(name, "") for row in rows] for name in columns})

    return Stream(Table(_cells(sample), settings, ()), batches)


def _of_lines(opener: Opener) -> Records:
    number = 0
    with opener() as file:
        for line in chain.from_iterable(block.split(b"\n") for block in blocks_of(file)):
            number += 1
            if line.strip():
                value = line_value(line, number)
                if not isinstance(value, dict):
                    raise UnreadableLabels(f"Line {number:,} is no record.", "Save one JSON object per line.")
                yield value


def _of_list(opener: Opener) -> Records:
    with opener() as file:
        for _, value in elements(file):
            yield value


def _of_members(opener: Opener) -> Records:
    with opener() as file:
        for key, value in members(file):
            yield {"key": key, **value}


def _cells(records: list[dict[str, Any]]) -> pd.DataFrame:
    cells = flat_table(records)
    cells.columns = cells.columns.astype(str)
    return cells.astype("string")
