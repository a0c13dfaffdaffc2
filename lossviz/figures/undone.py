"""What each score means under the losses it may come from, and the scores that mean nothing any more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lossviz.figures.bars import LAYOUT, Figure
from lossviz.figures.palette import NEUTRAL, faint, loss_color
from lossviz.logits.optimum import recalibrate
from lossviz.losses.registry import Loss

LOST = "cannot be undone"


def undone_figure(losses: Mapping[str, Loss]) -> Figure:
    """True probability over the score of a model trained with each of `losses`; shaded where there is none."""
    scores = torch.linspace(0.0005, 0.9995, 1000, dtype=torch.float64)
    data: list[dict[str, Any]] = []
    lost: list[tuple[float, float]] = []
    for key, loss in losses.items():
        means = recalibrate(loss, scores)
        line = {"color": loss_color(key), "width": 2.5}
        data.append(_line(loss.label, scores.numpy(), means.numpy(), line))
        lost += zones(scores.numpy(), means.isnan().numpy())
    data.append(
        _line("the score itself", np.array([0.0, 1.0]), np.array([0.0, 1.0]), {"color": NEUTRAL, "dash": "dot"})
    )
    shade = {"type": "rect", "yref": "paper", "y0": 0, "y1": 1, "line": {"width": 0}, "fillcolor": faint(NEUTRAL, 0.3)}
    said = {"text": LOST, "textangle": -90, "showarrow": False, "yref": "paper", "y": 0.98, "yanchor": "top"}
    return {
        "data": data,
        "layout": LAYOUT
        | {
            "height": 320,
            "xaxis": {"title": {"text": "reported score"}, "range": [0, 1]},
            "yaxis": {"title": {"text": "true probability"}, "range": [0, 1.02], "automargin": True},
            "shapes": [shade | {"x0": low, "x1": high} for low, high in lost],
            "annotations": [said | {"x": (low + high) / 2} for low, high in lost],
        },
    }


def zones(scores: NDArray[np.float64], lost: NDArray[np.bool_]) -> list[tuple[float, float]]:
    """Where runs of `lost` begin and end; a run at an end of `scores` reaches to 0 or 1.

    Examples
    --------
    >>> zones(np.array([0.1, 0.3, 0.5, 0.7]), np.array([True, True, False, False]))
    [(0.0, 0.4)]
    """
    edges = np.concatenate([[0.0], (scores[1:] + scores[:-1]) / 2, [1.0]])
    turns = np.flatnonzero(np.diff(np.concatenate([[False], lost, [False]]).astype(int)))
    return [(float(edges[low]), float(edges[high])) for low, high in turns.reshape(-1, 2)]


def _line(name: str, x: NDArray[np.float64], y: NDArray[np.float64], line: dict[str, Any]) -> dict[str, Any]:
    shown = "score %{x:.7~g} means %{y:.7~g}<extra>%{fullData.name}</extra>"
    return {"type": "scatter", "mode": "lines", "name": name, "x": x, "y": y, "line": line, "hovertemplate": shown}
