"""Label smoothing under class weights: where the loss of a row of class 0 is least."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from lossviz.figures.live.batch_size import chosen_value
from lossviz.figures.live.lines import Axis, Curve, Group, Outline, Panel, Query, Values
from lossviz.figures.live.losses import logit_grid
from lossviz.figures.palette import AFTER, NEUTRAL, loss_color
from lossviz.knobs import Knob
from lossviz.logits.curves import loss_curve
from lossviz.logits.optimum import optimal_logit
from lossviz.losses.cross_entropy import CrossEntropyLoss

WEIGHT = Knob("rare_weight", "w₁", 1, 1000, 1, 100, "weight of class 1; class 0 has weight 1", scale="log")
SMOOTHING = Knob("label_smoothing", "ε", 0, 0.5, 0.005, 0.1, "share of each target that is spread over all classes")
AXES = (Axis("probability", "score of class 1"), Axis("logit", "logit of class 1"))
PANELS = (Panel("loss", "Loss of a row whose class is 0", "loss"),)
BOTH, SMOOTHED, WEIGHTED, LEAST = "weights and smoothing", "smoothing alone", "weights alone", "least"


def smoothed_loss(weight: float, smoothing: float) -> CrossEntropyLoss:
    """``torch.nn.CrossEntropyLoss`` with weights (1, `weight`) and label smoothing."""
    weights = torch.tensor([1.0, weight], dtype=torch.float64)
    return CrossEntropyLoss(weight=weights, label_smoothing=smoothing)


def least_at(weight: float, smoothing: float) -> float:
    """The score of class 1 at which a row of class 0 costs least.

    Examples
    --------
    >>> round(least_at(100.0, 0.1), 2)  # 100 * 0.05 / (100 * 0.05 + 0.95)
    0.84
    """
    return torch.sigmoid(optimal_logit(smoothed_loss(weight, smoothing), 0.0)).item()


@dataclass(frozen=True)
class SmoothingFigure:
    """The loss of a row of class 0 over the score of class 1, with and without weights and smoothing."""

    points: int = 119
    route: ClassVar[str] = "smoothing"

    @property
    def groups(self) -> tuple[Group, ...]:
        return (Group("smoothing", "", "", tuple((knob.name, knob) for knob in (WEIGHT, SMOOTHING))),)

    @property
    def query(self) -> tuple[tuple[str, str], ...]:
        return ()

    @property
    def outline(self) -> Outline:
        looks = {
            BOTH: (loss_color("ce"), "solid"),
            SMOOTHED: (loss_color("bce"), "dash"),
            WEIGHTED: (AFTER, "dash"),
            LEAST: (NEUTRAL, "dot"),
        }
        return Outline(AXES, PANELS, tuple(Curve(name, "loss", *look) for name, look in looks.items()))

    def rows(self, values: Values) -> NDArray[np.float64]:
        weight, smoothing = chosen_value(WEIGHT, values), chosen_value(SMOOTHING, values)
        z = logit_grid(8, self.points - 2)
        # The loss is convex, so its gradient passes 0 once. That logit stands in the row twice, for a stem.
        least = np.interp(0, loss_curve(smoothed_loss(weight, smoothing), 0, z).gradient, z)
        z = torch.cat([z, torch.full((2,), float(least), dtype=torch.float64)]).sort().values
        asked = ((weight, smoothing), (1, smoothing), (weight, 0))
        curves = [loss_curve(smoothed_loss(*each), 0, z).value for each in asked]
        first = int(torch.searchsorted(z, float(least)))
        stem = torch.full_like(z, torch.nan)
        stem[first], stem[first + 1] = curves[0][first], 0
        return torch.stack([torch.sigmoid(z), z, *curves, stem]).numpy()

    @classmethod
    def from_query(cls, query: Query) -> SmoothingFigure:
        return cls()
