"""What weights cost, and where to begin under them: samples left, biases, size of the steps, for the loss in use."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import streamlit as st

import lossviz
from lossviz.notation import number, percent
from lossviz.snippets.starting import bias_snippet
from ui.shared.charts import show_code
from ui.shared.downloads import MOST_PASTED
from ui.shared.prose import named, plain, prose

if TYPE_CHECKING:
    from lossviz.choice.choice import Choice
    from lossviz.choice.starting import Start

_ROUNDING = 1e-9
_PLAIN = {"elements": "plain BCE", "classes": "plain cross-entropy"}


def show(chosen: Choice) -> None:
    """For pos_weight the price of the rarest label's, else of all class weights together; then where to begin."""
    st.markdown(prose("weights", "price"))
    _samples(chosen)
    try:
        start = _start(chosen)
    except ValueError as error:  # nothing occurs, or all that does has weight 0
        st.warning(plain(str(error)), icon=":material/block:")
        return
    name = named(chosen.counts.classes[chosen.counts.rarest])
    if not start.biases[start.output].isfinite():
        st.markdown(prose("weights", "start_none", name=name))
        return
    _biases(chosen, start, name)
    _steps(chosen, start, name)
    _twice(chosen, start)


@lru_cache(maxsize=64)
def _start(chosen: Choice) -> Start:
    return lossviz.start_of(chosen)


def _samples(chosen: Choice) -> None:
    """Kish's effective share of the samples."""
    import torch

    counts, k = chosen.counts, chosen.counts.rarest
    if chosen.of == "pos_weight":
        each = torch.tensor([counts.negatives[k], counts.positives[k]])
        pair = torch.stack([torch.ones((), dtype=torch.float64), chosen.exact[0 if counts.task == "binary" else k]])
    elif counts.task == "multilabel":
        return  # a row has several of these weights
    else:
        each, pair = torch.tensor(counts.positives), chosen.exact
    if not float((each * pair).sum()) > 0:
        return
    share = lossviz.effective_sample_size(each, pair)
    total = int(each.sum())
    said = {"samples": f"{total:,}", "left": number(share * total), "share": percent(share)}
    said["of"] = f" of *{named(counts.classes[k])}*" if counts.task == "multilabel" else ""
    unweighted = share > 1 - _ROUNDING
    st.markdown(prose("weights", "samples_all" if unweighted else "samples", **said))


def _biases(chosen: Choice, start: Start, name: str) -> None:
    """What to set the biases to, what training begins at then, and the code."""
    softmax, zero = lossviz.takes(str(chosen.loss)) == "classes", not start.usable.any()
    bias = number(start.biases[start.output].item())
    said = {"name": name, "bias": bias, "loss": lossviz.LOSSES[str(chosen.loss)].title}
    if softmax:
        section = "start_softmax_zero" if zero else "start_softmax"
    elif len(start.biases) == 1:
        section = "start_sigmoid_zero" if zero else "start_sigmoid"
    else:
        section = "start_labels_zero" if zero else "start_labels"
    here, at_zero = number(start.loss), number(start.loss_at_zero)
    text = prose("weights", section, **said)
    whose = f" for *{name}*" if chosen.counts.task == "multilabel" else ""
    if chosen.loss == "zlpr" and len(start.biases) > 1:
        text += " " + prose("weights", "start_zlpr")
    elif zero:
        text += " " + prose("weights", "start_at", once=here, whose=whose)
    elif start.loss < start.loss_at_zero and here != at_zero:
        text += " " + prose("weights", "start_instead", once=here, zero=at_zero, whose=whose)
    st.markdown(text)
    names = chosen.counts.classes[-len(start.biases) :]
    code = bias_snippet(start, names)
    if len(names) <= MOST_PASTED:
        st.code(code, language="python", wrap_lines=True)
    else:
        show_code(code, key="biases")
    without = [name for name, bias in zip(names, start.biases.tolist(), strict=True) if not abs(bias) < float("inf")]
    if without:
        listed = ", ".join(named(name) for name in without[:12]) + (" …" if len(without) > 12 else "")
        st.caption(prose("weights", "start_without", names=listed))


def _steps(chosen: Choice, start: Start, name: str) -> None:
    """How large the first steps are."""
    if start.scale != start.scale:  # not a number, for a loss whose labels share one gradient
        return
    scale = number(start.scale)
    said = {"plain": _PLAIN[lossviz.takes(str(chosen.loss))], "scale": scale}
    if len(start.biases) > 1 and lossviz.takes(str(chosen.loss)) == "elements":
        said["plain"] += f" for {name}"
    st.markdown(prose("weights", "steps_same" if scale == "1" else "steps", **said))


def _twice(chosen: Choice, start: Start) -> None:
    """A warning where the prior's biases would correct a second time."""
    said = {"twice": number(start.loss_at_prior), "once": number(start.loss)}
    pull = number(start.slope_at_prior)
    rest = number(start.slope if abs(start.slope) > _ROUNDING else 0.0)
    with st.container(key="weights:twice"):
        if start.doubled and said["twice"] != said["once"] and pull != rest:
            said |= {"prior": number(start.prior[start.output].item()), "pull": pull, "rest": rest}
            said["plain"] = _PLAIN[lossviz.takes(str(chosen.loss))]
            st.info(prose("weights", "price_twice", **said), icon=":material/warning:")
