"""Weights in small batches: the chart of what is left of them, and the parts that follow its knobs."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

import lossviz
from lossviz import figures
from lossviz.batch_snippets import effective_weight_snippet
from lossviz.notation import number, percent
from ui import class_table, labels, live_training, micro_batches
from ui.charts import show_code
from ui.follow import class_to_follow, digits
from ui.live_chart import live_chart
from ui.prose import prose

_PAGE = "batch_size"


def show() -> None:
    """The three parts of the page, all following the same knobs."""
    _parts(_start(class_to_follow("The rare class")))


def _start(followed: int) -> dict[str, float | None]:
    """Prevalence and balanced weight of the followed class; nothing if it has no balanced weight."""
    counts = labels.current()
    positives, negatives = int(counts.positives[followed]), int(counts.negatives[followed])
    if not positives or not negatives:
        return {}
    import torch

    return {
        "prevalence": digits(float(counts.prevalence[followed])),
        "weight": digits(lossviz.pos_weight([positives], [negatives], dtype=torch.float64)[0].item()),
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
    live_training.show(prevalence, weight, batch_size)
    micro_batches.show_epoch(prevalence, weight, batch_size)
    micro_batches.show_step(prevalence, weight)


def _consequences(prevalence: float, weight: float, batch_size: int) -> None:
    effective = lossviz.effective_weight(prevalence, weight, batch_size).item()
    without = lossviz.share_of_batches_without(prevalence, batch_size).item()
    with st.container(horizontal=True):
        st.metric("effective weight", number(effective, 3), border=True)
        st.metric("nominal weight", number(weight), border=True)
        st.metric("batches without a rare row", percent(without, 4), border=True)
    said = {
        "batch_size": f"{batch_size:,}",
        "nominal": number(weight),
        "effective": number(effective, 3),
        "shift": number(round(math.log(effective), 12), 3),
        "nominal_shift": number(math.log(weight), 3),
        "without": percent(without, 4),
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
        import torch

        weights = lossviz.class_weights(counts, dtype=torch.float64)
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
        class_table.show(rows, key="batch_size", alt="Balanced and effective weight of every class")
