"""Well-known pieces of code on weighted losses, each as a batch to take apart and the figures that settle it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy, cross_entropy, logsigmoid

from lossviz.batches.weighted_mean import BATCHES
from lossviz.losses.asymmetric import asymmetric_loss
from lossviz.losses.hamming import hamming_loss
from lossviz.weights.tensors import class_weights, pos_weight
from lossviz.workbench.code import literal
from lossviz.workbench.elements import ElementWeights, taken_apart

Figures = Mapping[str, float]


@dataclass(frozen=True)
class Case:
    """One case: a batch, a loss with its weights, and the figures that its prose names.

    `figures` computes them; the first is the one in large type. `instead` is the code that goes
    wrong, if it runs: logits and targets to its number.
    """

    key: str
    title: str
    loss: str
    batch: Callable[[], tuple[Tensor, Tensor]]
    figures: Callable[[], Figures]
    knobs: Mapping[str, float | None] = field(default_factory=dict)
    weights: ElementWeights = field(default_factory=ElementWeights)
    compare: str | None = None
    stability: bool = False  # whether ways to compute its loss are followed to where they break
    instead: Callable[[Tensor, Tensor], Tensor] | None = None

    def astray(self, logits: Tensor, target: Tensor) -> tuple[float, Tensor] | None:
        """The number and the gradient of the code that goes wrong, where the case has it."""
        if self.instead is None:
            return None
        x = logits.detach().clone().requires_grad_()
        number = self.instead(x, target)
        (gradient,) = torch.autograd.grad(number, x, allow_unused=True)
        return number.item(), torch.zeros_like(x) if gradient is None else gradient

    def astray_snippet(self, logits: Tensor, target: Tensor) -> str:
        """Code that prints both."""
        name = "" if self.instead is None else self.instead.__name__
        return f"""import torch
from lossviz.workbench.cases import {name}

