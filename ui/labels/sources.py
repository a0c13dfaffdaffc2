"""The ways in: an example, an imbalance that one sets, typed counts, files, a path where a folder is served.

Each shows its controls and, through `labels.remember` or `labels.choose`, makes the result the
labels of every page.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import pandas as pd
import streamlit as st

import lossviz
from lossviz.counts.label_counts import LabelCounts
from lossviz.labels.given.text import DEFAULT
from lossviz.notation import percent
from ui.labels import local_files, uploads
from ui.shared import labels
from ui.shared.controls import key_showing, shown
from ui.shared.prose import plain, prose
from ui.shared.tables import inert_cell

WAYS = {
    "example": "a data set",
    "made": "an imbalance I set",
    "typed": "counts I type",
    "uploaded": "a file",
}
FILES = ("uploaded", "path")


def ways() -> dict[str, str]:
    """The ways in; a path on this machine only where the app serves a folder."""
    return WAYS | ({"path": "a path on this machine"} if local_files.served() else {})


def way_of(text: str) -> str:
    """The way in that leads to the labels `text`."""
    if text in lossviz.EXAMPLES:
        return "example"
    return "made" if text.split(":", maxsplit=1)[0] in _MAKERS else "typed"


def show(way: str, text: str, counts: LabelCounts) -> None:
    """The controls of one way in."""
    if way == "example":
        example(text)
    elif way == "made":
        made_to_order(text, counts)
    elif way == "typed":
        typed(text, counts)
    elif folder := way == "path" and local_files.served():
        uploads.show_local(folder)
    else:
        uploads.show()


_PREVALENCES = (0.5, 0.4, 0.3, *(float(f"{digit}e-{power}") for power in range(1, 8) for digit in (2, 1, 0.5)))[:-1]
_SIZES = tuple(10**power for power in range(2, 10))
_TAILS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10_000)


def example(text: str) -> None:
    """One of the shipped data sets."""
    names = {key: entry.title for key, entry in lossviz.EXAMPLES.items()}
    key = key_showing("example", text if text in names else None)
    st.pills(
        "Data set",
        list(names),
        format_func=names.__getitem__,
        key=key,
        on_change=lambda: labels.remember(shown("example") or labels.text()),
    )
    if text in names:
        st.caption(f"Source: {plain(lossviz.EXAMPLES[text].counts.source)}")
    else:
        st.caption("Choose a data set; the numbers are the published class counts.")


def made_to_order(text: str, counts: LabelCounts) -> None:
    """An imbalance set by sliders; the controls say what `text` says, which are the `counts`."""
    kind, *numbers = (text if text.split(":", maxsplit=1)[0] in _MAKERS else DEFAULT).split(":")

    def made() -> None:
        labels.remember(_MAKERS[shown("made:kind") or kind]())

    key = key_showing("made:kind", kind)
    st.segmented_control("Task", list(_KINDS), format_func=_KINDS.__getitem__, key=key, on_change=made, required=True)
    with st.container(horizontal=True):
        if kind == "binary":
            _steps("Share of positives", "made:prevalence", _PREVALENCES, float(numbers[0]), made, percent)
            _steps("Samples", "made:n", _SIZES, int(numbers[1]), made, "{:,}".format)
        elif kind == "tail":
            _whole("Classes", "made:classes", 2, 1000, int(numbers[0]), made)
            _steps("Most frequent : rarest", "made:tail", _TAILS, float(numbers[1]), made, "{:,g} : 1".format)
            _steps("Samples", "made:n", _SIZES, int(numbers[2]), made, "{:,}".format)
        else:
            count, lowest, highest, n_samples, seed = numbers
            _whole("Labels", "made:labels", 1, 1000, int(count), made)
            _steps("Rarest label", "made:low", _PREVALENCES, float(lowest), made, percent)
            _steps("Most frequent label", "made:high", _PREVALENCES, float(highest), made, percent)
            _steps("Samples", "made:n", _SIZES, int(n_samples), made, "{:,}".format)
            _whole("Seed", "made:seed", 0, 9999, int(seed), made)
    with st.container(key="made:said"):
        if text.startswith(f"{kind}:") and not counts.positives.all():
            st.warning(_without(counts, kind, numbers), icon=":material/warning:")


def _without(counts: LabelCounts, kind: str, numbers: list[str]) -> str:
    """Which classes or labels are too rare for a single positive in so many samples, and what would give them one."""
    said = {"samples": f"{counts.n_samples:,}", "names": labels.listed(counts.named(counts.positives == 0))}
    if kind == "tail":
        return prose("labels", "made_without_tail", **said)
    rarest = float(numbers[0 if kind == "binary" else 1])
    needed = next((size for size in _SIZES if round(rarest * size) > 0), None)
    enough = math.ceil(1 / rarest) if needed is None else needed
    return prose("labels", "made_without", **said, share=percent(rarest), enough=f"{enough:,}")


_KINDS = {"binary": "two classes", "tail": "many classes", "labels": "many labels"}
_STARTS = {"binary": DEFAULT, "tail": "tail:10:100:10000", "labels": "labels:14:0.002:0.2:100000:0"}


def _made(name: str, default: str) -> str:
    value = shown(name)
    return default if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _make(kind: str, *names: str) -> Callable[[], str]:
    """A function that spells the counts of `kind` from the controls, or their start where they are new."""

    def spelled() -> str:
        start = _STARTS[kind].split(":")[1:]
        return ":".join([kind, *(_made(name, default) for name, default in zip(names, start, strict=True))])

    return spelled


def _spell_labels() -> str:
    kind, count, one, other, n_samples, seed = _make(
        "labels", "made:labels", "made:low", "made:high", "made:n", "made:seed"
    )().split(":")
    lowest, highest = sorted((float(one), float(other)))
    return f"{kind}:{count}:{lowest:g}:{highest:g}:{n_samples}:{seed}"


_MAKERS: dict[str, Callable[[], str]] = {
    "binary": _make("binary", "made:prevalence", "made:n"),
    "tail": _make("tail", "made:classes", "made:tail", "made:n"),
    "labels": _spell_labels,
}


def _steps(
    label: str,
    name: str,
    options: tuple[float, ...],
    value: float,
    changed: Callable[[], None],
    spelled: Callable[[float], str],
) -> None:
    """A slider over round numbers; a value from a link that is none of them joins them."""
    rising = options[0] < options[-1]
    offered = sorted({*options, value}, reverse=not rising)
    key = key_showing(name, value)
    st.select_slider(label, offered, key=key, format_func=spelled, on_change=changed)


def _whole(label: str, name: str, low: int, high: int, value: int, changed: Callable[[], None]) -> None:
    key = key_showing(name, min(max(value, low), high))
    st.number_input(label, low, high, key=key, step=1, on_change=changed)


def typed(text: str, counts: LabelCounts) -> None:
    """A table of counts to type or paste into; invalid rows are named and nothing is lost."""
    state = st.session_state
    exclusive = counts.task != "multilabel"
    if state.get("typed:text") != text or _table_key() not in state:
        # New labels from elsewhere, or back from another page: start from them. Its own edits keep the table.
        state["typed:text"] = text
        state["typed:version"] = state.get("typed:version", 0) + 1
        state["typed:base"] = pd.DataFrame({"class": [*map(inert_cell, counts.classes)], "count": counts.positives})
        state["typed:counts"] = counts
        state["typed:start"] = counts.n_samples, "one" if exclusive else "many"
    version, (most, first) = state["typed:version"], state["typed:start"]
    kinds = {"one": "one class per sample", "many": "any number of labels per sample"}
    kind = st.segmented_control(
        "Every sample has",
        list(kinds),
        default=first,
        format_func=kinds.__getitem__,
        key=f"typed:kind:{version}",
        required=True,
    )
    samples = 0
    if kind == "many":
        samples = int(st.number_input("Samples altogether", 1, 10**12, most, key=f"typed:samples:{version}", step=1))
    table = st.data_editor(
        state["typed:base"],
        key=_table_key(),
        num_rows="dynamic",
        hide_index=True,
        height=min(400, 80 + 36 * max(3, len(state["typed:base"]))),
        column_config={
            "class": st.column_config.TextColumn("class", required=True),
            "count": st.column_config.NumberColumn("count", min_value=0, step=1, required=True),
        },
        alt="Counts per class",
    )
    st.caption("Paste from a spreadsheet: choose the first cell, then paste.")
    try:
        made = _from_table(table, kind == "one", samples, state["typed:counts"])
    except ValueError as error:
        st.error(plain(str(error)), icon=":material/edit_off:")
        return
    if not same_counts(made, counts):
        state["typed:text"] = labels.link_text(made)
        labels.choose(made)


def _table_key() -> str:
    return f"typed:table:{st.session_state.get('typed:version', 0)}"


def _from_table(table: pd.DataFrame, exclusive: bool, samples: int, before: LabelCounts) -> LabelCounts:
    """The counts in a table that began as `before`, whose missing labels, unit and positive class stay."""
    rows = table.dropna(how="all")
    for position, (name, number) in enumerate(zip(rows["class"], rows["count"], strict=True), start=1):
        if not isinstance(name, str) or not name.strip():
            raise ValueError(f"Row {position} has a count but no class; name it.")
        if number is None or pd.isna(number):
            raise ValueError(f"Class {name!r} has no count; type one, 0 if there are none.")
    shown = dict(enumerate(map(inert_cell, before.classes)))
    typed = zip(rows.index.tolist(), rows["class"].tolist(), strict=True)
    names = [before.classes[place] if shown.get(place) == name else name.strip() for place, name in typed]
    numbers = rows["count"].to_list()
    if not any(numbers):
        raise ValueError("Every count is 0, so there are no labels; type one that is not.")
    if len(names) < (2 if exclusive else 1):
        raise ValueError("There are fewer than two classes; add a row.")
    same_kind = exclusive == (before.task != "multilabel")
    missing = dict(zip(before.classes, before.missing.tolist(), strict=True)) if same_kind else {}
    if exclusive:
        positive = before.classes[1] if before.task == "binary" and before.classes[1] in names else None
        return LabelCounts.exclusive(
            names,
            numbers,
            missing=max(missing.values(), default=0),
            positive=positive if len(names) == 2 else None,
            task="segmentation" if before.task == "segmentation" else None,
            unit=before.unit,
            source="typed counts",
        )
    negatives = [samples - number - missing.get(name, 0) for name, number in zip(names, numbers, strict=True)]
    if min(negatives) < 0:
        worst = names[negatives.index(min(negatives))]
        raise ValueError(f"Label {worst!r} is on more samples than there are; raise the number of samples.")
    return LabelCounts(tuple(names), numbers, negatives, samples, "multilabel", before.unit, "typed counts")


def same_counts(one: LabelCounts, other: LabelCounts) -> bool:
    """Whether two counts differ in nothing but where they come from."""
    return (
        one.task == other.task
        and one.classes == other.classes
        and one.n_samples == other.n_samples
        and bool((one.positives == other.positives).all() and (one.negatives == other.negatives).all())
    )
