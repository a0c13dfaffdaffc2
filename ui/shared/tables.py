"""Tables of numbers that a person edits: how the address carries them, and how a refusal names a place in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st

from ui.shared.pasting import parsed

if TYPE_CHECKING:
    import pandas as pd

MOST_CHARACTERS = 4_000


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
