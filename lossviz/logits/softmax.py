"""Softmax losses of any number of classes: what a perfect model reports, and what its scores mean.

Both follow from where the expected loss is least. With class weights w, label smoothing e and
true probabilities eta, cross-entropy is least where p_k is in proportion to
``w_k ((1 - e) eta_k + e / K)``; softmax focal loss where ``eta_k w_k phi(p_k) / p_k`` is the same
for all classes, with ``phi(p) = (1 - p)^gamma - gamma (1 - p)^(gamma - 1) p log p``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid

from lossviz.logits.curves import check_weight
from lossviz.losses.softmax_focal import SoftmaxFocalLoss

# Scores of a file are rounded: ten classes of two decimals are off by this much.
MOST_OFF = 0.01
# Beyond it a sigmoid is 0 in float64.
_FARTHEST = 745.0


@dataclass(frozen=True, eq=False)
class Terms:
    """What of a softmax loss decides its scores: `weight` (K,), gamma and label smoothing."""

    weight: Tensor
    gamma: float = 0.0
    smoothing: float = 0.0


def is_softmax(loss: nn.Module) -> bool:
    return isinstance(loss, (nn.CrossEntropyLoss, SoftmaxFocalLoss))


def weights_of(loss: nn.Module) -> int:
    """How many class weights `loss` has; 0 if none."""
    weight = getattr(loss, "weight", None)
    return 0 if weight is None else int(torch.as_tensor(weight).numel())


def terms_of(loss: nn.Module, classes: int) -> Terms:
    """The terms of `loss` for so many classes; a loss without weights has ones.

    Raises
    ------
    TypeError
        If `loss` is no softmax loss.
    ValueError
        If its weights are of another number of classes.
    """
    if not isinstance(loss, (nn.CrossEntropyLoss, SoftmaxFocalLoss)):
        raise TypeError(
            f"loss must be a softmax loss, CrossEntropyLoss or SoftmaxFocalLoss, for scores of {classes} classes; "
            f"got {type(loss).__name__}. Sigmoid losses take one label at a time."
        )
    weight = torch.ones(classes) if loss.weight is None else loss.weight
    weight = torch.as_tensor(weight, dtype=torch.float64).detach().cpu()
    if weight.shape != (classes,):
        raise ValueError(f"The loss has {weight.numel()} weights for scores of {classes} classes; pass one per class.")
    check_weight("weight", weight)
    if isinstance(loss, SoftmaxFocalLoss):
        return Terms(weight, gamma=float(loss.gamma))
    return Terms(weight, smoothing=float(loss.label_smoothing))


def class_scores(loss: nn.Module, probability: Tensor) -> Tensor:
    """The scores of a perfect model trained with a softmax `loss`, of true probabilities (..., K) that sum to 1.

    Examples
    --------
    >>> loss = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 5, 20]))
    >>> class_scores(loss, torch.tensor([0.7, 0.2, 0.1]))
    tensor([0.1892, 0.2703, 0.5405], dtype=torch.float64)
    """
    return _log_scores(terms_of(loss, probability.shape[-1]), probability.double()).exp()


def class_probability(loss: nn.Module, scores: Tensor) -> Tensor:
    """The true probabilities (..., K) that `scores` (..., K) of a model trained with a softmax `loss` mean.

    Rows are nan where the loss never leads there: below what label smoothing leaves of every class,
    and wherever a class has weight 0, whose probability no score tells.

    Examples
    --------
    >>> loss = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 49, 3]))
    >>> class_probability(loss, torch.tensor([0.6, 0.3, 0.1]))
    tensor([0.9383, 0.0096, 0.0521], dtype=torch.float64)
    """
    of = terms_of(loss, scores.shape[-1])
    rounding = torch.finfo(scores.dtype).eps if scores.is_floating_point() else 0.0
    p = scores.detach().double()
    mass = p / of.weight / _focusing(p, of.gamma)
    # One class that is certain has all the mass there is.
    certain = mass.isinf()
    mass = torch.where(certain.any(dim=-1, keepdim=True), certain.double(), mass)
    mixed = mass / mass.sum(dim=-1, keepdim=True)
    if of.smoothing >= 1 or not (of.weight > 0).all():
        return torch.full_like(p, torch.nan)
    share = of.smoothing / p.shape[-1]
    eta = (mixed - share) / (1 - of.smoothing)
    # Each mixed share is a quotient of sums of K rounded scores.
    noise = (p.shape[-1] + 8) * max(rounding, torch.finfo(torch.float64).eps) / (1 - of.smoothing)
    reached = (eta >= -noise).all(dim=-1, keepdim=True)
    eta = eta.clamp(min=0)
    return torch.where(reached, eta / eta.sum(dim=-1, keepdim=True), torch.nan)


def _focusing(p: Tensor, gamma: float) -> Tensor:
    """``phi(p)``: how much less than p a score's share is, 1 without focusing and 0 where p is 1."""
    if not gamma:
        return torch.ones_like(p)
    # The others' sum keeps the digits of 1 - p where p is nearly 1.
    top = p.argmax(dim=-1, keepdim=True)
    others = p.scatter(-1, top, 0.0).sum(dim=-1, keepdim=True)
    miss = (1 - p).scatter(-1, top, others)
    phi = miss**gamma - gamma * miss ** (gamma - 1) * torch.xlogy(p, p)
    return torch.where(miss == 0, 0.0, phi)


