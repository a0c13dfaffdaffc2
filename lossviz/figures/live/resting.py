"""The start page's figure. It is described without torch, so that its frame can stand before torch is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from lossviz.figures.live.lines import Axis, Curve, Group, Outline, Panel, Query, Values, grid_of
from lossviz.figures.palette import NEUTRAL, loss_color
from lossviz.knobs import Knob

PREVALENCE = Knob("prevalence", "π", 1e-7, 0.5, 1e-7, 0.01, "share of positives in the data", scale="log")
AXES = (Axis("logit", "logit"), Axis("probability", "probability σ(logit)"))
PANELS = (
    Panel("pull", "Average gradient on the logit: above 0, training lowers the score", "gradient"),
    Panel("share", "Share of the gradient that comes from negatives", "share"),
)
NAMES = {
    "plain BCE": NEUTRAL,
    "balanced pos_weight": loss_color("bce"),
    "focal": loss_color("focal"),
    "ASL": loss_color("asl"),
}


@dataclass(frozen=True)
class RestingFigure:
    """The average pull of each contender on one logit, and where it comes to rest."""

    reach: float = 8
    points: int = 401
    route: ClassVar[str] = "resting"

    @property
    def groups(self) -> tuple[Group, ...]:
        return (Group("resting", "", "", ((PREVALENCE.name, PREVALENCE),)),)

    @property
    def query(self) -> tuple[tuple[str, str], ...]:
        return (("reach", f"{self.reach:g}"), ("points", str(self.points)))

    @property
    def outline(self) -> Outline:
        curves = tuple(Curve(name, panel.key, color) for name, color in NAMES.items() for panel in PANELS)
        return Outline(AXES, PANELS, curves)

    def rows(self, values: Values) -> NDArray[np.float64]:
        from lossviz.figures.live.comparison import resting_rows

        prevalence = values.get(PREVALENCE.name)
        return resting_rows(0.01 if prevalence is None else prevalence, self.reach, self.points)

    @classmethod
    def from_query(cls, query: Query) -> RestingFigure:
        return cls(*grid_of(query))
