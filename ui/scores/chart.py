"""What a score means: the live chart, the scores and thresholds that follow from it, and the person's own labels."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd
import streamlit as st

import lossviz
from lossviz import figures
from lossviz.notation import number, percent, score, score_percent
from lossviz.snippets.losses import scores_snippet
from lossviz.snippets.scores import classes_snippet
from ui.live_chart import departure, live_chart
from ui.scores import undo
from ui.shared import choice, class_table, labels
from ui.shared.charts import show_code
from ui.shared.controls import bound_number
from ui.shared.follow import class_to_follow, digits
from ui.shared.losses import loss_pills, start_beside, start_of
from ui.shared.prose import prose

_KEY = "scores"
_SHOWN = ["bce", "focal", "asl"]
_HALF, _USUAL = 0.5, 0.01
_FAR = 7.0  # the logit beyond which a score says less than its logit
_LOW, _HIGH = 1e-9, 1 - 1e-9  # a case that is nearly never, and nearly always, positive

Knobs = Mapping[str, float | None]


def show() -> None:
    """The chart and everything that follows its knobs, for one class of the person's labels."""
    followed = class_to_follow("The class that is scored")
    _choices(followed)
    _own_labels()


@st.fragment
def _choices(followed: int) -> None:
    """Which losses, which case, which costs."""
    choice.settle()
    prevalence = float(labels.current().prevalence[followed])
    start = start_of(choice.current(), followed)
    typical = digits(prevalence) if _LOW <= prevalence <= _HIGH else _USUAL
    shown = loss_pills(_SHOWN, key="scored")
    with st.container(horizontal=True):
        case = bound_number(
            "A case that is truly positive with probability",
            _LOW,
            _HIGH,
            None,
            key="true_probability",
            step=0.01,
            placeholder=f"{typical!r}, as frequent as your positives" if typical != _USUAL else f"{typical!r}",
        )
        ratio = bound_number(
            "A missed positive costs as much as … false alarms", 1e-8, 1e8, 1.0, key="cost_ratio", step=1.0
        )
    case, ratio = typical if case is None else case, 1.0 if ratio is None else ratio
    _chart(figures.ScoreFigure(shown), followed, start, case, ratio)


@st.fragment
def _chart(figure: figures.ScoreFigure, k: int, start: Knobs, case: float, ratio: float) -> None:
    choice.settle()
    names = ", ".join(lossviz.LOSSES[key].label for key in figure.keys)
    st.markdown(prose("scores", "question", case=percent(case)))
    view = live_chart(
        figure,
        key=_KEY,
        defaults=start,
        beside=start_beside(k),
        height=440,
        scales=False,
        alt=f"Score that a perfect model reports over the true probability, under {names}",
    )
    departure.second()
    knobs = {key: figure.knob_values(key, view.values) for key in figure.keys}
    departure.loss(_KEY, knobs, k)
    losses = {key: lossviz.LOSSES[key].from_knobs(**values) for key, values in knobs.items()}
    st.markdown(prose("scores", "reported", case=percent(case)))
    with st.container(horizontal=True):
        for key, loss in losses.items():
            reported = lossviz.optimal_logit(loss, case).item()
            st.metric(f"{lossviz.LOSSES[key].label} reports", score_percent(reported), border=True)
    worth = lossviz.cost_probability(1, ratio)
    times = "as much as" if ratio == 1 else f"{number(ratio)} times as much as"
    st.markdown(prose("scores", "threshold", ratio=times, worth=percent(worth)))
    with st.container(horizontal=True):
        for key, loss in losses.items():
            logit = lossviz.optimal_logit(loss, worth).item()
            beside = f"logit {number(logit)}" if _FAR < abs(logit) < math.inf else None
            st.metric(
                f"{lossviz.LOSSES[key].label}: threshold",
                score(logit),
                delta=beside,
                delta_arrow="off",
                delta_color="off",
                border=True,
            )
    st.markdown(prose("scores", "equivalent"))
    with st.container(horizontal=True):
        for key, loss in losses.items():
            weight = number(lossviz.equivalent_pos_weight(loss))
            st.metric(f"{lossviz.LOSSES[key].label} at 0.5", weight, border=True)
    _asl(knobs, case)
    _alpha(knobs)
    if "zlpr" in knobs:
        st.markdown(prose("scores", "zlpr"))
    entries = [(lossviz.LOSSES[key].label, lossviz.LOSSES[key].code(**knobs[key])) for key in knobs]
    show_code(scores_snippet(entries, case, worth), key=_KEY)
    undo.show(knobs)


