"""Sigmoid focal loss."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from lossviz.knobs import Knob
from lossviz.losses.focusing import element_losses, of_positives, raised, smallest, softplus
from lossviz.losses.reduction import reduce_elements
from lossviz.losses.registry import POS_WEIGHT, ElementwiseLoss, register
from lossviz.losses.settings import check_alpha, check_gamma, check_ignore_index, check_reduction
from lossviz.losses.targets import logits_and_targets
from lossviz.losses.weighting import Weights, as_buffer, fitting
from lossviz.notation import factor, latex, power


def sigmoid_focal_loss(
    input: Tensor,
    target: Tensor,
    alpha: float | None = 0.25,
    gamma: float = 2.0,
    reduction: str = "mean",
    *,
    weight: Weights | None = None,
    pos_weight: Weights | None = None,
    ignore_index: float | None = None,
) -> Tensor:
    r"""Focal loss of independent labels (Lin et al. 2017, arXiv 1708.02002, equation 5).

    .. math::
        FL = -\alpha_t (1 - p_t)^\gamma \log p_t, \qquad
        p = \sigma(x), \quad p_t = p\,t + (1-p)(1-t), \quad \alpha_t = \alpha t + (1-\alpha)(1-t)

    Parameters
    ----------
    input : Tensor, any shape
        Logits, not probabilities. Half and bfloat16 are computed and reduced in float32 and returned
        in their own dtype, under autocast in float32.
    target : Tensor, the shape of `input`
        0, 1 or between; bool and integers are cast. What is outside or nan is refused, unless it is
        `ignore_index`. Soft targets take torchvision's product form:
        :math:`p_t`, :math:`\alpha_t` and the cross-entropy are each mixed by the target, then multiplied.
    alpha : float in [0, 1], or None or negative for no weighting
        Weight of the **positives**; negatives get 1 - alpha, so 0.25 counts them three times.
    gamma : float, 0 or more
        Focusing: easy elements (p_t near 1) count less. 0 is BCE. Between 0 and 1, where the power
        has an infinite slope at 0, value and gradient stay finite and exact.
    reduction : {"mean", "sum", "none", "batchmean"}
        'mean' divides by the number of elements, whatever the weights; 'batchmean' by
        ``input.shape[0]``, ignored or not. Detection heads divide the sum by ``max(1, number of positives)``.
    weight, pos_weight : Tensor, array, list or number that broadcasts to the shape of `input`, last axes first
        As in ``BCEWithLogitsLoss``: `weight` multiplies every element, `pos_weight` the part of the
        **positives**. One per class of an (N, C, H, W) input has shape (C, 1, 1). Of any dtype: they are
        cast to that of the computation.
    ignore_index : float, optional
        Targets with this value count nowhere: their loss is 0, and 'mean' divides by the number of those
        that count, nan if there is none. ``float("nan")`` leaves out what is nan.

    Returns
    -------
    Tensor
        A number; with "none" the shape of `input`.

    Raises
    ------
    ValueError
        For shapes that differ, targets outside [0, 1], weights that do not fit or are negative, nan or
        infinite, integer logits, gamma below 0, alpha above 1 or an unknown reduction.

    Notes
    -----
    ``gamma=0, alpha=None`` equals ``binary_cross_entropy_with_logits``. With hard targets ``alpha=a``
    equals ``(1 - a)`` times ``alpha=None, pos_weight=a / (1 - a)``. The gradient flows through the
    focusing factor, which makes it larger than that of BCE for hard elements; the loss is not convex
    in the logit.

    Targets and weights on an accelerator, and all of them under ``torch.compile``, are checked there by an
    assertion that nothing waits for; a graph of ``torch.jit.trace`` does not check them.

    Elsewhere:

    - torchvision ``sigmoid_focal_loss``: the same names and order; alpha is off with -1, and the
      default reduction is "none".
    - keras ``BinaryFocalCrossentropy``: alpha and gamma; alpha counts only with
      ``apply_class_balancing=True``.
    - timm ``PolyBinaryCrossEntropy(epsilon=0)``: alpha and gamma; alpha is off by default.
    - The ASL authors' code: gamma is both gamma_neg and gamma_pos; there is no alpha.

    Examples
    --------
    >>> loss = sigmoid_focal_loss(torch.tensor([0.0]), torch.tensor([1.0]), alpha=0.25, gamma=2.0)
    >>> round(loss.item(), 5)  # 0.25 * 0.5**2 * ln 2
    0.04332
    """
    check_reduction(reduction)
    alpha, gamma = check_alpha(alpha), check_gamma("gamma", gamma)
    ignore_index = check_ignore_index(ignore_index)
    x, t, kept = logits_and_targets(input, target, ignore_index)
    weights, pos_weights = fitting(weight, "weight", x), fitting(pos_weight, "pos_weight", x)

    def formula(x: Tensor, t: Tensor, pos_weight: Tensor | None) -> tuple[Tensor, Callable[[], Tensor]]:
        p, q = torch.sigmoid(x), torch.sigmoid(-x)
        ce = torch.lerp(softplus(x), of_positives(softplus(-x), t, pos_weight), t)
        miss = torch.lerp(p, q, t).clamp(min=smallest(x))  # 1 - p_t, without a subtraction
        focus = raised(miss, gamma) if gamma else torch.ones_like(x)
        if alpha is not None and alpha >= 0:
            focus = focus * (alpha * t + (1 - alpha) * (1 - t))

        def slope() -> Tensor:
            ce_slope = torch.lerp(p, of_positives(-q, t, pos_weight), t)
            return focus * (ce_slope + gamma * ce * (p * q * (1 - 2 * t) / miss))

        return focus * ce, slope

    loss = element_losses(formula, x, t, pos_weights)
    if weights is not None:
        loss = loss * weights
    return reduce_elements(loss, reduction, input, kept)


@register("focal", rank=3)
class SigmoidFocalLoss(ElementwiseLoss):
    """`sigmoid_focal_loss` as a Module; its parameters are explained there.

    `weight` and `pos_weight` are buffers: they move with the Module and stand in its state dict.

    Examples
    --------
    >>> loss = SigmoidFocalLoss(alpha=0.25, gamma=2.0)
    >>> round(loss(torch.tensor([0.0]), torch.tensor([1.0])).item(), 5)  # 0.25 * 0.5**2 * ln 2
    0.04332
    """

    title = "Focal loss"
    label = "Focal"
    knobs = (
        Knob("alpha", "α", 0, 1, 0.01, 0.25, "weight of the positives; negatives get 1 − α", optional=True),
        Knob("gamma", "γ", 0, 5, 0.05, 2, "higher: elements right already count less"),
        POS_WEIGHT,
    )

    def __init__(
        self,
        alpha: float | None = 0.25,
        gamma: float = 2.0,
        reduction: str = "mean",
        *,
        weight: Weights | None = None,
        pos_weight: Weights | None = None,
        ignore_index: float | None = None,
    ) -> None:
        super().__init__()
        check_reduction(reduction)
        self.alpha, self.gamma, self.reduction = check_alpha(alpha), check_gamma("gamma", gamma), reduction
        self.ignore_index = check_ignore_index(ignore_index)
        self.weight: Tensor | None
        self.pos_weight: Tensor | None
        self.register_buffer("weight", as_buffer(weight, "weight"))
        self.register_buffer("pos_weight", as_buffer(pos_weight, "pos_weight"))

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return sigmoid_focal_loss(
            input,
            target,
            self.alpha,
            self.gamma,
            self.reduction,
            weight=self.weight,
            pos_weight=self.pos_weight,
            ignore_index=self.ignore_index,
        )

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}, gamma={self.gamma}, {self.settings()}"

    @classmethod
    def formula(cls, **values: float | None) -> tuple[str, str]:
        chosen = cls.chosen(values)
        alpha, gamma = chosen["alpha"], chosen["gamma"]
        positive, negative = ("", "") if alpha is None else (factor(alpha), factor(1 - alpha))
        weight = factor(chosen["pos_weight"])
        if weight and positive:
            weight += r"\cdot "
        return (
            weight + positive + power("(1-p)", gamma) + r"(-\log p)",
            negative + power("p", gamma) + r"(-\log(1-p))",
        )

    @classmethod
    def soft_formula(cls, **values: float | None) -> str:
        chosen = cls.chosen(values)
        alpha, weight = chosen["alpha"], factor(chosen["pos_weight"])
        mixed = "" if alpha is None else rf"({latex(alpha)} \cdot t + {latex(1 - alpha)} (1-t))\,"
        focus = power(r"(1 - t \cdot p - (1-t)(1-p))", chosen["gamma"])
        return mixed + focus + rf"\left[t\,{weight}(-\log p) + (1-t)(-\log(1-p))\right]"

    def binary(self, logits: Tensor, target: int) -> Tensor:
        targets = torch.full_like(logits, target)
        return sigmoid_focal_loss(
            logits, targets, self.alpha, self.gamma, "none", weight=self.weight, pos_weight=self.pos_weight
        )