def log_scores(loss: nn.Module, probability: Tensor) -> Tensor:
    """Logarithm of `class_scores`, -inf where a score is 0."""
    return _log_scores(terms_of(loss, probability.shape[-1]), probability.double())


def _log_scores(of: Terms, eta: Tensor) -> Tensor:
    wanted = (of.weight * ((1 - of.smoothing) * eta + of.smoothing / eta.shape[-1])).log()
    if (wanted == -torch.inf).all():
        raise ValueError("The weights of all classes that occur are 0; give one of them a weight.")
    if not of.gamma:
        return wanted.log_softmax(dim=-1)
    # The shares of all classes grow with one level; where they sum to 1 they are the scores.

    def log_sum(level: Tensor) -> tuple[Tensor, Tensor]:
        z, growth = _logits(wanted + level, of.gamma)
        p = torch.sigmoid(z)
        total = p.sum(dim=-1, keepdim=True)
        return total.log(), (p * torch.sigmoid(-z) / growth).sum(dim=-1, keepdim=True) / total

    highest = wanted.amax(-1, keepdim=True)
    start = -wanted.logsumexp(-1, keepdim=True)
    level = _rising_zero(log_sum, start, -2 * _FARTHEST - highest, 2 * _FARTHEST - highest)
    return logsigmoid(_logits(wanted + level, of.gamma)[0]).log_softmax(dim=-1)


def _logits(size: Tensor, gamma: float) -> tuple[Tensor, Tensor]:
    """The logits z at which ``log(p / phi(p))`` has the given `size`, and how fast it grows there with z."""
    never = size == -torch.inf
    size = torch.where(never, 0.0, size)

    def off(z: Tensor) -> tuple[Tensor, Tensor]:
        p, q = torch.sigmoid(z), torch.sigmoid(-z)
        log_p, log_q = logsigmoid(z), logsigmoid(-z)
        # phi is q^gamma (1 - gamma p log p / q), and log p over q tends to -1 where q is nearly 0
        ratio = torch.where(z > 30, -1.0, log_p / log_q.exp())
        inside = 1 - gamma * p * ratio
        return log_p - gamma * log_q - inside.log() - size, q + gamma * p * (1 + (1 + ratio) / inside)

    farthest = torch.full_like(size, 4 * _FARTHEST * max(1.0, 1 / gamma))
    # phi is 1 at one end, and q^gamma (1 + gamma) at the other
    start = torch.where(size < 0, size, (size + math.log1p(gamma)) / gamma).clamp(-farthest, farthest)
    z = _rising_zero(off, start, -farthest, farthest)
    return torch.where(never, -torch.inf, z), off(z)[1]


def _rising_zero(function: Callable[[Tensor], tuple[Tensor, Tensor]], at: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """Where a rising function is 0, each between its `low` and `high`: Newton's steps, and halves where they leave."""
    for _ in range(70):
        value, slope = function(at)
        low, high = torch.where(value > 0, low, at), torch.where(value > 0, at, high)
        step = at - value / slope
        following = torch.where((step > low) & (step < high), step, (low + high) / 2)
        near = ((following - at).abs() <= 1e-13 * (1 + at.abs())).all()
        at = following  # and the last step has squared what was left
        if near:
            break
    return at
