"""Where training should begin under a choice: the biases of the last layer, the loss there, the size of the steps."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn

from lossviz.choice.choice import Choice
from lossviz.logits.curves import loss_curve
from lossviz.logits.optimum import optimal_logit
from lossviz.logits.price import prior_logits, starting_loss
from lossviz.losses.code import OWN_KNOBS, takes
from lossviz.losses.every import LOSSES

_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Start:
    """The start of training under one choice.

    Attributes
    ----------
    biases : Tensor, float64, (outputs,)
        Where a model ends that knows only how frequent each class is: one for a binary sigmoid loss, else one
        per class. Infinite or nan where no bias is best, as for a label that never occurs.
    prior : Tensor, float64, (outputs,)
        The biases without weights: log-odds, or log counts up to a constant.
    output : int
        That of the rarest class, which the numbers below are about; those of a softmax loss are of all classes.
    loss, loss_at_zero, loss_at_prior : float
        Expected mean loss at `biases`, at biases of 0, at `prior`.
    slope, slope_at_prior : float
        Its gradient with respect to the bias of `output`, at `biases` and at `prior`.
    scale : float
        Mean size of a row's gradient where all logits are 0, over that of plain BCE or cross-entropy; nan for
        a loss whose labels share one gradient.
    against : bool
        Whether the weights counteract the imbalance of the rarest class, as its prior bias does not.
    """

    biases: Tensor
    prior: Tensor
    output: int
    loss: float
    loss_at_zero: float
    loss_at_prior: float
    slope: float
    slope_at_prior: float
    scale: float
    against: bool

    @property
    def usable(self) -> Tensor:
        """The biases as a layer can have them: what has none that is best stays within the range of the others."""
        finite = self.biases[self.biases.isfinite()]
        if not finite.numel():
            return torch.zeros_like(self.biases)
        return self.biases.nan_to_num(nan=0.0).clamp(finite.min(), finite.max())

    @property
    def doubled(self) -> bool:
        """Whether the prior's biases together with the weights correct the imbalance twice."""
        return self.against and self.loss_at_prior > self.loss + _ROUNDING


def start_of(choice: Choice) -> Start:
    """Where a model should begin under the loss, weights and labels of `choice`.

    For BCE the bias of a label is ``log(w pi / (1 - pi))``, for cross-entropy that of a class is
    ``log(n w)`` up to a constant, so that under balanced weights equal biases start right. Other losses
    have their own, where the expected gradient is 0.

    Raises
    ------
    ValueError
        If no class occurs, or the weights of all that occur are 0.

    Examples
    --------
    >>> from lossviz.counts.label_counts import LabelCounts
    >>> rare = LabelCounts(("no", "yes"), [99, 1], [1, 99], 100, "binary")
    >>> start = start_of(Choice(rare, weights=(1.0,)))  # log(1 / 99)
    >>> start.biases, round(start.loss, 3)
    (tensor([-4.5951], dtype=torch.float64), 0.056)
    >>> start_of(Choice(rare, "class_weight")).biases  # balanced: equal
    tensor([0., 0.], dtype=torch.float64)
    """
    return _softmax(choice) if takes(str(choice.loss)) == "classes" else _sigmoid(choice)


