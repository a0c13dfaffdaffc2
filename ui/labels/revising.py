"""Labels dropped, merged, renamed, or with another policy for what is missing; every step can be undone."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

import lossviz
from lossviz.counts.label_counts import LabelCounts
from ui.labels import facts, settings
from ui.shared import labels
from ui.shared.controls import key_showing, renew, shown
from ui.shared.prose import one_line, options, plain, prose

_PICKED, _NAME, _MISSING = "revise:picked", "revise:name", "revise:missing"
_PROBLEM, _POLICIES = "revise:problem", "revise:policies"


def show(counts: LabelCounts) -> None:
    """Controls that revise the labels of every page."""
    several = counts.task == "multilabel"
    with st.container(border=True, key="revise"):
        st.subheader("Drop, merge or rename", anchor=False)
        st.caption(prose("labels", f"merging_{'many' if several else 'one'}"))
        chosen, named = st.columns([2, 1])
        kept = [name for name in shown(_PICKED, []) if name in counts.classes]
        shown_as = dict(zip(counts.classes, options(counts.classes), strict=True))
        key = key_showing(_PICKED, kept, [])
        picked = chosen.multiselect("Labels", counts.classes, key=key, format_func=shown_as.__getitem__)
        named.text_input(
            "New name",
            key=key_showing(_NAME, shown(_NAME, ""), ""),
            placeholder=one_line(picked[0]) if picked else "of the merged or renamed label",
        )
        with st.container(horizontal=True):
            # What a click needs may be set in the same moment: it is looked at then, and no button waits for it.
            _button("Drop", "delete", _dropped)
            _button("Merge", "merge", _merged, disabled=several)
            _button("Rename", "edit", _renamed)
            steps = labels.undoable()
            st.button(
                f"Undo ({steps})" if steps else "Undo",
                icon=":material/undo:",
                key="revise:undo",
                on_click=_undone,
            )
        if problem := st.session_state.pop(_PROBLEM, None):
            st.error(plain(problem), icon=":material/block:")


def _picked() -> list[str]:
    picked: list[str] = shown(_PICKED, [])
    if not picked:
        raise ValueError("No label is picked; pick one or more under Labels.")
    return picked


def _dropped() -> LabelCounts:
    return lossviz.drop_classes(labels.current(), _picked())


def _merged() -> LabelCounts:
    picked = _picked()
    if len(picked) < 2:
        raise ValueError(f"Only {picked[0]} is picked; pick two labels or more to merge them.")
    return lossviz.merge_classes(labels.current(), picked, shown(_NAME, "").strip() or picked[0])


def _renamed() -> LabelCounts:
    picked, name = _picked(), shown(_NAME, "").strip()
    if len(picked) > 1:
        raise ValueError(f"{len(picked)} labels are picked; pick one to rename it, or merge them.")
    if not name:
        raise ValueError(f"There is no new name for {picked[0]}; type one under New name.")
    return lossviz.rename_classes(labels.current(), {picked[0]: name})


def _undone() -> None:
    if not labels.undoable():
        st.session_state[_PROBLEM] = "There is nothing to undo; the labels stand as they were chosen."
    labels.undo()


def missing(counts: LabelCounts) -> None:
    """The policy for missing labels, as three choices with what each leads to."""
    source, now = _policy()
    base = labels.counts_of(source) or counts
    if not base.missing.any() or base.task not in ("multilabel", "binary"):
        return
    st.radio(
        "Labels that are missing or uncertain" if facts.uncertain_is_missing(base) else "Labels that are missing",
        lossviz.POLICIES,
        format_func=lambda policy: settings.spelled("missing", policy),
        captions=[plain(settings.consequence(lossviz.missing_as(base, policy))) for policy in lossviz.POLICIES],
        key=key_showing(_MISSING, now),
        on_change=_policy_chosen,
        horizontal=True,
    )


def _policy() -> tuple[str, str]:
    """The labels whose missing values are settled, as text, and how they are."""
    found: tuple[str, str] = st.session_state.get(_POLICIES, {}).get(labels.text(), (labels.text(), "missing"))
    return found


def _policy_chosen() -> None:
    source, policy = _policy()[0], shown(_MISSING)
    base = labels.counts_of(source)
    if policy == "missing" or base is None:
        labels.revise(source)
        return
    spelled = labels.link_text(lossviz.missing_as(base, policy))
    st.session_state[_POLICIES] = st.session_state.get(_POLICIES, {}) | {spelled: (source, policy)}
    labels.revise(spelled)


def _button(title: str, icon: str, revised: Callable[[], LabelCounts], *, disabled: bool = False) -> None:
    def clicked() -> None:
        try:
            labels.revise(labels.link_text(revised()))
        except ValueError as error:
            st.session_state[_PROBLEM] = str(error)
            return
        renew(_PICKED)
        renew(_NAME)

    st.button(title, icon=f":material/{icon}:", key=f"revise:{title}", disabled=disabled, on_click=clicked)
