"""The gradient budget, drawn: whose gradient it is, at the start and at the optimum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lossviz.figures.bars import LAYOUT, Figure
from lossviz.logits.budget import GradientBudget
from lossviz.notation import percent

# Of positives and negatives one hue each, dark for hard rows; then the colour of the text in it.
PARTS = {
    "hard_positives": ("positives, hard or undecided", "#c23a4d", "#ffffff"),
    "easy_positives": ("positives, easy", "#eda9b1", "#1b2430"),
    "easy_negatives": ("negatives, easy", "#a9cbf0", "#1b2430"),
    "hard_negatives": ("negatives, hard or undecided", "#2368b8", "#ffffff"),
}


def budget_figure(budgets: Mapping[str, GradientBudget]) -> Figure:
    """One stacked bar for each name of `budgets`, in percent of the total gradient; positives on the left."""
    names = list(budgets)
    data = [_part(part, budgets, names) for part in PARTS]
    return {
        "data": data,
        "layout": LAYOUT
        | {
            "height": 110 + 34 * len(names),
            "barmode": "stack",
            "legend": LAYOUT["legend"] | {"traceorder": "normal"},
            "xaxis": {"title": {"text": "share of the total gradient, %"}, "range": [0, 100], "dtick": 25},
            "yaxis": {
                "autorange": "reversed",
                "tickmode": "array",
                "tickvals": list(range(len(names))),
                "ticktext": names,
                "automargin": True,
            },
            "shapes": [
                {
                    "type": "line",
                    "x0": 50,
                    "x1": 50,
                    "yref": "paper",
                    "y0": 0,
                    "y1": 1,
                    "line": {"dash": "dot", "width": 2},
                }
            ],
        },
    }


def _part(part: str, budgets: Mapping[str, GradientBudget], names: list[str]) -> dict[str, Any]:
    title, color, text_color = PARTS[part]
    shares = [100 * getattr(budget, part) for budget in budgets.values()]
    return {
        "type": "bar",
        "orientation": "h",
        "name": title,
        "y": list(range(len(names))),
        "x": shares,
        "text": [percent(share / 100) if share >= 6 else "" for share in shares],
        "textposition": "inside",
        "insidetextanchor": {"hard_positives": "start", "hard_negatives": "end"}.get(part, "middle"),
        "marker": {"color": color},
        "textfont": {"color": text_color},
        "textangle": 0,
        "customdata": names,
        "hovertemplate": "%{customdata}: %{x:.7~g} %<extra>" + title + "</extra>",
    }
