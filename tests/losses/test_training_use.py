"""The losses in people's training code: any shape and dtype, autograd, torch.func, torch.compile, copies on disk."""

from __future__ import annotations

import copy
import io
import math
import pickle
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some
from torch import Tensor, nn
from torch.autograd import forward_ad
from torch.nn import functional as F

import lossviz
from lossviz import (
    asymmetric_loss,
    hamming_loss,
    multilabel_categorical_cross_entropy,
    sigmoid_focal_loss,
    softmax_focal_loss,
)

Function = Callable[[Tensor, Tensor], Tensor]

# Settings that take each branch of the formulas.
ELEMENTWISE: dict[str, Function] = {
    "focal": lambda x, t: sigmoid_focal_loss(x, t, reduction="none"),
    "focal between 0 and 1": lambda x, t: sigmoid_focal_loss(x, t, None, 0.5, "none"),
    "focal as bce": lambda x, t: sigmoid_focal_loss(x, t, None, 0, "none"),
    "asl": lambda x, t: asymmetric_loss(x, t, reduction="none"),
    "asl between 0 and 1": lambda x, t: asymmetric_loss(x, t, 0.5, 0, 0.2, eps=None, reduction="none"),
    "asl without margin": lambda x, t: asymmetric_loss(x, t, 3, 1.5, None, reduction="none"),
    "asl detached": lambda x, t: asymmetric_loss(x, t, detach_focusing=True, reduction="none"),
}
BY_NAME = pytest.mark.parametrize("name", list(ELEMENTWISE))
# torch's own forward mode loads what torch itself has deprecated.
torch_func_warns = pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated:DeprecationWarning")
SHAPES = [(), (0,), (1,), (7,), (3, 1), (0, 4), (2, 3, 4), (2, 1, 3, 2, 2), (70_000,), (3, 40_000)]


def logits_and_targets(shape: tuple[int, ...], dtype: torch.dtype = torch.float64) -> tuple[Tensor, Tensor]:
    seed = torch.Generator().manual_seed(0)
    x = 4 * torch.randn(shape, generator=seed, dtype=torch.float64)
    return x.to(dtype), (torch.rand(shape, generator=seed) < 0.4).to(dtype)


def gradient_of(loss: Function, x: Tensor, t: Tensor) -> Tensor:
    x = x.detach().requires_grad_()
    return torch.autograd.grad(loss(x, t).sum(), x)[0]


def same(one: Tensor, other: Tensor) -> None:
    torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-14)


# Shapes and layouts.


@BY_NAME
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_any_shape_element_by_element(name: str, shape: tuple[int, ...]) -> None:
    """The loss of an element is its own: the same in a tensor of any shape, with or without a gradient."""
    loss = ELEMENTWISE[name]
    x, t = logits_and_targets(shape)
    flat, slope = loss(x.reshape(-1), t.reshape(-1)), gradient_of(loss, x.reshape(-1), t.reshape(-1))
    assert loss(x, t).shape == shape
    same(loss(x, t).reshape(-1), flat)
    same(loss(x.clone().requires_grad_(), t).detach().reshape(-1), flat)
    same(gradient_of(loss, x, t).reshape(-1), slope)


@BY_NAME
def test_any_layout(name: str) -> None:
    loss = ELEMENTWISE[name]
    x, t = logits_and_targets((4, 6))
    value, slope = loss(x, t), gradient_of(loss, x, t)
    same(loss(x.T, t.T), value.T)
    same(gradient_of(loss, x.T, t.T), slope.T)
    same(gradient_of(loss, x[::2, 1::2], t[::2, 1::2]), slope[::2, 1::2])
    same(gradient_of(loss, x[:1].expand(4, 6), t), gradient_of(loss, x[:1].repeat(4, 1), t))
    image, mask = x.reshape(1, 2, 3, 4), t.reshape(1, 2, 3, 4)
    last = image.contiguous(memory_format=torch.channels_last)
    same(gradient_of(loss, last, mask), slope.reshape(1, 2, 3, 4))


