"""Targets of every loss: refused, honoured or left out, and never read as something else."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some
from torch import Tensor, nn
from torch.nn import functional as F

import lossviz
from lossviz import (
    asymmetric_loss,
    hamming_loss,
    multilabel_categorical_cross_entropy,
    sigmoid_focal_loss,
    softmax_focal_loss,
)

NAN = float("nan")
X = 3 * torch.randn(6, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
T = (torch.rand(6, 5, generator=torch.Generator().manual_seed(1)) < 0.4).double()
SOFT = torch.rand(6, 5, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
ROWS = SOFT / SOFT.sum(1, keepdim=True)
Y = torch.tensor([0, 4, 2, 3, 1, 1])
W = torch.tensor([0.5, 1.0, 2.0, 4.0, 0.1], dtype=torch.float64)

ELEMENTWISE = {key: loss for key, loss in lossviz.LOSSES.items() if loss.targets == "elements"}
SOFTMAX = {key: loss for key, loss in lossviz.LOSSES.items() if loss.targets == "classes"}
Function = Callable[..., Tensor]
FUNCTIONS: dict[str, Function] = {
    "focal": sigmoid_focal_loss,
    "asl": asymmetric_loss,
    "zlpr": multilabel_categorical_cross_entropy,
    "hamming": hamming_loss,
}

torch_jit_warns = pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")


def same(one: Tensor, other: Tensor) -> None:
    torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-14)


def slope(loss: Function, x: Tensor, t: Tensor) -> Tensor:
    x = x.detach().clone().requires_grad_()
    return torch.autograd.grad(loss(x, t).sum(), x)[0]


# Refused.


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
@pytest.mark.parametrize("value", [2.0, 255.0, -1.0, NAN, math.inf, 1.5, -0.25])
@pytest.mark.parametrize("key", list(ELEMENTWISE))
def test_element_targets_outside_0_and_1_are_named(key: str, value: float, dtype: torch.dtype) -> None:
    t = T.clone()
    t[3, 1] = value
    with pytest.raises(ValueError, match=rf"target must lie between 0 and 1; target\[3, 1\] is {value:g}"):
        ELEMENTWISE[key]()(X.to(dtype), t.to(dtype))


@pytest.mark.parametrize("name", list(FUNCTIONS))
def test_the_refusal_says_what_to_do(name: str) -> None:
    t = T.long()
    t[0, 2] = 255
    with pytest.raises(ValueError, match=r"target\[0, 2\] is 255.*pass ignore_index=255"):
        FUNCTIONS[name](X, t)
    with pytest.raises(ValueError, match=r"target\[0, 2\] is 255"):
        FUNCTIONS[name](X, t.to(torch.uint8), ignore_index=-1)
    missing = torch.where(t == 255, NAN, T)
    with pytest.raises(ValueError, match=r"pass ignore_index=float\('nan'\)"):
        FUNCTIONS[name](X, missing)


def test_a_single_number_has_no_place() -> None:
    with pytest.raises(ValueError, match="target is 2"):
        sigmoid_focal_loss(torch.tensor(0.3), torch.tensor(2))


@pytest.mark.parametrize("dtype", [torch.int64, torch.int32, torch.int16])
@pytest.mark.parametrize("wrong", [-1, 5])
@pytest.mark.parametrize("key", list(SOFTMAX))
def test_classes_out_of_range_are_named(key: str, wrong: int, dtype: torch.dtype) -> None:
    y = Y.to(dtype, copy=True)
    y[2] = wrong
    with pytest.raises(ValueError, match=rf"classes from 0 to 4.*target\[2\] is {wrong}\..*ignore_index={wrong}"):
        SOFTMAX[key]()(X, y)


@pytest.mark.parametrize("key", list(SOFTMAX))
def test_softmax_targets_that_are_no_classes_are_named(key: str) -> None:
    loss = SOFTMAX[key]()
    for target, match in (
        (Y.double(), "whole numbers; got torch.float64"),
        (Y[:, None], r"class indices of shape \(6,\), or probabilities of the shape of the input, \(6, 5\)"),
        (Y[:4], r"class indices of shape \(6,\)"),
        (torch.where(ROWS > 0.3, 1.2, ROWS), "target must lie between 0 and 1"),
        (torch.where(ROWS > 0.3, NAN, ROWS), "target must lie between 0 and 1"),
        (Y + 0j, "real numbers"),
    ):
        with pytest.raises(ValueError, match=match):
            loss(X, target)


@pytest.mark.parametrize("key", list(lossviz.LOSSES))
def test_what_a_mix_leaves_by_rounding_is_taken(key: str) -> None:
    t = torch.full((2, 3), 1 + 2**-23)
    t[0, 0] = -(2.0**-24)
    value = lossviz.LOSSES[key]()(torch.zeros(2, 3), t)
    assert math.isfinite(value.item())


@pytest.mark.parametrize("dtype", [torch.bool, torch.uint8, torch.int8, torch.int32, torch.int64, torch.float16])
@pytest.mark.parametrize("key", list(ELEMENTWISE))
def test_labels_of_any_dtype_are_cast(key: str, dtype: torch.dtype) -> None:
    assert ELEMENTWISE[key]()(X, T.to(dtype)) == ELEMENTWISE[key]()(X, T)


# Left out.


def kept_alone(loss: nn.Module, x: Tensor, t: Tensor, kept: Tensor) -> list[Tensor]:
    """The losses of what counts, each computed without the rest."""
    if isinstance(loss, lossviz.ZLPRLoss):
        return [loss(a[k][None], b[k][None])[0] for a, b, k in zip(x, t, kept, strict=True) if k.any()]
    return list(loss(x[kept], t[kept]))


@pytest.mark.parametrize("mark", [255.0, -1.0, NAN, -100.0, 0.5])
@pytest.mark.parametrize("spoiled", [0.0, NAN, math.inf])
@pytest.mark.parametrize("key", list(ELEMENTWISE))
def test_ignored_elements_count_nowhere(key: str, spoiled: float, mark: float) -> None:
    """Value and gradient are those of a batch without them, whatever their logits are."""
    kept = torch.rand(6, 5, generator=torch.Generator().manual_seed(3)) < 0.6
    kept[4] = False
    x, t = torch.where(kept, X, spoiled), torch.where(kept, T, mark)
    plain, loss = ELEMENTWISE[key](reduction="none"), ELEMENTWISE[key](reduction="none", ignore_index=mark)
    alone = torch.stack(kept_alone(plain, X, T, kept))
    values = loss(x, t)
    same(values.sum(), alone.sum())
    assert (values[~kept if values.ndim == 2 else ~kept.any(1)] == 0).all()
    for reduction, wanted in (("mean", alone.mean()), ("sum", alone.sum())):
        loss.reduction = reduction  # type: ignore[assignment]
        same(loss(x, t), wanted)
        gradient = slope(loss, x, t)
        assert (gradient[~kept] == 0).all()
        given = X.clone().requires_grad_()
        whole = torch.stack(kept_alone(plain, given, T, kept))
        (right,) = torch.autograd.grad(whole.mean() if reduction == "mean" else whole.sum(), given)
        same(gradient, right)


@pytest.mark.parametrize("key", list(ELEMENTWISE))
def test_all_elements_ignored(key: str) -> None:
    nothing = torch.full_like(T, -1)
    assert math.isnan(ELEMENTWISE[key](ignore_index=-1)(X, nothing).item())
    loss = ELEMENTWISE[key](ignore_index=-1, reduction="sum")
    assert loss(X, nothing).item() == 0
    assert not slope(loss, X, nothing).any()


@pytest.mark.parametrize("name", ["focal", "asl", "hamming"])
def test_batchmean_divides_by_every_row(name: str) -> None:
    t = T.clone()
    t[0], t[1, 0] = -1, -1
    loss = FUNCTIONS[name]
    total = loss(X, t, ignore_index=-1, reduction="sum")
    same(loss(X, t, ignore_index=-1, reduction="batchmean"), total / 6)
    same(loss(X, t, ignore_index=-1), total / 24)


def test_hamming_over_what_is_known() -> None:
    t = T.clone()
    t[0, 0], t[3, 2] = NAN, NAN
    wrong = ((X > 0).double() != t) & ~t.isnan()
    assert hamming_loss(X, t, ignore_index=NAN).item() == pytest.approx(wrong.sum().item() / 28)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("weight", [None, W])
@pytest.mark.parametrize("mark", [-1, 255, -100, 3])
def test_ignored_classes_as_in_torch(mark: int, weight: Tensor | None, smoothing: float, reduction: str) -> None:
    y = Y.clone()
    y[1], y[5] = mark, mark
    torchs = nn.CrossEntropyLoss(weight, ignore_index=mark, reduction=reduction, label_smoothing=smoothing)
    ours = lossviz.CrossEntropyLoss(weight, ignore_index=mark, reduction=reduction, label_smoothing=smoothing)
    same(ours(X, y), torchs(X, y))
    same(slope(ours, X, y), slope(torchs, X, y))
    if not smoothing:
        same(softmax_focal_loss(X, y, 0, weight=weight, ignore_index=mark, reduction=reduction), torchs(X, y))


@pytest.mark.parametrize("soft", [False, True], ids=["indices", "rows"])
@pytest.mark.parametrize("key", list(SOFTMAX))
def test_ignored_rows_count_nowhere(key: str, soft: bool) -> None:
    """Their logits may be nan; of probabilities, a row does not count that holds nothing but the mark."""
    target = (ROWS if soft else Y).clone()
    target[1], target[4] = 255, 255
    x, rest = X.clone(), [0, 2, 3, 5]
    x[1], x[4] = NAN, math.inf
    for weight in (None, W):
        for reduction in ("mean", "sum"):
            plain = SOFTMAX[key](weight=weight, reduction=reduction)
            loss = SOFTMAX[key](weight=weight, reduction=reduction, ignore_index=255)
            same(loss(x, target), plain(X[rest], target[rest]))
            gradient = slope(loss, x, target)
            assert not gradient[[1, 4]].any()
            same(gradient[rest], slope(plain, X[rest], target[rest]))
    nothing = torch.full_like(target, 255)
    assert math.isnan(SOFTMAX[key](ignore_index=255)(X, nothing).item())
    assert SOFTMAX[key](ignore_index=255, reduction="sum")(X, nothing).item() == 0
    unreduced = SOFTMAX[key](ignore_index=255, reduction="none")(x, target)
    assert unreduced.shape == (6,)
    assert unreduced[[1, 4]].tolist() == [0, 0]


def test_rows_of_probabilities_have_no_class_to_ignore() -> None:
    for loss in SOFTMAX.values():
        with pytest.raises(ValueError, match="ignore_index=2 names a class"):
            loss(ignore_index=2)(X, ROWS)


def test_a_byte_is_not_taken_for_the_mark_that_it_wraps_to() -> None:
    """-1 is 255 in eight bits, and -100 is 156."""
    y = torch.tensor([255, 0], dtype=torch.uint8)
    with pytest.raises(ValueError, match="is 255"):
        softmax_focal_loss(torch.zeros(2, 3), y, ignore_index=-1)
    x, y = torch.zeros(2, 200), torch.tensor([156, 0], dtype=torch.uint8)
    assert softmax_focal_loss(x, y, reduction="none").count_nonzero() == 2


@pytest.mark.parametrize("mark", ["255", [255], True, torch.tensor([255]), torch.tensor(True)])
def test_the_mark_is_one_number(mark: object) -> None:
    for loss in lossviz.LOSSES.values():
        with pytest.raises(TypeError, match="ignore_index must be one number"):
            loss(ignore_index=mark)


def test_images_with_ignored_pixels() -> None:
    images, masks = X.reshape(2, 5, 3), torch.tensor([[0, 1, 255], [4, 2, 2]], dtype=torch.uint8)
    wanted = F.cross_entropy(images, masks.long(), W, ignore_index=255)
    same(lossviz.CrossEntropyLoss(W, ignore_index=255)(images, masks), wanted)
    same(softmax_focal_loss(images, masks, 0, weight=W, ignore_index=255), wanted)
    one_hot = F.one_hot(masks.long() % 5, 5).movedim(-1, 1)
    one_hot[0, :, 2] = 255
    kept = softmax_focal_loss(images, one_hot, 2, ignore_index=255, reduction="none")
    same(kept, softmax_focal_loss(images, masks, 2, ignore_index=255, reduction="none"))
    same(softmax_focal_loss(images, one_hot, 2, ignore_index=255), kept.sum() / 5)


# Honoured: rows of probabilities.


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("weight", [None, W])
def test_rows_at_gamma_zero_are_cross_entropy(weight: Tensor | None, reduction: str) -> None:
    for x, t in (
        (X, ROWS),
        (X, T),
        (X[0], ROWS[0]),
        (X.reshape(2, 5, 3), ROWS.reshape(2, 5, 3)),
        (X[:, :1], ROWS[:, :1]),
        (X[:0], ROWS[:0]),
    ):
        w = None if weight is None else weight[: x.shape[min(1, x.ndim - 1)]]
        wanted = F.cross_entropy(x, t, w, reduction=reduction)
        for got in (
            softmax_focal_loss(x, t, 0, weight=w, reduction=reduction),
            lossviz.CrossEntropyLoss(w, reduction=reduction)(x, t),
        ):
            torch.testing.assert_close(got, wanted, rtol=1e-12, atol=1e-14, equal_nan=True)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0, 5.0])
def test_one_hot_rows_are_class_indices(gamma: float) -> None:
    """Row by row; the mean of rows divides by N, of indices by the sum of their weights."""
    for one_hot in (F.one_hot(Y, 5), F.one_hot(Y, 5).double(), F.one_hot(Y, 5).bool()):
        by_row = softmax_focal_loss(X, one_hot, gamma, weight=W, reduction="none")
        same(by_row, softmax_focal_loss(X, Y, gamma, weight=W, reduction="none"))
        same(softmax_focal_loss(X, one_hot, gamma, weight=W), by_row.mean())


@pytest.mark.parametrize("gamma", [0.5, 1.5, 2.0])
def test_rows_are_the_formula(gamma: float) -> None:
    p = X.softmax(1)
    wanted = -(ROWS * W * (1 - p) ** gamma * p.log()).sum(1)
    same(softmax_focal_loss(X, ROWS, gamma, weight=W, reduction="none"), wanted)
    x = X.clone().requires_grad_()
    for weight in (None, W):
        assert torch.autograd.gradcheck(lambda x, w=weight: softmax_focal_loss(x, ROWS, gamma, weight=w), x)
        assert torch.autograd.gradgradcheck(lambda x, w=weight: softmax_focal_loss(x, ROWS, gamma, weight=w), x)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("gamma", [0.0, 0.01, 0.5, 1.0, 2.0, 5.0])
def test_rows_are_as_stable_as_indices(gamma: float, dtype: torch.dtype) -> None:
    """One-hot rows have the digits of class indices far out, where 1 - p rounds to 0."""
    tolerance = 1e-5 if dtype == torch.float32 else 1e-12
    for far in (17.0, 40.0, 104.0, 745.0, 1e4):
        x = torch.tensor([[far, 0, 1.5], [0, far, -far], [-far, -far, 0], [far, far, 0]], dtype=dtype)
        for y in range(3):
            indices = torch.full((4,), y)
            rows = F.one_hot(indices, 3)
            for loss in (
                lambda x, t: softmax_focal_loss(x, t, gamma, reduction="none"),
                lambda x, t: softmax_focal_loss(x, t.double() * 0.5, gamma, reduction="none") * 2,
            ):
                soft = loss(x, rows)
                hard = softmax_focal_loss(x, indices, gamma, reduction="none")
                torch.testing.assert_close(soft, hard, rtol=tolerance, atol=1e-40)
                hard_slope = slope(lambda x, t: softmax_focal_loss(x, t, gamma, reduction="none"), x, indices)
                torch.testing.assert_close(slope(loss, x, rows), hard_slope, rtol=tolerance, atol=tolerance)


def test_a_class_that_is_masked_out_counts_nothing_where_no_target_has_it() -> None:
    x = torch.tensor([[1.0, -math.inf, 0.3]], dtype=torch.float64)
    t = torch.tensor([[0.4, 0.0, 0.6]], dtype=torch.float64)
    loss = lambda x, t: softmax_focal_loss(x, t, 2.0)  # noqa: E731
    same(loss(x, t), softmax_focal_loss(x[:, [0, 2]], t[:, [0, 2]], 2.0))
    assert torch.isfinite(slope(loss, x, t)).all()


# Questions that people asked.


def test_unknown_labels() -> None:
    """Mean over the known elements."""
    x = torch.tensor([[2.0, -1.0, 0.5], [0.0, 1.0, -2.0]], dtype=torch.float64)
    for mark in (-1.0, NAN):
        t = torch.tensor([[1.0, mark, 0.0], [mark, 1.0, 0.0]], dtype=torch.float64)
        kept = [(0, 0), (0, 2), (1, 1), (1, 2)]
        wanted = sum(F.softplus(-x[k] if t[k] else x[k]).item() for k in kept) / 4
        assert lossviz.BCEWithLogitsLoss(ignore_index=mark)(x, t).item() == pytest.approx(wanted, rel=1e-12)


def test_mixed_targets() -> None:
    x = torch.tensor([[2.0, -1.0], [0.5, 0.5], [1.0, 1.0]])
    t = torch.tensor([[0.7, 0.3], [0.0, 1.0], [1.0, 0.0]])
    assert lossviz.CrossEntropyLoss([1, 9])(x, t).item() == pytest.approx(5.0656, abs=5e-5)
    assert softmax_focal_loss(x, t, 0, weight=[1, 9]).item() == pytest.approx(5.0656, abs=5e-5)


def test_smoothed_targets_of_bce() -> None:
    loss = lossviz.BCEWithLogitsLoss()(torch.tensor([2.0]), torch.tensor([0.9]))
    assert loss.item() == pytest.approx(0.326928, abs=5e-7)


def test_weights_smoothing_and_ignored_rows_together() -> None:
    x = torch.randn(10, 2, generator=torch.Generator().manual_seed(4), dtype=torch.float64)
    y = torch.tensor([0, 0, -1, 1, 0, 0, -1, 0, 0, 1])
    w, kept = torch.tensor([1.0, 16.0], dtype=torch.float64), [0, 1, 3, 4, 5, 7, 8, 9]
    log_p = x.log_softmax(1)[kept]
    smooth = 0.9 * F.one_hot(y[kept], 2).double() + 0.05
    wanted = -(smooth * w * log_p).sum() / w[y[kept]].sum()
    same(lossviz.CrossEntropyLoss(w, ignore_index=-1, label_smoothing=0.1)(x, y), wanted)


def test_focal_with_alpha_a_half_and_no_focusing_is_half_of_bce() -> None:
    same(sigmoid_focal_loss(X, T, 0.5, 0), F.binary_cross_entropy_with_logits(X, T) / 2)


# In people's code.


def test_under_vmap_the_whole_target_is_checked() -> None:
    t = T.clone()
    t[3, 1] = 7
    for name in ("focal", "asl", "zlpr"):
        with pytest.raises(ValueError, match=r"target\[3, 1\] is 7"):
            torch.func.vmap(torch.func.grad(FUNCTIONS[name]))(X, t)
        ignoring = lambda x, t, loss=FUNCTIONS[name]: loss(x, t, ignore_index=7)  # noqa: E731
        mapped = torch.func.vmap(torch.func.grad(ignoring))(X, t)
        same(mapped, torch.stack([slope(ignoring, x, row) for x, row in zip(X, t, strict=True)]))


def test_vmap_of_softmax_losses_with_weights() -> None:
    y = Y.clone()
    y[2] = -100
    for weight in (None, W):
        for target in (y, ROWS, F.one_hot(Y, 5)):
            for loss in (
                lambda x, t, w=weight: softmax_focal_loss(x, t, weight=w, reduction="sum"),
                lossviz.CrossEntropyLoss(weight, reduction="sum"),
            ):
                mapped = torch.func.vmap(torch.func.grad(loss))(X, target)
                same(mapped, torch.stack([slope(loss, x, t) for x, t in zip(X, target, strict=True)]))


COMPILED: dict[str, tuple[Function, Tensor]] = {
    "focal": (lambda x, t: sigmoid_focal_loss(x, t, ignore_index=-1), T),
    "focal nan": (lambda x, t: sigmoid_focal_loss(x, t, ignore_index=NAN), T),
    "zlpr": (lambda x, t: multilabel_categorical_cross_entropy(x, t, ignore_index=-1), T),
    "bce": (lossviz.BCEWithLogitsLoss(pos_weight=W, ignore_index=-1), T),
    "ce": (lossviz.CrossEntropyLoss(W), Y),
    "softmax focal": (lambda x, t: softmax_focal_loss(x, t, weight=W), Y),
    "softmax focal of rows": (lambda x, t: softmax_focal_loss(x, t, weight=W), ROWS),
}


@pytest.mark.parametrize("name", list(COMPILED))
def test_compiled_losses_refuse_too(name: str) -> None:
    loss, target = COMPILED[name]
    torch._dynamo.reset()  # type: ignore[no-untyped-call]
    compiled = torch.compile(loss, backend="aot_eager", fullgraph=True)
    same(compiled(X, target), loss(X, target))
    same(slope(compiled, X, target), slope(loss, X, target))
    wrong = target.clone()
    wrong[1] = 7
    with pytest.raises(RuntimeError, match="target must"):
        compiled(X, wrong)


@pytest.mark.parametrize("key", list(lossviz.LOSSES))
def test_tensors_without_values(key: str) -> None:
    """The shape of the loss, on a device that has no memory and under a mode that makes fakes."""
    from torch._subclasses.fake_tensor import FakeTensorMode

    kind = lossviz.LOSSES[key]
    target = Y if kind.targets == "classes" else T
    for dtype in (torch.float32, torch.float16):
        meta = kind(ignore_index=-1).to("meta")(X.to("meta", dtype), target.to("meta"))
        assert (meta.shape, meta.dtype, meta.device.type) == ((), dtype, "meta")
    with FakeTensorMode(allow_non_fake_inputs=True) as mode:
        fake = kind(ignore_index=-1)(mode.from_tensor(X), mode.from_tensor(target))
    assert fake.shape == ()


@torch_jit_warns
@pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning")
@pytest.mark.parametrize("key", list(lossviz.LOSSES))
def test_traced_losses_take_batches_of_any_size(key: str) -> None:
    kind = lossviz.LOSSES[key]
    loss, target = kind(ignore_index=-1), Y if kind.targets == "classes" else T
    traced = torch.jit.trace(loss, (X, target))
    same(traced(X[:4], target[:4]), loss(X[:4], target[:4]))


@torch_jit_warns
@pytest.mark.parametrize("key", list(lossviz.LOSSES))
def test_scripting_is_refused_with_a_sentence(key: str) -> None:
    with pytest.raises(RuntimeError, match=r"torch\.jit\.script cannot compile"):
        torch.jit.script(lossviz.LOSSES[key]())


@pytest.mark.parametrize("key", list(lossviz.LOSSES))
def test_the_mark_travels_with_the_module(key: str) -> None:
    loss = lossviz.LOSSES[key](ignore_index=-7)
    assert "ignore_index=-7" in repr(copy.deepcopy(loss))
    assert copy.deepcopy(loss).ignore_index == -7


@given(
    rows=some.integers(1, 6),
    columns=some.integers(1, 5),
    mark=some.sampled_from([-1.0, 255.0, NAN, -100.0]),
    seed=some.integers(0, 10_000),
    key=some.sampled_from(list(ELEMENTWISE)),
    dtype=some.sampled_from([torch.float16, torch.float32, torch.float64]),
)
@settings(max_examples=150, deadline=None, derandomize=True, database=None)
def test_any_pattern_of_unknown_labels(
    rows: int, columns: int, mark: float, seed: int, key: str, dtype: torch.dtype
) -> None:
    generator = torch.Generator().manual_seed(seed)
    x = (4 * torch.randn(rows, columns, generator=generator, dtype=torch.float64)).to(dtype)
    t = torch.randint(0, 2, (rows, columns), generator=generator).double()
    kept = torch.rand(rows, columns, generator=generator) < 0.5
    got = ELEMENTWISE[key](ignore_index=mark)(x, torch.where(kept, t, mark))
    assert got.dtype == dtype
    alone = kept_alone(ELEMENTWISE[key](reduction="none"), x.double(), t, kept)
    wanted = torch.stack(alone).mean() if alone else torch.tensor(NAN, dtype=torch.float64)
    tolerance = {torch.float16: 2e-3, torch.float32: 1e-5, torch.float64: 1e-12}[dtype]
    torch.testing.assert_close(got.double(), wanted, rtol=tolerance, atol=tolerance, equal_nan=True)
