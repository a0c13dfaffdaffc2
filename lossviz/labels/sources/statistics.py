"""Files of Stata, SPSS and SAS -> their columns; numbers that have labels become those, in the order of the numbers."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyreadstat

from lossviz.labels.tables.cells import text_of

ROWS = b"lossviz.rows"  # in the metadata of the first rows, how many there are
PLACES = 16
_BATCH = 20_000
_READERS: dict[str, Any] = {
    "stata": pyreadstat.read_dta,
    "spss": pyreadstat.read_sav,
    "spss portable": pyreadstat.read_por,
    "sas": pyreadstat.read_sas7bdat,
    "sas transport": pyreadstat.read_xport,
}


def first_rows(file: IO[bytes], columns: Sequence[str], number: int) -> Iterator[pa.RecordBatch]:
    """About so many rows from all over, or all of them; `columns` is the kind of the file, then the columns wanted."""
    kind, *wanted = columns
    with _on_disk(file) as path:
        meta = _READERS[kind](path, metadataonly=True)[1]
        rows = meta.number_rows
        if rows is None or rows < 0 or rows <= 2 * number:
            starts, each = [0], 0 if rows is not None and rows >= 0 else 2 * number + 1
        else:
            starts, each = [rows * place // PLACES for place in range(PLACES)], number // PLACES + 1
        missing = _user_missing(kind, path)
        parts = [_batch(kind, path, wanted, start, each, missing) for start in starts]
        if rows is None or rows < 0:
            rows = len(parts[0]) if len(parts[0]) <= 2 * number else _counted(kind, path, parts[0].schema.names[:1])
    for part in parts:
        yield part.replace_schema_metadata({ROWS: str(rows).encode()})


def every_row(file: IO[bytes], columns: Sequence[str], _number: int) -> Iterator[pa.RecordBatch]:
    """All rows of the columns, which stand after the kind of the file."""
    kind, *wanted = columns
    with _on_disk(file) as path:
        start, missing = 0, _user_missing(kind, path)
        while len(batch := _batch(kind, path, wanted, start, _BATCH, missing)):
            yield batch
            start += _BATCH


def _counted(kind: str, path: Path, columns: list[str]) -> int:
    rows = 0
    while found := len(_batch(kind, path, columns, rows, _BATCH, {})):
        rows += found
    return rows


def _user_missing(kind: str, path: Path) -> dict[str, list[Any]]:
    """The ranges of codes that SPSS is told to take as missing, as it does itself."""
    known: dict[str, list[Any]] = {}
    if kind == "spss":
        known = _READERS[kind](path, metadataonly=True, user_missing=True)[1].missing_ranges
    return known


def _batch(
    kind: str, path: Path, columns: list[str], start: int, rows: int, missing: Mapping[str, list[Any]]
) -> pa.RecordBatch:
    wanted = {"usecols": columns or None, "row_offset": start, "row_limit": rows}
    values, meta = _READERS[kind](path, output_format="dict", **wanted)
    cells = {
        str(name): _labelled(list(column), meta.variable_value_labels.get(name, {}), missing.get(name, []))
        for name, column in values.items()
    }
    return pa.RecordBatch.from_pydict(cells)


def _labelled(values: list[Any], labels: Mapping[Any, str], missing: list[Mapping[str, Any]]) -> pa.Array:
    """Texts, and codes under their labels, those that no row has among the words; user-missing codes are not."""
    numeric = not any(isinstance(value, str) for value in values)
    known = {
        code: str(label).strip() or text_of(code)
        for code, label in labels.items()
        if isinstance(code, str) != numeric and not any(_lies_in(code, each) for each in missing)
    }
    if not known:
        return pa.array([text_of(value) for value in values], pa.string())
    codes = dict.fromkeys([*known, *(value for value in values if text_of(value))])
    ordered = sorted(codes)
    texts = [known.get(code, text_of(code)) for code in ordered]
    texts = [
        f"{text} ({text_of(k)})" if texts.count(text) > 1 else text for text, k in zip(texts, ordered, strict=True)
    ]
    places = {code: place for place, code in enumerate(ordered)}
    return pa.DictionaryArray.from_arrays(pa.array([places.get(value) for value in values], pa.int32()), texts)


def _lies_in(code: Any, bounds: Mapping[str, Any]) -> bool:
    low, high = bounds["lo"], bounds["hi"]
    return isinstance(low, str) == isinstance(code, str) and low <= code <= high


@contextmanager
def _on_disk(file: IO[bytes]) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table"
        with path.open("wb") as copy:
            shutil.copyfileobj(file, copy, 1 << 20)
        yield path


WAYS = {"first": first_rows, "every": every_row}
