"""Failures seen in other implementations of these losses, each shown to be absent here."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

import lossviz
from lossviz import (
    asymmetric_loss,
    class_weights,
    multilabel_categorical_cross_entropy,
    pos_weight,
    sigmoid_focal_loss,
    softmax_focal_loss,
)


def value_and_gradient(loss: Tensor, x: Tensor) -> tuple[float, list[float]]:
    return loss.item(), torch.autograd.grad(loss, x)[0].reshape(-1).tolist()


def logit(*values: float, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.tensor(values, dtype=dtype, requires_grad=True)


ONE, ZERO = torch.ones(1), torch.zeros(1)


def test_a_confident_mistake_keeps_its_loss_and_gradient_in_float32() -> None:
    """BCE on probabilities: at a logit of 17 a negative's loss jumps to 100 and its gradient to 0."""
    for loss in (
        lambda x: sigmoid_focal_loss(x, ZERO, None, 0),
        lambda x: asymmetric_loss(x, ZERO, 0, 0, 0, eps=None),
        lambda x: multilabel_categorical_cross_entropy(x, ZERO),
    ):
        x = logit(17)
        assert value_and_gradient(loss(x), x) == (17, [1])


def test_no_probability_is_clipped_unless_asked() -> None:
    """keras clips at 1e-7: no gradient beyond a logit of 16.1 and no loss above 16.1."""
    x = logit(-40)
    value, gradient = value_and_gradient(sigmoid_focal_loss(x, ONE, None, 2), x)
    assert value == pytest.approx(40)
    assert gradient == pytest.approx([-1])


def test_a_gamma_between_0_and_1_has_a_gradient_where_p_rounds_to_1() -> None:
    """torchvision's formula: nan at a logit of 17 in float32."""
    x = logit(17, 40, 200)
    loss = sigmoid_focal_loss(x, torch.ones(3), 0.25, 0.5, "sum")
    assert all(math.isfinite(slope) for slope in value_and_gradient(loss, x)[1])


def test_a_gamma_between_0_and_1_has_a_gradient_of_0_in_the_clip_zone() -> None:
    """ASL as its authors wrote it: nan at a logit of -4, as ordinary as any."""
    x = logit(-4)
    assert value_and_gradient(asymmetric_loss(x, ZERO, 0.5, 0, 0.05), x) == (0, [0])


def test_a_gamma_between_0_and_1_is_finite_in_softmax_focal_loss() -> None:
    """MONAI with softmax: nan."""
    x = torch.tensor([[40.0, 0.0, -3.0]], requires_grad=True)
    assert all(
        math.isfinite(slope) for slope in value_and_gradient(softmax_focal_loss(x, torch.tensor([0]), 0.5), x)[1]
    )


def test_a_hopeless_positive_has_a_loss_and_a_gradient() -> None:
    """The modulator of class-balanced loss overflows: at -89 loss 0 instead of 89, and a nan gradient."""
    for gamma in (0.5, 2.0):
        x = logit(-89)
        value, gradient = value_and_gradient(sigmoid_focal_loss(x, ONE, None, gamma), x)
        assert value == pytest.approx(89)
        assert gradient == pytest.approx([-1])


def test_eps_is_a_choice() -> None:
    """With eps a positive below it has a constant loss and no gradient; without it learns on."""
    x = logit(-30)
    stuck, none = value_and_gradient(asymmetric_loss(x, ONE, 4, 0), x)
    assert stuck == pytest.approx(-math.log(1e-8))
    assert none == [0]
    x = logit(-30)
    value, gradient = value_and_gradient(asymmetric_loss(x, ONE, 4, 0, eps=None), x)
    assert value == pytest.approx(30)
    assert gradient == pytest.approx([-1])


def test_half_precision_is_finite() -> None:
    """ASL in half: 1e-8 is 0 there, and its log minus infinity."""
    for dtype in (torch.float16, torch.bfloat16):
        x = logit(-30, 12, -12, 30, dtype=dtype)
        for loss in (asymmetric_loss(x, torch.tensor([1, 0, 1, 0])), sigmoid_focal_loss(x, torch.tensor([1, 0, 1, 0]))):
            value, gradient = value_and_gradient(loss, x)
            assert math.isfinite(value)
            assert all(math.isfinite(slope) for slope in gradient)


def test_float64_is_computed_in_float64() -> None:
    """fvcore and timm cast to float32."""
    x = logit(0.1, dtype=torch.float64)
    assert sigmoid_focal_loss(x, ONE, None, 0).item() == math.log1p(math.exp(-0.1))


