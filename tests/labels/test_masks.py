"""Masks know their images: how many pixels these have in which a class occurs."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

import lossviz
from lossviz import LabelCounts, inspect_labels, read_labels
from lossviz.labels.given.text import spell_counts
from tests.pages.test_pages import opened

# 4, 4 and 4 pixels: class 0 in all, 1 in the first two, 2 in the last, 255 in the second and the last.
IMAGES = np.array([[[0, 0], [0, 1]], [[0, 1], [1, 255]], [[0, 2], [2, 255]]], dtype=np.uint8)


def zipped(images: Sequence[Any]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for k, image in enumerate(images):
            drawn = io.BytesIO()
            Image.fromarray(image).save(drawn, "PNG")
            archive.writestr(f"masks/{k}.png", drawn.getvalue())
    return stream.getvalue()


def saved(images: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, images)
    return stream.getvalue()


def packed(images: Any) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, masks=images)
    return stream.getvalue()


@pytest.mark.parametrize("source", [zipped, saved, packed])
def test_support_is_counted_with_the_pixels(source: Callable[[Any], bytes]) -> None:
    ignoring = read_labels(source(IMAGES), unit="pixel", ignore=255)
    assert ignoring.positives.tolist() == [5, 3, 2]
    assert ignoring.support is not None
    assert ignoring.support.tolist() == [4 + 3 + 3, 4 + 3, 3]
    assert ignoring.missing.tolist() == [2, 2, 2]
    every = read_labels(source(IMAGES), unit="pixel", ignore=None)
    assert every.support is not None
    assert every.support.tolist() == [12, 8, 4, 8]
    weights = lossviz.class_weights(ignoring, "median").tolist()
    assert weights == pytest.approx([1, 0.5 / (3 / 7), 0.5 / (2 / 3)], rel=1e-6)  # f is 5/10, 3/7 and 2/3


def test_one_image_has_all_pixels_beside_every_class() -> None:
    counts = read_labels(saved(np.array([[0, 1, 1], [2, 2, 255]] * 3000, dtype=np.int64)), unit="pixel", ignore=255)
    assert counts.support is not None
    assert counts.support.tolist() == [15000] * 3


@settings(max_examples=25, deadline=None, derandomize=True, database=None)
@given(arrays(np.uint8, st.tuples(st.integers(2, 5), st.integers(1, 5), st.integers(2, 5)), elements=st.integers(0, 4)))
def test_support_is_that_of_a_count_by_hand(images: Any) -> None:
    assume(len(np.unique(images)) > 1)
    readings = [each.counts for each in inspect_labels(zipped(images)).readings if each.counts.unit == "pixel"]
    for counts in readings:
        assert counts.support is not None
        for name, k in counts.class_to_idx.items():
            holding = [image for image in images if (image == int(name)).any()]
            assert counts.support[k] == sum(image.size for image in holding)
            assert counts.positives[k] == sum(int((image == int(name)).sum()) for image in images)


def test_labels_that_are_no_pixels_have_no_support() -> None:
    assert read_labels(b"label\ncat\ndog\nant\ncat\ndog\ncat\n").support is None
    assert all(example.counts.support is None for example in lossviz.EXAMPLES.values())
    assert LabelCounts.exclusive(("a", "b", "c"), [1, 2, 3]).support is None


def test_the_weights_page_says_what_a_frequency_is_over() -> None:
    pixels = LabelCounts.exclusive(("road", "car"), [60, 30], task="segmentation", unit="pixel", support=[90, 40])
    for counts, said in (
        (pixels, "of the images in which it occurs, as published"),
        (None, "do not say in which images"),
    ):
        spelled = spell_counts(counts) if counts else "ham10000"
        choice = lossviz.Choice(counts or lossviz.EXAMPLES["ham10000"].counts, target="class_weight", scheme="median")
        app = opened("weights", f"labels={quote(spelled)}&choice={quote(choice.spelled)}")
        assert any(said in caption.value.replace("\n", " ") for caption in app.caption), [c.value for c in app.caption]
