"""Which class of the person's labels a page follows: the rarest, unless another is chosen."""

from __future__ import annotations

import streamlit as st

from ui import labels


def class_to_follow(label: str) -> int:
    """The index of the class; chosen from a list where there are more than two."""
    counts = labels.current()
    if counts.n_classes == 2:
        return counts.rarest
    return int(
        st.selectbox(
            label,
            range(counts.n_classes),
            index=counts.rarest,
            format_func=lambda k: counts.classes[k],
            key="follow",
            bind="query-params",
        )
    )


def digits(value: float) -> float:
    """`value` to six digits: what a field can show and a link can carry."""
    return float(f"{value:.6g}")
