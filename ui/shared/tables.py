"""Tables: texts in them that do nothing; and those that a person edits, in the address and in refusals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from lossviz.labels.tables.headers import unique_names
from ui.shared.downloads import harmless
from ui.shared.pasting import parsed
from ui.shared.prose import one_line

MOST_CHARACTERS = 4_000


def inert(frame: pd.DataFrame) -> pd.DataFrame:
    """`frame` to be shown: all of its text seen as it is, and no formula in the CSV that the browser makes of it."""
    texts = [name for name in frame.columns if not pd.api.types.is_numeric_dtype(frame[name])]
    shown = frame.assign(**{name: frame[name].map(inert_cell) for name in texts})
    return shown.set_axis(unique_names([inert_cell(name) for name in frame.columns], "column"), axis=1)


def inert_cell(cell: Any) -> str:
    """The text of a cell on one line; nothing for one that is missing."""
    return harmless(one_line("" if pd.isna(cell) else str(cell)))


def harmless_csv(frame: pd.DataFrame, *, header: bool = True) -> str:
    """`frame` as CSV that a spreadsheet runs no formula of; other than that, its texts stand as they are."""
    texts = [name for name in frame.columns if not pd.api.types.is_numeric_dtype(frame[name])]
    safe = frame.assign(**{name: [harmless(str(cell)) for cell in frame[name]] for name in texts})
    return safe.to_csv(index=False, header=[harmless(str(name)) for name in frame.columns] if header else False)


def linked(key: str, name: str) -> list[list[float]] | None:
    """The rows that `key` of the address spells for the table `name`, or None if it spells none."""
    try:
        return parsed(st.query_params.get(key, ""), name)
    except ValueError:
        return None


def to_address(tables: Mapping[str, tuple[pd.DataFrame, pd.DataFrame]]) -> None:
    """Let the address carry tables by their keys, each beside what it started from, once one of them is edited.

    Tables too large for a link stay in the session, which is said.
    """
    spelled = {key: _spelled(table) for key, (table, _) in tables.items()}
    edited = any(spelled[key] != _spelled(start) for key, (_, start) in tables.items())
    small = sum(map(len, spelled.values())) <= MOST_CHARACTERS
    for key, text in spelled.items():
        if edited and small:
            if st.query_params.get(key) != text:
                st.query_params[key] = text
        elif key in st.query_params:
            del st.query_params[key]
    if edited and not small:
        st.caption("This table is too large for a link: it stays in this session, and a shared link opens the preset.")


def in_table(error: ValueError) -> str:
    """What a loss refuses, with its place as the tables on the page count rows and columns."""
    place = getattr(error, "place", ()) if str(error).startswith("target") else ()
    where = ", ".join(f"{axis} {k + 1}" for axis, k in zip(("row", "column"), place, strict=False))
    return f"In {where} of the targets: {error}" if where else str(error)


def _spelled(table: pd.DataFrame) -> str:
    """Every number whole, so that a link shows the same table to the last digit."""
    return ";".join(",".join(repr(float(value)).removesuffix(".0") for value in row) for row in table.to_numpy(float))
