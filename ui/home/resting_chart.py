"""The start page's chart: where each loss comes to rest, moved by the share of positives."""

from __future__ import annotations

import streamlit as st

from lossviz import figures
from lossviz.labels.given.text import spell_binary
from lossviz.notation import number, percent
from lossviz.snippets.losses import resting_snippet
from ui.live_chart import live_chart, set_values
from ui.serving.loading import loaded
from ui.serving.warm_up import warm_up
from ui.shared import choice, labels
from ui.shared.charts import show_code
from ui.shared.follow import digits
from ui.shared.prose import prose

_KEY = "resting"


@st.fragment
def show() -> None:
    """The scores that the losses report, and below them the chart with its slider."""
    choice.settle()
    words = st.empty()
    scores = st.container(key="resting:scores")
    counts = labels.current()
    figure, own = figures.RestingFigure(), {"prevalence": digits(float(counts.prevalence[counts.rarest]))}
    view = live_chart(
        figure,
        key=_KEY,
        defaults=own,
        height=350,
        scales=False,
        alt="Average gradient on a logit, and the share of it that negatives hold, for four losses over the logit",
    )
    prevalence = view.number("prevalence")
    _everywhere(figures.within(figure, own)["prevalence"] or 0.0, prevalence)
    weight = number((1 - prevalence) / prevalence)
    said = {
        "weight": weight,
        "negatives": "negative" if weight == "1" else "negatives",
        "prevalence": percent(prevalence),
        "balanced": percent(0.5),
    }
    words.markdown(prose("home", "chart", **said))
    st.markdown(prose("home", "losses"))
    if not loaded():
        place = scores.skeleton(height=80)
        warm_up(patiently=True)
        place.empty()
    with scores.container(horizontal=True, gap="small"):
        for name, score in figures.resting_scores(prevalence).items():
            st.metric(f"under {name}", percent(score), width=170)
    entries = [(entry.name, entry.code) for entry in figures.contenders(prevalence)]
    show_code(resting_snippet(entries, prevalence), key="resting")


def _everywhere(yours: float, here: float) -> None:
    """The slider sets the imbalance of every page; labels that are the person's own only when they say so."""
    with st.container(key="resting:departure"):
        if yours == here:
            return
        kind, *rest = labels.text().split(":")
        made = spell_binary(here, int(rest[1]) if kind == "binary" else 10_000)
        if kind == "binary":
            labels.choose_text(made)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(prose("home", "departed", yours=percent(yours), here=percent(here)), width="stretch")
            st.button("Set it everywhere", icon=":material/check:", key="resting:set", on_click=_set, args=(made,))
            back = {"prevalence": yours}
            st.button(
                "Back to mine", icon=":material/undo:", key="resting:back", on_click=set_values, args=(_KEY, back)
            )


def _set(made: str) -> None:
    labels.revise(made)
    choice.moved()
