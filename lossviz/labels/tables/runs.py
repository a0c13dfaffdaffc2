"""Columns of run-length masks, which are no labels: whether a cell has one is, beside the class that it is of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice, pairwise

from lossviz.labels.tables.columns import Column
from lossviz.labels.tables.derived import Origin, derived
from lossviz.labels.tables.table import Table

_CALLED = re.compile(r"encoded_?pixels|(^|_)rle(s|_|$)|run_?length|(^|_)mask", re.IGNORECASE)
_RUNS = re.compile(r"\d+ \d+( \d+ \d+)*")
_NONE = ("", "-1")
_JOINED_NAME, _JOINED = re.compile(r"([A-Za-z]+)_([A-Za-z]+)"), re.compile(r"(.+)_([^_]+)")
_FEW_RUNS, _LOOKED_AT, _MOST_JOINED = 3, 200, 1000


def without_runs(table: Table) -> Table:
    """The table whose run-length columns say whether a mask is given; an id joined to a class is cut in two.

    A table without such a column stays as it is.
    """
    runs = [column.name for column in table.profiles if _holds_runs(column)]
    if not runs:
        return table
    columns: list[str] = []
    origins: dict[str, Origin] = {}
    for column in table.profiles:
        if column.name in runs:
            if any(value in _NONE for value in column.tally) or column.missing:
                origins[f"{column.name} present"] = (column.name, lambda text: "0" if text in _NONE else "1")
                columns.append(f"{column.name} present")
        elif parts := _joined(column):
            for part, name in enumerate(parts, start=1):
                origins[name] = (column.name, lambda text, part=part: _part(text, part))  # type: ignore[misc]
            columns += parts
        else:
            columns.append(column.name)
    are = (
        "holds masks by their run lengths, which are"
        if len(runs) == 1
        else "hold masks by their run lengths, which are"
    )
    said = f"{', '.join(map(repr, runs[:5]))} {are} no labels; whether a cell has one may be."
    return replace(derived(table, columns, origins, without_runs), warnings=(*table.warnings, said))


def _holds_runs(column: Column) -> bool:
    """Whether all cells are pairs of a start and a length that rise, and that are called runs or are many."""
    cells = [value for value in islice(column.tally, _LOOKED_AT) if value not in _NONE]
    if not cells or not all(_RUNS.fullmatch(cell) and _rises(cell.split()) for cell in cells):
        return False
    pairs = sum(cell.count(" ") + 1 for cell in cells) / 2 / len(cells)
    return bool(_CALLED.search(column.name)) or pairs >= _FEW_RUNS


def _rises(numbers: Sequence[str]) -> bool:
    runs = [(int(start), int(length)) for start, length in zip(numbers[::2], numbers[1::2], strict=True)]
    return all(start + length <= after for (start, length), (after, _) in pairwise(runs))


def _joined(column: Column) -> list[str]:
    """The names of an id and a class that one column joins, as ImageId_ClassId does; none of any other."""
    name = _JOINED_NAME.fullmatch(column.name)
    values = list(islice(column.tally, _LOOKED_AT))
    cut = [_JOINED.fullmatch(value) for value in values]
    if name is None or not column.distinct or len(values) < 2 or not all(cut):
        return []
    classes = {each[2] for each in cut if each is not None}
    return [name[1], name[2]] if len(classes) <= min(_MOST_JOINED, len(values) // 2) else []


def _part(text: str, part: int) -> str:
    joined = _JOINED.fullmatch(text)
    return joined[part] if joined is not None else ""
