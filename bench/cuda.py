"""Our focal loss and ASL beside torchvision's and timm's on a GPU: ``python -m bench.cuda``, where one is."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from functools import partial
from unittest.mock import patch

import torch
from torch import Tensor

import lossviz
from bench.figures import row
from bench.losses import CHECKED, SHAPES, batch

Loss = Callable[[Tensor, Tensor], Tensor]
PAIRS = 50
DTYPES = (torch.float32, torch.bfloat16)
LARGE = (8192, 9605)


def theirs() -> dict[str, tuple[Loss, str, Loss]]:
    """Each loss of ours, and the one of the library that is installed."""
    from timm.loss import AsymmetricLossMultiLabel
    from torchvision.ops import sigmoid_focal_loss

    return {
        "focal": (
            lossviz.sigmoid_focal_loss,
            "torchvision",
            lambda x, t: sigmoid_focal_loss(x, t, alpha=0.25, gamma=2.0, reduction="mean"),
        ),
        "ASL": (
            lambda x, t: lossviz.asymmetric_loss(x, t, reduction="sum"),
            "timm",
            AsymmetricLossMultiLabel(gamma_neg=4, gamma_pos=1, clip=0.05, disable_torch_grad_focal_loss=False),
        ),
    }


def milliseconds(loss: Loss, x: Tensor, t: Tensor) -> float:
    """One forward and backward pass, by the device's own clock."""
    x.grad = None
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    torch.cuda.synchronize()
    start.record()
    loss(x, t).backward()
    end.record()
    torch.cuda.synchronize()
    return float(start.elapsed_time(end))


def alternating(one: Callable[[], float], other: Callable[[], float]) -> tuple[float, float]:
    """Medians of both, in pairs whose order alternates, after three pairs to warm up."""
    pairs = []
    for k in range(-3, PAIRS):
        if k % 2:
            first, second = one(), other()
        else:
            second, first = other(), one()
        if k >= 0:
            pairs.append((first, second))
    firsts, seconds = zip(*pairs, strict=True)
    return statistics.median(firsts), statistics.median(seconds)


def peak(loss: Loss, x: Tensor, t: Tensor) -> float:
    """Most memory in MB that one step adds, the gradient of the logits included."""
    x.grad = None
    torch.cuda.synchronize()
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    loss(x, t).backward()
    torch.cuda.synchronize()
    return (torch.cuda.max_memory_allocated() - before) / (1 << 20)


def compared(shape: tuple[int, int], dtype: torch.dtype) -> None:
    """Time and memory of each pair on logits and targets of one shape and dtype."""
    x, t = on_gpu(shape, dtype)
    where = f"{shape[0]} x {shape[1]}, {str(dtype).removeprefix('torch.')}"
    for name, (ours, library, other) in theirs().items():
        mine, others = alternating(partial(milliseconds, ours, x, t), partial(milliseconds, other, x, t))
        row(
            f"{name} {where}, ours and {library}'s",
            f"{mine:6.3f} ms and {others:6.3f} ms   ratio {mine / others:.2f}   "
            f"peak +{peak(ours, x, t):.0f} MB and +{peak(other, x, t):.0f} MB",
        )


def price_of_checks(name: str, loss: Loss) -> None:
    """What the check of targets costs."""
    x, t = on_gpu(SHAPES[0], torch.float32)

    def unchecked() -> float:
        with patch("lossviz.losses.targets.check_range", lambda *_: None):
            return milliseconds(loss, x, t)

    checked, without = alternating(partial(milliseconds, loss, x, t), unchecked)
    row(f"{name}, time with checked targets over unchecked", f"{checked / without:.2f}")


def on_gpu(shape: tuple[int, int], dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    x, t = (values.detach().to("cuda", dtype) for values in batch(shape))
    return x.requires_grad_(), t


def main() -> None:
    if not torch.cuda.is_available():
        sys.exit("No GPU that torch can use is here; `python -m bench losses` measures on the processor.")
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}: forward and backward, medians of {PAIRS} pairs")
    for shape in (*SHAPES, LARGE):
        for dtype in DTYPES:
            compared(shape, dtype)
    for name, loss in CHECKED.items():
        price_of_checks(name, loss)


if __name__ == "__main__":
    main()
