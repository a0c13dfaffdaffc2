from __future__ import annotations

import numpy as np
import pytest

from lossviz import LabelCounts


def test_binary_puts_the_positive_class_second() -> None:
    counts = LabelCounts.exclusive(("spam", "ham"), [840, 4840])
    assert counts.classes == ("ham", "spam")
    assert counts.task == "binary"
    assert counts.positives.tolist() == [4840, 840]
    assert counts.negatives.tolist() == [840, 4840]
    assert counts.rarest == 1
    chosen = LabelCounts.exclusive(("spam", "ham"), [840, 4840], positive="ham")
    assert chosen.classes == ("spam", "ham")


def test_missing_is_neither_positive_nor_negative() -> None:
    counts = LabelCounts.exclusive(("a", "b", "c"), [5, 3, 2], missing=4)
    assert counts.n_samples == 14
    assert counts.missing.tolist() == [4, 4, 4]
    assert counts.labelled.tolist() == [10, 10, 10]
    assert counts.prevalence.tolist() == [0.5, 0.3, 0.2]
    assert counts.with_missing == ("a", "b", "c")


def test_properties_name_what_is_wrong() -> None:
    counts = LabelCounts(("never", "always", "some"), [0, 10, 4], [10, 0, 6], 10, "multilabel")
    assert counts.without_positives == ("never",)
    assert counts.without_negatives == ("always",)
    assert counts.with_missing == ()
    assert counts.rarest == 2
    assert counts.imbalance_ratio == 2.5


def test_nothing_labelled_has_no_prevalence() -> None:
    counts = LabelCounts(("a", "b"), [0, 1], [0, 9], 10, "multilabel")
    assert np.isnan(counts.prevalence[0])
    assert counts.prevalence[1] == 0.1


def test_equal_counts_are_equal_and_frozen() -> None:
    one, other = (LabelCounts.exclusive(("a", "b", "c"), [1, 2, 3]) for _ in range(2))
    assert one == other
    assert hash(one) == hash(other)
    assert one != LabelCounts.exclusive(("a", "b", "c"), [1, 2, 4])
    assert one != "counts"
    with pytest.raises(AttributeError):
        one.n_samples = 7  # type: ignore[misc]


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        ({"positives": [-1, 2]}, "number 1 is -1"),
        ({"positives": [1.5, 2]}, "number 1 is 1.5"),
        ({"positives": [float("nan"), 2]}, "whole numbers"),
        ({"positives": [1, 2, 3]}, "for each of the 2 classes"),
        ({"positives": []}, "at least one number"),
        ({"positives": ["many", 2]}, "must be numbers"),
        ({"positives": [9, 2]}, "'a' has 9 positives and 8 negatives, more than the 10 samples"),
        ({"classes": ("a", "a")}, "'a' stands more than once"),
        ({"classes": ()}, "at least one class"),
        ({"task": "ranking"}, "task must be one of"),
        ({"task": "binary", "classes": ("a", "b", "c"), "positives": [1] * 3, "negatives": [1] * 3}, "two classes"),
    ],
)
def test_bad_counts_are_refused_with_a_sentence(changed: dict[str, object], match: str) -> None:
    good: dict[str, object] = {
        "classes": ("a", "b"),
        "positives": [2, 3],
        "negatives": [8, 7],
        "n_samples": 10,
        "task": "multilabel",
    }
    LabelCounts(**good)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=match):
        LabelCounts(**(good | changed))  # type: ignore[arg-type]


def test_large_counts_stay_exact() -> None:
    many = 2**53 + 1
    counts = LabelCounts(("a",), np.array([many]), np.array([1]), many + 1, "multilabel")
    assert int(counts.positives[0]) == many
