"""Every scheme against exact values, scikit-learn and its own contract, on counts of every kind."""

from __future__ import annotations

import warnings
from collections import Counter
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some
from sklearn.utils.class_weight import compute_class_weight

import lossviz
from lossviz import (
    SCHEMES,
    EmptyClassWarning,
    LabelCounts,
    LabelsWarning,
    option_names,
    positive_share,
    scheme_ratios,
    weight_share,
)
from lossviz.knobs import Knob
from lossviz.weights.schemes import Scheme

# In float64, to compare digits; `lossviz.class_weights` itself gives what models compute in.
class_weights = partial(lossviz.class_weights, dtype=torch.float64)
pos_weight = partial(lossviz.pos_weight, dtype=torch.float64)

# What the exact values call a scheme, and how ours is asked for it.
NAMES: dict[str, tuple[str, dict[str, Any]]] = {
    "balanced": ("balanced", {}),
    "inverse": ("inverse", {}),
    "inverse_min1": ("inverse", {"normalize": "min"}),
    "inverse_sum_to_C": ("inverse", {"normalize": "sum"}),
    "sqrt_inverse": ("inverse_sqrt", {}),
    "sqrt_inverse_min1": ("inverse_sqrt", {"normalize": "min"}),
    "median_frequency": ("median", {}),
    "enet_log_c102": ("enet", {}),
    "log_mu_min1": ("log", {}),
}


def close(got: list[float], exact: list[float | None]) -> bool:
    return all(e is None or abs(g - e) <= 1e-12 * max(1, abs(e)) for g, e in zip(got, exact, strict=True))


@pytest.mark.filterwarnings("ignore::lossviz.weights.tensors.EmptyClassWarning")
def test_schemes_are_exact(oracle: Any) -> None:
    rows = oracle("class_weight_schemes")["rows"]
    assert len(rows) >= 8
    for row in rows:
        n = row["counts"]
        for name, (scheme, options) in NAMES.items():
            assert close(class_weights(n, scheme, **options).tolist(), row[name]), (n, name)
        for beta, raw in row["effective_number"].items():
            # The scheme sums to C over the classes that occur; so must the raw weights, scaled.
            occurring = [w for w in raw if w is not None]
            scaled = [None if w is None else w * len(n) / sum(occurring) for w in raw]
            assert close(class_weights(n, "effective", beta=float(beta)).tolist(), scaled), (n, beta)
        negatives = [sum(n) - k for k in n]
        assert close(pos_weight(n, negatives).tolist(), row["pos_weight_one_vs_rest"])
        assert close(pos_weight(n, negatives, power=0.5).tolist(), row["pos_weight_sqrt"])


MANY = settings(max_examples=200, deadline=None, derandomize=True, database=None)
SIZES = some.one_of(some.integers(1, 50), some.sampled_from([10**9, 10**15]))
COUNTS = some.lists(some.just(0) | SIZES, min_size=1, max_size=12).filter(any)


@MANY
@given(labels=some.lists(some.integers(0, 11), min_size=1, max_size=200))
def test_balanced_is_scikit_learns(labels: list[int]) -> None:
    classes, counts = np.unique(labels, return_counts=True)
    expected = compute_class_weight("balanced", classes=classes, y=np.array(labels))
    np.testing.assert_allclose(class_weights(counts).numpy(), expected, rtol=1e-14)


