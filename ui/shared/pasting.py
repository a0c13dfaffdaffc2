"""Tables of numbers as people paste them: from a spreadsheet, from torch or numpy, from Python."""

from __future__ import annotations

import math
import re

MOST_CELLS = 40_000
_WORDS = {"true": 1.0, "false": 0.0}
_BLANK = ("", "nan", "none", "null", "na", "n/a", "<na>")
_CALL = re.compile(r"\s*(\w+\s*=\s*)?([\w.]+\s*\(\s*)?")


def parsed(text: str, name: str) -> list[list[float]]:
    """The rows of a pasted table; ValueError with one sentence unless it holds numbers in rows of one length.

    A blank cell of the targets, and what says as much, is nan: its target is unknown.
    """
    lines = _lines(text, name)
    blanks = name == "targets"
    rows = [[_number(cell, k, name, blanks) for cell in line] for k, line in enumerate(lines, 1)]
    if not rows:
        raise ValueError(f"Paste at least one row of {name}.")
    for k, row in enumerate(rows, 1):
        if len(row) != len(rows[0]):
            raise ValueError(f"Row {k} of the {name} has {len(row)} numbers, the first has {len(rows[0])}.")
    if len(rows) * len(rows[0]) > MOST_CELLS:
        raise ValueError(f"The {name} hold more than {MOST_CELLS:,} numbers; paste fewer rows.")
    return rows


def one_column(rows: list[list[float]], count: int) -> list[list[float]]:
    """One row of as many targets as there are rows of logits stands for a column of them."""
    return [[value] for value in rows[0]] if len(rows) == 1 < count == len(rows[0]) else rows


def _lines(text: str, name: str) -> list[list[str]]:
    """The cells of every row."""
    opening = _CALL.match(text)
    if opening is not None and text[opening.end() :].startswith(("[", "(")):
        inside = text[opening.end() : max(text.rfind("]"), text.rfind(")")) + 1]
        rows = [row.replace("\n", " ").strip() for row in re.findall(r"[\[(]([^\[\]()]*)[\])]", inside)]
        return [_cells(row.removesuffix(",")) for row in rows if row]
    lines = [line.strip(" \r") for line in re.split(r"[\n;]", text.strip("\n; \r"))]
    if all(line.endswith(",") for line in lines if line):  # as written by programs that end each number so
        lines = [line.removesuffix(",") for line in lines]
    if name == "targets" and all(len(_cells(line)) == 1 for line in lines if line):
        return [[line] for line in lines] if any(lines) else []  # of one column, a blank line is a blank cell
    return [_cells(line) for line in lines if line.strip()]


def _cells(line: str) -> list[str]:
    if "\t" in line:
        return [cell.strip(" ,") for cell in line.split("\t")]
    if "," in line:
        return [cell.strip() for cell in line.split(",")]
    return line.split()


def _number(cell: str, row: int, name: str, blanks: bool) -> float:
    if cell.lower() in _BLANK:
        if blanks:
            return math.nan
        if cell:
            raise ValueError(f"Row {row} of the {name} holds a number that is not finite.")
        raise ValueError(f"Row {row} of the {name} has a blank cell; it needs a number.")
    try:
        value = _WORDS.get(cell.lower())
        value = float(cell) if value is None else value
    except ValueError as error:
        raise ValueError(f"Row {row} of the {name} holds {cell[:40]!r}, which is no number.") from error
    if not math.isfinite(value):
        raise ValueError(f"Row {row} of the {name} holds a number that is not finite.")
    return value
