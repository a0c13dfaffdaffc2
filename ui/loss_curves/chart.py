"""The loss curves: which losses, presets, the live chart, and what follows from where its knobs stand."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

import lossviz
from lossviz import figures
from lossviz.notation import number, score
from lossviz.snippets.losses import curves_snippet
from ui.live_chart import departure, live_chart, set_values
from ui.loss_curves import gradient_budget
from ui.shared import choice, labels
from ui.shared.charts import show_code
from ui.shared.follow import class_to_follow
from ui.shared.losses import loss_pills, start_beside, start_of
from ui.shared.prose import prose

_KEY = "curves"
_SHOWN = ["bce", "ce", "focal", "asl"]

Knobs = Mapping[str, float | None]


def show() -> None:
    """The page's one chart, and the class of the person's labels that it starts from."""
    followed = class_to_follow("Start from the weight of")
    _choices(followed, start_of(choice.current(), followed), float(labels.current().prevalence[followed]))


@st.fragment
def _choices(k: int, start: Knobs, prevalence: float) -> None:
    """Which losses, and presets; a step of a knob does not come back to here."""
    choice.settle()
    figure = figures.LossFigure(loss_pills(_SHOWN, key="losses"))
    with st.container(horizontal=True, gap="small", key="presets"):
        for name, knobs in _presets(start).items():
            st.button(name, key=f"preset:{name}", on_click=_apply, args=(knobs,))
    _chart(figure, k, start, prevalence)


@st.fragment
def _chart(figure: figures.LossFigure, k: int, start: Knobs, prevalence: float) -> None:
    """The chart with its knobs, and what follows from them."""
    choice.settle()
    names = ", ".join(lossviz.LOSSES[key].label for key in figure.keys)
    view = live_chart(
        figure,
        key=_KEY,
        defaults=start,
        beside=start_beside(k),
        height=560,
        alt=f"Loss and gradient over the logit of {names}",
    )
    departure.second()
    knobs = {key: figure.knob_values(key, view.values) for key in figure.keys}
    departure.loss(_KEY, knobs, k)
    _consequences(figure, view.values)
    gradient_budget.show(knobs, prevalence)


def _presets(start: Knobs) -> dict[str, Knobs]:
    plain_bce = {"bce.pos_weight": 1.0, "ce.weight_0": 1.0, "ce.weight_1": 1.0}
    return {
        "plain": plain_bce,
        "my choice": plain_bce | dict(start),
        "RetinaNet: α .25, γ 2": {"focal.alpha": 0.25, "focal.gamma": 2.0, "focal.pos_weight": 1.0},
        "ASL: 4, 1, .05": {
            "asl.gamma_neg": 4.0,
            "asl.gamma_pos": 1.0,
            "asl.clip": 0.05,
            "asl.detach_focusing": 0.0,
            "asl.pos_weight": 1.0,
        },
        "focal that is BCE: γ 0, α off": plain_bce | {"focal.alpha": None, "focal.gamma": 0.0, "focal.pos_weight": 1.0},
    }


def _apply(knobs: Knobs) -> None:
    """Turn the knobs, and show the losses that they belong to."""
    shown = list(st.session_state.get("losses") or _SHOWN)
    st.session_state["losses"] = shown + [k for k in dict.fromkeys(n.split(".")[0] for n in knobs) if k not in shown]
    set_values(_KEY, knobs)


def _consequences(figure: figures.LossFigure, values: Knobs) -> None:
    """Formulas with the numbers in them, what they amount to, and the code."""
    knobs = {key: figure.knob_values(key, values) for key in figure.keys}
    ratios = figure.equivalent_pos_weights(values)
    st.markdown(prose("loss_curves", "weight"))
    with st.container(horizontal=True):
        for key, ratio in ratios.items():
            st.metric(lossviz.LOSSES[key].label, number(ratio), border=True)
    _equivalences(knobs, ratios)
    formulas = {lossviz.LOSSES[key].label: lossviz.LOSSES[key].formula(**knobs[key]) for key in figure.keys}
    with st.container(horizontal=True):
        for target in ("positive", "negative"):
            rows = [rf"\text{{{label}}} & {both[target == 'negative']} \\" for label, both in formulas.items()]
            rows = [row.replace(r",\quad ", r" \\ & ") for row in rows]  # what a symbol stands for, below it
            head = rf"p = \sigma(x) & \textsf{{loss of a {target}}} \\ \hline "
            st.latex(r"\small\def\arraystretch{1.4}\begin{array}{l|l}" + head + "".join(rows) + r"\end{array}")
    entries = [(lossviz.LOSSES[key].label, lossviz.LOSSES[key].code(**knobs[key])) for key in knobs]
    show_code(curves_snippet(entries), key=_KEY)


def _equivalences(knobs: Mapping[str, Knobs], ratios: Mapping[str, float]) -> None:
    """Sentences that hold for the knobs as they stand."""
    focal = knobs.get("focal", {})
    alpha, gamma = focal.get("alpha"), focal.get("gamma")
    unweighted = focal.get("pos_weight") == 1
    if unweighted and gamma == 0 and alpha is None:
        module = lossviz.LOSSES["focal"].from_knobs(**focal)
        difference = lossviz.largest_difference(module, lossviz.LOSSES["bce"].from_knobs())
        st.info(prose("loss_curves", "gamma_zero", difference=number(difference)), icon=":material/equal:")
    elif alpha in (0, 1):
        which = "positives" if alpha == 0 else "negatives"
        st.info(prose("loss_curves", "alpha_end", alpha=number(alpha), which=which), icon=":material/block:")
    elif unweighted and alpha is not None:
        weight = number(ratios["focal"])
        said = {"alpha": number(alpha), "pos_weight": weight, "scale": number(1 - alpha)}
        only = "only " if ratios["focal"] < 1 else ""
        said["comparison"] = "as much as" if weight == "1" else f"{only}{weight} times as much as"
        st.info(prose("loss_curves", "alpha", **said), icon=":material/equal:")
    if knobs.get("asl", {}).get("detach_focusing"):
        _detached(knobs["asl"])


def _detached(asl: Knobs) -> None:
    """Where detaching changes the gradient most, on the logits of the chart."""
    loss = lossviz.LOSSES["asl"]
    both = [loss.from_knobs(**(dict(asl) | {"detach_focusing": value})) for value in (1.0, 0.0)]
    found = []
    for target, name in ((0, "negative"), (1, "positive")):
        detached, full = (lossviz.loss_curve(each, target) for each in both)
        gap = (detached.gradient - full.gradient).abs()
        at = int(gap.argmax())
        found.append((gap[at].item(), name, detached.logits[at], detached.gradient[at], full.gradient[at]))
    most, name, logit, slope, whole = max(found, key=lambda each: each[0])
    section = "detached" if most > 0 and number(slope.item()) != number(whole.item()) else "detached_same"
    said = {"target": name, "detached": number(slope.item()), "full": number(whole.item())}
    st.info(prose("loss_curves", section, **said, score=score(logit.item(), 2)), icon=":material/info:")
