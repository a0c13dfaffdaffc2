"""Text that the address carries on every page, through fields that nobody sees.

The session owns the text; a field only carries it. With every action the browser says what its fields
hold, also one that has not heard of the newest text yet, so that what a field says is never taken for
the text, but when the address itself changes: at first, and on the way back or forward.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator


def carry(key: str, label: str, default: str = "") -> None:
    """Bind the text `key` of the session to the address; called once per run, by the frame, among what is hidden."""
    state = st.session_state
    owned = state.get(_text(key))
    if owned is not None and (state.get(key, default) != owned or (owned != default and key not in st.query_params)):
        # The browser has not heard of it, or a change of page lost it from the address.
        state[key] = owned
    state[_text(key)] = st.text_input(label, value=default, key=key, bind="query-params", label_visibility="collapsed")


def hidden() -> DeltaGenerator:
    """A place that nobody sees, for the fields."""
    place = st.container(key="in_address")
    place.html("<style>.st-key-in_address { display: none; }</style>")
    return place


def text(key: str, default: str = "") -> str:
    """The text as it stands."""
    return str(st.session_state.get(_text(key), default))


def put(key: str, value: str) -> None:
    """Make `value` the text from the next run on; for use in a callback."""
    st.session_state[_text(key)] = value


def put_and_rerun(key: str, value: str) -> None:
    """Make `value` the text from the next run on, which starts now."""
    put(key, value)
    st.rerun()


def _text(key: str) -> str:
    return f"{key}:text"
