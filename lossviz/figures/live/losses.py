"""Losses over the logit, as curves that follow their knobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lossviz.figures.live.lines import Axis, Curve, Group, Outline, Panel, Query, Values, grid_of
from lossviz.figures.palette import NEUTRAL, loss_color
from lossviz.logits.curves import curves_of
from lossviz.logits.optimum import equivalent_pos_weight
from lossviz.losses.every import LOSSES
from lossviz.notation import echoed

LOGIT_AXES = (Axis("logit", "logit"), Axis("probability", "probability σ(logit)"))
PANELS = (
    Panel("value", "Loss", "loss"),
    Panel("gradient", "Gradient with respect to the logit", "gradient"),
)
TARGETS = {1: ("target 1", "solid"), 0: ("target 0", "dash")}
PLAIN = "plain BCE"  # and plain cross-entropy, of the difference of two logits


def logit_grid(reach: float, points: int) -> Tensor:
    """Logits from -reach to reach, float64, symmetric, so that 0 is exactly 0."""
    steps = 2 * torch.arange(points, dtype=torch.float64) - (points - 1)
    return steps * (reach / (points - 1))


def loss_rows(losses: Mapping[str, Values], reach: float, points: int) -> NDArray[np.float64]:
    """Logit and probability, then value and gradient by target: of every loss (key -> knob values), of plain BCE."""
    logits = logit_grid(reach, points)
    modules = [LOSSES[key].from_knobs(**values).double() for key, values in losses.items()]
    modules.append(LOSSES["bce"].from_knobs().double())
    rows = [logits, torch.sigmoid(logits)]
    for curve in curves_of([(module.binary, target) for module in modules for target in TARGETS], logits):
        rows += [curve.value, curve.gradient]
    return torch.stack(rows).numpy()


@dataclass(frozen=True)
class LossFigure:
    """Value and gradient of the losses `keys`, beside plain BCE; a knob is named ``key.knob``."""

    keys: tuple[str, ...]
    reach: float = 8
    points: int = 401
    route: ClassVar[str] = "curves"

    def __post_init__(self) -> None:
        unknown = [key for key in self.keys if key not in LOSSES]
        if unknown or not self.keys:
            raise ValueError(
                f"loss must be one or more of {', '.join(LOSSES)}; got {echoed(', '.join(unknown)) or 'none'}."
            )

    @property
    def groups(self) -> tuple[Group, ...]:
        return tuple(
            Group(key, LOSSES[key].label, loss_color(key), tuple((f"{key}.{k.name}", k) for k in LOSSES[key].knobs))
            for key in self.keys
        )

    @property
    def query(self) -> tuple[tuple[str, str], ...]:
        return (*(("loss", key) for key in self.keys), ("reach", f"{self.reach:g}"), ("points", str(self.points)))

    @cached_property
    def outline(self) -> Outline:
        curves = tuple(
            Curve(f"{LOSSES[key].label}, {name}", panel.key, loss_color(key), dash)
            for key in self.keys
            for name, dash in TARGETS.values()
            for panel in PANELS
        )
        plain = tuple(
            Curve(f"{PLAIN}, {name}", panel.key, NEUTRAL, "dot") for name, _ in TARGETS.values() for panel in PANELS
        )
        return Outline(LOGIT_AXES, PANELS, curves + plain)

    def knob_values(self, key: str, values: Values) -> dict[str, float | None]:
        """The part of `values` that belongs to the loss `key`, by the knobs' own names."""
        return {knob.name: values[f"{key}.{knob.name}"] for knob in LOSSES[key].knobs if f"{key}.{knob.name}" in values}

    def rows(self, values: Values) -> NDArray[np.float64]:
        return loss_rows({key: self.knob_values(key, values) for key in self.keys}, self.reach, self.points)

    def equivalent_pos_weights(self, values: Values) -> dict[str, float]:
        """`lossviz.equivalent_pos_weight` of every loss."""
        return {key: _equivalent(key, tuple(self.knob_values(key, values).items())) for key in self.keys}

    @classmethod
    def from_query(cls, query: Query) -> LossFigure:
        return cls(tuple(dict.fromkeys(query.get("loss", []))), *grid_of(query))


@lru_cache(maxsize=10_000)  # a step turns one knob; the other losses stay as they were
def _equivalent(key: str, knobs: tuple[tuple[str, float | None], ...]) -> float:
    return equivalent_pos_weight(LOSSES[key].from_knobs(**dict(knobs)))
