"""Smoothed labels under weights: where cross-entropy of a certain row is least, and BCE of all rows."""

from __future__ import annotations

import streamlit as st

from lossviz import figures
from lossviz.notation import number, percent
from lossviz.snippets.batches import smoothed_bce_snippet, smoothing_snippet
from ui.live_chart import live_chart
from ui.shared.charts import show_code
from ui.shared.prose import prose

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


@st.fragment
def show_bce() -> None:
    """BCE on smoothed targets over the score, with sliders for prevalence, pos_weight and smoothing."""
    st.subheader("Smoothed targets of BCE", anchor=False)
    answer = st.empty()
    view = live_chart(
        figures.SmoothedBCEFigure(),
        key="smoothed_bce",
        height=380,
        scales=False,
        alt="Mean BCE of all rows over the one score they get, with and without pos_weight and smoothed targets",
    )
    prevalence, weight, smoothing = (
        view.number(name) for name in ("bce_prevalence", "bce_pos_weight", "bce_smoothing")
    )
    scores = {
        "both": figures.best_score(prevalence, weight, smoothing),
        "weighted": figures.best_score(prevalence, weight, 0.0),
        "smoothed": figures.best_score(prevalence, 1.0, smoothing),
    }
    said = {name: percent(score) for name, score in scores.items()}
    said |= {"prevalence": percent(prevalence), "weight": number(weight), "smoothing": number(smoothing)}
    said |= {"high": number(1 - smoothing / 2), "low": number(smoothing / 2)}
    answer.markdown(prose(_PAGE, "bce_smoothed" if smoothing else "bce_unsmoothed", **said))
    with st.container(horizontal=True):
        st.metric("least loss at the score", number(scores["both"], 4), border=True)
        st.metric("with pos_weight alone", number(scores["weighted"], 4), border=True)
        st.metric("with smoothing alone", number(scores["smoothed"], 4), border=True)
    show_code(smoothed_bce_snippet(prevalence, weight, smoothing), key="smoothed_bce")
