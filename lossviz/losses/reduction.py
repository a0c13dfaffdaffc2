"""How the losses of elements become one number, and in which dtype it is returned."""

from __future__ import annotations

import torch
from torch import Tensor

from lossviz.losses.settings import check_reduction


def reduce_elements(loss: Tensor, reduction: str, input: Tensor, kept: Tensor | None = None) -> Tensor:
    """`loss` reduced, as `returned`; what is not `kept` is 0 and counts in no mean.

    "mean" divides by the number of elements that count, "batchmean" by ``input.shape[0]``.
    """
    check_reduction(reduction)
    if kept is not None:
        loss = torch.where(kept, loss, 0.0)
    if reduction == "mean":
        # mean() itself would fill a tensor in its backward pass
        loss = loss.sum() / (loss.numel() if kept is None else kept.sum())
    elif reduction == "sum":
        loss = loss.sum()
    elif reduction == "batchmean":
        if input.ndim == 0:
            raise ValueError("batchmean needs an input with a batch axis; got a single number.")
        loss = loss.sum() / input.shape[0]
    return returned(loss, input)


def returned(loss: Tensor, input: Tensor) -> Tensor:
    """`loss` in the dtype of `input`; half and bfloat16 stay float32 under autocast, as in torch's own losses."""
    device, narrow = input.device.type, input.dtype in (torch.float16, torch.bfloat16)
    autocast = narrow and torch.amp.is_autocast_available(device) and torch.is_autocast_enabled(device)
    return loss if autocast else loss.to(input.dtype)
