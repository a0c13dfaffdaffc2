"""What a weight costs, next to the weight: samples left, size of the steps, the bias to begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

import lossviz
from lossviz.counts import LabelCounts
from lossviz.notation import number, percent
from ui.prose import plain, prose

if TYPE_CHECKING:
    from torch import Tensor

_ROUNDING = 1e-9


def show(counts: LabelCounts, weights: Tensor, argument: str) -> None:
    """For pos_weight the price of the rarest label's, else of all class weights together."""
    import torch

    k = counts.rarest
    positives, negatives = int(counts.positives[k]), int(counts.negatives[k])
    if argument == "pos_weight":
        weight = weights[0 if counts.task == "binary" else k].item()
        each, pair = torch.tensor([negatives, positives]), torch.tensor([1.0, weight], dtype=torch.float64)
    else:
        each, pair = torch.tensor(counts.positives), weights
        weight = _against_the_rest(each, weights, k)
    if not float((each * pair).sum()) > 0:
        return
    share = lossviz.effective_sample_size(each, pair)
    total = int(each.sum())
    said = {"samples": f"{total:,}", "left": f"{share * total:,.0f}", "share": percent(share)}
    st.markdown(prose("weights", "price", **said))
    name = plain(counts.classes[k])
    if not positives or not negatives or not weight > 0:
        st.markdown(prose("weights", "price_never", name=name))
        return
    prevalence = positives / (positives + negatives)
    said = {
        "bias": number(lossviz.prior_logit(prevalence, weight)),
        "prior": number(lossviz.prior_logit(prevalence)),
        "scale": number(lossviz.gradient_scale(prevalence, weight)),
    }
    st.markdown(prose("weights", "price_binary", name=name, **said))
    twice, pull = lossviz.starting_point(prevalence, weight, lossviz.prior_logit(prevalence))
    once, rest = lossviz.starting_point(prevalence, weight, lossviz.prior_logit(prevalence, weight))
    if twice > once:
        said = {"prior": said["prior"], "twice": number(twice), "once": number(once)}
        said |= {"pull": number(pull), "rest": number(rest if abs(rest) > _ROUNDING else 0.0)}
        st.info(prose("weights", "price_twice", **said), icon=":material/warning:")


def _against_the_rest(counts: Tensor, weights: Tensor, k: int) -> float:
    """The weight of class `k` over the mean weight of all other samples."""
    others = counts.double().clone()
    others[k] = 0
    total = float((others * weights).sum())
    return float(weights[k]) * float(others.sum()) / total if total > 0 else 0.0
