"""Five ways to compute the BCE of one logit, and the logits at which each stops being right."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy, binary_cross_entropy_with_logits

from lossviz.losses.bce import BCEWithLogitsLoss

WRONG = 0.01  # relative error that counts as wrong
FARTHEST = 200.0


@dataclass(frozen=True)
class Way:
    """One way to compute BCE: logits and targets to losses, unreduced."""

    key: str
    title: str
    code: str
    compute: Callable[[Tensor, Tensor], Tensor]


def _by_hand(x: Tensor, t: Tensor) -> Tensor:
    p = torch.sigmoid(x)
    return -torch.where(t > 0.5, torch.log(p), torch.log(1 - p))


def _clamped(x: Tensor, t: Tensor) -> Tensor:
    p = torch.sigmoid(x).clamp(1e-7, 1 - 1e-7)
    return -torch.where(t > 0.5, torch.log(p), torch.log(1 - p))


def _ours(x: Tensor, t: Tensor) -> Tensor:
    loss = BCEWithLogitsLoss()
    return torch.where(t > 0.5, loss.binary(x, 1), loss.binary(x, 0))


WAYS: dict[str, Way] = {
    way.key: way
    for way in (
        Way("hand", "by hand", "-(t * torch.sigmoid(x).log() + (1 - t) * (1 - torch.sigmoid(x)).log())", _by_hand),
        Way("clamped", "by hand, clamped", "the same with torch.sigmoid(x).clamp(1e-7, 1 - 1e-7)", _clamped),
        Way(
            "bce",
            "BCELoss of the sigmoid",
            "F.binary_cross_entropy(torch.sigmoid(x), t)",
            lambda x, t: binary_cross_entropy(torch.sigmoid(x), t, reduction="none"),
        ),
        Way(
            "logits",
            "BCEWithLogitsLoss",
            "F.binary_cross_entropy_with_logits(x, t)",
            lambda x, t: binary_cross_entropy_with_logits(x, t, reduction="none"),
        ),
        Way("margin", "logsigmoid of the margin", "-F.logsigmoid(x if t else -x)", _ours),
    )
}
"""Ways to compute binary cross-entropy from logits, by key."""


@dataclass(frozen=True, eq=False)
class Track:
    """Value and gradient of one way over logits, in the dtype that it was computed in."""

    value: Tensor
    gradient: Tensor


@dataclass(frozen=True)
class Break:
    """What goes wrong, "value" or "gradient", what it becomes, and the logit nearest 0 at which it does."""

    part: str
    becomes: str
    logit: float


def track(way: Way, logits: Tensor, target: int, dtype: torch.dtype) -> Track:
    """Value and gradient by autograd of one way, computed in `dtype`."""
    x = logits.detach().to(dtype).requires_grad_()
    with torch.enable_grad():
        value = way.compute(x, torch.full_like(x, target))
        (gradient,) = torch.autograd.grad(value.sum(), x)
    return Track(value.detach(), gradient)


def breaks(way: Way, target: int, dtype: torch.dtype, *, lost: bool = False) -> list[Break]:
    """Where value and gradient leave the exact ones by more than 1 %, on either side of 0, found by bisection.

    With `lost` only where nothing is left of them: infinite, nan, or exactly 0 where they are not.
    """
    found = []
    for part in ("value", "gradient"):
        for side in (-1.0, 1.0):
            edge = _first(way, part, target, dtype, side, lost=lost)
            if edge is not None:
                there = torch.tensor([edge], dtype=torch.float64)
                got = getattr(track(way, there, target, dtype), part)[0].item()
                found.append(Break(part, _named(got), edge))
    return found


def _first(way: Way, part: str, target: int, dtype: torch.dtype, side: float, *, lost: bool) -> float | None:
    """The logit nearest 0 on one side at which `part` is wrong, or lost, to 0.01; None if it never is."""

    def bad(logits: Tensor) -> Tensor:
        return _bad(way, part, target, dtype, logits, lost=lost)

    grid = side * torch.linspace(0, FARTHEST, 2001, dtype=torch.float64)
    where = bad(grid).nonzero()
    if not len(where):
        return None
    first = int(where[0])
    low, high = grid[max(0, first - 1)].item(), grid[first].item()
    while abs(high - low) > 0.01:
        middle = (low + high) / 2
        if bad(torch.tensor([middle], dtype=torch.float64)).item():
            high = middle
        else:
            low = middle
    return high


def _bad(way: Way, part: str, target: int, dtype: torch.dtype, logits: Tensor, *, lost: bool) -> Tensor:
    """Which of `logits` give a value or gradient that float64 and the margin contradict."""
    x = logits.to(dtype).double()  # what the rounded logit really is
    exact: Tensor = getattr(track(WAYS["margin"], x, target, torch.float64), part)
    got: Tensor = getattr(track(way, x, target, dtype), part).double()
    # Below the smallest normal number of the dtype nothing can be right to 1 %.
    tellable = exact.abs() >= torch.finfo(dtype).tiny
    if lost:
        return tellable & (~got.isfinite() | (got == 0))
    return tellable & ~((got - exact).abs() <= WRONG * exact.abs())


def _named(value: float) -> str:
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "infinite"
    return "exactly 0" if value == 0 else f"{value:.4g}"


def stability_snippet(target: int, precision: str) -> str:
    """Code that prints value and gradient of every way at one logit far out."""
    return f"""import torch
import lossviz

logit = torch.tensor([{-100.0 if target else 100.0}])
for way in lossviz.WAYS.values():
    found = lossviz.track(way, logit, {target}, torch.{precision})
    print(way.title, found.value.item(), found.gradient.item())
"""
