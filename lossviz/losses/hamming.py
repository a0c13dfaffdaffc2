"""Hamming loss: a metric, shown beside the losses because it is often taken for one."""

from __future__ import annotations

import math

from torch import Tensor

from lossviz.losses.ranges import check_range, check_that
from lossviz.losses.reduction import reduce_elements
from lossviz.losses.settings import check_ignore_index, check_reduction, number_of
from lossviz.losses.targets import logits_and_targets


def hamming_loss(
    input: Tensor,
    target: Tensor,
    *,
    threshold: float = 0.5,
    from_logits: bool = True,
    ignore_index: float | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Share of labels predicted wrong, as ``sklearn.metrics.hamming_loss`` counts it.

    .. math:: \frac{1}{NL} \sum [\,(\sigma(x) > \tau) \neq t\,]

    Parameters
    ----------
    input : Tensor, any shape
        Logits; probabilities if `from_logits` is False.
    target : Tensor, the shape of `input`
        0 or 1; bool and integers are cast. Anything else is refused, unless it is `ignore_index`.
    threshold : float in (0, 1)
        A label is predicted where its probability is above it.
    ignore_index : float, optional
        Targets with this value count nowhere, and in no mean.
    reduction : {"mean", "sum", "none", "batchmean"}
        'mean' divides by the number of elements, 'batchmean' by ``input.shape[0]``.

    Returns
    -------
    Tensor
        A number; with "none" the shape of `input`. Its gradient is 0 everywhere: nothing can be
        learned from it.

    Raises
    ------
    ValueError
        For shapes that differ, targets other than 0 and 1, a threshold outside (0, 1), probabilities
        outside [0, 1] or an unknown reduction.

    Notes
    -----
    Both classes count alike; there is no weight. torchmetrics calls it ``multilabel_hamming_distance``,
    and applies a sigmoid only if some value lies outside [0, 1]; here `from_logits` says what they are.

    Examples
    --------
    >>> import torch
    >>> hamming_loss(torch.tensor([2.0, -1.0, 3.0]), torch.tensor([1, 1, 0]))  # 2 of 3 wrong
    tensor(0.6667)
    """
    check_reduction(reduction)
    threshold = number_of("threshold", threshold)
    if not 0 < threshold < 1:
        raise ValueError(f"threshold must lie between 0 and 1; got {threshold}.")
    x, t, kept = logits_and_targets(input, target, check_ignore_index(ignore_index))
    check_that((t == 0) | (t == 1), t, "target must be 0 or 1, as labels that are right or wrong")
    if not from_logits:
        wanted = "input must lie between 0 and 1 with from_logits=False"
        check_range(x, 0.0, 1.0, wanted, lambda value: "Pass probabilities, or logits with from_logits=True.")
    cut = math.log(threshold) - math.log1p(-threshold) if from_logits else threshold
    return reduce_elements(((x > cut) != (t > 0.5)).to(x.dtype), reduction, input, kept)
