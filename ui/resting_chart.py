"""The start page's chart: where each loss comes to rest, moved by the share of positives."""

from __future__ import annotations

import streamlit as st

from lossviz import figures
from lossviz.notation import percent
from lossviz.snippets import resting_snippet
from ui.charts import show_code
from ui.live_chart import live_chart
from ui.prose import prose
from ui.warm_up import warm, warm_up


@st.fragment
def show() -> None:
    """The chart with its slider, and below it the scores at which the losses rest."""
    words = st.empty()
    view = live_chart(
        figures.RestingFigure(),
        key="resting",
        height=390,
        scales=False,
        alt="Average gradient on a logit, and the share of it that negatives hold, for four losses over the logit",
    )
    prevalence = view.number("prevalence")
    words.markdown(prose("home", "chart", prevalence=percent(prevalence)))
    scores = st.container()
    if not warm():
        place = scores.skeleton(height=110)
        warm_up(patiently=True)
        place.empty()
    with scores.grid(4, border=True):
        for name, score in figures.resting_scores(prevalence).items():
            st.markdown(f"## {percent(score)}\nis where {name} rests")
    entries = [(entry.name, entry.code) for entry in figures.contenders(prevalence)]
    show_code(resting_snippet(entries, prevalence), key="resting")
