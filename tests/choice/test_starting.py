"""Where training should begin: biases, loss and steps of the loss in use, and what the page says of them."""

from __future__ import annotations

import contextlib
import io
import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import lossviz
from lossviz import Choice, LabelCounts, start_of
from lossviz.labels.given.text import parse_counts
from lossviz.snippets.starting import bias_snippet
from tests.pages.test_pages import opened, texts

RARE = parse_counts("binary:0.01:10000")
RAREST = LabelCounts(("no", "yes"), [9_999_999, 1], [1, 9_999_999], 10_000_000, "binary")
IDS = LabelCounts.exclusive(("0", "1", "2", "3"), [20, 5, 1, 50])
TWELVE = LabelCounts.exclusive([f"class {k}" for k in range(12)], [2**k for k in range(12)])
MANY = LabelCounts(("a", "b", "c"), [1, 10, 50], [99, 90, 50], 100, "multilabel")
GAPS = LabelCounts(("never", "always", "some"), [0, 100, 10], [100, 0, 90], 100, "multilabel")


def mean_loss(choice: Choice, biases: Tensor) -> Tensor:
    """Of a model that gives every sample the same logits, row by row, with the loss itself."""
    counts, loss = choice.counts, choice.module("none").double()
    if lossviz.takes(str(choice.loss)) == "classes":
        target = torch.arange(counts.n_classes)
        values = loss(biases.expand(counts.n_classes, -1), target)
        n = torch.tensor(counts.positives, dtype=torch.float64)
        return (n * values).sum() / (n * choice.exact).sum()
    k = 1 if counts.task == "binary" else counts.rarest
    share = counts.positives[k] / (counts.positives[k] + counts.negatives[k])
    up, down = (loss(biases[None], torch.full_like(biases[None], t)).flatten() for t in (1.0, 0.0))
    at = 0 if counts.task == "binary" else k
    return share * up[at] + (1 - share) * down[at]


def choices() -> list[Choice]:
    own = Choice(RARE, weights=(30.0,))
    every = [Choice(RARE, loss=key) for key in ("bce", "focal", "asl")] + [
        own,
        Choice(RARE, loss="focal", scheme="log"),
    ]
    every += [Choice(counts, "class_weight", loss=key) for counts in (RARE, IDS) for key in ("ce", "softmax_focal")]
    every += [Choice(IDS, "class_weight", scheme=key) for key in lossviz.SCHEMES]
    every += [Choice(MANY, loss=key) for key in ("bce", "focal", "asl")] + [Choice(MANY, "class_weight")]
    return [*every, Choice(RARE, scheme="uniform", loss="zlpr"), Choice(RAREST), Choice(RAREST, loss="focal")]


@pytest.mark.parametrize("choice", choices(), ids=lambda c: f"{c.counts.task} {c.loss} {c.target} {c.scheme}")
def test_the_first_step_leaves_the_biases_alone(choice: Choice) -> None:
    """By autograd through the module that trains."""
    start = start_of(choice)
    at = start.biases.clone().requires_grad_()
    value = mean_loss(choice, at)
    (slope,) = torch.autograd.grad(value, at)
    scale = max(1.0, choice.exact.max().item() * 1e-6)
    assert slope.abs().max().item() < 1e-6 * scale
    assert start.loss == pytest.approx(value.item(), rel=1e-5)
    assert start.loss_at_zero == pytest.approx(mean_loss(choice, torch.zeros_like(at)).item(), rel=1e-5)
    assert start.loss_at_prior == pytest.approx(mean_loss(choice, start.prior).item(), rel=1e-5)
    assert start.loss <= min(start.loss_at_zero, start.loss_at_prior) + 1e-9


def test_twelve_balanced_classes_begin_at_log_12() -> None:
    start = start_of(Choice(TWELVE))
    assert start.biases.tolist() == [0.0] * 12
    assert start.loss == pytest.approx(math.log(12), abs=1e-12)  # 2.485
    assert start.scale == pytest.approx(1)
    assert start.doubled
    plain = start_of(Choice(TWELVE, scheme="uniform"))
    assert plain.biases.softmax(0).tolist() == pytest.approx([2**k / 4095 for k in range(12)])
    assert not plain.doubled


def test_theory() -> None:
    """theory.md 3.2 and 3.8: prior bias and balanced weight together."""
    start = start_of(Choice(RARE))
    assert start.biases.tolist() == [0.0]
    assert start.loss_at_prior == pytest.approx(4.569, abs=5e-4)
    assert start.slope_at_prior == pytest.approx(-0.970, abs=5e-4)
    assert start.scale == pytest.approx(1.98)
    plain = start_of(Choice(RARE, scheme="uniform"))
    assert plain.biases.item() == pytest.approx(-4.5951, abs=5e-5)
    assert plain.loss == pytest.approx(0.056, abs=5e-4)
    assert (plain.scale, plain.doubled) == (pytest.approx(1), False)


