"""Where several losses push one logit, given the share of positives, and where each comes to rest."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from lossviz.curves import loss_curve
from lossviz.figures.lines import Lines, Panel, Series
from lossviz.figures.losses import logit_axes
from lossviz.figures.palette import NEUTRAL, loss_color
from lossviz.knobs import Knob
from lossviz.losses.every import LOSSES
from lossviz.losses.registry import Loss
from lossviz.optimum import optimal_logit

RESTING_KNOBS = (Knob("prevalence", "π", 0.0001, 0.5, 0.0001, 0.01, "share of positives in the data", scale="log"),)
PULL = Panel("pull", "Average gradient on the logit: above 0 it pushes the score down", "gradient")
SHARE = Panel("share", "Share of the gradient that comes from negatives", "share")


@dataclass(frozen=True)
class Contender:
    """One loss of the comparison."""

    key: str
    name: str
    color: str
    module: Loss
    code: str


def contenders(prevalence: float) -> tuple[Contender, ...]:
    """Plain BCE, BCE with the balanced pos_weight, focal loss and ASL at their authors' settings."""
    balanced = (1 - prevalence) / prevalence
    chosen: tuple[tuple[str, str, str, dict[str, float | None]], ...] = (
        ("bce", "plain BCE", NEUTRAL, {"pos_weight": 1.0}),
        ("bce", "balanced pos_weight", loss_color("bce"), {"pos_weight": balanced}),
        ("focal", "focal", loss_color("focal"), {}),
        ("asl", "ASL", loss_color("asl"), {}),
    )
    return tuple(
        Contender(key, name, color, LOSSES[key].from_knobs(**knobs), LOSSES[key].code(**knobs))
        for key, name, color, knobs in chosen
    )


def resting_lines(prevalence: float, *, reach: float = 8, points: int = 401) -> Lines:
    """The expected gradient over the logit, and the share of it that negatives hold.

    Where the first crosses 0, and the second one half, a model that knows nothing but the
    prevalence comes to rest.
    """
    logits, axes = logit_axes(reach, points)
    series = []
    for entry in contenders(prevalence):
        up, down = (loss_curve(entry.module, target, logits).gradient for target in (1, 0))
        of_positives, of_negatives = -prevalence * up, (1 - prevalence) * down
        share = of_negatives / (of_negatives + of_positives)
        series.append(Series(entry.name, entry.key, PULL.key, entry.color, (of_negatives - of_positives).numpy()))
        series.append(Series(entry.name, entry.key, SHARE.key, entry.color, share.numpy()))
    return Lines(axes, (PULL, SHARE), tuple(series))


def resting_scores(prevalence: float) -> dict[str, float]:
    """The score, a probability, at which each contender comes to rest, by its name."""
    return {
        entry.name: torch.sigmoid(optimal_logit(entry.module, prevalence)).item() for entry in contenders(prevalence)
    }
