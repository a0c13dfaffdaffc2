"""Labels dropped, merged, renamed, or with another policy for what is missing; every step can be undone."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

import lossviz
from lossviz.counts import LabelCounts
from lossviz.notation import visible
from ui import label_facts, labels
from ui import label_settings as settings
from ui.prose import plain, prose

_PICKED, _NAME, _PROBLEM, _POLICY = "revise:picked", "revise:name", "revise:problem", "revise:policies"


def show(counts: LabelCounts) -> None:
    """Controls that revise the labels of every page."""
    state = st.session_state
    with st.container(border=True):
        st.subheader("Drop, merge or rename", anchor=False)
        st.caption(prose("labels", f"merging_{'many' if counts.task == 'multilabel' else 'one'}"))
        state[_PICKED] = [name for name in state.get(_PICKED, []) if name in counts.classes]
        chosen, named = st.columns([2, 1])
        picked = chosen.multiselect("Labels", counts.classes, key=_PICKED, format_func=visible)
        first = picked[0] if picked else ""
        named.text_input("New name", key=_NAME, placeholder=first or "of the merged or renamed label")
        with st.container(horizontal=True):
            _button("Drop", "delete", lambda: lossviz.drop_classes(counts, picked), not picked)
            merging = len(picked) < 2 or counts.task == "multilabel"
            _button("Merge", "merge", lambda: lossviz.merge_classes(counts, picked, state[_NAME] or first), merging)
            renaming = len(picked) != 1 or not state.get(_NAME, "").strip()
            _button("Rename", "edit", lambda: lossviz.rename_classes(counts, {first: state[_NAME]}), renaming)
            steps = labels.undoable()
            st.button(
                f"Undo ({steps})" if steps else "Undo",
                icon=":material/undo:",
                key="revise:undo",
                disabled=not steps,
                on_click=labels.undo,
            )
        if problem := state.pop(_PROBLEM, None):
            st.error(plain(problem), icon=":material/block:")


def missing(counts: LabelCounts) -> None:
    """The policy for missing labels, as three choices with what each leads to."""
    state = st.session_state
    origin, now = state.get(_POLICY, {}).get(labels.text(), (None, "missing"))
    base = labels.counts_of(origin) if origin is not None else counts
    if base is None or not base.missing.any() or base.task not in ("multilabel", "binary"):
        return
    source = origin or labels.text()
    state["revise:missing"] = now

    def chosen() -> None:
        policy = state["revise:missing"]
        if policy == "missing":
            labels.revise(source)
            return
        spelled = labels.link_text(lossviz.missing_as(base, policy))
        state[_POLICY] = state.get(_POLICY, {}) | {spelled: (source, policy)}
        labels.revise(spelled)

    st.radio(
        "Labels that are missing or uncertain" if label_facts.uncertain_is_missing(base) else "Labels that are missing",
        lossviz.POLICIES,
        format_func=lambda policy: settings.spelled("missing", policy),
        captions=[plain(settings.consequence(lossviz.missing_as(base, policy))) for policy in lossviz.POLICIES],
        key="revise:missing",
        on_change=chosen,
        horizontal=True,
    )


def _button(title: str, icon: str, revised: Callable[[], LabelCounts], disabled: bool) -> None:
    def clicked() -> None:
        try:
            labels.revise(labels.link_text(revised()))
        except ValueError as error:
            st.session_state[_PROBLEM] = str(error)
            return
        st.session_state[_NAME] = ""

    st.button(title, icon=f":material/{icon}:", key=f"revise:{title}", disabled=disabled, on_click=clicked)
