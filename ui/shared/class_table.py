"""A table with a row for every class: sorted by a click on a column's head, and searched where it is long."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from ui.shared.prose import prose
from ui.shared.tables import inert_cell

_MOST_IN_SIGHT = 20
_HEIGHT = 248


def show(rows: pd.DataFrame, *, key: str, alt: str, column_config: Any = None, hide_index: bool = True) -> None:
    """The rows, or those alone whose class is searched for; the first column names the class."""
    name = str(rows.columns[0])
    found = rows = rows.assign(**{name: [*map(inert_cell, rows[name])]})
    if len(rows) > _MOST_IN_SIGHT:
        with st.container(horizontal=True, vertical_alignment="center"):
            wanted = st.text_input(
                "Find a class",
                key=f"find:{key}",
                placeholder="Find a class by part of its name" + ("" if hide_index else ", or by its index"),
                label_visibility="collapsed",
                icon=":material/search:",
                width=380,
            ).strip()
            found = _matching(rows, wanted, by_index=not hide_index)
            many = {"found": f"{len(found):,}", "all": f"{len(rows):,}"}
            st.caption(prose("tables", "found" if wanted else "all", **many))
    st.dataframe(
        found,
        hide_index=hide_index,
        column_config=column_config,
        height=_HEIGHT if len(found) > _MOST_IN_SIGHT else "auto",
        alt=alt,
    )


def _matching(rows: pd.DataFrame, wanted: str, *, by_index: bool) -> pd.DataFrame:
    if not wanted:
        return rows
    names = rows.iloc[:, 0].astype(str)
    matches = names.str.contains(wanted, case=False, regex=False)
    if by_index:
        matches |= rows.index.astype(str) == wanted
    return rows[matches]