def _sigmoid(choice: Choice) -> Start:
    counts, key = choice.counts, str(choice.loss)
    which = slice(1, 2) if counts.task == "binary" else slice(None)
    positives, negatives = (
        torch.tensor(numbers[which], dtype=torch.float64) for numbers in (counts.positives, counts.negatives)
    )
    prevalence = positives / (positives + negatives)
    ratio = choice.exact if choice.of == "pos_weight" else torch.ones_like(prevalence)
    prior = positives.log() - negatives.log()
    knobs: dict[str, Any] = {name: value for name, value in choice.knobs if name not in OWN_KNOBS}
    loss = LOSSES[key].from_knobs(**knobs)
    k = 0 if counts.task == "binary" else counts.rarest
    pi, weight, whole = prevalence[k].item(), ratio[k].item(), _whole(choice, k)
    biases = _least(key, loss, prior + ratio.log())

    def at(bias: float) -> tuple[float, float]:
        if not math.isfinite(bias):
            return math.nan, math.nan
        up, down = (loss_curve(loss, target, torch.tensor([bias])) for target in (1, 0))
        value = weight * pi * up.value + (1 - pi) * down.value
        slope = weight * pi * up.gradient + (1 - pi) * down.gradient
        return whole * value.item(), whole * slope.item()

    up, down = (loss_curve(loss, target, torch.zeros(1)).gradient.abs().item() for target in (1, 0))
    alone = key != "zlpr" or len(biases) == 1
    (here, slope), (at_zero, _), (at_prior, slope_at_prior) = at(biases[k].item()), at(0.0), at(prior[k].item())
    return Start(
        biases=biases,
        prior=prior,
        output=k,
        loss=here,
        loss_at_zero=at_zero,
        loss_at_prior=at_prior,
        slope=slope,
        slope_at_prior=slope_at_prior,
        scale=whole * (weight * pi * up + (1 - pi) * down) / 0.5 if alone else math.nan,
        against=weight > 0 and math.log(weight) * prior[k].item() < -_ROUNDING,
    )


def _whole(choice: Choice, k: int) -> float:
    """The weight of a label's positives and negatives alike."""
    return choice.exact[k].item() if choice.of == "class_weight" else 1.0


def _least(key: str, loss: nn.Module, log_odds: Tensor) -> Tensor:
    """The biases of least expected loss; a pos_weight only moves the log-odds (K,) that the loss meets."""
    if key == "zlpr" and len(log_odds) > 1:
        return log_odds / 2  # of many labels, whose sums balance; of one it is BCE
    if key in ("bce", "zlpr") and not getattr(loss, "label_smoothing", 0):
        return torch.where(log_odds.abs() < _ROUNDING, 0.0, log_odds)
    met = torch.sigmoid(log_odds).nan_to_num(nan=0.5)
    return torch.where(log_odds.isnan(), torch.nan, optimal_logit(loss, met))


def _softmax(choice: Choice) -> Start:
    counts, loss = choice.counts, choice.module()
    cast(Any, loss).weight = choice.exact
    n = torch.tensor(counts.positives, dtype=torch.float64)
    biases, prior, k = prior_logits(loss, counts), n.log(), counts.rarest
    if (biases - biases[0]).abs().max() < _ROUNDING:
        biases = torch.zeros_like(biases)
    prior = prior - prior[prior.isfinite()].mean()
    points = [row.nan_to_num(neginf=row[row.isfinite()].min().item()) for row in (biases, prior)]
    (here, slope), (at_prior, slope_at_prior) = (starting_loss(loss, counts, row) for row in points)
    ratio = choice.ratio(k)
    return Start(
        biases=biases,
        prior=prior,
        output=k,
        loss=here,
        loss_at_zero=starting_loss(loss, counts, torch.zeros_like(n))[0],
        loss_at_prior=at_prior,
        slope=slope[k].item(),
        slope_at_prior=slope_at_prior[k].item(),
        scale=_pull(loss, len(n)) / _pull(nn.CrossEntropyLoss(), len(n)),
        against=ratio > 1 + _ROUNDING and prior[k].item() < -_ROUNDING,
    )


def _pull(loss: nn.Module, classes: int) -> float:
    """The gradient of one row with respect to the logit of its own class, at equal logits and without weights."""
    loss = copy.deepcopy(loss).double()
    cast(Any, loss).weight = None
    with torch.enable_grad():
        x = torch.zeros(1, classes, dtype=torch.float64, requires_grad=True)
        (slope,) = torch.autograd.grad(loss(x, torch.zeros(1, dtype=torch.long)), x)
    return abs(slope[0, 0].item())
