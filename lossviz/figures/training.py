"""Training in front of the reader, drawn: where intercepts go, beside where the formula says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from lossviz.figures.bars import LAYOUT, Figure
from lossviz.figures.palette import faint, loss_color
from lossviz.notation import number
from lossviz.training import TrainedIntercepts


@dataclass(frozen=True)
class Run:
    """Models trained under the loss `key`, and the shift that is predicted for them."""

    key: str
    name: str
    predicted: float
    trained: TrainedIntercepts

    @property
    def color(self) -> str:
        return loss_color(self.key)


def training_figure(runs: Sequence[Run]) -> Figure:
    """Of each run the median and the middle nine tenths of its models after every step, and the predicted shift."""
    edges = torch.tensor([0.05, 0.5, 0.95], dtype=torch.float64)
    data: list[dict[str, Any]] = []
    names: list[dict[str, Any]] = []
    ends: list[float] = [0.0]
    for run in runs:
        low, median, high = run.trained.shift.quantile(edges, dim=0).numpy()
        steps = list(range(1, len(median) + 1))
        data += [_band(run, steps, [*high, *reversed(low)]), _middle(run, steps, median), _level(run, len(steps))]
        names.append(_name(run, len(steps)))
        ends += [run.predicted, low[len(steps) // 20 :].min(), high[len(steps) // 20 :].max()]
    span = max(ends) - min(ends) or 1
    return {
        "data": data,
        "layout": LAYOUT
        | {
            "height": 300,
            "showlegend": False,
            "xaxis": {"title": {"text": "step of SGD"}, "range": [0, data[1]["x"][-1]]},
            "yaxis": {
                "title": {"text": "shift of the logit"},
                "range": [min(ends) - 0.12 * span, max(ends) + 0.12 * span],
                "automargin": True,
            },
            "annotations": _apart(names, span / 9),
        },
    }


def _band(run: Run, steps: list[int], edge: list[float]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": f"nine tenths of the models, {run.name}",
        "x": [*steps, *reversed(steps)],
        "y": edge,
        "fill": "toself",
        "fillcolor": faint(run.color),
        "line": {"width": 0},
        "hoverinfo": "skip",
    }


def _middle(run: Run, steps: list[int], median: Any) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": f"median, {run.name}",
        "x": steps,
        "y": median,
        "line": {"color": run.color, "width": 3},
        "hovertemplate": "step %{x}: %{y:.3f}<extra>%{fullData.name}</extra>",
    }


def _level(run: Run, steps: int) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": f"predicted, {run.name}",
        "x": [0, steps],
        "y": [run.predicted, run.predicted],
        "line": {"color": run.color, "dash": "dash", "width": 2},
        "hovertemplate": "%{y:.3f}<extra>%{fullData.name}</extra>",
    }


def _name(run: Run, steps: int) -> dict[str, Any]:
    return {
        "text": f"{run.name}: predicted {number(round(run.predicted, 12))}",
        "x": steps,
        "y": run.predicted,
        "xanchor": "right",
        "yanchor": "bottom",
        "yshift": 4,
        "showarrow": False,
        "font": {"color": run.color},
    }


def _apart(names: list[dict[str, Any]], least: float) -> list[dict[str, Any]]:
    """Names on lines that lie close: the lowest goes below its line."""
    names = sorted(names, key=lambda name: float(name["y"]))
    if len(names) > 1 and names[1]["y"] - names[0]["y"] < least:
        names[0] |= {"yanchor": "top", "yshift": -4}
    return names
