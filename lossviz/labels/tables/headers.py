"""Whether the first row of a table names its columns, and names that tell them apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from lossviz.labels.inspection import Question, UnreadableLabels
from lossviz.labels.tables.columns import is_missing, label_name

_LONGEST_NAME = 80


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


def with_header(cells: pd.DataFrame, header: bool | None, fewest: int = 1) -> Headed:
    """Rows of cells as a table, whose first row names the columns if `header`, or if it looks like it.

    Raises
    ------
    UnreadableLabels
        If there are fewer rows than `fewest`.
    """
    questions: tuple[Question, ...] = ()
    if not len(cells):
        raise UnreadableLabels("The file has no rows.", "Upload a file with one row per sample.")
    if header is None:
        header, sure = has_header(cells)
        if not sure:
            questions = (Question("header", "Does the first row name the columns?", (header, not header)),)
    first: tuple[str, ...] = ()
    kept, again = tuple(range(cells.shape[1])), 0
    if header:
        first = tuple(str(cell).strip() for cell in cells.iloc[0])
        body = cells.iloc[1:]
        if len(first) > 1 and len(body):
            once_more = repeats(body, cells.iloc[0])
            again = int(once_more.sum())
            body = body[~once_more] if again else body
        kept = tuple(k for k, name in enumerate(first) if name or (body.iloc[:, k].str.strip() != "").any())
        cells = body.iloc[:, list(kept)].reset_index(drop=True)
        cells.columns = pd.Index(unique_names(first[k] for k in kept))
    else:
        cells.columns = pd.Index([f"column {k + 1}" for k in kept])
    if len(cells) < fewest:
        raise UnreadableLabels("The file has only a header.", "Upload a file with one row per sample.")
    return Headed(cells, first, kept, again, questions)


def has_header(cells: pd.DataFrame) -> tuple[bool, bool]:
    """Whether the first row names the columns, and whether that is beyond doubt."""
    first = [str(cell).strip() for cell in cells.iloc[0]]
    given = [name for name in first if name]
    if not given or any(len(name) > _LONGEST_NAME for name in given):
        return False, True
    numbers = [is_number(name) for name in first]
    below = cells.iloc[1:1001]
    held = [{str(cell).strip() for cell in set(below.iloc[:, k].tolist())} for k in range(len(first))]
    above_numbers = 0
    for k, name in enumerate(first):
        values = [value for value in held[k] if not is_missing(value)]
        if name and not numbers[k] and not is_missing(name) and values and all(map(is_number, values)):
            above_numbers += 1
    if any(numbers):
        counted = given
        if len(counted) > 2 and counted in (
            [str(k) for k in range(len(counted))],
            [str(k + 1) for k in range(len(counted))],
        ):
            return True, False
        return (True, False) if above_numbers > 1 and above_numbers >= sum(numbers) else (False, True)
    if above_numbers:
        return True, True
    named = any(label_name(name) for name in given if len(name) > 1 or len(given) == 1)
    recurring = [not name or name in held[k] for k, name in enumerate(first)]
    again = named and len(first) > 1 and repeats(below, cells.iloc[0]).any()
    if not again and any(name and known for name, known in zip(first, recurring, strict=True)):
        return False, True
    if named:
        return True, True
    if len(first) == 1:
        # One column of text: a name is one word, and what stands below recurs.
        return bool(below.iloc[:, 0].duplicated().any()) and len(given[0].split()) < 5, False
    return len(set(given)) == len(given), False


def repeats(rows: pd.DataFrame, header: pd.Series) -> pd.Series:
    """Which of `rows` are the header once more."""
    again: pd.Series = rows.iloc[:, 0] == header.iloc[0]
    return (rows == header).all(axis=1) if again.any() else again  # most tables need no look at every cell


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
