"""The API page is current, and the docstrings of the losses say what one must know before training with them."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import lossviz
from lossviz.reference import page

ROOT = Path(__file__).parent.parent
COMMAND = "python -m lossviz.reference > docs/api.md"


def test_the_api_page_is_current() -> None:
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    assert text == page(), f"docs/api.md is not what the docstrings say; run: {COMMAND}"
    assert COMMAND in text


def test_the_command_writes_the_page() -> None:
    command = [sys.executable, "-m", "lossviz.reference"]
    written = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, encoding="utf-8")
    assert written.stdout == page()


def test_every_public_name_is_on_the_page_and_explained() -> None:
    headings = {line.removeprefix("### ") for line in page().splitlines() if line.startswith("### ")}
    assert headings == set(lossviz.__all__)
    for name in lossviz.__all__:
        if callable(getattr(lossviz, name)):
            assert inspect.getdoc(getattr(lossviz, name)), name


def test_nothing_of_numpydoc_or_rst_is_left() -> None:
    for line in page().splitlines():
        assert not line.startswith((".. ", "----", "===")), line
        assert ":math:" not in line
        assert "``" not in line.replace("```", ""), line


LIBRARIES = ("torchvision", "keras", "timm", "authors' code")
MUST_SAY = {
    "sigmoid_focal_loss": (
        *LIBRARIES,
        "arXiv 1708.02002",
        "**positives**",
        "'mean' divides by the number of elements",
        "torchvision's product form",
        "Between 0 and 1",
        "binary_cross_entropy_with_logits",
        "apply_class_balancing",
        "last axes",
        "0.04332",
    ),
    "asymmetric_loss": (
        *LIBRARIES,
        "arXiv 2009.14119",
        "**positives**",
        "**negatives**",
        "'mean' divides by the number of elements",
        "product form",
        "Between 0 and 1",
        "exactly 0",
        "log(eps)",
        "disable_torch_grad_focal_loss",
        "no longer the slope",
        "binary_cross_entropy_with_logits",
        "sigmoid_focal_loss",
        "last axes",
        "0.02452",
    ),
    "softmax_focal_loss": (
        "torchvision",
        "keras",
        "timm",
        "ASL authors",
        "arXiv 1708.02002",
        "sum of the weights",
        "unweighted logits",
        "Between 0 and 1",
        "cross_entropy",
        "sigmoid_focal_loss",
    ),
    "multilabel_categorical_cross_entropy": (
        *LIBRARIES,
        "arXiv 2208.02955",
        "number of label sets",
        "binary_cross_entropy_with_logits",
        "soft target",
    ),
    "BCEWithLogitsLoss": (
        "torchvision",
        "keras",
        "timm",
        "ASL authors",
        "number of elements",
        "**positives**",
        "last axes",
    ),
    "CrossEntropyLoss": ("keras", "timm", "sum of the weights", "divides by N"),
    "hamming_loss": ("number of elements", "gradient is 0", "torchmetrics", "sklearn"),
}


@pytest.mark.parametrize("name", list(MUST_SAY))
def test_the_docstring_of_a_loss_says_what_one_must_know(name: str) -> None:
    text = " ".join((inspect.getdoc(getattr(lossviz, name)) or "").split())
    for words in (*MUST_SAY[name], "Parameters", ".. math::", ">>> "):
        assert words in text, f"{name} does not say {words!r}"
