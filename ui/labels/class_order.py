"""The order of the model's outputs: one of a few, or that of a list of classes which a person has."""

from __future__ import annotations

from typing import Any

import streamlit as st

from lossviz.counts.label_counts import LabelCounts
from lossviz.labels.meaning.class_names import MOST_BYTES, parse_class_names, with_class_names
from lossviz.labels.tables.names import encoded, negative_first
from lossviz.labels.words import ORDERS
from ui.labels import facts as label_facts
from ui.serving.runtime import is_lost
from ui.shared import labels, uploads
from ui.shared.controls import key_showing, renew, shown
from ui.shared.prose import named, plain, prose

_ORDER, _TEXT, _FILE, _PROBLEM = "class_order", "class_list", "class_file", "class_list:problem"
_MET = "class_order:met"


def show(counts: LabelCounts) -> None:
    """The order as a choice that acts at once, and a list of classes to paste or upload."""
    orders = _orders(counts)
    wanted = shown(_ORDER)
    now = wanted if orders.get(wanted) == counts.classes else None
    now = now or next((key for key, classes in orders.items() if classes == counts.classes), None)
    st.subheader("The order of the outputs", anchor=False)
    st.markdown(prose("labels", f"order_{counts.task if counts.task == 'binary' else 'many'}", **_first(counts)))
    with st.container(horizontal=True, vertical_alignment="bottom", key="class_order_row"):
        st.segmented_control(
            "Classes stand",
            list(orders),
            format_func=ORDERS.__getitem__,
            key=key_showing(_ORDER, now),
            on_change=_ordered,
        )
        with st.popover("My class_to_idx", icon=":material/format_list_numbered:"):
            st.caption(prose("labels", "class_list"))
            st.text_area("Paste it", key=key_showing(_TEXT, shown(_TEXT, "")), on_change=_pasted, height=120)
            st.file_uploader("Or upload it", key=_FILE, on_change=_uploaded)
    if problem := st.session_state.pop(_PROBLEM, None):
        st.error(plain(problem), icon=":material/block:")


def _orders(counts: LabelCounts) -> dict[str, tuple[str, ...]]:
    """The classes in every order that one may choose."""
    names = encoded(counts.classes)
    times = dict(zip(counts.classes, counts.positives.tolist(), strict=True))
    found = {
        "sorted": negative_first(names) if counts.task == "binary" else names,
        "appearance": _met(counts),
        "frequency": sorted(names, key=lambda name: -times[name]),
    }
    return {key: tuple(classes) for key, classes in found.items()}


def _met(counts: LabelCounts) -> list[str]:
    """The classes as their file has them, or else as they stood when they were first seen here."""
    facts = label_facts.current(counts)
    met = facts.appeared if facts is not None else ()
    if not set(met) & set(counts.classes):
        seen = st.session_state.setdefault(_MET, {})
        met = seen.setdefault((counts.n_samples, frozenset(counts.classes)), counts.classes)
    left = dict.fromkeys(encoded(counts.classes))
    kept = [name for name in met if name in left]
    return list(dict.fromkeys([*kept, *left]))


def _first(counts: LabelCounts) -> dict[str, str]:
    """The words of the sentence that says what the order is."""
    if counts.task == "binary":
        return {"negative": named(counts.classes[0]), "positive": named(counts.classes[1])}
    last = counts.n_classes - 1
    return {"first": named(counts.classes[0]), "last": named(counts.classes[last]), "k": f"{last:,}"}


def _ordered() -> None:
    counts, order = labels.current(), shown(_ORDER)
    if order is None:
        renew(_ORDER)  # a click on what is chosen chooses it again
        return
    _revise(lambda: counts.reordered(_orders(counts)[order]))


def _pasted() -> None:
    text = shown(_TEXT, "")
    if text.strip():
        _revise(lambda: with_class_names(labels.current(), parse_class_names(text)))


def _uploaded() -> None:
    file = st.session_state.get(_FILE)
    if file is not None and not is_lost(file):
        _revise(
            lambda: with_class_names(labels.current(), parse_class_names(uploads.contents_of(file, MOST_BYTES + 1)))
        )


def _revise(made: Any) -> None:
    try:
        labels.revise(labels.link_text(made()))
    except ValueError as error:
        st.session_state[_PROBLEM] = str(error)
