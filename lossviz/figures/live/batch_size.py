"""The effective weight over the batch size, as a curve that follows prevalence, weight and batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from lossviz.batches.effective import effective_weight, share_of_batches_without
from lossviz.figures.live.lines import Axis, Curve, Group, Outline, Panel, Query, Values
from lossviz.figures.palette import NEUTRAL, loss_color
from lossviz.knobs import Knob

LARGEST = 65_536
PREVALENCE = Knob("prevalence", "π", 1e-8, 1 - 1e-8, 1e-8, 0.01, "share of rows of the rare class", scale="log")
WEIGHT = Knob("weight", "w", 1e-8, 1e8, 1e-8, 99, "its nominal weight, over that of the other rows", scale="log")
BATCH_SIZE = Knob("batch_size", "B", 1, LARGEST, 1, 32, "rows over which one mean is taken", scale="log")
AXES = (Axis("batch size", "batch size: rows over which one mean is taken", "log"),)
PANELS = (
    Panel("weight", "Effective weight of the rare class", "weight"),
    Panel("without", "Share of batches without a rare row", "share"),
)
NAMES = {
    "effective weight, CrossEntropyLoss(weight)": ("weight", loss_color("ce"), "solid"),
    "nominal weight, BCEWithLogitsLoss(pos_weight)": ("weight", loss_color("bce"), "dash"),
    "batches without a rare row": ("without", loss_color("ce"), "solid"),
}
CHOSEN = "your batch size"


@dataclass(frozen=True)
class BatchSizeFigure:
    """Effective weight, nominal weight and share of batches without a rare row; the chosen batch size is marked."""

    route: ClassVar[str] = "batch_size"

    @property
    def groups(self) -> tuple[Group, ...]:
        return (Group("batch_size", "", "", tuple((knob.name, knob) for knob in (PREVALENCE, WEIGHT, BATCH_SIZE))),)

    @property
    def query(self) -> tuple[tuple[str, str], ...]:
        return ()

    @property
    def outline(self) -> Outline:
        curves = tuple(Curve(name, panel, color, dash) for name, (panel, color, dash) in NAMES.items())
        stems = tuple(Curve(CHOSEN, panel.key, NEUTRAL, "dot") for panel in PANELS)
        return Outline(AXES, PANELS, curves + stems)

    def rows(self, values: Values) -> NDArray[np.float64]:
        prevalence, weight, chosen = (chosen_value(knob, values) for knob in (PREVALENCE, WEIGHT, BATCH_SIZE))
        # The chosen size stands in the row thrice, so that a stem may rise there.
        sizes = torch.cat([_sizes(), torch.full((3,), round(chosen))]).sort().values
        effective = effective_weight(prevalence, weight, sizes)
        without = share_of_batches_without(prevalence, sizes)
        first = int(torch.searchsorted(sizes, round(chosen)))
        stems = []
        for heights in (effective, without):
            stem = torch.full_like(heights, torch.nan)
            stem[first], stem[first + 1] = heights[first], 0
            stems.append(stem)
        nominal = torch.full_like(effective, weight)
        return torch.stack([sizes.double(), effective, nominal, without, *stems]).numpy()

    @classmethod
    def from_query(cls, query: Query) -> BatchSizeFigure:
        return cls()


def chosen_value(knob: Knob, values: Values) -> float:
    """The value of a knob that cannot be off; its default if `values` do not name it."""
    value = values.get(knob.name, knob.default)
    return float(knob.default or 0) if value is None else value


def _sizes() -> torch.Tensor:
    """Whole numbers from 1 to the largest batch, about eight to an octave."""
    return torch.tensor(sorted({round(2 ** (eighth / 8)) for eighth in range(129)}))
