"""Training in front of the reader, drawn: where intercepts go, beside where the formula says."""

from __future__ import annotations

from typing import Any

import torch

from lossviz.figures.bars import LAYOUT, Figure
from lossviz.figures.palette import ACCENT, loss_color
from lossviz.training import TrainedIntercepts


def training_figure(trained: TrainedIntercepts, predicted: float, nominal: float) -> Figure:
    """Median and middle nine tenths of the seeds after every step, the predicted shift and the nominal one."""
    edges = torch.tensor([0.05, 0.5, 0.95], dtype=torch.float64)
    low, median, high = trained.shift.quantile(edges, dim=0).numpy()
    steps = list(range(1, len(median) + 1))
    band = {
        "type": "scatter",
        "mode": "lines",
        "x": [*steps, *reversed(steps)],
        "y": [*high, *reversed(low)],
        "fill": "toself",
        "fillcolor": "rgba(47, 126, 216, 0.22)",
        "line": {"width": 0},
        "hoverinfo": "skip",
        "name": "nine tenths of the models",
    }
    middle = {
        "type": "scatter",
        "mode": "lines",
        "x": steps,
        "y": median,
        "line": {"color": ACCENT, "width": 2.5},
        "name": "trained",
        "hovertemplate": "step %{x}: %{y:.3f}<extra>median of the models</extra>",
    }
    lines = [
        _level(predicted, len(steps), loss_color("ce"), "solid", "effective weight"),
        _level(nominal, len(steps), loss_color("bce"), "dash", "nominal weight"),
    ]
    low_end, high_end = min(low.min(), predicted, nominal, 0), max(high.max(), predicted, nominal, 0)
    room = 0.12 * (high_end - low_end or 1)
    return {
        "data": [band, middle, *lines],
        "layout": LAYOUT
        | {
            "height": 340,
            "showlegend": False,
            "xaxis": {"title": {"text": "step of SGD"}, "range": [0, len(steps)]},
            "yaxis": {
                "title": {"text": "shift of the logit"},
                "range": [low_end - room, high_end + room],
                "automargin": True,
            },
            "annotations": _apart(
                [
                    _name(f"log of the effective weight: {predicted:.3f}", predicted, len(steps), loss_color("ce")),
                    _name(f"log of the nominal weight: {nominal:.3f}", nominal, len(steps), loss_color("bce")),
                ],
                (high_end - low_end or 1) / 9,
            ),
        },
    }


def _level(height: float, steps: int, color: str, dash: str, name: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [0, steps],
        "y": [height, height],
        "line": {"color": color, "dash": dash, "width": 2.5},
        "name": name,
        "hovertemplate": "%{y:.3f}<extra>%{fullData.name}</extra>",
    }


def _name(text: str, height: float, steps: int, color: str) -> dict[str, Any]:
    return {
        "text": text,
        "x": steps,
        "y": height,
        "xanchor": "right",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"color": color},
    }


def _apart(names: list[dict[str, Any]], least: float) -> list[dict[str, Any]]:
    """Two names on lines that lie close: the lower one goes below its line."""
    lower, upper = sorted(names, key=lambda name: float(name["y"]))
    if upper["y"] - lower["y"] < least:
        lower["yanchor"] = "top"
    return [lower, upper]
