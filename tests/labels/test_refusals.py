"""What cannot be is refused by one sentence, which repeats no more than the start of a value."""

from __future__ import annotations

import io
import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from lossviz import AmbiguousLabels, UnreadableLabels, inspect_labels, read_labels
from lossviz.labels.settings import SETTINGS

FRAME = pd.DataFrame({"y": ["a", "b", "c"] * 8})
IDS = [0, 1, 2] * 8
MASK = [True] + [False] * 23


@pytest.mark.parametrize("setting", ["order", "columns"])
@pytest.mark.parametrize("kind", [set, frozenset])
def test_a_set_has_no_order(setting: str, kind: type) -> None:
    with pytest.raises(ValueError, match=f"{setting} must say which name comes first, and a set has no order"):
        read_labels(FRAME, **{setting: kind("abc")})


@pytest.mark.parametrize(
    "labels",
    [IDS, [float(k) for k in IDS], [f"class {k}" for k in IDS], np.array([f"class {k}" for k in IDS], object)],
)
def test_masked_labels_are_missing(labels: Any) -> None:
    counts = read_labels(np.ma.array(labels, mask=MASK))
    assert counts.positives.tolist() == [7, 8, 8]
    assert counts.missing.tolist() == [1, 1, 1]


def test_masked_flags_are_missing() -> None:
    flags = np.ma.array(np.eye(3, dtype=int)[IDS], mask=np.eye(24, 3, dtype=bool))
    assert read_labels(flags, missing=None).missing.tolist() == [1, 1, 1]


def test_masked_pixels_are_refused() -> None:
    pixels = np.arange(48).reshape(3, 4, 4) % 3
    with pytest.raises(UnreadableLabels, match="Entries of the array are masked"):
        read_labels(np.ma.array(pixels, mask=pixels == 2), unit="pixel")
    assert read_labels(np.ma.array(pixels), unit="pixel").n_samples == 48


def test_errors_pass_between_processes() -> None:
    with pytest.raises(AmbiguousLabels) as asked:
        read_labels(pd.DataFrame({"y": ["a", "b"] * 8}))
    copy = pickle.loads(pickle.dumps(asked.value))  # noqa: S301 - our own
    assert (str(copy), copy.readings, copy.questions) == (str(asked.value), asked.value.readings, asked.value.questions)
    with pytest.raises(UnreadableLabels) as refused:
        read_labels(b"")
    copy = pickle.loads(pickle.dumps(refused.value))  # noqa: S301 - our own
    assert (str(copy), copy.reason, copy.remedy) == (str(refused.value), refused.value.reason, refused.value.remedy)


@pytest.mark.parametrize(
    "tensor",
    [torch.tensor(IDS).bfloat16(), torch.eye(3)[IDS].to_sparse(), torch.tensor(3), torch.empty(4, 3, device="meta")],
)
def test_tensors_that_are_no_arrays_are_refused(tensor: torch.Tensor) -> None:
    with pytest.raises(UnreadableLabels):
        inspect_labels(tensor)


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize(
    "value",
    [pd.NA, pd.NaT, torch.tensor(2.0).bfloat16(), torch.tensor([[1, 2]]), np.ones((2, 2)), "x" * 500, "a\nb" * 200],
    ids=["NA", "NaT", "0-d", "2-d", "array", "long", "broken"],
)
def test_odd_values_of_settings_are_refused_in_a_line(setting: str, value: Any) -> None:
    try:
        read_labels(FRAME, **{setting: value})
    except ValueError as refused:
        assert "\n" not in str(refused)
        assert len(str(refused)) < 450
    else:
        assert setting == "separator"


def test_a_positive_class_of_three_does_nothing() -> None:
    with pytest.raises(UnreadableLabels, match="positive='a' does nothing for column 'y', one of 3 classes per row"):
        read_labels(FRAME, column="y", positive="a")


def test_a_damaged_picture_is_named_by_its_file() -> None:
    file = io.BytesIO()
    Image.fromarray(np.eye(8, dtype=np.uint8)).save(file, "png")
    for end in (12, 40):
        with pytest.raises(UnreadableLabels, match="The mask 'mask' is damaged") as refused:
            read_labels(file.getvalue()[:end], filename="mask")
        assert "object at" not in str(refused.value)
