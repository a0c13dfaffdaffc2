"""Figures that follow knobs: each names its knobs and gives the lines for any of their values.

The page draws such a figure at first, the HTTP route answers for it while a knob moves, and both
ask the same object.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

from lossviz.figures.lines import Lines
from lossviz.figures.losses import loss_lines
from lossviz.figures.palette import loss_color
from lossviz.figures.resting import RESTING_KNOBS, resting_lines
from lossviz.knobs import Knob
from lossviz.losses.every import LOSSES

MOST_POINTS = 2001

Values = Mapping[str, float | None]


@dataclass(frozen=True)
class Group:
    """Knobs that belong together, under one heading."""

    key: str
    title: str
    color: str
    knobs: tuple[tuple[str, Knob], ...]


class LiveFigure(Protocol):
    """What the live chart and its route need of a figure."""

    route: ClassVar[str]

    @property
    def groups(self) -> tuple[Group, ...]: ...

    @property
    def query(self) -> tuple[tuple[str, str], ...]: ...

    def lines(self, values: Values) -> Lines: ...

    @classmethod
    def from_query(cls, query: Mapping[str, list[str]]) -> LiveFigure: ...


@dataclass(frozen=True)
class LossFigure:
    """Value and gradient of the losses `keys`; a knob is named ``key.knob``."""

    keys: tuple[str, ...]
    reach: float = 8
    points: int = 401
    route: ClassVar[str] = "curves"

    def __post_init__(self) -> None:
        unknown = [key for key in self.keys if key not in LOSSES]
        if unknown or not self.keys:
            raise ValueError(f"loss must be one or more of {', '.join(LOSSES)}; got {', '.join(unknown) or 'none'}.")
        _check_grid(self.reach, self.points)

    @property
    def groups(self) -> tuple[Group, ...]:
        return tuple(
            Group(key, LOSSES[key].label, loss_color(key), tuple((f"{key}.{k.name}", k) for k in LOSSES[key].knobs))
            for key in self.keys
        )

    @property
    def query(self) -> tuple[tuple[str, str], ...]:
        return (*(("loss", key) for key in self.keys), ("reach", f"{self.reach:g}"), ("points", str(self.points)))

    def knob_values(self, key: str, values: Values) -> dict[str, float | None]:
        """The part of `values` that belongs to the loss `key`, by the knobs' own names."""
        return {knob.name: values[f"{key}.{knob.name}"] for knob in LOSSES[key].knobs if f"{key}.{knob.name}" in values}

    def lines(self, values: Values) -> Lines:
        chosen = {key: self.knob_values(key, values) for key in self.keys}
        return loss_lines(chosen, reach=self.reach, points=self.points)

    @classmethod
    def from_query(cls, query: Mapping[str, list[str]]) -> LossFigure:
        keys = tuple(dict.fromkeys(query.get("loss", [])))
        return cls(keys, _number(query, "reach", 8), _points(query))


@dataclass(frozen=True)
class RestingFigure:
    """The average pull of each loss on one logit, and where it comes to rest."""

    points: int = 401
    reach: float = 8
    route: ClassVar[str] = "resting"

    def __post_init__(self) -> None:
        _check_grid(self.reach, self.points)

    @property
    def groups(self) -> tuple[Group, ...]:
        return (Group("resting", "", "", tuple((knob.name, knob) for knob in RESTING_KNOBS)),)

    @property
    def query(self) -> tuple[tuple[str, str], ...]:
        return (("reach", f"{self.reach:g}"), ("points", str(self.points)))

    def lines(self, values: Values) -> Lines:
        prevalence = values.get("prevalence") or RESTING_KNOBS[0].default or 0.5
        return resting_lines(prevalence, reach=self.reach, points=self.points)

    @classmethod
    def from_query(cls, query: Mapping[str, list[str]]) -> RestingFigure:
        return cls(_points(query), _number(query, "reach", 8))


LIVE_FIGURES: dict[str, type[LiveFigure]] = {figure.route: figure for figure in (LossFigure, RestingFigure)}


def ask(route: str, query: Mapping[str, list[str]]) -> tuple[LiveFigure, dict[str, float | None]]:
    """The figure and the knob values that an HTTP query names.

    Raises
    ------
    ValueError
        With one sentence, for an unknown name or a value outside its knob's range.
    """
    figure = LIVE_FIGURES[route].from_query(query)
    known = {name for name, _ in figure.query}
    values: dict[str, float | None] = {}
    for group in figure.groups:
        for name, knob in group.knobs:
            known.add(name)
            spelled = query.get(name, [])
            values[name] = _checked(name, knob, spelled[-1]) if spelled else knob.default
    unknown = sorted(set(query) - known)
    if unknown:
        raise ValueError(f"There is no parameter {unknown[0]!r}; choose from {', '.join(sorted(known))}.")
    return figure, values


def _checked(name: str, knob: Knob, spelled: str) -> float | None:
    if spelled == "off" and knob.optional:
        return None
    try:
        value = float(spelled)
    except ValueError:
        raise ValueError(f"{name} must be a number; got {spelled[:40]!r}.") from None
    if not knob.low <= value <= knob.high:
        raise ValueError(f"{name} must lie between {knob.low:g} and {knob.high:g}; got {spelled[:40]}.")
    return value


def _number(query: Mapping[str, list[str]], name: str, default: float) -> float:
    spelled = query.get(name, [])
    try:
        return float(spelled[-1]) if spelled else default
    except ValueError:
        raise ValueError(f"{name} must be a number; got {spelled[-1][:40]!r}.") from None


def _points(query: Mapping[str, list[str]]) -> int:
    points = _number(query, "points", 401)
    if not 3 <= points <= MOST_POINTS:
        raise ValueError(f"points must lie between 3 and {MOST_POINTS}; got {points:g}.")
    return int(points)


def _check_grid(reach: float, points: int) -> None:
    if not 1 <= reach <= 100:
        raise ValueError(f"reach must lie between 1 and 100; got {reach:g}.")
    if not 3 <= points <= MOST_POINTS:
        raise ValueError(f"points must lie between 3 and {MOST_POINTS}; got {points}.")
