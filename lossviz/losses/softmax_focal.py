"""Softmax focal loss."""

from __future__ import annotations

import torch
from torch import Tensor

from lossviz.knobs import Knob
from lossviz.losses.focusing import softplus
from lossviz.losses.reduction import as_buffer, check_gamma, check_reduction, check_tensors, computable, tensor_of
from lossviz.losses.registry import Loss, register, weight_knob
from lossviz.notation import factor, power


def softmax_focal_loss(
    input: Tensor,
    target: Tensor,
    gamma: float = 2.0,
    *,
    weight: Tensor | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Tensor:
    r"""Focal loss of exclusive classes: cross-entropy times :math:`(1 - p_y)^\gamma`.

    .. math:: FL = -w_y (1 - p_y)^\gamma \log p_y, \qquad p = \mathrm{softmax}(x)

    Parameters
    ----------
    input : Tensor, (C), (N, C) or (N, C, d1, ...)
        Logits, not probabilities. Half and bfloat16 are computed in float32 and returned in their
        own dtype.
    target : Tensor of integers, (), (N) or (N, d1, ...)
        Class indices.
    gamma : float, 0 or more
        Focusing: easy samples (p_y near 1) count less. 0 is ``cross_entropy``. Between 0 and 1, where
        the power has an infinite slope at 0, value and gradient stay finite and exact.
    weight : Tensor, (C,)
        One per class, as in ``CrossEntropyLoss``: a sample counts with the weight of its own class.
        p_y comes from the unweighted logits.
    ignore_index : int
        Targets with this value count nowhere; their loss is 0.
    reduction : {"mean", "sum", "none"}
        'mean' divides by the sum of the weights of the targets that count, as ``CrossEntropyLoss``
        does, so that ten times the weight is the same loss and a batch of one class has no weights
        at all; it is nan where that sum is 0.

    Returns
    -------
    Tensor
        A number; with "none" the shape of `target`.

    Raises
    ------
    ValueError
        For shapes that do not fit, targets that are no integers, gamma below 0 or an unknown reduction.

    Notes
    -----
    ``gamma=0`` equals ``cross_entropy``; two classes equal `sigmoid_focal_loss` of the difference
    of their logits with ``alpha=None``. The gradient flows through the focusing factor.

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
    """
    check_reduction(reduction, ("mean", "sum", "none"))
    check_gamma("gamma", gamma)
    check_tensors(input, target)
    x = computable(input)
    weight = None if weight is None else tensor_of(weight, x)
    check_classes(input, target, weight)
    axis = min(1, x.ndim - 1)
    kept = target != ignore_index
    y = torch.where(kept, target, 0).long()

    margin = margin_of(x, y, axis)
    loss = softplus(-margin)
    if gamma:
        loss = loss * torch.exp(-gamma * softplus(margin))  # (1 - p_y)^gamma
    w = torch.ones_like(margin) if weight is None else weight.to(x.dtype)[y]
    w = torch.where(kept, w, 0.0)
    loss = torch.where(kept, loss * w, 0.0)  # an ignored logit may be nan
    if reduction == "mean":
        loss = loss.sum() / w.sum()
    elif reduction == "sum":
        loss = loss.sum()
    return loss.to(input.dtype)


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


def check_classes(input: Tensor, target: Tensor, weight: Tensor | None) -> None:
    if input.ndim == 0:
        raise ValueError("input needs a class axis: (C), (N, C) or (N, C, d1, ...); got a single number.")
    expected = input.shape[:1] + input.shape[2:] if input.ndim > 1 else torch.Size()
    if target.shape != expected:
        raise ValueError(
            f"target must hold class indices of shape {tuple(expected)} for an input of shape "
            f"{tuple(input.shape)}; got {tuple(target.shape)}."
        )
    if target.is_floating_point():
        raise ValueError(f"target must hold class indices; got {target.dtype}. For probabilities, use torch's own CE.")
    classes = input.shape[min(1, input.ndim - 1)]
    if classes == 0:
        raise ValueError(f"input needs at least one class; got an input of shape {tuple(input.shape)}.")
    if weight is not None and weight.shape != (classes,):
        raise ValueError(f"weight must hold one number for each of the {classes} classes; got {tuple(weight.shape)}.")


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
    knobs = (
        Knob("gamma", "γ", 0, 5, 0.05, 2, "how much less easy samples count"),
        weight_knob("weight_0", "w₀", "weight of class 0, the negatives"),
        weight_knob("weight_1", "w₁", "weight of class 1, the positives"),
    )

    def __init__(
        self,
        gamma: float = 2.0,
        *,
        weight: Tensor | None = None,
        ignore_index: int = -100,
        reduction: str = "mean",
    ) -> None:
        super().__init__()
        check_reduction(reduction, ("mean", "sum", "none"))
        check_gamma("gamma", gamma)
        self.gamma, self.ignore_index, self.reduction = gamma, ignore_index, reduction
        self.weight: Tensor | None
        self.register_buffer("weight", as_buffer(weight))

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return softmax_focal_loss(
            input, target, self.gamma, weight=self.weight, ignore_index=self.ignore_index, reduction=self.reduction
        )

    def extra_repr(self) -> str:
        return f"gamma={self.gamma}, ignore_index={self.ignore_index}, reduction={self.reduction!r}"

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

    def binary(self, logits: Tensor, target: int) -> Tensor:
        rows = torch.stack([torch.zeros_like(logits), logits], dim=-1)
        y = torch.full(logits.shape, target, dtype=torch.int64, device=logits.device)
        loss = softmax_focal_loss(rows.reshape(-1, 2), y.reshape(-1), self.gamma, weight=self.weight, reduction="none")
        return loss.reshape(logits.shape)
