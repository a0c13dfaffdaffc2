"""Controls whose state is in the address: choices among a few, and the knobs of schemes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import streamlit as st

from lossviz.knobs import Knob
from lossviz.notation import number
from ui.shared.prose import plain, prose


def choice(
    label: str, options: Mapping[str, str], *, key: str, default: str | None = None, help: str | None = None
) -> str:
    """One of a few options, all in sight; the key of the chosen one."""
    keys = list(options)
    chosen = st.segmented_control(
        label,
        keys,
        default=default or keys[0],
        format_func=lambda option: options[option],
        key=key,
        bind="query-params",
        required=True,
        help=help,
    )
    return chosen if chosen in options else keys[0]


def bound_number(
    label: str, low: float, high: float, value: float | None, *, key: str, step: float, placeholder: str | None = None
) -> float | None:
    """A number field whose number is in the address; a number of a link that it cannot hold is said below it."""
    with st.container(key=f"{key}:field"):
        _refuse(key, low, high)
        typed = st.number_input(
            label, low, high, value, step, format="%g", placeholder=placeholder, key=key, bind="query-params"
        )
        _say_refused(key, low, high, typed == value)
    return None if typed is None else float(typed)


def bound_slider(label: str, low: float, high: float, value: float, *, key: str, step: float) -> float:
    """The same as a slider."""
    with st.container(key=f"{key}:field"):
        _refuse(key, low, high)
        moved = float(st.slider(label, low, high, value, step, key=key, bind="query-params"))
        _say_refused(key, low, high, moved == value)
    return moved


def _refuse(key: str, low: float, high: float) -> None:
    """Remember what a link asks for, if the control `key` that comes next cannot hold it."""
    asked = st.query_params.get(key)
    if key not in st.session_state and asked is not None and not _holds(asked, low, high):
        st.session_state[f"{key}:refused"] = asked


def _say_refused(key: str, low: float, high: float, untouched: bool) -> None:
    state, refused = st.session_state, f"{key}:refused"
    with st.container(key=f"{key}:said"):
        if refused in state and untouched:
            said = {"asked": plain(state[refused][:40]), "low": number(low), "high": number(high)}
            st.caption(prose("choice", "refused", **said))
        else:
            state.pop(refused, None)


def _holds(text: str, low: float, high: float) -> bool:
    try:
        return low <= float(text) <= high
    except ValueError:
        return False


def knob_number(knob: Knob, *, key: str) -> float:
    """A number field for one knob, kept within the knob's range."""
    value = st.number_input(
        f"{knob.symbol} ({knob.name})",
        min_value=float(knob.low),
        max_value=float(knob.high),
        value=float(knob.default or 0),
        step=float(knob.step),
        format="%g",
        key=key,
        bind="query-params",
        help=knob.meaning,
    )
    return knob.nearest(value) or 0.0


def ignored_mark(key: str, *, help: str, width: int | Literal["stretch"] = "stretch") -> float | None:
    """A field for the value of targets that count nowhere; None where there is none, or it is no number."""
    spelled = st.text_input("ignore_index", key=key, bind="query-params", placeholder="none", width=width, help=help)
    try:
        return float(spelled) if spelled.strip() else None
    except ValueError:
        st.error(plain(f"ignore_index: {spelled[:40]!r} is no number; only blank targets are ignored."))
        return None


def key_showing(name: str, value: Any, untouched: Any = None) -> str:
    """The key of the control `name`, which shows `value` although something else may have decided it.

    A control that shows what it is `untouched` anyway is not told so: what it is told can reach the browser late.

    What the person set stays in the same control. Where another control, the way back or a file changed
    `value`, the control is a new one: what the browser still says of the old one, as it does with every
    action, is then not taken for the person's next action.
    """
    state = st.session_state
    key = _key(name)
    if key in state and state[key] != value:
        renew(name)
        key = _key(name)
    if key not in state and value != untouched:
        state[key] = value
    return key


def shown(name: str, default: Any = None) -> Any:
    """What the control `name` of `key_showing` shows now; for use in a callback."""
    return st.session_state.get(_key(name), default)


def renew(name: str) -> None:
    """Begin the control `name` of `key_showing` anew; for use in a callback."""
    st.session_state[_version(name)] = st.session_state.get(_version(name), 0) + 1


def _key(name: str) -> str:
    version = st.session_state.get(_version(name), 0)
    return f"{name}:{version}" if version else name


def _version(name: str) -> str:
    return f"{name}:version"
