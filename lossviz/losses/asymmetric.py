"""Asymmetric loss (ASL)."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from lossviz.knobs import Knob
from lossviz.losses.reduction import (
    as_buffer,
    check_gamma,
    check_reduction,
    fitting,
    logits_and_targets,
    reduce_elements,
)
from lossviz.losses.registry import Loss, register
from lossviz.notation import latex, power


def asymmetric_loss(
    input: Tensor,
    target: Tensor,
    gamma_neg: float = 4.0,
    gamma_pos: float = 1.0,
    clip: float | None = 0.05,
    *,
    eps: float | None = 1e-8,
    detach_focusing: bool = False,
    weight: Tensor | None = None,
    pos_weight: Tensor | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Asymmetric loss of independent labels (Ben-Baruch et al. 2020, arXiv 2009.14119, equations 4 to 7).

    .. math::
        L_+ = -(1-p)^{\gamma_+} \log p, \qquad
        L_- = -p_m^{\gamma_-} \log(1 - p_m), \qquad p_m = \max(p - m, 0)

    Parameters
    ----------
    input : Tensor, any shape
        Logits. Half and bfloat16 are computed in float32 and returned in their own dtype.
    target : Tensor, the shape of `input`
        0, 1 or between; bool and integers are cast. Soft targets take the authors' product form:
        logs, bases and exponents are each mixed by the target, then multiplied.
    gamma_neg, gamma_pos : float, 0 or more
        Focusing of negatives and of positives. Between 0 and 1 the gradient is finite.
    clip : float in [0, 1), or None for 0
        The margin m. A negative with p <= m has loss and gradient exactly 0, and the loss of a
        hopeless negative is bounded by :math:`-(1-m)^{\gamma_-} \log m`.
    eps : float, or None or 0 for exact
        Logs are cut at log(eps), as the authors' code does: a positive with p < eps has gradient 0.
    detach_focusing : bool
        True treats the focusing factor as a constant in the backward pass
        (``disable_torch_grad_focal_loss``). The value is the same; the gradient is no longer the
        slope of the value.
    weight, pos_weight : Tensor that broadcasts to the shape of `input`, last axes first
        As in ``BCEWithLogitsLoss``: of every element, and of the positives' part.
    reduction : {"mean", "sum", "none", "batchmean"}
        'mean' divides by the number of elements. The authors' code is "sum", timm "batchmean".

    Returns
    -------
    Tensor
        A number; with "none" the shape of `input`.

    Raises
    ------
    ValueError
        For shapes that differ, a gamma below 0, clip outside [0, 1) or an unknown reduction.

    Notes
    -----
    With both gammas, clip and eps 0 it equals ``binary_cross_entropy_with_logits``; with equal
    gammas, clip and eps 0 it equals `sigmoid_focal_loss` with ``alpha=None``. gamma_neg, gamma_pos,
    clip and eps have these names and defaults in the authors' code and in timm; torchvision and
    keras have no such loss.

    Examples
    --------
    >>> asymmetric_loss(torch.tensor([0.0]), torch.tensor([0.0]))  # 0.45**4 * -ln 0.55
    tensor(0.0245)
    """
    check_reduction(reduction)
    check_gamma("gamma_neg", gamma_neg)
    check_gamma("gamma_pos", gamma_pos)
    margin, floor = check_margin(clip), check_eps(eps)
    x, t = logits_and_targets(input, target)
    weight, pos_weight = fitting(weight, "weight", x), fitting(pos_weight, "pos_weight", x)

    log_p, log_q = logsigmoid(x), logsigmoid(-x)
    if margin:
        log_q = torch.log((torch.sigmoid(-x) + margin).clamp(max=1))  # log(1 - p_m)
    if floor is not None:
        log_p, log_q = log_p.clamp(min=floor), log_q.clamp(min=floor)
    loss = -torch.lerp(log_q, log_p if pos_weight is None else log_p * pos_weight, t)
    if gamma_neg or gamma_pos:
        loss = loss * focusing(x.detach() if detach_focusing else x, t, gamma_neg, gamma_pos, margin)
    if weight is not None:
        loss = loss * weight
    return reduce_elements(loss, reduction, input)


