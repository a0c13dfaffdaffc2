"""Steps made of several micro-batches: the mean of their weighted means, and where its gradient points."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from lossviz.losses.targets import rows_and_targets
from lossviz.losses.weighting import per_class


def mean_of_means(logits: Tensor, targets: Tensor, class_weights: Tensor, micro_batch: int) -> float:
    """The average over micro-batches of torch's weighted mean, as accumulation and workers make it.

    Parameters
    ----------
    logits : Tensor, (N, C)
    targets : Tensor of int64, (N,)
    class_weights : Tensor, (C,)
    micro_batch : int
        Rows of each micro-batch, in the order of the rows.

    Raises
    ------
    ValueError
        If the micro-batches do not divide the rows.

    Examples
    --------
    >>> logits = torch.tensor([[0.0, 0.0], [0.0, 3.0]])
    >>> weights = torch.tensor([1.0, 3.0])
    >>> mean_of_means(logits, torch.tensor([0, 1]), weights, 2)  # (ln 2 + 3 log(1 + e^-3)) / 4
    0.2097...
    >>> mean_of_means(logits, torch.tensor([0, 1]), weights, 1)  # (ln 2 + log(1 + e^-3)) / 2: no weights
    0.3708...
    """
    x = rows_and_targets(logits, targets, -100)[0].double()
    if x.ndim != 2 or targets.ndim != 1:
        raise ValueError(f"logits must be (N, C) and targets (N,); got {tuple(x.shape)} and {tuple(targets.shape)}.")
    _check_parts(len(x), micro_batch)
    w, y = per_class(class_weights, x, x.shape[1]), targets.long()
    parts = zip(torch.split(x, micro_batch), torch.split(y, micro_batch), strict=True)
    means = [cross_entropy(part, labels, w) for part, labels in parts]
    return torch.stack(means).mean().item()


def epoch_means(
    prevalence: float,
    weight: float,
    batch_size: int,
    *,
    loss_of_rare: float,
    loss_of_common: float,
    batches: int = 1000,
    seeds: int = 200,
    seed: int = 0,
) -> tuple[Tensor, Tensor]:
    """The weighted mean of all rows of an epoch, and the mean of the weighted means of its batches.

    Every rare row costs `loss_of_rare`, every other `loss_of_common`.

    Returns
    -------
    tuple of Tensor, float64, each (seeds,)

    Examples
    --------
    >>> whole, of_batches = epoch_means(0.5, 3.0, 1, loss_of_rare=1.0, loss_of_common=0.0)
    >>> round(whole.mean().item(), 2), round(of_batches.mean().item(), 2)  # 3 / (3 + 1), and no weights
    (0.75, 0.5)
    """
    if not 0 <= prevalence <= 1 or not 0 < weight < math.inf or min(batch_size, batches, seeds) < 1:
        raise ValueError("prevalence must lie between 0 and 1, weight be positive and finite, sizes at least 1.")
    generator = torch.Generator().manual_seed(seed)
    count = torch.full((seeds, batches), float(batch_size), dtype=torch.float64)
    rare = torch.binomial(count, torch.full_like(count, prevalence), generator=generator)
    weights = weight * rare + count - rare
    losses = weight * rare * loss_of_rare + (count - rare) * loss_of_common
    return losses.sum(dim=1) / weights.sum(dim=1), (losses / weights).mean(dim=1)


def gradient_cosines(
    rows: int,
    rare: int,
    weight: float,
    micro_batches: Sequence[int],
    *,
    seeds: int = 100,
    features: int = 6,
    seed: int = 0,
) -> Tensor:
    """How well a step of micro-batch means points where the weighted mean of all its rows points.

    A linear model with intercept, not trained yet, on rows of standard normal features, of which
    `rare`, anywhere among them, are of class 1.

    Parameters
    ----------
    rows, rare : int
        Rows of one optimiser step, and how many of them are rare.
    weight : float
        Of class 1; class 0 has weight 1.
    micro_batches : sequence of int
        Rows of each micro-batch; each must divide `rows`.

    Returns
    -------
    Tensor, float64, (len(micro_batches), seeds)
        Cosine between both gradients of the parameters: 1 where they agree, below 0 where the step
        goes uphill.

    Raises
    ------
    ValueError
        If micro-batches do not divide the rows, or there are not so many rows.

    Examples
    --------
    >>> gradient_cosines(8, 1, 50.0, [8], seeds=2)  # all rows at once
    tensor([[1.0000, 1.0000]], dtype=torch.float64)
    """
    for size in micro_batches:
        _check_parts(rows, size)
    if not 0 <= rare <= rows:
        raise ValueError(f"rare must lie between 0 and the {rows} rows; got {rare}.")
    if not 0 < weight < math.inf:
        raise ValueError(f"weight must be positive and finite; got {weight:g}.")
    generator = torch.Generator().manual_seed(seed)
    inputs = torch.randn(seeds, rows, features, generator=generator, dtype=torch.float64)
    inputs = torch.cat([inputs, torch.ones(seeds, rows, 1, dtype=torch.float64)], dim=-1)
    targets = (torch.rand(seeds, rows, generator=generator).argsort(dim=1) < rare).long()
    class_weights = torch.tensor([1.0, weight], dtype=torch.float64)
    whole = _gradients(inputs, targets, class_weights, rows)
    steps = [_gradients(inputs, targets, class_weights, size) for size in micro_batches]
    return torch.stack([torch.cosine_similarity(step, whole, dim=1) for step in steps])


def _gradients(inputs: Tensor, targets: Tensor, class_weights: Tensor, micro_batch: int) -> Tensor:
    """Gradient of the mean of micro-batch means at parameters 0, for every seed, (seeds, 2 features)."""
    seeds, rows, features = inputs.shape
    with torch.enable_grad():
        parameters = torch.zeros(seeds, features, 2, dtype=torch.float64, requires_grad=True)
        each = cross_entropy((inputs @ parameters).flatten(0, 1), targets.flatten(), class_weights, reduction="none")
        numerators = each.reshape(seeds, rows // micro_batch, micro_batch).sum(dim=2)
        denominators = class_weights[targets].reshape((*numerators.shape, micro_batch)).sum(dim=2)
        means = (numerators / denominators).mean(dim=1)
        (slopes,) = torch.autograd.grad(means.sum(), parameters)
    return slopes.flatten(start_dim=1)


def _check_parts(rows: int, micro_batch: int) -> None:
    if not isinstance(micro_batch, int) or micro_batch < 1 or rows % micro_batch:
        raise ValueError(f"Micro-batches of {micro_batch} do not divide {rows} rows.")
