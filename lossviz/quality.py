"""What weights cost: how many samples are left of the data, how much larger the steps get, where to begin."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits


def effective_sample_size(counts: Tensor, weights: Tensor) -> float:
    r"""Kish's effective share of the samples, of classes with `counts` (K,) under `weights` (K,).

    .. math:: \frac{(\sum_c n_c w_c)^2}{N \sum_c n_c w_c^2}

    With balanced weights of two classes it is :math:`4 \pi (1 - \pi)`. It bounds the noise of an average; for
    a fitted model it overstates what is lost, most where the classes are well separated.

    Source: L. Kish, Survey Sampling, 1965.

    Examples
    --------
    >>> import torch
    >>> round(effective_sample_size(torch.tensor([99, 1]), torch.tensor([1.0, 99.0])), 4)  # 4 * 0.01 * 0.99
    0.0396
    """
    n, w = torch.as_tensor(counts).double(), torch.as_tensor(weights).double()
    if n.shape != w.shape or n.ndim != 1:
        raise ValueError(f"counts and weights must both have shape (K,); got {tuple(n.shape)} and {tuple(w.shape)}.")
    if not ((n >= 0).all() and (w >= 0).all() and w.isfinite().all()):
        raise ValueError("counts and weights must be 0 or more, and weights finite.")
    moment = (n * w).sum()
    if not moment > 0:
        raise ValueError("The weights of these samples sum to 0, and nothing is left of them.")
    return float(moment**2 / (n.sum() * (n * w**2).sum()))


def gradient_scale(prevalence: float, pos_weight: float) -> float:
    r"""How many times as large the gradient is under `pos_weight` as without, at logit 0: 1 + (w - 1) pi.

    The learning rate of SGD acts as multiplied by it; Adam and its like cancel it.

    Examples
    --------
    >>> round(gradient_scale(0.01, 99), 4)  # 2 (1 - pi) for the balanced weight
    1.98
    """
    _check(prevalence, pos_weight)
    return 1 + (pos_weight - 1) * prevalence


def prior_logit(prevalence: float, pos_weight: float = 1.0) -> float:
    r"""The bias to begin with, from which the first step need not move it: log(w pi / (1 - pi)).

    Examples
    --------
    >>> round(prior_logit(0.01), 4), prior_logit(0.01, 99)
    (-4.5951, 0.0)
    """
    _check(prevalence, pos_weight)
    bias = math.log(pos_weight) + math.log(prevalence) - math.log1p(-prevalence)
    return bias if abs(bias) > 1e-12 else 0.0


def starting_point(prevalence: float, pos_weight: float, bias: float) -> tuple[float, float]:
    """Mean loss, and its gradient with respect to the bias, of BCE where every logit is `bias`.

    With the plain prior's bias *and* a balanced pos_weight the imbalance is corrected twice.

    Examples
    --------
    >>> loss, slope = starting_point(0.01, 99, prior_logit(0.01))
    >>> round(loss, 3), round(slope, 3)
    (4.569, -0.97)
    """
    _check(prevalence, pos_weight)
    target = torch.tensor([1, 0], dtype=torch.float64)
    shares = torch.tensor([prevalence, 1 - prevalence], dtype=torch.float64)
    with torch.enable_grad():
        z = torch.tensor(bias, dtype=torch.float64, requires_grad=True)
        weight = torch.tensor(pos_weight, dtype=torch.float64)
        loss = binary_cross_entropy_with_logits(z.expand(2), target, shares, reduction="sum", pos_weight=weight)
        (slope,) = torch.autograd.grad(loss, z)
    return loss.item(), slope.item()


def _check(prevalence: float, pos_weight: float) -> None:
    if not 0 < prevalence < 1:
        raise ValueError(f"prevalence must lie between 0 and 1; got {prevalence:g}.")
    if not 0 < pos_weight < math.inf:
        raise ValueError(f"pos_weight must be positive and finite; got {pos_weight:g}.")
