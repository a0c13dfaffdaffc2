"""Text that the address carries on every page, through fields that nobody sees."""

from __future__ import annotations

import streamlit as st


def carry(key: str, label: str, default: str = "") -> None:
    """Bind the text `key` of the session to the address; called once per run, by the frame, in the sidebar."""
    state = st.session_state
    if _next(key) in state:
        state[key] = state.pop(_next(key))
    elif state.get(key, default) != default and key not in st.query_params:
        # A change of page lost it from the address, as it does where the field was not bound in time: set it anew.
        state[key] = state[key]
    with st.container(key=f"{key}_in_address"):
        st.text_input(label, value=default, key=key, bind="query-params", label_visibility="collapsed")
    st.html(f"<style>.st-key-{key}_in_address {{ display: none; }}</style>")


def text(key: str, default: str = "") -> str:
    """The text as it stands."""
    return str(st.session_state.get(key, default))


def put(key: str, value: str) -> None:
    """Make `value` the text; for use in a callback."""
    st.session_state[key] = value


def put_and_rerun(key: str, value: str) -> None:
    """Make `value` the text from the next run on, which starts now."""
    st.session_state[_next(key)] = value
    st.rerun()


def _next(key: str) -> str:
    return f"{key}:next"
