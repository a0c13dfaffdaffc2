"""Whether the first row of a table names its columns, and names that tell them apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from lossviz.labels.inspection import Question, UnreadableLabels
from lossviz.labels.tables.columns import is_missing, is_particular, label_name

_LONGEST_NAME = 80
# What Orange writes below the names of columns, and a survey beside its options.
_TYPES = {"continuous", "discrete", "string", "time", "c", "d", "s", "t", "numeric", "categorical", "text"}
_FLAGS = {"", "class", "meta", "ignore", "i", "m", "weight"}
_ANSWERS = {"response", "open-ended response"}


@dataclass(frozen=True, eq=False)
class Headed:
    """Rows below their header: their columns by name, and what the header was.

    `header` are its cells, none where there is none; `kept` the columns that have a name or hold something.
    """

    cells: pd.DataFrame
    header: tuple[str, ...]
    kept: tuple[int, ...]
    repeats: int
    questions: tuple[Question, ...]


def with_header(rows: list[list[str]], header: bool | None, fewest: int = 1) -> Headed:
    """Rows of one length as a table, whose first row names the columns if `header`, or if it looks like it.

    Raises
    ------
    UnreadableLabels
        If there are fewer rows than `fewest`.
    """
    questions: tuple[Question, ...] = ()
    if not rows:
        raise UnreadableLabels("The file has no rows.", "Upload a file with one row per sample.")
    named, more = _more_names([cell.strip() for cell in rows[0]], rows[1:])
    if header is None and more:
        header = True
    if header is None:
        header, sure = has_header(rows)
        if not sure:
            questions = (Question("header", "Does the first row name the columns?", (header, not header)),)
    if header and len(rows) > 2 and _numbered(rows[0]) and has_header(rows[1:]) == (True, True):
        return with_header(rows[1:], True, fewest)  # the numbers of the columns stand above their names
    first: tuple[str, ...] = ()
    body, kept = rows, tuple(range(len(rows[0])))
    names = [f"column {k + 1}" for k in kept]
    if header:
        first = tuple(named)
        body = [row for row in rows[1 + more :] if row != rows[0] or len(first) == 1]
        kept = tuple(k for k, name in enumerate(first) if name or any(row[k].strip() for row in body))
        names = unique_names(first[k] for k in kept)
    if len(body) < fewest:
        raise UnreadableLabels("The file has only a header.", "Upload a file with one row per sample.")
    repeats = len(rows) - len(body) - bool(header) - (more if header else 0)
    return Headed(framed(body, kept, names), first, kept, repeats, questions)


def _more_names(names: list[str], rows: list[list[str]]) -> tuple[list[str], int]:
    """The names of columns with what rows below them add to them, and how many such rows there are."""
    cells = [[cell.strip() for cell in row] for row in rows[:3]]
    for k, row in enumerate(cells):
        if any(cell.startswith('{"ImportId"') for cell in row):  # as Qualtrics writes below the questions
            return names, k + 1
    lower = [{cell.lower() for cell in row} for row in cells[:2]]
    if len(lower) == 2 and lower[0] - {""} and lower[0] - {""} <= _TYPES and lower[1] - {""} and lower[1] <= _FLAGS:
        return names, 2
    blank = [k for k, name in enumerate(names) if not name]
    if len(rows) < 3 or not blank:
        return names, 0
    answers = cells[0]
    alone = [k for k in blank if answers[k] and {row[k].strip() for row in rows[1:1001]} <= {answers[k], ""}]
    if not alone or len(alone) + any(answer.lower() in _ANSWERS for answer in answers) < 2:
        return names, 0
    question, full = "", []  # a survey's question stands above its first option
    for name, answer in zip(names, answers, strict=True):
        question = name or question
        plain = answer.lower() in _ANSWERS or not answer
        full.append(name if plain and name else question if plain else f"{question}: {answer}")
    return full, 1


def framed(rows: list[list[str]], kept: Sequence[int], names: Sequence[str]) -> pd.DataFrame:
    """The cells of the columns that are kept, by name."""
    if rows and len(kept) < len(rows[0]):
        rows = [[row[k] for k in kept] for row in rows]
    return pd.DataFrame(rows, columns=pd.Index(names), dtype=str)


def has_header(rows: list[list[str]]) -> tuple[bool, bool]:
    """Whether the first row names the columns, and whether that is beyond doubt."""
    first, below = [cell.strip() for cell in rows[0]], rows[1:1001]
    given = [name for name in first if name]
    if not given or any(map(is_particular, given)):
        return False, True
    numbers = [is_number(name) for name in first]
    held = [{cell.strip() for cell in set(column)} for column in zip(*below, strict=True)] or [set()] * len(first)
    # A name may be a whole question, but then no cell below it is nearly as long.
    if any(
        len(name) > _LONGEST_NAME and 2 * max(map(len, held[k]), default=0) > len(name) for k, name in enumerate(first)
    ):
        return False, True
    above_numbers = 0
    for k, name in enumerate(first):
        values = [value for value in held[k] if not is_missing(value)]
        index = k == 0 and not name and len(first) > 1  # as pandas writes row numbers
        named = name and not numbers[k] and not is_missing(name)
        if (named or index) and values and all(is_number(value) or is_particular(value) for value in values):
            above_numbers += 1
    if any(numbers):
        if _numbered(given):
            return True, False
        if given == [str(k) for k in range(len(given))]:
            # A frame whose columns have no names writes their places.
            others = [value for name, values in zip(first, held, strict=True) if name for value in values]
            indexed = not first[0] and len(given) < len(first) and all(map(is_number, held[0]))
            sure = indexed or not any(map(is_number, others))
            return (True, True) if sure else (len(first) > 1, False)
        return (True, False) if above_numbers > 1 and above_numbers >= sum(numbers) else (False, True)
    if above_numbers:
        return True, True
    named = any(label_name(name) for name in given if 1 < len(name) <= _LONGEST_NAME or len(given) == 1)
    recurring = [not name or name in held[k] for k, name in enumerate(first)]
    again = named and len(first) > 1 and rows[0] in below
    if not again and any(name and known for name, known in zip(first, recurring, strict=True)):
        return False, True
    if named:
        return True, True
    if any(len(name) > _LONGEST_NAME for name in given):
        return True, False
    if len(first) == 1:
        # One column of text: a name is one word, and what stands below recurs.
        return len(held[0]) < len(below) and len(given[0].split()) < 5, False
    return len(set(given)) == len(given), False


def _numbered(cells: Sequence[str]) -> bool:
    """Whether cells are the numbers of their places, from 0 or 1 on."""
    places = [cell.strip().removesuffix(".0") for cell in cells]
    return len(places) > 2 and places in ([str(k + first) for k in range(len(places))] for first in (0, 1))


def is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", ".", 1) if cell.count(",") == 1 else cell)
    except ValueError:
        return False
    return True


def unique_names(names: Iterable[str], blank: str = "column") -> list[str]:
    """Names as distinct ones: a blank becomes its position, a repeat gets a number that no other name has.

    Examples
    --------
    >>> unique_names(["a", "", "a", "a (2)", "a"])
    ['a', 'column 2', 'a (3)', 'a (2)', 'a (4)']
    """
    given = [str(name).strip() or f"{blank} {position}" for position, name in enumerate(names, start=1)]
    taken, seen, unique = set(given), set[str](), []
    times: Counter[str] = Counter()
    for name in given:
        free = name
        while free in seen:
            times[name] += 1
            numbered = f"{name} ({times[name] + 1})"
            free = name if numbered in taken else numbered
        seen.add(free)
        unique.append(free)
    return unique
