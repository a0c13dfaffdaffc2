"""Controls whose state is in the address: choices among a few, and the knobs of schemes."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from lossviz.knobs import Knob


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
