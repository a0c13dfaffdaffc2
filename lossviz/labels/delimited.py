"""Delimited text -> a table of text cells: encoding, delimiter, quotes and header found, or set."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pandas as pd

from lossviz.labels.inspection import UnreadableLabels

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
MOST_COLUMNS = 20_000
_SAMPLE_LINES = 200

# What other kinds of file begin with, so that a refusal can name them.
_MAGIC = {
    b"\x1f\x8b": "a gzip archive",
    b"PK\x03\x04": "a zip archive or an Excel workbook",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"%PDF": "a PDF",
    b"PAR1": "a Parquet file",
    b"\x93NUMPY": "a numpy array",
    b"\x80\x04": "a Python pickle, which is never opened because it can run code",
    b"\x80\x02": "a Python pickle, which is never opened because it can run code",
    b"version https://git-lfs": "a Git LFS pointer, not the file itself",
}


@dataclass(frozen=True, eq=False)
class Table:
    """Rows of text cells, and the settings under which they were read."""

    cells: pd.DataFrame
    settings: dict[str, Any]
    warnings: tuple[str, ...]


def read_table(
    data: bytes, *, encoding: str | None = None, delimiter: str | None = None, header: bool | None = None
) -> Table:
    """The table in `data`; what is not set is found.

    Raises
    ------
    UnreadableLabels
        If `data` is no delimited text, or has no row of data.
    """
    text, encoding, warnings = _decode(data, encoding)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = [line for line in text.split("\n") if line.strip()]
    if not lines:
        raise UnreadableLabels("The file is empty.", "Upload a file with one row per sample.")
    if lines[0].lstrip().lower().startswith(("<!doctype", "<html", "<?xml")):
        raise UnreadableLabels(
            "The file is a web page, not a table.", "Download the data itself: open the link, then save the raw file."
        )
    delimiter = delimiter or _delimiter(lines)
    cells = _parse(lines, text, delimiter)
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
    return Table(cells, {"encoding": encoding, "delimiter": delimiter, "header": header}, warnings)


def _decode(data: bytes, encoding: str | None) -> tuple[str, str, tuple[str, ...]]:
    for magic, kind in _MAGIC.items():
        if data.startswith(magic):
            raise UnreadableLabels(f"The file is {kind}.", "Upload delimited text: CSV, TSV or the like.")
    if encoding is None:
        encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        position = getattr(error, "start", 0)
        if encoding == "utf-8-sig" and data and _looks_like_text(data):
            text, encoding = data.decode("cp1252", errors="replace"), "cp1252"
            return text, encoding, (f"Not UTF-8 (byte {position + 1}); read as Windows-1252.",)
        raise UnreadableLabels(
            f"The file is not {encoding} text: byte {position + 1} does not fit.",
            "Save it as UTF-8 text, or choose another encoding.",
        ) from error
    if "\x00" in text:
        raise UnreadableLabels(
            f"The file is not text: character {text.index(chr(0)) + 1} is a NUL.", "Save the table as UTF-8 text."
        )
    return text, encoding, ()


def _looks_like_text(data: bytes) -> bool:
    sample = data[:65536]
    control = sum(byte < 32 and byte not in (9, 10, 12, 13) for byte in sample)
    return b"\x00" not in sample and control <= len(sample) // 1000


def _delimiter(lines: list[str]) -> str:
    """The delimiter that cuts the first lines into the same number of fields, and into most."""
    sample = lines[:_SAMPLE_LINES]
    best, best_score = ",", (0.0, 1)
    for delimiter in DELIMITERS:
        try:
            widths = Counter(len(row) for row in csv.reader(sample, delimiter=delimiter))
        except csv.Error:
            continue
        width, agreeing = max(widths.items(), key=lambda item: (item[1], item[0]))
        score = (round(agreeing / sum(widths.values()), 2), width)
        if width > 1 and score > best_score:
            best, best_score = delimiter, score
    return best


def _parse(lines: list[str], text: str, delimiter: str) -> pd.DataFrame:
    widths = {line.count(delimiter) + 1 for line in lines}
    if max(widths) > MOST_COLUMNS:
        raise UnreadableLabels(
            f"The file has a row of {max(widths):,} cells; at most {MOST_COLUMNS:,} are read.",
            "Keep the label columns and upload only those.",
        )
    if len(widths) == 1:
        # Every line has as many cells as the others, so no quote hides a delimiter or a line break.
        rows = [[_unquoted(cell) for cell in line.split(delimiter)] for line in lines]
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


def _unquoted(cell: str) -> str:
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
