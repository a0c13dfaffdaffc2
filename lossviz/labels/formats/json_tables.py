"""JSON and JSON Lines -> a table of records: a short text at once, a longer one record by record."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain, islice
from typing import Any

from lossviz.labels import limits
from lossviz.labels.formats.json_records import (
    columns_of,
    flat_record,
    head_of_records,
    lists_among,
    lists_in,
    record_head,
)
from lossviz.labels.formats.json_values import elements, line_value, loaded, members
from lossviz.labels.inspection import Question, UnreadableLabels
from lossviz.labels.sources.files import File
from lossviz.labels.sources.streams import Opener, blocks_of, lines_from_all_over, read_bytes
from lossviz.labels.tables.repairs import Repairs
from lossviz.labels.tables.table import Batch, Table
from lossviz.labels.values import shown

_KEYED = re.compile(rb'\s*\{\s*"[^"\\]*+(?:\\.[^"\\]*+)*+"\s*:\s*\{')

Records = Iterator[dict[str, Any]]


def json_table(file: File, settings: Mapping[str, Any]) -> Table:
    """The records of a JSON text.

    Raises
    ------
    UnreadableLabels
        If it is no whole JSON, or holds no records.
    """
    with file.opener() as opened:
        short = len(read_bytes(opened, limits.HEAD_BYTES)) < limits.HEAD_BYTES
    streamed = None if short else _streamed(file.opener, settings)
    return streamed if streamed is not None else table_of(loaded(file.read()), settings)


def table_of(value: Any, settings: Mapping[str, Any]) -> Table:
    """The records in a JSON value."""
    lists = lists_in(value)
    chosen = settings.get("list", next(iter(lists), None))
    if chosen is not None and chosen not in lists:
        instead = f"Choose one of {', '.join(list(lists)[:20])}." if lists else "Leave out that setting."
        raise UnreadableLabels(f"There is no list {shown(chosen)}.", instead)
    head = record_head(lists[chosen] if chosen is not None else value)
    asked = (Question("list", "Which list holds the labels?", tuple(lists)),) if len(lists) > 1 else ()
    return Table.of_head(head, settings={"list": chosen} if lists else {}, questions=asked)


def _streamed(opener: Opener, settings: Mapping[str, Any]) -> Table | None:
    """The table of JSON whose records are objects; None for other JSON, which only its whole explains."""
    with opener() as file:
        start = read_bytes(file, limits.HEAD_BYTES)
    first = start[: start.rfind(b"\n") + 1].split(b"\n")[: limits.head_rows(10)]
    opening = [line.strip() for line in first if line.strip()][:2]
    if len(opening) == 2 and all(line.startswith(b"{") for line in opening) and opening[0].endswith(b"}"):
        values = [line_value(line, number) for number, line in enumerate(first, start=1) if line.strip()]
        for line in lines_from_all_over(opener, len(first), sum(len(line) + 1 for line in first)):
            with suppress(UnreadableLabels):  # named with its number when it is counted
                values.append(line_value(line, 0))
        return _table([value for value in values if isinstance(value, dict)], {}, lambda: _of_lines(opener))
    return (_keyed(opener) if _KEYED.match(start) else None) or _of_one_list(opener, settings)


def _keyed(opener: Opener) -> Table | None:
    """The table of an object whose values are records, each under the key of its sample."""
    sample = _Sample()
    with opener() as file:
        for key, value in members(file):
            if not isinstance(value, dict) or all(name.isdigit() for name in value):
                return None  # no records, or columns of rows by number
            sample.add({"key": key, **value})
    return _table(sample.kept, {}, lambda: _of_members(opener))


def _of_one_list(opener: Opener, settings: Mapping[str, Any]) -> Table | None:
    """The table of the one list of records in a JSON value, a sample of which takes a pass of its own."""
    samples: dict[str | None, _Sample] = {}
    with opener() as file:
        for key, value in elements(file):
            if key in ("annotations", "categories") or not isinstance(value, dict):
                return None
            samples.setdefault(key, _Sample()).add(value)
    if len(samples) != 1:
        return None
    ((key, sample),) = samples.items()
    if settings.get("list", key) != key:
        raise UnreadableLabels(f"There is no list {shown(settings['list'])}.", f"Choose {key}.")
    return _table(sample.kept, {} if key is None else {"list": key}, lambda: _of_list(opener))


class _Sample:
    """Records from all over those that pass: every so many-th."""

    def __init__(self) -> None:
        self.kept: list[dict[str, Any]] = []
        self.seen, self.stride = 0, 1

    def add(self, record: dict[str, Any]) -> None:
        if self.seen % self.stride == 0:
            self.kept.append(record)
        if len(self.kept) > 2 * limits.head_rows(10):
            self.kept, self.stride = self.kept[::2], 2 * self.stride
        self.seen += 1


def _table(sample: list[dict[str, Any]], settings: dict[str, Any], records: Callable[[], Records]) -> Table:
    lists = lists_among(sample)

    def batches(columns: Sequence[str]) -> Iterator[Batch]:
        every = records()
        for record in every:
            rows = [flat_record(each, lists) for each in (record, *islice(every, limits.BATCH_RECORDS - 1))]
            yield Batch(columns_of(rows, columns), len(rows), Repairs(rows=len(rows)))

    return Table(head_of_records(sample), batches, settings)


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
