"""The settings of a loss: one number each, of Python, numpy or torch, or a sentence that says what is wanted."""

from __future__ import annotations

import math
from typing import Any

ELEMENTWISE = ("none", "mean", "sum", "batchmean")


def check_reduction(reduction: str, allowed: tuple[str, ...] = ELEMENTWISE) -> None:
    if reduction not in allowed:
        raise ValueError(f"reduction must be one of {', '.join(allowed)}; got {reduction!r}.")


def number_of(name: str, value: Any, wanted: str = "a number") -> float:
    """`value` as a number of Python; ValueError for what is none."""
    if isinstance(value, (int, float)):
        return value
    if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):
        if getattr(value, "requires_grad", False):
            raise ValueError(f"{name} must be {wanted}, and is not trained; pass {name}.item().")
        found = value.item()
        if isinstance(found, (int, float)):
            return found
    raise ValueError(f"{name} must be {wanted}; got {value!r}.")


def check_gamma(name: str, gamma: Any) -> float:
    found = number_of(name, gamma)
    if not 0 <= found < math.inf:
        raise ValueError(f"{name} must be 0 or more, and finite; got {gamma}.")
    return found


def check_alpha(alpha: Any) -> float | None:
    if alpha is None:
        return None
    if hasattr(alpha, "__len__") and getattr(alpha, "ndim", True) and not isinstance(alpha, str):
        raise ValueError("alpha is one number for all classes; weights per class are pos_weight or weight.")
    found = number_of("alpha", alpha, "a number, or None for no weighting")
    if not found <= 1:
        raise ValueError(f"alpha must lie between 0 and 1, or be None for no weighting; got {alpha}.")
    return found


def check_margin(clip: Any) -> float:
    margin = 0.0 if clip is None else number_of("clip", clip, "a number, or None for 0")
    if not 0 <= margin < 1:
        raise ValueError(f"clip must be at least 0 and below 1; got {clip}.")
    return margin


def check_eps(eps: Any) -> float:
    floor = 0.0 if eps is None else number_of("eps", eps, "a number, or None for exact")
    if not 0 <= floor < 1:
        raise ValueError(f"eps must lie between 0 and 1, or be None or 0 for exact; got {eps}.")
    return floor


def check_smoothing(label_smoothing: Any) -> float:
    share = number_of("label_smoothing", label_smoothing, "a number from 0 to 1")
    if not 0 <= share <= 1:
        raise ValueError(
            f"label_smoothing must lie between 0 and 1, the share of each target that is spread over all classes; "
            f"got {label_smoothing}."
        )
    return share


def check_dim(dim: Any) -> int:
    found = number_of("dim", dim, "a whole number, the axis of the labels")
    if not isinstance(found, int) or isinstance(found, bool):
        raise ValueError(f"dim must be a whole number, the axis of the labels; got {dim!r}.")
    return found


def check_ignore_index(ignore_index: Any) -> float | None:
    if ignore_index is None:
        return None
    found = ignore_index
    if not isinstance(found, (int, float)) and getattr(found, "ndim", None) == 0 and hasattr(found, "item"):
        found = found.item()
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        raise TypeError(f"ignore_index must be one number, or None; got {ignore_index!r}.")
    return found


def check_mark_of_classes(ignore_index: float | None) -> None:
    """Class indices are whole numbers, and so is what marks one that does not count."""
    if isinstance(ignore_index, float) and (math.isnan(ignore_index) or ignore_index % 1):
        raise ValueError(
            f"ignore_index={ignore_index} is no whole number, and these targets are class indices; "
            "mark what does not count with a number such as -100."
        )
