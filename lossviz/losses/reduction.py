"""What all losses share: input checks, and how the losses of elements become one number."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

ELEMENTWISE = ("none", "mean", "sum", "batchmean")


def check_reduction(reduction: str, allowed: tuple[str, ...] = ELEMENTWISE) -> None:
    if reduction not in allowed:
        raise ValueError(f"reduction must be one of {', '.join(allowed)}; got {reduction!r}.")


def check_gamma(name: str, gamma: float) -> None:
    if not 0 <= gamma < float("inf"):
        raise ValueError(f"{name} must be 0 or more, and finite; got {gamma}.")


def logits_and_targets(input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """`input` and `target` of one shape, both in the dtype to compute in.

    Half and bfloat16 are computed in float32. Shapes must be identical: (N, 1) against (N,) would
    broadcast to N x N losses without a word.
    """
    check_tensors(input, target)
    if input.shape != target.shape:
        raise ValueError(
            f"input and target must have the same shape; got {tuple(input.shape)} and {tuple(target.shape)}. "
            "Reshape one of them; broadcasting them would pair every input with every target."
        )
    logits = computable(input)
    return logits, target.to(logits.dtype)


def check_tensors(input: object, target: object) -> None:
    for name, given in (("input", input), ("target", target)):
        if not isinstance(given, Tensor):
            raise TypeError(f"{name} must be a torch.Tensor; got {type(given).__name__}.")


def tensor_of(weight: Tensor | Sequence[float] | float, like: Tensor) -> Tensor:
    """`weight`, or the tensor that its numbers make."""
    return weight if isinstance(weight, Tensor) else torch.as_tensor(weight, dtype=like.dtype, device=like.device)


def computable(input: Tensor) -> Tensor:
    """`input`, in float32 if it is half or bfloat16."""
    if not input.is_floating_point():
        raise ValueError(f"input must hold logits in floating point; got {input.dtype}.")
    return input.float() if input.dtype in (torch.float16, torch.bfloat16) else input


def fitting(weight: Tensor | Sequence[float] | float | None, name: str, like: Tensor) -> Tensor | None:
    """`weight` in the dtype of `like`, if it broadcasts to the shape of `like` and no further."""
    if weight is None:
        return None
    weight = tensor_of(weight, like)
    if weight.numel() == 1:
        return weight.reshape(()).to(like.dtype)
    trailing = like.shape[like.ndim - weight.ndim :] if weight.ndim <= like.ndim else None
    if trailing is None or any(own not in (1, axis) for own, axis in zip(weight.shape, trailing, strict=True)):
        raise ValueError(
            f"{name} of shape {tuple(weight.shape)} does not fit an input of shape {tuple(like.shape)}: "
            f"it is matched with the last axes. One weight per class of an (N, C, H, W) input has "
            f"shape (C, 1, 1); one per sample has shape (N, 1, 1, 1)."
        )
    return weight.to(like.dtype)


def reduce_elements(loss: Tensor, reduction: str, input: Tensor) -> Tensor:
    """`loss` of the shape of `input` reduced, in the dtype of `input`.

    "mean" divides by the number of elements, "batchmean" by ``input.shape[0]``.
    """
    check_reduction(reduction)
    if reduction == "mean":
        loss = loss.sum() / loss.numel()  # mean() itself, whose backward pass would fill a tensor
    elif reduction == "sum":
        loss = loss.sum()
    elif reduction == "batchmean":
        if input.ndim == 0:
            raise ValueError("batchmean needs an input with a batch axis; got a single number.")
        loss = loss.sum() / input.shape[0]
    return loss.to(input.dtype)


def as_buffer(weight: Tensor | None) -> Tensor | None:
    """A tensor that a Module may register; numbers and lists become tensors."""
    return None if weight is None else torch.as_tensor(weight)
