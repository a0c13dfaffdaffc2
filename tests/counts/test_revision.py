"""Dropped, merged and renamed classes, missing labels under another policy, and concerns about labels."""

from __future__ import annotations

import numpy as np
import pytest

from lossviz import LabelCounts, concerns, drop_classes, merge_classes, missing_as, rename_classes

MANY = LabelCounts.exclusive(("a", "b", "c", "d"), [50, 30, 15, 5], missing=7, unit="box", source="boxes")
BINARY = LabelCounts.exclusive(("no", "yes"), [90, 6], missing=4)
LABELS = LabelCounts(("x", "y", "z"), [10, 0, 4], [80, 0, 96], 100, "multilabel", "image", "images")


def test_samples_leave_with_their_class() -> None:
    rng = np.random.default_rng(0)
    rows = rng.choice(4, size=400, p=[0.4, 0.3, 0.2, 0.1])
    whole = LabelCounts.exclusive(("a", "b", "c", "d"), np.bincount(rows, minlength=4))
    kept = rows[rows != 1]
    names, numbers = np.unique(kept, return_counts=True)
    expected = LabelCounts.exclusive([whole.classes[k] for k in names], numbers)
    assert drop_classes(whole, ["b"]) == expected


def test_dropping_keeps_missing_unit_and_source() -> None:
    left = drop_classes(MANY, ["b", "c"])
    assert left.task == "binary"
    assert left.classes == ("a", "d")
    assert left.n_samples == 55 + 7
    assert left.missing.tolist() == [7, 7]
    assert (left.unit, left.source) == ("box", "boxes")


def test_dropping_a_label_keeps_the_samples() -> None:
    left = drop_classes(LABELS, ["y"])
    assert left.classes == ("x", "z")
    assert left.n_samples == 100
    assert left.missing.tolist() == [10, 0]


def test_merging_is_the_count_of_relabelled_rows() -> None:
    rng = np.random.default_rng(1)
    rows = rng.choice(4, size=300, p=[0.4, 0.3, 0.2, 0.1])
    whole = LabelCounts.exclusive(("a", "b", "c", "d"), np.bincount(rows, minlength=4))
    merged = merge_classes(whole, ["d", "b"], "bd")
    again = np.bincount(np.where(rows == 3, 1, rows), minlength=3)
    assert merged == LabelCounts.exclusive(("a", "bd", "c"), again)
    assert merge_classes(MANY, ["a", "b"], "a").missing.tolist() == [7, 7, 7]


def test_labels_that_overlap_are_not_merged() -> None:
    with pytest.raises(ValueError, match="count twice"):
        merge_classes(LABELS, ["x", "z"], "xz")


def test_segmentation_stays_segmentation() -> None:
    pixels = LabelCounts.exclusive(("0", "1", "2"), [9, 3, 1], task="segmentation", unit="pixel")
    assert drop_classes(pixels, ["0"]).task == "segmentation"
    assert merge_classes(pixels, ["1", "2"], "any").task == "segmentation"


def test_the_order_stays() -> None:
    counts = LabelCounts.exclusive(("attack", "benign", "other"), [5, 90, 1])
    assert drop_classes(counts, ["other"]).classes == ("attack", "benign")
    assert merge_classes(counts, ["other", "attack"], "odd").classes == ("odd", "benign")
    assert merge_classes(counts, ["other", "benign"], "rest").classes == ("attack", "rest")


def test_support_is_kept_where_it_is_known() -> None:
    pixels = LabelCounts.exclusive(
        ("road", "sky", "sign", "train"), [60, 30, 10, 0], task="segmentation", unit="pixel", support=[100, 80, 52, 0]
    )

    def support(counts: LabelCounts) -> list[int] | None:
        return None if counts.support is None else counts.support.tolist()

    assert support(drop_classes(pixels, ["sky"])) == [100, 52, 0]
    assert support(rename_classes(pixels, {"sky": "heaven"})) == [100, 80, 52, 0]
    assert support(merge_classes(pixels, ["sign", "train"], "rest")) == [100, 80, 52]
    assert support(merge_classes(pixels, ["sign", "sky"], "rest")) is None
    assert support(missing_as(pixels, "missing")) == [100, 80, 52, 0]


def test_renaming_moves_no_number() -> None:
    renamed = rename_classes(MANY, {"a": "b", "b": "a"})
    assert renamed.classes == ("b", "a", "c", "d")
    assert (renamed.positives == MANY.positives).all()
    assert rename_classes(BINARY, {"yes": "fraud"}).classes == ("no", "fraud")


@pytest.mark.parametrize(
    ("revise", "sentence"),
    [
        (lambda: drop_classes(MANY, ["e"]), "no class 'e'"),
        (lambda: drop_classes(BINARY, ["no"]), "two classes must remain"),
        (lambda: drop_classes(LABELS, ["x", "y", "z"]), "one label must remain"),
        (lambda: merge_classes(MANY, ["a"], "x"), "at least two"),
        (lambda: merge_classes(MANY, ["a", "b", "c", "d"], "x"), "must remain"),
        (lambda: merge_classes(MANY, ["a", "b"], "c"), "already"),
        (lambda: merge_classes(MANY, ["a", "b"], "  "), "needs a name"),
        (lambda: rename_classes(MANY, {"a": "b"}), "already"),
        (lambda: rename_classes(MANY, {"z": "b"}), "no class 'z'"),
        (lambda: missing_as(MANY, "negative"), "leave it out"),
        (lambda: missing_as(LABELS, "zero"), "choose one of"),
    ],
)
def test_refusals(revise: object, sentence: str) -> None:
    assert callable(revise)
    with pytest.raises(ValueError, match=sentence):
        revise()


def test_missing_under_each_policy() -> None:
    assert missing_as(LABELS, "missing") == LABELS
    negative, positive = missing_as(LABELS, "negative"), missing_as(LABELS, "positive")
    assert negative.positives.tolist() == [10, 0, 4]
    assert negative.negatives.tolist() == [90, 100, 96]
    assert positive.positives.tolist() == [20, 100, 4]
    assert positive.negatives.tolist() == [80, 0, 96]
    assert missing_as(BINARY, "negative").positives.tolist() == [94, 6]
    assert missing_as(BINARY, "negative").negatives.tolist() == [6, 94]
    assert missing_as(BINARY, "positive").positives.tolist() == [90, 10]


def test_every_concern_is_named() -> None:
    counts = LabelCounts(
        ("fine", "never", "always", "unknown", "rare", "nearly always", "gaps"),
        [500, 0, 1000, 0, 9, 995, 300],
        [500, 1000, 0, 0, 991, 5, 300],
        1000,
        "multilabel",
    )
    assert concerns(counts) == {
        "all_missing": ("unknown",),
        "without_positives": ("never",),
        "without_negatives": ("always",),
        "near_constant": ("rare", "nearly always"),
        "with_missing": ("gaps",),
    }


def test_a_share_concerns_labels_but_not_one_of_many_classes() -> None:
    labels = LabelCounts(("rare",), [50], [99_950], 100_000, "multilabel")
    assert concerns(labels) == {"near_constant": ("rare",)}
    classes = LabelCounts.exclusive([f"class {k}" for k in range(2000)], [50] * 2000)
    assert concerns(classes) == {}
    assert concerns(LabelCounts.exclusive(("no", "yes"), [9, 8])) == {}
    assert concerns(LabelCounts.exclusive(("no", "yes"), [10_000, 9])) == {"near_constant": ("yes",)}
