"""The API pages are current, and the docstrings of the losses say what one must know before training with them."""

from __future__ import annotations

import inspect
import re

import pytest

import lossviz
from tools.api_pages import FOLDER, PACKAGES, homes, pages

PAGES = pages()


def test_the_pages_are_what_the_docstrings_say() -> None:
    there = {path.relative_to(FOLDER).as_posix(): path.read_text(encoding="utf-8") for path in FOLDER.rglob("*.md")}
    assert there == PAGES, "docs/api is not what the docstrings say; run: make docs"


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_is_in_the_index_and_on_the_page_of_its_home(package: str) -> None:
    for home, names in homes(package).items():
        path = home.removeprefix("lossviz.").replace(".", "/") + ".md"
        assert sorted(re.findall(r"^## `(\w+)`$", PAGES[path], re.MULTILINE)) == sorted(names)
        for name in names:
            assert f"- [{name}]({path}#{name.lower()}): " in PAGES["README.md"]


@pytest.mark.parametrize("path", list(PAGES))
def test_nothing_of_numpydoc_or_rst_is_left(path: str) -> None:
    for line in PAGES[path].splitlines():
        assert not line.startswith((".. ", "----", "===")), line
        assert not re.search(r":math:|</|\]\(#|\s$", line), line
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
