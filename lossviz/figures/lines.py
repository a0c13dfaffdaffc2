"""Line charts over one shared axis: what the live chart draws, and what its route answers with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Series:
    """One curve.

    `group` ties the curves that belong together (one loss); `panel` says in which chart it stands;
    `dash` is a plotly dash name.
    """

    name: str
    group: str
    panel: str
    color: str
    y: NDArray[np.float64]
    dash: str = "solid"


@dataclass(frozen=True)
class Panel:
    key: str
    title: str
    y_title: str


@dataclass(frozen=True)
class Axis:
    """One reading of the shared axis; the first of a chart's axes is the one it opens with."""

    key: str
    title: str
    values: NDArray[np.float64]
    scale: str = "linear"


@dataclass(frozen=True)
class Lines:
    """Curves in one or two panels over the same points."""

    axes: tuple[Axis, ...]
    panels: tuple[Panel, ...]
    series: tuple[Series, ...]

    def payload(self) -> bytes:
        """All numbers as little-endian float32: every axis, then every series, each of one length."""
        rows = [axis.values for axis in self.axes] + [series.y for series in self.series]
        return np.ascontiguousarray(np.stack(rows), dtype="<f4").tobytes()

    @property
    def points(self) -> int:
        return len(self.axes[0].values)
