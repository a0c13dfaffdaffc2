"""A batch under a loss as code to paste, which prints the number that the workbench shows."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from lossviz.literals import number_code, tensor_code
from lossviz.workbench.elements import ElementWeights, Question, expression, question


def elements_snippet(
    key: str,
    logits: Tensor,
    target: Tensor,
    *,
    knobs: Mapping[str, float | None] | None = None,
    weights: ElementWeights | None = None,
    reduction: str = "mean",
    dtype: torch.dtype = torch.float64,
    gradient: bool = False,
    ignore_index: float | None = None,
) -> str:
    """Code that prints the reduced number of `taken_apart`, or the unreduced values for "none"; or the gradient."""
    asked = question(key, logits, target, knobs, weights, dtype, ignore_index)
    lines, number = _tensors(asked), expression(asked, reduction)
    if gradient:
        total = f"({number}).sum()" if reduction == "none" else number
        lines["logits"] += ".requires_grad_()"
        return _code(lines, f"print(torch.autograd.grad({total}, logits)[0].tolist())")
    return _code(lines, f"print(({number}).{'tolist' if reduction == 'none' else 'item'}())")


def difference_snippet(
    keys: tuple[str, str],
    logits: Tensor,
    target: Tensor,
    *,
    knobs: Mapping[str, float | None] | None = None,
    weights: ElementWeights | None = None,
    dtype: torch.dtype = torch.float64,
    ignore_index: float | None = None,
) -> str:
    """Code that prints how far the first loss, with its knobs, is from the second at every element."""
    lines: dict[str, str] = {}
    each = []
    for key, own in zip(keys, (knobs or {}, {}), strict=True):
        asked = question(key, logits, target, own, weights, dtype, ignore_index)
        lines |= _tensors(asked)
        each.append(expression(asked, "none"))
    return _code(lines, f"print(({each[0]} - {each[1]}).tolist())")


def _tensors(asked: Question) -> dict[str, str]:
    """The tensors that an expression needs, by name, as code."""
    named = {"logits": asked.logits, "target": asked.target, **asked.inside}
    if asked.outer is not None:
        named["sample"] = asked.outer
    return {name: literal(value) for name, value in named.items()}


def _code(lines: Mapping[str, str], last: str) -> str:
    named = (f"{name} = {value}" for name, value in lines.items())
    return "\n".join(["import torch", "import lossviz", "", *named, last]) + "\n"


def literal(values: Tensor) -> str:
    """The Python expression of a tensor, to the last digit."""
    first = values.flatten()[0].item() if values.numel() else 0.0
    if values.numel() > 1 and bool((values == first).all()):
        return f"torch.full({tuple(values.shape)}, {number_code(first)}, dtype={values.dtype})"
    return tensor_code(values, values.dtype)
