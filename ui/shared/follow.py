"""Which class of the person's labels a page follows: the rarest, unless another is chosen."""

from __future__ import annotations

import streamlit as st

from ui.shared import labels
from ui.shared.prose import options


def class_to_follow(label: str) -> int:
    """The index of the class; chosen from a list unless there is one label, or one class and its opposite."""
    counts = labels.current()
    if counts.n_classes < 2 or (counts.n_classes == 2 and counts.task != "multilabel"):
        return counts.rarest
    shown = options(counts.classes)
    return int(
        st.selectbox(
            label,
            range(counts.n_classes),
            index=counts.rarest,
            format_func=shown.__getitem__,
            key="follow",
            bind="query-params",
        )
    )


def digits(value: float) -> float:
    """`value` to six digits, as a field can show and a link can carry; whole numbers, and what is nearly 1, stay."""
    rounded = float(f"{value:.6g}")
    return value if rounded == 1 or value.is_integer() else rounded
