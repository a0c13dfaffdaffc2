"""What the Weights page turns and tabulates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd
import streamlit as st

import lossviz
from lossviz.counts import LabelCounts
from lossviz.snippets import class_weights_snippet, pos_weight_snippet
from ui.controls import choice, knob_number
from ui.prose import plain

if TYPE_CHECKING:
    from torch import Tensor

T = TypeVar("T")

_ZERO = {"clamp": "as if it had one sample", "zero": "weight 0", "raise": "refuse"}
_NORMALIZE = {
    "own": "as the scheme defines it",
    "sum": "sum is the number of classes",
    "min": "smallest is 1",
    "max": "largest is 1",
    "samples": "mean over samples is 1",
}


def targets(counts: LabelCounts) -> dict[str, str]:
    """The losses that weights can be made for, given the task; no others are offered."""
    sigmoid = {"pos_weight": "sigmoid: BCEWithLogitsLoss(pos_weight)"}
    if counts.task == "multilabel":
        return sigmoid | {"label_weight": "whole labels: BCEWithLogitsLoss(weight)"}
    return {"class_weight": "softmax: CrossEntropyLoss(weight)"} | sigmoid


def pos_weight_options() -> dict[str, Any]:
    """Power, policy for labels without positives, and cap; those left at their default are left out."""
    with st.container(horizontal=True, vertical_alignment="top"):
        power = st.slider(
            "Power", 0.0, 1.5, 1.0, 0.05, key="power", bind="query-params", help="1 balances, 0.5 is the square root"
        )
        zero = choice("A label without positives gets", _ZERO, key="pos_zero")
        cap = _cap("pos_cap")
    chosen = {"power": (min(max(power, 0.0), 1.5), 1.0), "zero_count": (zero, "clamp"), "max_weight": (cap, None)}
    return {name: value for name, (value, default) in chosen.items() if value != default}


def scheme_options() -> tuple[str, dict[str, Any]]:
    """The scheme, and the options of `lossviz.class_weights` that differ from their defaults."""
    schemes = {key: scheme.title for key, scheme in lossviz.SCHEMES.items()}
    scheme = choice("Scheme", schemes, key="scheme")
    recipe = lossviz.SCHEMES[scheme]
    with st.container(horizontal=True, vertical_alignment="top"):
        knobs = {knob.name: (knob_number(knob, key=f"{scheme}_{knob.name}"), knob.default) for knob in recipe.knobs}
        normalize = st.selectbox(
            "Normalise so that", list(_NORMALIZE), format_func=_NORMALIZE.__getitem__, key="norm", bind="query-params"
        )
        zero = choice("A class without samples gets", _ZERO, key="zero")
        cap = _cap("cap")
    st.latex(recipe.formula)
    st.caption(f"Known as: {recipe.known_as}.")
    chosen = knobs | {
        "normalize": (None if normalize == "own" else normalize, None),
        "zero_count": (zero, "clamp"),
        "max_weight": (cap, None),
    }
    return scheme, {name: value for name, (value, default) in chosen.items() if value != default}


def _cap(key: str) -> float | None:
    value = st.number_input(
        "Cap", min_value=0.01, value=None, step=1.0, placeholder="none", key=key, bind="query-params", format="%g"
    )
    return None if value is None else max(float(value), 0.01)


def tried(compute: Callable[[], T]) -> T:
    """The result, or one sentence and the end of the page: what is wrong and what to do."""
    try:
        return compute()
    except ValueError as error:
        st.error(plain(str(error)), icon=":material/block:")
        st.stop()


def pos_weight_table(counts: LabelCounts, weights: Any) -> pd.DataFrame:
    which = slice(1, 2) if counts.task == "binary" else slice(None)
    rows = pd.DataFrame(
        {
            "class": counts.classes[which],
            "positives": counts.positives[which],
            "negatives": counts.negatives[which],
            "pos_weight": np.asarray(weights),
        }
    )
    return rows.sort_values("pos_weight", ascending=False, kind="stable")


def scheme_table(counts: LabelCounts, everything: Mapping[str, Any]) -> pd.DataFrame:
    columns = {lossviz.SCHEMES[key].title: np.asarray(weights) for key, weights in everything.items()}
    rows = pd.DataFrame({"class": counts.classes, "count": counts.positives, **columns})
    return rows.sort_values("count", ascending=False, kind="stable")


def shares(
    counts: LabelCounts, weights: Tensor, argument: str, scheme: str, options: Mapping[str, Any]
) -> tuple[Tensor, Tensor, str]:
    """Shares of the total weight before and after, and code that prints that of the rarest class after."""
    if argument == "pos_weight":
        share, code = lossviz.positive_share, pos_weight_snippet(counts, options)
        which = 0 if counts.task == "binary" else counts.rarest
    else:
        share, code = lossviz.weight_share, class_weights_snippet(counts, scheme, options)
        which = counts.rarest
    head = code.rsplit("print", 1)[0]
    return (
        share(counts),
        share(counts, weights),
        f"{head}print(lossviz.{share.__name__}(counts, {argument})[{which}].item())\n",
    )
