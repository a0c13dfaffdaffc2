"""The figures that follow knobs, by the route that answers for them."""

from __future__ import annotations

from lossviz.figures.live.batch_size import BatchSizeFigure
from lossviz.figures.live.lines import LiveFigure, Query, knobs_of, number
from lossviz.figures.live.losses import LossFigure
from lossviz.figures.live.resting import RestingFigure
from lossviz.figures.live.scores import ScoreFigure
from lossviz.figures.live.smoothed_bce import SmoothedBCEFigure
from lossviz.figures.live.smoothing import SmoothingFigure
from lossviz.knobs import Knob
from lossviz.notation import echoed

LIVE_FIGURES: dict[str, type[LiveFigure]] = {
    figure.route: figure
    for figure in (LossFigure, RestingFigure, ScoreFigure, BatchSizeFigure, SmoothingFigure, SmoothedBCEFigure)
}


def ask(route: str, query: Query) -> tuple[LiveFigure, dict[str, float | None]]:
    """The figure and the knob values that an HTTP query names.

    Raises
    ------
    ValueError
        With one sentence, for an unknown name or a value outside its knob's range.
    """
    if route not in LIVE_FIGURES:
        raise ValueError(f"There is no figure '{echoed(route)}'; choose from {', '.join(LIVE_FIGURES)}.")
    figure = LIVE_FIGURES[route].from_query(query)
    knobs = knobs_of(figure)
    known = {name for name, _ in figure.query} | set(knobs)
    unknown = sorted(set(query) - known)
    if unknown:
        raise ValueError(f"There is no parameter '{echoed(unknown[0])}'; choose from {', '.join(sorted(known))}.")
    return figure, {name: _value(name, knob, query) for name, knob in knobs.items()}


def _value(name: str, knob: Knob, query: Query) -> float | None:
    if name not in query:
        return knob.default
    if knob.optional and query[name][-1:] == ["off"]:
        return None
    value = number(query, name, 0, knob.low, knob.high)
    if knob.whole and value != int(value):
        raise ValueError(f"{name} must be a whole number; got {echoed(query[name][-1])}.")
    return value
