"""Settings of every loss: numbers of any kind are taken, and what is none is refused in one sentence."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import lossviz
from lossviz.logits.optimum import optimal_logit

X = torch.randn(6, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
T = (torch.rand(6, 3, generator=torch.Generator().manual_seed(1)) < 0.4).double()
Y = torch.tensor([0, 2, 1, 1, 0, 2])

MAKE: dict[str, Any] = {
    "gamma": lambda value: (lossviz.SigmoidFocalLoss(gamma=value), lossviz.SoftmaxFocalLoss(gamma=value)),
    "alpha": lambda value: (lossviz.SigmoidFocalLoss(alpha=value),),
    "gamma_neg": lambda value: (lossviz.AsymmetricLoss(gamma_neg=value),),
    "gamma_pos": lambda value: (lossviz.AsymmetricLoss(gamma_pos=value),),
    "clip": lambda value: (lossviz.AsymmetricLoss(clip=value),),
    "eps": lambda value: (lossviz.AsymmetricLoss(eps=value),),
    "label_smoothing": lambda value: (lossviz.CrossEntropyLoss(label_smoothing=value),),
}


@pytest.mark.parametrize("name", list(MAKE))
@pytest.mark.parametrize("wrong", ["0.5", [0.5], {"a": 1}, torch.tensor([0.5, 0.5]), object()])
def test_settings_that_are_no_number_are_named(name: str, wrong: object) -> None:
    with pytest.raises(ValueError, match=f"{name} (must be|is) .*number"):
        MAKE[name](wrong)


@pytest.mark.parametrize("name", ["gamma", "gamma_neg", "gamma_pos", "label_smoothing"])
def test_settings_that_cannot_be_off(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be a number.*; got None"):
        MAKE[name](None)


@pytest.mark.parametrize("name", list(MAKE))
def test_numbers_of_numpy_and_torch_are_taken(name: str) -> None:
    for given in (np.float32(0.25), np.float64(0.25), np.array(0.25), torch.tensor(0.25)):
        for made, plain in zip(MAKE[name](given), MAKE[name](0.25), strict=True):
            target = T if made.targets == "elements" else Y
            assert getattr(made, name) == 0.25
            assert made(X, target) == plain(X, target)
    with pytest.raises(ValueError, match=f"{name} must be .*pass {name}.item"):
        MAKE[name](torch.tensor(0.25, requires_grad=True))


@pytest.mark.parametrize("wrong", [-0.1, 1.5, float("nan")])
def test_label_smoothing_is_a_share(wrong: float) -> None:
    with pytest.raises(ValueError, match="label_smoothing must lie between 0 and 1"):
        lossviz.CrossEntropyLoss(label_smoothing=wrong)


@pytest.mark.parametrize("wrong", ["a", 1.5, None, True, [1]])
def test_the_axis_of_labels_is_a_whole_number(wrong: Any) -> None:
    with pytest.raises(ValueError, match="dim must be a whole number"):
        lossviz.ZLPRLoss(dim=wrong)
    assert lossviz.ZLPRLoss(dim=np.int64(1))(X, T) == lossviz.ZLPRLoss()(X, T)


@pytest.mark.parametrize("reduction", ["avg", "batchmean", None])
@pytest.mark.parametrize("kind", [lossviz.BCEWithLogitsLoss, lossviz.CrossEntropyLoss])
def test_a_reduction_is_checked_when_the_loss_is_made(kind: Any, reduction: Any) -> None:
    with pytest.raises(ValueError, match="reduction must be one of mean, sum, none; got"):
        kind(reduction=reduction)


@pytest.mark.parametrize("mark", [np.int64(255), np.float32(255), torch.tensor(255), torch.tensor(255.0), 255])
@pytest.mark.parametrize("key", list(lossviz.LOSSES))
def test_a_mark_of_any_kind_of_number(key: str, mark: Any) -> None:
    target = (T if lossviz.takes(key) == "elements" else Y).clone()
    target[1] = 255
    kept = torch.arange(6) != 1
    found = lossviz.LOSSES[key](ignore_index=mark)(X, target)
    torch.testing.assert_close(found, lossviz.LOSSES[key]()(X[kept], target[kept]))


@pytest.mark.parametrize("mark", [float("nan"), 1.5])
@pytest.mark.parametrize("kind", [lossviz.CrossEntropyLoss, lossviz.SoftmaxFocalLoss])
def test_class_indices_are_marked_by_whole_numbers(kind: Any, mark: float) -> None:
    with pytest.raises(ValueError, match="is no whole number, and these targets are class indices"):
        kind(ignore_index=mark)(X, Y)


@pytest.mark.parametrize("kind", [lossviz.CrossEntropyLoss, lossviz.SoftmaxFocalLoss])
def test_integers_of_the_inputs_shape_are_one_hot_rows_or_refused(kind: Any) -> None:
    loss = kind()
    torch.testing.assert_close(loss(X, torch.nn.functional.one_hot(Y, 3)), loss(X, torch.eye(3).double()[Y]))
    with pytest.raises(ValueError, match=r"class indices of shape \(\), or rows of probabilities in floating point"):
        loss(torch.zeros(4), torch.tensor([0, 1, 0, 1]))
    for wrong in (torch.ones(6, 3).long(), torch.zeros(6, 3).long(), Y[:, None].expand(6, 3), T.bool()):
        with pytest.raises(
            ValueError, match=r"shape \(6,\), or rows of probabilities in floating point.*target\[[0-3]\] is"
        ):
            loss(X, wrong)
    marked = torch.nn.functional.one_hot(Y, 3)
    marked[2] = -100
    assert loss(X, marked).isfinite()


@pytest.mark.parametrize("kind", [lossviz.CrossEntropyLoss, lossviz.SoftmaxFocalLoss])
def test_ids_from_one_are_told_to_begin_at_zero(kind: Any) -> None:
    with pytest.raises(ValueError, match=r"target.* is 3\. If class ids begin at 1, subtract 1; if it marks"):
        kind()(X, Y + 1)
    with pytest.raises(ValueError, match=r"is 3\. If it marks"):
        kind()(X, torch.tensor([0, 1, 2, 3, 0, 1]))


def test_rows_of_probabilities_are_traced() -> None:
    rows, loss = X.softmax(1), lossviz.SoftmaxFocalLoss(ignore_index=None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        traced = torch.jit.trace(loss, (X, rows))
    torch.testing.assert_close(traced(X[:4] + 1, rows[:4]), loss(X[:4] + 1, rows[:4]))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_losses_with_several_settings_are_compiled(dtype: torch.dtype) -> None:
    torch._dynamo.reset()  # type: ignore[no-untyped-call]
    x, t = X.to(dtype), T.to(dtype)
    for clip in (0.05, 0.1, 0.2):
        loss = lossviz.AsymmetricLoss(clip=clip)
        found: Tensor = torch.compile(loss, backend="aot_eager", fullgraph=True)(x, t)
        torch.testing.assert_close(found, loss(x, t))


def test_lists_keep_all_their_digits() -> None:
    exact = torch.tensor([0.1], dtype=torch.float64)
    loss = lossviz.BCEWithLogitsLoss(pos_weight=[0.1])
    assert torch.equal(loss.pos_weight, exact)  # type: ignore[arg-type]
    assert optimal_logit(loss, 0.5).item() == pytest.approx(np.log(0.1), abs=1e-15)
    for kind in (lossviz.BCEWithLogitsLoss, lossviz.SigmoidFocalLoss, lossviz.AsymmetricLoss):
        for moved in (kind(pos_weight=[0.1, 2, 3]).half(), kind(pos_weight=[0.1, 2, 3]).to(torch.float32)):
            assert moved(X.float(), T).isfinite()


@pytest.mark.parametrize("kind", [lossviz.BCEWithLogitsLoss, lossviz.CrossEntropyLoss, lossviz.AsymmetricLoss])
def test_weights_of_a_module_are_constants(kind: Any) -> None:
    with pytest.raises(ValueError, match=r"weight must not require a gradient.*pass weight\.detach"):
        kind(weight=torch.ones(3, requires_grad=True))


def test_a_weight_that_the_dtype_cannot_hold_is_named() -> None:
    loss = lossviz.BCEWithLogitsLoss(pos_weight=[1.0, 1e39, 1.0])
    assert loss(X, T).isfinite()
    with pytest.raises(ValueError, match=r"pos_weight\[1\] is 1e\+39. torch.float32 holds no number above 3.4e\+38"):
        loss(X.float(), T)


def test_hamming_loss_counts_labels_alone() -> None:
    with pytest.raises(ValueError, match=r"target must be 0 or 1, .*target\[1\] is 0.5"):
        lossviz.hamming_loss(torch.zeros(2), torch.tensor([1.0, 0.5]))
    with pytest.raises(ValueError, match=r"input must lie between 0 and 1 with from_logits=False; input\[1\] is 2"):
        lossviz.hamming_loss(torch.tensor([0.5, 2.0]), torch.ones(2), from_logits=False)
