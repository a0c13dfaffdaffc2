"""Label smoothing under class weights: where the loss of a certain row is least."""

from __future__ import annotations

import streamlit as st

from lossviz import figures
from lossviz.batch_snippets import smoothing_snippet
from lossviz.notation import number
from ui.charts import show_code
from ui.live_chart import live_chart
from ui.prose import prose

_PAGE = "weighted_mean"


@st.fragment
def show() -> None:
    """The loss of a row of class 0 over the score of class 1, with sliders for weight and smoothing."""
    st.subheader("Smoothed labels under weights", anchor=False)
    question = st.empty()
    view = live_chart(
        figures.SmoothingFigure(),
        key="smoothing",
        height=380,
        scales=False,
        alt="Loss of a row of class 0 over the score of class 1, with and without weights and label smoothing",
    )
    weight, smoothing = view.number("rare_weight"), view.number("label_smoothing")
    question.markdown(prose(_PAGE, "smoothing_question", weight=number(weight), smoothing=number(smoothing)))
    rare = figures.least_at(weight, smoothing)
    with st.container(horizontal=True):
        st.metric("least loss at the score of class 0", number(1 - rare, 2), border=True)
        st.metric("and of class 1", number(rare, 2), border=True)
    section = "smoothing_wrong" if rare > 0.5 else "smoothing_right" if smoothing else "smoothing_none"
    st.markdown(prose(_PAGE, section, common=number(1 - rare, 2), rare=number(rare, 2)))
    show_code(smoothing_snippet(weight, smoothing), key="smoothing")
