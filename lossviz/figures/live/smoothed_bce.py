"""Smoothed targets under pos_weight: the mean BCE over the score, and where it is least."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lossviz.figures.live.batch_size import chosen_value
from lossviz.figures.live.lines import Axis, Curve, Group, Outline, Panel, Query, Values
from lossviz.figures.live.losses import logit_grid
from lossviz.figures.palette import AFTER, NEUTRAL, OTHER_COLORS, loss_color
from lossviz.knobs import Knob
from lossviz.losses.bce import BCEWithLogitsLoss

PREVALENCE = Knob("bce_prevalence", "π", 1e-7, 0.5, 1e-7, 0.01, "share of positives", scale="log")
WEIGHT = Knob("bce_pos_weight", "w₊", 1, 1e7, 0.01, 99, "pos_weight: how many negatives one positive counts for", "log")
SMOOTHING = Knob("bce_smoothing", "ε", 0, 0.5, 0.005, 0.1, "targets 1 and 0 become 1 − ε/2 and ε/2")
KNOBS = (PREVALENCE, WEIGHT, SMOOTHING)
AXES = (Axis("probability", "score"), Axis("logit", "logit"))
PANELS = (Panel("loss", "Mean loss of all rows, which get one score", "loss"),)
BOTH, SMOOTHED, WEIGHTED, LEAST = "pos_weight and smoothing", "smoothing alone", "pos_weight alone", "least"
FARTHEST = 18.0  # beyond the logit of the rarest prevalence, and of the largest weight at an even one


def smoothed_share(prevalence: float, smoothing: float) -> float:
    """The mean of targets that are smoothed, of which a share `prevalence` was 1."""
    return prevalence * (1 - smoothing) + smoothing / 2


def best_score(prevalence: float, pos_weight: float, smoothing: float) -> float:
    """The score at which the mean BCE is least, where all rows get one.

    Examples
    --------
    >>> round(best_score(0.01, 99.0, 0.1), 4)  # 99 * 0.059 / (99 * 0.059 + 0.941)
    0.8613
    """
    share = smoothed_share(prevalence, smoothing)
    return pos_weight * share / (pos_weight * share + 1 - share)


def mean_loss(z: Tensor, prevalence: float, pos_weight: float, smoothing: float) -> Tensor:
    """The mean BCE at each logit; it is linear in the target, so that of the mean target is the mean."""
    weight = torch.tensor(pos_weight, dtype=z.dtype)
    target = torch.full_like(z, smoothed_share(prevalence, smoothing))
    loss: Tensor = BCEWithLogitsLoss(pos_weight=weight, reduction="none")(z, target)
    return loss


@dataclass(frozen=True)
class SmoothedBCEFigure:
    """The mean BCE of all rows over the one score that they get, with and without pos_weight and smoothing."""

    points: int = 199
    route: ClassVar[str] = "smoothed_bce"

    @property
    def groups(self) -> tuple[Group, ...]:
        return (Group("smoothed_bce", "", "", tuple((knob.name, knob) for knob in KNOBS)),)

    @property
    def query(self) -> tuple[tuple[str, str], ...]:
        return ()

    @property
    def outline(self) -> Outline:
        looks = {
            BOTH: (loss_color("bce"), "solid"),
            SMOOTHED: (OTHER_COLORS[6], "dash"),
            WEIGHTED: (AFTER, "dash"),
            LEAST: (NEUTRAL, "dot"),
        }
        return Outline(AXES, PANELS, tuple(Curve(name, "loss", *look) for name, look in looks.items()))

    def rows(self, values: Values) -> NDArray[np.float64]:
        prevalence, weight, smoothing = (chosen_value(knob, values) for knob in KNOBS)
        least = torch.logit(torch.tensor(best_score(prevalence, weight, smoothing), dtype=torch.float64))
        # The logit of the least loss stands in the row twice, for a stem.
        z = torch.cat([logit_grid(FARTHEST, self.points - 2), least.expand(2)]).sort().values
        asked = ((weight, smoothing), (1.0, smoothing), (weight, 0.0))
        curves = [mean_loss(z, prevalence, *each) for each in asked]
        first = int(torch.searchsorted(z, least))
        stem = torch.full_like(z, torch.nan)
        stem[first], stem[first + 1] = curves[0][first], 0
        return torch.stack([torch.sigmoid(z), z, *curves, stem]).numpy()

    @classmethod
    def from_query(cls, query: Query) -> SmoothedBCEFigure:
        return cls()
