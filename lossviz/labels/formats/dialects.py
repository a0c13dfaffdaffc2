"""Delimited text -> how it is written: what separates cells, how quotes are spelled, which lines are comments."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from lossviz.labels.inspection import Question, UnreadableLabels
from lossviz.labels.limits import LONGEST_LINE, MOST_COLUMNS
from lossviz.labels.tables.columns import tagged
from lossviz.labels.tables.headers import Headed, framed, with_header
from lossviz.labels.tables.repairs import Repairs
from lossviz.labels.tables.rows import Rows, Width, evened
from lossviz.labels.words import DELIMITERS, FIRST_WORD, SPACES

DOCUMENT = "-DOCSTART-"  # CoNLL's mark between documents
FREQUENCIES = "\\\t"  # of the line above, as Audacity writes them
_SAMPLE_LINES = 200
_SINGLE = re.compile(r"\s*'[^']*'\s*")
_WORDS = re.compile(r"[^\W\d_]+([-'.]?[^\W\d_]+)*\.?( [^\W\d_]+([-'.]?[^\W\d_]+)*\.?)+")


@dataclass(frozen=True)
class Dialect:
    """How the lines of a table are cut, as its first lines show it.

    `comments` says whether lines that begin with # are; `header` are the cells that may be repeated, `kept` the
    columns that have a name or hold something, and `quoted` says that quotes keep delimiters in cells.
    """

    delimiter: str
    comments: bool
    width: Width
    header: tuple[str, ...] = ()
    kept: tuple[int, ...] = ()
    quoted: bool = False

    def rows(self, text: str) -> tuple[Rows, Repairs]:
        """The rows of whole lines below the header, of any length."""
        lines = [line for line in lines_of(text) if line.strip() and not line.startswith((DOCUMENT, FREQUENCIES))]
        bare = _bare(lines, self.delimiter, self.width.cells) if self.comments else lines
        if len(bare) < len(lines):
            text = "\n".join(bare)
        rows = [row for row in cut(bare, text, self.delimiter) if any(row)] if bare else []
        header = list(self.header)
        below = [row for row in rows if row != header] if len(header) > 1 and header in rows else rows
        return below, Repairs(comments=len(lines) - len(bare), repeats=len(rows) - len(below))

    def fit(self, rows: Rows, names: Sequence[str]) -> tuple[pd.DataFrame, Repairs]:
        """Rows as cells of the columns that are kept, which have these names."""
        even, done = self.width.fit(rows)
        return framed(even, self.kept, names), done + Repairs(rows=len(even))


@dataclass(frozen=True, eq=False)
class Start:
    """The first rows of a text, in its dialect; `below` are rows at their end that may be notes below the table."""

    dialect: Dialect
    headed: Headed
    below: Rows
    repairs: Repairs

    @property
    def questions(self) -> tuple[Question, ...]:
        questions, delimiter = self.headed.questions, self.dialect.delimiter
        names = delimiter == SPACES and all(
            map(_of_letters, zip(*self.headed.cells.head(_SAMPLE_LINES).to_numpy(), strict=True))
        )
        if (names or delimiter in (FIRST_WORD, ":", "^", "~")) and self.repairs.doubt is None:
            said = f"Are the columns separated by {DELIMITERS[delimiter]}?"
            questions = (*questions, Question("delimiter", said, (delimiter,)))
        return questions


def start_in(text: str, delimiter: str | None, header: bool | None, *, complete: bool) -> Start:
    """The first rows in `text`, or all of them if it is `complete`; what is not set is found.

    Raises
    ------
    UnreadableLabels
        If it is no delimited text, or has no row of data.
    """
    lines = [line for line in lines_of(text) if line.strip()]
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
    lines, comments, few = _without_comments(lines, delimiter)
    if comments:
        text = "\n".join(lines)
    if not lines:
        raise UnreadableLabels("The file holds only comments.", "Upload a file with one row per sample.")
    delimiter = delimiter or _delimiter(lines)
    rows = [row for row in cut(lines, text, delimiter) if any(row)]
    if not rows:
        raise UnreadableLabels("The file holds only delimiters.", "Upload a file with one row per sample.")
    widths = {line.count(delimiter) + 1 for line in lines}
    quoted = len(delimiter) == 1 and '"' in text and (len(rows) < len(lines) or widths != {len(rows[0])})
    even, width, below, repairs = evened(rows, complete=complete)
    headed = with_header(even, header, fewest=int(complete))
    dialect = Dialect(delimiter, few, width, headed.header, headed.kept, quoted)
    repairs += Repairs(rows=len(headed.cells), comments=comments, repeats=headed.repeats)
    if complete:
        repairs, below = repairs + Repairs(below=len(below)), []
    return Start(dialect, headed, below, repairs)


def lines_of(text: str) -> list[str]:
    """The lines of a text, of whatever system; a return before a feed stays, as it may stand inside quotes."""
    text = re.sub(r"(?<!\r)\r++(?!\n)", lambda returns: "\n" * len(returns[0]), text) if "\r" in text else text
    return text.split("\n")


def _printed(lines: list[str]) -> list[str]:
    """The classes and counts of a printed pandas value_counts, a tab between them; nothing for other text."""
    if not re.fullmatch(r"(Name: .*, )?(Length: \d+, )?dtype: u?int\d+", lines[-1].strip()):
        return []
    rows = [line.strip().rpartition("  ") for line in lines[:-1]]
    found = [(name.rstrip(), count.strip()) for name, _, count in rows]
    told = [bool(name) and count.isdecimal() for name, count in found]
    found = found[1:] if not all(told[:1]) else found  # the name of the column
    return ["class\tcount", *("\t".join(row) for row in found)] if found and all(told[-len(found) :]) else []


def _without_comments(lines: list[str], delimiter: str | None) -> tuple[list[str], int, bool]:
    """The lines but for comments, which begin with # or %; the last one at the top may be the header.

    Also how many were left out, and whether such lines are comments.
    """
    lines = [line for line in lines if not line.startswith((DOCUMENT, FREQUENCIES))]
    count = _top(lines)
    header: list[str] = []
    if 0 < count < len(lines):
        last, first = lines[count - 1], lines[count]
        if any(last.count(mark) == first.count(mark) > 0 for mark in (",", ";", "\t", "|")):
            header = [last.lstrip("#% /")]
    rest = lines[count:]
    marked = _marked(rest)
    plain = [line for line, mark in zip(rest, marked, strict=True) if not mark]
    few, kept = True, rest
    if plain and len(plain) < len(rest):
        mark = delimiter or _delimiter(plain)
        width = Counter(len(cut([line], line, mark)[0]) for line in plain[:_SAMPLE_LINES]).most_common(1)[0][0]
        # A label such as #1 begins many lines of a single column; comments stand alone.
        few = width > 1 or sum(marked) <= max(2, len(rest) // 20)
        kept = _bare(rest, mark, width) if few else rest
    elif not plain:
        few = False
    return [*header, *kept], len(lines) - len(header) - len(kept), few


def _marked(lines: list[str]) -> list[bool]:
    """Whether lines begin with #, and not inside quotes that an earlier line opens."""
    begin = [bare.startswith("#") and bare != "#" for bare in map(str.strip, lines)]
    if not any(begin):
        return begin
    marked, inside = [], False
    for line, begins in zip(lines, begin, strict=True):
        comment = begins and not inside
        marked.append(comment)
        inside ^= not comment and line.count('"') % 2 == 1
    return begin if inside else marked  # quotes that come in no pairs enclose nothing


