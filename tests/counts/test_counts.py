from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossviz import LabelCounts, class_weights
from lossviz.snippets import labels

PIXELS = LabelCounts(
    ("road", "car", "sign"), [60, 30, 10], [40, 70, 90], 104, "segmentation", "pixel", "", [104, 80, 52]
)


@pytest.mark.parametrize("field", ["positives", "negatives", "support"])
def test_arrays_are_read_only_copies(field: str) -> None:
    given = np.array([60, 30, 10])
    arrays = {"positives": given, "negatives": np.array([40, 70, 90]), "support": np.array([104, 80, 52])}
    counts = LabelCounts(("road", "car", "sign"), **arrays, n_samples=104, task="segmentation")
    copies = (copy.deepcopy(counts), pickle.loads(pickle.dumps(counts)))  # noqa: S301
    for each in (counts, *copies, counts.reordered(["car", "sign", "road"])):
        with pytest.raises(ValueError, match="read-only"):
            getattr(each, field)[0] = 7
        with pytest.raises(ValueError, match="WRITEABLE"):
            getattr(each, field).setflags(write=True)
    given[0] = 7
    assert counts.positives.tolist() == [60, 30, 10]
    assert copies == (counts, counts)


def test_derived_arrays_are_copies() -> None:
    before = hash(PIXELS)
    for name in ("labelled", "missing", "prevalence"):
        getattr(PIXELS, name)[0] = 0
    assert hash(PIXELS) == before
    assert PIXELS.labelled.tolist() == [100, 100, 100]


def test_binary_puts_the_positive_class_second() -> None:
    counts = LabelCounts.exclusive(("spam", "ham"), [840, 4840], positive="spam")
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
        ({"support": [2, 2]}, "'b' has a support of 2, fewer than its 3 positives"),
        ({"support": [5]}, "one number for each of the 2 classes; got 1"),
        ({"support": [5, -1]}, "support must be whole numbers of 0 or more; number 2 is -1"),
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


@pytest.mark.parametrize("names", [("no", "yes"), ("0", "1"), ("10", "9"), ("1", "-1"), ("spam", "ham")])
@pytest.mark.parametrize("numbers", [[100, 900], [900, 100]])
def test_two_classes_keep_their_order_whichever_is_rarer(names: tuple[str, str], numbers: list[int]) -> None:
    counts = LabelCounts.exclusive(names, numbers)
    assert counts.classes == names
    assert counts.positives.tolist() == numbers
    assert LabelCounts.exclusive(names, numbers, positive=names[1]) == counts
    turned = LabelCounts.exclusive(names, numbers, positive=names[0])
    assert (turned.classes, turned.positives.tolist()) == (names[::-1], numbers[::-1])
    assert class_weights(counts).tolist() == class_weights(numbers).tolist()


def test_support_is_part_of_the_counts() -> None:
    assert PIXELS.support is not None
    assert PIXELS.support.dtype == np.int64
    without = LabelCounts(("road", "car", "sign"), [60, 30, 10], [40, 70, 90], 104, "segmentation", "pixel")
    assert without.support is None
    assert without != PIXELS
    assert hash(PIXELS) != hash(without)
    assert LabelCounts.exclusive(("b", "a"), [1, 9], positive="b", support=[5, 12]).support.tolist() == [12, 5]  # type: ignore[union-attr]
    assert eval(labels.counts_code(PIXELS), {"lossviz": __import__("lossviz")}) == PIXELS  # noqa: S307


def test_indices_are_those_of_the_tensors() -> None:
    assert PIXELS.class_to_idx == {"road": 0, "car": 1, "sign": 2}
    assert LabelCounts.exclusive(("spam", "ham"), [840, 4840]).class_to_idx == {"spam": 0, "ham": 1}


