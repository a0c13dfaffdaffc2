"""What a loss makes of a probability: the score that is best for it, and the way back.

Everything follows from two gradients. A perfect model settles, for cases of which a share eta is
positive, at the logit z where ``eta * |L+'(z)| = (1 - eta) * L-'(z)``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from lossviz.logits.curves import ElementLoss, check_weight, curves_of, element_loss
from lossviz.logits.softmax import MOST_OFF, class_probability, is_softmax, weights_of
from lossviz.losses.settings import number_of


def true_probability(loss: nn.Module, logits: Tensor | Sequence[float] | float) -> Tensor:
    r"""The probability that a perfectly trained model means by each logit.

    .. math:: \eta(z) = \frac{L_-'(z)}{L_-'(z) - L_+'(z)}

    Parameters
    ----------
    loss : nn.Module
        Any differentiable binary loss, as in `loss_curve`.
    logits : Tensor or array-like, any shape

    Returns
    -------
    Tensor, float64, the shape of `logits`
        Never outside [0, 1]. nan for logits that the loss cannot lead to, as beyond the two ends of
        what label smoothing leaves; where negatives have no gradient, as in the clip zone of the
        asymmetric loss: every probability low enough ends there, and no function of the logit can
        tell them apart; where positives below score one half have none, as under its eps; and
        everywhere if one side has weight 0. Where gradients only fade, below the smallest double,
        the limit is given, and an end that only rounding has left is an end.

    Raises
    ------
    ValueError
        For a loss that takes probabilities, such as BCELoss.

    Examples
    --------
    >>> weighted = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([99.0]))
    >>> true_probability(weighted, torch.tensor([0.0]))
    tensor([0.0100], dtype=torch.float64)
    """
    z = as_float64(logits).clamp(-1e6, 1e6)
    rounding = 4 * torch.finfo(torch.float64).eps * (1 + z.abs())
    return _meant(element_loss(loss), z, z - rounding, z + rounding)


def _meant(element: ElementLoss, z: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """What the logits `z` mean, each of which rounding may have moved from anywhere between `low` and `high`."""
    if not gradients(element, torch.tensor([-1.7, 0.0, 1.3], dtype=torch.float64))[0].any():
        return torch.full_like(z, torch.nan)  # positives have no gradient anywhere
    eta = _ratio(element, z)
    lost = eta.isnan() & ~z.isnan()
    if lost.any():
        far = torch.where(z < 0, _far_out(element, z, -1.0), _far_out(element, z, 1.0))
        eta = torch.where(lost, far, eta)
    if ((eta >= 0) & (eta <= 1)).all():
        return eta
    # Within rounding of an end a gradient changes its sign, or eta leaves [0, 1] by a few of its last units.
    noise = 16 * torch.finfo(torch.float64).eps
    (up_before, down_before), (up_after, down_after) = gradients(element, low), gradients(element, high)
    least = ((down_before < 0) & (down_after > 0)) | ((eta < 0) & (eta >= -noise))
    most = ((up_before < 0) & (up_after > 0)) | ((eta > 1) & (eta <= 1 + noise))
    outside = ~((eta >= 0) & (eta <= 1))
    eta = torch.where(outside, torch.nan, eta)
    return torch.where(outside & least, 0.0, torch.where(outside & most, 1.0, eta))


def _ratio(element: ElementLoss, z: Tensor) -> Tensor:
    of_positive, of_negative = gradients(element, z)
    # A positive without a gradient at a low score, as under eps, says nothing either.
    lost = (of_negative == 0) | ((of_positive == 0) & (z < 0))
    # Where both signs are turned the expected loss is largest, not least.
    lost |= (of_negative < 0) & (of_positive > 0)
    return torch.where(lost, torch.nan, of_negative / (of_negative - of_positive))


def _far_out(element: ElementLoss, z: Tensor, side: float) -> Tensor:
    """What eta tends to on one `side`, where the gradient of negatives leaves the range of doubles there.

    nan where it does not fade but ends, as in the clip zone.
    """
    tail = side * torch.logspace(6, -2, 8000, dtype=torch.float64)
    size = gradients(element, tail)[1].abs()
    edge = ((size >= 1e-250) & (size <= 1e250)).int().argmax()
    if 1e-200 <= size[edge] <= 1e200 or not 1e-250 <= size[edge] <= 1e250:
        return torch.full_like(z, torch.nan)
    limit = _ratio(element, tail[edge : edge + 1])
    return torch.where(side * z > side * tail[edge], torch.where(limit < 1e-200, 0.0, limit), torch.nan)


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
    eta = as_float64(probability)
    if not ((eta >= 0) & (eta <= 1)).all():
        raise ValueError(f"probability must lie between 0 and 1; got {_first(~((eta >= 0) & (eta <= 1)), eta)}.")
    element = element_loss(loss)
    best = [_least(element, part) for part in torch.split(eta.flatten(), 512)]
    return torch.cat(best).reshape(eta.shape)


def _least(element: ElementLoss, eta: Tensor) -> Tensor:
    """Where the expected loss is least for each of `eta`, (P,): on a grid first, then on ever finer ones."""
    grid = _grid()
    index = torch.arange(len(grid))
    risk, slope = _expected(element, grid, eta[:, None])
    start = risk.argmin(dim=1)[:, None]
    falling, rising = slope < 0, slope > 0
    # The grid point of least risk lies on one side of the minimum; its slope says on which.
    first_rising = torch.where(rising & (index >= start), index, len(grid)).amin(dim=1)
    last_falling = torch.where(falling & (index < first_rising[:, None]), index, -1).amax(dim=1)
    low, high = grid[last_falling.clamp(min=0)], grid[first_rising.clamp(max=len(grid) - 1)]
    shares = torch.linspace(0, 1, 65, dtype=torch.float64)
    for _ in range(10):  # each time to a 64th
        points = low[:, None] + (high - low)[:, None] * shares
        points[:, -1] = high
        rising = _expected(element, points[:, 1:-1], eta[:, None])[1] > 0
        before = torch.where(rising.any(dim=1), rising.int().argmax(dim=1), 63)[:, None]
        low, high = points.gather(1, before)[:, 0], points.gather(1, before + 1)[:, 0]
    best = torch.where(first_rising == len(grid), torch.inf, (low + high) / 2)
    best = torch.where(last_falling == -1, -torch.inf, best)
    return torch.where(best.abs() < 1e-12, 0.0, best)


def _expected(element: ElementLoss, z: Tensor, eta: Tensor) -> tuple[Tensor, Tensor]:
    """Expected loss and its slope at `z` if a share `eta` is positive; they broadcast."""
    up, down = curves_of([(element, 1), (element, 0)], z)
    risk, slope = eta * up.value + (1 - eta) * down.value, eta * up.gradient + (1 - eta) * down.gradient
    return risk.nan_to_num(nan=torch.inf), slope  # a loss of probabilities may be nan far out


def equivalent_pos_weight(loss: nn.Module) -> float:
    """The pos_weight of the BCE that decides alike at score 0.5: ``|L+'(0)| / L-'(0)``.

    Infinite where negatives do not pull scores of 0.5 down, 0 where positives do not pull them up: the
    loss never leads to a score of 0.5, as heavy weights under label smoothing do not.

    Examples
    --------
    >>> from lossviz.losses.sigmoid_focal import SigmoidFocalLoss
    >>> round(equivalent_pos_weight(SigmoidFocalLoss(alpha=0.25, gamma=2.0)), 4)  # alpha / (1 - alpha)
    0.3333
    """
    up, down = (slope.item() for slope in gradients(element_loss(loss), torch.zeros(1, dtype=torch.float64)))
    if not down > 0:
        return float("inf")
    return max(-up / down, 0.0)


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
        if not (number_of(name, cost) > 0 and math.isfinite(cost)):
            raise ValueError(f"The cost {name} must be positive and finite; got {cost}.")
    return false_positive / (false_positive + false_negative)


def recalibrate(loss: nn.Module, scores: Tensor | ArrayLike) -> Tensor:
    """The true probabilities that the scores of a model trained with `loss` mean.

    Parameters
    ----------
    loss : nn.Module
        The loss that the model was trained with: any differentiable binary loss, as in `loss_curve`;
        or `CrossEntropyLoss` or `SoftmaxFocalLoss` of C classes, with its weights.
    scores : Tensor or array-like, any shape; (N, C) or (C,) of C classes
        Between 0 and 1, the sigmoid of the model's logits. Of a softmax loss two axes, or C of more
        than two classes, are rows of C scores that sum to 1 within 0.01, as rounded ones do.

    Returns
    -------
    Tensor, float64, the shape of `scores`
        `true_probability` of the scores' logits; nan for scores that the loss never leads to, such as
        in the clip zone of the asymmetric loss, beyond what label smoothing leaves (the whole row), or
        under a class weight of 0. Scores of exactly 0 and 1 mean what scores beside them tend to.

    Raises
    ------
    ValueError
        If a score lies outside [0, 1], a row does not sum to 1, or the loss takes probabilities.

    Examples
    --------
    >>> recalibrate(nn.BCEWithLogitsLoss(pos_weight=torch.tensor([99.0])), torch.tensor([0.5]))
    tensor([0.0100], dtype=torch.float64)
    >>> recalibrate(nn.CrossEntropyLoss(weight=torch.tensor([1.0, 49, 3])), [[0.6, 0.3, 0.1]])
    tensor([[0.9383, 0.0096, 0.0521]], dtype=torch.float64)
    """
    given = scores if isinstance(scores, Tensor) else _copied(scores, "Scores")
    p = given.detach().double()
    _check_scores(p)
    if is_softmax(loss) and (p.ndim > 1 or p.numel() == weights_of(loss) > 2):
        return _of_rows(loss, given)
    if is_softmax(loss) and weights_of(loss) > 2:
        classes = weights_of(loss)
        raise ValueError(
            f"The loss has weights of {classes} classes; pass rows of {classes} scores, of shape (N, {classes}), "
            f"not {tuple(p.shape)}."
        )
    # A score stands for all numbers that round to it.
    eps = torch.finfo(given.dtype if given.is_floating_point() else torch.float64).eps
    z, low, high = (torch.logit(score.clamp(0, 1)).clamp(-1e6, 1e6) for score in (p, p * (1 - eps), p * (1 + eps)))
    rounding = 4 * torch.finfo(torch.float64).eps * (1 + z.abs())
    return _meant(element_loss(loss), z, low - rounding, high + rounding)


def _of_rows(loss: nn.Module, scores: Tensor) -> Tensor:
    off = (scores.double().sum(dim=-1) - 1).abs()
    if (off > MOST_OFF).any():
        row = int(off.flatten().argmax())
        total = scores.double().sum(dim=-1).flatten()[row].item()
        raise ValueError(
            f"Row {row + 1} of the scores sums to {total:.6g}; softmax scores of one row sum to 1. "
            "Pass torch.softmax(logits, dim=-1), a row per sample and a column per class."
        )
    return class_probability(loss, scores)


def _check_scores(p: Tensor) -> None:
    bad = ~((p >= 0) & (p <= 1))
    if bad.any():
        first = int(bad.flatten().int().argmax())
        raise ValueError(
            f"Scores must lie between 0 and 1; number {first + 1} is {p.flatten()[first].item():g}. "
            "Pass torch.sigmoid(logits), or torch.softmax(logits, dim=-1) of a softmax loss."
        )


def weighted_score(probability: Tensor, pos_weight: Tensor) -> Tensor:
    """The score that BCE with `pos_weight` makes of each true probability: logit plus log pos_weight.

    Raises
    ------
    ValueError
        If a probability lies outside [0, 1] or a pos_weight is negative; for `weighted_classes` alike.

    Examples
    --------
    >>> weighted_score(torch.tensor([0.01]), torch.tensor([99.0]))
    tensor([0.5000], dtype=torch.float64)
    """
    eta, w = _shares_and_weights(probability, pos_weight, "pos_weight")
    return torch.sigmoid(torch.logit(eta) + w.log())


def weighted_classes(probability: Tensor, weight: Tensor) -> Tensor:
    """What cross-entropy with class weights makes of the true probabilities (..., K): in proportion to their product.

    Examples
    --------
    >>> weighted_classes(torch.tensor([0.7, 0.2, 0.1]), torch.tensor([1.0, 5, 20]))
    tensor([0.1892, 0.2703, 0.5405], dtype=torch.float64)
    """
    eta, w = _shares_and_weights(probability, weight, "weight")
    if w.ndim != 1 or eta.shape[-1:] != w.shape:
        raise ValueError(f"probability (..., K) and weight (K,) do not fit: {tuple(eta.shape)}, {tuple(w.shape)}.")
    product = eta * w
    return product / product.sum(dim=-1, keepdim=True)


def _shares_and_weights(probability: Tensor, weight: Tensor, name: str) -> tuple[Tensor, Tensor]:
    eta, w = as_float64(probability), as_float64(weight)
    if not ((eta >= 0) & (eta <= 1)).all():
        raise ValueError(f"probability must lie between 0 and 1; got {_first(~((eta >= 0) & (eta <= 1)), eta)}.")
    check_weight(name, w)
    return eta, w


def _first(bad: Tensor, values: Tensor) -> str:
    return f"{values[bad].flatten()[0].item():g}"


def gradients(element: ElementLoss, z: Tensor) -> tuple[Tensor, Tensor]:
    """Gradients with respect to the logit of a positive's and of a negative's loss at `z`."""
    up, down = curves_of([(element, 1), (element, 0)], z)
    return up.gradient, down.gradient


def as_float64(values: Any) -> Tensor:
    given = values if isinstance(values, Tensor) else _copied(values, "Values")
    return given.detach().double()


def _copied(values: Any, what: str) -> Tensor:
    """Numbers, of a list, an array that may not be written to or a table, as a tensor of their own dtype."""
    copied = np.array(values)
    if copied.dtype.kind not in "biuf":
        raise ValueError(f"{what} must be numbers; got {str(values)[:60]!r}.")
    return torch.from_numpy(copied)


def _grid() -> Tensor:
    """Logits to bracket a minimum with: fine where scores live, coarse out to where doubles end."""
    fine = torch.linspace(-40, 40, 1601, dtype=torch.float64)
    far = torch.linspace(41, 700, 660, dtype=torch.float64)
    return torch.cat([-far.flip(0), fine, far])
