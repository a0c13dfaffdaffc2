"""Contracts that hold for every registered loss, identities between losses, and exact values."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import lossviz
from lossviz import (
    Loss,
    asymmetric_loss,
    hamming_loss,
    multilabel_categorical_cross_entropy,
    sigmoid_focal_loss,
    softmax_focal_loss,
)
from tests.losses.knob_ends import IDS, SETTINGS

FAR = torch.tensor([0.0, 1e-6, -1e-6, 0.5, -2.5, 8.0, -8.0, 17.0, -17.0, 40.0, -40.0, 120.0, -120.0, 500.0, -500.0])
NEAR = torch.tensor([0.1, 0.3, -1.7, 2.2, -4.1, 5.9], dtype=torch.float64)


@pytest.mark.parametrize(("key", "knobs"), SETTINGS, ids=IDS)
@pytest.mark.parametrize("target", [1, 0])
def test_contract(key: str, knobs: dict[str, float | None], target: int) -> None:
    """Finite value and first two derivatives out to +-500, never negative, and autograd's gradient is right."""
    loss = lossviz.LOSSES[key].from_knobs(**knobs)
    for dtype in (torch.float32, torch.float64):
        x = FAR.to(dtype).requires_grad_()
        value = loss.to(dtype).binary(x, target)
        assert value.shape == x.shape
        assert torch.isfinite(value).all()
        assert (value >= 0).all()
        (gradient,) = torch.autograd.grad(value.sum(), x, create_graph=True)
        assert torch.isfinite(gradient).all()
        if gradient.requires_grad:
            (curvature,) = torch.autograd.grad(gradient.sum(), x)
            assert torch.isfinite(curvature).all()
    loss.double()
    if not knobs.get("detach_focusing"):
        assert torch.autograd.gradcheck(lambda x: loss.binary(x, target), NEAR.clone().requires_grad_())


@pytest.mark.parametrize("key", list(lossviz.LOSSES))
def test_every_loss_describes_itself(key: str) -> None:
    loss = lossviz.LOSSES[key]
    assert loss.key == key
    assert loss.title
    assert loss.label
    assert loss.__doc__
    positive, negative = loss.formula()
    assert positive
    assert negative
    code = loss.code()
    made = eval(code, {"lossviz": lossviz, "torch": torch})  # noqa: S307 - our own code
    assert isinstance(made, nn.Module)
    x = torch.linspace(-3, 3, 7, dtype=torch.float64)
    for target in (1, 0):
        torch.testing.assert_close(
            lossviz.loss_curve(made, target, x).value, loss.from_knobs().double().binary(x, target), rtol=1e-7, atol=0
        )


def computed(latex: str) -> float:
    """The value of a formula that holds nothing but numbers."""
    text, _, margin = latex.partition(r",\quad p_m = ")
    text = text.replace("p_m", f"({computed(margin)})") if margin else text
    python = {"{": "(", "[": "(", "}": ")", "]": ")", "^": "**", r"\cdot": "*", r"\log": "log", r"\max": "max"}
    code = ""
    for part in re.findall(r"\\(?:log|max|cdot)|[\d.]+|\be\b|[-+^(){}\[\],]", text.replace(r"\,", " ")):
        number = re.fullmatch(r"[\d.]+", part)
        if code.endswith(")") and (number or part in ("(", "{", "[", "e", r"\log", r"\max")):
            code += "*"
        code += f"({part})" if number else python.get(part, part)
    return float(eval(code, {"log": math.log, "max": max, "e": math.e}))  # noqa: S307 - our own formula


@pytest.mark.parametrize("target", [[1.0, 0, 0], [0, 1.0, 0], [0.3, 0.2, 0.5], [0.9, 0, 0.1]])
@pytest.mark.parametrize("key", list(lossviz.LOSSES))
def test_a_formula_with_numbers_is_the_loss(key: str, target: list[float]) -> None:
    x, t = torch.tensor([0.5, -1.0, 2.0], dtype=torch.float64), torch.tensor(target)
    loss = lossviz.LOSSES[key](reduction="none")(x[None], t[None])[0]
    for column in range(3):
        wanted = loss.item() if loss.ndim == 0 else loss[column].item()
        _, numbers = lossviz.LOSSES[key].worked(x, t, column)
        assert computed(numbers) == pytest.approx(wanted, rel=2e-3), numbers


