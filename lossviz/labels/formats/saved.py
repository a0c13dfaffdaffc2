"""Counts as a file that holds all of them, and such a file read again: CSV for spreadsheets, JSON for programs."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from lossviz.counts.label_counts import LabelCounts, Task
from lossviz.labels.inspection import Inspection, Reading, UnreadableLabels
from lossviz.labels.sources.files import File
from lossviz.labels.sources.streams import read_bytes

_COLUMNS = ("index", "class", "positives", "negatives", "n_samples", "task", "unit", "source")
_SUPPORT = "support"
_ENTRIES = frozenset({"classes", "positives", "negatives", "n_samples", "task"})
_MOST_BYTES = 4 << 20
_START = 200
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_NUMBER = re.compile(r"[+-]?(\d++(\.\d*+)?|\.\d+)([eE][+-]?\d+)?")


def counts_csv(counts: LabelCounts) -> str:
    """One row per class, in the order of the outputs; what holds for all of them stands in every row.

    Examples
    --------
    >>> print(counts_csv(LabelCounts.exclusive(["cat", "dog"], [90, 10])).splitlines()[1])
    0,"cat",90,10,100,"binary","sample",""
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow([*_COLUMNS, *([] if counts.support is None else [_SUPPORT])])
    shared = [counts.n_samples, counts.task, _marked(counts.unit), _marked(counts.source)]
    for k, name in enumerate(counts.classes):
        support = [] if counts.support is None else [int(counts.support[k])]
        writer.writerow([k, _marked(name), int(counts.positives[k]), int(counts.negatives[k]), *shared, *support])
    return text.getvalue()


def counts_json(counts: LabelCounts) -> str:
    """An object with the fields of the counts, by their names."""
    fields: dict[str, Any] = {
        "classes": counts.classes,
        "positives": counts.positives.tolist(),
        "negatives": counts.negatives.tolist(),
        "n_samples": counts.n_samples,
        "task": counts.task,
        "unit": counts.unit,
        "source": counts.source,
    }
    if counts.support is not None:
        fields[_SUPPORT] = counts.support.tolist()
    return json.dumps(fields, indent=1, ensure_ascii=False)


def inspect_saved(file: File) -> Inspection | None:
    """The counts that a file holds as `counts_csv` or `counts_json` wrote them; None for any other file.

    Raises
    ------
    UnreadableLabels
        If they were changed since, and do not fit together any more.
    """
    if file.kind not in ("text", "json") or file.size > _MOST_BYTES:
        return None
    with file.opener() as opened:
        start = read_bytes(opened, _START)
    read = _from_csv if _is_csv(start) else _from_json if _is_json(start) else None
    if read is None:
        return None
    try:
        fields = read(file.read())
        counts = None if fields is None else _counts(fields)
    except (ValueError, TypeError, OverflowError, csv.Error) as error:
        raise UnreadableLabels(
            f"The saved counts do not fit together: {str(error).rstrip('.')}.", "Save them anew with Share."
        ) from error
    if counts is None:
        return None
    return Inspection((Reading(f"the counts of {counts.n_classes:,} classes, as saved", counts, {}),), certain=True)


def _is_csv(start: bytes) -> bool:
    return _columns(start)[0] in (_COLUMNS, (*_COLUMNS, _SUPPORT))


def _is_json(start: bytes) -> bool:
    return re.match(rb'[\xef\xbb\xbf\s]*\{\s*"classes"\s*:', start) is not None


def _columns(data: bytes) -> tuple[tuple[str, ...], str]:
    """The names in the first line, and what separates them."""
    head = data[:_START].split(b"\n")[0].strip().removeprefix(b"\xef\xbb\xbf").decode("ascii", "replace")
    delimiter = ";" if ";" in head else ","
    return tuple(head.replace('"', "").split(delimiter)), delimiter


def _from_csv(data: bytes) -> Mapping[str, Any] | None:
    """The fields in a table with our header, its rows in any order."""
    columns, delimiter = _columns(data)
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=delimiter))[1:]
    rows = sorted((row for row in rows if row), key=lambda row: int(row[0]))
    if not rows or [int(row[0]) for row in rows] != list(range(len(rows))):
        raise ValueError("the indices must be 0, 1, 2 and so on, each once.")
    if any(len(row) != len(columns) for row in rows) or len({tuple(row[4:8]) for row in rows}) > 1:
        raise ValueError("n_samples, task, unit and source must be the same in all rows.")
    columnwise = dict(zip(columns, zip(*rows, strict=True), strict=True))
    fields: dict[str, Any] = {name: [int(cell) for cell in columnwise[name]] for name in ("positives", "negatives")}
    if _SUPPORT in columnwise:
        fields[_SUPPORT] = [int(cell) for cell in columnwise[_SUPPORT]]
    n_samples, task, unit, source = rows[0][4:8]
    texts = {"task": task, "unit": _unmarked(unit), "source": _unmarked(source)}
    return fields | texts | {"classes": [_unmarked(name) for name in columnwise["class"]], "n_samples": int(n_samples)}


def _from_json(data: bytes) -> Mapping[str, Any] | None:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return None  # whoever reads JSON says what is wrong with it
    return found if isinstance(found, dict) and found.keys() >= _ENTRIES else None


def _counts(fields: Mapping[str, Any]) -> LabelCounts:
    classes: Sequence[Any] = fields["classes"]
    if not isinstance(classes, list) or not all(isinstance(name, str) for name in classes):
        raise ValueError("classes must be a list of names.")
    return LabelCounts(
        classes,
        fields["positives"],
        fields["negatives"],
        fields["n_samples"],
        cast(Task, fields["task"]),
        str(fields.get("unit", "sample")),
        str(fields.get("source", "")),
        fields.get(_SUPPORT),
    )


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet would take `cell` for a formula; a plain number is none."""
    return cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell)


def _marked(text: str) -> str:
    """`text` so that a spreadsheet shows it as it is, and `_unmarked` gives it back."""
    return f"'{text}" if is_formula(text) or text.startswith("'") else text


def _unmarked(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and (is_formula(cell[1:]) or cell[1:].startswith("'")) else cell
