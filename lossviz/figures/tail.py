"""Counts of many classes over their rank, on two logarithmic axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from lossviz.counts.label_counts import LabelCounts
from lossviz.figures.bars import LAYOUT, Figure, label
from lossviz.figures.palette import ACCENT
from lossviz.notation import plural


def tail_figure(counts: LabelCounts) -> Figure:
    """Samples of each class over its rank; classes without samples are left out, as a logarithm has no place for them.

    A straight line is a power law; the most frequent, the middle and the rarest class carry their names.
    """
    order = np.argsort(counts.positives, kind="stable")[::-1]  # of several that are rarest, `rarest` comes last
    order = order[counts.positives[order] > 0]
    numbers = counts.positives[order]
    names = [label(counts.classes[k], 28) for k in order]
    ranks = list(range(1, len(order) + 1))
    many = len(order) > 300
    what = f"{plural(counts.unit)} with the label" if counts.task == "multilabel" else plural(counts.unit)
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
            "margin": {"l": 8, "r": 24, "t": 32, "b": 8},
            "xaxis": {"title": {"text": "rank of the class, most frequent first"}, "type": "log", "dtick": "D2"},
            "yaxis": {
                "title": {"text": what},
                "type": "log",
                "dtick": 1,
                "exponentformat": "power",
                "automargin": True,
            },
            "annotations": [
                _named(names[k], ranks[k], int(numbers[k]), k == len(order) - 1) for k in _shown(len(order))
            ],
        },
    }


def _shown(n: int) -> list[int]:
    """The first, the one in the middle of the axis, and the last."""
    return sorted({0, round(n**0.5) - 1, n - 1}) if n else []


def _named(name: str, rank: int, number: int, last: bool) -> dict[str, Any]:
    """A name above the falling curve: to the right of its point, but for the last one."""
    return {
        "x": float(np.log10(rank)),
        "y": float(np.log10(number)),
        "text": f"{name}: {number:,}",
        "showarrow": True,
        "arrowhead": 0,
        "arrowwidth": 1,
        "ax": 0 if last else 16,
        "ay": -44 if last else -14,
        "xanchor": "right" if last else "left",
        "yanchor": "bottom",
    }
