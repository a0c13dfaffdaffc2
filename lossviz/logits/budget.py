"""The gradient budget: which rows the gradient of a training step comes from."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.special import log_ndtr

from lossviz.logits.curves import ElementLoss, element_loss
from lossviz.logits.optimum import gradients


@dataclass(frozen=True)
class GradientBudget:
    """Shares of the total gradient on the logits, which sum to 1 (nan where there is no gradient).

    A row is hard if its score lies on the wrong side of 0.5.
    """

    easy_positives: float
    hard_positives: float
    hard_negatives: float
    easy_negatives: float

    @property
    def positives(self) -> float:
        return self.easy_positives + self.hard_positives

    @property
    def negatives(self) -> float:
        return self.easy_negatives + self.hard_negatives


def gradient_budget(loss: nn.Module, prevalence: float, *, separation: float | None = None) -> GradientBudget:
    r"""Whose gradient it is: positives' or negatives', of easy rows or of hard ones.

    Without a `separation` at the start of training, where every logit is 0 and so no row is easy:
    positives have the share :math:`\pi |L_+'(0)| / (\pi |L_+'(0)| + (1 - \pi) L_-'(0))`.

    With it at the optimum, on rows whose one feature is standard normal, moved by `separation` for
    positives: a perfect model gives each its logit of least expected loss. There positives hold
    half of the gradient under every loss and every weight, because a free intercept comes to rest
    nowhere else; what losses change is which rows it comes from.

    Parameters
    ----------
    loss : nn.Module
        Any differentiable binary loss, as in `lossviz.loss_curve`.
    prevalence : float, between 0 and 1
        Share of positives.
    separation : float, positive, optional
        Distance of the means of positives and negatives, in standard deviations.

    Examples
    --------
    >>> budget = gradient_budget(nn.BCEWithLogitsLoss(), 0.01)
    >>> round(budget.positives, 4), budget.easy_positives
    (0.01, 0.0)
    >>> round(gradient_budget(nn.BCEWithLogitsLoss(), 0.01, separation=2.0).positives, 4)
    0.5
    """
    if not 0 < prevalence < 1:
        raise ValueError(f"prevalence must lie between 0 and 1; got {prevalence:g}.")
    if separation is None:
        up, down = gradients(element_loss(loss), torch.zeros(1, dtype=torch.float64))
        return _shares(0.0, -prevalence * up.item(), (1 - prevalence) * down.item(), 0.0)
    if not (separation > 0 and math.isfinite(separation)):
        raise ValueError(f"separation must be positive and finite; got {separation:g}.")
    return _at_rest(loss, prevalence, separation)


def _at_rest(loss: nn.Module, prevalence: float, separation: float) -> GradientBudget:
    element = element_loss(loss)
    z = _logits(element)
    up, down = gradients(element, z)
    # The feature at which a perfect model gives the logit z.
    log_odds = torch.log(down) - torch.log(-up)
    prior = math.log(prevalence) - math.log1p(-prevalence)
    feature = (log_odds - prior) / separation + separation / 2
    z, up, down, feature = (row[feature.isfinite()] for row in (z, up, down, feature))
    feature = feature.cummax(dim=0).values
    positives = -prevalence * _mass(feature - separation) * _middle(up)
    negatives = (1 - prevalence) * _mass(feature) * _middle(down)
    right = _middle(z) > 0
    parts = (positives[right], positives[~right], negatives[right], negatives[~right])
    return _shares(*(part.sum().item() for part in parts))


def _logits(element: ElementLoss) -> Tensor:
    """A grid; where negatives begin to have a gradient, as at a clip, all rare cases end: there it is ever finer."""
    z = torch.linspace(-40, 40, 16001, dtype=torch.float64)
    silent = gradients(element, z)[1] == 0
    first = int((~silent).int().argmax())
    if not first or not silent[:first].all() or silent.all():
        return z
    low, high = z[first - 1], z[first]
    for _ in range(9):  # each time to a 64th
        points = low + (high - low) * torch.linspace(0, 1, 65, dtype=torch.float64)
        at = int((gradients(element, points)[1] != 0).int().argmax().clamp(min=1))
        low, high = points[at - 1], points[at]
    finer = high + torch.logspace(-14, 0, 1600, dtype=torch.float64)
    return torch.cat([z, finer]).sort().values


def _mass(edges: Tensor) -> Tensor:
    """The standard normal's mass between neighbouring edges, without cancellation on either side."""
    left, right = torch.exp(log_ndtr(edges)), torch.exp(log_ndtr(-edges))
    return torch.where(edges[1:] < 0, left.diff(), -right.diff())


def _middle(values: Tensor) -> Tensor:
    return (values[1:] + values[:-1]) / 2


def _shares(*amounts: float) -> GradientBudget:
    total = sum(amounts)
    return GradientBudget(*(amount / total if total else math.nan for amount in amounts))
