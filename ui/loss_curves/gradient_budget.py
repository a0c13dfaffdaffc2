"""The gradient budget under the loss curves: whose gradient it is at the start of training and at its end."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import streamlit as st

import lossviz
from lossviz import figures
from lossviz.notation import percent
from lossviz.snippets.losses import budget_snippet
from ui.shared.charts import show as show_figure
from ui.shared.controls import bound_slider
from ui.shared.prose import prose

_PLAIN = "plain BCE"

Knobs = Mapping[str, float | None]


def show(losses: Mapping[str, Knobs], prevalence: float) -> None:
    """One bar for every loss (key -> knob values) at the start, and one at the optimum."""
    st.subheader("Whose gradient is it?", anchor=False)
    if not 0 < prevalence < 1:
        st.info(prose("loss_curves", "no_budget"), icon=":material/info:")
        return
    st.markdown(prose("loss_curves", "budget_question", prevalence=percent(prevalence)))
    if not st.toggle("Show whose", key="budget_shown", bind="query-params"):
        return
    separation = bound_slider(
        "How far apart positives and negatives lie, in standard deviations of one feature",
        0.5,
        6.0,
        2.0,
        key="separation",
        step=0.25,
    )
    entries = _entries(losses)
    starts, ends = (
        {name: _budget(key, tuple(knobs.items()), prevalence, apart) for name, (key, knobs) in entries.items()}
        for apart in (None, separation)
    )
    budgets = {
        f"{name}, {when}": budget[name]
        for name in entries
        for when, budget in (("start", starts), ("optimum", ends))
        if budget[name].positives >= 0  # not a number without any gradient
    }
    code = [(name, lossviz.LOSSES[key].code(**knobs)) for name, (key, knobs) in entries.items()]
    show_figure(
        figures.budget_figure(budgets),
        key="budget",
        alt="Shares of the gradient that come from hard and easy positives and negatives, for every loss",
        code=budget_snippet(code, prevalence, separation),
    )
    said = {"start": percent(starts[_PLAIN].positives), "optimum": percent(ends[_PLAIN].positives)}
    st.markdown(prose("loss_curves", "budget_answer", **said))
    without = [name for name in entries if f"{name}, optimum" not in budgets]
    if without:
        st.markdown(prose("loss_curves", "no_end", names=", ".join(without)))


@lru_cache(maxsize=2_000)  # a step turns one knob; the other losses stay as they were
def _budget(
    key: str, knobs: tuple[tuple[str, float | None], ...], prevalence: float, separation: float | None
) -> lossviz.GradientBudget:
    module = lossviz.LOSSES[key].from_knobs(**dict(knobs))
    return lossviz.gradient_budget(module, prevalence, separation=separation)


def _entries(losses: Mapping[str, Knobs]) -> dict[str, tuple[str, Knobs]]:
    """Plain BCE to compare with, then the losses as their knobs stand."""
    return {_PLAIN: ("bce", {})} | {lossviz.LOSSES[key].label: (key, knobs) for key, knobs in losses.items()}
