"""The small batch of the weighted-mean page: its table, its weights, its words.

The table's rows and the weights stand in the address, so that a link shows the same batch.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

import lossviz
from lossviz.notation import latex, number
from ui.live_chart import departure
from ui.shared import choice
from ui.shared.controls import ignored_mark
from ui.shared.follow import digits
from ui.shared.prose import named, plain, prose
from ui.shared.tables import in_table, linked, to_address

if TYPE_CHECKING:
    from torch import Tensor

    from lossviz.batches.weighted_mean import Batch, WeightedMean
    from lossviz.choice.choice import Choice

_KEY = "rows"
_IGNORED = -100
_MINE = "mine"


def batch_table(batch: Batch) -> tuple[Tensor, Tensor]:
    """An editable table of targets and logits; what it holds, as tensors."""
    import torch

    state = st.session_state
    if state.get("batch:of") != batch.key:
        # The address holds edited rows; another preset starts from its own.
        opened = _from_address() if "batch:of" not in state else None
        state["batch:of"] = batch.key
        state["batch:version"] = state.get("batch:version", 0) + 1
        state["batch:base"] = opened if opened is not None else _frame(batch)
    base: pd.DataFrame = state["batch:base"]
    classes = base.shape[1] - 1
    columns = {"target": st.column_config.NumberColumn("target", step=1, help="A blank target is ignored.")}
    for k in range(classes):
        columns[f"logit {k}"] = st.column_config.NumberColumn(f"logit of class {k}", format="%.4g")
    table = st.data_editor(
        base,
        key=f"batch:table:{state['batch:version']}",
        column_config=columns,
        num_rows="dynamic",
        hide_index=True,
        height=min(420, 40 + 35 * (len(base) + 1)),
        alt="Targets and logits of the batch",
        placeholder="blank",
    )
    what = "Rows with this target count nowhere, as 255 or -1. A row with a blank target is always ignored."
    mark = ignored_mark(f"{batch.key}_ignore", help=what, width=130)
    to_address({_KEY: (table, _frame(batch))})
    logits = torch.tensor(table.drop(columns="target").to_numpy(dtype=float), dtype=torch.float64)
    targets = torch.tensor(table["target"].to_numpy(dtype=float), dtype=torch.float64)
    return logits, _classes(targets, mark)


def _classes(targets: Tensor, mark: float | None) -> Tensor:
    """Whole targets, -100 where a row is ignored; others stay as they are, to be refused by name."""
    import torch

    ignored = targets.isnan() if mark is None else targets.isnan() | (targets == mark)
    marked = targets.masked_fill(ignored, _IGNORED)
    return marked.long() if torch.equal(marked, marked.round()) else marked


def check_logits(logits: Tensor, targets: Tensor) -> None:
    """ValueError with one sentence for a blank logit of a row that counts."""
    blank = (logits.isnan() & (targets != _IGNORED)[:, None]).nonzero().tolist()
    if blank:
        row, column = blank[0]
        raise ValueError(
            f"The logit of class {column} in row {row + 1} is blank. Type a number there, or leave the target of "
            "the row blank, and the row is ignored."
        )


def presets() -> dict[str, Batch]:
    """The batches to begin with; the first has the weights of the choice, of its rarest class and of the rest."""
    now = choice.current()
    weights = tuple(map(digits, now.pair(now.counts.rarest)))
    mine = replace(lossviz.BATCHES["rare_in_24"], key=_MINE, title="My weights", class_weights=weights)
    return {_MINE: mine} | lossviz.BATCHES


def lesson(batch: Batch) -> str:
    """What the batch is for."""
    if batch.key != _MINE:
        return prose("weighted_mean", batch.key)
    now = choice.current()
    rest, own = map(number, batch.class_weights)
    name = named(now.counts.classes[now.counts.rarest])
    return prose("weighted_mean", _MINE, scheme=choice.scheme_name(now), name=name, rest=rest, own=own)


def weight_fields(batch: Batch) -> Tensor:
    """One number per class, and where they have left the choice."""
    import torch

    keys = [f"{batch.key}_w{k}" for k in range(len(batch.class_weights))]
    _follow(batch, keys)
    values = []
    with st.container(horizontal=True):
        for k, (key, weight) in enumerate(zip(keys, batch.class_weights, strict=True)):
            value = st.number_input(
                f"weight of class {k}",
                min_value=0.0,
                max_value=max(1e8, weight),
                value=float(weight),
                step=1.0,
                format="%g",
                key=key,
                bind="query-params",
            )
            values.append(max(float(value), 0.0))
    if batch.key == _MINE:
        yours = dict(zip(keys, batch.class_weights, strict=True))
        names = {key: f"weight of class {k}" for k, key in enumerate(keys)}
        departure.show(_MINE, yours, dict(zip(keys, values, strict=True)), names, lambda: _made(values), _back)
    return torch.tensor(values, dtype=torch.float64)


def second(batch: Batch, logits: Tensor, targets: Tensor) -> None:
    """The weighted mean under the weights of the second choice, if one is kept and the batch is for one's own."""
    import torch

    other = choice.second()
    if other is None or batch.key != _MINE:
        return
    weights = torch.tensor(other.pair(other.counts.rarest), dtype=torch.float64)
    st.metric("the same under B", number(tried(logits, targets, weights).weighted_mean), border=True)


