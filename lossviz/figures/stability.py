"""Ways to compute one loss, over the logit: value above, gradient below."""

from __future__ import annotations

from typing import Any

import torch

from lossviz.figures.bars import LAYOUT, Figure
from lossviz.figures.palette import OTHER_COLORS
from lossviz.logits.stability import WAYS, track


def stability_figure(target: int, dtype: torch.dtype, reach: float = 120) -> Figure:
    """Value and gradient of every way in `dtype`; a line ends where it is no number."""
    logits = torch.linspace(-reach, reach, 961, dtype=torch.float64)
    data: list[dict[str, Any]] = []
    dashes = ("solid", "dash", "dot", "dashdot", "solid")
    for k, way in enumerate(WAYS.values()):
        tracks = track(way, logits, target, dtype)
        for axis, values in (("y", tracks.value), ("y2", tracks.gradient)):
            numbers = values.double()
            data.append(
                {
                    "type": "scatter",
                    "mode": "lines",
                    "name": way.title,
                    "legendgroup": way.key,
                    "showlegend": axis == "y",
                    "x": logits.numpy(),
                    "y": torch.where(numbers.isfinite(), numbers, torch.nan).numpy(),
                    "yaxis": axis,
                    "line": {"color": OTHER_COLORS[k], "width": 2 + 1.5 * (len(WAYS) - k) / 2, "dash": dashes[k]},
                    "hovertemplate": "logit %{x:.4g}: %{y:.6g}<extra>%{fullData.name}</extra>",
                }
            )
    return {
        "data": data,
        "layout": LAYOUT
        | {
            "height": 520,
            "xaxis": {"title": {"text": "logit"}, "anchor": "y2"},
            "yaxis": {"title": {"text": "loss"}, "domain": [0.56, 1], "automargin": True},
            "yaxis2": {"title": {"text": "gradient"}, "domain": [0, 0.44], "automargin": True},
        },
    }
