"""Rows of cells of any length -> rows of one length, and what was done to them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.limits import MOST_TITLES
from lossviz.labels.tables.headers import is_number
from lossviz.labels.tables.repairs import Repairs

Rows = list[list[str]]
# What a row below a table calls the numbers in it.
_SUMMARIES = {"total", "totals", "subtotal", "sum", "grand total", "overall", "mean", "average", "avg", "median"}
_SUMMARIES |= {"min", "max", "std", "stdev", "count", "n"}


@dataclass(frozen=True)
class Width:
    """How many cells a row has, and the cell in which the surplus of a longer one is joined."""

    cells: int
    text: int

    @classmethod
    def of(cls, rows: Rows, cells: int) -> Width:
        """The surplus is joined in the cell of the longest texts."""
        columns = zip(*(row for row in rows[:1000] if len(row) == cells), strict=True)
        sizes = [sum(map(len, column)) for column in columns]
        return cls(cells, sizes.index(max(sizes)) if sizes else 0)

    def fit(self, rows: Rows) -> tuple[Rows, Repairs]:
        """The rows, short ones filled and long ones joined."""
        even, filled, joined = [], 0, 0
        for given in rows:
            row = given
            while len(row) > self.cells and not row[-1]:
                row = row[:-1]
            if len(row) < self.cells:
                filled += 1
                row = [*row, *[""] * (self.cells - len(row))]
            elif len(row) > self.cells:
                joined += 1
                behind = self.text + len(row) - self.cells + 1
                row = [*row[: self.text], ", ".join(row[self.text : behind]), *row[behind:]]
            even.append(row)
        return even, Repairs(filled=filled, joined=joined, joined_in=self.text + 1 if joined else 0)

    def notes_below(self, rows: Rows) -> int:
        """How many of the last rows may be notes below the table, or its totals."""
        count = 0
        while count < len(rows) and self._is_below(rows[-1 - count], rows[: -1 - count]):
            count += 1
        return count

    def _is_below(self, row: Sequence[str], above: Rows) -> bool:
        if len(row) == 1:
            return self.cells > 2 or (self.cells == 2 and len(row[0].split()) > 2)
        summary = _summary(row)
        return bool(summary) and not any(summary in each for each in above)


def _summary(row: Sequence[str]) -> str:
    """The word of a row that holds a total or the like of the numbers above it, and nothing else; none of any other."""
    given = [cell.strip() for cell in row if cell.strip()]
    words = [cell for cell in given if not is_number(cell)]
    alone = len(words) == 1 and len(given) > 1 and words[0].lower().rstrip(":") in _SUMMARIES
    return words[0] if alone else ""


def without_summary(rows: Rows) -> tuple[Rows, int]:
    """The rows of a table without the totals and notes below it; and how many those are."""
    below = Width(len(rows[0]), 0).notes_below(rows) if rows else 0
    below = min(below, max(0, len(rows) - 3))
    return rows[: len(rows) - below], below


def evened(rows: Rows, *, complete: bool) -> tuple[Rows, Width, Rows, Repairs]:
    """Rows of one length, from the header on; the notes below them, if these are all the rows; and what was done."""
    widths = Counter(map(len, rows))
    if len(widths) == 1:
        even, above = below_titles(rows)
        table, notes = without_summary(even)
        return table, Width.of(table, len(rows[0])), even[len(even) - notes :], Repairs(above=above)
    usual = max(widths.items(), key=lambda item: (item[1], item[0]))[0]
    if len(rows[0]) > usual and widths[len(rows[0])] > 1 and rows[0][-1] and not any(map(is_number, rows[0])):
        usual = len(rows[0])  # the header names more columns than most rows fill
    if len(rows[0]) > usual and all(rows[0]) and not any(map(is_number, rows[0])):
        rows = [rows[0][:usual], *rows[1:]]  # it names more columns than any row has
    start = next(k for k, row in enumerate(rows) if len(row) == usual)
    above = start
    header = rows[start - 1] if start else None
    if header is not None and (len(header) == usual - 1 or not any(any(row[len(header) :]) for row in rows[start:])):
        # R and pandas write no name above the names of rows; others end every row with a delimiter.
        short = len(header) == usual - 1 and not all(row[-1] == "" for row in rows[start:] if len(row) == usual)
        rows = [["row", *header] if short else header + [""] * (usual - len(header)), *rows[start:]]
        above -= 1
    elif start:
        rows = rows[start:]
    width = Width.of(rows, usual)
    notes = min(width.notes_below(rows), max(0, len(rows) - 3))
    below = rows[len(rows) - notes :]
    rows = rows[: len(rows) - notes]
    even, done = width.fit(rows)
    if complete and (
        (done.filled + done.joined > len(even) // 2 and len(rows[0]) != usual) or (done.joined and len(even) < 10)
    ):
        first = next(k for k, row in enumerate(rows, start=1) if len(row) != usual)
        raise UnreadableLabels(
            f"The rows have different lengths: row {first} has {len(rows[first - 1])} cells, most have {usual}.",
            "Mend that row, or choose another delimiter.",
        )
    return even, width, below, done + Repairs(above=above)


def below_titles(rows: Rows) -> tuple[Rows, int]:
    """The rows below those in which all but the first cell is blank, as a spreadsheet's titles are; and how many."""
    if not rows or len(rows[0]) < 3:
        return rows, 0
    start = 0
    while start < min(len(rows) - 2, MOST_TITLES) and sum(bool(cell.strip()) for cell in rows[start]) <= 1:
        start += 1
    rule = [k for k in range(start, min(len(rows), start + 3)) if _is_rule(rows[k])]
    return [row for k, row in enumerate(rows) if k >= start and k not in rule], start


def _is_rule(row: Sequence[str]) -> bool:
    """Whether a row only draws a line."""
    return all(re.fullmatch(":?-*:?", cell.strip()) for cell in row)
