"""Weights of every loss: any numeric dtype, lists and arrays, 0 or more and finite; and the dtype of the loss."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor, nn

import lossviz
from lossviz import asymmetric_loss, multilabel_categorical_cross_entropy, sigmoid_focal_loss, softmax_focal_loss

X = torch.randn(6, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
T = (torch.rand(6, 3, generator=torch.Generator().manual_seed(1)) < 0.4).double()
Y = torch.tensor([0, 2, 1, 1, 0, 2])

# Every argument that takes weights: the Module and the function.
PLACES: dict[str, Any] = {
    "bce weight": lambda w: lossviz.BCEWithLogitsLoss(weight=w),
    "bce pos_weight": lambda w: lossviz.BCEWithLogitsLoss(pos_weight=w),
    "ce weight": lambda w: lossviz.CrossEntropyLoss(weight=w),
    "focal weight": lambda w: lossviz.SigmoidFocalLoss(weight=w),
    "focal pos_weight": lambda w: lossviz.SigmoidFocalLoss(pos_weight=w),
    "asl weight": lambda w: lossviz.AsymmetricLoss(weight=w),
    "asl pos_weight": lambda w: lossviz.AsymmetricLoss(pos_weight=w),
    "softmax_focal weight": lambda w: lossviz.SoftmaxFocalLoss(weight=w),
    "focal() weight": lambda w: lambda x, t: sigmoid_focal_loss(x, t, weight=w),
    "focal() pos_weight": lambda w: lambda x, t: sigmoid_focal_loss(x, t, pos_weight=w),
    "asl() weight": lambda w: lambda x, t: asymmetric_loss(x, t, weight=w),
    "asl() pos_weight": lambda w: lambda x, t: asymmetric_loss(x, t, pos_weight=w),
    "softmax_focal() weight": lambda w: lambda x, t: softmax_focal_loss(x, t, weight=w),
}
PLACE = pytest.mark.parametrize("place", list(PLACES))

GIVEN: dict[str, Any] = {
    "int64": torch.tensor([1, 99, 4]),
    "uint8": torch.tensor([1, 99, 4], dtype=torch.uint8),
    "float64": torch.tensor([1.0, 99, 4], dtype=torch.float64),
    "float16": torch.tensor([1.0, 99, 4], dtype=torch.float16),
    "bfloat16": torch.tensor([1.0, 99, 4], dtype=torch.bfloat16),
    "list": [1, 99.0, 4],
    "tuple": (1.0, 99, 4),
    "numpy int": np.array([1, 99, 4]),
    "numpy uint16": np.array([1, 99, 4], dtype=np.uint16),
    "numpy float64": np.array([1.0, 99, 4]),
    "numpy numbers": [np.float32(1), np.int64(99), np.float64(4)],
    "tensors": [torch.tensor(1.0), torch.tensor(99), torch.tensor(4.0)],
    "series": pd.Series([1.0, 99, 4], index=["a", "b", "c"]),
}


def target_of(place: str) -> Tensor:
    return Y if place.startswith(("ce", "softmax")) else T


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32])
@pytest.mark.parametrize("given", list(GIVEN))
@PLACE
def test_weights_of_any_kind_are_cast(place: str, given: str, dtype: torch.dtype) -> None:
    """A training step runs, and its numbers are those of weights in the dtype of the computation."""
    x = X.to(dtype, copy=True).requires_grad_()
    value = PLACES[place](GIVEN[given])(x, target_of(place))
    value.backward()
    assert value.dtype == x.grad.dtype == dtype  # type: ignore[union-attr]
    plain = PLACES[place](torch.tensor([1.0, 99, 4]))(X.to(dtype), target_of(place))
    assert torch.equal(value, plain)


def test_a_read_only_array_is_taken_without_a_word() -> None:
    weights = np.array([1.0, 9.0, 4.0])
    weights.flags.writeable = False
    assert lossviz.CrossEntropyLoss(weights)(X, Y) == lossviz.CrossEntropyLoss([1, 9, 4])(X, Y)


@pytest.mark.parametrize("wrong", [-1.0, math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("kind", ["tensor", "list", "array"])
@PLACE
def test_weights_below_0_and_beyond_all_numbers_are_named(place: str, kind: str, wrong: float) -> None:
    make = {"tensor": torch.tensor, "list": list, "array": np.array}[kind]
    name = place.split()[1]
    with pytest.raises(ValueError, match=rf"{name} must be 0 or more, and finite; {name}\[1\] is {wrong:g}"):
        PLACES[place](make([1.0, wrong, 4.0]))(X, target_of(place))


@pytest.mark.parametrize("place", [place for place in PLACES if "()" not in place])
def test_modules_check_when_they_are_made(place: str) -> None:
    with pytest.raises(ValueError, match=r"\[2\] is -3"):
        PLACES[place]([1.0, 2.0, -3.0])


@pytest.mark.parametrize("wrong", ["heavy", ["a", "b", "c"], [[1.0], [2.0, 3.0]], {"a": 1.0}, [None, 1.0, 2.0]])
@PLACE
def test_what_is_no_number_is_named(place: str, wrong: object) -> None:
    with pytest.raises(ValueError, match=f"{place.split()[1]} must hold numbers; got"):
        PLACES[place](wrong)(X, target_of(place))


@PLACE
def test_complex_weights_and_weights_that_do_not_fit_are_named(place: str) -> None:
    name = place.split()[1]
    with pytest.raises(ValueError, match=f"{name} must hold real numbers"):
        PLACES[place](torch.ones(3) + 0j)(X, target_of(place))
    with pytest.raises(ValueError, match=rf"{name} .*\(2,\)"):
        PLACES[place]([1.0, 2.0])(X, target_of(place))


def test_buffers_keep_their_floating_point_and_lists_keep_their_digits() -> None:
    for given, dtype in (
        (torch.ones(3, dtype=torch.float64), torch.float64),
        (torch.ones(3, dtype=torch.float16), torch.float16),
        (torch.ones(3, dtype=torch.int64), torch.float64),
        ([1, 2, 3], torch.float64),
        (np.ones(3), torch.float64),
    ):
        losses = lossviz.BCEWithLogitsLoss, lossviz.CrossEntropyLoss, lossviz.AsymmetricLoss
        for loss in (kind(weight=given) for kind in losses):
            assert loss.weight.dtype == dtype  # type: ignore[union-attr]
            assert set(loss.state_dict()) == {"weight"}


# What is returned.


def everything(x: Tensor, weight: Any = None) -> dict[str, Tensor]:
    rows = torch.nn.functional.one_hot(Y, 3).double()
    return {
        "bce": lossviz.BCEWithLogitsLoss(pos_weight=weight)(x, T),
        "ce": lossviz.CrossEntropyLoss(weight)(x, Y),
        "ce of rows": lossviz.CrossEntropyLoss(weight)(x, rows),
        "focal": sigmoid_focal_loss(x, T, pos_weight=weight),
        "asl": asymmetric_loss(x, T, pos_weight=weight),
        "zlpr": multilabel_categorical_cross_entropy(x, T),
        "softmax focal": softmax_focal_loss(x, Y, weight=weight),
        "softmax focal of rows": softmax_focal_loss(x, rows, weight=weight),
    }


@pytest.mark.parametrize("weight", [None, torch.tensor([1.0, 99, 4], dtype=torch.float64)])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_under_autocast_losses_are_float32(dtype: torch.dtype, weight: Tensor | None) -> None:
    model = nn.Linear(3, 3)
    with torch.autocast("cpu", dtype):
        logits = model(X.float())
        assert logits.dtype == dtype
        values = everything(logits, weight)
    exact = everything(logits.detach().float(), weight)
    for name, value in values.items():
        assert value.dtype == torch.float32, name
        assert value.item() == pytest.approx(exact[name].item(), rel=1e-6), name
        model.zero_grad()
        value.backward(retain_graph=True)
        assert torch.isfinite(model.weight.grad).all(), name  # type: ignore[arg-type]
    with torch.autocast("cpu", dtype):
        assert all(value.dtype == torch.float64 for value in everything(X, weight).values())
        assert all(value.dtype == torch.float32 for value in everything(X.float(), weight).values())


def test_under_autocast_a_compiled_loss_is_float32() -> None:
    torch._dynamo.reset()  # type: ignore[no-untyped-call]
    compiled = torch.compile(sigmoid_focal_loss, backend="eager", fullgraph=True)
    with torch.autocast("cpu", torch.bfloat16):
        assert compiled(X.bfloat16(), T).dtype == torch.float32
    assert compiled(X.bfloat16(), T).dtype == torch.bfloat16


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_half_is_reduced_in_float32(reduction: str) -> None:
    """100,000 losses whose sum is beyond half precision on the way, though not at the end."""
    n = 100_000
    x, t = torch.zeros(n, 2, dtype=torch.float16), torch.zeros(n, 2)
    small = 60_000 / (n * 2 * math.log(2)) if reduction == "sum" else 2.0
    wanted = 60_000 if reduction == "sum" else 2 * math.log(2)
    options: dict[str, Any] = {"weight": [small, small], "reduction": reduction}
    rows = torch.full((n, 2), 0.5)
    for name, value in {
        "bce": lossviz.BCEWithLogitsLoss(**options)(x, t),
        "focal": sigmoid_focal_loss(x, t, None, 0, **options),
        "asl": asymmetric_loss(x, t, 0, 0, 0, **options),
        "ce of rows": lossviz.CrossEntropyLoss(**options)(x, rows) * (2 if reduction == "sum" else 1),
        "softmax focal of rows": softmax_focal_loss(x, rows, 0, **options) * (2 if reduction == "sum" else 1),
    }.items():
        assert value.dtype == torch.float16, name
        assert value.item() == pytest.approx(wanted, rel=1e-3), name


def test_off_the_cpu_focal_and_asl_run_in_one_pass() -> None:
    from lossviz.losses.focusing import BLOCK, element_losses

    seen: list[tuple[int, ...]] = []

    def formula(x: Tensor, t: Tensor, pos_weight: Tensor | None) -> Any:
        seen.append(tuple(x.shape))
        return x * t, lambda: t.clone()

    for device, passes in (("meta", 1), ("cpu", 3)):
        seen.clear()
        x = torch.zeros(2 * BLOCK + 1, device=device, requires_grad=True)
        element_losses(formula, x, torch.zeros_like(x), None)
        assert len(seen) == passes
