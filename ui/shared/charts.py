"""How charts that do not follow a hand are shown: one function, so that it can change in one place."""

from __future__ import annotations

from typing import Any

import streamlit as st

_CONFIG: dict[str, Any] = {
    "displaylogo": False,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d", "zoomIn2d", "zoomOut2d"],
    "toImageButtonOptions": {"format": "svg"},
}

# Code of many classes scrolls within its box.
_LONG, _TALLEST = 4_000, 400


def show(figure: dict[str, Any], *, key: str, alt: str, code: str) -> None:
    """Show a plotly figure with its text alternative and, below it, the code that made it."""
    image = {"format": "svg", "filename": f"lossviz-{key}"}
    st.plotly_chart(figure, key=key, alt=alt, theme="streamlit", config=_CONFIG | {"toImageButtonOptions": image})
    show_code(code, key=key)


def show_code(code: str, *, key: str) -> None:
    """The code that made what stands above it, ready to copy; sent when it is asked for."""
    box = st.expander("Code that made this figure", icon=":material/code:", key=f"code:{key}", on_change="rerun")
    if box.open:
        box.code(code, language="python", wrap_lines=True, height=_TALLEST if len(code) > _LONG else "content")
