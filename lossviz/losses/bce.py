"""Binary cross-entropy: torch's own, with its arguments checked."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, logsigmoid

from lossviz.losses.reduction import reduce_elements, returned
from lossviz.losses.registry import POS_WEIGHT, ElementwiseLoss, Loss, register
from lossviz.losses.settings import check_ignore_index, check_reduction
from lossviz.losses.targets import logits_and_targets
from lossviz.losses.weighting import Weights, as_buffer, fitting
from lossviz.notation import factor


@register("bce", rank=1)
class BCEWithLogitsLoss(nn.BCEWithLogitsLoss, ElementwiseLoss):
    r"""``torch.nn.BCEWithLogitsLoss`` with its arguments checked: binary cross-entropy of logits.

    .. math:: L = -w\,[\,w_+\, t \log \sigma(x) + (1 - t) \log \sigma(-x)\,]

    Parameters
    ----------
    weight : Tensor, array, list or number that broadcasts to the shape of the input, last axes first
        :math:`w`, of every element. Of any dtype: it is cast to that of the computation.
    pos_weight : the same
        :math:`w_+`, of the **positives**' part alone. One number per class of an (N, C, H, W) input
        has shape (C, 1, 1).
    reduction : {"mean", "sum", "none"}
        'mean' divides by the number of elements, not by the weights: ten times the weight is ten
        times the loss.
    ignore_index : float, optional
        Targets with this value count nowhere: their loss is 0, and 'mean' divides by the number of those
        that count, nan if there is none. ``float("nan")`` leaves out what is nan.

    Raises
    ------
    ValueError
        For shapes that differ, targets outside [0, 1] or nan that are not `ignore_index`, and weights that
        do not fit or are negative, nan or infinite.

    Notes
    -----
    Values are those of torch's own function. Input and target have one shape; bool and integer targets
    are cast. Half and bfloat16 are computed and reduced in float32 and returned in their own dtype, under
    autocast in float32. In float32 the loss of an easy negative rounds to 0 from a logit of -17 on; its
    gradient does not.

    Targets and weights on an accelerator, and all of them under ``torch.compile``, are checked there by an
    assertion that nothing waits for; a graph of ``torch.jit.trace`` does not check them.

    Elsewhere:

    - keras ``BinaryCrossentropy(from_logits=True)``: no pos_weight.
    - timm ``BinaryCrossEntropy(smoothing=0)``: weight and pos_weight.
    - torchvision has none; the ASL authors' ``AsymmetricLoss(0, 0, 0)`` is its sum.

    Examples
    --------
    >>> loss = BCEWithLogitsLoss(pos_weight=[9])
    >>> loss(torch.tensor([0.0]), torch.tensor([1]))  # 9 ln 2
    tensor(6.2383)
    """

    title = "Binary cross-entropy"
    label = "BCE"
    knobs = (POS_WEIGHT,)

    def __init__(
        self,
        weight: Weights | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        pos_weight: Weights | None = None,
        *,
        ignore_index: float | None = None,
    ) -> None:
        check_reduction(reduction, ("mean", "sum", "none"))
        super().__init__(
            as_buffer(weight, "weight"), size_average, reduce, reduction, as_buffer(pos_weight, "pos_weight")
        )
        self.ignore_index = check_ignore_index(ignore_index)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        x, t, kept = logits_and_targets(input, target, self.ignore_index)
        weight, pos_weight = fitting(self.weight, "weight", x), fitting(self.pos_weight, "pos_weight", x)
        reduction = self.reduction if kept is None else "none"
        loss = binary_cross_entropy_with_logits(x, t, weight, reduction=reduction, pos_weight=pos_weight)
        return returned(loss, input) if kept is None else reduce_elements(loss, self.reduction, input, kept)

    def extra_repr(self) -> str:
        return self.settings()

    @classmethod
    def from_knobs(cls, **values: float | None) -> Loss:
        return cls(pos_weight=torch.tensor([cls.chosen(values)["pos_weight"]], dtype=torch.float64))

    @classmethod
    def code(cls, **values: float | None) -> str:
        return f"torch.nn.BCEWithLogitsLoss(pos_weight=torch.tensor([{cls.chosen(values)['pos_weight']!r}]))"

    @classmethod
    def formula(cls, **values: float | None) -> tuple[str, str]:
        return factor(cls.chosen(values)["pos_weight"]) + r"(-\log p)", r"-\log(1-p)"

    @classmethod
    def soft_formula(cls, **values: float | None) -> str:
        weight = factor(cls.chosen(values)["pos_weight"])
        return rf"t\,{weight}(-\log p) + (1-t)(-\log(1-p))"

    def binary(self, logits: Tensor, target: int) -> Tensor:
        # logsigmoid of the margin keeps the digits that torch's BCE loses far out
        loss = -logsigmoid(logits if target else -logits)
        for weight in (self.weight, self.pos_weight if target else None):
            loss = loss if weight is None else loss * weight.to(loss.dtype)
        return loss
