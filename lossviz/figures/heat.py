"""How often two labels stand together, as a heat map."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lossviz.figures.bars import LAYOUT, Figure, label


def cooccurrence_figure(classes: Sequence[str], together: NDArray[np.int64]) -> Figure:
    """Of the samples with the label of a row, the share that bears the label of the column too.

    `together`, shape (M, M), counts the samples with both labels. The share is not symmetric: nearly all
    samples with a rare label may bear a frequent one, and few the other way.
    """
    alone = np.diag(together).astype(np.float64)[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(alone > 0, together / alone, np.nan)
    np.fill_diagonal(share, np.nan)
    names = [label(name, 24) for name in classes]
    places = list(range(len(names)))
    ticks = {"tickmode": "array", "tickvals": places, "ticktext": names, "automargin": True, "showgrid": False}
    hover = [
        [f"{one}: {together[i, i]:,}<br>of these also {other}: {together[i, j]:,}" for j, other in enumerate(names)]
        for i, one in enumerate(names)
    ]
    few = len(names) <= 12
    trace = {
        "type": "heatmap",
        "x": places,
        "y": places,
        "z": np.round(100 * share, 6),
        "customdata": hover,
        "zmin": 0,
        "zmax": float(np.nanmax(100 * share)) if np.isfinite(share).any() and np.nanmax(share) > 0 else 1.0,
        "colorscale": [[0, "rgba(47, 126, 216, 0.04)"], [0.5, "rgba(47, 126, 216, 0.55)"], [1, "rgb(47, 126, 216)"]],
        "xgap": 1,
        "ygap": 1,
        "colorbar": {"title": {"text": "%", "side": "top"}, "thickness": 12, "outlinewidth": 0},
        "hovertemplate": "%{customdata} (%{z:.3g} %)<extra></extra>",
        "hoverongaps": False,
        "texttemplate": "%{z:.2~r}" if few else "",
    }
    return {
        "data": [trace],
        "layout": LAYOUT
        | {
            "height": 140 + max(160, 26 * len(names)),
            "xaxis": ticks | {"title": {"text": "also bears"}, "tickangle": -45, "side": "bottom"},
            "yaxis": ticks | {"title": {"text": "samples with"}, "autorange": "reversed"},
        },
    }
