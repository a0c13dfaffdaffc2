"""What weights cost: how many samples are left of the data, how much larger the steps get, where to begin."""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Sequence

import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from lossviz.counts.arguments import LabelsWarning, class_counts, doubt
from lossviz.counts.label_counts import LabelCounts
from lossviz.logits.curves import check_weight
from lossviz.logits.softmax import log_scores, terms_of

_ROUNDING = 1e-12


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
    for name, values in (("counts", n), ("weights", w)):
        check_weight(name, values)
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
    return bias if abs(bias) > _ROUNDING else 0.0


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


def prior_logits(loss: nn.Module, counts: LabelCounts | ArrayLike) -> Tensor:
    r"""The biases to begin a softmax model with, from which the first step need not move them.

    .. math:: b_c = \log(n_c w_c) + const

    for cross-entropy; under balanced weights they are equal. `SoftmaxFocalLoss` and label smoothing
    have their own, where the expected gradient is 0 as well.

    Parameters
    ----------
    loss : nn.Module
        CrossEntropyLoss or SoftmaxFocalLoss with its weights.
    counts : LabelCounts or array-like of int, shape (K,)

    Returns
    -------
    Tensor, float64, shape (K,)
        Their mean is 0. -inf for a class that never occurs, or has weight 0, unless labels are
        smoothed: begin it at the least of the others.

    Examples
    --------
    >>> prior_logits(nn.CrossEntropyLoss(), [900, 100])  # ln 9 apart
    tensor([ 1.0986, -1.0986], dtype=torch.float64)
    >>> prior_logits(nn.CrossEntropyLoss(weight=torch.tensor([0.5556, 5.0])), [900, 100]).round(decimals=3) + 0
    tensor([0., 0.], dtype=torch.float64)
    """
    n = _counts(counts)
    logits = log_scores(loss, n / n.sum())
    logits = logits - logits[logits.isfinite()].mean()
    weight = getattr(loss, "weight", None)
    rounding = _ROUNDING
    if isinstance(weight, Tensor) and weight.is_floating_point():
        rounding = max(rounding, 4 * torch.finfo(weight.dtype).eps)
    return torch.where(logits.abs() < rounding, 0.0, logits)


def starting_loss(
    loss: nn.Module, counts: LabelCounts | ArrayLike, biases: Tensor | Sequence[float]
) -> tuple[float, Tensor]:
    """Mean loss of a softmax model whose logits are `biases` (K,) for every sample, and its gradient there.

    The mean is that of ``reduction="mean"`` over all samples, divided by the sum of their weights.

    Examples
    --------
    >>> weight = torch.tensor([1 / 1.8, 5.0])
    >>> loss, slope = starting_loss(nn.CrossEntropyLoss(weight=weight), [900, 100], [0.0, 0.0])
    >>> round(loss, 4), slope.abs().max().item() < 1e-7  # ln 2
    (0.6931, True)
    """
    n = _counts(counts)
    start = torch.as_tensor(biases, dtype=torch.float64).detach()
    if start.shape != n.shape or not start.isfinite().all():
        raise ValueError(f"biases must hold one finite number for each of the {n.numel()} classes; got {biases}.")
    weight = terms_of(loss, n.numel()).weight
    if not (n * weight).sum() > 0:
        raise ValueError("The weights of all classes that occur are 0; give one of them a weight.")
    each = copy.deepcopy(loss).double()
    each.reduction = "none"  # type: ignore[assignment]
    if isinstance(each, nn.CrossEntropyLoss):
        each.weight = None if loss.weight is None else weight
    with torch.enable_grad():
        z = start.clone().requires_grad_()
        values = each(z.expand(n.numel(), -1), torch.arange(n.numel()))
        # A class that never occurs may have a loss that is not a number, and it counts nowhere.
        mean = (n * values)[n > 0].sum() / (n * weight).sum()
        (slope,) = torch.autograd.grad(mean, z)
    return mean.item(), slope


def _counts(counts: LabelCounts | ArrayLike) -> Tensor:
    if isinstance(counts, LabelCounts) and counts.task == "multilabel":
        raise ValueError("A softmax loss is for exclusive classes, and these labels may occur together.")
    n = class_counts(counts)[1]
    if suspicion := doubt(counts, n):
        warnings.warn(suspicion, LabelsWarning, stacklevel=3)
    return torch.tensor(n, dtype=torch.float64)


def _check(prevalence: float, pos_weight: float) -> None:
    if not 0 < prevalence < 1:
        raise ValueError(f"prevalence must lie between 0 and 1; got {prevalence:g}.")
    if not 0 < pos_weight < math.inf:
        raise ValueError(f"pos_weight must be positive and finite; got {pos_weight:g}.")
