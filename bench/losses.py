"""Our focal loss and ASL beside the plain formulas of torchvision and timm: time, memory, digits."""

from __future__ import annotations

import ctypes
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import torch
from torch import Tensor
from torch.nn import functional

import lossviz
from bench.figures import high_water, row

Loss = Callable[[Tensor, Tensor], Tensor]

SHAPES = ((4096, 80), (256, 9605))
PAIRS = 25


def focal_of_torchvision(x: Tensor, t: Tensor, alpha: float = 0.25, gamma: float = 2.0) -> Tensor:
    """``torchvision.ops.sigmoid_focal_loss`` with reduction "mean", its operations one by one."""
    p = torch.sigmoid(x)
    ce = functional.binary_cross_entropy_with_logits(x, t, reduction="none")
    p_t = p * t + (1 - p) * (1 - t)
    loss = ce * ((1 - p_t) ** gamma)
    alpha_t = alpha * t + (1 - alpha) * (1 - t)
    return (alpha_t * loss).mean()


def asl_of_timm(
    x: Tensor, t: Tensor, gamma_neg: float = 4.0, gamma_pos: float = 1.0, clip: float = 0.05, eps: float = 1e-8
) -> Tensor:
    """``timm.loss.AsymmetricLossMultiLabel`` with reduction "mean", its operations one by one."""
    p = torch.sigmoid(x)
    q = (1 - p + clip).clamp(max=1)
    loss = t * torch.log(p.clamp(min=eps)) + (1 - t) * torch.log(q.clamp(min=eps))
    p_t = p * t + q * (1 - t)
    loss = loss * torch.pow(1 - p_t, gamma_pos * t + gamma_neg * (1 - t))
    return -loss.mean()


PAIRED: dict[str, tuple[Loss, str, Loss]] = {
    "focal": (lossviz.sigmoid_focal_loss, "torchvision's formula", focal_of_torchvision),
    "ASL": (lossviz.asymmetric_loss, "timm's formula", asl_of_timm),
}


CHECKED: dict[str, Loss] = {
    "BCE": lossviz.BCEWithLogitsLoss(),
    "focal": lossviz.sigmoid_focal_loss,
    "ASL": lossviz.asymmetric_loss,
    "ZLPR": lossviz.multilabel_categorical_cross_entropy,
    "CE": lambda x, t: lossviz.CrossEntropyLoss()(x, t.argmax(1)),
    "softmax focal": lambda x, t: lossviz.softmax_focal_loss(x, t.argmax(1)),
    "softmax focal of rows": lossviz.softmax_focal_loss,
}


def losses() -> None:
    """Forward and backward in float32 on one thread, ours and theirs in turn."""
    print(f"Losses to train with: forward and backward, float32, one thread, medians of {PAIRS} interleaved runs")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    for name, (ours, theirs_name, theirs) in PAIRED.items():
        for shape in SHAPES:
            x, t = batch(shape)
            mine, others = interleaved(ours, theirs, x, t)
            what = f"{name} {shape[0]} x {shape[1]}"
            row(f"{what}, ours", described(ours, x, t, mine))
            row(f"{what}, {theirs_name}", described(theirs, x, t, others))
            row(f"{what}, time of ours over theirs", f"{mine / others:.2f}")
    checks()
    torch.set_num_threads(threads)


def checks() -> None:
    """What the check of targets costs: each loss with it and without, in turn."""
    for name, loss in CHECKED.items():
        for shape in SHAPES:
            row(f"{name} {shape[0]} x {shape[1]}, time with checked targets over unchecked", price(loss, *batch(shape)))


def price(loss: Loss, x: Tensor, t: Tensor) -> str:
    """The median over pairs of runs, whose order alternates."""

    def unchecked() -> float:
        with patch("lossviz.losses.targets.check_range", lambda *_: None):
            return step(loss, x, t)

    def checked() -> float:
        return step(loss, x, t)

    ratios = []
    for k in range(-1, 2 * PAIRS):
        if k % 2:
            with_check, without = checked(), unchecked()
        else:
            without, with_check = unchecked(), checked()
        ratios.append(with_check / without)
    return f"{statistics.median(ratios[1:]):.3f}"


def batch(shape: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Logits from -12 to 12 or so, 2 % of the labels positive."""
    seed = torch.Generator().manual_seed(0)
    x = 3 * torch.randn(shape, generator=seed)
    return x.requires_grad_(), (torch.rand(shape, generator=seed) < 0.02).float()


def step(loss: Loss, x: Tensor, t: Tensor) -> float:
    """Seconds of one forward and backward pass."""
    x.grad = None
    start = time.perf_counter()
    loss(x, t).backward()  # type: ignore[no-untyped-call]
    return time.perf_counter() - start


def interleaved(one: Loss, other: Loss, x: Tensor, t: Tensor) -> tuple[float, float]:
    for loss in (one, other):
        step(loss, x, t)
    pairs = [(step(one, x, t), step(other, x, t)) for _ in range(PAIRS)]
    first, second = zip(*pairs, strict=True)
    return statistics.median(first), statistics.median(second)


def described(loss: Loss, x: Tensor, t: Tensor, seconds: float) -> str:
    value, gradient = digits(loss, x, t)
    return (
        f"{1000 * seconds:6.1f} ms   peak +{peak(loss, x, t):4.0f} MB   "
        f"value {value:.7f}   largest relative error of a gradient {gradient:.0e}"
    )


def digits(loss: Loss, x: Tensor, t: Tensor) -> tuple[float, float]:
    """The value, and how far the gradients of single elements are from ours in float64."""
    value = loss(x, t)
    (gradient,) = torch.autograd.grad(value, x)
    exact = x.detach().double().requires_grad_()
    reference = next(ours for ours, _, theirs in PAIRED.values() if loss in (ours, theirs))
    (wanted,) = torch.autograd.grad(reference(exact, t), exact)
    error = (gradient - wanted).abs() / wanted.abs().clamp(min=torch.finfo(torch.float32).tiny)
    return value.item(), error.max().item()


def peak(loss: Loss, x: Tensor, t: Tensor) -> float:
    """Most resident memory in MB that one step adds, the gradient of the logits included."""
    x.grad = None
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the high-water mark starts anew
    before = high_water()
    loss(x, t).backward()  # type: ignore[no-untyped-call]
    return high_water() - before
