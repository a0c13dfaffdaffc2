"""Softmax focal loss."""

from __future__ import annotations

import torch
from torch import Tensor

from lossviz.knobs import Knob
from lossviz.losses.focusing import softplus
from lossviz.losses.reduction import reduce_elements, returned
from lossviz.losses.registry import Loss, register, weight_knob
from lossviz.losses.settings import check_gamma, check_ignore_index, check_reduction
from lossviz.losses.targets import class_axis, of_classes, rows_and_targets
from lossviz.losses.weighting import Weights, as_buffer, per_class
from lossviz.notation import factor, latex, power, summed

REDUCTIONS = ("mean", "sum", "none")


def softmax_focal_loss(
    input: Tensor,
    target: Tensor,
    gamma: float = 2.0,
    *,
    weight: Weights | None = None,
    ignore_index: float | None = -100,
    reduction: str = "mean",
) -> Tensor:
    r"""Focal loss of exclusive classes: cross-entropy times :math:`(1 - p_y)^\gamma`.

    .. math:: FL = -w_y (1 - p_y)^\gamma \log p_y, \qquad p = \mathrm{softmax}(x)

    Of a row of probabilities t it is :math:`-\sum_c t_c w_c (1 - p_c)^\gamma \log p_c`.

    Parameters
    ----------
    input : Tensor, (C), (N, C) or (N, C, d1, ...)
        Logits, not probabilities. Half and bfloat16 are computed and reduced in float32 and returned
        in their own dtype, under autocast in float32.
    target : Tensor of integers, (), (N) or (N, d1, ...), or of the shape of `input`
        Class indices, 0 to C - 1; or probabilities, soft or one-hot, in [0, 1]. Anything else is
        refused, unless it is `ignore_index`.
    gamma : float, 0 or more
        Focusing: easy samples (p_y near 1) count less. 0 is ``cross_entropy``. Between 0 and 1, where
        the power has an infinite slope at 0, value and gradient stay finite and exact.
    weight : Tensor, array or list, (C,)
        One per class, as in ``CrossEntropyLoss``: a sample counts with the weight of its own class.
        p_y comes from the unweighted logits. Of any dtype: it is cast to that of the computation.
    ignore_index : int, or None for none
        Targets with this value count nowhere; their loss is 0, and their logits may be nan. Of
        probabilities, a row does not count that holds nothing else.
    reduction : {"mean", "sum", "none"}
        'mean' divides by the sum of the weights of the targets that count, as ``CrossEntropyLoss``
        does, so that ten times the weight is the same loss, and in a batch of one class the weight
        cancels; it is nan where that sum is 0. Of probabilities it divides by the number of rows
        that count.

    Returns
    -------
    Tensor
        A number; with "none" the shape of `target`, without the class axis of probabilities.

    Raises
    ------
    ValueError
        For shapes that do not fit, targets that are no class and no probability, weights below 0, nan or
        infinite, gamma below 0 or an unknown reduction.

    Notes
    -----
    ``gamma=0`` equals ``cross_entropy``; two classes equal `sigmoid_focal_loss` of the difference
    of their logits with ``alpha=None``. The gradient flows through the focusing factor.

    Targets and weights on an accelerator, and all of them under ``torch.compile``, are checked there by an
    assertion that nothing waits for; a graph of ``torch.jit.trace`` does not check them.

    Elsewhere:

    - keras ``CategoricalFocalCrossentropy``: gamma; alpha, one number for all classes or one per
      class, is not divided out by the mean.
    - The ASL authors' ``ASLSingleLabel`` and timm ``AsymmetricLossSingleLabel``: gamma is gamma_pos,
      and their eps, which is label smoothing, must be 0; no weight.
    - torchvision has no softmax focal loss.

    Source: Lin et al. 2017, arXiv 1708.02002, with softmax in the place of sigmoid.

    Examples
    --------
    >>> loss = softmax_focal_loss(torch.zeros(1, 2), torch.tensor([1]), gamma=2.0)
    >>> round(loss.item(), 5)  # 0.5**2 * ln 2
    0.17329
    >>> loss = softmax_focal_loss(torch.zeros(1, 2), torch.tensor([[0.3, 0.7]]), gamma=2.0, weight=[1, 9])
    >>> round(loss.item(), 5)  # (0.3 + 0.7 * 9) * 0.5**2 * ln 2
    1.14369
    """
    check_reduction(reduction, REDUCTIONS)
    gamma, ignore_index = check_gamma("gamma", gamma), check_ignore_index(ignore_index)
    x, t, kept = rows_and_targets(input, target, ignore_index)
    axis = class_axis(x)
    w = per_class(weight, x, x.shape[axis])
    if t.is_floating_point():
        return reduce_elements(loss_of_rows(x, t, gamma, w, axis), reduction, input, kept)
    loss = focused(margin_of(x, t, axis), gamma)
    own = torch.ones_like(loss) if w is None else w.index_select(0, t.reshape(-1)).reshape(t.shape)
    own = own if kept is None else torch.where(kept, own, 0.0)
    if reduction == "mean":
        return returned((loss * own).sum() / own.sum(), input)
    return reduce_elements(loss * own, reduction, input)


def focused(margin: Tensor, gamma: float) -> Tensor:
    """(1 - p)^gamma (-log p) of the class whose margin it is."""
    loss = softplus(-margin)
    return loss * torch.exp(-gamma * softplus(margin)) if gamma else loss


