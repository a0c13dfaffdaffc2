"""Asymmetric loss (ASL)."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal

import torch
from torch import Tensor

from lossviz.knobs import Knob
from lossviz.losses.focusing import element_losses, of_positives, raised, smallest, softplus
from lossviz.losses.reduction import reduce_elements
from lossviz.losses.registry import POS_WEIGHT, ElementwiseLoss, register
from lossviz.losses.settings import check_eps, check_gamma, check_ignore_index, check_margin, check_reduction
from lossviz.losses.targets import logits_and_targets
from lossviz.losses.weighting import Weights, as_buffer, fitting
from lossviz.notation import factor, latex, power


def asymmetric_loss(
    input: Tensor,
    target: Tensor,
    gamma_neg: float = 4.0,
    gamma_pos: float = 1.0,
    clip: float | None = 0.05,
    *,
    eps: float | None = 1e-8,
    detach_focusing: bool = False,
    weight: Weights | None = None,
    pos_weight: Weights | None = None,
    ignore_index: float | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Asymmetric loss of independent labels (Ben-Baruch et al. 2020, arXiv 2009.14119, equations 4 to 7).

    .. math::
        L_+ = -(1-p)^{\gamma_+} \log p, \qquad
        L_- = -p_m^{\gamma_-} \log(1 - p_m), \qquad p = \sigma(x), \quad p_m = \max(p - m, 0)

    Parameters
    ----------
    input : Tensor, any shape
        Logits, not probabilities. Half and bfloat16 are computed and reduced in float32 and returned
        in their own dtype, under autocast in float32.
    target : Tensor, the shape of `input`
        0, 1 or between; bool and integers are cast. What is outside or nan is refused, unless it is
        `ignore_index`. Soft targets take the authors' product form:
        logs, bases and exponents are each mixed by the target, then multiplied.
    gamma_neg, gamma_pos : float, 0 or more
        Focusing of **negatives** and of **positives**. Between 0 and 1, where the power has an
        infinite slope at 0, value and gradient stay finite and exact.
    clip : float in [0, 1), or None for 0
        The margin m, in the base and in the log. A negative with p <= m has loss and gradient
        exactly 0, and no negative loses more than :math:`-(1-m)^{\gamma_-} \log m`: beyond that its
        gradient fades, as of a label that may be wrong.
    eps : float in [0, 1), or None or 0 for exact
        Logs are cut at log(eps), as the authors' code does: a positive with p < eps has a constant
        log, and with gamma_pos = 0 no gradient.
    detach_focusing : bool
        True treats the focusing factor as a constant in the backward pass. The value is the same;
        the gradient is no longer the slope of the value. Of easy negatives (p near 0, no margin) the
        full gradient is 1 + gamma_neg times the detached one.
    weight, pos_weight : Tensor, array, list or number that broadcasts to the shape of `input`, last axes first
        As in ``BCEWithLogitsLoss``: `weight` multiplies every element, `pos_weight` the part of the
        **positives**. One per class of an (N, C, H, W) input has shape (C, 1, 1). Of any dtype: they are
        cast to that of the computation.
    ignore_index : float, optional
        Targets with this value count nowhere: their loss is 0, and 'mean' divides by the number of those
        that count, nan if there is none. ``float("nan")`` leaves out what is nan.
    reduction : {"mean", "sum", "none", "batchmean"}
        'mean' divides by the number of elements, whatever the weights; 'batchmean' by
        ``input.shape[0]``, ignored or not.

    Returns
    -------
    Tensor
        A number; with "none" the shape of `input`.

    Raises
    ------
    ValueError
        For shapes that differ, targets outside [0, 1], weights that do not fit or are negative, nan or
        infinite, integer logits, a gamma below 0, clip or eps outside [0, 1) or an unknown reduction.

    Notes
    -----
    With both gammas, clip and eps 0 it equals ``binary_cross_entropy_with_logits``; with equal
    gammas, clip and eps 0 it equals `sigmoid_focal_loss` with ``alpha=None``. There is no alpha:
    classes are balanced by the two gammas, or by pos_weight.

    Targets and weights on an accelerator, and all of them under ``torch.compile``, are checked there by an
    assertion that nothing waits for; a graph of ``torch.jit.trace`` does not check them.

    Elsewhere:

    - The authors' ``AsymmetricLoss``: the same names and defaults; always the "sum";
      detach_focusing is ``disable_torch_grad_focal_loss``.
    - timm ``AsymmetricLossMultiLabel``: the same names and defaults; "batchmean" by default;
      detach_focusing is ``disable_torch_grad_focal_loss``.
    - torchvision and keras have no such loss.

    Examples
    --------
    >>> loss = asymmetric_loss(torch.tensor([0.0]), torch.tensor([0.0]), gamma_neg=4, gamma_pos=1, clip=0.05)
    >>> round(loss.item(), 5)  # 0.45**4 * -ln 0.55
    0.02452
    """
    check_reduction(reduction)
    gamma_neg, gamma_pos = check_gamma("gamma_neg", gamma_neg), check_gamma("gamma_pos", gamma_pos)
    margin, floor, ignore_index = check_margin(clip), check_eps(eps), check_ignore_index(ignore_index)
    cap = -math.log(floor) if floor else math.inf
    x, t, kept = logits_and_targets(input, target, ignore_index)
    weights, pos_weights = fitting(weight, "weight", x), fitting(pos_weight, "pos_weight", x)

    def formula(x: Tensor, t: Tensor, pos_weight: Tensor | None) -> tuple[Tensor, Callable[[], Tensor]]:
        p, q = torch.sigmoid(x), torch.sigmoid(-x)
        p_m, ce_neg = shifted(x, p, q, margin) if margin else (p, softplus(x))
        ce_pos = softplus(-x).clamp(max=cap)
        if margin < floor:
            ce_neg = ce_neg.clamp(max=cap)
        ce = torch.lerp(ce_neg, of_positives(ce_pos, t, pos_weight), t)
        base = torch.lerp(p_m, q, t).clamp(min=smallest(x))
        exponent = gamma_neg * (1 - t) + gamma_pos * t
        focus = raised(base, exponent)
        if detach_focusing:
            focus = focus.detach()

        def slope() -> Tensor:
            # p_m and the capped logs have slope 0 where they are constant.
            pq = p * q
            p_m_slope = pq * p_m.sign() if margin else pq
            pos_slope, neg_slope = -q * (cap - ce_pos).sign(), p_m_slope / (q + margin) if margin else p
            if margin < floor:
                neg_slope = neg_slope * (cap - ce_neg).sign()
            ce_slope = torch.lerp(neg_slope, of_positives(pos_slope, t, pos_weight), t)
            if detach_focusing:
                return focus * ce_slope
            base_slope = torch.lerp(p_m_slope, -pq, t)
            return focus * (ce_slope + exponent * ce * (base_slope / base))

        return focus * ce, slope

    loss = element_losses(formula, x, t, pos_weights)
    if weights is not None:
        loss = loss * weights
    return reduce_elements(loss, reduction, input, kept)


