"""Counts, weights and shares per class, as plotly figures in plain dictionaries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lossviz.counts.label_counts import LabelCounts
from lossviz.figures.palette import ACCENT, AFTER, BEFORE, OTHER_COLORS
from lossviz.notation import number, percent, plural, visible

Figure = dict[str, Any]

MOST_BARS = 40
"""Of more classes a chart of bars shows the ends alone."""
LAYOUT: Figure = {
    "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
    "font": {"size": 14},
    "hovermode": "closest",
    "bargap": 0.25,
    "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "xanchor": "left", "title": {"text": ""}},
}


def counts_figure(counts: LabelCounts, *, log: bool = False) -> Figure:
    """Samples of each class, the most frequent first."""
    order = np.argsort(-counts.positives, kind="stable")
    numbers = counts.positives[order]
    return _bars(
        [counts.classes[k] for k in order],
        [("count", numbers, ACCENT, [f"{n:,}" for n in numbers])],
        f"{plural(counts.unit)} with the label" if counts.task == "multilabel" else plural(counts.unit),
        log=log,
    )


def shares_figure(counts: LabelCounts, before: ArrayLike, after: ArrayLike) -> Figure:
    """Share of the total weight that each class, or the positives of each label, has, unweighted and weighted.

    Binary shares of positives alone, of shape (1,), are those of the positive class.
    """
    names = counts.classes[-len(np.asarray(before)) :]
    order = np.argsort(-counts.positives[-len(names) :], kind="stable")
    rows = [
        (name, np.asarray(share)[order] * 100, color, [percent(value) for value in np.asarray(share)[order].tolist()])
        for name, share, color in (("as counted", before, BEFORE), ("weighted", after, AFTER))
    ]
    return _bars([names[k] for k in order], rows, "share of the total weight, %")


def pos_weight_figure(counts: LabelCounts, weights: ArrayLike, *, log: bool = True) -> Figure:
    """pos_weight of every label, the largest first."""
    names = list(counts.classes[1:]) if counts.task == "binary" else list(counts.classes)
    values = np.asarray(weights)
    order = np.argsort(-values, kind="stable")
    return _bars(
        [names[k] for k in order],
        [("pos_weight", values[order], ACCENT, [number(weight) for weight in values[order].tolist()])],
        "pos_weight",
        log=log,
    )


def schemes_figure(
    counts: LabelCounts, weights: Mapping[str, ArrayLike], titles: Mapping[str, str], chosen: str
) -> Figure:
    """Weights under every scheme over the classes, the most frequent class first."""
    order = np.argsort(-counts.positives, kind="stable")
    names = [counts.classes[k] for k in order]
    many = len(names) > MOST_BARS
    shown = [label(name) for name in names]
    x: list[Any] = list(range(1, len(names) + 1)) if many else shown
    data = []
    for k, (key, values) in enumerate(weights.items()):
        picked = key == chosen
        data.append(
            {
                "type": "scatter",
                "mode": "lines" if many else "lines+markers",
                "name": titles[key],
                "x": x,
                "y": np.asarray(values, dtype=np.float64)[order],
                "customdata": shown,
                "line": {"color": OTHER_COLORS[k % len(OTHER_COLORS)], "width": 4 if picked else 1.5},
                "marker": {"size": 9 if picked else 5},
                "opacity": 1 if picked else 0.6,
                "hovertemplate": "%{customdata}<br>%{y:.7~g}<extra>%{fullData.name}</extra>",
            }
        )
    return {
        "data": data,
        "layout": LAYOUT
        | {
            "height": 380 if many else 420,
            "xaxis": {"title": {"text": "class, most frequent first"}, "type": "linear" if many else "category"},
            "yaxis": {"title": {"text": "weight"}, "type": "log", "automargin": True, "exponentformat": "power"},
        },
    }


def label(name: str, longest: int = 40) -> str:
    """A class name as plotly shows it: no markup, control characters spelled out, not too long."""
    shown = visible(name)
    shown = shown if len(shown) <= longest else shown[: longest - 1] + "…"
    return shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _bars(
    names: list[str],
    rows: list[tuple[str, NDArray[Any], str, list[str]]],
    title: str,
    *,
    log: bool = False,
) -> Figure:
    """Horizontal bars, one per class and row; beyond `MOST_BARS` classes a line over their rank."""
    if len(names) > MOST_BARS:
        return _tail(names, rows, title, log=log)
    # Names may repeat once shortened, so bars stand at positions and names are their tick labels.
    positions = list(range(len(names)))
    data = [
        {
            "type": "bar",
            "orientation": "h",
            "name": name,
            "y": positions,
            "x": values,
            "text": texts,
            "textposition": "outside",
            "textfont": {"size": 12},
            "constraintext": "none",
            "cliponaxis": False,
            "marker": {"color": color},
            "customdata": [label(each) for each in names],
            "hovertemplate": "%{customdata}: %{text}<extra>" + (name if len(rows) > 1 else "") + "</extra>",
        }
        for name, values, color, texts in rows
    ]
    span = _bar_range(rows, log)
    return {
        "data": data,
        "layout": LAYOUT
        | {
            "height": max(170, 70 + len(names) * (24 if len(rows) == 1 else 40)),
            "showlegend": len(rows) > 1,
            "xaxis": {"title": {"text": title}, "type": "log" if log else "linear", "range": span},
            "yaxis": {
                "autorange": "reversed",
                "tickmode": "array",
                "tickvals": positions,
                "ticktext": [label(name, 28) for name in names],
                "automargin": True,
            },
        },
    }


def _bar_range(rows: list[tuple[str, NDArray[Any], str, list[str]]], log: bool) -> list[float]:
    """Room for the numbers at the bars' ends."""
    values = np.concatenate([np.asarray(row[1], dtype=np.float64) for row in rows])
    largest = float(values.max(initial=0)) or 1.0
    if not log:
        return [0, largest * 1.18]
    smallest = float(values[values > 0].min(initial=largest))
    low = np.floor(np.log10(smallest)) - (0.5 if np.log10(smallest) % 1 == 0 else 0)
    high = np.log10(largest)
    return [float(low), float(high + 0.15 * (high - low))]


def _tail(names: list[str], rows: list[tuple[str, NDArray[Any], str, list[str]]], title: str, *, log: bool) -> Figure:
    data = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "x": list(range(1, len(names) + 1)),
            "y": values,
            "customdata": [label(each) for each in names],
            "line": {"color": color, "width": 2.5},
            "hovertemplate": "%{customdata}: %{y}<extra></extra>",
        }
        for name, values, color, _ in rows
    ]
    return {
        "data": data,
        "layout": LAYOUT
        | {
            "height": 280,
            "showlegend": len(rows) > 1,
            "xaxis": {"title": {"text": "rank of the class"}},
            "yaxis": {"title": {"text": title}, "type": "log" if log else "linear", "automargin": True},
        },
    }