def test_binary_view_is_the_module_itself() -> None:
    """The curve is that of the very module one trains with."""
    x = torch.linspace(-12, 12, 49, dtype=torch.float64)
    for key, loss in lossviz.LOSSES.items():
        for target in (1, 0):
            module = loss.from_knobs()
            labels = torch.full((len(x),), target)
            if key in ("ce", "softmax_focal"):
                rows = torch.stack([torch.zeros_like(x), x], dim=1)
                module.reduction = "none"  # type: ignore[assignment]
                direct = module(rows, labels)
            elif key == "zlpr":
                module.reduction = "none"  # type: ignore[assignment]
                direct = module(x[:, None], labels[:, None].double())
            else:
                module.reduction = "none"  # type: ignore[assignment]
                direct = module(x, labels.double())
            torch.testing.assert_close(module.binary(x, target), direct, rtol=0, atol=2e-15)


# Identities.

X = torch.randn(6, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 3
T = (torch.rand(6, 5, generator=torch.Generator().manual_seed(1)) < 0.4).double()
SOFT = torch.rand(6, 5, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
W = torch.tensor([0.5, 1.0, 2.0, 4.0, 0.1], dtype=torch.float64)


def same(one: Tensor, other: Tensor) -> None:
    torch.testing.assert_close(one, other, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("targets", [T, SOFT], ids=["hard", "soft"])
@pytest.mark.parametrize("weights", [{}, {"weight": W}, {"pos_weight": W}, {"weight": W, "pos_weight": W}])
def test_gamma_zero_is_bce(reduction: str, targets: Tensor, weights: dict[str, Tensor]) -> None:
    bce = F.binary_cross_entropy_with_logits(X, targets, reduction=reduction, **weights)
    same(sigmoid_focal_loss(X, targets, alpha=None, gamma=0, reduction=reduction, **weights), bce)
    same(sigmoid_focal_loss(X, targets, alpha=-1, gamma=0, reduction=reduction, **weights), bce)
    same(asymmetric_loss(X, targets, 0, 0, 0, eps=0, reduction=reduction, **weights), bce)
    same(asymmetric_loss(X, targets, 0, 0, None, eps=None, reduction=reduction, **weights), bce)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 1.5, 2.0, 5.0])
@pytest.mark.parametrize("targets", [T, SOFT], ids=["hard", "soft"])
def test_asl_with_equal_gammas_is_focal(gamma: float, targets: Tensor) -> None:
    same(
        asymmetric_loss(X, targets, gamma, gamma, 0, eps=None, reduction="none"),
        sigmoid_focal_loss(X, targets, None, gamma, "none"),
    )


@pytest.mark.parametrize("alpha", [0.1, 0.25, 0.5, 0.9])
def test_alpha_is_a_pos_weight(alpha: float) -> None:
    weight = torch.tensor([alpha / (1 - alpha)], dtype=torch.float64)
    same(
        sigmoid_focal_loss(X, T, alpha, 2.0, "none"),
        (1 - alpha) * sigmoid_focal_loss(X, T, None, 2.0, "none", pos_weight=weight),
    )


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_softmax_focal_of_two_classes_is_sigmoid_focal(gamma: float) -> None:
    rows = X[:, :2]
    labels = T[:, 0].long()
    same(
        softmax_focal_loss(rows, labels, gamma, reduction="none"),
        sigmoid_focal_loss(rows[:, 1] - rows[:, 0], labels, None, gamma, "none"),
    )


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("weight", [None, W])
def test_softmax_focal_at_gamma_zero_is_cross_entropy(reduction: str, weight: Tensor | None) -> None:
    labels = torch.tensor([0, 4, 2, -100, 1, 1])
    same(
        softmax_focal_loss(X, labels, 0, weight=weight, reduction=reduction),
        F.cross_entropy(X, labels, weight, reduction=reduction),
    )
    images = X.reshape(2, 5, 3)
    masks = torch.tensor([[0, 1, -100], [4, 2, 2]])
    same(
        softmax_focal_loss(images, masks, 0, weight=weight, reduction=reduction),
        F.cross_entropy(images, masks, weight, reduction=reduction),
    )
    same(softmax_focal_loss(X[0], labels[0], 0, weight=weight), F.cross_entropy(X[0], labels[0], weight))


def test_one_class_and_all_ignored_behave_as_torch() -> None:
    single = torch.randn(3, 1, dtype=torch.float64, requires_grad=True)
    loss = softmax_focal_loss(single, torch.zeros(3, dtype=torch.long))
    assert loss.item() == 0
    (gradient,) = torch.autograd.grad(loss, single)
    assert gradient.tolist() == [[0.0]] * 3
    ignored = torch.full((6,), -100)
    assert math.isnan(softmax_focal_loss(X, ignored).item())
    assert softmax_focal_loss(X, ignored, reduction="sum").item() == 0


def test_zlpr_with_one_label_is_bce() -> None:
    column, labels = X[:, :1], T[:, :1]
    same(
        multilabel_categorical_cross_entropy(column, labels, reduction="none"),
        F.binary_cross_entropy_with_logits(column, labels, reduction="none").squeeze(1),
    )
    same(
        multilabel_categorical_cross_entropy(X.T, T.T, dim=0, reduction="none"),
        multilabel_categorical_cross_entropy(X, T, reduction="none"),
    )


def test_bce_and_ce_are_torchs_own() -> None:
    assert isinstance(lossviz.BCEWithLogitsLoss(), nn.BCEWithLogitsLoss)
    assert isinstance(lossviz.CrossEntropyLoss(), nn.CrossEntropyLoss)
    labels = T.argmax(1)
    for dtype in (torch.float32, torch.float64):
        x, w = X.to(dtype), W.to(dtype)
        for reduction in ("none", "mean", "sum"):
            bce = {"weight": w, "pos_weight": w, "reduction": reduction}
            ce = {"weight": w, "label_smoothing": 0.1, "reduction": reduction}
            for t in (T.to(dtype), SOFT.to(dtype)):
                assert torch.equal(lossviz.BCEWithLogitsLoss(**bce)(x, t), nn.BCEWithLogitsLoss(**bce)(x, t))
            for y in (labels, SOFT.to(dtype)):
                assert torch.equal(lossviz.CrossEntropyLoss(**ce)(x, y), nn.CrossEntropyLoss(**ce)(x, y))


def test_label_smoothing_is_seen_in_the_binary_view() -> None:
    weight = torch.tensor([1.0, 100.0], dtype=torch.float64)
    smoothed = lossviz.CrossEntropyLoss(weight=weight, label_smoothing=0.1)
    x = torch.tensor([0.7], dtype=torch.float64)
    rows = torch.tensor([[0.0, 0.7]], dtype=torch.float64)
    direct = F.cross_entropy(rows, torch.tensor([0]), weight, reduction="sum", label_smoothing=0.1)
    same(smoothed.binary(x, 0), direct[None])


def test_batchmean_is_sum_over_the_first_axis() -> None:
    same(asymmetric_loss(X, T, reduction="batchmean"), asymmetric_loss(X, T, reduction="sum") / 6)
    same(sigmoid_focal_loss(X, T, reduction="batchmean"), sigmoid_focal_loss(X, T, reduction="sum") / 6)
    with pytest.raises(ValueError, match="batch axis"):
        asymmetric_loss(X[0, 0], T[0, 0], reduction="batchmean")


def test_detached_focusing_has_the_value_but_not_the_gradient() -> None:
    x = torch.tensor([-6.0], dtype=torch.float64, requires_grad=True)
    zero = torch.zeros(1, dtype=torch.float64)
    gradients = []
    for detached in (False, True):
        loss = asymmetric_loss(x, zero, 4, 1, 0, eps=None, detach_focusing=detached)
        gradients.append((loss.item(), torch.autograd.grad(loss, x)[0].item()))
    assert gradients[0][0] == gradients[1][0]
    assert gradients[0][1] / gradients[1][1] == pytest.approx(4.995, abs=1e-3)


def test_hamming_is_scikit_learns() -> None:
    from sklearn.metrics import hamming_loss as reference

    logits = torch.tensor([[0.1, 0.9, 0.3], [0.8, 0.2, 0.6], [0.4, 0.5, 0.7]])
    targets = torch.tensor([[0, 1, 0], [1, 0, 1], [0, 1, 1]])
    assert hamming_loss(logits, targets).item() == pytest.approx(0.4444, abs=5e-5)
    assert hamming_loss(X, T).item() == pytest.approx(reference(T.numpy(), (X > 0).numpy()))
    assert hamming_loss(torch.sigmoid(X), T, from_logits=False).item() == hamming_loss(X, T).item()
    assert hamming_loss(X, T, threshold=0.9, reduction="sum").item() == ((math.log(9) < X) != T.bool()).sum()


# Bad input gets one sentence.

Elementwise = Callable[..., Tensor]


@pytest.mark.parametrize("loss", [sigmoid_focal_loss, asymmetric_loss, hamming_loss])
def test_shapes_must_be_identical(loss: Elementwise) -> None:
    with pytest.raises(ValueError, match=r"\(6, 1\) and \(6,\)"):
        loss(X[:, :1], T[:, 0])


def test_options_are_checked() -> None:
    for call, match in (
        (lambda: sigmoid_focal_loss(X, T, reduction="avg"), "reduction must be one of"),
        (lambda: sigmoid_focal_loss(X, T, gamma=-1), "gamma must be 0 or more"),
        (lambda: sigmoid_focal_loss(X, T, gamma=float("nan")), "gamma must be 0 or more"),
        (lambda: sigmoid_focal_loss(X, T, alpha=1.5), "alpha must lie between 0 and 1"),
        (lambda: sigmoid_focal_loss(X.long(), T), "floating point"),
        (lambda: sigmoid_focal_loss(X, T, weight=torch.ones(4)), r"weight of shape \(4,\) does not fit"),
        (lambda: sigmoid_focal_loss(X, T, pos_weight=torch.ones(2, 6, 5)), "pos_weight of shape"),
        (lambda: asymmetric_loss(X, T, -1), "gamma_neg must be 0 or more"),
        (lambda: asymmetric_loss(X, T, 1, -1), "gamma_pos must be 0 or more"),
        (lambda: asymmetric_loss(X, T, clip=1.0), "clip must be at least 0 and below 1"),
        (lambda: asymmetric_loss(X, T, clip=-0.1), "clip must be at least 0 and below 1"),
        (lambda: asymmetric_loss(X, T, eps=2), "eps must lie between 0 and 1"),
        (lambda: softmax_focal_loss(X, T[:, :2]), "class indices of shape"),
        (lambda: softmax_focal_loss(X, T[:, 0].long(), weight=torch.ones(3)), "each of the 5 classes"),
        (lambda: softmax_focal_loss(X[0, 0], T[0, 0].long()), "class axis"),
        (lambda: softmax_focal_loss(X, T[:, 0].long(), reduction="batchmean"), "reduction must be one of"),
        (lambda: multilabel_categorical_cross_entropy(X, T[:, :2]), r"\(6, 5\) and \(6, 2\)"),
        (lambda: multilabel_categorical_cross_entropy(X[0, 0], T[0, 0]), "axis of labels"),
        (lambda: hamming_loss(X, T, threshold=1), "threshold must lie between"),
        (lambda: lossviz.SigmoidFocalLoss(gamma=-1), "gamma must be"),
        (lambda: lossviz.SigmoidFocalLoss(alpha=2), "alpha must lie"),
        (lambda: lossviz.AsymmetricLoss(clip=1), "clip must be"),
        (lambda: lossviz.ZLPRLoss(reduction="x"), "reduction must be"),
        (lambda: lossviz.SoftmaxFocalLoss(-1), "gamma must be"),
        (lambda: sigmoid_focal_loss(X, T, alpha=[0.25, 0.75]), "alpha is one number"),  # type: ignore[arg-type]
        (lambda: multilabel_categorical_cross_entropy(X, T, dim=2), "dim must be an axis"),
    ):
        with pytest.raises(ValueError, match=match):
            call()


@pytest.mark.parametrize("loss", [sigmoid_focal_loss, asymmetric_loss, multilabel_categorical_cross_entropy])
def test_what_is_no_tensor_is_named(loss: Callable[..., Tensor]) -> None:
    with pytest.raises(TypeError, match=r"input must be a torch.Tensor; got list"):
        loss([0.0], torch.zeros(1))
    with pytest.raises(TypeError, match=r"target must be a torch.Tensor; got list"):
        loss(torch.zeros(1), [0.0])


def test_weights_may_be_numbers_and_lists() -> None:
    """As in the Modules."""
    for loss in (sigmoid_focal_loss, asymmetric_loss):
        for name in ("weight", "pos_weight"):
            for given in (9.0, [1.0, 2.0, 3.0, 4.0, 5.0]):
                tensor = torch.tensor(given, dtype=X.dtype)
                assert loss(X, T, **{name: given}) == loss(X, T, **{name: tensor})  # type: ignore[arg-type]
    y, given = torch.arange(5), [1.0, 2.0, 3.0, 4.0, 5.0]
    got = softmax_focal_loss(X[:5], y, weight=given)  # type: ignore[arg-type]
    assert got == softmax_focal_loss(X[:5], y, weight=torch.tensor(given, dtype=X.dtype))


# Training.


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_dtypes_are_kept(dtype: torch.dtype) -> None:
    x, labels = X.to(dtype), T[:, 0].long()
    for value in (
        sigmoid_focal_loss(x, T.bool()),
        asymmetric_loss(x, T.int()),
        multilabel_categorical_cross_entropy(x, T),
        softmax_focal_loss(x, labels),
        hamming_loss(x, T),
    ):
        assert value.dtype == dtype
        assert torch.isfinite(value)


def test_half_is_computed_in_float32() -> None:
    x = torch.tensor([-30.0, 12.0], dtype=torch.float16, requires_grad=True)
    loss = asymmetric_loss(x, torch.tensor([1, 0]), reduction="sum")
    loss.backward()
    assert x.grad is not None
    assert torch.isfinite(x.grad).all()


def test_modules_move_and_copy() -> None:
    module = lossviz.SigmoidFocalLoss(weight=W, pos_weight=torch.ones(5))
    assert {name for name, _ in module.named_buffers()} == {"weight", "pos_weight"}
    assert module.float().weight.dtype == torch.float32  # type: ignore[union-attr]
    state = module.state_dict()
    assert set(state) == {"weight", "pos_weight"}
    assert "gamma=2.0" in repr(module)
    assert "clip=0.05" in repr(lossviz.AsymmetricLoss())


@pytest.mark.parametrize(
    "loss",
    [
        lambda x: sigmoid_focal_loss(x, T[0], None, 0.5),
        lambda x: sigmoid_focal_loss(x, SOFT[0], 0.25, 1.5),
        lambda x: sigmoid_focal_loss(x, T[0], 0.25, 2.0, pos_weight=W),
        lambda x: asymmetric_loss(x, T[0], 4, 1, 0.05),
        lambda x: asymmetric_loss(x, SOFT[0], 3, 0.5, 0.2, eps=None),
        lambda x: softmax_focal_loss(x, torch.tensor(2), 1.5, weight=W),
        lambda x: multilabel_categorical_cross_entropy(x, T[0]),
        lambda x: multilabel_categorical_cross_entropy(x, SOFT[0]),
    ],
)
def test_second_derivatives(loss: Callable[[Tensor], Tensor]) -> None:
    x = X[0].clone().requires_grad_()
    assert torch.autograd.gradcheck(loss, x)
    assert torch.autograd.gradgradcheck(loss, x)


def test_inputs_are_left_alone() -> None:
    x, t = X.clone().requires_grad_(), T.clone()
    for loss in (sigmoid_focal_loss, asymmetric_loss, multilabel_categorical_cross_entropy):
        loss(x, t).backward()  # type: ignore[operator]
        assert torch.equal(x, X)
        assert torch.equal(t, T)


def test_vmap() -> None:
    for loss in (
        lambda x, t: sigmoid_focal_loss(x, t),
        lambda x, t: sigmoid_focal_loss(x, t, None, 0.5),
        lambda x, t: asymmetric_loss(x, t),
        lambda x, t: multilabel_categorical_cross_entropy(x, t),
    ):
        mapped = torch.func.vmap(loss)(X, T)
        same(mapped, torch.stack([loss(x, t) for x, t in zip(X, T, strict=True)]))
    labels = T[:, 0].long()
    mapped = torch.func.vmap(lambda x, y: softmax_focal_loss(x, y))(X, labels)
    same(mapped, torch.stack([softmax_focal_loss(x, y) for x, y in zip(X, labels, strict=True)]))


# Exact values.

CASES: dict[str, Callable[[Tensor, Tensor, dict[str, Any]], Tensor]] = {
    "bce": lambda x, t, p: lossviz.BCEWithLogitsLoss(
        pos_weight=torch.tensor([p["pos_weight"]], dtype=x.dtype), reduction="none"
    )(x, t),
    "focal_hard": lambda x, t, p: sigmoid_focal_loss(x, t, p["alpha"], p["gamma"], "none"),
    "focal_soft_product": lambda x, t, p: sigmoid_focal_loss(x, t, p["alpha"], p["gamma"], "none"),
    "asl": lambda x, t, p: asymmetric_loss(
        x,
        t,
        p["gamma_neg"],
        p["gamma_pos"],
        p["clip"],
        eps=p["eps"],
        detach_focusing=p.get("detach", False),
        reduction="none",
    ),
    "zlpr": lambda x, t, p: multilabel_categorical_cross_entropy(x, t, reduction="none"),
    "cross_entropy": lambda x, t, p: lossviz.CrossEntropyLoss(weight=weight_of(p, x), reduction="none")(x, t),
    "focal_softmax": lambda x, t, p: softmax_focal_loss(x, t, p["gamma"], weight=weight_of(p, x), reduction="none"),
}
CASES["asl_soft"] = CASES["asl"]
CASES["zlpr_soft"] = CASES["zlpr"]


def weight_of(params: dict[str, Any], like: Tensor) -> Tensor | None:
    return None if params["weight"] is None else torch.tensor(params["weight"], dtype=like.dtype)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("family", list(CASES))
def test_exact_values(oracle: Any, family: str, dtype: torch.dtype) -> None:
    """Value and gradient against 50-digit arithmetic, logits out to +-10,000, gammas between 0 and 1."""
    exact = oracle("exact_small")
    tolerance = 1e-12 if dtype == torch.float64 else 5e-6
    rows = exact["families"][family]
    assert rows
    for row in rows:
        given = exact["inputs"][row["input"]]
        x = torch.tensor(given["logits"], dtype=torch.float64).reshape(given["shape"]).to(dtype).requires_grad_()
        t = torch.tensor(given["targets"]).reshape(given["target_shape"])
        t = t.long() if given["kind"] == "multiclass" else t.to(dtype)
        loss = CASES[family](x, t, row["params"])
        (gradient,) = torch.autograd.grad(loss.sum(), x)
        # float32 cannot place a logit to better than this beside the kink of ASL.
        clip = row["params"].get("clip")
        near = (x.detach().double() - math.log(clip / (1 - clip))).abs() < 1.1e-3 if clip else None
        for got, name in ((loss, "loss"), (gradient, "grad_of_sum")):
            if name not in row:
                continue
            expected = torch.tensor(row[name], dtype=torch.float64).reshape(got.shape)
            error = (got.double() - expected).abs() / expected.abs().clamp(min=1)
            allowed = torch.full_like(error, tolerance)
            if near is not None and dtype == torch.float32:
                allowed = torch.where(near, 1e-3, allowed)
            assert torch.isfinite(got).all(), (row["input"], row["params"])
            assert (error <= allowed).all(), (row["input"], row["params"], name, error.max())
        if "mean_weighted" in row and row["sum_of_weights"]:
            mean = (loss.sum() / row["sum_of_weights"]).item()
            assert mean == pytest.approx(row["mean_weighted"], rel=1e-5)


def test_a_loss_lacks_nothing_that_the_app_asks_of_it() -> None:
    class Incomplete(Loss):
        """Says neither its formula nor its curve."""

    with pytest.raises(TypeError, match="abstract methods binary, formula, worked"):
        Incomplete()