def test_empty_batches_are_as_in_torch() -> None:
    x, t = torch.zeros(0, 3, requires_grad=True), torch.zeros(0, 3)
    for loss in (sigmoid_focal_loss, asymmetric_loss, multilabel_categorical_cross_entropy, hamming_loss):
        assert math.isnan(loss(x, t).item())  # type: ignore[operator]
        assert math.isnan(F.binary_cross_entropy_with_logits(x, t).item())
        assert loss(x, t, reduction="sum").item() == 0  # type: ignore[operator]
    assert math.isnan(softmax_focal_loss(x, torch.zeros(0, dtype=torch.long)).item())
    assert softmax_focal_loss(x, torch.zeros(0, dtype=torch.long), reduction="sum").item() == 0
    assert multilabel_categorical_cross_entropy(torch.zeros(2, 0), torch.zeros(2, 0), reduction="none").tolist() == [
        0,
        0,
    ]


@given(
    shape=some.lists(some.integers(0, 5), max_size=4).map(tuple),
    dtype=some.sampled_from([torch.float16, torch.bfloat16, torch.float32, torch.float64]),
    labels=some.sampled_from([torch.bool, torch.int32, torch.int64, torch.uint8, torch.float32, torch.float64]),
    name=some.sampled_from(list(ELEMENTWISE)),
)
@settings(max_examples=150, deadline=None, derandomize=True, database=None)
def test_dtype_and_shape_of_the_logits_are_kept(
    shape: tuple[int, ...], dtype: torch.dtype, labels: torch.dtype, name: str
) -> None:
    loss = ELEMENTWISE[name]
    x, t = logits_and_targets(shape, dtype)
    t = t.to(labels)
    before = x.clone(), t.clone()
    value, slope = loss(x, t), gradient_of(loss, x, t)
    assert value.dtype == slope.dtype == dtype
    assert value.shape == slope.shape == shape
    wide = torch.float32 if dtype in (torch.float16, torch.bfloat16) else dtype
    assert torch.equal(value, loss(x.to(wide), t).to(dtype))
    assert torch.equal(slope, gradient_of(loss, x.to(wide), t).to(dtype))
    assert torch.equal(x, before[0])
    assert torch.equal(t, before[1])


def test_reductions_in_half_do_not_overflow_on_the_way() -> None:
    """The sum of 100,000 losses of 1.4 is beyond half precision; their mean is not."""
    x, t = torch.zeros(100_000, dtype=torch.float16), torch.ones(100_000)
    weight = torch.tensor(2.0)
    assert sigmoid_focal_loss(x, t, None, 0, weight=weight).item() == pytest.approx(2 * math.log(2), rel=1e-3)
    assert asymmetric_loss(x, t, 0, 0, 0, weight=weight).item() == pytest.approx(2 * math.log(2), rel=1e-3)


