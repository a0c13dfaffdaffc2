"""Knobs: the numbers a person may turn, declared once and read by sliders, checks and tests."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Knob:
    """One number that a loss or a weighting scheme can be asked with.

    Parameters
    ----------
    name : str
        The keyword argument that it sets, as in ``gamma``.
    symbol : str
        How a formula writes it, in plain Unicode, as in ``γ``.
    low, high, step, default : float
        The range that sliders offer and the value they start from; a knob that steps by 1 has whole values.
    meaning : str
        One plain line: what turning it up does.
    scale : {"linear", "log"}
        Whether equal distances on the slider are equal steps or equal factors.
    optional : bool
        Whether the knob may be off, written ``None``.
    switch : bool
        Whether the knob is a yes-or-no question, 0 or 1.

    Examples
    --------
    >>> gamma = Knob("gamma", "γ", 0, 5, 0.05, 2, "focus on hard examples")
    >>> gamma.nearest(7), gamma.nearest(float("nan"))
    (5.0, 2.0)
    """

    name: str
    symbol: str
    low: float
    high: float
    step: float
    default: float | None
    meaning: str
    scale: Literal["linear", "log"] = "linear"
    optional: bool = False
    switch: bool = False

    @property
    def whole(self) -> bool:
        return self.step == 1

    def nearest(self, value: float | None) -> float | None:
        """The allowed value closest to `value`; the default for what is no number."""
        if value is None:
            return None if self.optional else self.default
        if math.isnan(value):
            return None if self.default is None else float(self.default)
        inside = float(min(max(value, self.low), self.high))
        return float(round(inside)) if self.whole else inside

    def argument(self, value: float | None) -> float | bool | None:
        """`value` as the argument that the knob sets: a bool where it is a switch.

        Examples
        --------
        >>> Knob("detach", "d", 0, 1, 1, 0, "treats the factor as a constant", switch=True).argument(1.0)
        True
        """
        return bool(value) if self.switch and value is not None else value

    def spelled(self, value: float | None) -> str:
        """``name=value`` as Python code."""
        spelling = self.argument(value if value is None else float(value))
        return f"{self.name}={spelling!r}"


def defaults(knobs: Sequence[Knob]) -> dict[str, float | bool | None]:
    """The knobs' starting values by name."""
    return {knob.name: knob.argument(knob.default if knob.default is None else float(knob.default)) for knob in knobs}
