"""A batch taken apart agrees with torch; its code reprints its number; the cases give the known figures."""

from __future__ import annotations

import contextlib
import io
import json
import re

import numpy as np
import pytest
import torch
from torch.nn import functional

import lossviz
from lossviz.workbench.cases import CASES, Case
from lossviz.workbench.code import difference_snippet, elements_snippet
from lossviz.workbench.elements import DTYPES, REDUCTIONS, Elements, ElementWeights, losses_for, taken_apart
from ui.shared.prose import sections

ROWS, COLUMNS = 5, 3
LOGITS = torch.randn(ROWS, COLUMNS, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
TARGET = (LOGITS.flip(0) > 0).double()
CLASSES = torch.tensor([0, 2, 1, 0, 0])
EACH = {
    "none": ElementWeights(),
    "label": ElementWeights(label=torch.tensor([1.0, 2.0, 30.0])),
    "sample": ElementWeights(sample=torch.arange(1.0, ROWS + 1)),
    "all": ElementWeights(
        element=torch.rand(ROWS, COLUMNS, generator=torch.Generator().manual_seed(2)),
        sample=torch.arange(1.0, ROWS + 1),
        label=torch.tensor([1.0, 2.0, 30.0]),
        positive=torch.tensor([9.0, 1.0, 4.0]),
    ),
}


def target_for(key: str) -> torch.Tensor:
    return CLASSES if lossviz.takes(key) == "classes" else TARGET


def printed(code: str) -> str:
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(compile(code, "snippet", "exec"), {})  # noqa: S102 - our own code
    return output.getvalue().strip().split("\n")[-1]


def taken_apart_and_printed(key: str, weights: str, reduction: str, *, gradient: bool = False) -> tuple[Elements, str]:
    """A batch taken apart, and what its code prints."""
    question = (key, LOGITS, target_for(key))
    elements = taken_apart(*question, weights=EACH[weights], reduction=reduction)
    code = elements_snippet(*question, weights=EACH[weights], reduction=reduction, gradient=gradient)
    return elements, printed(code)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weights", EACH)
@pytest.mark.parametrize("key", lossviz.LOSSES)
def test_the_code_reprints_the_number(key: str, weights: str, reduction: str) -> None:
    elements, output = taken_apart_and_printed(key, weights, reduction)
    if reduction == "none":
        assert output == str(elements.value.tolist())
    else:
        assert float(output) == pytest.approx(elements.reduced, rel=1e-12)
        assert elements.numerator / elements.denominator == pytest.approx(elements.reduced, rel=1e-12)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weights", EACH)
@pytest.mark.parametrize("key", lossviz.LOSSES)
def test_the_code_reprints_the_gradient(key: str, weights: str, reduction: str) -> None:
    elements, output = taken_apart_and_printed(key, weights, reduction, gradient=True)
    np.testing.assert_allclose(json.loads(output), elements.gradient.numpy(), rtol=1e-12, atol=1e-15)


NAN = float("nan")
KNOWN_CELLS = torch.tensor([[1, 1, 0], [0, 1, 1], [1, 1, 1], [0, 0, 0], [1, 0, 1]]).bool()
PROBABILITIES = LOGITS.softmax(1)
SPARSE = {
    "elements": (torch.where(KNOWN_CELLS, TARGET, NAN), NAN, KNOWN_CELLS),
    "elements marked": (torch.where(KNOWN_CELLS, TARGET, -1.0), -1, KNOWN_CELLS),
    "classes": (torch.tensor([0, 255, 1, 255, 0]), 255, torch.tensor([1, 0, 1, 0, 1]).bool()),
    "classes blank": (torch.tensor([0, NAN, 1, NAN, 0]), NAN, torch.tensor([1, 0, 1, 0, 1]).bool()),
    "classes by default": (torch.tensor([0, -100, 1, 2, 0]), None, torch.tensor([1, 0, 1, 1, 1]).bool()),
    "rows": (PROBABILITIES, None, torch.ones(5).bool()),
    "rows blank": (torch.where(KNOWN_CELLS.any(1)[:, None], PROBABILITIES, NAN), NAN, KNOWN_CELLS.any(1)),
}


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weights", EACH)
@pytest.mark.parametrize("kind", SPARSE)
def test_soft_and_ignored_targets(kind: str, weights: str, reduction: str, dtype: torch.dtype) -> None:
    """The code prints the number and the gradient, and what is ignored counts in neither."""
    target, mark, known = SPARSE[kind]
    for key in losses_for("elements" if kind.startswith("elements") else "classes"):
        question = {"weights": EACH[weights], "reduction": reduction, "dtype": dtype, "ignore_index": mark}
        got = taken_apart(key, LOGITS, target, **question)
        assert torch.equal(got.counted, known[:, None].expand(5, 3) if known.ndim == 1 else known)
        assert not got.gradient[~got.counted].any()
        assert not got.value[~known if got.value.shape == known.shape else ~known.any(1)].any()
        output = printed(elements_snippet(key, LOGITS, target, **question))
        if reduction == "none":
            assert output == str(got.value.tolist())
            assert got.terms == int((known if got.value.shape == known.shape else known.any(1)).sum())
        else:
            assert float(output) == pytest.approx(got.reduced, rel=1e-12)
            assert got.numerator / got.denominator == pytest.approx(
                got.reduced, rel=2e-3 if dtype != torch.float64 else 1e-12
            )
        slope = json.loads(printed(elements_snippet(key, LOGITS, target, gradient=True, **question)))
        np.testing.assert_allclose(slope, got.gradient.double().numpy(), rtol=1e-12, atol=1e-15)
        if reduction == "mean" and weights == "none":
            assert got.denominator == got.terms


def test_targets_that_cannot_be_are_refused() -> None:
    nothing = torch.full_like(TARGET, NAN)
    for key, target, mark, match in (
        ("bce", torch.where(KNOWN_CELLS, TARGET, -1.0), None, r"target\[0, 2\] is -1"),
        ("focal", torch.where(KNOWN_CELLS, TARGET, NAN), None, r"target\[0, 2\] is nan"),
        ("ce", torch.tensor([0.0, 0.5, 1, 1, 1]), None, r"target\[1\] is 0.5, and a class is a whole number"),
        ("ce", torch.where(KNOWN_CELLS, PROBABILITIES, NAN), NAN, r"target\[0, 2\] is nan"),
        ("zlpr", nothing, NAN, "Every target is ignored"),
        ("ce", nothing[:, 0], NAN, "Every target is ignored"),
    ):
        with pytest.raises(ValueError, match=match):
            taken_apart(key, LOGITS, target, ignore_index=mark)
    assert taken_apart("ce", LOGITS, nothing[:, 0], ignore_index=NAN, reduction="sum").reduced == 0


@pytest.mark.parametrize("weights", EACH)
@pytest.mark.parametrize("keys", [("bce", "focal"), ("asl", "bce"), ("ce", "softmax_focal")])
def test_the_code_reprints_the_difference(keys: tuple[str, str], weights: str) -> None:
    one, other = (taken_apart(key, LOGITS, target_for(key), weights=EACH[weights]).value for key in keys)
    output = printed(difference_snippet(keys, LOGITS, target_for(keys[0]), weights=EACH[weights]))
    assert output == str((one - other).tolist())


@pytest.mark.parametrize("case", [case for case in CASES.values() if case.instead], ids=lambda case: case.key)
def test_the_code_that_goes_wrong_is_reprinted(case: Case) -> None:
    logits, target = case.batch()
    found = case.astray(logits, target)
    assert found is not None
    assert printed(case.astray_snippet(logits, target)) == str(found[1].tolist())


def test_the_call_is_torchs_own_where_torch_has_it() -> None:
    shown = taken_apart("bce", LOGITS, TARGET, weights=EACH["all"], reduction="batchmean").code
    assert shown == (
        "torch.nn.BCEWithLogitsLoss(weight=weight, pos_weight=pos_weight, reduction='sum')(logits, target)"
        " / len(logits)"
    )
    assert taken_apart("focal", LOGITS, TARGET).code == "lossviz.SigmoidFocalLoss(reduction='mean')(logits, target)"


def test_weights_without_a_place_are_named() -> None:
    assert taken_apart("bce", LOGITS, TARGET, weights=EACH["all"]).unused == ()
    assert taken_apart("zlpr", LOGITS, TARGET, weights=EACH["all"]).unused == ("element", "label", "positive")
    assert taken_apart("ce", LOGITS, CLASSES, weights=EACH["all"]).unused == ("element", "positive")


def test_bce_is_torch() -> None:
    weights = EACH["all"]
    assert weights.element is not None
    assert weights.sample is not None
    assert weights.label is not None
    product = (weights.element * weights.sample[:, None] * weights.label).double()
    exact = functional.binary_cross_entropy_with_logits(
        LOGITS, TARGET, weight=product, pos_weight=weights.positive, reduction="none"
    )
    got = taken_apart("bce", LOGITS, TARGET, weights=weights)
    torch.testing.assert_close(got.value, exact, rtol=1e-12, atol=1e-12)
    assert got.denominator == ROWS * COLUMNS


def test_cross_entropy_divides_by_its_weights() -> None:
    weight = EACH["label"].label
    assert weight is not None
    got = taken_apart("ce", LOGITS, CLASSES, weights=EACH["label"])
    assert got.denominator == weight[CLASSES].sum().item()
    assert got.reduced == pytest.approx(functional.cross_entropy(LOGITS, CLASSES, weight.double()).item())


@pytest.mark.parametrize("key", lossviz.LOSSES)
def test_gradients_are_slopes(key: str) -> None:
    target, step = target_for(key), 1e-6
    got = taken_apart(key, LOGITS, target).gradient
    moved = LOGITS.clone()
    moved[1, 2] += step
    moved_back = LOGITS.clone()
    moved_back[1, 2] -= step
    slope = (taken_apart(key, moved, target).reduced - taken_apart(key, moved_back, target).reduced) / (2 * step)
    assert got[1, 2].item() == pytest.approx(slope, rel=1e-5, abs=1e-9)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("key", lossviz.LOSSES)
def test_every_precision(key: str, dtype: str) -> None:
    exact = taken_apart(key, LOGITS, target_for(key)).reduced
    tolerance = {"float64": 1e-12, "float32": 1e-5, "float16": 5e-3}[dtype]
    assert taken_apart(key, LOGITS, target_for(key), dtype=DTYPES[dtype]).reduced == pytest.approx(exact, rel=tolerance)


def test_a_large_batch_and_a_single_element() -> None:
    large = torch.zeros(64, 270)
    assert taken_apart("asl", large, torch.ones(64, 270)).value.shape == (64, 270)
    assert taken_apart("bce", torch.zeros(1, 1), torch.ones(1, 1)).reduced == pytest.approx(0.693147, abs=1e-6)


@pytest.mark.parametrize(
    ("key", "logits", "target", "weights", "match"),
    [
        ("bce", torch.zeros(2, 2), torch.zeros(2, 3), EACH["none"], "must have one shape"),
        ("ce", torch.zeros(2, 2), torch.tensor([0, 2]), EACH["none"], r"classes from 0 to 1.*target\[1\] is 2"),
        ("bce", torch.zeros(2, 2), torch.full((2, 2), 255), EACH["none"], r"target\[0, 0\] is 255"),
        ("ce", torch.zeros(2, 2), torch.tensor([0]), EACH["none"], "one class per row"),
        ("bce", torch.zeros(0, 2), torch.zeros(0, 2), EACH["none"], "at least one row"),
        ("bce", torch.zeros(2, 2), torch.zeros(2, 2), EACH["label"], r"per label must have shape \(2,\)"),
        ("ce", torch.zeros(2, 1), torch.tensor([0, 0]), ElementWeights(label=torch.zeros(1)), "sum to 0"),
    ],
)
def test_bad_input_is_one_sentence(
    key: str, logits: torch.Tensor, target: torch.Tensor, weights: ElementWeights, match: str
) -> None:
    with pytest.raises(ValueError, match=match):
        taken_apart(key, logits, target, weights=weights)


# The figures that the sources should have had, to four digits.
KNOWN = {
    "A1": {"right": 9},
    "A2": {"right": 0.3412},
    "B1": {"right": 0.3135},
    "B2": {"right": 4, "reversed": 0.2},
    "C1": {"right": 0.7531, "plain": 0.7099, "denominator": 17, "limit": 0.8018},
    "E1": {"right": 0.4444},
    "E2": {"right": 0.1430},
    "E3": {"first": 1.8582, "second": 2.0163, "third": 2.0666},
    "E4": {"moved": 0},
}


@pytest.mark.parametrize("key", CASES)
def test_cases_have_the_known_figures(key: str) -> None:
    figures = CASES[key].figures()
    for name, value in KNOWN.get(key, {}).items():
        assert figures[name] == pytest.approx(value, abs=5e-5), name


def test_cases_settle_what_they_say() -> None:
    a3, a4, a5, b3, d1, e4 = (CASES[key].figures() for key in ("A3", "A4", "A5", "B3", "D1", "E4"))
    assert a3["early_first"] == pytest.approx(a3["early_last"])  # every label alike
    assert (a3["first"], a3["last"]) == pytest.approx((1, 20))
    assert a4["right"] == pytest.approx(10 / 900)
    assert a5["right"] == pytest.approx(a5["copied"])
    assert a5["other_after"] != a5["other_before"]
    assert b3["by_hand"] == pytest.approx(b3["right"], rel=1e-5)
    assert b3["far_by_hand"] == float("inf")
    assert d1["right"] == pytest.approx(d1["by_hand"]) == pytest.approx(d1["torch"])
    assert d1["elements"] != d1["sum_of_weights"]
    assert e4["true_one"] != pytest.approx(e4["true_other"])


@pytest.mark.parametrize("key", CASES)
def test_cases_fit_their_loss_and_their_prose(key: str) -> None:
    case = CASES[key]
    logits, target = case.batch()
    elements = taken_apart(case.loss, logits, target, knobs=case.knobs, weights=case.weights)
    assert elements.reduced > 0
    assert case.loss in losses_for(lossviz.takes(case.loss))
    output = printed(elements_snippet(case.loss, logits, target, knobs=case.knobs, weights=case.weights))
    assert float(output) == pytest.approx(elements.reduced, rel=1e-12)
    said = sections("workbench")
    assert len(said[f"{key} figures"].split(" | ")) == len(case.figures())
    for part in ("question", "lesson"):
        assert set(re.findall(r"\[\[(\w+)\]\]", said[f"{key} {part}"])) <= set(case.figures())
    assert (f"{key} instead" in said) == (case.instead is not None)
    if case.instead is not None:
        found = case.astray(logits, target)
        assert found is not None
        assert found[1].shape == logits.shape
