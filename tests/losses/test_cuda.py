"""The losses on a GPU, where one is: the processor's values, no waiting, and a wrong target that is refused."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import torch
from torch import Tensor

import lossviz

pytestmark = [
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU that torch can use"),
    pytest.mark.filterwarnings("ignore:Synchronization debug mode is a prototype feature:UserWarning"),
]

X = 4 * torch.randn(64, 7, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
T = (torch.rand(64, 7, generator=torch.Generator().manual_seed(1)) < 0.3).double()


def target_of(key: str) -> Tensor:
    return T.argmax(1) if lossviz.LOSSES[key].targets == "classes" else T


def passed(key: str, x: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
    """Value and gradient of one pass."""
    x = x.detach().requires_grad_()
    value = lossviz.LOSSES[key]().to(x.device)(x, t)
    (gradient,) = torch.autograd.grad(value, x)
    return value.detach(), gradient


@contextmanager
def no_waiting() -> Iterator[None]:
    """Whatever makes the processor wait for the GPU is an error."""
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode("default")


@pytest.mark.parametrize("key", list(lossviz.LOSSES))
def test_values_and_gradients_are_the_processors(key: str) -> None:
    wanted, found = passed(key, X, target_of(key)), passed(key, X.cuda(), target_of(key).cuda())
    for one, other in zip(wanted, found, strict=True):
        torch.testing.assert_close(one, other.cpu(), rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("key", list(lossviz.LOSSES))
def test_every_dtype_and_autocast(key: str, dtype: torch.dtype) -> None:
    wanted, _ = passed(key, X.to(dtype).double(), target_of(key))
    target = target_of(key).cuda()
    value, gradient = passed(key, X.cuda().to(dtype), target.to(dtype) if target.is_floating_point() else target)
    assert gradient.dtype == dtype and gradient.isfinite().all()
    torch.testing.assert_close(value.cpu().double(), wanted, rtol=2 * torch.finfo(dtype).eps, atol=0)
    with torch.autocast("cuda"):
        cast, _ = passed(key, X.cuda().float(), target.float() if target.is_floating_point() else target)
    torch.testing.assert_close(
        cast.cpu().double(), passed(key, X.float().double(), target_of(key))[0], rtol=1e-2, atol=0
    )


@pytest.mark.parametrize("key", list(lossviz.LOSSES))
def test_nothing_waits_for_the_gpu(key: str) -> None:
    x, t = X.cuda().float(), target_of(key).cuda()
    passed(key, x, t)
    with no_waiting():
        passed(key, x, t)


@pytest.mark.parametrize("key", [key for key, loss in lossviz.LOSSES.items() if loss.targets == "elements"])
def test_a_wrong_target_is_refused(key: str) -> None:
    """In a process of its own: what a GPU refuses ends its context."""
    code = (
        "import torch, lossviz\n"
        f"lossviz.LOSSES[{key!r}]()(torch.zeros(2, 2, device='cuda'), torch.full((2, 2), 255.0, device='cuda'))\n"
        "torch.cuda.synchronize()\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode != 0
    assert "target must" in run.stderr
