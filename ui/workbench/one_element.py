"""One element's numbers in the loss's formula, which is that of the target that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

import lossviz
from lossviz.notation import latex, listed
from ui.shared.prose import prose

if TYPE_CHECKING:
    from torch import Tensor

    from lossviz.workbench.elements import Elements


def show(
    key: str, knobs: dict[str, float | None], logits: Tensor, targets: Tensor, elements: Elements, unweighted: Tensor
) -> None:
    """Two fields that choose the element, and its formula, value and gradient."""
    rows, columns = logits.shape
    places = st.columns([1, 1, 4], vertical_alignment="center")
    row = int(places[0].number_input("row", 1, rows, 1, key=f"row{rows}")) - 1
    column = int(places[1].number_input("column", 1, columns, 1, key=f"column{columns}")) - 1
    exclusive = lossviz.takes(key) == "classes"
    score = logits[row].softmax(0)[column] if exclusive else logits[row, column].sigmoid()
    places[2].latex(rf"x = {latex(logits[row, column].item())},\quad p = {latex(score.item())}")
    if not elements.counted[row, column]:
        places[2].markdown(prose("workbench", "ignored_element"))
        return
    target = _row_of(targets, row, columns, elements)
    formula, numbers = lossviz.LOSSES[key].worked(logits[row], target, column, **knobs)
    value, before = (each[row] if each.ndim == 1 else each[row, column] for each in (elements.value, unweighted))
    places[2].latex(rf"\text{{{_said(target, column, exclusive)}: }} {formula}")
    if exclusive:
        scores = listed([latex(share) for share in logits[row].softmax(0).tolist()], r",\;")
        places[2].latex(rf"p = \mathrm{{softmax}}(x) = ({scores})")
    places[2].latex(rf"{numbers} = {latex(before.item(), 6)}")
    slope = latex(elements.gradient[row, column].item(), 6)
    places[2].latex(rf"\text{{weighted: }} {latex(value.item(), 6)},\quad \partial / \partial x = {slope}")


def _row_of(targets: Tensor, row: int, columns: int, elements: Elements) -> Tensor:
    """The targets of a row: one-hot where they are a class, nan where they are ignored."""
    if targets.ndim == 1:
        one_hot = elements.value.new_zeros(columns)
        one_hot[int(targets[row])] = 1
        return one_hot
    return targets[row].double().masked_fill(~elements.counted[row], float("nan"))


def _said(target: Tensor, column: int, exclusive: bool) -> str:
    """What the target is, in words."""
    if exclusive:
        return f"class {int(target.argmax())}" if target.max() == 1 else "soft target"
    share = target[column].item()
    return {1.0: "positive", 0.0: "negative"}.get(share, f"soft target {share:g}")