def test_a_column_against_a_row_raises() -> None:
    """ASL's authors, timm and MONAI pair every logit with every target, N times N losses."""
    for loss in (sigmoid_focal_loss, asymmetric_loss, multilabel_categorical_cross_entropy, lossviz.hamming_loss):
        with pytest.raises(ValueError, match=r"\(4, 1\) and \(4,\)"):
            loss(torch.zeros(4, 1), torch.zeros(4))  # type: ignore[operator]
    with pytest.raises(ValueError, match=r"\(4,\).*\(4, 2\).*got \(4, 1\)"):
        softmax_focal_loss(torch.zeros(4, 2), torch.zeros(4, 1, dtype=torch.long))


def test_an_infinite_pos_weight_is_refused_and_a_huge_one_leaves_negatives_alone() -> None:
    """torch multiplies (infinity - 1) by a target of 0, and every negative is nan."""
    infinite = torch.tensor([math.inf])
    assert math.isnan(F.binary_cross_entropy_with_logits(torch.zeros(1), ZERO, pos_weight=infinite).item())
    for loss in (sigmoid_focal_loss, asymmetric_loss):
        with pytest.raises(ValueError, match="pos_weight must be 0 or more, and finite"):
            loss(torch.zeros(1), ZERO, pos_weight=infinite)
        x = logit(-17)
        value, gradient = value_and_gradient(loss(x, ZERO, pos_weight=torch.tensor([3e38])), x)
        assert value == loss(x, ZERO).item()
        assert math.isfinite(gradient[0])


@pytest.mark.filterwarnings("ignore::lossviz.weights.tensors.EmptyClassWarning")
def test_an_empty_class_takes_no_weight_from_the_others() -> None:
    """neg / 0 is infinite; the effective number of no samples makes every other class's weight 0."""
    assert pos_weight([0, 5], [10, 5]).isfinite().all()
    for zero_count in ("clamp", "zero"):
        weights = class_weights([900, 0, 100], "effective", zero_count=zero_count)  # type: ignore[arg-type]
        assert weights.isfinite().all()
        assert (weights[[0, 2]] > 0).all()


def test_the_effective_number_keeps_its_digits_as_beta_nears_1() -> None:
    """1 - beta**n loses half of float64's digits at beta = 1 - 1e-9."""
    weights = class_weights([1000, 10], "effective", beta=1 - 1e-9, dtype=torch.float64)
    beta = 1 - 1e-9
    exact = [1 / math.fsum(beta**k for k in range(n)) for n in (1000, 10)]
    assert weights.tolist() == pytest.approx([2 * w / sum(exact) for w in exact], rel=1e-14)


def test_alpha_is_applied_and_lightens_positives() -> None:
    """keras ignores alpha unless asked; 0.25 counts a negative three times as much as a positive."""
    x = torch.zeros(1)
    assert sigmoid_focal_loss(x, ZERO).item() == pytest.approx(3 * sigmoid_focal_loss(x, ONE).item())


@pytest.mark.parametrize("alpha", [None, -1, -0.5])
def test_alpha_is_off_with_none_or_a_negative(alpha: float | None) -> None:
    x = torch.zeros(1)
    assert sigmoid_focal_loss(x, ONE, alpha, 0).item() == pytest.approx(math.log(2))


def test_the_sum_is_a_sum() -> None:
    """MONAI averages over space first; segmentation_models_pytorch over classes; toolbelt sums the batch axis alone."""
    x, t = torch.zeros(2, 3, 4, 5), torch.ones(2, 3, 4, 5)
    for loss in (sigmoid_focal_loss, asymmetric_loss):
        one = loss(x[0, 0, 0, 0], t[0, 0, 0, 0]).item()
        assert loss(x, t, reduction="sum").item() == pytest.approx(120 * one)
        assert loss(x, t, reduction="mean").item() == pytest.approx(one)
        assert loss(x, t, reduction="batchmean").item() == pytest.approx(60 * one)
        assert loss(x, t, reduction="none").shape == x.shape


def test_class_weights_do_not_bend_the_focusing() -> None:
    """fastai takes p_y from the weighted loss, p to the power of the weight."""
    x, y = torch.tensor([[0.3, -1.2, 2.0]], dtype=torch.float64), torch.tensor([0])
    weight = torch.tensor([7.0, 1.0, 1.0])
    plain = softmax_focal_loss(x, y, 2.0, reduction="none")
    torch.testing.assert_close(softmax_focal_loss(x, y, 2.0, weight=weight, reduction="none"), 7 * plain)


def test_softmax_focal_loss_is_of_softmax() -> None:
    """segmentation_models_pytorch's multi-class mode is one sigmoid per class; toolbelt's at gamma 0 is not CE."""
    x, y = torch.tensor([[0.3, -1.2, 2.0]], dtype=torch.float64), torch.tensor([0])
    shifted = softmax_focal_loss(x + 100, y, 2.0)
    torch.testing.assert_close(softmax_focal_loss(x, y, 2.0), shifted)
    torch.testing.assert_close(softmax_focal_loss(x, y, 0.0), F.cross_entropy(x, y))


