"""Delimited text -> a table of text cells: encoding, delimiter, quotes and header found, or set."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
from charset_normalizer import from_bytes

from lossviz.labels.columns import Column, profile
from lossviz.labels.inspection import Question, UnreadableLabels

SPACES = r"\s+"
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe", SPACES: "spaces"}
MOST_COLUMNS = 20_000
LONGEST_LINE = 20_000_000
_SAMPLE_LINES = 200


@dataclass(frozen=True, eq=False)
class Table:
    """Rows of text cells, and the settings under which they were read."""

    cells: pd.DataFrame
    settings: dict[str, Any]
    warnings: tuple[str, ...]
    questions: tuple[Question, ...] = ()

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
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text, comments = _without_comments(text)
    lines = [line for line in text.split("\n") if line.strip()]
    if not lines:
        raise UnreadableLabels("The file is empty.", "Upload a file with one row per sample.")
    if max(map(len, lines)) > LONGEST_LINE:
        raise UnreadableLabels(
            f"The file has a line of {max(map(len, lines)) / 1e6:,.0f} million characters.", "Save one row per line."
        )
    if comments:
        warnings = (*warnings, f"{comments} lines of comment were left out.")
    delimiter = delimiter or _delimiter(lines)
    cells = _parse(lines, text, delimiter)
    table = with_header(cells, header)
    return Table(table.cells, {"encoding": encoding, "delimiter": delimiter} | table.settings, warnings)


def with_header(cells: pd.DataFrame, header: bool | None) -> Table:
    """Rows of cells as a table, whose first row names the columns if `header`, or if it looks like it."""
    if header is None:
        header = _has_header(cells)
    if header:
        cells.columns = pd.Index(_unique_names(cells.iloc[0].tolist()))
        cells = cells.iloc[1:].reset_index(drop=True)
    else:
        cells.columns = pd.Index([f"column {k + 1}" for k in range(cells.shape[1])])
    if len(cells) < 2:
        found = "only a header" if len(cells) == 0 else "only one row of data"
        raise UnreadableLabels(f"The file has {found}.", "Upload a file with one row per sample.")
    return Table(cells, {"header": header}, ())


def decoded(data: bytes, encoding: str | None) -> tuple[str, str, tuple[str, ...]]:
    """The text in `data`, its encoding, and what had to be assumed."""
    warnings: tuple[str, ...] = ()
    if encoding is None:
        encoding, warnings = _encoding(data)
    try:
        text = data.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        position = getattr(error, "start", 0)
        raise UnreadableLabels(
            f"The file is not {encoding} text: byte {position + 1} does not fit.",
            "Save it as UTF-8 text, or choose another encoding.",
        ) from error
    if "\x00" in text:
        raise UnreadableLabels(
            f"The file is not text: character {text.index(chr(0)) + 1} is a NUL.", "Save the table as UTF-8 text."
        )
    return text, encoding, warnings


def _encoding(data: bytes) -> tuple[str, tuple[str, ...]]:
    """UTF-8 wherever it fits; else what byte order marks, zeros or the likeliest letters say."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16", ()
    sample = data[:4000]
    for name, zeros, others in (("utf-16-le", sample[1::2], sample[::2]), ("utf-16-be", sample[::2], sample[1::2])):
        if zeros.count(0) > max(3, len(sample) // 10) and not others.count(0) and _legible(sample, name):
            return name, ("There is no byte order mark; read as UTF-16.",)
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        position = error.start
    else:
        return "utf-8-sig", ()
    if not _looks_like_text(data):
        return "utf-8-sig", ()
    for candidate in ("gb18030", "cp1252"):
        guessed = from_bytes(data[:200_000], cp_isolation=[candidate, "utf_8"]).best()
        fits = candidate == "cp1252" or (
            guessed is not None and guessed.encoding == candidate and _chinese(data, candidate)
        )
        if fits:
            try:
                data.decode(candidate)
            except UnicodeDecodeError:
                continue
            title = {"gb18030": "GB18030", "cp1252": "Windows-1252"}[candidate]
            return candidate, (f"Not UTF-8 (byte {position + 1}); read as {title}.",)
    return "latin-1", (f"Not UTF-8 (byte {position + 1}); read as Latin-1.",)


def _legible(data: bytes, encoding: str) -> bool:
    """Whether `data`, but for a last letter that may be cut, is text in lines."""
    text = data[: len(data) // 2 * 2].decode(encoding, errors="replace")[:-1]
    return "\n" in text and all(char.isprintable() or char in "\r\n\t" for char in text)


def _chinese(data: bytes, encoding: str) -> bool:
    """Whether what is beyond ASCII is mostly common Chinese characters."""
    text = data[:200_000].decode(encoding, errors="ignore")
    beyond = [char for char in text if ord(char) > 127]
    return bool(beyond) and sum(
        "\u4e00" <= char <= "\u9fff" or char in "，。、；：（）" for char in beyond
    ) > 0.9 * len(beyond)


def _without_comments(text: str) -> tuple[str, int]:
    """The text without the lines that begin with # at its top, unless its header does."""
    lines = text.split("\n")
    count = 0
    while count < len(lines) and lines[count].lstrip().startswith(("#", "%", "//")):
        count += 1
    if not count or count == len(lines):
        return text, 0
    last, first = lines[count - 1], lines[count]
    if any(last.count(mark) == first.count(mark) > 0 for mark in DELIMITERS if mark != SPACES):
        # The last of them is the header.
        return "\n".join([last.lstrip("#% /"), *lines[count:]]), count - 1
    return "\n".join(lines[count:]), count


def first_line(text: str) -> int:
    """How many lines stand before the table: comments and blank ones."""
    rest, comments = _without_comments(text.replace("\r\n", "\n").replace("\r", "\n"))
    lines = rest.split("\n")
    return comments + next((k for k, line in enumerate(lines) if line.strip()), 0)


def _looks_like_text(data: bytes) -> bool:
    sample = data[:65536]
    control = sum(byte < 32 and byte not in (9, 10, 12, 13) for byte in sample)
    return b"\x00" not in sample and control <= len(sample) // 1000


def _delimiter(lines: list[str]) -> str:
    """The delimiter that cuts the first lines into the same number of fields, and into most."""
    sample = lines[:_SAMPLE_LINES]
    best, best_score = ",", (0.0, 1)
    for delimiter in DELIMITERS:
        if delimiter == SPACES:
            continue
        try:
            widths = Counter(len(row) for row in csv.reader(sample, delimiter=delimiter))
        except csv.Error:
            continue
        width, agreeing = max(widths.items(), key=lambda item: (item[1], item[0]))
        score = (round(agreeing / sum(widths.values()), 2), width)
        if width > 1 and score > best_score:
            best, best_score = delimiter, score
    if best_score[1] == 1 or best_score[0] < 0.9:
        words = {len(line.split()) for line in sample}
        if len(words) == 1 and words != {1}:
            return SPACES
    return best


def _parse(lines: list[str], text: str, delimiter: str) -> pd.DataFrame:
    if delimiter == SPACES:
        split = [line.split() for line in lines]
        if len({len(row) for row in split}) > 1:
            raise UnreadableLabels("The rows have different numbers of words.", "Choose another delimiter.")
        return pd.DataFrame(split, dtype=str)
    widths = {line.count(delimiter) + 1 for line in lines}
    if max(widths) > MOST_COLUMNS:
        raise UnreadableLabels(
            f"The file has a row of {max(widths):,} cells; at most {MOST_COLUMNS:,} are read.",
            "Keep the label columns and upload only those.",
        )
    if len(widths) == 1:
        # Every line has as many cells as the others, so no quote hides a delimiter or a line break.
        rows = [[unquoted(cell) for cell in line.split(delimiter)] for line in lines]
        return pd.DataFrame(rows, dtype=str)
    try:
        cells = pd.read_csv(
            io.StringIO(text), sep=delimiter, header=None, dtype=str, na_filter=False, skip_blank_lines=True
        )
    except (pd.errors.ParserError, ValueError) as error:
        reason = str(error).removeprefix("Error tokenizing data. C error: ").strip().rstrip(".")
        raise UnreadableLabels(
            f"With {DELIMITERS.get(delimiter, repr(delimiter))} as the delimiter the rows have different lengths: "
            f"{reason}.",
            "Mend that row, or choose another delimiter.",
        ) from error
    return cells.fillna("")


def unquoted(cell: str) -> str:
    """A cell without the quotes around it."""
    cell = cell.strip()
    if len(cell) >= 2 and cell[0] == cell[-1] == '"':
        return cell[1:-1].replace('""', '"')
    return cell


def _has_header(cells: pd.DataFrame) -> bool:
    """Whether the first row names the columns: text, all different, and none of it data below."""
    first = [str(cell).strip() for cell in cells.iloc[0]]
    if any(_is_number(cell) for cell in first) or len(set(first)) < len(first):
        return False
    below = cells.iloc[1:1001]
    return not any((below.iloc[:, k].str.strip() == name).any() for k, name in enumerate(first) if name)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _unique_names(names: list[str]) -> list[str]:
    """Header cells as distinct names; a blank becomes its position, a repeat gets a number."""
    seen: Counter[str] = Counter()
    unique = []
    for position, raw in enumerate(names, start=1):
        name = str(raw).strip() or f"column {position}"
        seen[name] += 1
        unique.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return unique
