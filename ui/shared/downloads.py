"""Weights as code and as files that say which loss they are for."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from lossviz.counts.label_counts import LabelCounts
from lossviz.counts.scrutiny import NEVER, never_occurs
from lossviz.labels.formats.saved import counts_csv, counts_json, is_formula
from lossviz.snippets.choice import loss_snippet, saved_loss_snippet
from ui.shared.prose import named, prose

if TYPE_CHECKING:
    from torch import Tensor


MOST_PASTED = 40


def weight_code(counts: LabelCounts, names: Sequence[str], weights: Tensor, *, loss: str, argument: str) -> None:
    """The weights as code, whole up to `MOST_PASTED` classes, and buttons for all of them as code, CSV and JSON."""
    never = set(never_occurs(counts))
    absent = [name for name in names if name in never]
    whole = loss_snippet(argument, weights, names, loss, absent)
    few = len(names) <= MOST_PASTED
    shown = whole if few else saved_loss_snippet(argument, weights, loss, f"{argument}.json", absent)
    if not few:
        st.markdown(prose("weights", "saved", classes=f"{len(names):,}", file=f"{argument}.json"))
    st.code(shown, language="python", wrap_lines=True)
    if absent:
        st.caption(prose("weights", "never_occurs", names=_listed(absent)))
    values = weights.tolist()
    with st.container(horizontal=True):
        _button("CSV", f"{argument}.csv", "text/csv", lambda: weights_csv(names, values, loss, argument, absent))
        _button(
            "JSON", f"{argument}.json", "application/json", lambda: weights_json(counts, names, values, loss, argument)
        )
        _button("Python", f"{argument}.py", "text/x-python", lambda: whole)


def counts_downloads(counts: LabelCounts) -> None:
    """Buttons for the counts as files that the Labels page reads again."""
    with st.container(horizontal=True):
        _button("Counts as CSV", "counts.csv", "text/csv", lambda: counts_csv(counts))
        _button("Counts as JSON", "counts.json", "application/json", lambda: counts_json(counts))


def _listed(names: Sequence[str]) -> str:
    rest = f" and {len(names) - 12:,} more" if len(names) > 12 else ""
    return ", ".join(named(name) for name in names[:12]) + rest


def _button(label: str, file: str, mime: str, made: Callable[[], str]) -> None:
    st.download_button(label, made, file, mime, on_click="ignore", icon=":material/download:")


def weights_csv(
    names: Sequence[str], values: Sequence[float], loss: str, argument: str, absent: Collection[str] = ()
) -> str:
    """One row per class, in the order of the outputs; the column's name says where the weights go."""
    table = pd.DataFrame(
        {
            "index": range(len(names)),
            "class": [harmless(name) for name in names],
            f"{argument} of {loss.partition('(')[0]}": values,
        }
    )
    if absent:
        table["note"] = [NEVER if name in absent else "" for name in names]
    return table.to_csv(index=False)


def weights_json(counts: LabelCounts, names: Sequence[str], values: Sequence[float], loss: str, argument: str) -> str:
    return json.dumps(
        {
            "loss": loss,
            "argument": argument,
            "shape": [len(values)],
            "classes": list(names),
            "class_to_idx": {name: k for k, name in enumerate(names)},
            "never_occurs": [name for name in never_occurs(counts) if name in names],
            argument: list(values),
            "task": counts.task,
            "source": counts.source,
        },
        indent=2,
        ensure_ascii=False,
    )


def harmless(cell: str) -> str:
    """`cell` so that a spreadsheet does not take it for a formula; a plain number stays one."""
    return f"'{cell}" if is_formula(cell) else cell