def test_the_size_of_the_steps_is_that_of_the_loss() -> None:
    focal = start_of(Choice(RARE, loss="focal", scheme="uniform"))  # alpha .25, gamma 2
    slope = 0.25 * 0.5 * (1 + 2 * math.log(2))  # of (1 - p)^2 (-log p) at p = .5
    assert focal.scale == pytest.approx(slope * (0.25 * 0.01 + 0.75 * 0.99) / 0.5)
    two = start_of(Choice(IDS, loss="softmax_focal"))
    p, g = 0.25, 2.0
    assert two.scale == pytest.approx((1 - p) ** g - g * p * (1 - p) ** (g - 1) * math.log(p))
    assert math.isnan(start_of(Choice(MANY, scheme="uniform", loss="zlpr")).scale)
    whole = start_of(Choice(MANY, "class_weight", weights=(5.0, 1.0, 1.0)))
    assert whole.scale == pytest.approx(5)
    assert whole.biases[0].item() == pytest.approx(math.log(1 / 99))


def test_labels_without_positives_or_negatives() -> None:
    for key in ("bce", "focal"):
        start = start_of(Choice(GAPS, loss=key))
        assert start.biases.isfinite().tolist() == [False, False, True]
        assert start.usable.isfinite().all()
    empty = LabelCounts.exclusive(("a", "b", "c"), [5, 0, 1], task="multiclass")
    start = start_of(Choice(empty))
    assert start.biases[1] == -math.inf
    assert start.usable[1] == start.usable[[0, 2]].min()
    with pytest.raises(ValueError, match="weights of all classes that occur are 0"):
        start_of(Choice(empty, weights=(0.0, 1.0, 0.0)))


@pytest.mark.parametrize(
    "choice", [Choice(RARE), Choice(RARE, scheme="uniform"), Choice(IDS, scheme="log"), Choice(GAPS)]
)
def test_the_code_sets_the_biases(choice: Choice) -> None:
    start = start_of(choice)
    names: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()) as output:
        exec(bias_snippet(start, choice.counts.classes[-len(start.biases) :]), names)  # noqa: S102
    assert isinstance(names["head"], nn.Linear)
    assert names["head"].bias.tolist() == pytest.approx(start.usable.tolist(), abs=1e-4)
    assert float(output.getvalue()) == pytest.approx(start.usable[0].item(), abs=1e-4)


# What the page says.


def said(query: str) -> str:
    return texts(opened("weights", query)).replace("\n", " ").replace("\\", "")


def test_the_page_on_two_classes() -> None:
    shown = said("")
    assert "(3.96 %)" in shown  # 4 pi (1 - pi)
    assert "Leave the bias of the last layer at 0" in shown
    assert "here -4.595" in shown
    assert "at a loss of 4.569 instead of 1.372, with a gradient of -0.9702 on this bias instead of 0" in shown
    assert "**1.98** times that of plain BCE" in shown
    plain = said("choice=scheme%3Duniform")
    assert "Set the bias of the last layer to -4.595" in plain
    assert "mean loss of **0.056** instead of 0.6931 with biases of 0" in plain
    assert "corrected twice" not in plain
    assert "as large as that of plain BCE" in plain
    app = opened("weights", "choice=scheme%3Duniform")
    assert any("constant_(head.bias, -4.5951)" in code.value for code in app.code)


def test_the_page_on_many_classes() -> None:
    counts = "labels=counts:multiclass;" + ";".join(f"c{k}={2**k}" for k in range(12))
    shown = said(counts)
    assert "Leave the biases of the last layer at 0" in shown
    assert "mean loss of **2.485**" in shown
    assert "2.606" not in shown
    assert "as large as that of plain cross-entropy" in shown
    assert any("zeros_(head.bias)" in code.value for code in opened("weights", counts).code)
    root = said(counts + "&choice=scheme%3Dinverse_sqrt")
    assert "Set one bias per class" in root
    assert "corrected twice" in root


@pytest.mark.parametrize("key", ["focal", "asl"])
def test_the_page_on_the_loss_in_use(key: str) -> None:
    start = start_of(Choice(RARE, loss=key, scheme="uniform"))
    shown = said(f"choice=scheme%3Duniform;loss%3D{key}")
    assert f"Set the bias of the last layer to {lossviz.notation.number(start.biases.item())}" in shown
    assert f"**{lossviz.notation.number(start.scale)}** times that of plain BCE" in shown
    assert "corrected twice" not in shown  # there is no weight that corrects once
    assert "corrected twice" in said(f"choice=loss%3D{key}")


def test_the_page_on_labels() -> None:
    shown = said("labels=chestxray14")
    assert "Leave the biases of the last layer at 0" in shown
    assert "plain BCE for Hernia" in shown
    assert "for *Hernia*" in said("labels=chestxray14&choice=scheme%3Duniform")
    assert "mean loss of" not in said("labels=chestxray14&choice=scheme%3Duniform;loss%3Dzlpr")
    assert "No bias is best for never" in said("labels=counts:multilabel;~n=10;never=0;some=4")