@MANY
@given(
    counts=COUNTS,
    scheme=some.sampled_from(list(lossviz.SCHEMES)),
    normalize=some.sampled_from([None, "sum", "min", "max", "samples"]),
    zero_count=some.sampled_from(["clamp", "zero"]),
    max_weight=some.sampled_from([None, 0.5, 20.0]),
    beta=some.sampled_from([0.0, 0.9, 0.9999, 1 - 1e-12]),
)
def test_no_counts_break_a_scheme(
    counts: list[int], scheme: str, normalize: Any, zero_count: Any, max_weight: float | None, beta: float
) -> None:
    """Finite, not negative, capped; equal counts weigh the same; classes without samples are named once, together."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        weights = class_weights(
            counts, scheme, beta=beta, normalize=normalize, zero_count=zero_count, max_weight=max_weight
        )
    empty = [str(k) for k, n in enumerate(counts) if n == 0]
    assert [warning.category for warning in caught] == [EmptyClassWarning] * bool(empty)
    if empty:
        listed = ", ".join(empty[:8]) + (f" and {len(empty) - 8} more" if len(empty) > 8 else "")
        assert str(caught[0].message).endswith(f": {listed}.")
    assert weights.shape == (len(counts),)
    assert weights.isfinite().all()
    assert (weights >= 0).all()
    assert max_weight is None or weights.max() <= max_weight
    assert (weights[[n > 0 for n in counts]] > 0).all()
    assert zero_count == "clamp" or (weights[[n == 0 for n in counts]] == 0).all()
    for n, weight in zip(counts, weights.tolist(), strict=True):
        assert weight == weights[counts.index(n)].item()


@MANY
@given(
    counts=some.lists(some.tuples(some.just(0) | SIZES, some.just(0) | SIZES), min_size=1, max_size=8).filter(
        lambda pairs: any(map(any, pairs))
    ),
    power=some.sampled_from([0.0, 0.5, 1.0, 2.0]),
    zero_count=some.sampled_from(["clamp", "zero"]),
    max_weight=some.sampled_from([None, 20.0]),
)
def test_no_counts_break_pos_weight(
    counts: list[tuple[int, int]], power: float, zero_count: Any, max_weight: float | None
) -> None:
    positives, negatives = map(list, zip(*counts, strict=True))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        weights = pos_weight(positives, negatives, power=power, zero_count=zero_count, max_weight=max_weight)
    assert len(caught) == any(n == 0 for n in positives) + any(p > 0 and n == 0 for p, n in counts)
    for (p, n), weight in zip(counts, weights.tolist(), strict=True):
        plain = (n / max(p, 1)) ** power if p or zero_count == "clamp" else 0
        assert weight == pytest.approx(plain if max_weight is None else min(plain, max_weight), rel=1e-14)


def test_known_figures() -> None:
    ham10000 = lossviz.EXAMPLES["ham10000"].counts
    weights = dict(zip(ham10000.classes, class_weights(ham10000).tolist(), strict=True))
    assert weights["df"] == pytest.approx(12.441, abs=5e-4)
    assert pos_weight([100], [900]).tolist() == [9.0]
    assert pos_weight(lossviz.EXAMPLES["credit_card_fraud"].counts).shape == (1,)


@pytest.mark.parametrize("scheme", list(lossviz.SCHEMES))
@pytest.mark.parametrize("zero_count", ["clamp", "zero"])
@pytest.mark.parametrize("normalize", [None, "sum", "min", "max", "samples"])
def test_contract_of_every_scheme(scheme: str, zero_count: Any, normalize: Any) -> None:
    """Finite, never negative, one warning that names the empty classes; normalisation holds."""
    counts = LabelCounts.exclusive(("cat", "dog", "eel", "fox"), [900, 0, 90, 10])
    with pytest.warns(EmptyClassWarning, match="dog") as warned:
        weights = class_weights(counts, scheme, normalize=normalize, zero_count=zero_count)
    assert len(warned) == 1
    assert weights.shape == (4,)
    assert torch.isfinite(weights).all()
    assert (weights >= 0).all()
    if zero_count == "zero":
        assert weights[1] == 0
    occurring = weights[[0, 2, 3]]
    rule = normalize or lossviz.SCHEMES[scheme].normalize
    if rule == "sum":
        assert occurring.sum().item() == pytest.approx(4)
    elif rule == "min":
        assert occurring.min().item() == pytest.approx(1)
    elif rule == "max":
        assert occurring.max().item() == pytest.approx(1)
    elif rule == "samples":
        mean = (torch.tensor(counts.positives) * weights).sum() / counts.n_samples
        assert mean.item() == pytest.approx(1)
    # Rarer classes never weigh less.
    assert occurring[0] <= occurring[1] + 1e-12
    assert occurring[1] <= occurring[2] + 1e-12


@pytest.mark.parametrize("scheme", list(lossviz.SCHEMES))
def test_bad_counts_raise(scheme: str) -> None:
    for bad, match in (([-1, 2], "0 or more"), ([0.5, 2], "whole"), ([], "at least one"), ([0, 0], "All counts are 0")):
        with pytest.raises(ValueError, match=match):
            class_weights(bad, scheme)
    with pytest.raises(ValueError, match="No samples: 1"):
        class_weights([5, 0], scheme, zero_count="raise")


def test_bad_options_raise() -> None:
    for options, match in (
        ({"scheme": "magic"}, "scheme must be one of"),
        ({"normalize": "mean"}, "normalize must be"),
        ({"zero_count": "skip"}, "zero_count must be"),
        ({"max_weight": 0}, "max_weight must be above 0"),
        ({"scheme": "effective", "beta": 1.0}, "beta must be"),
        ({"scheme": "effective", "beta": float("nan")}, "beta must be"),
        ({"scheme": "enet", "c": 1.0}, "c must be above 1"),
        ({"scheme": "enet", "c": float("inf")}, "c must be above 1"),
        ({"scheme": "log", "mu": float("inf")}, "mu must be above 0"),
        ({"max_weight": float("nan")}, "max_weight must be above 0"),
        ({"scheme": "log", "mu": 0}, "mu must be above 0"),
    ):
        with pytest.raises(ValueError, match=match):
            class_weights([9, 1], **options)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="needs the negatives"):
        pos_weight([1, 2])
    with pytest.raises(ValueError, match="differ in shape"):
        pos_weight([1, 2], [3])
    with pytest.raises(ValueError, match="power"):
        pos_weight([1], [2], power=-1)
    with pytest.raises(ValueError, match="too large to write down"):
        pos_weight([1], [10**15], power=100)
    for bad, match in (([-1], "0 or more"), ([0.5], "whole"), ([], "at least one"), ([float("nan")], "whole")):
        with pytest.raises(ValueError, match=match):
            pos_weight(bad, [1])
    with pytest.raises(ValueError, match="All counts are 0"):
        pos_weight([0, 0], [0, 0])
    with pytest.raises(ValueError, match="do not pass them too"):
        pos_weight(lossviz.EXAMPLES["ham10000"].counts, [1] * 7)


def test_cap_comes_last() -> None:
    assert class_weights([999, 1], max_weight=20).tolist()[1] == 20
    assert pos_weight([1], [999], max_weight=50).tolist() == [50]


def test_pos_weight_of_empty_and_full_labels() -> None:
    with pytest.warns(EmptyClassWarning, match="No positives, so weighed as if there were one: 0"):
        assert pos_weight([0, 5], [10, 5]).tolist() == [10, 1]
    with pytest.warns(EmptyClassWarning, match="No positives, so given weight 0: 0"):
        assert pos_weight([0, 5], [10, 5], power=0.0, zero_count="zero").tolist() == [0, 1]
    with pytest.warns(EmptyClassWarning, match="No negatives, so positives get weight 0: 1"):
        assert pos_weight([5, 10], [5, 0]).tolist() == [1, 0]


def test_pos_weight_of_counts() -> None:
    xray = lossviz.EXAMPLES["chestxray14"].counts
    assert pos_weight(xray).shape == (14,)
    ham = lossviz.EXAMPLES["ham10000"].counts
    one_vs_rest = pos_weight(ham)
    assert one_vs_rest[-1].item() == pytest.approx((10015 - 115) / 115)


def test_balanced_shares_are_equal() -> None:
    counts = lossviz.EXAMPLES["covertype"].counts
    before, after = weight_share(counts), weight_share(counts, class_weights(counts))
    assert before.sum().item() == pytest.approx(1)
    np.testing.assert_allclose(after.numpy(), 1 / 7, rtol=1e-12)


@pytest.mark.parametrize("name", ["credit_card_fraud", "chestxray14", "ham10000"])
def test_balanced_positives_hold_half_of_every_label(name: str) -> None:
    counts = lossviz.EXAMPLES[name].counts
    weights = pos_weight(counts)
    before, after = positive_share(counts), positive_share(counts, weights)
    assert before.shape == after.shape == weights.shape
    assert before[-1].item() == pytest.approx(counts.prevalence[-1])
    np.testing.assert_allclose(after.numpy(), 0.5, rtol=1e-12)


def test_effective_number_between_uniform_and_inverse() -> None:
    n = [5000, 50]
    assert class_weights(n, "effective", beta=0).tolist() == [1, 1]
    ratio = class_weights(n, "effective", beta=1 - 1e-12)
    assert (ratio[1] / ratio[0]).item() == pytest.approx(100, rel=1e-6)


# Pixels and images of each class of CamVid's training set, 480 x 360 each, and the weights that follow from them
# (alexgkendall/caffe-segnet#37; the last class is "unlabelled").
CAMVID = {
    "sky": (10682767, 366, 0.256527308),
    "building": (14750079, 365, 0.185282667),
    "pole": (623349, 366, 4.396287575),
    "road": (20076880, 367, 0.136869322),
    "pavement": (2845085, 349, 0.918473131),
    "tree": (6166762, 319, 0.387319864),
    "sign": (743859, 351, 3.533074291),
    "fence": (714595, 173, 1.812685267),
    "car": (3719877, 360, 0.724619798),
    "pedestrian": (405385, 317, 5.855012981),
    "bicyclist": (184967, 201, 8.136508447),
    "unlabelled": (2503995, 367, 1.097409921),
}


def camvid(known: bool = True) -> LabelCounts:
    pixels, images, _ = zip(*CAMVID.values(), strict=True)
    support = [480 * 360 * number for number in images] if known else None
    return LabelCounts.exclusive(list(CAMVID), pixels, task="segmentation", unit="pixel", support=support)


def test_median_frequency_is_camvids() -> None:
    published = [weight for _, _, weight in CAMVID.values()]
    np.testing.assert_allclose(class_weights(camvid(), "median").numpy(), published, rtol=5e-9)
    alone = class_weights(camvid(known=False), "median")
    assert alone[[7, 10]].tolist() == pytest.approx([3.74, 14.46], abs=5e-3)
    assert torch.equal(alone, class_weights([pixels for pixels, _, _ in CAMVID.values()], "median"))


def test_median_frequency_of_three_masks() -> None:
    """Of 4, 4 and 10 pixels: class 0 in all, 1 in the first two, 2 in the last, 3 in none."""
    counts = LabelCounts.exclusive(
        ("0", "1", "2", "3"), [9, 4, 5, 0], task="segmentation", unit="pixel", support=[18, 8, 10, 0]
    )
    with pytest.warns(EmptyClassWarning, match="3"):  # as one pixel of 8
        assert class_weights(counts, "median").tolist() == [1, 1, 1, 4]
    with pytest.warns(EmptyClassWarning, match="3"):
        assert class_weights(counts, "median", zero_count="zero").tolist() == [1, 1, 1, 0]


def test_weights_are_in_the_dtype_of_models() -> None:
    weight, positive = lossviz.class_weights([900, 100]), lossviz.pos_weight([100], [900])
    assert weight.dtype == positive.dtype == torch.float32
    assert torch.equal(weight, class_weights([900, 100]).float())
    model = torch.nn.Linear(3, 2)
    loss = torch.nn.CrossEntropyLoss(weight=weight)(model(torch.ones(4, 3)), torch.tensor([0, 1, 0, 0]))
    loss.backward()
    logits = torch.zeros(4, 1, requires_grad=True)
    torch.nn.BCEWithLogitsLoss(pos_weight=positive)(logits, torch.ones(4, 1)).backward()
    assert logits.grad is not None
    before = torch.get_default_dtype()
    try:
        torch.set_default_dtype(torch.float64)
        assert lossviz.class_weights([900, 100]).dtype == torch.float64
    finally:
        torch.set_default_dtype(before)
    assert lossviz.class_weights([900, 100], dtype=torch.bfloat16).dtype == torch.bfloat16
    assert weight_share([900, 100], weight).dtype == torch.float64


def test_float32_is_the_nearest(oracle: Any) -> None:
    for row in oracle("class_weight_schemes")["rows"]:
        if all(row["counts"]):
            got = lossviz.class_weights(row["counts"])
            np.testing.assert_allclose(got.numpy(), row["balanced"], rtol=6e-8)


def test_weights_that_a_dtype_cannot_hold_are_refused() -> None:
    with pytest.raises(ValueError, match=r"weight 99999 of class '0' does not fit into torch.float16.*make it inf"):
        lossviz.pos_weight([1], [99999], dtype=torch.float16)
    with pytest.raises(ValueError, match=r"class '0' does not fit into torch.float16.*make it 0"):
        lossviz.class_weights([10**9, 1], "inverse", normalize="max", dtype=torch.float16)
    for bad in (torch.int64, "float32", float):
        with pytest.raises(ValueError, match="dtype must be a floating-point dtype"):
            lossviz.class_weights([9, 1], dtype=bad)  # type: ignore[arg-type]


LABELS = [0, 1, 1, 0, 2, 1, 0]


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        ("balanced", "got the text 'balanced'. The counts come first and the scheme second"),
        (["cat", "dog", "cat"], "got 3 labels such as 'cat'.*count labels first"),
        (np.array(["cat", "dog"]), "got 2 labels such as 'cat'"),
        (pd.Series(["cat", "dog"]), "got 2 labels such as 'cat'"),
        (["3", "5"], "got 2 labels such as '3'"),
        ([True, False, True], "got 3 labels that are True or False"),
        (torch.tensor([True, False]), "got 2 labels that are True or False"),
        ([0, -1, 2], "number 2 is -1; if these are labels, count labels first"),
        ([0.9, 0.1], "number 1 is 0.9; multiply shares by the number of samples"),
        ({"cat": 5, "dog": 3}, "a dict has none for sure; its keys are 'cat', 'dog'. Say the order"),
        (Counter(LABELS), "a Counter has none for sure"),
        (pd.Series(["b", "a", "b"]).value_counts(), "value_counts.. sorts by frequency"),
        (pd.Series([5, 3], index=[3, 0]), "in the order 3, 0, .*sort_index"),
        (pd.Series([50, 10, 5, 200], index=[0, 1, 2, 4]), r"without class 3.*reindex\(range\(0, 5\), fill_value=0\)"),
        (np.eye(3, dtype=int), r"got shape \(3, 3\).*\(y == 1\).sum\(axis=0\)"),
        (7, r"Write \[7\]"),
        (None, "must be numbers"),
        (object(), "must be numbers"),
        ([1, None], "whole numbers"),
        ([1 + 1j, 2], "must be numbers"),
    ],
)
def test_what_is_no_counts_is_told_how_to_count(labels: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        lossviz.class_weights(labels)
    with pytest.raises(ValueError, match=sentence):
        lossviz.pos_weight(labels, [1])


@pytest.mark.parametrize("labels", [LABELS, np.array(LABELS), torch.tensor(LABELS), pd.Series(LABELS)])
def test_labels_passed_as_counts_are_named(labels: Any) -> None:
    with pytest.warns(EmptyClassWarning, match="7 labels are no counts: count labels first, .*No samples.*: 0, 3, 6"):
        lossviz.class_weights(labels)
    with pytest.raises(ValueError, match="7 labels are no counts"):
        lossviz.class_weights(labels, zero_count="raise")
    stars = [1, 2, 5, 4, 3, 5, 5, 4, 2, 1] * 20
    with pytest.warns(LabelsWarning, match="200 labels are no counts: count labels first") as warned:
        lossviz.class_weights(stars)
    assert [warning.filename for warning in warned] == [__file__]


@pytest.mark.parametrize("labels", [[1, 2, 3, 1, 2, 1] * 20, [1, 2, 4] * 40, [1, 18, 90, 1] * 60])
def test_ids_from_one_and_with_gaps_are_named(labels: list[int]) -> None:
    with pytest.warns(LabelsWarning, match=f"{len(labels)} labels are no counts: count labels first"):
        lossviz.class_weights(labels)
    with pytest.warns(LabelsWarning, match=f"{len(labels)} labels are no counts: count labels first") as warned:
        lossviz.prior_logits(torch.nn.CrossEntropyLoss(), labels)
    assert [warning.filename for warning in warned] == [__file__]


def test_ids_with_gaps_and_a_zero_are_named() -> None:
    labels = [0, 1, 4] * 30
    with pytest.warns(EmptyClassWarning, match="90 labels are no counts: count labels first"):
        lossviz.class_weights(labels)
    with pytest.warns(LabelsWarning, match="90 labels are no counts"):
        lossviz.prior_logits(torch.nn.CrossEntropyLoss(), labels)


def test_counts_of_any_iterable_are_taken() -> None:
    counts = {"cat": 900, "dog": 100}
    expected = class_weights([900, 100]).tolist()
    assert class_weights(counts.values()).tolist() == expected  # type: ignore[arg-type]
    assert class_weights(n for n in (900, 100)).tolist() == expected  # type: ignore[arg-type]
    assert class_weights(range(1, 3)).tolist() == class_weights([1, 2]).tolist()
    assert lossviz.pos_weight(iter([100]), iter([900])).tolist() == [9]  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="counts must be a list, which has an order"):
        class_weights({900, 100})  # type: ignore[arg-type]


@pytest.mark.parametrize("counts", [[1, 1, 1, 1, 1, 1], [3, 1, 0], [9, 3, 1, 4, 2, 2], [50, 0, 0, 0, 0, 1]])
def test_real_counts_are_not_suspected(counts: list[int]) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        lossviz.class_weights(counts)
        lossviz.class_weights(LabelCounts.exclusive(list(map(str, range(7))), LABELS))
    assert not any("labels" in str(warning.message) for warning in caught)


def test_counts_of_any_array_are_taken() -> None:
    for dtype in (torch.bfloat16, torch.float16, torch.uint8, torch.int32, torch.float64):
        counts = torch.tensor([6, 2], dtype=dtype, requires_grad=dtype.is_floating_point)
        assert class_weights(counts).tolist() == pytest.approx([2 / 3, 2])
    assert class_weights(np.array([6, 2], dtype=object)).tolist() == pytest.approx([2 / 3, 2])


def test_scikit_learns_call_is_told_what_to_do() -> None:
    ours: Any = lossviz.class_weights
    for call in (
        lambda: ours("balanced", classes=[0, 1], y=LABELS),
        lambda: ours("balanced", [0, 1], LABELS),
        lambda: ours(class_weight="balanced", classes=[0, 1], y=LABELS),
    ):
        with pytest.raises(TypeError, match="as scikit-learn's compute_class_weight does: count labels first"):
            call()


WORDS = some.lists(some.text("aäb9 ,", min_size=1), min_size=1, max_size=60).filter(lambda names: len(set(names)) > 2)


@MANY
@given(labels=WORDS)
def test_weights_by_name_are_scikit_learns(labels: list[str]) -> None:
    classes = np.unique(np.array(labels, dtype=object))
    expected = dict(zip(classes, compute_class_weight("balanced", classes=classes, y=labels), strict=True))
    appearing = Counter(labels)
    counts = LabelCounts.exclusive(list(appearing), list(appearing.values()))
    for order in (counts, counts.reordered(classes.tolist())):
        named = dict(zip(order.classes, class_weights(order).tolist(), strict=True))
        assert named == pytest.approx(expected, rel=1e-14)
    series = pd.Series(labels, dtype=object).value_counts().sort_index()
    assert class_weights(series).tolist() == pytest.approx([expected[name] for name in series.index], rel=1e-14)


def test_shares_take_lists_and_refuse_what_they_cannot_weigh() -> None:
    assert weight_share([900, 100], [1, 9]).tolist() == [0.5, 0.5]
    with pytest.raises(ValueError, match="one number for each of the 2 classes; got 3"):
        weight_share([900, 100], [1, 2, 3])
    with pytest.raises(ValueError, match="0 or more, and finite"):
        weight_share([900, 100], [1, -2])
    with pytest.raises(ValueError, match="no share is left"):
        weight_share([900, 100], [0, 0])
    with pytest.raises(ValueError, match=r"beta must be a number; got '0\.9'"):
        lossviz.class_weights([9, 1], "effective", beta="0.9")  # type: ignore[arg-type]


def test_a_knob_stands_in_the_entry_of_its_scheme_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    power = Knob("exponent", "q", 0, 2, 0.1, 1, "larger weighs rare classes more")
    scheme = Scheme("power", "Power", "", "", lambda of, knobs: of.n ** -knobs["exponent"], knobs=(power,))
    monkeypatch.setitem(SCHEMES, "power", scheme)
    counts = LabelCounts.exclusive(("a", "b", "c"), [1, 2, 4])
    assert class_weights(counts, "power").tolist() == [1, 0.5, 0.25]
    assert class_weights(counts, "power", exponent=2).tolist() == [1, 0.25, 0.0625]
    assert scheme_ratios(counts, "power", exponent=2).tolist() == [36.0, 6.25, 0.5625]
    assert option_names("class_weight", "power") == ["exponent", "normalize", "zero_count", "max_weight"]
    assert option_names("pos_weight", "power") == ["exponent", "zero_count", "max_weight"]
    choice = lossviz.Choice(counts, scheme="power", options={"exponent": 2})
    assert choice.tensor.tolist() == [1, 0.25, 0.0625]
    assert lossviz.Choice.parse(choice.text) == choice
    for weigh in (class_weights, scheme_ratios):
        with pytest.raises(TypeError, match="No scheme has a knob 'betta'; choose from mu, c, beta, exponent"):
            weigh(counts, "power", betta=0.9)
