"""What a loss makes of a probability: the score that is best for it, and the way back.

Everything follows from two gradients. A perfect model settles, for cases of which a share eta is
positive, at the logit z where ``eta * |L+'(z)| = (1 - eta) * L-'(z)``.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from lossviz.curves import ElementLoss, curves_of, element_loss


def true_probability(loss: nn.Module, logits: Tensor) -> Tensor:
    r"""The probability that a perfectly trained model means by each logit.

    .. math:: \eta(z) = \frac{L_-'(z)}{L_-'(z) - L_+'(z)}

    Parameters
    ----------
    loss : nn.Module
        Any differentiable binary loss, as in `loss_curve`.
    logits : Tensor, any shape

    Returns
    -------
    Tensor, float64, the shape of `logits`
        nan where negatives have no gradient, as in the clip zone of the asymmetric loss: every
        probability low enough ends there, and no function of the logit can tell them apart.

    Examples
    --------
    >>> weighted = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([99.0]))
    >>> true_probability(weighted, torch.tensor([0.0]))
    tensor([0.0100], dtype=torch.float64)
    """
    z = logits.detach().double()
    of_positive, of_negative = gradients(element_loss(loss), z)
    eta = of_negative / (of_negative - of_positive)
    underflown = (torch.sigmoid(z) == 0) & (of_negative == 0) & (of_positive != 0)
    return torch.where(of_negative == 0, torch.where(underflown, 0.0, torch.nan), eta)


def optimal_logit(loss: nn.Module, probability: Tensor | float) -> Tensor:
    """The logit at which the expected loss is least, if a share `probability` of cases is positive.

    Parameters
    ----------
    loss : nn.Module
        Any differentiable binary loss, as in `loss_curve`.
    probability : Tensor or float, in [0, 1]

    Returns
    -------
    Tensor, float64, the shape of `probability`
        Infinite where the expected loss falls for ever; a kink of the loss where it is least there.

    Examples
    --------
    >>> optimal_logit(nn.BCEWithLogitsLoss(pos_weight=torch.tensor([99.0])), 0.01)
    tensor(0., dtype=torch.float64)
    """
    eta = torch.as_tensor(probability, dtype=torch.float64)
    if not ((eta >= 0) & (eta <= 1)).all():
        raise ValueError("Probabilities must lie between 0 and 1.")
    element = element_loss(loss)
    best = [_least(element, part) for part in torch.split(eta.flatten(), 512)]
    return torch.cat(best).reshape(eta.shape)


def _least(element: ElementLoss, eta: Tensor) -> Tensor:
    """Where the expected loss is least for each of `eta`, (P,): on a grid first, then by bisection."""
    grid = _grid()
    index = torch.arange(len(grid))
    risk, slope = _expected(element, grid, eta[:, None])
    start = risk.argmin(dim=1)[:, None]
    falling, rising = slope < 0, slope > 0
    # The grid point of least risk lies on one side of the minimum; its slope says on which.
    first_rising = torch.where(rising & (index >= start), index, len(grid)).amin(dim=1)
    last_falling = torch.where(falling & (index < first_rising[:, None]), index, -1).amax(dim=1)
    low, high = grid[last_falling.clamp(min=0)], grid[first_rising.clamp(max=len(grid) - 1)]
    for _ in range(64):
        middle = (low + high) / 2
        right = _expected(element, middle, eta)[1] > 0
        low, high = torch.where(right, low, middle), torch.where(right, middle, high)
    best = torch.where(first_rising == len(grid), torch.inf, (low + high) / 2)
    best = torch.where(last_falling == -1, -torch.inf, best)
    return torch.where(best.abs() < 1e-12, 0.0, best)


def _expected(element: ElementLoss, z: Tensor, eta: Tensor) -> tuple[Tensor, Tensor]:
    """Expected loss and its slope at `z` if a share `eta` is positive; they broadcast."""
    up, down = curves_of([(element, 1), (element, 0)], z)
    return eta * up.value + (1 - eta) * down.value, eta * up.gradient + (1 - eta) * down.gradient


def equivalent_pos_weight(loss: nn.Module) -> float:
    """The pos_weight of the BCE that decides alike at score 0.5: ``|L+'(0)| / L-'(0)``.

    Infinite where negatives have no gradient at score 0.5.

    Examples
    --------
    >>> from lossviz.losses.sigmoid_focal import SigmoidFocalLoss
    >>> round(equivalent_pos_weight(SigmoidFocalLoss(alpha=0.25, gamma=2.0)), 4)  # alpha / (1 - alpha)
    0.3333
    """
    up, down = (slope.item() for slope in gradients(element_loss(loss), torch.zeros(1, dtype=torch.float64)))
    return -up / down if down else float("inf")


def score_threshold(loss: nn.Module, probability: Tensor | float = 0.5) -> Tensor:
    """The score from which a model trained with `loss` should say yes.

    Parameters
    ----------
    loss : nn.Module
        Any differentiable binary loss, as in `loss_curve`.
    probability : Tensor or float, in [0, 1]
        The true probability from which yes is the better answer: 0.5 if both mistakes cost alike,
        else `cost_probability`.

    Returns
    -------
    Tensor, float64, the shape of `probability`
        A score between 0 and 1, the sigmoid of `optimal_logit`.

    Examples
    --------
    >>> score_threshold(nn.BCEWithLogitsLoss(pos_weight=torch.tensor([9.0])))  # 9 / (9 + 1)
    tensor(0.9000, dtype=torch.float64)
    """
    return torch.sigmoid(optimal_logit(loss, probability))


def cost_probability(false_positive: float, false_negative: float) -> float:
    """The true probability from which yes costs less than no.

    Parameters
    ----------
    false_positive, false_negative : float, positive
        What one mistake of each kind costs, in any one unit.

    Examples
    --------
    >>> cost_probability(1, 9)
    0.1
    """
    for name, cost in (("false_positive", false_positive), ("false_negative", false_negative)):
        if not (cost > 0 and math.isfinite(cost)):
            raise ValueError(f"The cost {name} must be positive and finite; got {cost}.")
    return false_positive / (false_positive + false_negative)


def recalibrate(loss: nn.Module, scores: Tensor) -> Tensor:
    """The true probabilities that the scores of a model trained with `loss` mean.

    Parameters
    ----------
    loss : nn.Module
        The loss that the model was trained with; any differentiable binary loss, as in `loss_curve`.
    scores : Tensor, any shape
        Between 0 and 1, the sigmoid of the model's logits.

    Returns
    -------
    Tensor, float64, the shape of `scores`
        `true_probability` of the scores' logits; nan where no score can be undone, such as in the
        clip zone of the asymmetric loss. Scores of exactly 0 and 1 stay as they are.

    Raises
    ------
    ValueError
        If a score lies outside [0, 1].

    Examples
    --------
    >>> recalibrate(nn.BCEWithLogitsLoss(pos_weight=torch.tensor([99.0])), torch.tensor([0.5]))
    tensor([0.0100], dtype=torch.float64)
    """
    p = scores.detach().double()
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError("Scores must lie between 0 and 1; these are no sigmoids of logits.")
    certain = (p == 0) | (p == 1)
    return torch.where(certain, p, true_probability(loss, torch.logit(torch.where(certain, 0.5, p))))


def weighted_score(probability: Tensor, pos_weight: Tensor) -> Tensor:
    """The score that BCE with `pos_weight` makes of each true probability: logit plus log pos_weight.

    Examples
    --------
    >>> weighted_score(torch.tensor([0.01]), torch.tensor([99.0]))
    tensor([0.5000], dtype=torch.float64)
    """
    return torch.sigmoid(torch.logit(probability.double()) + pos_weight.double().log())


def weighted_classes(probability: Tensor, weight: Tensor) -> Tensor:
    """What cross-entropy with class weights makes of the true probabilities (..., K): in proportion to their product.

    Examples
    --------
    >>> weighted_classes(torch.tensor([0.7, 0.2, 0.1]), torch.tensor([1.0, 5, 20]))
    tensor([0.1892, 0.2703, 0.5405], dtype=torch.float64)
    """
    product = probability.double() * weight.double()
    return product / product.sum(dim=-1, keepdim=True)


def gradients(element: ElementLoss, z: Tensor) -> tuple[Tensor, Tensor]:
    """Gradients with respect to the logit of a positive's and of a negative's loss at `z`."""
    up, down = curves_of([(element, 1), (element, 0)], z)
    return up.gradient, down.gradient


def _grid() -> Tensor:
    """Logits to bracket a minimum with: fine where scores live, coarse out to where doubles end."""
    fine = torch.linspace(-40, 40, 1601, dtype=torch.float64)
    far = torch.linspace(41, 700, 660, dtype=torch.float64)
    return torch.cat([-far.flip(0), fine, far])
