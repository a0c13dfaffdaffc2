"""Binary cross-entropy: torch's own, described."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid

from lossviz.losses.registry import POS_WEIGHT, Loss, register
from lossviz.notation import factor


@register("bce", rank=1)
class BCEWithLogitsLoss(nn.BCEWithLogitsLoss, Loss):
    r"""``torch.nn.BCEWithLogitsLoss``, unchanged: binary cross-entropy of logits.

    .. math:: L = -w\,[\,w_+\, t \log \sigma(x) + (1 - t) \log \sigma(-x)\,]

    Parameters
    ----------
    weight : Tensor that broadcasts to the shape of the input, last axes first
        :math:`w`, of every element.
    pos_weight : Tensor that broadcasts to the shape of the input, last axes first
        :math:`w_+`, of the **positives**' part alone. One number per class of an (N, C, H, W) input
        has shape (C, 1, 1). An infinite one makes the loss of negatives nan.
    reduction : {"mean", "sum", "none"}
        'mean' divides by the number of elements, not by the weights: ten times the weight is ten
        times the loss.

    Notes
    -----
    Input and target have one shape, and targets are floating point, 0, 1 or between. In float32 the
    loss of an easy negative rounds to 0 from a logit of -17 on; its gradient does not.

    Elsewhere:

    - keras ``BinaryCrossentropy(from_logits=True)``: no pos_weight.
    - timm ``BinaryCrossEntropy(smoothing=0)``: weight and pos_weight.
    - torchvision has none; the ASL authors' ``AsymmetricLoss(0, 0, 0)`` is its sum.

    Examples
    --------
    >>> loss = BCEWithLogitsLoss(pos_weight=torch.tensor([9.0]))
    >>> loss(torch.tensor([0.0]), torch.tensor([1.0]))  # 9 ln 2
    tensor(6.2383)
    """

    title = "Binary cross-entropy"
    label = "BCE"
    knobs = (POS_WEIGHT,)

    @classmethod
    def from_knobs(cls, **values: float | None) -> Loss:
        return cls(pos_weight=torch.tensor([cls.chosen(values)["pos_weight"]], dtype=torch.float64))

    @classmethod
    def code(cls, **values: float | None) -> str:
        return f"torch.nn.BCEWithLogitsLoss(pos_weight=torch.tensor([{cls.chosen(values)['pos_weight']!r}]))"

    @classmethod
    def formula(cls, **values: float | None) -> tuple[str, str]:
        return factor(cls.chosen(values)["pos_weight"]) + r"(-\log p)", r"-\log(1-p)"

    def binary(self, logits: Tensor, target: int) -> Tensor:
        # logsigmoid of the margin keeps the digits that torch's BCE loses far out
        loss = -logsigmoid(logits if target else -logits)
        for weight in (self.weight, self.pos_weight if target else None):
            loss = loss if weight is None else loss * weight
        return loss
