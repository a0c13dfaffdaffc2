"""A matrix of losses or gradients, as a heat map with its numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from lossviz.figures.bars import LAYOUT, Figure
from lossviz.notation import number

MOST_NUMBERS = 240
# Opaque, so that plotly finds a legible colour for the numbers on a light and a dark page.
_VALUES = [[0, "#eef4fc"], [1, "#2f7ed8"]]
_SIGNED = [[0, "#2f7ed8"], [0.5, "#f1f2f4"], [1, "#d98200"]]


def elements_figure(values: Tensor, what: str, *, signed: bool = False, counted: Tensor | None = None) -> Figure:
    """`values` (N, K), or (N,) as one column; blue below 0 and orange above where they are `signed`.

    Cells that are not `counted` (N, K) are left open and say that their target is ignored.
    """
    matrix: NDArray[np.float64] = values.double().numpy()
    matrix = matrix[:, None] if matrix.ndim == 1 else matrix
    ignored: NDArray[np.bool_] = np.zeros(matrix.shape, dtype=bool)
    if counted is not None:
        known: NDArray[np.bool_] = counted.numpy()
        ignored = np.logical_not(known if known.shape == matrix.shape else known.any(axis=1, keepdims=True))
        matrix = matrix.copy()
        matrix[ignored] = np.nan
    rows, columns = matrix.shape
    finite = np.where(np.isfinite(matrix), matrix, np.nan)
    largest = np.nanmax(np.abs(finite)) if np.isfinite(finite).any() else 1.0
    heat: dict[str, Any] = {
        "type": "heatmap",
        "z": finite,
        "x": list(range(1, columns + 1)),
        "y": list(range(1, rows + 1)),
        "colorscale": _SIGNED if signed else _VALUES,
        "zmin": -largest if signed else min(0.0, float(np.nanmin(finite)) if np.isfinite(finite).any() else 0.0),
        "zmax": largest,
        "showscale": matrix.size > MOST_NUMBERS,
        "hovertemplate": f"row %{{y}}, column %{{x}}: %{{z:.6g}}<extra>{what}</extra>",
        "xgap": 1 if columns < 60 else 0,
        "ygap": 1 if rows < 60 else 0,
    }
    if matrix.size <= MOST_NUMBERS and columns <= 12:
        heat |= {
            "text": [
                ["ignored" if left_out else number(value, 4) for value, left_out in zip(row, gaps, strict=True)]
                for row, gaps in zip(matrix, ignored, strict=True)
            ],
            "texttemplate": "%{text}",
        }
    return {
        "data": [heat],
        "layout": LAYOUT
        | {
            "height": int(min(560, max(150, 60 + 30 * rows))),
            "xaxis": {"title": {"text": "label or class"}, "dtick": max(1, columns // 12), "showgrid": False},
            "yaxis": {
                "title": {"text": "row"},
                "dtick": max(1, rows // 12),
                "autorange": "reversed",
                "showgrid": False,
                "automargin": True,
            },
        },
    }
