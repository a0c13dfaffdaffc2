"""The losses that the start page compares: what they are, their pull on a logit, where they rest."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from lossviz.figures.live.losses import logit_grid
from lossviz.logits.curves import curves_of
from lossviz.logits.optimum import optimal_logit
from lossviz.losses.every import LOSSES
from lossviz.losses.registry import Loss


@dataclass(frozen=True)
class Contender:
    """One loss of the comparison."""

    name: str
    module: Loss
    code: str


def contenders(prevalence: float) -> tuple[Contender, ...]:
    """Plain BCE, BCE with the balanced pos_weight, focal loss and ASL at their authors' settings."""
    chosen: tuple[tuple[str, str, dict[str, float | None]], ...] = (
        ("plain BCE", "bce", {"pos_weight": 1.0}),
        ("balanced pos_weight", "bce", {"pos_weight": (1 - prevalence) / prevalence}),
        ("focal", "focal", {}),
        ("ASL", "asl", {}),
    )
    return tuple(
        Contender(name, LOSSES[key].from_knobs(**knobs), LOSSES[key].code(**knobs)) for name, key, knobs in chosen
    )


def resting_rows(prevalence: float, reach: float, points: int) -> NDArray[np.float64]:
    """Logit and probability, then for every contender the expected gradient and the negatives' share of it.

    Where the first crosses 0, and the second one half, a model that knows nothing but the
    prevalence comes to rest.
    """
    farthest = math.log1p(-prevalence) - math.log(prevalence) + 2  # beyond where plain BCE has its minimum
    logits = logit_grid(max(reach, farthest), points)
    asked = [(entry.module.double().binary, target) for entry in contenders(prevalence) for target in (1, 0)]
    curves = curves_of(asked, logits)
    rows = [logits, torch.sigmoid(logits)]
    for up, down in zip(curves[::2], curves[1::2], strict=True):
        of_positives, of_negatives = -prevalence * up.gradient, (1 - prevalence) * down.gradient
        rows += [of_negatives - of_positives, of_negatives / (of_negatives + of_positives)]
    return torch.stack(rows).numpy()


def resting_scores(prevalence: float) -> dict[str, float]:
    """The score, a probability, at which each contender comes to rest, by its name."""
    return {
        entry.name: torch.sigmoid(optimal_logit(entry.module, prevalence)).item() for entry in contenders(prevalence)
    }