def _alpha(knobs: Mapping[str, Knobs]) -> None:
    """What alpha amounts to at a score of 0.5."""
    own = knobs.get("focal", {})
    alpha = own.get("alpha")
    if alpha is None or not 0 < alpha < 1:
        return
    weight, beside = lossviz.equivalent_pos_weight(lossviz.LOSSES["focal"].from_knobs(**own)), own.get("pos_weight")
    shown = number(weight)
    said = {
        "alpha": number(alpha),
        "beside": "" if beside in (None, 1) else f" and its pos_weight of {number(float(beside))}",
        "pos_weight": shown,
        "favoured": "neither side" if shown == "1" else "the positives" if weight > 1 else "the negatives",
    }
    st.markdown(prose("scores", "alpha", **said))


def _asl(knobs: Mapping[str, Knobs], case: float) -> None:
    """What the clip cannot give back, and what detaching the focusing does to the scores."""
    own = knobs.get("asl")
    if own is None:
        return
    if own.get("clip"):
        clip = own["clip"] or 0.0
        st.info(prose("scores", "clip", clip=number(clip)), icon=":material/block:")
    both = {
        kind: lossviz.LOSSES["asl"].from_knobs(**(dict(own) | {"detach_focusing": value}))
        for kind, value in (("full", 0.0), ("detached", 1.0))
    }
    said = {kind: score_percent(lossviz.optimal_logit(loss, case).item()) for kind, loss in both.items()}
    said |= {f"{kind}_half": score_percent(lossviz.optimal_logit(loss, _HALF).item()) for kind, loss in both.items()}
    same = said["full"] == said["detached"] and said["full_half"] == said["detached_half"]
    st.markdown(prose("scores", "detached_same" if same else "detached", case=percent(case), **said))


def _own_labels() -> None:
    """The same for every label or class of the person's data, under the chosen weights."""
    import torch

    now, counts = choice.current(), labels.current()
    if counts.task == "binary":
        return
    prevalence = torch.tensor(counts.prevalence)
    st.subheader("Your labels under your weights", anchor=False)
    if now.of == "pos_weight":
        st.markdown(prose("scores", "labels", scheme=choice.scheme_name(now)))
        half = lossviz.weighted_score(torch.full_like(prevalence, _HALF), now.exact)
        table = {
            "label": list(counts.classes),
            "prevalence": [percent(value) for value in counts.prevalence.tolist()],
            "pos_weight": now.exact.tolist(),
            "a true 50 % case is reported as": [percent(value) for value in half.tolist()],
            "threshold": [number(value) for value in half.tolist()],
        }
    elif counts.task == "multilabel":
        st.markdown(prose("scores", "whole_labels"))
        return
    else:
        st.markdown(prose("scores", "classes", scheme=choice.scheme_name(now)))
        reported = lossviz.weighted_classes(prevalence, now.exact)
        table = {
            "class": list(counts.classes),
            "truly": [percent(value) for value in counts.prevalence.tolist()],
            "weight": now.exact.tolist(),
            "reported, if nothing else is known": [percent(value) for value in reported.tolist()],
        }
    class_table.show(pd.DataFrame(table), key="scores", alt="Effect of the weights on the scores of every label")
    if now.of == "class_weight":
        show_code(classes_snippet(now.exact), key="classes")
