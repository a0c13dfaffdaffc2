"""The weighted mean of a batch, drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from lossviz.batches.weighted_mean import WeightedMean, means_over_weight, weighted_mean
from lossviz.figures.bars import LAYOUT, Figure
from lossviz.figures.palette import ACCENT, AFTER, NEUTRAL, OTHER_COLORS


def rows_figure(batch: WeightedMean, targets: Tensor) -> Figure:
    """Every row's part of the weighted mean: weight times loss over the sum of weights, stacked."""
    parts = (batch.numerator / batch.sum_of_weights).numpy()
    rows = list(range(1, len(parts) + 1))
    data = []
    for label in sorted(set(targets[batch.counted].tolist())):
        own = (targets == label).numpy()
        data.append(
            {
                "type": "bar",
                "name": f"class {label}",
                "x": [row for row, mine in zip(rows, own, strict=True) if mine],
                "y": parts[own],
                "marker": {"color": OTHER_COLORS[label % len(OTHER_COLORS)]},
                "hovertemplate": "row %{x}: %{y:.4f}<extra>%{fullData.name}</extra>",
            }
        )
    return {
        "data": data,
        "layout": LAYOUT
        | {
            "height": 300,
            "showlegend": len(data) > 1,
            "xaxis": {"title": {"text": "row of the batch"}, "dtick": max(1, len(parts) // 20)},
            "yaxis": {"title": {"text": "part of the weighted mean"}, "automargin": True},
        },
    }


def sweep_figure(logits: Tensor, targets: Tensor, class_weights: Tensor, which: int) -> Figure:
    """Both means of the batch over the weight of class `which`, and where the weighted one tends to."""
    now = float(class_weights[which])
    sweep = torch.logspace(-2, 3, 201, dtype=torch.float64)
    weighted, plain = means_over_weight(logits, targets, class_weights, which, sweep)
    here = means_over_weight(logits, targets, class_weights, which, torch.tensor([now]))
    own = targets == which
    curves = [("divided by the sum of weights", weighted, ACCENT), ("divided by N", plain, AFTER)]
    data: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "x": sweep.numpy(),
            "y": y.numpy(),
            "line": {"color": color, "width": 3},
            "hovertemplate": "weight %{x:.4g}: %{y:.4f}<extra>%{fullData.name}</extra>",
        }
        for name, y, color in curves
    ]
    data.append(
        {
            "type": "scatter",
            "mode": "markers",
            "name": "now",
            "showlegend": False,
            "x": [now, now],
            "y": [float(here[0]), float(here[1])],
            "marker": {"color": [ACCENT, AFTER], "size": 12},
            "hovertemplate": "weight %{x:.4g}: %{y:.4f}<extra>now</extra>",
        }
    )
    if own.any():
        limit = float(weighted_mean(logits, targets, class_weights).loss[own].mean())
        data.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": f"mean loss of class {which} alone",
                "x": [0.01, 1000],
                "y": [limit, limit],
                "line": {"color": NEUTRAL, "dash": "dot", "width": 2},
                "hovertemplate": "%{y:.4f}<extra>%{fullData.name}</extra>",
            }
        )
    top = float(np.max(weighted.numpy()))
    return {
        "data": data,
        "layout": LAYOUT
        | {
            "height": 340,
            "xaxis": {"title": {"text": f"weight of class {which}"}, "type": "log", "exponentformat": "power"},
            "yaxis": {
                "title": {"text": "mean loss of the batch"},
                "range": [0, max(2.2 * top, 1.1 * float(here[1]))],
                "automargin": True,
            },
        },
    }
