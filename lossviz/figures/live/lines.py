"""Line charts over one shared axis: what they show, apart from the numbers that they show it with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from lossviz.knobs import Knob
from lossviz.notation import echoed

MOST_POINTS = 2001

Values = Mapping[str, float | None]
Query = Mapping[str, list[str]]


@dataclass(frozen=True)
class Axis:
    """One reading of the shared axis; the first of a chart's axes is the one it opens with."""

    key: str
    title: str
    scale: str = "linear"


@dataclass(frozen=True)
class Panel:
    """One of the charts that stand above each other."""

    key: str
    title: str
    y_title: str


@dataclass(frozen=True)
class Curve:
    """One line: its name, the panel it stands in, its colour, and its dash: solid, dash or dot."""

    name: str
    panel: str
    color: str
    dash: str = "solid"


@dataclass(frozen=True)
class Outline:
    """A chart without its numbers."""

    axes: tuple[Axis, ...]
    panels: tuple[Panel, ...]
    curves: tuple[Curve, ...]


@dataclass(frozen=True)
class Group:
    """Knobs that belong together, under one heading."""

    key: str
    title: str
    color: str
    knobs: tuple[tuple[str, Knob], ...]


class LiveFigure(Protocol):
    """A chart that follows knobs.

    The page shows it at first, the HTTP route `route` answers for it while a knob moves, and both
    ask the same object.
    """

    route: ClassVar[str]

    @property
    def groups(self) -> tuple[Group, ...]:
        """The knobs, by name."""
        ...

    @property
    def query(self) -> tuple[tuple[str, str], ...]:
        """What makes this figure, as the route is asked for it."""
        ...

    @property
    def outline(self) -> Outline: ...

    def rows(self, values: Values) -> NDArray[np.float64]:
        """The numbers for these knob values: every axis, then every curve of the outline, a row each."""
        ...

    @classmethod
    def from_query(cls, query: Query) -> LiveFigure: ...


def knobs_of(figure: LiveFigure) -> dict[str, Knob]:
    """All knobs of a figure by name."""
    return {name: knob for group in figure.groups for name, knob in group.knobs}


def within(figure: LiveFigure, values: Values) -> dict[str, float | None]:
    """`values`, each moved into the range of its knob."""
    knobs = knobs_of(figure)
    return {name: knobs[name].nearest(value) if name in knobs else value for name, value in values.items()}


def payload(rows: NDArray[np.float64]) -> bytes:
    """`rows` as little-endian float32, one after the other."""
    return np.ascontiguousarray(rows, dtype="<f4").tobytes()


def number(query: Query, name: str, default: float, low: float, high: float) -> float:
    """A number of an HTTP query; ValueError with one sentence unless it lies in its range."""
    spelled = query.get(name, [])
    try:
        value = float(spelled[-1]) if spelled else default
    except ValueError:
        raise ValueError(f"{name} must be a number; got {echoed(spelled[-1])}.") from None
    if not low <= value <= high:
        raise ValueError(f"{name} must lie between {low:g} and {high:g}; got {echoed(spelled[-1])}.")
    return value


def grid_of(query: Query) -> tuple[float, int]:
    """How far the logits of a figure reach, and how many there are."""
    points = number(query, "points", 401, 3, MOST_POINTS)
    if points != int(points):
        raise ValueError(f"points must be a whole number; got {points:g}.")
    return number(query, "reach", 8, 1, 100), int(points)
