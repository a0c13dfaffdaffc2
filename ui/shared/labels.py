"""The person's labels: which counts every page works with, kept in the address."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import uuid4

import streamlit as st

import lossviz
from lossviz.counts.label_counts import LabelCounts
from lossviz.labels.given.text import DEFAULT, LONGEST, address_length, parse_counts, spell_counts
from lossviz.notation import number, percent, plural
from ui.shared import address
from ui.shared.prose import named, plain

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

# Pages name the classes without samples themselves.
warnings.filterwarnings("ignore", message=r"No (samples|positives|negatives), so ", category=UserWarning)

KEY = "labels"
_KEPT, _READ, _DONE = "labels:kept", "labels:read", "labels:done"


def carry() -> None:
    """Bind the labels to the address; called once per run, by the frame."""
    address.carry(KEY, "Labels", DEFAULT)


def frame(place: DeltaGenerator) -> None:
    """Show the labels at a glance in `place`, and what is wrong with the address; called once per run, by the frame."""
    place.markdown(glance(current()))
    _, _, problem = _read()
    slot = st.container()  # always there, so that nothing below is mounted anew when the warning goes
    if problem:
        slot.warning(f"{plain(problem)} Showing the default labels.", icon=":material/link_off:")


def text() -> str:
    """The labels as the address spells them; the default ones where it cannot be read."""
    return _read()[0]


def current() -> LabelCounts:
    """The counts that every page uses."""
    return _read()[1]


def _read() -> tuple[str, LabelCounts, str]:
    """The labels as text and as counts, and what is wrong with the address, if anything."""
    spelled = address.text(KEY, DEFAULT)
    try:
        return spelled, _counts(spelled), ""
    except ValueError as error:
        problem = str(error)
        if spelled.startswith("session:"):
            problem = (
                "These labels were too many for a link; upload their file, or their saved counts, on the Labels page."
            )
        return DEFAULT, parse_counts(DEFAULT), problem


def counts_of(spelled: str) -> LabelCounts | None:
    """The counts that `spelled` names, if it names any."""
    try:
        return _counts(spelled)
    except ValueError:
        return None


def _counts(spelled: str) -> LabelCounts:
    kept: dict[str, LabelCounts] = st.session_state.get(_KEPT, {})
    return kept[spelled] if spelled in kept else parse_counts(spelled)


def remember(spelled: str) -> None:
    """Make `spelled` the labels from the next run on; for use in a callback."""
    address.put(KEY, spelled)


def choose(counts: LabelCounts) -> None:
    """Make `counts` the labels, and run again if they were others."""
    choose_text(link_text(counts))


def choose_text(spelled: str) -> None:
    """Make `spelled` the labels, and run again if they were others."""
    if text() != spelled:
        address.put_and_rerun(KEY, spelled)


def choose_once(counts: LabelCounts, key: str) -> None:
    """Make `counts`, read from the source `key`, the labels unless they were before: what is revised then stays."""
    spelled = link_text(counts)
    if st.session_state.get(_READ) != (key, spelled):
        st.session_state[_READ] = (key, spelled)
        choose(counts)


def revise(spelled: str) -> None:
    """Make `spelled` the labels so that it can be undone; for use in a callback."""
    st.session_state[_DONE] = [*_steps(), (text(), spelled)][-50:]
    remember(spelled)


def undo() -> None:
    """Take the last revision back; for use in a callback."""
    steps = _steps()
    if steps:
        remember(steps[-1][0])
        st.session_state[_DONE] = steps[:-1]


def undoable() -> int:
    """How many revisions led to the labels as they stand."""
    return len(_steps())


def _steps() -> list[tuple[str, str]]:
    """The revisions, unless other labels were chosen since."""
    steps: list[tuple[str, str]] = st.session_state.get(_DONE, [])
    return steps if steps and steps[-1][1] == text() else []


def link_text(counts: LabelCounts) -> str:
    """`counts` as they stand in the address: spelled out if they fit, else by a name for this session.

    Raises
    ------
    ValueError
        If every count is 0: no link carries such labels.
    """
    if not counts.positives.any():
        raise ValueError("Every count is 0, so there are no labels; the labels stay as they were.")
    spelled = spell_counts(counts)
    if address_length(spelled) <= LONGEST:
        return spelled
    kept = st.session_state.setdefault(_KEPT, {})
    name = next((name for name, known in kept.items() if known == counts), None) or f"session:{uuid4().hex[:12]}"
    kept[name] = counts
    return name


def title(counts: LabelCounts) -> str:
    """A short name for where the counts come from."""
    if text() in lossviz.EXAMPLES:
        return str(lossviz.EXAMPLES[text()].title)
    return counts.source or "your counts"


def glance(counts: LabelCounts) -> str:
    """The labels in one short line of Markdown: whose they are, and how rare the class to watch is."""
    k = counts.rarest
    share = percent(float(counts.prevalence[k])).replace(" ", chr(0xA0))
    return f":material/label: **{named(title(counts))}**: {named(counts.classes[k])} {share}"


def sentence(counts: LabelCounts) -> str:
    """The imbalance in one sentence of Markdown."""
    k = counts.rarest
    name, n = named(counts.classes[k]), int(counts.positives[k])
    share = percent(float(counts.prevalence[k]))
    units = plural(counts.unit)
    most = int(counts.positives.argmax())
    commonest = named(counts.classes[most])
    if counts.task == "multilabel":
        return (
            f"The rarest label, **{name}**, is on {n:,} of {counts.labelled[k]:,} {units} ({share}); "
            f"the most frequent, **{commonest}**, on {percent(float(counts.prevalence[most]))}."
        )
    if counts.task == "binary":
        ratio = number(counts.negatives[k] / n, 3) if n else None
        tail = f": **{ratio} negatives for every positive**" if ratio else ": there is nothing to learn from"
        return f"{n:,} of {counts.labelled[k]:,} {units} are **{name}** ({share}){tail}."
    return (
        f"**{commonest}** is **{number(counts.imbalance_ratio, 3)} times** as frequent as the rarest "
        f"class that occurs, **{name}** ({n:,} of {counts.labelled[k]:,} {units}, {share})."
    )


def listed(names: Sequence[str], most: int = 12) -> str:
    """Class names in a row, as Markdown shows them."""
    rest = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(named(name) for name in names[:most]) + rest
