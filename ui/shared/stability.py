"""Where each way to compute BCE stops being right, as a table and a sentence."""

from __future__ import annotations

import pandas as pd
import streamlit as st

import lossviz
from lossviz import figures
from lossviz.notation import number
from ui.shared.charts import show
from ui.shared.controls import choice
from ui.shared.prose import prose


def panel() -> None:
    """The chart of all ways, and what becomes of each far out."""
    with st.container(horizontal=True):
        target = int(choice("Target", {"1": "1, a positive", "0": "0, a negative"}, key="target"))
        names = {name: name for name in lossviz.DTYPES}
        precision = choice("Computed in", names, key="precision", default="float32")
    dtype = lossviz.DTYPES[precision]
    lost = {way.key: lossviz.breaks(way, target, dtype, lost=True) for way in lossviz.WAYS.values()}
    everywhere = [(abs(entry.logit), key, entry) for key, found in lost.items() for entry in found]
    _, key, first = min(everywhere, key=lambda item: item[0])
    said = {"logit": number(first.logit), "becomes": first.becomes, "part": first.part, "precision": precision}
    st.markdown(prose("precision", "first", way=lossviz.WAYS[key].title, **said))
    show(
        figures.stability_figure(target, dtype),
        key="stability",
        alt="Value and gradient of five ways to compute BCE over the logit",
        code=lossviz.stability_snippet(target, precision),
    )
    st.markdown(prose("precision", "table"))
    rows = []
    for key, way in lossviz.WAYS.items():
        wrong = lossviz.breaks(way, target, dtype)
        for part in ("value", "gradient"):
            cells = {"1 % off": _found(wrong, part), "nothing left": _found(lost[key], part)}
            rows.append({"way": way.title, "of": part} | cells)
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content", alt="Where each way goes wrong")
    for key in ("hand", "clamped", "bce", "logits", "margin"):
        st.markdown(prose("precision", key))


def _found(found: list[lossviz.Break], part: str) -> str:
    """At which logits the value or the gradient breaks, and what stands there instead."""
    return "; ".join(f"{entry.becomes} at {number(entry.logit)}" for entry in found if entry.part == part) or "never"
