"""The controls of the Weights page: what they say becomes the choice, and what the choice says they show."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

import lossviz
from lossviz.counts.label_counts import LabelCounts
from lossviz.knobs import Knob
from ui.shared import choice, labels
from ui.shared.prose import plain, prose
from ui.shared.tables import inert_cell

if TYPE_CHECKING:
    from lossviz.choice.choice import Choice
    from lossviz.weights.ratios import Target

_TARGET, _SCHEME, _NUMBERS, _TABLE = "weights:target", "weights:scheme", "weights:numbers", "weights:table"
_SEEN, _BASE, _PROBLEM = "weights:seen", "weights:base", "weights:problem"
_OWN = "own"
_ZERO = {"clamp": "as if it had one sample", "zero": "weight 0"}
_NORMALIZE = {
    "own": "as the scheme defines it",
    "sum": "sum is the number of classes",
    "min": "smallest is 1",
    "max": "largest is 1",
    "samples": "mean over samples is 1",
}
_START = {"power": 1.0, "zero_count": "clamp", "max_weight": None, "normalize": "own"}


def chosen() -> Choice:
    """Draw the controls and return the choice as they stand."""
    now = choice.current()
    _follow(now)
    targets = _targets(now.counts)
    _segments("The weights are for", targets, _TARGET)
    st.markdown(prose("weights", _section(now)))
    titles = {key: scheme.title for key, scheme in lossviz.SCHEMES.items()}
    _segments("Scheme", titles | {_OWN: "my own numbers"}, _SCHEME)
    if now.own:
        with st.container(key="weights:own"):
            _own_numbers(now)
    else:
        _options(now)
        scheme = lossviz.SCHEMES[now.scheme]
        ratio = now.argument == "pos_weight" and now.scheme != "balanced"
        st.latex(r"w_+ = (n_- / n_+)^{\mathrm{power}}" if _balances(now) else scheme.formula)
        st.caption(prose("weights", "ratio") if ratio else f"Known as: {_known_as(now)}.")
        if scheme.uses_support and not ratio:
            st.caption(prose("weights", "median_all" if now.counts.support is None else "median_images"))
    if problem := st.session_state.pop(_PROBLEM, None):
        st.error(plain(problem), icon=":material/block:")
    return now


def _balances(now: Choice) -> bool:
    return now.argument == "pos_weight" and now.scheme == "balanced"


def _known_as(now: Choice) -> str:
    return prose("weights", "known_pos_weight") if _balances(now) else lossviz.SCHEMES[now.scheme].known_as


def _section(now: Choice) -> str:
    if now.argument == "pos_weight":
        return "pos_weight"
    return "label_weight" if now.counts.task == "multilabel" else "class_weight"


def _targets(counts: LabelCounts) -> dict[str, str]:
    """The losses that weights can be made for, given the task; no others are offered."""
    if counts.task == "multilabel":
        other = "whole labels: BCEWithLogitsLoss(weight)"
    else:
        other = "softmax: CrossEntropyLoss(weight)"
    both = {"pos_weight": "sigmoid: BCEWithLogitsLoss(pos_weight)", "class_weight": other}
    return both if lossviz.default_target(counts) == "pos_weight" else dict(reversed(both.items()))


def _follow(now: Choice) -> None:
    """Set the controls to a choice that was not made by them: from a link, another page, or other labels."""
    state = st.session_state
    seen = (labels.text(), now.spelled)
    if state.get(_SEEN) == seen and _TARGET in state and _SCHEME in state:
        return
    state[_SEEN] = seen
    wanted: dict[str, Any] = {_TARGET: now.target, _SCHEME: _OWN if now.own else now.scheme}
    options = dict(now.options)
    wanted |= {_key(name): options.get(name, _start(name)) for name in _every_option()}
    for key, value in wanted.items():
        if key not in state or state[key] != value:
            state[key] = value
    _new_table(now)


def _new_table(now: Choice) -> None:
    """Let the table of one's own numbers begin with the weights as they stand."""
    version = st.session_state.get(_BASE, (0,))[0] + 1
    st.session_state[_BASE] = (version, tuple(now.exact.tolist()))
    st.session_state[_NUMBERS] = ""


def _took() -> None:
    """A control was turned: what all of them say becomes the choice."""
    state, now = st.session_state, choice.current()
    target: Target
    scheme: str
    target, scheme = state[_TARGET] or now.of, state[_SCHEME] or now.scheme
    if scheme == _OWN:
        made = now.changed(target=target)
        _take(made if made.own else made.changed(weights=tuple(made.exact.tolist())), anew=True)
        return
    told = {name: state[_key(name)] for name in lossviz.option_names(target, scheme) if _key(name) in state}
    options = {name: value for name, value in told.items() if value != _start(name)}
    _take(now.changed(target=target, scheme=scheme, options=tuple(options.items()), weights=None))


