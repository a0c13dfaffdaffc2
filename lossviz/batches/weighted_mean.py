"""The weighted mean of one batch: numerators, the two denominators, and what a weight does to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, one_hot

from lossviz.losses.cross_entropy import CrossEntropyLoss
from lossviz.losses.targets import check_tensors
from lossviz.losses.weighting import tensor_of


@dataclass(frozen=True, eq=False)
class WeightedMean:
    """One batch under class weights, in float64.

    Attributes
    ----------
    loss : Tensor (N,)
        Cross-entropy of each row, unweighted; 0 where the target is ignored.
    weight : Tensor (N,)
        The weight of each row's class; 0 where the target is ignored.
    numerator : Tensor (N,)
        Their product.
    counted : Tensor of bool, (N,)
        Which rows have a target that is not ignored.
    sum_of_weights, n : float
        The two denominators: over the rows that count, and how many they are.
    weighted_mean, plain_mean : float
        Sum of the numerators over the sum of weights, which is what torch's ``reduction="mean"``
        returns, and over N.
    one_hot_mean : float
        What torch returns for the same targets as one-hot rows: it then divides by N.
    """

    loss: Tensor
    weight: Tensor
    numerator: Tensor
    counted: Tensor
    sum_of_weights: float
    n: int
    weighted_mean: float
    plain_mean: float
    one_hot_mean: float

    @property
    def unweighted_mean(self) -> float:
        """The mean loss of the rows, as without class weights."""
        return self.loss[self.counted].mean().item()

    @property
    def share(self) -> Tensor:
        """Each row's share of the numerator, (N,)."""
        return self.numerator / self.numerator.sum()


def weighted_mean(logits: Tensor, targets: Tensor, class_weights: Tensor, *, ignore_index: int = -100) -> WeightedMean:
    """``torch.nn.functional.cross_entropy`` with class weights, taken apart.

    Parameters
    ----------
    logits : Tensor, (N, C)
    targets : Tensor of int64, (N,)
    class_weights : Tensor, (C,)
    ignore_index : int
        Rows with this target count nowhere, neither in a numerator nor in a denominator.

    Raises
    ------
    ValueError
        If shapes do not fit, a target is neither a class nor `ignore_index`, every row is ignored, or all weights
        that count are 0.

    Examples
    --------
    >>> batch = weighted_mean(torch.zeros(10, 2), torch.tensor([0] * 9 + [1]), torch.tensor([1.0, 9.0]))
    >>> batch.sum_of_weights, batch.n
    (18.0, 10)
    """
    check_tensors(logits, targets)
    x, w = logits.double(), tensor_of(class_weights, "class_weights").double()
    if x.ndim != 2 or targets.shape != x.shape[:1] or w.shape != x.shape[1:]:
        raise ValueError(
            f"logits (N, C), targets (N,) and class_weights (C,) do not fit: "
            f"{tuple(x.shape)}, {tuple(targets.shape)}, {tuple(w.shape)}."
        )
    if not len(x):
        raise ValueError("The batch is empty; give it at least one row.")
    targets = targets if targets.is_floating_point() else targets.long()
    counted = targets != ignore_index
    if not counted.any():
        raise ValueError("Every row is ignored, and a mean over none does not exist.")

    def loss(weight: Tensor | None, reduction: str) -> Tensor:
        value: Tensor = CrossEntropyLoss(weight, ignore_index=ignore_index, reduction=reduction)(x, targets)
        return value

    unweighted = loss(None, "none")  # refuses what is no class
    weight = torch.where(counted, w[torch.where(counted, targets, 0)], 0.0)
    numerator = loss(w, "none")
    if not weight.sum() > 0:
        raise ValueError("The weights of these targets sum to 0, and a mean over them does not exist.")
    kept = targets[counted]
    return WeightedMean(
        loss=unweighted,
        weight=weight,
        numerator=numerator,
        counted=counted,
        sum_of_weights=weight.sum().item(),
        n=len(kept),
        weighted_mean=loss(w, "mean").item(),
        plain_mean=loss(w, "sum").item() / len(kept),
        one_hot_mean=cross_entropy(x[counted], one_hot(kept, len(w)).double(), w).item(),
    )


def means_over_weight(
    logits: Tensor, targets: Tensor, class_weights: Tensor, which: int, sweep: Tensor
) -> tuple[Tensor, Tensor]:
    """Both means, each of the shape of `sweep`, as the weight of class `which` takes its values.

    The weighted mean falls wherever the class is fitted better than the average, and tends to the
    class's own mean loss; the plain mean always rises.
    """
    batch = weighted_mean(logits, targets, class_weights)
    own = targets == which
    numerator = batch.numerator[~own].sum() + sweep.double() * batch.loss[own].sum()
    denominator = batch.weight[~own].sum() + sweep.double() * own.sum()
    return numerator / denominator, numerator / batch.n


@dataclass(frozen=True)
class Batch:
    """A small batch to look at: rows of logits, their targets, class weights."""

    key: str
    title: str
    logits: tuple[tuple[float, ...], ...]
    targets: tuple[int, ...]
    class_weights: tuple[float, ...]

    def tensors(self) -> tuple[Tensor, Tensor, Tensor]:
        return (
            torch.tensor(self.logits, dtype=torch.float64),
            torch.tensor(self.targets),
            torch.tensor(self.class_weights, dtype=torch.float64),
        )


def _pairs(first: Sequence[float], second: Sequence[float]) -> tuple[tuple[float, ...], ...]:
    return tuple(zip(first, second, strict=True))


BATCHES: dict[str, Batch] = {
    batch.key: batch
    for batch in (
        Batch(
            "map",
            "A 3 × 3 map with one rare pixel",
            _pairs(
                (0.5546, 0.1304, 0.9288, 0.6879, 0.3553, 0.9984, 0.1474, 0.6745, 0.8948),
                (0.8524, 0.2278, 0.6476, 0.6203, 0.6977, 0.3352, 0.4946, 0.4613, 0.6882),
            ),
            (0, 0, 0, 0, 0, 0, 0, 0, 1),
            (1, 9),
        ),
        Batch(
            "falls",
            "A larger weight, a smaller loss",
            ((0, 3), (1, 0), (0.2, 0), (0, 0.4)),
            (1, 0, 0, 0),
            (1, 10),
        ),
        Batch("one_class", "Only one class in the batch", ((0.2, 0.4), (1, 0.3), (-0.5, 0.1)), (1, 1, 1), (0.1, 0.9)),
        Batch(
            "rare_in_24",
            "One rare row among 24",
            tuple((0.8 - 0.05 * k, 0.1 * (k % 5)) for k in range(24)),
            (1,) + (0,) * 23,
            (1, 55),
        ),
    )
}
"""Batches by key, whose weighted mean has something to show."""
