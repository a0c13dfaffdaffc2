"""Small models fitted live: what training really ends at, beside what the formula says."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

_NEAR = 0.05  # of a shift of the logit
_DivideBy = Literal["weights", "rows"]


@dataclass(frozen=True, eq=False)
class TrainedIntercepts:
    """Intercepts that SGD has fitted, one for each seed, in float64.

    Attributes
    ----------
    shift : Tensor (seeds, steps)
        Log-odds of the score that each model gave on average over the latter half of its steps so far,
        minus the log-odds of the prevalence, where an unweighted model rests.
    batches_with_rare : float
        How many of its batches held a rare row, on average over the seeds.
    """

    shift: Tensor
    batches_with_rare: float

    def band(self, share: float = 0.9) -> tuple[float, float, float]:
        """Where the middle `share` of the seeds ends: low, median and high shift after the last step."""
        edges = torch.tensor([(1 - share) / 2, 0.5, (1 + share) / 2], dtype=torch.float64)
        low, median, high = self.shift[:, -1].quantile(edges).tolist()
        return low, median, high

    def near(self, predicted: float) -> bool:
        """Whether the models have arrived at the shift that is `predicted` for them: it lies in their band, to 0.05."""
        low, _, high = self.band()
        return low - _NEAR <= predicted <= high + _NEAR


def train_intercept(
    prevalence: float,
    weight: float,
    batch_size: int,
    *,
    steps: int = 800,
    seeds: int = 64,
    learning_rate: float = 4.0,
    divide_by: _DivideBy = "weights",
    seed: int = 0,
) -> TrainedIntercepts:
    """Fit a model that is one intercept by SGD on random batches, with torch's weighted mean.

    All of a batch that such a model can see is how many of its rows are rare, so that number is
    drawn. Each batch's loss is that of ``cross_entropy`` with class weights (1, `weight`) and
    ``reduction="mean"``: its sum over the sum of its weights.

    Parameters
    ----------
    prevalence : float, between 0 and 1
    weight : float
        Of the rare class; the other has weight 1.
    batch_size : int
    steps, seeds : int
        Steps of each model, and how many models there are, all trained at once.
    learning_rate : float
        Of the first step; it falls as 1 / (1 + 8 step / steps).
    divide_by : {"weights", "rows"}
        "rows" divides each batch by its number of rows, as ``BCEWithLogitsLoss(pos_weight)`` does. The
        learning rate is then divided by the mean weight of a row, so that steps are alike.

    Raises
    ------
    ValueError
        If a number is outside its range.

    Examples
    --------
    >>> trained = train_intercept(0.5, 9.0, 1, steps=200)  # one row to a batch: the weight cancels
    >>> low, median, high = trained.band()
    >>> low < 0 < high
    True
    """
    if not 0 < prevalence < 1:
        raise ValueError(f"prevalence must lie between 0 and 1; got {prevalence:g}.")
    if not (weight > 0 and math.isfinite(weight)):
        raise ValueError(f"weight must be positive and finite; got {weight:g}.")
    if min(batch_size, steps, seeds) < 1:
        raise ValueError("batch_size, steps and seeds must be at least 1.")
    if divide_by not in get_args(_DivideBy):
        raise ValueError(f"divide_by must be one of {', '.join(get_args(_DivideBy))}; got {divide_by!r}.")
    rare = _rare_rows(prevalence, batch_size, (steps, seeds), seed)
    class_weights = torch.tensor([1.0, weight], dtype=torch.float64)
    log_odds = math.log(prevalence) - math.log1p(-prevalence)
    intercept = torch.full((seeds,), log_odds, dtype=torch.float64)
    if divide_by == "rows":
        learning_rate /= 1 + (weight - 1) * prevalence
    path = torch.empty(steps, seeds, dtype=torch.float64)
    for step in range(steps):
        with torch.enable_grad():
            intercept.requires_grad_()
            loss = _batch_means(intercept, rare[step], batch_size, class_weights, divide_by).sum()
            (gradient,) = torch.autograd.grad(loss, intercept)
        intercept = intercept.detach() - learning_rate / (1 + 8 * step / steps) * gradient
        path[step] = intercept
    return TrainedIntercepts(
        # A model that a huge weight has thrown far out scores exactly 1 in float64.
        shift=torch.logit(_latter_half(torch.sigmoid(path)), eps=1e-15).T - log_odds,
        batches_with_rare=(rare > 0).double().sum(dim=0).mean().item(),
    )


def _rare_rows(prevalence: float, batch_size: int, shape: tuple[int, int], seed: int) -> Tensor:
    """How many rows of each batch are rare: binomial."""
    generator = torch.Generator().manual_seed(seed)
    count = torch.full(shape, float(batch_size), dtype=torch.float64)
    return torch.binomial(count, torch.full_like(count, prevalence), generator=generator)


def _latter_half(values: Tensor) -> Tensor:
    """Mean of each column's rows from the middle to the present one, for every row of (steps, seeds)."""
    sums = torch.cat([torch.zeros(1, values.shape[1], dtype=values.dtype), values.cumsum(dim=0)])
    now = torch.arange(1, len(values) + 1)
    return (sums[now] - sums[now // 2]) / (now - now // 2)[:, None]


def _batch_means(
    intercept: Tensor, rare: Tensor, batch_size: int, class_weights: Tensor, divide_by: _DivideBy = "weights"
) -> Tensor:
    """The mean loss of each model's batch, of which `rare` rows are of class 1."""
    logits = torch.stack([torch.zeros_like(intercept), intercept], dim=-1)
    of_common, of_rare = (
        cross_entropy(logits, torch.full(intercept.shape, label), class_weights, reduction="none") for label in (0, 1)
    )
    common = batch_size - rare
    total = common * of_common + rare * of_rare
    return total / (common * class_weights[0] + rare * class_weights[1] if divide_by == "weights" else batch_size)
