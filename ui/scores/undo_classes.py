"""Scores of many classes, a row per sample, given back as probabilities."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

import lossviz
from lossviz.counts.label_counts import LabelCounts
from lossviz.notation import number
from lossviz.snippets.scores import class_loss_code, undo_classes_snippet
from ui.shared import choice
from ui.shared.controls import bound_number
from ui.shared.prose import named, prose

if TYPE_CHECKING:
    from torch import Tensor

# Code of many classes scrolls within its box.
_LONG, _TALLEST = 4_000, 400
# So many scores are given back while a knob is turned; the file that is downloaded has all.
MOST_AT_ONCE = 400_000
BLOCK = 1 << 16
_CELLS = 1 << 20
# The losses whose scores are those of all classes together.
LOSSES = ("ce", "softmax_focal")
# Words that tools put before or behind the name of a class.
_AROUND = re.compile(r"^(prob(ability)?|p|score|pred|softmax|class)[\s_.:-]+|[\s_.:-]+(prob(ability)?|score)$")


def class_columns(table: pd.DataFrame, classes: Sequence[str]) -> list[str]:
    """The columns that are scores of classes, a row of which sums to 1; none where there are no such columns.

    Columns under the names of `classes` come first, then all columns from one on.
    """
    named = list(_named(list(table.columns), classes).values())
    if len(named) > 1 and 0 in _rows_from(_as_numbers(table[named])):
        return named
    numeric = [str(name) for name in table.columns if pd.api.types.is_numeric_dtype(table[name])]
    starts = _rows_from(table[numeric]) if len(numeric) > 1 else []
    return numeric[starts[0] :] if starts else []


def _as_numbers(columns: pd.DataFrame) -> pd.DataFrame:
    texts = [str(name) for name in columns if not pd.api.types.is_numeric_dtype(columns[name])]
    return columns.assign(**{name: pd.to_numeric(columns[name], errors="coerce") for name in texts})


def _rows_from(scores: pd.DataFrame) -> list[int]:
    """From which columns on most rows are probabilities that sum to 1; the others are said to be wrong later."""
    from lossviz.logits.softmax import MOST_OFF

    columns = scores.shape[1]
    rows = np.zeros(columns, dtype=np.int64)
    size = max(1, _CELLS // columns)
    for start in range(0, len(scores), size):
        values = scores.iloc[start : start + size].to_numpy(dtype=float)[:, ::-1]
        valid = np.logical_and.accumulate((values >= 0) & (values <= 1), axis=1)
        rows += (valid & (np.abs(values.cumsum(axis=1) - 1) <= MOST_OFF)).sum(axis=0)[::-1]
    return [k for k in range(columns - 1) if 2 * rows[k] > len(scores)]


def _named(columns: Sequence[str], classes: Sequence[str]) -> dict[str, str]:
    """The column of each class, if every class has one of its name."""
    bare = {_bare(str(name)): str(name) for name in columns}
    found = {name: bare[_bare(name)] for name in classes if _bare(name) in bare}
    return found if len(found) == len(classes) == len(set(found.values())) else {}


def _bare(name: str) -> str:
    lowered = name.strip().lower()
    return _AROUND.sub("", lowered) or lowered


def show(
    table: pd.DataFrame, columns: Sequence[str], key: str, knobs: Mapping[str, Mapping[str, float | None]]
) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Controls for the loss `key` and its weights; what gives back the `columns` of rows of `table`."""
    now, loss = choice.current(), key if key in LOSSES else "ce"
    if loss != key:
        said = {"label": lossviz.LOSSES[key].label, "softmax": lossviz.LOSSES[loss].label}
        st.info(prose("scores", "undo_softmax", **said), icon=":material/info:")
    if loss == "softmax_focal":
        start = knobs[loss].get("gamma")
        setting = bound_number("γ (gamma)", 0.0, 100.0, 2.0 if start is None else start, key="undo_gamma", step=0.1)
    else:
        setting = bound_number("Label smoothing", 0.0, 1.0, 0.0, key="undo_smoothing", step=0.05)
    ordered, weights = _weights(now.counts, now.exact if now.of == "class_weight" else None, columns)
    spelled = ", ".join(repr(value) for value in weights)
    typed = st.text_area(
        f"Class weights of {', '.join(map(named, ordered[:6]))}{' ...' if len(ordered) > 6 else ''}, in this order",
        value=spelled,
        key=f"undo_weights:{len(ordered)}:{hash(spelled)}",
    )
    chosen = parsed_weights(typed, ordered)
    code = class_loss_code(loss, chosen, setting or 0.0)
    scores, made = row_scores(table, ordered), _made(loss, chosen, setting or 0.0)
    scores = scores[: max(1, MOST_AT_ONCE // len(ordered))]
    snippet = undo_classes_snippet(code, scores[:3].tolist())
    st.code(snippet, language="python", wrap_lines=True, height=_TALLEST if len(snippet) > _LONG else "content")
    _say(scores, _undone(made, scores), ordered, chosen, setting or 0.0 if loss == "ce" else 0.0)

    def undo(part: pd.DataFrame) -> pd.DataFrame:
        back = _undone(made, row_scores(part, ordered)).numpy()
        return pd.concat([part, pd.DataFrame(back, part.index, [f"{name}, undone" for name in ordered])], axis=1)

    return undo


def _undone(loss: lossviz.Loss, scores: Tensor) -> Tensor:
    """What rows of scores mean, block by block, which is far faster than all at once."""
    import torch

    rows = max(1, BLOCK // scores.shape[1])
    return torch.cat([lossviz.recalibrate(loss, block) for block in torch.split(scores, rows)])


def _weights(counts: LabelCounts, own: Tensor | None, columns: Sequence[str]) -> tuple[list[str], Sequence[float]]:
    """The columns in the order of the classes, and the weights that they begin with."""
    import torch

    by_name = _named(columns, counts.classes)
    if counts.task == "multilabel" or len(columns) != counts.n_classes:
        classes, labels = f"{len(columns):,}", f"{counts.n_classes:,}"
        st.info(prose("scores", "undo_other", columns=classes, classes=labels), icon=":material/info:")
        return list(columns), [1.0] * len(columns)
    ordered = list(by_name.values()) or list(columns)
    if not by_name:
        listed = ", ".join(named(name) for name in counts.classes[:6]) + (" ..." if counts.n_classes > 6 else "")
        st.info(prose("scores", "undo_order", names=listed), icon=":material/info:")
    weights = lossviz.class_weights(counts, dtype=torch.float64) if own is None else own
    return ordered, [float(f"{value:.9g}") for value in weights.tolist()]


def parsed_weights(text: str, columns: Sequence[str]) -> list[float]:
    """The numbers of `text`, one for each of `columns`; ValueError with one sentence if they are not."""
    parts = [part for part in re.split(r"[\s,;]+", text.strip().strip("[]()")) if part]
    weights = []
    for part in parts:
        try:
            weights.append(float(part))
        except ValueError:
            raise ValueError(f"The class weight {part[:40]!r} is no number; type numbers with commas.") from None
    if len(weights) != len(columns):
        raise ValueError(f"{len(weights):,} class weights are given for {len(columns):,} columns; type one per column.")
    bad = next((weight for weight in weights if not 0 <= weight < float("inf")), None)
    if bad is not None:
        raise ValueError(f"Class weights are 0 or more, and finite; one is {bad:g}.")
    return weights


def row_scores(table: pd.DataFrame, columns: Sequence[str]) -> Tensor:
    """The scores (N, C) of `columns`; ValueError with one sentence for a cell that is none."""
    import torch

    from lossviz.logits.softmax import MOST_OFF

    values = _as_numbers(table[list(columns)]).to_numpy(dtype=float, copy=True)
    sound = (values >= 0) & (values <= 1)
    if not sound.all():
        row, k = divmod(int(sound.argmin()), len(columns))
        found = table[columns[k]].iloc[row]
        said = "is empty" if pd.isna(found) else f"holds {str(found)[:40]!r}"
        raise ValueError(f"Row {row + 1} of {columns[k]!r} {said}; a score is a number from 0 to 1, of a softmax.")
    sums = values.sum(axis=1)
    if (off := np.abs(sums - 1)).max(initial=0.0) > MOST_OFF:
        row = int(off.argmax())
        raise ValueError(f"Row {row + 1} of the scores sums to {sums[row]:.6g}; softmax scores of one row sum to 1.")
    return torch.from_numpy(values)


def _made(loss: str, weights: Sequence[float], setting: float) -> lossviz.Loss:
    import torch

    weight = torch.tensor(weights, dtype=torch.float64)
    if loss == "softmax_focal":
        return lossviz.SoftmaxFocalLoss(setting, weight=weight)
    return lossviz.CrossEntropyLoss(weight=weight, label_smoothing=setting)


def _say(scores: Tensor, back: Tensor, columns: Sequence[str], weights: Sequence[float], smoothing: float) -> None:
    """How often the likeliest class is another one, and which rows mean nothing, with the reason."""
    known = ~back.isnan().any(dim=-1)
    total, lost = len(back), len(back) - int(known.sum())
    if lost:
        without = [named(name) for name, weight in zip(columns, weights, strict=True) if not weight]
        first = int((~known).int().argmax()) + 1
        said = {"lost": f"{lost:,}", "total": f"{total:,}", "first": f"{first:,}", "names": ", ".join(without[:6])}
        section = "lost_weight" if without else "lost_smoothing"
        st.warning(prose("scores", section, smoothing=number(smoothing), **said), icon=":material/block:")
    left = total - lost
    if left:
        rows = "row" if left == 1 else "rows"
        changed = int((scores.argmax(dim=-1) != back.argmax(dim=-1))[known].sum())
        st.markdown(prose("scores", "likeliest", changed=f"{changed:,}", total=f"{left:,}", rows=rows))
