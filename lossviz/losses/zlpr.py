"""Multi-label categorical cross-entropy, also called ZLPR."""

from __future__ import annotations

import torch
from torch import Tensor

from lossviz.losses.focusing import softplus
from lossviz.losses.reduction import reduce_elements
from lossviz.losses.registry import Loss, register
from lossviz.losses.settings import check_dim, check_ignore_index, check_reduction
from lossviz.losses.targets import logits_and_targets
from lossviz.notation import factor, latex, summed


def multilabel_categorical_cross_entropy(
    input: Tensor, target: Tensor, *, dim: int = -1, ignore_index: float | None = None, reduction: str = "mean"
) -> Tensor:
    r"""Loss of a set of labels in which positives compete with negatives (Su 2020; ZLPR, arXiv 2208.02955).

    .. math:: L = \log\Bigl(1 + \sum_k t_k e^{-x_k}\Bigr) + \log\Bigl(1 + \sum_k (1 - t_k) e^{x_k}\Bigr)

    Parameters
    ----------
    input : Tensor, (..., C)
        Logits, not probabilities; a label is predicted where its logit is above 0. Half and bfloat16
        are computed and reduced in float32 and returned in their own dtype, under autocast in float32.
    target : Tensor, the shape of `input`
        0, 1 or between; bool and integers are cast. What is outside or nan is refused, unless it is
        `ignore_index`. A soft target t counts with t among the positives and with 1 - t among the negatives.
    dim : int
        The axis of the labels.
    ignore_index : float, optional
        Labels with this value stand in neither sum. A set of nothing else has loss 0 and counts in no mean.
        ``float("nan")`` leaves out what is nan.
    reduction : {"mean", "sum", "none"}
        'mean' divides by the number of label sets of which any label counts, without `ignore_index` the
        number of elements over C; it is nan if there is none.

    Returns
    -------
    Tensor
        A number; with "none" the shape of `input` without `dim`.

    Raises
    ------
    ValueError
        For shapes that differ, targets outside [0, 1] or an unknown reduction.

    Notes
    -----
    With one label it equals ``binary_cross_entropy_with_logits``. Both sums' gradients stay below 1
    in total, however many labels there are: a few positives balance hundreds of negatives without a
    weight, and labels compete for the gradient. There is no alpha, pos_weight or gamma.

    Targets on an accelerator, and all of them under ``torch.compile``, are checked there by an
    assertion that nothing waits for; a graph of ``torch.jit.trace`` does not check them.

    Elsewhere:

    - timm ``ZlprLoss``: rounds targets at a half; always the mean.
    - bert4keras ``multilabel_categorical_crossentropy``: the same, unreduced.
    - torchvision, keras and the ASL authors' code do not have it.

    Examples
    --------
    >>> loss = multilabel_categorical_cross_entropy(torch.zeros(1, 3), torch.tensor([[1, 0, 0]]))
    >>> round(loss.item(), 5)  # ln 2 + ln 3
    1.79176
    """
    check_reduction(reduction, ("mean", "sum", "none"))
    dim, ignore_index = check_dim(dim), check_ignore_index(ignore_index)
    x, t, kept = logits_and_targets(input, target, ignore_index)
    if x.ndim == 0:
        raise ValueError("input needs an axis of labels; got a single number.")
    if not -x.ndim <= dim < x.ndim:
        raise ValueError(f"dim must be an axis of the input, {-x.ndim} to {x.ndim - 1}; got {dim}.")
    t = t.clamp(0.0, 1.0)
    negative = 1 - t if kept is None else torch.where(kept, 1 - t, 0.0)
    loss = softplus(log_sum(-x, t, dim)) + softplus(log_sum(x, negative, dim))
    return reduce_elements(loss, reduction, input, None if kept is None else kept.any(dim))


def log_sum(z: Tensor, t: Tensor, dim: int) -> Tensor:
    """Log of the sum of t e^z; taken about the largest z, it keeps its gradient's digits however large they are."""
    if z.shape[dim] == 0:
        return z.sum(dim) - torch.inf
    top = torch.where(t > 0, z, -torch.inf).amax(dim, keepdim=True).detach().clamp(min=torch.finfo(z.dtype).min)
    # An empty sum is finite, so that its gradient is 0 and not nan.
    terms = (z - top + t.log()).clamp(min=torch.finfo(z.dtype).min / 4)
    return top.squeeze(dim) + terms.logsumexp(dim)


@register("zlpr", rank=6)
class ZLPRLoss(Loss):
    """`multilabel_categorical_cross_entropy` as a Module; its parameters are explained there.

    Examples
    --------
    >>> loss = ZLPRLoss()
    >>> round(loss(torch.zeros(1, 3), torch.tensor([[1, 0, 0]])).item(), 5)  # ln 2 + ln 3
    1.79176
    """

    title = "Multi-label categorical cross-entropy"
    label = "ZLPR"

    def __init__(self, dim: int = -1, reduction: str = "mean", *, ignore_index: float | None = None) -> None:
        super().__init__()
        check_reduction(reduction, ("mean", "sum", "none"))
        self.dim, self.reduction, self.ignore_index = check_dim(dim), reduction, check_ignore_index(ignore_index)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return multilabel_categorical_cross_entropy(
            input, target, dim=self.dim, ignore_index=self.ignore_index, reduction=self.reduction
        )

    def extra_repr(self) -> str:
        return f"dim={self.dim}, {self.settings()}"

    @classmethod
    def formula(cls, **values: float | None) -> tuple[str, str]:
        return r"\log(1 + e^{-x})", r"\log(1 + e^{x})"

    @classmethod
    def worked(cls, x: Tensor, t: Tensor, column: int, **values: float | None) -> tuple[str, str]:
        known = ~t.isnan()
        pairs = list(zip(t[known].tolist(), x[known].tolist(), strict=True))
        positive = [f"{factor(share)}e^{{{latex(-logit)}}}" for share, logit in pairs if share > 0]
        negative = [f"{factor(1 - share)}e^{{{latex(logit)}}}" for share, logit in pairs if share < 1]
        formula = r"\log\Bigl(1 + \sum_k t_k e^{-x_k}\Bigr) + \log\Bigl(1 + \sum_k (1 - t_k) e^{x_k}\Bigr)"
        return formula, " + ".join(rf"\log({summed(['1', *terms])})" for terms in (positive, negative))

    def binary(self, logits: Tensor, target: int) -> Tensor:
        rows = logits.unsqueeze(-1)
        return multilabel_categorical_cross_entropy(rows, torch.full_like(rows, target), reduction="none")
