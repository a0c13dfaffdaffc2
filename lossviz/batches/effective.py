"""The weight that is left of a class weight when the mean is taken batch by batch.

``CrossEntropyLoss`` divides each batch by the sum of its own weights, and in a small batch that sum
is large just when a rare row is in it. Training on such batches is training on all data at once with
another weight, the effective one.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

Numbers = Tensor | Sequence[float] | float
Sizes = Tensor | Sequence[int] | int


def effective_weight(prevalence: Numbers, weight: Numbers, batch_size: Sizes) -> Tensor:
    r"""The weight that class weights amount to under the weighted mean of batches, exactly.

    In a batch of B rows drawn at random, M of them rare, the rare class has the share
    :math:`a = wM / (wM + B - M)` of the weight, with M binomial. Its effective weight against the other is

    .. math:: w_\mathrm{eff} = \frac{E[a]}{1 - E[a]} \, \frac{1 - \pi}{\pi}

    and of K classes each has the expected share of the weight over its prevalence,
    :math:`w_{\mathrm{eff},c} = D \, E[w_c M_c / \sum_k w_k M_k] / \pi_c` with
    :math:`D = \sum_k \pi_k w_k`, which keeps the mean weight of a row. The trained logits shift by the
    logarithm of this weight, not of the nominal one.

    Parameters
    ----------
    prevalence : float, or (K,)
        Share of the rare class, 0 to 1; or the shares of all classes, which sum to 1. For a class of
        prevalence 0 the limit is given.
    weight : float, or (K,)
        Positive. Weight of the rare class over that of the other; or the weights of all classes.
    batch_size : int, or an array of any shape S
        Rows over which one mean is taken: the micro-batch of one worker. At least 1.

    Returns
    -------
    Tensor, float64
        Of shape S for one class against the rest, (\*S, K) for K classes. Between 1 and the nominal weight.

    Raises
    ------
    ValueError
        If shapes do not fit, or a number is outside its range.

    Notes
    -----
    No sum over binomials, which loses digits in large batches: by
    :math:`1/x = \int_0^\infty e^{-xs} ds` the expectation is one integral,
    :math:`E[a_c] = B \pi_c w_c \int_0^\infty e^{-w_c s} (\sum_k \pi_k e^{-w_k s})^{B-1} ds`,
    of a positive function for which the trapezoidal rule in log s is exact to rounding.

    Examples
    --------
    >>> effective_weight(0.01, 99, [1, 32, 65_536])
    tensor([ 1.0000, 26.9483, 98.9252], dtype=torch.float64)
    >>> effective_weight([0.5, 0.5], [1, 3], 1)  # one row: each is its own mean
    tensor([2., 2.], dtype=torch.float64)
    """
    shares, weights = _float64(prevalence), _float64(weight)
    sizes = _sizes(batch_size)
    if shares.shape != weights.shape or shares.ndim > 1:
        raise ValueError(
            "prevalence and weight must be two numbers, or one number per class each; "
            f"got shapes {tuple(shares.shape)} and {tuple(weights.shape)}."
        )
    if not ((shares >= 0) & (shares <= 1)).all():
        raise ValueError("Prevalences must lie between 0 and 1.")
    if not ((weights > 0) & weights.isfinite()).all():
        raise ValueError("Weights must be positive and finite.")
    if shares.ndim:
        if not torch.isclose(shares.sum(), torch.ones((), dtype=torch.float64), atol=1e-9):
            raise ValueError(f"The prevalences of all classes must sum to 1; got {shares.sum():.6g}.")
        shares = shares / shares.sum()
        return _weight_share_per_row(shares, weights, sizes) * (shares @ weights)
    both_weights = torch.stack([torch.ones_like(weights), weights])
    per_row = _weight_share_per_row(torch.stack([1 - shares, shares]), both_weights, sizes)
    return per_row[..., 1] / per_row[..., 0]


def share_of_batches_without(prevalence: Numbers, batch_size: Sizes) -> Tensor:
    r"""The share of batches that hold no row of the class, :math:`(1-\pi)^B`; in them its weight cancels.

    Examples
    --------
    >>> share_of_batches_without(0.5, [1, 2, 3])
    tensor([0.5000, 0.2500, 0.1250], dtype=torch.float64)
    """
    shares = _float64(prevalence)
    if not ((shares >= 0) & (shares <= 1)).all():
        raise ValueError("Prevalences must lie between 0 and 1.")
    return torch.exp(_sizes(batch_size) * torch.log1p(-shares))


def _float64(values: Numbers) -> Tensor:
    return torch.as_tensor(values, dtype=torch.float64)


def _sizes(batch_size: Sizes) -> Tensor:
    sizes = _float64(batch_size)
    if not sizes.numel() or not ((sizes >= 1) & (sizes == sizes.floor()) & sizes.isfinite()).all():
        raise ValueError("Batch sizes must be whole numbers of at least 1.")
    return sizes


def _weight_share_per_row(shares: Tensor, weights: Tensor, sizes: Tensor) -> Tensor:
    """Expected share of a batch's weight over the class's prevalence, (*S, K); shares and weights are (K,)."""
    most, least = sizes.max() * weights.max(), sizes.min() * weights.min()
    low, high = -45 - torch.log(most).item(), 4 - torch.log(least).item()
    step = 0.125
    u = torch.arange(low, high + step, step, dtype=torch.float64)
    s = torch.exp(u)
    decay = torch.exp(-weights * s[:, None])
    mean, lost = decay @ shares, torch.expm1(-weights * s[:, None]) @ shares
    # Near 1 the mean is exact as what it lost; where it underflows only its 0th power counts.
    log_mean = torch.where(mean > 0.5, torch.log1p(lost), torch.log(mean)).clamp(min=-1e4)
    power = torch.exp((sizes[..., None] - 1) * log_mean)
    per_row = sizes[..., None] * (power * s * step) @ (weights * decay)
    return torch.where(sizes[..., None] == 1, 1.0, per_row)  # alone in its batch: exactly
