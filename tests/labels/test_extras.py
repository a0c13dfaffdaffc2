"""Without the packages of the extra, a file that needs one of them gets a sentence, and all others are read."""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import lossviz

WORKBOOK = Path(__file__).parents[1] / "data" / "old_workbook.xls"


def mask() -> bytes:
    written = io.BytesIO()
    Image.fromarray(np.eye(8, dtype=np.uint8)).save(written, "PNG")
    return written.getvalue()


def arff_with_xml() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        rows = "1,0\n0,1\n1,1\n" * 20
        archive.writestr("set.arff", f"@relation r\n@attribute a {{0,1}}\n@attribute b {{0,1}}\n@data\n{rows}")
        archive.writestr("set.xml", '<labels><label name="a"></label><label name="b"></label></labels>')
    return written.getvalue()


@pytest.mark.parametrize(
    ("package", "source"),
    [("PIL", mask()), ("python_calamine", WORKBOOK.read_bytes()), ("defusedxml", arff_with_xml())],
    ids=["pillow", "calamine", "defusedxml"],
)
def test_a_missing_package_is_said_with_its_extra(monkeypatch: pytest.MonkeyPatch, package: str, source: bytes) -> None:
    lossviz.inspect_labels(source)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(lossviz.UnreadableLabels, match=rf"needs {package}.*pip install 'lossviz\[labels\]'"):
        lossviz.inspect_labels(source)


def test_other_files_need_no_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("PIL", "python_calamine", "defusedxml"):
        monkeypatch.setitem(sys.modules, package, None)
    assert lossviz.read_labels(b"label\n" + b"cat\n" * 30 + b"dog\n" * 60 + b"ant\n" * 20).n_samples == 110
