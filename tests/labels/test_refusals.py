"""What cannot be is refused by one sentence, which repeats no more than the start of a value."""

from __future__ import annotations

import io
import os
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
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


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    FRAME.to_csv(path, index=False)
    return path


def test_a_file_that_is_given_twice_is_refused(table: Path) -> None:
    other = table.with_name("other.csv")
    other.symlink_to(table)
    for sources in ([str(table)] * 2, [table, table], [table, str(table)], [table, other]):
        with pytest.raises(UnreadableLabels, match="is given twice"):
            read_labels(sources)
    with table.open("rb") as file, pytest.raises(UnreadableLabels, match="is given twice"):
        read_labels([file, file])


@pytest.mark.parametrize("path", ["", "a\0b.csv", "x" * 300, "y/" * 3000, "\ud800"])
def test_a_path_that_cannot_be_is_refused(path: str, table: Path) -> None:
    for source in (path, [path, str(table / "none.csv")]):
        with pytest.raises(UnreadableLabels) as refused:
            read_labels(source)
        assert len(str(refused.value)) < 250


def test_a_folder_that_may_not_be_read_is_not_empty(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Any) -> Any:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(UnreadableLabels, match="cannot be opened: Permission denied"):
        read_labels(table.parent)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
@pytest.mark.parametrize("settings", [{}, {"column": "y", "shape": "class"}, {"column": "y", "left_out": "c"}])
def test_a_pipe_is_read_whole(settings: dict[str, Any], table: Path) -> None:
    pipe = table.with_name("pipe")
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as pool:
        written = pool.submit(pipe.write_bytes, table.read_bytes())
        counts = read_labels(pipe, **settings)
        written.result()
    assert counts == read_labels(table, filename="pipe", **settings)


@pytest.mark.parametrize("settings", [{}, {"column": "y", "left_out": "c"}])
def test_streams_that_are_read_once(settings: dict[str, Any], table: Path) -> None:
    expected = read_labels(table, filename="table", **settings)
    ends = os.pipe()
    os.write(ends[1], table.read_bytes())
    os.close(ends[1])
    with os.fdopen(ends[0], "rb") as pipe:
        assert read_labels(pipe, filename="table", **settings) == expected
    assert read_labels(io.StringIO(table.read_text()), filename="table", **settings) == expected
