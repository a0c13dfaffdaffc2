"""The live chart: knobs and curves in one component that asks the app's route while a hand moves.

Python draws the same figure for the first paint and for tests; the browser draws what the route
answers. Adding a knob or a curve needs no JavaScript.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import streamlit as st

from ui.serving import api, assets
from ui.serving.loading import loaded
from ui.shared.prose import plain, prose

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lossviz.figures.live.lines import LiveFigure
    from lossviz.knobs import Knob

_HERE = Path(__file__).parent
_COMPONENT = st.components.v2.component(
    "lossviz.live_chart",
    html=(_HERE / "live_chart.html").read_text(encoding="utf-8"),
    css=(assets.FOLDER / "vendor" / "uPlot.min.css").read_text(encoding="utf-8")
    + (_HERE / "live_chart.css").read_text(encoding="utf-8"),
    js=f"""
const url = new URL("{assets.PREFIX}/live_chart.js", document.baseURI).href;
export default async (component) => (await import(url)).default(component);
""",
    isolate_styles=False,
)

Values = dict[str, float | None]
Knobs = Mapping[str, float | None]


@dataclass(frozen=True)
class View:
    """What a person has set on a live chart.

    `stamp` counts what the browser did, as far as it is known here; `turn` counts what Python changed.
    """

    values: Values
    axis: str
    scale: str = "linear"
    pin: Values | None = None
    stamp: int = 0
    turn: int = 0

    def number(self, name: str) -> float:
        """The value of a knob that cannot be off."""
        value = self.values[name]
        return 0.0 if value is None else value


def live_chart(
    figure: LiveFigure,
    *,
    key: str,
    defaults: Knobs | None = None,
    beside: Knobs | None = None,
    height: int = 520,
    scales: bool = True,
    alt: str = "",
) -> View:
    """Show `figure` with its knobs; return what is set on it now.

    Parameters
    ----------
    figure : LiveFigure
    key : str
        Unique on the page.
    defaults : mapping of str to float or None, optional
        Knob values to start from instead of the knobs' own, such as those of the current labels.
    beside : mapping of str to float or None, optional
        Knob values whose curves are pinned for comparison, until others are or none.
    scales : bool
        Whether a linear and a log scale are offered.
    alt : str
        What the chart shows, for those who do not see it.
    """
    from lossviz.figures.live.lines import knobs_of

    knobs = knobs_of(figure)
    start: Values = {name: knob.nearest((defaults or {}).get(name, knob.default)) for name, knob in knobs.items()}
    shape = repr((figure, key))
    _follow(key, start)
    _pin(key, dict(beside) if beside is not None else None)
    view, drawn = _current(key, shape, knobs, start, [axis.key for axis in figure.outline.axes])
    st.session_state[_memory(key)] = view
    _keep_outside(key, view, knobs, start)
    # What the browser has drawn, and drawn with, is not sent again; before torch is there, it asks the route itself.
    rows = None if drawn or not loaded() else figure.rows(view.values)
    pinned = None if view.pin is None else figure.rows(start | view.pin)
    description = ({} if drawn else _description(figure)) | {
        "route": f"{api.PREFIX}/{figure.route}?{urlencode(figure.query)}",
        "shape": shape,
        "filename": f"lossviz-{key}",
        "height": height,
        "scales": scales,
        "alt": alt,
        "stamp": view.stamp,
        "turn": view.turn,
        "values": {name: view.values[name] for name in knobs},
        "defaults": start,
        "axis": view.axis,
        "scale": view.scale,
        "pin": view.pin,
        "sent": [name for name, numbers in (("figure", rows), ("pinned", pinned)) if numbers is not None],
    }
    _COMPONENT(key=key, data=_message(description, rows, pinned), on_state_change=lambda: None)
    with st.container(key=f"{key}:beyond"):
        _say_outside(figure, view, defaults or {}, start, st.session_state[_outside(key)])
    return view


def set_values(key: str, values: Knobs) -> None:
    """Turn the knobs of the chart `key` from Python, as a preset does; for use in a callback."""
    _turn(key, {"values": dict(values)})


def _turn(key: str, change: dict[str, Any]) -> None:
    """Note a change that the next run makes, on top of what the browser has said by then."""
    if isinstance(st.session_state.get(_memory(key)), View):
        before = st.session_state.get(_turned(key), {})
        values = before.get("values", {}) | change.get("values", {})
        st.session_state[_turned(key)] = before | change | {"values": values}


def _follow(key: str, start: Values) -> None:
    """Turn the knobs whose starting values have changed since the last run, as other labels change them."""
    before = st.session_state.get(f"{key}:start", start)
    st.session_state[f"{key}:start"] = start
    changed = {name: value for name, value in start.items() if before.get(name, value) != value}
    view = st.session_state.get(_memory(key))
    there = view.values if isinstance(view, View) else {}
    # What stands there already is not sent: a hand may have moved on.
    if any(there.get(name) != value for name, value in changed.items()):
        set_values(key, changed)


def _pin(key: str, beside: Values | None) -> None:
    """Pin what stands beside the chart, when it has changed since the last run; a new chart takes it from there."""
    before, view = st.session_state.get(_beside(key)), st.session_state.get(_memory(key))
    st.session_state[_beside(key)] = beside
    if before != beside and isinstance(view, View):
        _turn(key, {"pin": beside})


def _current(key: str, shape: str, knobs: Mapping[str, Knob], start: Values, axes: list[str]) -> tuple[View, bool]:
    """The newest of what Python turned, what the browser sent, what was remembered, and what the address says.

    Where the browser has not heard of Python's last turn yet, only what a hand moved since counts. Values of
    knobs that are not shown now are kept for when they are shown again. The second result is whether the
    browser sent these values itself, and so has drawn them.
    """
    remembered: View | None = st.session_state.get(_memory(key))
    known, turn = (remembered.stamp, remembered.turn) if remembered else (0, 0)
    before = vars(remembered) if remembered else {"pin": st.session_state[_beside(key)]} | _from_address()
    turned = st.session_state.pop(_turned(key), {})
    sent = _mapping(dict(st.session_state.get(key) or {}).get("state"))
    sent = sent if _whole(sent.get("stamp")) >= known else {}
    late = bool(sent) and _whole(sent.get("turn")) < turn
    moves = _mapping(sent.get("moves"))

    def newest(name: str) -> dict[str, Any]:
        said = sent and (not late or _whole(moves.get(name)) > known)
        return sent if said else before

    values: Values = dict(remembered.values) if remembered else {}
    for name, knob in knobs.items():
        sources = [turned.get("values"), newest(name).get("values"), before.get("values")]
        values[name] = _allowed(knob, name, sources, start[name])
    values |= {name: value for name, value in turned.get("values", {}).items() if name not in knobs}
    pin = turned["pin"] if "pin" in turned else newest("pin").get("pin")
    pinned = {name: _allowed(knob, name, [pin], start[name]) for name, knob in knobs.items()}
    axis = newest("axis").get("axis")
    view = View(
        values=values,
        axis=axis if axis in axes else axes[0],
        scale="log" if newest("scale").get("scale") == "log" else "linear",
        pin=pinned if isinstance(pin, dict) else None,
        stamp=_whole(sent.get("stamp", known)),
        turn=turn + bool(turned),
    )
    return view, bool(sent) and not late and not turned and sent.get("shape") == shape


def _keep_outside(key: str, view: View, knobs: Mapping[str, Knob], start: Values) -> None:
    """Remember the numbers that a link asked for and no knob can have, as long as the knobs stand where that led."""
    state = st.session_state
    if _outside(key) not in state:
        state[_outside(key)] = {
            name: value
            for name, knob in knobs.items()
            if (value := _spelled(st.query_params.get(name))) is not None and not _inside(knob, value)
        }
    state[_outside(key)] = {
        name: value
        for name, value in state[_outside(key)].items()
        if name in knobs and view.values[name] == _reached(knobs[name], value, start[name])
    }


def _say_outside(figure: LiveFigure, view: View, asked: Knobs, start: Values, linked: Mapping[str, float]) -> None:
    """Name the knobs that could not be set to what the labels, the choice or a link ask for."""
    from lossviz.notation import number

    said = []
    for group in figure.groups:
        for name, knob in group.knobs:
            wanted = linked.get(name, asked.get(name) if view.values[name] == start[name] else None)
            shown = view.values[name]
            if wanted is not None and shown is not None and not _inside(knob, wanted):
                title = f"{group.title} {knob.name.replace('_', ' ')}".strip()
                said.append(f"{title} is {number(wanted)} and is drawn as {number(shown)}")
    if said:
        st.caption(prose("choice", "outside", said=plain("; ".join(said))))


def _spelled(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None


def _inside(knob: Knob, value: float) -> bool:
    return knob.low <= value <= knob.high


def _reached(knob: Knob, value: float, start: float | None) -> float | None:
    """Where a knob ends that is asked for `value`."""
    return start if math.isnan(value) else knob.nearest(value)


def _from_address() -> dict[str, Any]:
    address = st.query_params.to_dict()
    said: dict[str, Any] = {"values": address, "axis": address.get("axis"), "scale": address.get("scale")}
    if "pin" in address:
        said["pin"] = {name: value for name, _, value in (part.partition(":") for part in address["pin"].split("~"))}
    return said


def _allowed(knob: Knob, name: str, sources: list[Any], start: float | None) -> float | None:
    """The first value that `sources` have for the knob, moved into its range; else `start`."""
    for values in sources:
        if not isinstance(values, Mapping) or name not in values:
            continue
        value = values[name]
        if value is None or value == "off":
            return knob.nearest(None)
        try:
            return knob.nearest(float(value))
        except (TypeError, ValueError):
            continue
    return start


def _memory(key: str) -> str:
    return f"{key}:view"


def _outside(key: str) -> str:
    return f"{key}:outside"


def _turned(key: str) -> str:
    return f"{key}:turned"


def _beside(key: str) -> str:
    return f"{key}:beside"


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _knob(name: str, knob: Knob, group: str) -> dict[str, Any]:
    return {
        "name": name,
        "group": group,
        "label": knob.name.replace("_", " "),
        "symbol": knob.symbol,
        "meaning": knob.meaning,
        "low": knob.low,
        "high": knob.high,
        "step": knob.step,
        "scale": knob.scale,
        "optional": knob.optional,
        "switch": knob.switch,
    }


def _description(figure: LiveFigure) -> dict[str, Any]:
    """Everything of a figure but its numbers: knobs, axes, panels and curves."""
    outline = figure.outline
    quantities = {panel.key: panel.y_title for panel in outline.panels}
    return {
        "knobs": [_knob(name, knob, group.key) for group in figure.groups for name, knob in group.knobs],
        "labels": {group.key: {"title": group.title, "color": group.color} for group in figure.groups},
        "axes": [vars(axis) for axis in outline.axes],
        "panels": [vars(panel) for panel in outline.panels],
        "series": [
            vars(curve) | {"short": curve.name.split(",")[0], "quantity": quantities[curve.panel]}
            for curve in outline.curves
        ],
    }


def _message(description: dict[str, Any], *numbers: NDArray[np.float64] | None) -> bytes:
    """The length of a JSON text in four bytes, the text, then float32: as the route answers, too."""
    from lossviz.figures.live.lines import payload

    text = json.dumps(description).encode()
    text += b" " * (-len(text) % 4)
    rows = b"".join(payload(each) for each in numbers if each is not None)
    return len(text).to_bytes(4, "little") + text + rows