def test_weights_broadcast_as_in_torch() -> None:
    x, t = logits_and_targets((2, 3, 4, 5))
    for shape in ((), (1,), (5,), (4, 5), (3, 1, 1), (2, 1, 1, 1), (2, 3, 4, 5)):
        w = 0.1 + torch.rand(shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
        bce = F.binary_cross_entropy_with_logits(x, t, weight=w, pos_weight=w)
        same(sigmoid_focal_loss(x, t, None, 0, weight=w, pos_weight=w), bce)
        same(asymmetric_loss(x, t, 0, 0, 0, eps=None, weight=w, pos_weight=w), bce)
        given = x.clone().requires_grad_()
        same(sigmoid_focal_loss(given, t, None, 0, weight=w, pos_weight=w), bce)


# Derivatives.


@torch_func_warns
@pytest.mark.parametrize("targets", ["hard", "soft"])
@pytest.mark.parametrize("name", [name for name in ELEMENTWISE if "detached" not in name])
def test_gradients_and_second_derivatives(name: str, targets: str) -> None:
    loss = ELEMENTWISE[name]
    x = torch.tensor([0.3, -1.2, 2.4, -0.4, 4.5, -5.0], dtype=torch.float64, requires_grad=True)
    t = torch.tensor([1, 0, 0, 1, 1, 0] if targets == "hard" else [0.9, 0.2, 0.4, 0.6, 1.0, 0.1], dtype=torch.float64)
    assert torch.autograd.gradcheck(loss, (x, t))
    assert torch.autograd.gradcheck(loss, (x, t.clamp(0.01, 0.99).requires_grad_()), check_forward_ad=True)
    assert torch.autograd.gradgradcheck(loss, (x, t))


def test_weights_can_be_learned() -> None:
    x, t = logits_and_targets((4, 3))
    weights = [torch.rand(3, dtype=torch.float64, requires_grad=True) for _ in range(2)]
    for loss in (sigmoid_focal_loss, asymmetric_loss):
        assert torch.autograd.gradcheck(
            lambda x, w, p, loss=loss: loss(x, t, weight=w, pos_weight=p), (x.clone().requires_grad_(), *weights)
        )


FAR = torch.tensor([0.0, 17.0, 40.0, 88.8, 104.0, 120.0, 745.0, 1000.0, 1e4], dtype=torch.float64)
FAR = torch.cat([FAR, -FAR])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("gamma", [0.0, 0.01, 0.5, 1.0, 1.5, 2.0, 3.0, 10.0])
@pytest.mark.parametrize("by_target", [False, True], ids=["by the logit", "by the logit and the target"])
def test_everything_is_finite_far_out(gamma: float, dtype: torch.dtype, by_target: bool) -> None:
    """Value and two derivatives, also where the loss is left to autograd because targets are learned too."""
    for label in (0.0, 1.0, 0.3):
        x, t = FAR.to(dtype).requires_grad_(), torch.full(FAR.shape, label, dtype=dtype, requires_grad=by_target)
        for loss in (
            sigmoid_focal_loss(x, t, 0.25, gamma, "sum"),
            asymmetric_loss(x, t, gamma, 1, 0.05, reduction="sum"),
            asymmetric_loss(x, t, 1, gamma, None, eps=None, reduction="sum"),
            asymmetric_loss(x, t, gamma, gamma, 0.99, eps=None, reduction="sum"),
        ):
            (gradient,) = torch.autograd.grad(loss, x, create_graph=True)
            (curvature,) = torch.autograd.grad(gradient.sum(), x)
            assert torch.isfinite(loss)
            assert torch.isfinite(gradient).all()
            assert torch.isfinite(curvature).all()


@pytest.mark.parametrize("clip", [0.05, 0.2, 0.5])
@pytest.mark.parametrize("gamma_neg", [0.5, 1, 2, 4])
def test_the_clip_zone_is_dead_and_its_edge_is_finite(clip: float, gamma_neg: float) -> None:
    kink = math.log(clip / (1 - clip))
    x = torch.tensor([kink - 5, kink - 1e-9, kink, kink + 1e-9, kink + 5], dtype=torch.float64, requires_grad=True)
    loss = asymmetric_loss(x, torch.zeros(5), gamma_neg, 1, clip, reduction="none")
    (gradient,) = torch.autograd.grad(loss.sum(), x, create_graph=True)
    (curvature,) = torch.autograd.grad(gradient.sum(), x)
    assert loss[:2].tolist() == gradient[:2].tolist() == curvature[:2].tolist() == [0, 0]
    assert torch.isfinite(curvature).all()
    assert (gradient[3:] > 0).all()


# torch.func, forward mode and torch.compile.


@torch_func_warns
@BY_NAME
def test_torch_func(name: str) -> None:
    loss = ELEMENTWISE[name]
    x, t = logits_and_targets((4, 3))

    def total(x: Tensor, t: Tensor) -> Tensor:
        return loss(x, t).sum()

    slope = gradient_of(loss, x, t)
    same(torch.func.grad(total)(x, t), slope)
    same(torch.func.vmap(torch.func.grad(total))(x, t), slope)
    same(torch.func.vmap(torch.func.vmap(torch.func.grad(total)))(x, t), slope)
    given = x.clone().requires_grad_()
    (first,) = torch.autograd.grad(total(given, t), given, create_graph=True)
    curvature = torch.autograd.grad(first.sum(), given)[0][0] if first.requires_grad else torch.zeros(3)
    same(torch.func.hessian(total)(x[0], t[0]), torch.diag(curvature))
    same(torch.func.jacrev(torch.func.jacrev(total))(x[0], t[0]), torch.diag(curvature))
    mapped = x.clone().requires_grad_()
    torch.func.vmap(loss)(mapped, t).sum().backward()
    assert mapped.grad is not None
    same(mapped.grad, slope)


def test_vmap_over_one_argument_alone() -> None:
    """Logits, targets or pos_weight may each be the one that is mapped, with a gradient outside."""
    x, t = logits_and_targets((4, 3))
    pos_weight = torch.rand(4, 3, dtype=torch.float64)
    for loss in (
        lambda x, t, p: sigmoid_focal_loss(x, t, pos_weight=p),
        lambda x, t, p: asymmetric_loss(x, t, pos_weight=p),
    ):
        for arguments, dims in (
            ((x[0], t, pos_weight[0]), (None, 0, None)),
            ((x, t[0], pos_weight[0]), (0, None, None)),
            ((x, t, pos_weight), (None, None, 0)),
            ((x, t, pos_weight), (0, 0, 0)),
            ((x.T, t, pos_weight), (1, 0, 0)),
        ):
            given = arguments[0].clone().requires_grad_()
            mapped = torch.func.vmap(loss, dims)(given, *arguments[1:])
            one_by_one = [
                loss(*(a if d is None else a.select(d, k) for a, d in zip((given, *arguments[1:]), dims, strict=True)))
                for k in range(4)
            ]
            same(mapped, torch.stack(one_by_one))
            by_map = torch.autograd.grad(mapped.sum(), given)[0]
            same(by_map, torch.autograd.grad(torch.stack(one_by_one).sum(), given)[0])


@torch_func_warns
def test_forward_over_reverse() -> None:
    """A Hessian times a vector, with and without a graph of the gradient."""
    x, t = logits_and_targets((5,))
    direction = torch.arange(1.0, 6, dtype=torch.float64)
    for name, loss in ELEMENTWISE.items():
        given = x.clone().requires_grad_()
        (slope,) = torch.autograd.grad(loss(given, t).sum(), given, create_graph=True)
        (wanted,) = torch.autograd.grad(slope, given, direction)
        for create_graph in (False, True):
            with forward_ad.dual_level():
                dual = forward_ad.make_dual(given, direction)
                (moved,) = torch.autograd.grad(loss(dual, t).sum(), dual, create_graph=create_graph)
                tangent = forward_ad.unpack_dual(moved).tangent
                assert tangent is not None, name
                same(tangent.detach(), wanted)


COMPILED: dict[str, Function] = {
    "focal": sigmoid_focal_loss,
    "asl": asymmetric_loss,
    "zlpr": multilabel_categorical_cross_entropy,
    "hamming": hamming_loss,
    "softmax focal": lambda x, t: softmax_focal_loss(x, t[:, 0].long()),
    "focal module": lossviz.SigmoidFocalLoss(pos_weight=torch.ones(3)),
    "asl module": lossviz.AsymmetricLoss(weight=torch.ones(3)),
}


@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
@pytest.mark.parametrize("name", list(COMPILED))
def test_compile_makes_one_graph_with_the_same_numbers(name: str, backend: str) -> None:
    x, t = logits_and_targets((4, 3))
    torch._dynamo.reset()  # type: ignore[no-untyped-call]
    loss = COMPILED[name]
    compiled = torch.compile(loss, backend=backend, fullgraph=True)
    same(compiled(x, t), loss(x, t))
    if name != "hamming":
        same(gradient_of(compiled, x, t), gradient_of(loss, x, t))


# Modules.

MODULES = [
    lossviz.SigmoidFocalLoss(0.3, 1.5, "sum", weight=torch.rand(3), pos_weight=torch.tensor([1.0, 2.0, 3.0])),
    lossviz.AsymmetricLoss(2, 0.5, 0.1, eps=None, pos_weight=torch.tensor([1.0, 2.0, 3.0]), reduction="batchmean"),
    lossviz.SoftmaxFocalLoss(1.5, weight=torch.tensor([1.0, 2.0, 3.0]), ignore_index=-1, reduction="sum"),
    lossviz.ZLPRLoss(0, "none"),
]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: type(module).__name__)
def test_modules_travel(module: nn.Module) -> None:
    """Copies, pickles, state dicts and moves give the same loss, and buffers go where the Module goes."""
    x, t = logits_and_targets((4, 3), torch.float32)
    target = t[:, 0].long() if isinstance(module, lossviz.SoftmaxFocalLoss) else t
    wanted = module(x, target)
    file = io.BytesIO()
    torch.save(module, file)
    file.seek(0)
    for other in (
        copy.deepcopy(module),
        pickle.loads(pickle.dumps(module)),  # noqa: S301 - our own bytes
        torch.load(file, weights_only=False),
    ):
        assert torch.equal(other(x, target), wanted)
        assert repr(other) == repr(module)
    state = {name: torch.zeros_like(buffer) for name, buffer in module.state_dict().items()}
    emptied = copy.deepcopy(module)
    emptied.load_state_dict(state)
    assert all(not buffer.any() for buffer in emptied.buffers())
    moved = copy.deepcopy(module).to("meta", torch.float64)
    assert all(b.device.type == "meta" and b.dtype == torch.float64 for b in moved.buffers())
    assert not list(module.parameters())