def focusing(x: Tensor, t: Tensor, gamma_neg: float, gamma_pos: float, margin: float) -> Tensor:
    """(1 - p) to gamma_pos for positives, p_m to gamma_neg for negatives; 0 to the 0 is 1.

    Powers are taken through logs: a power's derivative divides by its base, which underflows to 0.
    """
    q = torch.sigmoid(-x)
    # With a margin p itself is never small where it counts; 1 - q has the exact slope far out.
    p_m = (1 - margin - q).clamp(min=0) if margin else torch.sigmoid(x)
    alive = p_m > 0
    log_p_m = torch.log(torch.where(alive, p_m, 1.0)) if margin else logsigmoid(x)
    hard = (t == 0) | (t == 1)
    mixed = torch.lerp(p_m, q, t)
    log_base = torch.where(
        hard, torch.lerp(log_p_m, logsigmoid(-x), t), torch.log(torch.where(hard | (mixed <= 0), 1.0, mixed))
    )
    exponent = gamma_pos * t + gamma_neg * (1 - t)
    dead = (t == 0) & ~alive & (exponent > 0) if margin else torch.zeros_like(alive)
    return torch.where(dead, 0.0, torch.exp(exponent * log_base))


def check_margin(clip: float | None) -> float:
    margin = 0.0 if clip is None else clip
    if not 0 <= margin < 1:
        raise ValueError(f"clip must be at least 0 and below 1; got {clip}.")
    return margin


def check_eps(eps: float | None) -> float | None:
    """The lowest value a log may take, or None."""
    if eps is None or eps == 0:
        return None
    if not 0 < eps < 1:
        raise ValueError(f"eps must lie between 0 and 1, or be None or 0 for exact; got {eps}.")
    return math.log(eps)


@register("asl", rank=4)
class AsymmetricLoss(Loss):
    """`asymmetric_loss` as a Module; `weight` and `pos_weight` are buffers."""

    title = "Asymmetric loss"
    label = "ASL"
    knobs = (
        Knob("gamma_neg", "γ₋", 0, 8, 0.05, 4, "how much less easy negatives count"),
        Knob("gamma_pos", "γ₊", 0, 8, 0.05, 1, "how much less easy positives count"),
        Knob("clip", "m", 0, 0.5, 0.01, 0.05, "negatives below this probability count nothing"),
        Knob("detach_focusing", "detached", 0, 1, 1, 0, "gradient does not flow through the focusing", switch=True),
    )

    def __init__(
        self,
        gamma_neg: float = 4.0,
        gamma_pos: float = 1.0,
        clip: float | None = 0.05,
        *,
        eps: float | None = 1e-8,
        detach_focusing: bool = False,
        weight: Tensor | None = None,
        pos_weight: Tensor | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__()
        check_reduction(reduction)
        check_gamma("gamma_neg", gamma_neg)
        check_gamma("gamma_pos", gamma_pos)
        check_margin(clip)
        check_eps(eps)
        self.gamma_neg, self.gamma_pos, self.clip, self.eps = gamma_neg, gamma_pos, clip, eps
        self.detach_focusing, self.reduction = detach_focusing, reduction
        self.weight: Tensor | None
        self.pos_weight: Tensor | None
        self.register_buffer("weight", as_buffer(weight))
        self.register_buffer("pos_weight", as_buffer(pos_weight))

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return self._loss(input, target, self.reduction)

    def _loss(self, input: Tensor, target: Tensor, reduction: str) -> Tensor:
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
            reduction=reduction,
        )

    def extra_repr(self) -> str:
        return (
            f"gamma_neg={self.gamma_neg}, gamma_pos={self.gamma_pos}, clip={self.clip}, eps={self.eps}, "
            f"detach_focusing={self.detach_focusing}, reduction={self.reduction!r}"
        )

    @classmethod
    def from_knobs(cls, **values: float | None) -> Loss:
        chosen = cls.chosen(values)
        return cls(**(chosen | {"detach_focusing": bool(chosen["detach_focusing"])}))

    @classmethod
    def formula(cls, **values: float | None) -> tuple[str, str]:
        chosen = cls.chosen(values)
        positive = power("(1-p)", chosen["gamma_pos"]) + r"(-\log p)"
        if not chosen["clip"]:
            return positive, power("p", chosen["gamma_neg"]) + r"(-\log(1-p))"
        shifted = rf"p_m = \max(p - {latex(chosen['clip'])},\,0)"
        return positive, power("p_m", chosen["gamma_neg"]) + rf"(-\log(1-p_m)),\quad {shifted}"

    def binary(self, logits: Tensor, target: int) -> Tensor:
        return self._loss(logits, torch.full_like(logits, target), "none")
