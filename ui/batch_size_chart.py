"""Weights in small batches: what is left of them, trained live, and over micro-batches."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

import lossviz
from lossviz import figures
from lossviz.batch_snippets import cosines_snippet, effective_weight_snippet, exact_step_snippet, training_snippet
from lossviz.notation import number, percent
from ui import labels
from ui.charts import show as show_figure
from ui.charts import show_code
from ui.controls import choice
from ui.follow import class_to_follow, digits
from ui.live_chart import View, live_chart
from ui.prose import prose

_PAGE = "batch_size"
_ROWS = {str(rows): str(rows) for rows in (32, 64, 128, 256, 512)}
_PARTS = {str(parts): str(parts) for parts in (1, 2, 4, 8, 16, 32)}
_FEW = 20  # batches with a rare row, below which training cannot have arrived


def show() -> None:
    """The three parts of the page, all following the same knobs."""
    _parts(_start(class_to_follow("The rare class")))


def _start(followed: int) -> dict[str, float | None]:
    """Prevalence and balanced weight of the followed class; nothing if it has no balanced weight."""
    counts = labels.current()
    positives, negatives = int(counts.positives[followed]), int(counts.negatives[followed])
    if not positives or not negatives:
        return {}
    return {
        "prevalence": digits(float(counts.prevalence[followed])),
        "weight": digits(lossviz.pos_weight([positives], [negatives])[0].item()),
    }


@st.fragment
def _parts(start: dict[str, float | None]) -> None:
    question = st.empty()
    view = live_chart(
        figures.BatchSizeFigure(),
        key=_PAGE,
        defaults=start,
        height=470,
        scales=False,
        alt="Effective weight, and share of batches without a rare row, over the batch size",
    )
    prevalence, weight, batch_size = view.number("prevalence"), view.number("weight"), round(view.number("batch_size"))
    said = {"prevalence": percent(prevalence), "weight": number(weight), "batch_size": f"{batch_size:,}"}
    question.markdown(prose(_PAGE, "question", **said))
    _consequences(prevalence, weight, batch_size)
    _training(prevalence, weight, batch_size)
    _accumulation(view)


def _consequences(prevalence: float, weight: float, batch_size: int) -> None:
    effective = lossviz.effective_weight(prevalence, weight, batch_size).item()
    without = lossviz.share_of_batches_without(prevalence, batch_size).item()
    with st.container(horizontal=True):
        st.metric("effective weight", number(effective, 3), border=True)
        st.metric("nominal weight", number(weight), border=True)
        st.metric("batches without a rare row", percent(without), border=True)
    said = {
        "batch_size": f"{batch_size:,}",
        "nominal": number(weight),
        "effective": number(effective, 3),
        "shift": number(math.log(effective), 3),
        "nominal_shift": number(math.log(weight), 3),
        "without": percent(without),
    }
    st.markdown(prose(_PAGE, "effective", **said))
    show_code(effective_weight_snippet(prevalence, weight, batch_size), key=_PAGE)
    _every_class(batch_size)


def _every_class(batch_size: int) -> None:
    """The person's own classes under balanced weights; a row of labels that may occur together has no softmax."""
    counts = labels.current()
    if counts.task == "multilabel":
        st.info(prose(_PAGE, "multilabel"), icon=":material/info:")
    elif counts.n_classes > 2:
        st.markdown(prose(_PAGE, "every_class", batch_size=f"{batch_size:,}"))
        weights = lossviz.class_weights(counts)
        effective = lossviz.effective_weight(counts.prevalence.tolist(), weights, batch_size)
        rows = pd.DataFrame(
            {
                "class": counts.classes,
                "share of the rows, %": 100 * counts.prevalence,
                "balanced weight": weights.numpy(),
                "effective weight": effective.numpy(),
            }
        )
        rows = rows.sort_values("balanced weight", ascending=False, kind="stable")
        st.dataframe(rows, hide_index=True, alt="Balanced and effective weight of every class")


def _training(prevalence: float, weight: float, batch_size: int) -> None:
    """Intercepts trained in front of the reader, which takes a fifth of a second."""
    st.subheader("Trained, not only computed", anchor=False)
    trained = lossviz.train_intercept(prevalence, weight, batch_size)
    predicted = math.log(lossviz.effective_weight(prevalence, weight, batch_size).item())
    seeds, steps = trained.shift.shape
    st.markdown(prose(_PAGE, "training_question", seeds=str(seeds)))
    show_figure(
        figures.training_figure(trained, predicted, math.log(weight)),
        key="training",
        alt="Shift of the trained logits over the steps, with the shifts that both weights predict",
        code=training_snippet(prevalence, weight, batch_size),
    )
    low, median, high = (number(shift, 3) for shift in trained.band())
    st.markdown(prose(_PAGE, "training", predicted=number(predicted, 3), low=low, median=median, high=high))
    if trained.batches_with_rare < _FEW:
        few = {"batches": number(trained.batches_with_rare, 2), "steps": str(steps)}
        st.warning(prose(_PAGE, "too_rare", **few), icon=":material/hourglass_empty:")


def _accumulation(view: View) -> None:
    """One step cut into micro-batches, at the prevalence and weight of the chart."""
    st.subheader("Accumulated gradients, several workers", anchor=False)
    prevalence, weight = view.number("prevalence"), view.number("weight")
    question = st.empty()
    with st.container(horizontal=True, gap="large"):
        rows = int(choice("Rows of one optimiser step", _ROWS, key="step_rows", default="256"))
        parts = int(choice("Micro-batches (accumulation steps × workers)", _PARTS, key="micro_batches", default="8"))
    micro_batch, rare = rows // parts, min(max(1, round(prevalence * rows)), rows)
    cuts = [part for part in (1, 2, 4, 8, 16, 32, 64, 128, 256) if part <= rows]
    cosines = lossviz.gradient_cosines(rows, rare, weight, [rows // cut for cut in cuts], seeds=100)
    chosen = cosines[cuts.index(parts)]
    question.markdown(prose(_PAGE, "accumulation_question", rows=str(rows), parts=str(parts)))
    show_figure(
        figures.cosines_figure(cuts, cosines, parts),
        key="cosines",
        alt="Cosine between the step of micro-batches and the gradient of all rows, over the number of micro-batches",
        code=cosines_snippet(rows, rare, weight, micro_batch),
    )
    left = lossviz.effective_weight(prevalence, weight, [micro_batch, rows]).tolist()
    said = {
        "rows": str(rows),
        "parts": str(parts),
        "micro_batch": str(micro_batch),
        "rare": str(rare),
        "effective": number(left[0], 3),
        "whole": number(left[1], 3),
        "cosine": number(chosen.median().item(), 2),
        "uphill": percent((chosen < 0).double().mean().item(), 2),
    }
    st.markdown(prose(_PAGE, "accumulation", **said))
    st.markdown(prose(_PAGE, "exact"))
    st.code(exact_step_snippet(rows, rare, weight, micro_batch), language="python")