def test_modules_say_the_same_as_functions() -> None:
    x, t = logits_and_targets((4, 3), torch.float32)
    weight, pos_weight = torch.rand(3), torch.rand(3)
    options = {"weight": weight, "pos_weight": pos_weight}
    same(
        lossviz.SigmoidFocalLoss(0.1, 3, "sum", **options)(x, t),
        sigmoid_focal_loss(x, t, 0.1, 3, "sum", **options),
    )
    same(
        lossviz.AsymmetricLoss(2, 3, 0.1, eps=0.01, detach_focusing=True, reduction="sum", **options)(x, t),
        asymmetric_loss(x, t, 2, 3, 0.1, eps=0.01, detach_focusing=True, reduction="sum", **options),
    )


def test_a_small_model_learns_with_each() -> None:
    seed = torch.Generator().manual_seed(0)
    features = torch.randn(200, 4, generator=seed)
    labels = (features @ torch.randn(4, 3, generator=seed) > 0.5).float()
    for loss in (
        lossviz.SigmoidFocalLoss(),
        lossviz.AsymmetricLoss(),
        lossviz.ZLPRLoss(),
        lossviz.SoftmaxFocalLoss(),
    ):
        model = nn.Linear(4, 3)
        target = labels.argmax(1) if isinstance(loss, lossviz.SoftmaxFocalLoss) else labels
        optimiser = torch.optim.SGD(model.parameters(), lr=0.3)
        losses = []
        for _ in range(60):
            optimiser.zero_grad()
            value = loss(model(features), target)
            value.backward()
            optimiser.step()
            losses.append(value.item())
        assert losses[-1] < 0.7 * losses[0]
