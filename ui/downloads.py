"""Weights as files that say which loss they are for."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from lossviz.counts import LabelCounts


def weight_downloads(counts: LabelCounts, names: Sequence[str], weights: Any, *, loss: str, argument: str) -> None:
    """Buttons for the weights as CSV and JSON."""
    values = weights.tolist()
    with st.container(horizontal=True):
        st.download_button(
            "CSV",
            lambda: weights_csv(names, values, loss, argument),
            f"{argument}.csv",
            "text/csv",
            on_click="ignore",
            icon=":material/download:",
        )
        st.download_button(
            "JSON",
            lambda: weights_json(counts, names, values, loss, argument),
            f"{argument}.json",
            "application/json",
            on_click="ignore",
            icon=":material/download:",
        )


def weights_csv(names: Sequence[str], values: Sequence[float], loss: str, argument: str) -> str:
    """One row per class; the column's name says where the weights go."""
    table = pd.DataFrame(
        {"class": [harmless(name) for name in names], f"{argument} of {loss.partition('(')[0]}": values}
    )
    return table.to_csv(index=False)


def weights_json(counts: LabelCounts, names: Sequence[str], values: Sequence[float], loss: str, argument: str) -> str:
    return json.dumps(
        {
            "loss": loss,
            "argument": argument,
            "shape": [len(values)],
            "classes": list(names),
            argument: list(values),
            "task": counts.task,
            "source": counts.source,
        },
        indent=2,
        ensure_ascii=False,
    )


_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def harmless(cell: str) -> str:
    """`cell` so that a spreadsheet does not take it for a formula; a plain number stays one."""
    return f"'{cell}" if cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell) else cell
