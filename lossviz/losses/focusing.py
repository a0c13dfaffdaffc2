"""What sigmoid focal loss and ASL share: a cross-entropy times a power, and its slope in closed form."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd.forward_ad import unpack_dual
from torch.nn import functional

# How many elements a CPU computes at a time: what lies between logit and loss then stays in its cache.
BLOCK = 1 << 16

# (logits, targets, pos_weight) -> (loss of each element, a function that gives its derivative by the logit).
Formula = Callable[[Tensor, Tensor, Tensor | None], tuple[Tensor, Callable[[], Tensor]]]


def softplus(x: Tensor) -> Tensor:
    """log(1 + e^x), which is x to the last digit above 40; torch's own default goes over to x at 20."""
    return functional.softplus(x, 1.0, 40.0)


def smallest(x: Tensor) -> float:
    """A base of powers below which nothing is lost, and above which one may divide by it twice."""
    return torch.finfo(x.dtype).tiny * 1e4


def raised(base: Tensor, exponent: float | Tensor) -> Tensor:
    """`base` to the `exponent`, its first two derivatives finite for every base of `smallest` or more."""
    if not isinstance(exponent, Tensor) and (exponent == 1 or exponent >= 2):
        return base**exponent
    # exp takes forty times as long where its result is subnormal
    return torch.exp((exponent * torch.log(base)).clamp(min=math.log(smallest(base))))


def of_positives(part: Tensor, t: Tensor, pos_weight: Tensor | None) -> Tensor:
    """`part` times `pos_weight` where there is any positive; an infinite product would reach negatives as inf * 0."""
    return part if pos_weight is None else part * torch.where(t > 0, pos_weight, 1.0)


def element_losses(formula: Formula, x: Tensor, t: Tensor, pos_weight: Tensor | None) -> Tensor:
    """The loss of each element; training keeps one tensor, its slope, and the backward pass is one product."""
    others = [t] if pos_weight is None else [t, pos_weight]
    forward_mode = any(unpack_dual(each).tangent is not None for each in (x, *others))  # type: ignore[no-untyped-call]
    in_graph = torch.compiler.is_compiling() or torch._C._is_tracing()
    if in_graph or forward_mode or any(other.requires_grad for other in others):
        return formula(x, t, pos_weight)[0]
    with_slope = x.requires_grad and torch.is_grad_enabled()
    loss: Tensor = _InBlocks.apply(x, t, pos_weight, formula, with_slope)[0]  # type: ignore[no-untyped-call]
    return loss


class _InBlocks(torch.autograd.Function):
    """Loss and slope in one pass; whoever differentiates the slope gets it anew, with its graph."""

    @staticmethod
    def forward(
        x: Tensor, t: Tensor, pos_weight: Tensor | None, formula: Formula, with_slope: bool
    ) -> tuple[Tensor, Tensor | None]:
        if x.device.type != "cpu" or x.numel() <= BLOCK:
            loss, slope_of = formula(x, t, pos_weight)
            return loss, slope_of() if with_slope else None
        loss, slope = x.new_empty(x.numel()), x.new_empty(x.numel()) if with_slope else None
        flat_x, flat_t = x.reshape(-1), t.reshape(-1)
        weights = None if pos_weight is None else pos_weight.expand(x.shape).reshape(-1)
        for start in range(0, x.numel(), BLOCK):
            block = slice(start, start + BLOCK)
            loss[block], slope_of = formula(flat_x[block], flat_t[block], None if weights is None else weights[block])
            if slope is not None:
                slope[block] = slope_of()
        return loss.view(x.shape), None if slope is None else slope.view(x.shape)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        x, t, pos_weight, ctx.formula, with_slope = inputs
        ctx.save_for_backward(x, t, pos_weight, output[1])
        ctx.save_for_forward(x, t, pos_weight)
        ctx.set_materialize_grads(False)
        if with_slope:
            ctx.mark_non_differentiable(output[1])

    @staticmethod
    def backward(ctx: Any, above: Tensor | None, *_: Any) -> tuple[Tensor | None, None, None, None, None]:
        if above is None:
            return None, None, None, None, None
        x, t, pos_weight, slope = ctx.saved_tensors
        if slope is None or torch.is_grad_enabled():
            slope = ctx.formula(x, t, pos_weight)[1]()
        return above * slope, None, None, None, None

    @staticmethod
    def jvp(ctx: Any, x_tangent: Tensor, *_: Any) -> tuple[Tensor, None]:
        x, t, pos_weight = ctx.saved_tensors
        return x_tangent * ctx.formula(x, t, pos_weight)[1](), None

    @staticmethod
    def vmap(
        info: Any, in_dims: Any, x: Tensor, t: Tensor, pos_weight: Tensor | None, formula: Formula, with_slope: bool
    ) -> tuple[tuple[Tensor, Tensor | None], tuple[int, int | None]]:
        x, t = (
            whole.expand(info.batch_size, *whole.shape) if axis is None else whole.movedim(axis, 0)
            for whole, axis in ((x, in_dims[0]), (t, in_dims[1]))
        )
        if pos_weight is not None and in_dims[2] is not None:
            batched = pos_weight.movedim(in_dims[2], 0)
            pos_weight = batched.reshape(-1, *[1] * (x.ndim - batched.ndim), *batched.shape[1:])
        return _InBlocks.apply(x, t, pos_weight, formula, with_slope), (0, 0 if with_slope else None)  # type: ignore[no-untyped-call]