def margin_of(x: Tensor, y: Tensor, axis: int) -> Tensor:
    """Logit of the target's class minus logsumexp of all others; p_y is its sigmoid."""
    index = y.unsqueeze(axis)
    own = x.gather(axis, index).squeeze(axis)
    if x.shape[axis] == 1:
        return torch.full_like(own, float("inf")) + 0 * own
    others = x.scatter(axis, index, float("-inf"))
    # About the largest of them, the gradient keeps its digits however large the logits are.
    top = others.detach().amax(axis, keepdim=True).clamp(min=torch.finfo(x.dtype).min)
    return own - top.squeeze(axis) - (others - top).logsumexp(axis)


def loss_of_rows(x: Tensor, t: Tensor, gamma: float, weight: Tensor | None, axis: int) -> Tensor:
    """The loss of each row of probabilities `t`; classes that have none count nothing, whatever their logits."""
    margin = torch.where(t > 0, margins(x, axis), 0.0)
    part = t if weight is None else t * weight.reshape(-1, *[1] * (x.ndim - axis - 1))
    return (part * focused(margin, gamma)).sum(axis)


def margins(x: Tensor, axis: int) -> Tensor:
    """`margin_of` every class.

    Of all but the likeliest, 1 - p is at least a half, so that its log loses no digits.
    """
    first = x.detach().argmax(axis)
    classes = torch.arange(x.shape[axis], device=x.device).reshape(-1, *[1] * (x.ndim - axis - 1))
    is_first = classes == first.unsqueeze(axis)
    z = x - x.detach().amax(axis, keepdim=True).clamp(min=torch.finfo(x.dtype).min)
    log_p = z - z.logsumexp(axis, keepdim=True)
    p = torch.where(is_first, 0.0, log_p.exp())
    return torch.where(is_first, margin_of(x, first, axis).unsqueeze(axis), log_p - torch.log1p(-p))


@register("softmax_focal", rank=5)
class SoftmaxFocalLoss(Loss):
    """`softmax_focal_loss` as a Module; its parameters are explained there.

    `weight` is a buffer: it moves with the Module and stands in its state dict.

    Examples
    --------
    >>> loss = SoftmaxFocalLoss(gamma=2.0)
    >>> round(loss(torch.zeros(1, 2), torch.tensor([1])).item(), 5)  # 0.5**2 * ln 2
    0.17329
    """

    title = "Softmax focal loss"
    label = "Softmax focal"
    targets = "classes"
    knobs = (
        Knob("gamma", "γ", 0, 5, 0.05, 2, "higher: samples right already count less"),
        weight_knob("weight_0", "w₀", "weight of class 0, the negatives"),
        weight_knob("weight_1", "w₁", "weight of class 1, the positives"),
    )

    def __init__(
        self,
        gamma: float = 2.0,
        *,
        weight: Weights | None = None,
        ignore_index: float | None = -100,
        reduction: str = "mean",
    ) -> None:
        super().__init__()
        check_reduction(reduction, REDUCTIONS)
        self.gamma, self.ignore_index = check_gamma("gamma", gamma), check_ignore_index(ignore_index)
        self.reduction = reduction
        self.weight: Tensor | None
        self.register_buffer("weight", as_buffer(weight, "weight"))

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return softmax_focal_loss(
            input, target, self.gamma, weight=self.weight, ignore_index=self.ignore_index, reduction=self.reduction
        )

    def extra_repr(self) -> str:
        return f"gamma={self.gamma}, {self.settings()}"

    @classmethod
    def from_knobs(cls, **values: float | None) -> Loss:
        chosen = cls.chosen(values)
        weight = torch.tensor([chosen["weight_0"], chosen["weight_1"]], dtype=torch.float64)
        return cls(chosen["gamma"], weight=weight)

    @classmethod
    def code(cls, **values: float | None) -> str:
        chosen = cls.chosen(values)
        weight = f"torch.tensor([{chosen['weight_0']!r}, {chosen['weight_1']!r}])"
        return f"lossviz.SoftmaxFocalLoss(gamma={chosen['gamma']!r}, weight={weight})"

    @classmethod
    def formula(cls, **values: float | None) -> tuple[str, str]:
        chosen = cls.chosen(values)
        return (
            factor(chosen["weight_1"]) + power("(1-p)", chosen["gamma"]) + r"(-\log p)",
            factor(chosen["weight_0"]) + power("p", chosen["gamma"]) + r"(-\log(1-p))",
        )

    @classmethod
    def worked(cls, x: Tensor, t: Tensor, column: int, **values: float | None) -> tuple[str, str]:
        gamma = cls.chosen(values)["gamma"]
        terms = [
            factor(share) + power(f"(1-{latex(score)})", gamma) + f"(-\\log {latex(score)})"
            for share, score in of_classes(x, t)
        ]
        one, each = (power(f"(1-p_{name})", gamma) + rf"(-\log p_{name})" for name in "yc")
        return (one if t.max() == 1 else r"\sum_c t_c\, " + each), summed(terms)

    def binary(self, logits: Tensor, target: int) -> Tensor:
        rows = torch.stack([torch.zeros_like(logits), logits], dim=-1)
        y = torch.full(logits.shape, target, dtype=torch.int64, device=logits.device)
        loss = softmax_focal_loss(rows.reshape(-1, 2), y.reshape(-1), self.gamma, weight=self.weight, reduction="none")
        return loss.reshape(logits.shape)
