"""Every loss against itself in 120 digits, at settings that nobody chose: value and gradient, both dtypes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch
from hypothesis import assume, example, given, settings
from hypothesis import strategies as some
from mpmath import mp, mpf
from torch import Tensor

from lossviz import (
    asymmetric_loss,
    multilabel_categorical_cross_entropy,
    sigmoid_focal_loss,
    softmax_focal_loss,
)
from tests.losses import exact

MANY = settings(max_examples=200, deadline=None, derandomize=True, database=None)

DTYPES = some.sampled_from([torch.float64, torch.float32])
# Where sigmoid, softplus, exp and torch's own shortcuts change their minds, in both dtypes.
CORNERS = [0.0, 1e-6, 15.0, 16.64, 17.0, 18.42, 20.5, 36.7, 40.5, 87.5, 88.8, 104.5, 709.5, 745.5, 1000.0, 1e4]
LOGITS = some.one_of(
    some.sampled_from([sign * corner for corner in CORNERS for sign in (1, -1)]),
    some.floats(-12, 12),
    some.floats(-1e4, 1e4),
)
TARGETS = some.one_of(some.sampled_from([0.0, 1.0]), some.floats(1e-6, 1 - 1e-6))
GAMMAS = some.one_of(some.sampled_from([0.0, 0.01, 0.5, 1.0, 2.0, 4.0]), some.floats(0, 10))
ALPHAS = some.one_of(some.sampled_from([None, -1.0, 0.0, 0.25, 1.0]), some.floats(0, 1))
CLIPS = some.one_of(some.sampled_from([None, 0.0, 0.05, 0.2, 0.99]), some.floats(1e-9, 0.99))
EPSES = some.sampled_from([None, 0.0, 1e-8, 1e-4, 0.3])


def agree(got: float, wanted: float, dtype: torch.dtype) -> bool:
    tolerance = 2e-13 if dtype == torch.float64 else 5e-6
    return math.isfinite(got) and abs(got - wanted) <= tolerance * max(1, abs(wanted))


def check_element(loss: Callable[[Tensor], Tensor], reference: exact.Value, x: Tensor) -> None:
    """Value and gradient of one element are the exact ones, its second derivative is finite."""
    value = loss(x)
    (gradient,) = torch.autograd.grad(value, x, create_graph=True)
    wanted, wanted_slope = exact.value_and_slope(reference, x.item())
    assert agree(value.item(), wanted, x.dtype), (value.item(), wanted)
    assert agree(gradient.item(), wanted_slope, x.dtype), (gradient.item(), wanted_slope)
    if gradient.requires_grad:
        (curvature,) = torch.autograd.grad(gradient, x)
        assert torch.isfinite(curvature)


def number(value: float, dtype: torch.dtype) -> Tensor:
    return torch.tensor(value, dtype=dtype)


@MANY
@given(dtype=DTYPES, x=LOGITS, t=TARGETS, alpha=ALPHAS, gamma=GAMMAS, pos_weight=some.sampled_from([None, 0.5, 99.0]))
def test_sigmoid_focal(
    dtype: torch.dtype, x: float, t: float, alpha: float | None, gamma: float, pos_weight: float | None
) -> None:
    logit, target = number(x, dtype).requires_grad_(), number(t, dtype)
    weight = None if pos_weight is None else number(pos_weight, dtype)
    check_element(
        lambda x: sigmoid_focal_loss(x, target, alpha, gamma, pos_weight=weight),
        lambda x: exact.focal(x, target.item(), alpha, gamma, pos_weight or 1),
        logit,
    )


@MANY
@given(
    dtype=DTYPES, x=LOGITS, t=TARGETS, gamma_neg=GAMMAS, gamma_pos=GAMMAS, clip=CLIPS, eps=EPSES,
    beside=some.none() | some.floats(-12, 0),
)  # fmt: skip
@example(torch.float64, 0.0, 0.0, 0.1, 1.0, 0.5, None, -9.7)
@example(torch.float32, 0.0, 0.0, 0.01, 1.0, 0.05, None, -7.0)
@example(torch.float32, -4.0, 0.0, 0.5, 0.0, 0.05, 1e-8, None)
@example(torch.float32, 8335.993, 1 - 2**-23, 12.0, 0.05, 0.0, None, None)
def test_asymmetric(
    dtype: torch.dtype,
    x: float,
    t: float,
    gamma_neg: float,
    gamma_pos: float,
    clip: float | None,
    eps: float | None,
    beside: float | None,
) -> None:
    """`beside` puts the logit ten to that power away from the kink, on either side."""
    kink = math.log(clip / (1 - clip)) if clip else None
    if kink is not None and beside is not None:
        x = kink + math.copysign(10**beside, x)
    logit, target = number(x, dtype).requires_grad_(), number(t, dtype)
    # On a kink itself there is no one slope.
    assume(kink is None or abs(logit.item() - kink) > 1e-13)
    for margin in (logit.item(), -logit.item()):
        assume(not eps or margin < -100 or abs(math.log1p(math.exp(-margin)) + math.log(eps)) > 1e-5)
    check_element(
        lambda x: asymmetric_loss(x, target, gamma_neg, gamma_pos, clip, eps=eps),
        lambda x: exact.asl(x, target.item(), gamma_neg, gamma_pos, clip, eps),
        logit,
    )


ROWS = some.lists(
    some.one_of(some.sampled_from([0.0, 1e4, -1e4, 500.0, 50.0]), some.floats(-20, 20), some.floats(-1e4, 1e4)),
    min_size=2,
    max_size=6,
)


def check_row(loss: Callable[[Tensor], Tensor], reference: Callable[[Sequence[Any]], Any], x: Tensor) -> None:
    value = loss(x)
    (gradient,) = torch.autograd.grad(value, x, create_graph=True)
    row = x.detach().tolist()
    with mp.workdps(120):
        wanted = float(reference([mpf(logit) for logit in row]))
    assert agree(value.item(), wanted, x.dtype), (value.item(), wanted)
    for k in range(len(row)):
        alone: exact.Value = lambda z, k=k: reference([*map(mpf, row[:k]), z, *map(mpf, row[k + 1 :])])  # type: ignore[misc]  # noqa: E731
        wanted_slope = exact.value_and_slope(alone, row[k])[1]
        assert agree(gradient[k].item(), wanted_slope, x.dtype), (k, gradient[k].item(), wanted_slope)
    directions = torch.randn(x.shape, generator=torch.Generator().manual_seed(0), dtype=x.dtype)
    (curvature,) = torch.autograd.grad((gradient * directions).sum(), x)
    assert torch.isfinite(curvature).all()


@MANY
@given(dtype=DTYPES, row=ROWS, y=some.integers(0, 5), gamma=GAMMAS, weighted=some.booleans())
@example(torch.float32, [0.0, 1e4, 1e4], 0, 2.0, False)
def test_softmax_focal(dtype: torch.dtype, row: list[float], y: int, gamma: float, weighted: bool) -> None:
    y %= len(row)
    weight = [0.5, 9.0, 1.0, 100.0, 2.0, 0.01][: len(row)] if weighted else None
    tensor = None if weight is None else torch.tensor(weight, dtype=dtype)
    check_row(
        lambda x: softmax_focal_loss(x, torch.tensor(y), gamma, weight=tensor, reduction="sum"),
        lambda z: exact.softmax_focal(z, y, gamma, None if tensor is None else tensor.tolist()),
        torch.tensor(row, dtype=dtype, requires_grad=True),
    )


@MANY
@given(dtype=DTYPES, row=ROWS, targets=some.lists(TARGETS, min_size=6, max_size=6))
@example(torch.float32, [1e4, 1e4], [0.0] * 6)
@example(torch.float32, [-1e4, -1e4, 0.0], [0.3, 0.6, 1.0, 0.0, 0.0, 0.0])
@example(torch.float32, [-20.0, -20.0], [0.0] * 6)
def test_zlpr(dtype: torch.dtype, row: list[float], targets: list[float]) -> None:
    t = torch.tensor(targets[: len(row)], dtype=dtype)
    check_row(
        lambda x: multilabel_categorical_cross_entropy(x, t),
        lambda z: exact.zlpr(z, t.tolist()),
        torch.tensor(row, dtype=dtype, requires_grad=True),
    )


@pytest.mark.parametrize("x", [-20.0, -60.0, -87.0])
def test_easy_elements_keep_their_digits(x: float) -> None:
    """Not only within a tolerance: seven digits of numbers like 1e-26, where torch's own BCE gives 0."""
    logit, zero = torch.tensor([x]), torch.zeros(1)
    for loss, wanted in (
        (sigmoid_focal_loss(logit, zero, None, 0.0), lambda x: exact.focal(x, 0, None, 0)),
        (asymmetric_loss(logit, zero, 0, 0, 0, eps=None), lambda x: exact.focal(x, 0, None, 0)),
        (multilabel_categorical_cross_entropy(logit, zero), lambda x: exact.zlpr([x], [0])),
        (softmax_focal_loss(torch.tensor([-x, 0.0]), torch.tensor(0), 0.0), lambda x: exact.focal(x, 0, None, 0)),
    ):
        assert loss.item() == pytest.approx(exact.value_and_slope(wanted, x)[0], rel=1e-6, abs=0)
