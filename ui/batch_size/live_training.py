"""Intercepts trained in front of the reader, who sees whether they land where the formula says."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import streamlit as st

import lossviz
from lossviz import figures
from lossviz.notation import number
from lossviz.snippets.batches import training_snippet
from ui.shared.charts import show as show_figure
from ui.shared.prose import prose

if TYPE_CHECKING:
    from lossviz.training import TrainedIntercepts

_PAGE = "batch_size"
_FEW = 20  # batches with a rare row, below which training cannot have arrived


def show(prevalence: float, weight: float, batch_size: int) -> None:
    """Intercepts trained in front of the reader under both denominators."""
    st.subheader("Trained, not only computed", anchor=False)
    effective = math.log(lossviz.effective_weight(prevalence, weight, batch_size).item())
    by_weights = _trained(prevalence, weight, batch_size, "weights")
    runs = [figures.Run("ce", "CrossEntropyLoss", effective, by_weights)]
    arrived = by_weights.batches_with_rare >= _FEW
    if arrived:
        by_rows = _trained(prevalence, weight, batch_size, "rows")
        runs.append(figures.Run("bce", "BCEWithLogitsLoss", math.log(weight), by_rows))
    seeds, steps = by_weights.shift.shape
    st.markdown(prose(_PAGE, "training_question" if arrived else "training_question_one", seeds=str(seeds)))
    show_figure(
        figures.training_figure(runs),
        key="training",
        alt="Shift of the trained logits over the steps, with the shifts that are predicted",
        code=training_snippet(prevalence, weight, batch_size),
    )
    said = dict(
        zip(("low", "median", "high"), (number(round(shift, 12), 3) for shift in by_weights.band()), strict=True)
    )
    said |= {"predicted": number(round(effective, 12), 3), "steps": str(steps)}
    there = by_weights.near(effective)
    st.markdown(prose(_PAGE, "training" if there else "training_apart", **said))
    if not arrived:
        seen = by_weights.batches_with_rare
        few = {"batches": number(seen, 2), "steps": str(steps)}
        st.warning(prose(_PAGE, "too_rare" if seen else "never_seen", **few), icon=":material/hourglass_empty:")


@st.cache_resource(max_entries=32, show_spinner=False)
def _trained(
    prevalence: float, weight: float, batch_size: int, divide_by: Literal["weights", "rows"]
) -> TrainedIntercepts:
    """One training for all who ask for the same."""
    return lossviz.train_intercept(prevalence, weight, batch_size, divide_by=divide_by)
