"""Excel and OpenDocument workbooks -> the tables on their sheets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.limits import MOST_SHEET_CELLS
from lossviz.labels.sources.decoding import batches_apart
from lossviz.labels.sources.extras import needed_for
from lossviz.labels.sources.streams import Opener
from lossviz.labels.tables.headers import with_header
from lossviz.labels.tables.repairs import Repairs
from lossviz.labels.tables.rows import below_titles, without_summary
from lossviz.labels.tables.table import Table
from lossviz.labels.values import shown


def sheet_tables(opener: Opener, settings: Mapping[str, Any]) -> dict[str, Table]:
    """The tables in a workbook by the names of their sheets, or the one of the sheet that `settings` name.

    Raises
    ------
    UnreadableLabels
        If there is none.
    """
    sheets = sheets_of(opener)
    chosen = settings.get("sheet")
    if chosen is not None and chosen not in sheets:
        raise UnreadableLabels(f"There is no sheet {shown(chosen)}.", f"Choose one of {', '.join(list(sheets)[:20])}.")
    found: dict[str, Table] = {}
    problem: UnreadableLabels | None = None
    for sheet, rows in sheets.items():
        if chosen in (None, sheet):
            try:
                found[sheet] = _table(rows, sheet, settings.get("header"))
            except UnreadableLabels as error:
                problem = problem or error
    if not found:
        raise problem or UnreadableLabels("No sheet holds labels.", "Upload one with a row per sample.")
    return found


def _table(rows: list[list[str]], sheet: str, header: bool | None) -> Table:
    table, above = below_titles(rows)
    table, below = without_summary(table)
    headed = with_header(table, header)
    repairs = Repairs(rows=len(headed.cells), above=above, below=below, repeats=headed.repeats)
    known = {"header": bool(headed.header), "sheet": sheet}
    return Table.of_cells(headed.cells, repairs, settings=known, questions=headed.questions)


def sheets_of(opener: Opener) -> dict[str, list[list[str]]]:
    """The rows of every sheet that holds any, as text."""
    with needed_for("a workbook"):
        import python_calamine  # noqa: F401 - the process that decodes it has no words for this
    found: dict[str, list[list[str]]] = {}
    cells = 0
    try:
        with opener() as file:
            for batch in batches_apart(file, "workbook", "sheets", number=2000):
                for sheet, row in zip(batch["sheet"].to_pylist(), batch["cells"].to_pylist(), strict=True):
                    if any(row):
                        found.setdefault(sheet, []).append(row)
                        cells += len(row)
                if cells > MOST_SHEET_CELLS:
                    raise UnreadableLabels(
                        f"The workbook holds more than {MOST_SHEET_CELLS:,} cells.", "Save the label sheet as CSV."
                    )
    except pa.ArrowInvalid as error:
        raise UnreadableLabels(
            f"The workbook is damaged: {' '.join(str(error).split())[:100].rstrip('.')}.",
            "Open it and save it again, or save it as CSV.",
        ) from error
    if not found:
        raise UnreadableLabels("The workbook is empty.", "Upload one with a row per sample.")
    return found
