"""Losses over the logit, as lines."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

from lossviz.curves import loss_curve
from lossviz.figures.lines import Axis, Lines, Panel, Series
from lossviz.figures.palette import loss_color
from lossviz.losses.every import LOSSES

LOSS = Panel("value", "Loss", "loss")
GRADIENT = Panel("gradient", "Gradient with respect to the logit", "gradient")
TARGETS = {1: ("target 1", "solid"), 0: ("target 0", "dash")}


def logit_axes(reach: float, points: int) -> tuple[torch.Tensor, tuple[Axis, ...]]:
    """A grid of logits from -reach to reach, and its two readings: logit and probability."""
    steps = 2 * torch.arange(points, dtype=torch.float64) - (points - 1)  # symmetric, so that 0 is 0
    logits = steps * (reach / (points - 1))
    axes = (
        Axis("logit", "logit", logits.numpy()),
        Axis("probability", "probability σ(logit)", torch.sigmoid(logits).numpy()),
    )
    return logits, axes


def loss_lines(losses: Mapping[str, Mapping[str, float | None]], *, reach: float = 8, points: int = 401) -> Lines:
    """Value and gradient of every loss in `losses` (key -> knob values), for both targets."""
    logits, axes = logit_axes(reach, points)
    series = []
    for key, values in losses.items():
        module = LOSSES[key].from_knobs(**values)
        for target, (name, dash) in TARGETS.items():
            curve = loss_curve(module, target, logits)
            for panel, y in ((LOSS, curve.value), (GRADIENT, curve.gradient)):
                label = f"{LOSSES[key].label}, {name}"
                series.append(Series(label, key, panel.key, loss_color(key), np.asarray(y), dash))
    return Lines(axes, (LOSS, GRADIENT), tuple(series))
