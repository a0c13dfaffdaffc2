"""Schemes of class weights as pos_weight, and what may be said beside a scheme."""

from __future__ import annotations

import inspect
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from lossviz.counts.label_counts import LabelCounts
from lossviz.weights.schemes import SCHEMES, Sizes, check_scheme, knob_values
from lossviz.weights.tensors import ZeroCount, capped, check_numbers, class_weights, pos_weight

Target = Literal["pos_weight", "class_weight"]


def default_target(counts: LabelCounts) -> Target:
    """What weights are made for, unless one says otherwise: one number for two classes, pos_weight for labels."""
    return "pos_weight" if counts.task in ("binary", "multilabel") else "class_weight"


def option_names(target: Target, scheme: str) -> list[str]:
    """What may be said beside a scheme, by name; ValueError for a scheme that there is not.

    Examples
    --------
    >>> option_names("pos_weight", "effective")
    ['beta', 'zero_count', 'max_weight']
    """
    check_scheme(scheme)
    of_pos_weight = pos_weight if scheme == "balanced" else scheme_ratios
    parameters = inspect.signature(class_weights if target == "class_weight" else of_pos_weight).parameters
    by_keyword = [name for name, each in parameters.items() if each.kind is each.KEYWORD_ONLY]
    return [*(knob.name for knob in SCHEMES[scheme].knobs), *(name for name in by_keyword if name != "dtype")]


def scheme_ratios(
    counts: LabelCounts,
    scheme: str,
    *,
    zero_count: ZeroCount = "clamp",
    max_weight: float | None = None,
    **knobs: float,
) -> Tensor:
    """A scheme of class weights as pos_weight: the ratio of its two weights, of a label's positives and negatives.

    Parameters
    ----------
    counts : LabelCounts
    scheme : str
        A key of `SCHEMES`; "balanced" gives `pos_weight` itself.
    zero_count, max_weight
        As in `pos_weight`.
    **knobs : float
        The scheme's own.

    Returns
    -------
    Tensor, float64, (K,); (1,) for a binary task

    Examples
    --------
    >>> scheme_ratios(LabelCounts(("no", "yes"), [90, 10], [10, 90], 100, "binary"), "inverse_sqrt")
    tensor([3.], dtype=torch.float64)
    """
    recipe, values = SCHEMES[scheme], knob_values(scheme, knobs)
    check_numbers(**values, max_weight=max_weight)
    balanced = pos_weight(counts, zero_count=zero_count, dtype=torch.float64)  # names the labels that are empty
    which = slice(-len(balanced), None)
    pairs = torch.tensor(np.stack([counts.negatives[which], counts.positives[which]], axis=1), dtype=torch.float64)
    whole = pairs if recipe.finite_at_zero else pairs.clamp(min=1)
    weights = [recipe.compute(Sizes(n, pair, 2), values) for n, pair in zip(whole, pairs, strict=True)]
    ratios = torch.stack([of_positives / of_negatives for of_negatives, of_positives in weights])
    # Where balancing gives weight 0, there is nothing to hold positives against, or it was asked for.
    return capped(torch.where(balanced > 0, ratios, 0.0), max_weight)
