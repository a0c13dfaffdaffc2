"""Inputs and targets as every loss takes them: refused, honoured or left out, never read as something else."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from lossviz.losses.ranges import check_range, check_that, readable, unwrapped
from lossviz.losses.settings import check_mark_of_classes

ROUNDING = 1e-6  # by which the sum of two parts of a target may pass 1


def logits_and_targets(
    input: Tensor, target: Tensor, ignore_index: float | None = None
) -> tuple[Tensor, Tensor, Tensor | None]:
    """`input` and `target` of one shape in the dtype to compute in, and which elements count, None for all.

    Half and bfloat16 are computed in float32. Shapes must be identical: (N, 1) against (N,) would
    broadcast to N x N losses without a word. What does not count becomes logit 0 and target 0.
    """
    check_tensors(input, target)
    if input.shape != target.shape:
        raise ValueError(
            f"input and target must have the same shape; got {tuple(input.shape)} and {tuple(target.shape)}. "
            "Reshape one of them; broadcasting them would pair every input with every target."
        )
    x = computable(input)
    t = target.to(x.dtype)
    kept = counting(t, ignore_index)
    if kept is not None:
        x, t = torch.where(kept, x, 0.0), torch.where(kept, t, 0.0)
    if target.dtype != torch.bool:
        check_probabilities(t, "a class index belongs to a softmax loss")
    return x, t, kept


def rows_and_targets(input: Tensor, target: Tensor, ignore_index: float | None) -> tuple[Tensor, Tensor, Tensor | None]:
    """`input` in the dtype to compute in, the target of a softmax loss, and which rows count, None for all.

    The target is int64 class indices or, told by their shape, rows of probabilities in the dtype of the
    input. What does not count becomes logits 0 and class 0, or probabilities 0.
    """
    check_tensors(input, target)
    x, axis = computable(input), class_axis(input)
    if is_soft(input, target):
        t = target.to(x.dtype)
        check_no_class(ignore_index, x.shape[axis])
        kept = counting(t, ignore_index, axis)
        if not target.is_floating_point():
            check_one_hot(input, t, kept, axis)
        t = t if kept is None else torch.where(kept.unsqueeze(axis), t, 0.0)
        check_probabilities(t, "a row that does not count holds nothing but ignore_index")
    else:
        check_mark_of_classes(ignore_index)
        given = target.long()
        kept = counting(given, ignore_index)
        t = given if kept is None else torch.where(kept, given, 0)
        check_classes(t, x.shape[axis], given if kept is None else torch.where(kept, given, 1))
    return x if kept is None else torch.where(kept.unsqueeze(axis), x, 0.0), t, kept


def check_tensors(input: object, target: object) -> None:
    for name, given in (("input", input), ("target", target)):
        if not isinstance(given, Tensor):
            raise TypeError(f"{name} must be a torch.Tensor; got {type(given).__name__}.")
        if given.is_complex():
            raise ValueError(f"{name} must hold real numbers; got {given.dtype}.")


def computable(input: Tensor) -> Tensor:
    """`input`, in float32 if it is half or bfloat16."""
    if not input.is_floating_point():
        raise ValueError(f"input must hold logits in floating point; got {input.dtype}.")
    return input.float() if input.dtype in (torch.float16, torch.bfloat16) else input


def counting(t: Tensor, ignore_index: float | None, axis: int | None = None) -> Tensor | None:
    """Which targets are not `ignore_index`, None if all; along `axis`, which rows hold anything else."""
    if ignore_index is None:
        return None
    kept = ~t.isnan() if math.isnan(ignore_index) else t != ignore_index
    if axis is not None:
        kept = kept.any(axis)
    whole = unwrapped(kept)
    return None if readable(whole) and bool(whole.all()) else kept


def check_probabilities(t: Tensor, otherwise: str) -> None:
    def remedy(value: float) -> str:
        if not math.isnan(value) and not value.is_integer():
            return "It is neither a label nor a probability."
        marker = "float('nan')" if math.isnan(value) else f"{value:g}"
        return f"If it marks what has no label, pass ignore_index={marker}; {otherwise}."

    check_range(t, -ROUNDING, 1 + ROUNDING, "target must lie between 0 and 1", remedy)


def check_one_hot(input: Tensor, t: Tensor, kept: Tensor | None, axis: int) -> None:
    """Integers of the input's own shape may be class indices that were meant for another; one-hot rows are not."""
    one_hot = ((t == 0) | (t == 1)).all(axis) & (t.sum(axis) == 1)
    expected = tuple(input.shape[:1] + input.shape[2:]) if input.ndim > 1 else ()
    wanted = (
        f"target must hold class indices of shape {expected}, or rows of probabilities in floating point, and rows "
        f"of integers only if they are one-hot"
    )
    check_that(one_hot if kept is None else one_hot | ~kept, t.movedim(axis, -1), wanted)


def check_classes(y: Tensor, classes: int, counted: Tensor) -> None:
    def remedy(value: float) -> str:
        if value == classes and unwrapped(counted).min() == 1:
            return f"If class ids begin at 1, subtract 1; if it marks what has no label, pass ignore_index={value:g}."
        return f"If it marks what has no label, pass ignore_index={value:g}."

    wanted = f"target must hold classes from 0 to {classes - 1}, one for each of the input's {classes}"
    check_range(y, 0, classes - 1, wanted, remedy)


def check_no_class(ignore_index: float | None, classes: int) -> None:
    if ignore_index is not None and 0 <= ignore_index < classes:
        raise ValueError(
            f"ignore_index={ignore_index} names a class, and this target holds rows of probabilities, which are of "
            f"no one class. Give class indices, or mark rows that do not count with a number that is no class."
        )


def of_classes(x: Tensor, t: Tensor) -> list[tuple[float, float]]:
    """Target and softmax probability of each class that has any target, of one row."""
    p = x.softmax(0)
    return [(share, score) for share, score in zip(t.tolist(), p.tolist(), strict=True) if share > 0]


def class_axis(input: Tensor) -> int:
    return min(1, input.ndim - 1)


def is_soft(input: Tensor, target: Tensor) -> bool:
    """Whether a softmax loss's target holds a row of probabilities for each of `input`; ValueError unless it fits."""
    if input.ndim == 0:
        raise ValueError("input needs a class axis: (C), (N, C) or (N, C, d1, ...); got a single number.")
    if input.shape[class_axis(input)] == 0:
        raise ValueError(f"input needs at least one class; got an input of shape {tuple(input.shape)}.")
    if target.shape == input.shape:
        return True
    expected = input.shape[:1] + input.shape[2:] if input.ndim > 1 else torch.Size()
    if target.shape != expected:
        raise ValueError(
            f"target must hold class indices of shape {tuple(expected)}, or probabilities of the shape of the input, "
            f"{tuple(input.shape)}; got {tuple(target.shape)}."
        )
    if target.is_floating_point():
        raise ValueError(
            f"target must hold class indices, which are whole numbers; got {target.dtype}. Convert it with "
            f".long(), or give probabilities of the shape of the input, {tuple(input.shape)}."
        )
    return False