def _follow(batch: Batch, keys: list[str]) -> None:
    """Set the fields to the weights of a choice that has changed since they were drawn."""
    state, seen = st.session_state, f"{batch.key}:weights"
    if state.get(seen, batch.class_weights) != batch.class_weights:
        state.update(dict(zip(keys, map(float, batch.class_weights), strict=True)))
    state[seen] = batch.class_weights


def _made(values: list[float]) -> Choice:
    now = choice.current()
    return now.with_pair(now.counts.rarest, *values)


def _back(_chart: str, own: Mapping[str, float | None]) -> None:
    st.session_state.update(own)


def tried(logits: Tensor, targets: Tensor, weights: Tensor) -> WeightedMean:
    """The batch taken apart, or one sentence and the end of the page."""
    try:
        check_logits(logits, targets)
        return lossviz.weighted_mean(logits, targets, weights)
    except ValueError as error:
        st.error(plain(in_table(error)), icon=":material/block:")
        st.stop()


def row_table(batch: WeightedMean, targets: Tensor) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "row": range(1, len(targets) + 1),
            "target": ["ignored" if target == _IGNORED else str(target) for target in targets.tolist()],
            "loss": batch.loss.tolist(),
            "weight": batch.weight.tolist(),
            "weight × loss": batch.numerator.tolist(),
            "share of the numerator, %": (100 * batch.share).tolist(),
        }
    )


def formulas(batch: WeightedMean) -> tuple[str, str]:
    """The weighted mean and the sum over N with the numbers in them, one line each."""
    top = latex(float(batch.numerator.sum()))
    head = r"\frac{\sum w_i \ell_i}"
    return (
        rf"{head}{{\sum w_i}} = \frac{{{top}}}{{{latex(batch.sum_of_weights)}}} = {latex(batch.weighted_mean)}",
        rf"{head}{{N}} = \frac{{{top}}}{{{batch.n}}} = {latex(batch.plain_mean)}",
    )


def show_ignored(batch: WeightedMean) -> None:
    """How many rows count, where not all do."""
    rows = len(batch.counted)
    if batch.n < rows:
        said = {"n": str(batch.n), "rows": str(rows), "sum_of_weights": number(batch.sum_of_weights)}
        st.markdown(prose("weighted_mean", "ignored", **said))


def one_hot_sentence(batch: WeightedMean) -> str:
    """What torch returns for the same targets as one-hot rows."""
    one_hot, weighted = number(batch.one_hot_mean), number(batch.weighted_mean)
    section = "one_hot_same" if one_hot == weighted else "one_hot"
    return prose("weighted_mean", section, one_hot=one_hot, weighted=weighted)


def class_names(weights: Tensor) -> dict[str, str]:
    return {str(k): f"class {k}" for k in range(len(weights))}


def sweep_sentence(batch: WeightedMean, targets: Tensor, which: int) -> str:
    """Whether raising one class's weight raises or lowers the weighted mean, and where it ends."""
    own = targets == which
    if own[batch.counted].all() or not own.any():
        return prose("weighted_mean", "sweep_level", which=str(which))
    limit = float(batch.loss[own].mean())
    if math.isclose(limit, batch.weighted_mean, rel_tol=1e-9):
        return prose("weighted_mean", "sweep_flat", which=str(which), limit=number(limit))
    section = "sweep_rises" if limit > batch.weighted_mean else "sweep_falls"
    return prose("weighted_mean", section, which=str(which), limit=number(limit))


def _frame(batch: Batch) -> pd.DataFrame:
    logits, targets, _ = batch.tensors()
    columns = {f"logit {k}": logits[:, k].tolist() for k in range(logits.shape[1])}
    return pd.DataFrame({"target": targets.double().tolist(), **columns})


def _from_address() -> pd.DataFrame | None:
    """The rows that a link spells, or None if it spells none."""
    rows = linked(_KEY, "targets")  # as in targets, a cell may be blank
    width = len(rows[0]) if rows else 0
    return pd.DataFrame(rows, columns=["target", *(f"logit {k}" for k in range(width - 1))]) if width >= 3 else None