def shifted(x: Tensor, p: Tensor, q: Tensor, margin: float) -> tuple[Tensor, Tensor]:
    """p_m and -log(1 - p_m), both to the last digit right beside the logit where p is the margin.

    With d the distance to that logit, p - m = (1 - m) p (1 - e^-d), which subtracts no two near numbers.
    """
    high, low = logit_of_margin(margin, x.dtype)
    p_m = -(1 - margin) * p * torch.expm1(-torch.relu((x - high) - low))
    near = (p_m < 0.5).to(x.dtype)
    return p_m, -torch.lerp(torch.log(q + margin), torch.log1p(-p_m.clamp(max=0.5)), near)


def logit_of_margin(margin: float, dtype: torch.dtype) -> tuple[float, float]:
    """log(m / (1 - m)) as the nearest number of `dtype` and what is left over, for a difference without rounding."""
    if torch.compiler.is_compiling():  # the margin may be a symbol there, and has no more digits than a double
        whole = math.log(margin / (1 - margin))
        if dtype == torch.float64:
            return whole, 0.0
        spread = whole * (2**29 + 1)  # Veltkamp's split, to the 24 bits of float32
        high = spread - (spread - whole)
        return high, whole - high
    exact = Decimal(margin).ln() - (1 - Decimal(margin)).ln()
    high = torch.tensor(float(exact), dtype=dtype).item()
    return high, float(exact - Decimal(high))


