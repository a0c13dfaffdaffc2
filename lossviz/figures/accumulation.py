"""Steps made of micro-batches, drawn."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from lossviz.figures.bars import LAYOUT, Figure
from lossviz.figures.palette import AFTER, NEUTRAL, faint, loss_color


def cosines_figure(parts: Sequence[int], cosines: Tensor, chosen: int) -> Figure:
    """Median and middle nine tenths of the cosines (parts, seeds) over the number of micro-batches of a step."""
    edges = torch.tensor([0.05, 0.5, 0.95], dtype=torch.float64)
    low, median, high = cosines.quantile(edges, dim=1).numpy()
    color, x, at = loss_color("ce"), list(parts), list(parts).index(chosen)
    return {
        "data": [
            {
                "type": "scatter",
                "mode": "lines",
                "x": [*x, *reversed(x)],
                "y": [*high, *reversed(low)],
                "fill": "toself",
                "fillcolor": faint(color),
                "line": {"width": 0},
                "hoverinfo": "skip",
                "name": "nine tenths of the steps",
            },
            {
                "type": "scatter",
                "mode": "lines+markers",
                "x": x,
                "y": median,
                "line": {"color": color, "width": 3},
                "name": "median",
                "hovertemplate": "%{x} micro-batches: %{y:.3f}<extra>median</extra>",
            },
            {
                "type": "scatter",
                "mode": "markers",
                "x": [chosen],
                "y": [median[at]],
                "marker": {"color": AFTER, "size": 14},
                "name": "chosen",
                "hovertemplate": "%{x} micro-batches: %{y:.3f}<extra>chosen</extra>",
            },
        ],
        "layout": LAYOUT
        | {
            "height": 260,
            "showlegend": False,
            "xaxis": {
                "title": {"text": "micro-batches that the same rows are cut into"},
                "type": "log",
                "tickmode": "array",
                "tickvals": x,
                "ticktext": [str(part) for part in x],
            },
            "yaxis": {"title": {"text": "cosine with the whole gradient"}, "range": [-1.08, 1.12], "automargin": True},
            "shapes": [
                {
                    "type": "line",
                    "xref": "paper",
                    "x0": 0,
                    "x1": 1,
                    "y0": 0,
                    "y1": 0,
                    "line": {"color": NEUTRAL, "dash": "dot", "width": 2},
                }
            ],
            "annotations": [
                {
                    "text": "below 0 the step goes uphill",
                    "xref": "paper",
                    "x": 0.01,
                    "y": 0,
                    "xanchor": "left",
                    "yanchor": "top",
                    "showarrow": False,
                }
            ],
        },
    }