logits = {literal(logits)}.requires_grad_()
target = {literal(target)}
number = {name}(logits, target)
print(number.item())
print(torch.autograd.grad(number, logits)[0].tolist())
"""


def _vector(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def _full(rows: int, columns: int, logit: float) -> tuple[Tensor, Tensor]:
    logits = torch.full((rows, columns), logit, dtype=torch.float64)
    return logits, torch.ones_like(logits)


def _one_in_ten() -> tuple[Tensor, Tensor]:
    target = torch.zeros(10, 1, dtype=torch.float64)
    target[0] = 1
    return torch.zeros(10, 1, dtype=torch.float64), target


def _a1() -> Figures:
    positives = torch.tensor([100, 300])
    weights = pos_weight(positives, 1000 - positives, dtype=torch.float64)
    return {
        "right": weights[0].item(),
        "exact": weights[1].item(),
        "cut": float(weights[1].int()),
        "without_positives": 1000 / (0 + 1e-5),
    }


def _ones_figure(rows: int, columns: int, logit: float) -> Callable[[], Figures]:
    def figures() -> Figures:
        logits, target = _full(rows, columns, logit)
        weights = ElementWeights(positive=torch.ones(columns, dtype=torch.float64))
        return {"right": taken_apart("bce", logits, target, weights=weights).reduced}

    return figures


_LABEL_WEIGHTS = _vector(1, 5, 20)


def _three_labels() -> tuple[Tensor, Tensor]:
    logits = torch.tensor([[0.5, -1.0, 0.2], [-0.3, 0.8, -2.0], [1.2, -0.4, 0.1], [-1.5, 0.6, -0.7]])
    return logits.double(), torch.tensor([[1, 0, 1], [0, 1, 0], [1, 0, 0], [0, 0, 1]], dtype=torch.float64)


def _a3() -> Figures:
    logits, target = _three_labels()
    right = taken_apart("bce", logits, target, weights=ElementWeights(label=_LABEL_WEIGHTS))
    x = logits.clone().requires_grad_()
    early = reduced_early(x, target)
    (gradient,) = torch.autograd.grad(early, x)
    plain = taken_apart("bce", logits, target).gradient
    pull, early_pull = right.gradient.abs().sum(0), gradient.abs().sum(0)
    base = plain.abs().sum(0)
    return {
        "right": right.reduced,
        "early": early.item(),
        "first": (pull[0] / base[0]).item(),
        "last": (pull[2] / base[2]).item(),
        "early_first": (early_pull[0] / base[0]).item(),
        "early_last": (early_pull[2] / base[2]).item(),
    }


def reduced_early(logits: Tensor, target: Tensor) -> Tensor:
    """The mean taken first, then the weights of the labels: one number is all they can multiply."""
    mean = -(target * logsigmoid(logits) + (1 - target) * logsigmoid(-logits)).mean()
    weights = _LABEL_WEIGHTS if logits.shape[1] == len(_LABEL_WEIGHTS) else torch.ones(logits.shape[1])
    return (mean * weights).mean()


_COUNTS = torch.tensor([900, 90, 10])


def _a4() -> Figures:
    ratio = class_weights(_COUNTS, "inverse", normalize="max", dtype=torch.float64)
    root = class_weights(_COUNTS, "inverse_sqrt", normalize="max", dtype=torch.float64)
    log = class_weights(_COUNTS, "log", normalize="max", dtype=torch.float64)
    return {"right": ratio[0].item(), "rarest": ratio[2].item(), "root": root[0].item(), "log": log[0].item()}


def _four_rows_of_counts() -> tuple[Tensor, Tensor]:
    return torch.zeros(4, 3, dtype=torch.float64), torch.tensor([0, 0, 1, 2])


def _five_rows() -> tuple[Tensor, Tensor]:
    return torch.tensor([[0.4], [-0.2], [1.1], [-0.9], [0.3]]).double(), _vector(1, 0, 0, 0, 0)[:, None]


def _a5() -> Figures:
    logits, target = _five_rows()
    weighted = taken_apart("bce", logits, target, weights=ElementWeights(positive=_vector(4)), reduction="sum")
    copies = torch.tensor([4, 1, 1, 1, 1])
    again = taken_apart(
        "bce", logits.repeat_interleave(copies, 0), target.repeat_interleave(copies, 0), reduction="sum"
    )
    labels = torch.tensor([[1, 1], [0, 0], [0, 1], [0, 0], [0, 0]]).double()
    more = labels.repeat_interleave(copies, 0)
    return {
        "right": weighted.reduced,
        "copied": again.reduced,
        "other_before": labels[:, 1].mean().item(),
        "other_after": more[:, 1].mean().item(),
    }


def _b2_batch() -> tuple[Tensor, Tensor]:
    return torch.zeros(5, 1, dtype=torch.float64), _vector(1, 0, 0, 0, 0)[:, None]


def _b2() -> Figures:
    few = pos_weight([100], [400]).item()
    many = pos_weight([500], [100], dtype=torch.float64).item()
    return {"right": few, "reversed": many}


def _normal() -> tuple[Tensor, Tensor]:
    logits = torch.randn(100, 100, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return logits, torch.ones_like(logits)


def by_hand(logits: Tensor, target: Tensor) -> Tensor:
    """BCE of probabilities: sigmoid, then log."""
    p = torch.sigmoid(logits)
    return -(target * torch.log(p) + (1 - target) * torch.log(1 - p)).mean()


def _b3() -> Figures:
    logits, target = _normal()
    far = torch.tensor([-104.0])
    return {
        "right": taken_apart("bce", logits, target, dtype=torch.float32).reduced,
        "by_hand": by_hand(logits.float(), target.float()).item(),
        "far_by_hand": -torch.log(torch.sigmoid(far)).item(),
        "far": -logsigmoid(far).item(),
    }


def _map() -> tuple[Tensor, Tensor]:
    logits, targets, _ = BATCHES["map"].tensors()
    return logits, targets


def _c1() -> Figures:
    logits, targets, weights = BATCHES["map"].tensors()
    loss = taken_apart("ce", logits, targets, weights=ElementWeights(label=weights))
    return {
        "right": loss.reduced,
        "plain": cross_entropy(logits, targets).item(),
        "denominator": loss.denominator,
        "n": float(len(targets)),
        "limit": cross_entropy(logits[-1:], targets[-1:]).item(),
    }


_PER_CLASS = torch.linspace(0.5, 5, 10, dtype=torch.float64)


def _uniform() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    probability = torch.rand(157, 10, generator=generator, dtype=torch.float64)
    return torch.logit(probability), (torch.rand(157, 10, generator=generator) < 0.5).double()


def _d1() -> Figures:
    logits, target = _uniform()
    p = torch.sigmoid(logits)[None]
    by_hand = (binary_cross_entropy(p, target[None], reduction="none") * _PER_CLASS).mean()
    torchs_own = binary_cross_entropy(p, target[None], weight=_PER_CLASS)
    return {
        "right": taken_apart("bce", logits, target, weights=ElementWeights(label=_PER_CLASS)).reduced,
        "by_hand": by_hand.item(),
        "torch": torchs_own.item(),
        "elements": float(p.numel()),
        "sum_of_weights": float(_PER_CLASS.expand_as(p).sum()),
    }


def _e1_batch() -> tuple[Tensor, Tensor]:
    logits = torch.tensor([[0.1, 0.9, 0.3], [0.8, 0.2, 0.6], [0.4, 0.5, 0.7]], dtype=torch.float64)
    return logits, torch.tensor([[0, 1, 0], [1, 0, 1], [0, 1, 1]], dtype=torch.float64)


def _e1() -> Figures:
    logits, target = _e1_batch()
    return {"right": hamming_loss(logits, target).item(), "zeros": 1 - target.mean().item()}


def _e2() -> Figures:
    logits, target = _e1_batch()
    return {"right": taken_apart("focal", logits, target, knobs={"alpha": None, "gamma": 2.0}).reduced}


def _e3_batch() -> tuple[Tensor, Tensor]:
    logits = torch.tensor([[0.9, 0.1, 0.8, 0.3], [0.3, 0.2, 0.5, 0.7], [0.7, 0.6, 0.1, 0.3]], dtype=torch.float64)
    return logits, torch.tensor([[1, 0, 1, 0], [0, 0, 1, 1], [1, 0, 0, 0]], dtype=torch.float64)


def _e3() -> Figures:
    rows = taken_apart("zlpr", *_e3_batch()).value
    return {
        "right": rows.mean().item(),
        "first": rows[0].item(),
        "second": rows[1].item(),
        "third": rows[2].item(),
    }


def focused_by_target(logits: Tensor, target: Tensor, gamma_pos: float, gamma_neg: float) -> Tensor:
    """A focal factor that looks at the target where it should look at the probability: always 1 where it counts."""
    positive = target * target**gamma_pos * -logsigmoid(logits)
    negative = (1 - target) * (1 - target) ** gamma_neg * -logsigmoid(-logits)
    return (positive + negative).mean()


def focused_to_no_end(logits: Tensor, target: Tensor) -> Tensor:
    return focused_by_target(logits, target, 2, 7)


def _e4() -> Figures:
    logits, target = _uniform()
    one, other = focused_by_target(logits, target, 0.5, 3), focused_by_target(logits, target, 2, 7)
    true_one = asymmetric_loss(logits, target, gamma_pos=0.5, gamma_neg=3)
    true_other = asymmetric_loss(logits, target, gamma_pos=2, gamma_neg=7)
    return {
        "right": asymmetric_loss(logits, target).item(),
        "moved": (one - other).abs().item(),
        "one": one.item(),
        "true_one": true_one.item(),
        "true_other": true_other.item(),
    }


CASES: dict[str, Case] = {
    case.key: case
    for case in (
        Case("A1", "pos_weight from counts", "bce", _one_in_ten, _a1, weights=ElementWeights(positive=_vector(9))),
        Case("A2", "270 labels, all right", "bce", lambda: _full(64, 270, 0.9), _ones_figure(64, 270, 0.9)),
        Case(
            "A3",
            "Weights after the mean",
            "bce",
            _three_labels,
            _a3,
            weights=ElementWeights(label=_LABEL_WEIGHTS),
            instead=reduced_early,
        ),
        Case(
            "A4",
            "The rarest class weighs 1",
            "ce",
            _four_rows_of_counts,
            _a4,
            weights=ElementWeights(label=class_weights(_COUNTS, "inverse", normalize="max", dtype=torch.float64)),
        ),
        Case("A5", "Copies instead of weights", "bce", _five_rows, _a5, weights=ElementWeights(positive=_vector(4))),
        Case("B1", "64 classes", "bce", lambda: _full(10, 64, 0.999), _ones_figure(10, 64, 0.999)),
        Case("B2", "Too many false positives", "bce", _b2_batch, _b2, weights=ElementWeights(positive=_vector(4))),
        Case("B3", "BCE by hand", "bce", _normal, _b3, instead=by_hand, stability=True),
        Case("C1", "A map with one rare pixel", "ce", _map, _c1, weights=ElementWeights(label=_vector(1, 9))),
        Case("D1", "A weight per class, by hand", "bce", _uniform, _d1, weights=ElementWeights(label=_PER_CLASS)),
        Case("E1", "Hamming loss", "bce", _e1_batch, _e1),
        Case("E2", "Focal loss", "focal", _e1_batch, _e2, knobs={"alpha": None, "gamma": 2.0}, compare="bce"),
        Case("E3", "Multi-label categorical cross-entropy", "zlpr", _e3_batch, _e3),
        Case("E4", "A knob that does nothing", "asl", _uniform, _e4, instead=focused_to_no_end),
    )
}
"""Well-known batches by key, each with its loss and what it shows."""
