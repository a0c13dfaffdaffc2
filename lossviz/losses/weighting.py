"""Weights as every loss takes them: numbers, lists, arrays and tensors of any dtype, 0 or more and finite."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any, Protocol

import torch
from torch import Tensor

from lossviz.losses.ranges import check_range


class Array(Protocol):
    """What numpy can make an array of."""

    def __array__(self) -> Any: ...


Weights = Tensor | Array | Sequence[float] | float


def fitting(weight: Weights | None, name: str, like: Tensor) -> Tensor | None:
    """`weight` in the dtype of `like`, if it broadcasts to the shape of `like` and no further."""
    if weight is None:
        return None
    weight = checked(weight, name, like)
    if weight.numel() == 1:
        return weight.reshape(())
    trailing = like.shape[like.ndim - weight.ndim :] if weight.ndim <= like.ndim else None
    if trailing is None or any(own not in (1, axis) for own, axis in zip(weight.shape, trailing, strict=True)):
        raise ValueError(
            f"{name} of shape {tuple(weight.shape)} does not fit an input of shape {tuple(like.shape)}: "
            f"it is matched with the last axes. One weight per class of an (N, C, H, W) input has "
            f"shape (C, 1, 1); one per sample has shape (N, 1, 1, 1)."
        )
    return weight


def per_class(weight: Weights | None, like: Tensor, classes: int) -> Tensor | None:
    """`weight` in the dtype of `like`, if it holds one number for each class."""
    if weight is None:
        return None
    weight = checked(weight, "weight", like)
    if weight.shape != (classes,):
        raise ValueError(f"weight must hold one number for each of the {classes} classes; got {tuple(weight.shape)}.")
    return weight


def as_buffer(weight: Weights | None, name: str) -> Tensor | None:
    """A tensor that a Module may register: one of floating point as it is, all else in float64, for any dtype."""
    if weight is None:
        return None
    given = tensor_of(weight, name)
    if given.requires_grad:
        raise ValueError(f"{name} must not require a gradient, as a Module keeps constants; pass {name}.detach().")
    check_weights(given, name)
    return given if given.is_floating_point() else given.double()


def checked(weight: Weights, name: str, like: Tensor) -> Tensor:
    """`weight` as a tensor in the dtype of `like`; numbers that are in no tensor yet go to its device."""
    given = tensor_of(weight, name)
    given = given if given.dtype == torch.float64 else given.to(like.dtype)
    check_weights(given, name, like.dtype)
    given = given.to(like.dtype)
    return given if isinstance(weight, Tensor) else given.to(like.device)


def tensor_of(weight: Weights, name: str) -> Tensor:
    if not isinstance(weight, Tensor):
        try:
            weight = torch.tensor(weight.__array__() if hasattr(weight, "__array__") else weight, dtype=torch.float64)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{name} must hold numbers; got {weight!r}.") from error
    if weight.is_complex():
        raise ValueError(f"{name} must hold real numbers; got {weight.dtype}.")
    return weight


def check_weights(weight: Tensor, name: str, dtype: torch.dtype | None = None) -> None:
    """ValueError unless every weight is 0 or more, and a number in `dtype`, by default its own."""
    held = dtype or (weight.dtype if weight.is_floating_point() else torch.float64)
    highest = torch.finfo(held).max

    def remedy(value: float) -> str:
        return f"{held} holds no number above {highest:.3g}; choose a smaller weight." if highest < value < inf else ""

    check_range(weight, 0.0, highest, f"{name} must be 0 or more, and finite", remedy)
