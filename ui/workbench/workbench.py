"""The workbench: a case, its tables and weights, and every number of a loss on them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

import lossviz
from lossviz import figures
from lossviz.notation import latex, number
from ui.shared import stability
from ui.shared.charts import show
from ui.shared.controls import choice, ignored_mark, knob_number
from ui.shared.pasting import parsed
from ui.shared.prose import plain, prose
from ui.shared.tables import in_table
from ui.workbench import one_element
from ui.workbench.matrices import tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamlit.delta_generator import DeltaGenerator
    from torch import Tensor

    from lossviz.workbench.cases import Case
    from lossviz.workbench.elements import Elements, ElementWeights

_WEIGHTS = {
    "positive": "pos_weight per label",
    "label": "weight per label or class",
    "sample": "weight per row",
    "element": "weight per element",
}
_NONE = "none"


def chosen_case() -> Case:
    """The case that the page starts from."""
    cases = lossviz.CASES
    key = st.selectbox(
        "Start from",
        list(cases),
        format_func=lambda key: f"{key}: {cases[key].title}",
        key="case",
        bind="query-params",
    )
    return cases.get(key, next(iter(cases.values())))


def settle(case: Case) -> None:
    """The question of a case, its figures, and what they settle."""
    said = {name: number(value) for name, value in case.figures().items()}
    st.markdown(f"#### {prose('workbench', f'{case.key} question', **said)}")
    names = prose("workbench", f"{case.key} figures").split(" | ")
    with st.container(horizontal=True):
        for name, label in zip(said, names, strict=False):
            st.metric(label, said[name], border=True)
    st.markdown(prose("workbench", f"{case.key} lesson", **said))
    if case.stability:
        stability.panel()


@st.fragment
def bench(case: Case) -> None:
    """Tables, weights and losses, and everything that follows from them."""
    logits, targets = tables(case.batch, case.key)
    kind = lossviz.takes(case.loss)
    if kind == "classes" and targets.shape[1] == 1:
        targets = targets[:, 0]
    names = {key: lossviz.LOSSES[key].label for key in lossviz.losses_for(kind)}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        key = choice("Loss", names, key=f"{case.key}_loss", default=case.loss)
        reduction = choice("Reduction", {name: name for name in lossviz.REDUCTIONS}, key="reduction")
        precision = choice("Computed in", {name: name for name in lossviz.DTYPES}, key="dtype")
    knobs = _knobs(key, case)
    *places, last = st.columns(5, vertical_alignment="bottom")
    weights = _weights(case, logits, places)
    with last:
        what = "Targets with this value count nowhere, as 255 or -1. A blank target is always ignored."
        mark = ignored_mark(f"{case.key}_ignore", help=what)
    dtype = lossviz.DTYPES[precision]
    if targets.isnan().any():  # one mark for all that is ignored
        mark = math.nan if mark is None else mark
        targets = targets.masked_fill(targets.isnan(), mark)
    question: dict[str, Any] = {"weights": weights, "reduction": reduction, "dtype": dtype, "ignore_index": mark}
    try:
        check_logits(logits)
        elements = lossviz.taken_apart(key, logits, targets, knobs=knobs, **question)
    except ValueError as error:
        st.error(plain(in_table(error)), icon=":material/block:")
        return
    _reduced(elements, reduction)
    if elements.unused:
        labels = ", ".join(_WEIGHTS[name].removesuffix(" per label") for name in elements.unused)
        st.warning(prose("workbench", "unused", loss=names[key], weights=labels), icon=":material/block:")
    _every_loss(names, key, knobs, logits, targets, question)
    _charts(key, logits, targets, knobs, elements, question)
    if elements.counted.all():
        _astray(case, logits, targets)
    plain_question = question | {"weights": None, "reduction": "none"}
    unweighted = lossviz.taken_apart(key, logits, targets, knobs=knobs, **plain_question).value
    one_element.show(key, knobs, logits, targets, elements, unweighted)
    other = choice("Compare with", {_NONE: "nothing"} | names, key=f"{case.key}_compare", default=case.compare or _NONE)
    if other not in (_NONE, key):
        same = {name: value for name, value in question.items() if name != "reduction"}
        code = lossviz.difference_snippet((key, other), logits, targets, knobs=knobs, **same)
        _difference(elements, names[key], names[other], lossviz.taken_apart(other, logits, targets, **question), code)


def _charts(
    key: str,
    logits: Tensor,
    targets: Tensor,
    knobs: dict[str, float | None],
    elements: Elements,
    question: dict[str, Any],
) -> None:
    """Value and gradient of every element, each with its code."""
    code = lossviz.elements_snippet(key, logits, targets, knobs=knobs, **question)
    columns = st.columns(2)
    with columns[0]:
        st.markdown(prose("workbench", "values"))
        values = figures.elements_figure(elements.value, "loss", counted=elements.counted)
        show(values, key="values", alt="Loss of every element", code=code)
    with columns[1]:
        st.markdown(prose("workbench", "gradients"))
        gradients = figures.elements_figure(elements.gradient, "gradient", signed=True, counted=elements.counted)
        code = lossviz.elements_snippet(key, logits, targets, knobs=knobs, gradient=True, **question)
        show(gradients, key="gradients", alt="Gradient of every logit", code=code)


def _astray(case: Case, logits: Tensor, targets: Tensor) -> None:
    """What the code that goes wrong makes of the same batch."""
    astray = case.astray(logits, targets)
    if astray is not None:
        st.markdown(prose("workbench", f"{case.key} instead", number=number(astray[0])))
        figure = figures.elements_figure(astray[1], "gradient", signed=True)
        code = case.astray_snippet(logits, targets)
        show(figure, key="astray", alt="Gradient of the code that goes wrong", code=code)


def check_logits(logits: Tensor) -> None:
    """ValueError with one sentence for a blank cell."""
    blank = logits.isnan().nonzero().tolist()
    if blank:
        row, column = blank[0]
        raise ValueError(
            f"The logit in row {row + 1}, column {column + 1} is blank. Type a number; 0 is a score of 50 %."
        )


def _every_loss(
    names: dict[str, str],
    key: str,
    knobs: dict[str, float | None],
    logits: Tensor,
    targets: Tensor,
    question: dict[str, Any],
) -> None:
    """Every loss that takes such targets, under every reduction, numerator over denominator."""
    rows = []
    for other, name in names.items():
        row = {"loss": name}
        for reduction in lossviz.REDUCTIONS:
            if reduction == "none":
                continue
            own = knobs if other == key else None
            found = lossviz.taken_apart(other, logits, targets, knobs=own, **(question | {"reduction": reduction}))
            over = f"{number(found.numerator, 6)} / {number(found.denominator, 6)} = " if reduction != "sum" else ""
            row[reduction] = over + number(found.reduced, 6)
        rows.append(row)
    st.markdown(prose("workbench", "every"))
    st.dataframe(pd.DataFrame(rows), hide_index=True, alt="Every loss that fits, under every reduction")


def _knobs(key: str, case: Case) -> dict[str, float | None]:
    """A field for every knob of the loss but its weights, which have fields of their own."""
    own = [knob for knob in lossviz.LOSSES[key].knobs if knob.name not in lossviz.OWN_KNOBS]
    values: dict[str, float | None] = {}
    if not own:
        return values
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for knob in own:
            start = case.knobs.get(knob.name, knob.default) if key == case.loss else knob.default
            name = f"{case.key}_{key}_{knob.name}"
            if knob.switch:
                values[knob.name] = float(
                    st.checkbox(knob.name, value=bool(start), key=name, bind="query-params", help=knob.meaning)
                )
                continue
            if knob.optional and not st.checkbox(
                f"with {knob.symbol}", value=start is not None, key=f"{name}_on", bind="query-params"
            ):
                values[knob.name] = None
                continue
            values[knob.name] = knob_number(knob, key=name)
    return values


def _weights(case: Case, logits: Tensor, places: Sequence[DeltaGenerator]) -> ElementWeights:
    """A text field for each kind of weight: one number for all, or one per row, label or element."""
    rows, columns = logits.shape
    shapes = {"positive": (columns,), "label": (columns,), "sample": (rows,), "element": (rows, columns)}
    given: dict[str, Tensor] = {}
    for place, (name, label) in zip(places, _WEIGHTS.items(), strict=True):
        start = getattr(case.weights, name)
        spelled = place.text_input(
            label,
            value="" if start is None else _spelled(start),
            key=f"{case.key}_w_{name}",
            bind="query-params",
            placeholder="none",
            help="One number for all, or one each with commas; rows of elements with semicolons.",
        )
        if not spelled.strip():
            continue
        try:
            given[name] = _shaped(spelled, label, shapes[name])
        except ValueError as error:
            place.error(plain(str(error)))
    return lossviz.ElementWeights(**given)


def _spelled(weight: Tensor) -> str:
    values = weight.tolist()
    return f"{values[0]:.6g}" if len(set(values)) == 1 else ",".join(f"{value:.6g}" for value in values)


def _shaped(text: str, name: str, shape: tuple[int, ...]) -> Tensor:
    import torch

    values = torch.tensor(parsed(text, name), dtype=torch.float64)
    if (values < 0).any():
        raise ValueError(f"{name}: weights must be 0 or more.")
    if values.numel() == 1:
        return values.flatten().expand(shape).clone()
    if values.numel() != torch.Size(shape).numel():
        raise ValueError(f"{name}: {torch.Size(shape).numel()} numbers are needed, {values.numel()} are given.")
    return values.reshape(shape)


def _reduced(elements: Elements, reduction: str) -> None:
    if reduction == "none":
        st.markdown(prose("workbench", "unreduced", sum=number(elements.numerator)))
        return
    top, bottom = latex(elements.numerator, 6), latex(elements.denominator, 6)
    of = rf"\frac{{{top}}}{{{bottom}}}" if elements.denominator != 1 else top
    place = st.columns([1, 2], vertical_alignment="center")
    place[0].metric(f'reduction="{reduction}"', number(elements.reduced, 6), border=True)
    place[1].latex(rf"\frac{{\text{{numerator}}}}{{\text{{denominator}}}} = {of} = {latex(elements.reduced, 6)}")
    if elements.terms < elements.value.numel():
        counted = {"terms": number(elements.terms), "all": number(elements.value.numel())}
        st.markdown(prose("workbench", "counted" if reduction == "mean" else "counted_sum", **counted))
    st.code(elements.code, language="python", wrap_lines=True)
    if elements.outer:
        st.caption(prose("workbench", "outer"))


def _difference(elements: Elements, name: str, other_name: str, other: Elements, code: str) -> None:
    gap = elements.reduced - other.reduced
    st.markdown(prose("workbench", "difference", one=name, other=other_name, gap=number(gap)))
    if elements.value.shape == other.value.shape:
        figure = figures.elements_figure(elements.value - other.value, "difference", signed=True)
        show(figure, key="difference", alt=f"{name} minus {other_name}, element by element", code=code)
