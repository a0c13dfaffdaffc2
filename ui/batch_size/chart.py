"""Weights in small batches: the chart of what is left of them, and the parts that follow its knobs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

import lossviz
from lossviz import figures
from lossviz.notation import number, percent
from lossviz.snippets.batches import effective_weight_snippet
from ui.batch_size import live_training, micro_batches
from ui.live_chart import departure, live_chart
from ui.shared import choice, class_table, labels
from ui.shared.charts import show_code
from ui.shared.follow import class_to_follow, digits
from ui.shared.prose import named, prose

if TYPE_CHECKING:
    from lossviz.choice.choice import Choice

_PAGE = "batch_size"
_HARDLY = 1e-6  # a share of batches too small to speak of


def show() -> None:
    """The three parts of the page, all following the same knobs."""
    k = class_to_follow("The rare class")
    _parts(k, _start(choice.current(), k))


def _start(now: Choice, k: int) -> dict[str, float | None]:
    """Prevalence and weight of the followed class, over the mean weight of the rest."""
    return {"prevalence": digits(float(now.counts.prevalence[k])), "weight": digits(now.ratio(k))}


@st.fragment
def _parts(k: int, start: dict[str, float | None]) -> None:
    choice.settle()
    now, other = choice.current(), choice.second()
    question = st.empty()
    figure = figures.BatchSizeFigure()
    view = live_chart(
        figure,
        key=_PAGE,
        defaults=start,
        beside=None if other is None else _start(other, k),
        height=380,
        scales=False,
        alt="Effective weight, and share of batches without a rare row, over the batch size",
    )
    departure.second()
    prevalence, weight, batch_size = view.number("prevalence"), view.number("weight"), round(view.number("batch_size"))
    departure.show(
        _PAGE,
        figures.within(figure, start),
        {"prevalence": prevalence, "weight": weight},
        {"prevalence": "share of the rare class", "weight": "its weight"},
        lambda: choice.current().with_ratio(k, weight),
    )
    st.markdown(_whose(now, k))
    said = {"prevalence": percent(prevalence), "weight": number(weight), "batch_size": f"{batch_size:,}"}
    question.markdown(prose(_PAGE, "question", **said))
    _consequences(prevalence, weight, batch_size)
    trained, logged = st.columns(2, gap="large")
    with trained:
        live_training.show(prevalence, weight, batch_size)
    with logged:
        micro_batches.show_epoch(prevalence, weight, batch_size)
    micro_batches.show_step(prevalence, weight)


def _whose(now: Choice, k: int) -> str:
    """The weights of the choice, of the followed class and of the rest."""
    rest, own = now.pair(k)
    said = {"scheme": choice.scheme_name(now), "name": named(now.counts.classes[k])}
    return prose(_PAGE, "whose", **said, own=number(own), rest=number(rest), ratio=number(now.ratio(k)))


def _consequences(prevalence: float, weight: float, batch_size: int) -> None:
    effective = lossviz.effective_weight(prevalence, weight, batch_size).item()
    without = lossviz.share_of_batches_without(prevalence, batch_size).item()
    with st.container(horizontal=True):
        st.metric("effective weight", number(effective, 3), border=True)
        st.metric("nominal weight", number(weight), border=True)
        few = percent(without, 4) if without > _HARDLY else "next to none"
        st.metric("batches without a rare row", few, border=True)
    said = {
        "batch_size": f"{batch_size:,}",
        "nominal": number(weight),
        "effective": number(effective, 3),
        "shift": number(round(math.log(effective), 12), 3),
        "nominal_shift": number(math.log(weight), 3),
    }
    same = said["effective"] == number(weight, 3) or said["shift"] == said["nominal_shift"]
    sentences = [prose(_PAGE, "effective_same" if same else "effective", **said)]
    if without > _HARDLY:
        sentences.append(prose(_PAGE, "without", without=percent(without, 4)))
    st.markdown(" ".join([*sentences, prose(_PAGE, "flat")]))
    show_code(effective_weight_snippet(prevalence, weight, batch_size), key=_PAGE)
    _every_class(batch_size)


def _every_class(batch_size: int) -> None:
    """The person's own classes under their weights; a row of labels that may occur together has no softmax."""
    counts = labels.current()
    if counts.task == "multilabel":
        st.info(prose(_PAGE, "multilabel"), icon=":material/info:")
    elif counts.n_classes > 2:
        now = choice.current()
        scheme = choice.scheme_name(now) if now.of == "class_weight" else "balanced"
        weights = now.exact if now.of == "class_weight" else lossviz.class_weights(counts)
        same = "_same" if bool((weights == weights[0]).all()) else ""
        st.markdown(prose(_PAGE, f"every_class{same}", batch_size=f"{batch_size:,}", scheme=scheme))
        effective = lossviz.effective_weight(counts.prevalence.tolist(), weights, batch_size)
        rows = pd.DataFrame(
            {
                "class": counts.classes,
                "share of the rows, %": 100 * counts.prevalence,
                "weight": weights.numpy(),
                "effective weight": effective.numpy(),
            }
        )
        rows = rows.sort_values("weight", ascending=False, kind="stable")
        class_table.show(rows, key="batch_size", alt="Weight and effective weight of every class")