def _take(made: Choice, *, anew: bool = False) -> None:
    try:
        _ = made.exact
    except ValueError as error:
        st.session_state[_PROBLEM] = str(error)
        return
    choice.take(made)
    st.session_state[_SEEN] = (labels.text(), made.spelled)
    if anew:
        _new_table(made)


def _segments(label: str, options: Mapping[str, str], key: str) -> None:
    st.segmented_control(label, list(options), format_func=options.__getitem__, key=key, required=True, on_change=_took)


def _options(now: Choice) -> None:
    """A control for everything that may be said beside the scheme."""
    knobs = {knob.name: knob for knob in lossviz.SCHEMES[now.scheme].knobs}
    what = "label without positives" if now.argument == "pos_weight" else "class without samples"
    with st.container(horizontal=True, vertical_alignment="top", key="weights:options"):
        for name in lossviz.option_names(now.of, now.scheme):
            key = _key(name)
            if name in knobs:
                _knob(knobs[name], key)
            elif name == "power":
                st.slider("Power", 0.0, 1.5, step=0.05, key=key, on_change=_took, help=prose("weights", "power"))
            elif name == "normalize":
                st.selectbox(
                    "Normalise so that", list(_NORMALIZE), format_func=_NORMALIZE.__getitem__, key=key, on_change=_took
                )
            elif name == "zero_count":
                _segments(f"A {what} gets", _ZERO, key)
            else:
                st.number_input("Cap", 0.0001, step=1.0, placeholder="none", key=key, format="%g", on_change=_took)


def _knob(knob: Knob, key: str) -> None:
    st.number_input(
        f"{knob.symbol} ({knob.name})",
        float(knob.low),
        float(knob.high),
        step=float(knob.step),
        format="%g",
        key=key,
        help=knob.meaning,
        on_change=_took,
    )


def _own_numbers(now: Choice) -> None:
    """A table to type in, and a field for all numbers at once."""
    version, weights = st.session_state[_BASE]
    base = pd.DataFrame({"class": [*map(inert_cell, now.names)], "weight": weights})
    base.index.name = "index"
    key = f"{_TABLE}:{version}"

    def edited() -> None:
        values = list(weights)
        for row, cells in st.session_state[key]["edited_rows"].items():
            values[int(row)] = cells.get("weight", values[int(row)])
        _own(now, values)

    st.caption(prose("weights", "own"))
    st.data_editor(
        base,
        key=key,
        disabled=["class"],
        height=min(320, 38 + 35 * len(base)),
        column_config={"weight": st.column_config.NumberColumn("weight", min_value=0, format="%.6g")},
        on_change=edited,
        alt="The weight of every class, to type in",
    )
    st.text_input("All at once, in the order of the classes, with commas", key=_NUMBERS, on_change=_pasted)


def _pasted() -> None:
    now, text = choice.current(), st.session_state[_NUMBERS]
    parts = [
        part for part in re.split(r"[\s,;\[\]()]+", text.replace("torch.tensor", "").replace("tensor", "")) if part
    ]
    if any(parts):
        _own(now, parts, anew=True)


def _own(now: Choice, values: list[Any], *, anew: bool = False) -> None:
    """Make `values` the weights, or say in a sentence what is wrong with them."""
    text = st.session_state[_NUMBERS]
    try:
        for name, value in zip(now.names, values, strict=False):
            if value is None:
                raise ValueError(f"The weight of {name!r} is blank; type a number of 0 or more.")
        _take(now.changed(weights=tuple(float(value) for value in values)), anew=anew)
    except ValueError as error:
        problem = str(error)
        if "could not convert" in problem:
            problem = f"{problem.rpartition(':')[2].strip()[:40]} is no number; type numbers with commas between."
        st.session_state[_PROBLEM] = problem
        st.session_state[_NUMBERS] = text


def _every_option() -> list[str]:
    return [*_START, *(knob.name for scheme in lossviz.SCHEMES.values() for knob in scheme.knobs)]


def _start(name: str) -> Any:
    """The value of an option that need not be said."""
    if name in _START:
        return _START[name]
    return next(float(k.default or 0) for s in lossviz.SCHEMES.values() for k in s.knobs if k.name == name)


def _key(name: str) -> str:
    return f"weights:{name}"