def test_another_order_moves_every_number() -> None:
    again = PIXELS.reordered(["sign", "sky", "road", "car"])
    assert again == LabelCounts(
        ("sign", "sky", "road", "car"),
        [10, 0, 60, 30],
        [90, 100, 40, 70],
        104,
        "segmentation",
        "pixel",
        "",
        [52, 0, 104, 80],
    )
    assert again.reordered(PIXELS.classes) == PIXELS
    labels = LabelCounts(("x", "y"), [3, 0], [5, 6], 10, "multilabel")
    assert labels.reordered(["y", "z", "x"]).negatives.tolist() == [6, 8, 5]
    assert labels.reordered(["x"]).classes == ("x",)


def test_a_third_class_makes_a_binary_task_multi_class() -> None:
    binary = LabelCounts.exclusive(("no", "yes"), [90, 6], missing=4)
    turned = binary.reordered(["yes", "no"])
    assert (turned.task, turned.positives.tolist()) == ("binary", [6, 90])
    three = binary.reordered(["maybe", "no", "yes"])
    assert (three.task, three.positives.tolist(), three.negatives.tolist()) == ("multiclass", [0, 90, 6], [96, 6, 90])
    assert three.missing.tolist() == [4, 4, 4]
    assert three.reordered(["no", "yes"]).task == "multiclass"  # its model still has a softmax


@pytest.mark.parametrize(
    ("classes", "match"),
    [
        (["road", "car"], "'sign' has 10 samples and is left out"),
        (["road", "car", "sign", "car"], "'car' stands more than once"),
        ([], "at least one class"),
        ("road", "list of names in order, or a mapping to indices; got 'road'"),
    ],
)
def test_an_order_that_loses_samples_is_refused(classes: list[str], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        PIXELS.reordered(classes)


def test_exclusive_classes_are_at_least_two() -> None:
    with pytest.raises(ValueError, match="at least two"):
        LabelCounts.exclusive(("no", "yes"), [9, 0]).reordered(["no"])


@given(st.lists(st.text(min_size=1), min_size=3, unique=True), st.data())
def test_any_order_and_back_is_the_same(names: list[str], data: st.DataObject) -> None:
    numbers = data.draw(st.lists(st.integers(0, 50), min_size=len(names), max_size=len(names)))
    support = [number + data.draw(st.integers(0, 9)) for number in numbers]
    counts = LabelCounts.exclusive(names, numbers, missing=2, support=support)
    turned = counts.reordered(data.draw(st.permutations(names)))
    assert turned.reordered(names) == counts
    assert {name: turned.positives[k] for name, k in turned.class_to_idx.items()} == dict(
        zip(names, numbers, strict=True)
    )


def test_an_order_by_index_is_honoured() -> None:
    counts = LabelCounts.exclusive(("a", "b", "c"), [5, 3, 1])
    again = counts.reordered({"a": 2, "b": 0, "c": np.int64(1)})
    assert again == counts.reordered(["b", "c", "a"])
    assert counts.reordered(again.class_to_idx) == again
    assert counts.reordered({"a": 0, "b": 1, "c": 2, "d": 3}).classes == ("a", "b", "c", "d")


@pytest.mark.parametrize("indices", [(1, 2, 3), (0, 1, 1), (0, 1, 2.5), ("0", "1", "2"), (0, 1, True)])
def test_indices_that_are_no_places_are_refused(indices: tuple[Any, ...]) -> None:
    counts = LabelCounts.exclusive(("a", "b", "c"), [5, 3, 1])
    with pytest.raises(ValueError, match="classes must map the 3 names to the indices 0 to 2, each once; got"):
        counts.reordered(dict(zip("abc", indices, strict=True)))


@pytest.mark.parametrize("classes", [{"a", "b", "c"}, "abc", 3, None])
def test_what_has_no_order_is_refused(classes: Any) -> None:
    with pytest.raises(ValueError, match="classes must be a list of names in order, or a mapping to indices; got"):
        LabelCounts.exclusive(("a", "b", "c"), [5, 3, 1]).reordered(classes)