def _bare(lines: list[str], delimiter: str, width: int) -> list[str]:
    """The lines but for comments: of a table with several columns, those that have not as many cells as its rows."""
    marked = _marked(lines)
    return [
        line
        for line, mark in zip(lines, marked, strict=True)
        if not mark or (width > 1 and len(cut([line], line, delimiter)[0]) == width)
    ]


def _top(lines: list[str]) -> int:
    count = 0
    while count < len(lines) and lines[count].lstrip().startswith(("#", "%", "//")):
        count += 1
    return count


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
        return best if best_score[1] == 1 and _are_names(core) else SPACES
    first = Counter(line.split(None, 1)[0] for line in core if len(line.split(None, 1)) == 2)
    if best_score[1] == 1 and sum(first.values()) > 0.95 * len(core) and 1 < len(first) <= len(core) // 3:
        return FIRST_WORD
    if best_score[1] == 1 and all(len(line.split(":")) == 2 for line in core):
        return ":"
    return best


def _of_letters(cells: Iterable[str]) -> bool:
    """Whether a column holds nothing but words, so that those beside it may be parts of one name."""
    words = set(cells)
    return not tagged(words) and all(word.isalpha() for word in words)


def _are_names(lines: list[str]) -> bool:
    """Whether lines are names of several words that recur, such as those of species or cities."""
    names = {line.strip() for line in lines}
    words = zip(*(name.split() for name in names), strict=False)
    return len(names) <= len(lines) // 2 and all(map(_WORDS.fullmatch, names)) and not any(map(tagged, words))


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


def cut(lines: list[str], text: str, delimiter: str) -> Rows:
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
    if len(delimiter) == 1 and '"' in text and (quoted := _quoted(text, delimiter)):
        # Lines that are all whole rows hardly stand in one cell: its quotes are those of two texts.
        alone = len(widths) == 1 and len(quoted) < len(plain)
        if not (alone and max(widths) > (1 if delimiter == "\t" else 2)):
            return quoted
    # Every line has as many cells as the others, so no quote hides a delimiter or a line break.
    if len(widths) == 1 or len(delimiter) > 1 or not ('"' in text or "'" in text):
        single = '"' not in text and all(map(_SINGLE.fullmatch, plain[0]))
        bare = unquoted if '"' in text else _unquoted_single if single else str.strip
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
                for row in csv.reader(io.StringIO(text, ""), delimiter=delimiter, skipinitialspace=True, **spelling)
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


def _quoted(text: str, delimiter: str) -> Rows:
    """The rows of a text whose quotes are all in order and leave its rows equally long; none of any other."""
    csv.field_size_limit(LONGEST_LINE)
    try:
        read = csv.reader(io.StringIO(text, ""), delimiter=delimiter, skipinitialspace=True, strict=True)
        rows = [row for row in read if row]
    except csv.Error:
        return []
    return [[cell.strip() for cell in row] for row in rows] if len(set(map(len, rows))) == 1 else []


def _unquoted_single(cell: str) -> str:
    cell = cell.strip()
    return cell[1:-1] if _SINGLE.fullmatch(cell) else cell


def unquoted(cell: str) -> str:
    """A cell without the quotes around it."""
    cell = cell.strip()
    if len(cell) >= 2 and cell[0] == cell[-1] == '"':
        return cell[1:-1].replace('""', '"')
    return cell
