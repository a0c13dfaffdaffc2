"""The score that a perfect model reports for each true probability, as curves that follow the losses' knobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from lossviz.figures.live.lines import MOST_POINTS, Axis, Curve, Group, Outline, Panel, Query, Values, number
from lossviz.figures.live.losses import LossFigure, logit_grid
from lossviz.figures.palette import NEUTRAL, loss_color
from lossviz.logits.optimum import true_probability
from lossviz.losses.every import LOSSES

AXES = (Axis("probability", "true probability"), Axis("log-odds", "log-odds of the true probability"))
PANELS = (Panel("score", "What a perfect model reports", "reported score"),)
HONEST = "the probability itself"


@dataclass(frozen=True)
class ScoreFigure:
    """Reported score over true probability for the losses `keys`, and the line on which both are one."""

    keys: tuple[str, ...]
    points: int = 401
    route: ClassVar[str] = "scores"

    def __post_init__(self) -> None:
        LossFigure(self.keys)  # refuses losses that there are not

    @property
    def groups(self) -> tuple[Group, ...]:
        return LossFigure(self.keys).groups

    @property
    def query(self) -> tuple[tuple[str, str], ...]:
        return (*(("loss", key) for key in self.keys), ("points", str(self.points)))

    @property
    def outline(self) -> Outline:
        curves = tuple(Curve(LOSSES[key].label, "score", loss_color(key)) for key in self.keys)
        return Outline(AXES, PANELS, (*curves, Curve(HONEST, "score", NEUTRAL, "dot")))

    def knob_values(self, key: str, values: Values) -> dict[str, float | None]:
        """The part of `values` that belongs to the loss `key`, by the knobs' own names."""
        return LossFigure(self.keys).knob_values(key, values)

    def rows(self, values: Values) -> NDArray[np.float64]:
        log_odds = logit_grid(17, self.points)
        probability = torch.sigmoid(log_odds)
        scores = [_reported(key, self.knob_values(key, values), probability.numpy()) for key in self.keys]
        return np.stack([probability.numpy(), log_odds.numpy(), *scores, probability.numpy()])

    @classmethod
    def from_query(cls, query: Query) -> ScoreFigure:
        keys = tuple(dict.fromkeys(query.get("loss", [])))
        return cls(keys, int(number(query, "points", 401, 3, MOST_POINTS)))


def _reported(key: str, knobs: Mapping[str, float | None], probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """The scores by the inverse: what each score of a fine grid means is exact, between them is a straight line."""
    logits = torch.cat([torch.linspace(-60, -12, 97), torch.linspace(-11.99, 11.99, 2399), torch.linspace(12, 60, 97)])
    means = true_probability(LOSSES[key].from_knobs(**knobs), logits.double())
    told = means.isfinite()
    if not told.any():
        return np.full_like(probability, np.nan)
    # At the left end stands the last logit that nothing tells apart, at the right one whose loss has no least.
    rising = means[told].cummax(dim=0).values
    return np.asarray(torch.sigmoid(torch.from_numpy(np.interp(probability, rising, logits.double()[told]))))
