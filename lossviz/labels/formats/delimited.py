"""Delimited text -> a table of text cells: delimiter, quotes, titles, comments and header found, or set."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from lossviz.labels.formats.encodings import decoded, other_encodings
from lossviz.labels.inspection import Question, UnreadableLabels
from lossviz.labels.tables.columns import Column, profile
from lossviz.labels.tables.headers import has_header, is_number, repeats, unique_names
from lossviz.labels.words import DELIMITERS, FIRST_WORD, SPACES

MOST_COLUMNS = 20_000
LONGEST_LINE = 20_000_000
_DOCUMENT = "-DOCSTART-"  # CoNLL's mark between documents
_SAMPLE_LINES = 200
_MOST_TITLES = 30


@dataclass(frozen=True, eq=False)
class Table:
    """Rows of text cells, and the settings under which they were read.

    `mended` says that more was done than cutting lines; `data` are the bytes, where `others` may read
    them better. `declared` are the classes of a column that the source lists itself, in its order.
    """

    cells: pd.DataFrame
    settings: dict[str, Any]
    warnings: tuple[str, ...]
    questions: tuple[Question, ...] = ()
    mended: bool = False
    data: bytes = b""
    others: tuple[Mapping[str, Any], ...] = ()
    declared: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @cached_property
    def profiles(self) -> list[Column]:
        """What each column holds."""
        return profile(self.cells)


def read_table(
    data: bytes, *, encoding: str | None = None, delimiter: str | None = None, header: bool | None = None
) -> Table:
    """The table in `data`; what is not set is found.

    Raises
    ------
    UnreadableLabels
        If `data` is no delimited text, or has no row of data.
    """
    text, encoding, warnings = decoded(data, encoding)
    text = re.sub(r"\r+\n|\r", "\n", text)
    lines = [line for line in text.split("\n") if line.strip()]
    if not lines:
        raise UnreadableLabels("The file is empty.", "Upload a file with one row per sample.")
    if max(map(len, lines)) > LONGEST_LINE:
        raise UnreadableLabels(
            f"The file has a line of {max(map(len, lines)) / 1e6:,.0f} million characters.", "Save one row per line."
        )
    said = re.fullmatch(r"\"?sep=(.)\"?", lines[0].strip(" \r") if lines[0].strip() != "sep=" else "sep=\t")
    if said:
        delimiter, lines = delimiter or said[1], lines[1:]
        text = text.lstrip("\n").partition("\n")[2]
    printed = _printed(lines)
    if printed:
        delimiter, header, lines, text = "\t", True, printed, "\n".join(printed)
    comments_inside = any(line.lstrip().startswith("#") for line in lines[_top(lines) :])
    lines, comments = _without_comments(lines)
    if comments:
        warnings = (*warnings, f"{comments} lines of comment were left out.")
        text = "\n".join(lines)
    if not lines:
        raise UnreadableLabels("The file holds only comments.", "Upload a file with one row per sample.")
    delimiter = delimiter or _delimiter(lines)
    rows = [row for row in _parse(lines, text, delimiter) if any(row)]
    if not rows:
        raise UnreadableLabels("The file holds only delimiters.", "Upload a file with one row per sample.")
    rows, repairs = _even(rows)
    doubts = tuple(said for said, open_ in repairs if open_)
    table = with_header(pd.DataFrame(rows, dtype=str), header)
    questions = table.questions
    if doubts:
        questions = (*questions, Question("delimiter", doubts[0] + " Is that the delimiter?", (delimiter,)))
    if delimiter in (FIRST_WORD, ":", "^", "~") and not doubts:
        said_so = f"Are the columns separated by {DELIMITERS[delimiter]}?"
        questions = (*questions, Question("delimiter", said_so, (delimiter,)))
    settings = {"encoding": encoding, "delimiter": delimiter} | table.settings
    said_all = (*warnings, *(said for said, _ in repairs), *table.warnings)
    mended = bool(said or repairs or table.mended or comments_inside)
    others = [{"encoding": name} for name in other_encodings(data, encoding)]
    others += [{"header": choice} for each in questions if each.setting == "header" for choice in each.choices[1:]]
    return Table(table.cells, settings, said_all, questions, mended, data if others else b"", tuple(others))


def with_header(cells: pd.DataFrame, header: bool | None) -> Table:
    """Rows of cells as a table, whose first row names the columns if `header`, or if it looks like it."""
    warnings: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    if not len(cells):
        raise UnreadableLabels("The file has no rows.", "Upload a file with one row per sample.")
    if header is None:
        header, sure = has_header(cells)
        if not sure:
            questions = (Question("header", "Does the first row name the columns?", (header, not header)),)
    if header:
        names = [str(cell).strip() for cell in cells.iloc[0]]
        body = cells.iloc[1:]
        if len(names) > 1 and len(body):
            again = repeats(body, cells.iloc[0])
            if again.any():
                warnings = (f"{int(again.sum())} repeats of the header were left out.",)
                body = body[~again]
        mended = bool(warnings)
        kept = [k for k, name in enumerate(names) if name or (body.iloc[:, k].str.strip() != "").any()]
        body = body.iloc[:, kept].reset_index(drop=True)
        body.columns = pd.Index(unique_names([names[k] for k in kept]))
        mended |= len(kept) < len(names)
        cells = body
    else:
        mended = False
        cells.columns = pd.Index([f"column {k + 1}" for k in range(cells.shape[1])])
    if len(cells) < 2:
        found = "only a header" if len(cells) == 0 else "only one row of data"
        raise UnreadableLabels(f"The file has {found}.", "Upload a file with one row per sample.")
    return Table(cells, {"header": header}, warnings, questions, mended)


def _printed(lines: list[str]) -> list[str]:
    """The classes and counts of a printed pandas value_counts, a tab between them; nothing for other text."""
    if not re.fullmatch(r"(Name: .*, )?(Length: \d+, )?dtype: u?int\d+", lines[-1].strip()):
        return []
    rows = [re.fullmatch(r"(.+?)\s{2,}(\d+)", line.strip()) for line in lines[:-1]]
    rows = rows[1:] if rows and rows[0] is None else rows  # the name of the column
    return ["class\tcount", *(f"{row[1]}\t{row[2]}" for row in rows if row)] if rows and all(rows) else []


def _without_comments(lines: list[str]) -> tuple[list[str], int]:
    """The lines but for those that begin with # or %, where they are few; the last at the top may be the header."""
    lines = [line for line in lines if not line.startswith(_DOCUMENT)]
    count = _top(lines)
    header: list[str] = []
    if 0 < count < len(lines):
        last, first = lines[count - 1], lines[count]
        if any(last.count(mark) == first.count(mark) > 0 for mark in (",", ";", "\t", "|")):
            header = [last.lstrip("#% /")]
    rest = lines[count:]
    marked = [line.lstrip().startswith("#") for line in rest]
    # A label such as C# or a tag such as #1 begins many lines; comments stand alone.
    few = sum(marked) <= max(2, len(rest) // 20)
    kept = [line for line, mark in zip(rest, marked, strict=True) if not mark] if few else rest
    return [*header, *kept], len(lines) - len(header) - len(kept)


def _top(lines: list[str]) -> int:
    count = 0
    while count < len(lines) and lines[count].lstrip().startswith(("#", "%", "//")):
        count += 1
    return count


def first_line(text: str) -> int:
    """How many lines stand before the table: comments and blank ones."""
    lines = re.sub(r"\r+\n|\r", "\n", text).split("\n")
    given = [k for k, line in enumerate(lines) if line.strip()]
    _, comments = _without_comments([lines[k] for k in given[:1000]])
    top = min(_top([lines[k] for k in given]), comments)
    return given[top] if top < len(given) else 0


def _delimiter(lines: list[str]) -> str:
    """The delimiter that cuts the first lines into the same number of fields, and into most."""
    sample = lines[:_SAMPLE_LINES]
    if all(line.startswith("__label__") for line in sample):
        return FIRST_WORD
    best, best_score = ",", (0.0, 1)
    for delimiter in (",", ";", "\t", "|", "::", "\x01", "^", "~"):
        if delimiter in ("^", "~") and best_score[1] > 1 and best_score[0] >= 0.6:
            continue
        widths = Counter(len(row) for row in _cut(sample, delimiter))
        width, agreeing = max(widths.items(), key=lambda item: (item[1], item[0]))
        score = (round(agreeing / sum(widths.values()), 2), width)
        if width > 1 and score > best_score:
            best, best_score = delimiter, score
    # Titles above and notes below a table stand on lines of their own.
    core = sample[min(len(sample) // 3, 3) :] if len(sample) < _SAMPLE_LINES else sample[20:]
    pairs = sum(len(line.split(": ")) == 2 for line in core)
    if best_score[1] == 1 and pairs == len(core):
        return ": "
    words = Counter(len(_words(line)) for line in core)
    width, agreeing = max(words.items(), key=lambda item: item[1])
    if width > 1 and agreeing >= 0.95 * len(core) - (len(core) < 12) and (best_score[1] == 1 or best_score[0] < 0.9):
        return SPACES
    first = Counter(line.split(None, 1)[0] for line in core if len(line.split(None, 1)) == 2)
    if best_score[1] == 1 and sum(first.values()) > 0.95 * len(core) and 1 < len(first) <= len(core) // 3:
        return FIRST_WORD
    if best_score[1] == 1 and all(len(line.split(":")) == 2 for line in core):
        return ":"
    return best


def _cut(lines: list[str], delimiter: str) -> list[list[str]]:
    if len(delimiter) > 1:
        return [line.split(delimiter) for line in lines]
    try:
        return list(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        return [line.split(delimiter) for line in lines]


def _words(line: str) -> list[str]:
    return [unquoted(word) for word in re.findall(r'"[^"]*"(?=\s|$)|\S+', line)]


def _first_words(line: str) -> list[str]:
    """The first word, or as fastText writes them all first words that are marked as labels, and the rest."""
    labels = re.match(r"(__label__\S+\s+)*__label__\S+", line)
    if labels is None:
        first, _, rest = line.strip().partition(" ")
        return [first, rest.strip()]
    names = [name.removeprefix("__label__") for name in labels[0].split()]
    return [" ".join(names), line[labels.end() :].strip()]


def _parse(lines: list[str], text: str, delimiter: str) -> list[list[str]]:
    """The rows as the spelling of quotes reads them that makes most of them equally long."""
    if delimiter == SPACES:
        return [_words(line) for line in lines]
    if delimiter == FIRST_WORD:
        return [_first_words(line) for line in lines]
    plain = [line.split(delimiter) for line in lines]
    widths = Counter(map(len, plain))
    if max(widths) > MOST_COLUMNS:
        raise UnreadableLabels(
            f"The file has a row of {max(widths):,} cells; at most {MOST_COLUMNS:,} are read.",
            "Keep the label columns and upload only those.",
        )
    # Every line has as many cells as the others, so no quote hides a delimiter or a line break.
    if len(widths) == 1 or len(delimiter) > 1 or not ('"' in text or "'" in text):
        bare = unquoted if '"' in text else str.strip
        for row in plain:  # in place: there may be millions
            row[:] = map(bare, row)
        return plain
    csv.field_size_limit(LONGEST_LINE)
    best, most = plain, widths.most_common(1)[0][1] * 0.999
    spellings: list[dict[str, Any]] = [{"doublequote": True}, {"escapechar": "\\"}, {"quotechar": "'"}]
    for spelling in spellings:
        if spelling.get("quotechar", '"') not in text or (spelling.get("escapechar") and '\\"' not in text):
            continue
        try:
            rows = [
                row
                for row in csv.reader(text.split("\n"), delimiter=delimiter, skipinitialspace=True, **spelling)
                if row
            ]
        except csv.Error:
            continue
        lengths = Counter(map(len, rows))
        usual = lengths.most_common(1)[0][0]
        # A quote that is never closed swallows many lines.
        covered = sum(
            1 + min(n, 300) * (n < 300) for row in rows if len(row) == usual for n in [sum(c.count("\n") for c in row)]
        )
        if covered > most + 0.5 or (spelling.get("doublequote") and lengths[usual] == len(rows)):
            best, most = rows, covered
    return [[unquoted(cell) for cell in row] for row in best]


def _even(rows: list[list[str]]) -> tuple[list[list[str]], list[tuple[str, bool]]]:
    """Rows of one length: titles and notes left out, short rows filled, long ones joined; and what was done."""
    widths = Counter(map(len, rows))
    if not rows or len(widths) == 1:
        return below_titles(rows)
    usual = max(widths.items(), key=lambda item: (item[1], item[0]))[0]
    if len(rows[0]) > usual and widths[len(rows[0])] > 2 and rows[0][-1] and not any(map(is_number, rows[0])):
        usual = len(rows[0])  # the header names more columns than most rows fill
    said: list[tuple[str, bool]] = []
    start = next(k for k, row in enumerate(rows) if len(row) == usual)
    above = rows[:start]
    header = above[-1] if above else None
    if header is not None and (len(header) == usual - 1 or not any(any(row[len(header) :]) for row in rows[start:])):
        # R and pandas write no name above the names of rows; others end every row with a delimiter.
        short = len(header) == usual - 1 and not all(row[-1] == "" for row in rows[start:] if len(row) == usual)
        rows = [["row", *header] if short else header + [""] * (usual - len(header)), *rows[start:]]
        above = above[:-1]
    elif start:
        rows = rows[start:]
    if above:
        said.append((f"{len(above)} lines above the table were left out.", len(above) > _MOST_TITLES))
    while len(rows) > 3 and len(rows[-1]) != usual and len(rows[-1]) == 1 and usual > 2:
        rows = rows[:-1]
        said.append(("A line below the table was left out.", False))
    even, filled, joined = [], 0, 0
    text = max(range(usual), key=lambda k: sum(len(row[k]) for row in rows[:1000] if len(row) == usual))
    for given in rows:
        row = given
        while len(row) > usual and not row[-1]:
            row = row[:-1]
        if len(row) < usual:
            filled += 1
            row = [*row, *[""] * (usual - len(row))]
        elif len(row) > usual:
            joined += 1
            extra = len(row) - usual
            row = [*row[:text], ", ".join(row[text : text + extra + 1]), *row[text + extra + 1 :]]
        even.append(row)
    if (filled + joined > len(even) // 2 and len(rows[0]) != usual) or (joined and len(even) < 10):
        first = next(k for k, row in enumerate(rows, start=1) if len(row) != usual)
        raise UnreadableLabels(
            f"The rows have different lengths: row {first} has {len(rows[first - 1])} cells, most have {usual}.",
            "Mend that row, or choose another delimiter.",
        )
    if filled:
        said.append(
            (
                f"{filled} rows are shorter than the others; their last cells are taken as blank.",
                filled > len(even) // 3,
            )
        )
    if joined:
        said.append(
            (f"{joined} rows have more cells than the others; the surplus was joined in cell {text + 1}.", True)
        )
    return even, said


def below_titles(rows: list[list[str]]) -> tuple[list[list[str]], list[tuple[str, bool]]]:
    """The rows below those in which all but the first cell is blank, as a spreadsheet's titles are."""
    if not rows or len(rows[0]) < 3:
        return rows, []
    start = 0
    while start < min(len(rows) - 2, _MOST_TITLES) and sum(bool(cell.strip()) for cell in rows[start]) <= 1:
        start += 1
    rule = [
        k for k in range(start, min(len(rows), start + 3)) if all(re.fullmatch(r"\s*:?-*:?\s*", c) for c in rows[k])
    ]
    rows = [row for k, row in enumerate(rows) if k >= start and k not in rule]
    return rows, [(f"{start} lines above the table were left out.", False)] if start else []


def unquoted(cell: str) -> str:
    """A cell without the quotes around it."""
    cell = cell.strip()
    if len(cell) >= 2 and cell[0] == cell[-1] == '"':
        return cell[1:-1].replace('""', '"')
    return cell
