"""The losses on a live chart: which of them, and where a choice puts their knobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

import lossviz
from ui.shared import choice
from ui.shared.follow import digits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossviz.choice.choice import Choice


def loss_pills(default: Sequence[str], *, key: str) -> tuple[str, ...]:
    """The losses that a person has chosen, and those of the choices; in the order of the registry."""
    titles = {name: loss.label for name, loss in lossviz.LOSSES.items()}
    chosen = st.pills(
        "Losses",
        list(titles),
        default=default,
        selection_mode="multi",
        format_func=titles.__getitem__,
        key=key,
        bind="query-params",
    )
    kept = [each.loss for each in (choice.current(), choice.second()) if each is not None]
    return tuple(name for name in titles if name in chosen or name in kept)


def start_of(now: Choice, k: int) -> dict[str, float | None]:
    """The knobs that a choice sets for class `k`: its weights for BCE and cross-entropy, and all of its own loss."""
    rest, own = now.pair(k)
    start: dict[str, float | None] = {"bce.pos_weight": now.ratio(k), "ce.weight_0": rest, "ce.weight_1": own}
    start |= {f"{now.loss}.{name}": value for name, value in now.knob_values(k).items()}
    return {name: value and digits(value) for name, value in start.items()}


def start_beside(k: int) -> dict[str, float | None] | None:
    """The same of the second choice, if there is one."""
    other = choice.second()
    return None if other is None else start_of(other, k)
