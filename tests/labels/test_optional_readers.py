"""Stata, SPSS, SAS, MATLAB and HDF5: read where the extra is installed, and else named with the way to install it."""

from __future__ import annotations

import importlib
import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lossviz import UnreadableLabels, inspect_labels, read_labels
from lossviz.labels import limits

LABELS = {"q": {1: "low", 2: "mid", 3: "mid", 5: "never", 99: "refused"}}
ANSWERS = [1.0, 2.0, 3.0, 99.0, float("nan"), 1.0] * 20


def needed(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        pytest.skip(f"{name} is not installed; the extra formats brings it")


@pytest.fixture
def survey(tmp_path: Path) -> Callable[..., bytes]:
    def written(kind: str, **options: Any) -> bytes:
        pyreadstat = needed("pyreadstat")
        frame = pd.DataFrame({"id": range(120), "q": ANSWERS, "text": ["a", "b", "c"] * 40})
        path = tmp_path / f"survey.{kind}"
        getattr(pyreadstat, f"write_{kind.replace('xpt', 'xport')}")(frame, str(path), **options)
        return path.read_bytes()

    return written


@pytest.mark.parametrize("rows", [4, 1000])
@pytest.mark.parametrize("kind", ["sav", "dta"])
def test_codes_are_called_by_their_labels_in_the_order_of_the_codes(
    kind: str, rows: int, survey: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "FEWEST_HEAD_ROWS", rows)
    monkeypatch.setattr(limits, "MOST_HEAD_ROWS", rows)
    counts = read_labels(survey(kind, variable_value_labels=LABELS), column="q", missing=None)
    assert counts.classes == ("low", "mid (2)", "mid (3)", "never", "refused")
    assert counts.positives.tolist() == [40, 20, 20, 0, 20]
    assert counts.missing.tolist() == [20] * 5


def test_codes_that_spss_takes_as_missing_are_missing(survey: Callable[..., bytes]) -> None:
    data = survey("sav", variable_value_labels=LABELS, missing_ranges={"q": [99]})
    counts = read_labels(data, column="q", missing=None)
    assert counts.classes == ("low", "mid (2)", "mid (3)", "never")
    assert counts.missing.tolist() == [40] * 4


@pytest.mark.parametrize("kind", ["por", "xpt"])
def test_files_without_labels_hold_codes(kind: str, survey: Callable[..., bytes]) -> None:
    data = survey(kind)
    column = "TEXT" if kind == "por" else "text"
    assert read_labels(data, column=column).positives.tolist() == [40, 40, 40]
    with pytest.raises(UnreadableLabels, match="is damaged"):
        inspect_labels(data[: len(data) // 3])


def mat(**variables: Any) -> bytes:
    stream = io.BytesIO()
    needed("scipy.io").savemat(stream, variables)
    return stream.getvalue()


def hdf5(fill: Callable[[Any], Any]) -> bytes:
    stream = io.BytesIO()
    with needed("h5py").File(stream, "w") as file:
        fill(file)
    return stream.getvalue()


def counted(data: bytes, **settings: Any) -> dict[str, int]:
    counts = inspect_labels(data, **settings).readings[0].counts
    return dict(zip(counts.classes, counts.positives.tolist(), strict=True))


def test_matlab_variables_and_fields_of_structures() -> None:
    assert counted(mat(labels=np.array([[1.0, 2, 3] * 20]), names=np.array(["a", "b"], object))) == {
        "1": 20,
        "2": 20,
        "3": 20,
    }
    assert counted(mat(y=np.array(["cat", "dog", "cat"] * 9, object))) == {"cat": 18, "dog": 9}
    records = np.zeros((1, 30), dtype=[("class", object), ("file", object)])
    for k in range(30):
        records[0, k] = (float(k % 3), f"{k}.jpg")
    found = inspect_labels(mat(cars=records, class_names=np.array(["a", "b", "c"], object)))
    assert [each.settings["array"] for each in found.readings[:1]] == ["cars.class"]


def test_a_matrix_of_a_column_per_sample_is_turned() -> None:
    target = np.where(np.arange(120).reshape(3, 40) % 3 == 0, 1, -1)
    reading = inspect_labels(mat(data=np.ones((40, 2)) / 3, target=target)).readings[0]
    assert (reading.counts.n_classes, reading.counts.n_samples) == (3, 40)


def test_hdf5_data_sets_texts_and_records() -> None:
    assert counted(hdf5(lambda file: file.update({"x": np.zeros((60, 4, 4)), "set/y": np.arange(60) % 3}))) == {
        "0": 20,
        "1": 20,
        "2": 20,
    }
    texts = needed("h5py").string_dtype()
    assert counted(hdf5(lambda file: file.create_dataset("label", data=["a", "b", "c"] * 9, dtype=texts)))["a"] == 9
    records = np.array([(k, k % 3) for k in range(60)], dtype=[("row", "i8"), ("label", "i4")])
    assert counted(hdf5(lambda file: file.update({"table": records})), array="table.label") == {
        "0": 20,
        "1": 20,
        "2": 20,
    }


def test_hdf5_reads_nothing_outside_itself(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(bytes([1, 2] * 50))

    def fill(file: Any) -> None:
        file["link"] = needed("h5py").ExternalLink(str(other), "/y")
        file.create_dataset("labels", shape=(100,), dtype="u1", external=[(str(other), 0, 100)])
        file["y"] = np.arange(60) % 3

    assert {reading.settings["array"] for reading in inspect_labels(hdf5(fill)).readings} == {"y"}


def test_damaged_files_are_refused() -> None:
    for data in (mat(labels=np.arange(99) % 3), hdf5(lambda file: file.update({"y": np.arange(999) % 3}))):
        with pytest.raises(UnreadableLabels, match="is damaged"):
            inspect_labels(data[: len(data) // 2])


KNOWN = {
    "a Stata file": (b"<stata_dta><header><release>118</release><byteorder>LSF</byteorder><K>\x02\x00", "pyreadstat"),
    "an SPSS file": (b"$FL2@(#) SPSS DATA FILE" + b" " * 37 + b"\x02\0\0\0", "pyreadstat"),
    "a SAS file": (b"\0" * 12 + b"\xc2\xea\x81\x60\xb3\x14", "pyreadstat"),
    "a SAS transport file": (b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!", "pyreadstat"),
    "a MATLAB file": (b"MATLAB 5.0 MAT-file" + b"\0" * 120, "scipy"),
    "an HDF5 file": (b"\x89HDF\r\n\x1a\n\0\0\0\0", "h5py"),
}


@pytest.mark.parametrize("what", KNOWN)
def test_without_the_extra_the_way_to_install_it_is_said(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data, package = KNOWN[what]
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(UnreadableLabels, match=rf"Reading {what} needs {package}.*pip install 'lossviz\[formats\]'"):
        inspect_labels(data, filename="labels.csv")
