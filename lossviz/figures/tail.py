"""Counts of many classes over their rank, on two logarithmic axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from lossviz.counts import LabelCounts
from lossviz.figures.bars import LAYOUT, Figure, label
from lossviz.figures.palette import ACCENT


def tail_figure(counts: LabelCounts) -> Figure:
    """Samples of each class over its rank; classes without samples are left out, as a logarithm has no place for them.

    A straight line is a power law; the most frequent, the middle and the rarest class carry their names.
    """
    order = np.argsort(-counts.positives, kind="stable")
    order = order[counts.positives[order] > 0]
    numbers = counts.positives[order]
    names = [label(counts.classes[k], 28) for k in order]
    ranks = list(range(1, len(order) + 1))
    many = len(order) > 300
    what = f"{counts.unit}s with the label" if counts.task == "multilabel" else f"{counts.unit}s"
    trace = {
        "type": "scatter",
        "mode": "lines" if many else "lines+markers",
        "x": ranks,
        "y": numbers,
        "customdata": names,
        "line": {"color": ACCENT, "width": 2.5},
        "marker": {"size": 5},
        "hovertemplate": "%{customdata}<br>rank %{x:,}: %{y:,}<extra></extra>",
    }
    return {
        "data": [trace],
        "layout": LAYOUT
        | {
            "height": 420,
            "showlegend": False,
            "margin": {"l": 8, "r": 24, "t": 24, "b": 8},
            "xaxis": {"title": {"text": "rank of the class, most frequent first"}, "type": "log", "dtick": 1},
            "yaxis": {
                "title": {"text": what},
                "type": "log",
                "dtick": 1,
                "exponentformat": "power",
                "automargin": True,
            },
            "annotations": [_named(names[k], ranks[k], int(numbers[k]), k) for k in _shown(len(order))],
        },
    }


def _shown(n: int) -> list[int]:
    """The first, the one in the middle of the axis, and the last."""
    return sorted({0, round(n**0.5) - 1, n - 1}) if n else []


def _named(name: str, rank: int, number: int, k: int) -> dict[str, Any]:
    return {
        "x": float(np.log10(rank)),
        "y": float(np.log10(number)),
        "text": f"{name}: {number:,}",
        "showarrow": True,
        "arrowhead": 0,
        "arrowwidth": 1,
        "ax": 24 if k == 0 else -24,
        "ay": -18 if k else 0,
        "xanchor": "left" if k == 0 else "right",
        "yanchor": "middle" if k == 0 else "bottom",
    }