@register("asl", rank=4)
class AsymmetricLoss(ElementwiseLoss):
    """`asymmetric_loss` as a Module; its parameters are explained there.

    `weight` and `pos_weight` are buffers: they move with the Module and stand in its state dict.

    Examples
    --------
    >>> loss = AsymmetricLoss(gamma_neg=4, gamma_pos=1, clip=0.05)
    >>> round(loss(torch.tensor([0.0]), torch.tensor([0.0])).item(), 5)  # 0.45**4 * -ln 0.55
    0.02452
    """

    title = "Asymmetric loss"
    label = "ASL"
    knobs = (
        Knob("gamma_neg", "γ₋", 0, 8, 0.05, 4, "higher: negatives right already count less"),
        Knob("gamma_pos", "γ₊", 0, 8, 0.05, 1, "higher: positives right already count less"),
        Knob("clip", "m", 0, 0.5, 0.01, 0.05, "negatives that score below it count nothing"),
        Knob("detach_focusing", "detached", 0, 1, 1, 0, "training ignores the slope of focusing", switch=True),
        POS_WEIGHT,
    )

    def __init__(
        self,
        gamma_neg: float = 4.0,
        gamma_pos: float = 1.0,
        clip: float | None = 0.05,
        *,
        eps: float | None = 1e-8,
        detach_focusing: bool = False,
        weight: Weights | None = None,
        pos_weight: Weights | None = None,
        ignore_index: float | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__()
        check_reduction(reduction)
        self.gamma_neg, self.gamma_pos = check_gamma("gamma_neg", gamma_neg), check_gamma("gamma_pos", gamma_pos)
        self.clip = None if clip is None else check_margin(clip)
        self.eps = None if eps is None else check_eps(eps)
        self.detach_focusing, self.reduction = detach_focusing, reduction
        self.ignore_index = check_ignore_index(ignore_index)
        self.weight: Tensor | None
        self.pos_weight: Tensor | None
        self.register_buffer("weight", as_buffer(weight, "weight"))
        self.register_buffer("pos_weight", as_buffer(pos_weight, "pos_weight"))

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return self._loss(input, target, self.reduction, self.ignore_index)

    def _loss(self, input: Tensor, target: Tensor, reduction: str, ignore_index: float | None = None) -> Tensor:
        return asymmetric_loss(
            input,
            target,
            self.gamma_neg,
            self.gamma_pos,
            self.clip,
            eps=self.eps,
            detach_focusing=self.detach_focusing,
            weight=self.weight,
            pos_weight=self.pos_weight,
            ignore_index=ignore_index,
            reduction=reduction,
        )

    def extra_repr(self) -> str:
        return (
            f"gamma_neg={self.gamma_neg}, gamma_pos={self.gamma_pos}, clip={self.clip}, eps={self.eps}, "
            f"detach_focusing={self.detach_focusing}, {self.settings()}"
        )

    @classmethod
    def formula(cls, **values: float | None) -> tuple[str, str]:
        chosen = cls.chosen(values)
        positive = factor(chosen["pos_weight"]) + power("(1-p)", chosen["gamma_pos"]) + r"(-\log p)"
        if not chosen["clip"]:
            return positive, power("p", chosen["gamma_neg"]) + r"(-\log(1-p))"
        shifted = rf"p_m = \max(p - {latex(chosen['clip'])},\,0)"
        return positive, power("p_m", chosen["gamma_neg"]) + rf"(-\log(1-p_m)),\quad {shifted}"

    @classmethod
    def soft_formula(cls, **values: float | None) -> str:
        chosen = cls.chosen(values)
        weight, clip = factor(chosen["pos_weight"]), chosen["clip"]
        p = "p_m" if clip else "p"
        exponent = rf"{latex(chosen['gamma_neg'])}(1-t) + {latex(chosen['gamma_pos'])} \cdot t"
        focus = rf"\left((1-t)\,{p} + t\,(1-p)\right)^{{{exponent}}}"
        entropy = rf"\left[t\,{weight}(-\log p) + (1-t)(-\log(1-{p}))\right]"
        return focus + entropy + (rf",\quad p_m = \max(p - {latex(clip)},\,0)" if clip else "")

    def binary(self, logits: Tensor, target: int) -> Tensor:
        return self._loss(logits, torch.full_like(logits, target), "none")