def test_ignored_targets_keep_their_place_and_the_graph() -> None:
    """pytorch-multi-class-focal-loss flattens "none" to what is kept; if nothing is, it returns a constant."""
    x = torch.randn(2, 3, 4, requires_grad=True)
    y = torch.tensor([[0, -100, 2, 1], [-100, -100, 0, 0]])
    kept = softmax_focal_loss(x, y, reduction="none")
    assert kept.shape == y.shape
    assert (kept[y == -100] == 0).all()
    nothing = softmax_focal_loss(x, torch.full_like(y, -100), reduction="sum")
    assert value_and_gradient(nothing, x) == (0, [0.0] * 24)


def test_an_ignored_row_may_be_nan() -> None:
    logits = torch.tensor([[float("nan"), 1.0], [1.0, 2.0]])
    ignored = torch.tensor([-100, 0])
    assert softmax_focal_loss(logits, ignored) == softmax_focal_loss(logits[1:], ignored[1:])


def test_no_loss_turns_gradients_on_or_off() -> None:
    """The ASL authors' code leaves gradients enabled inside no_grad."""
    x = logit(0.5)
    with torch.no_grad():
        for detach in (False, True):
            assert not asymmetric_loss(x, ZERO, detach_focusing=detach).requires_grad
            assert not torch.is_grad_enabled()
    with torch.inference_mode():
        assert not asymmetric_loss(x, ZERO).requires_grad
    assert torch.is_grad_enabled()


def test_detached_means_what_the_authors_meant() -> None:
    """Same value; the full gradient is up to 1 + gamma times the detached one."""
    x = logit(-6, dtype=torch.float64)
    full, detached = (
        value_and_gradient(asymmetric_loss(x, ZERO, 4, 1, 0, eps=None, detach_focusing=d), x) for d in (False, True)
    )
    assert full[0] == detached[0]
    p = 1 / (1 + math.exp(6))
    assert full[1][0] / detached[1][0] == pytest.approx(1 + 4 * (1 - p) * -math.log1p(-p) / p, rel=1e-12)


def test_the_margin_bounds_a_hopeless_negative() -> None:
    """Not a defect but a property: a negative can lose at most (1 - m)^gamma * -ln m, and its gradient fades."""
    x = logit(40, dtype=torch.float64)
    value, gradient = value_and_gradient(asymmetric_loss(x, ZERO), x)
    assert value == pytest.approx(-(0.95**4) * math.log(0.05), rel=1e-12)
    assert 0 < gradient[0] < 1e-15


def test_zlpr_keeps_soft_targets() -> None:
    """timm rounds them at a half, bert4torch takes them for hard ones."""
    x, t = torch.tensor([0.7], dtype=torch.float64), torch.tensor([0.3], dtype=torch.float64)
    wanted = math.log1p(0.3 * math.exp(-0.7)) + math.log1p(0.7 * math.exp(0.7))
    assert multilabel_categorical_cross_entropy(x, t).item() == pytest.approx(wanted, rel=1e-14)


def test_zlpr_labels_compete() -> None:
    """As one negative rises to 4, the pull on another at 0 falls from .25 to below .02; a BCE's would not move."""
    pulls = []
    for rival in (0.0, 4.0):
        x = logit(0, rival, 0)
        pulls.append(value_and_gradient(multilabel_categorical_cross_entropy(x, torch.zeros(3)), x)[1][0])
    assert pulls[0] == pytest.approx(0.25)
    assert pulls[1] == pytest.approx(1 / (3 + math.exp(4)), rel=1e-6)


def test_softplus_is_not_cut_at_20() -> None:
    """torch's softplus is the identity above 20, seven digits short in float64."""
    x = logit(21, dtype=torch.float64)
    assert sigmoid_focal_loss(x, ZERO, None, 0).item() == 21 + math.log1p(math.exp(-21))
    assert multilabel_categorical_cross_entropy(x, ZERO).item() == 21 + math.log1p(math.exp(-21))


def test_a_zero_initialised_head_has_half_a_gradient() -> None:
    """max(x, 0) + log(1 + exp(-|x|)) under autograd gives 0 or 1 at a logit of exactly 0."""
    for label, slope in ((ONE, -0.5), (ZERO, 0.5)):
        x = logit(0)
        assert value_and_gradient(sigmoid_focal_loss(x, label, None, 0), x)[1] == [slope]
        x = logit(0)
        assert value_and_gradient(sigmoid_focal_loss(x, label.clone().requires_grad_(), None, 0), x)[1] == [slope]
