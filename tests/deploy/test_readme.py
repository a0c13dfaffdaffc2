"""What the page for operators names is what there is."""

from __future__ import annotations

import re
from pathlib import Path

from ui.serving.settings import settings

DEPLOY = Path(__file__).parents[2] / "deploy"
PAGE = (DEPLOY / "README.md").read_text(encoding="utf-8")


def test_every_setting_is_named() -> None:
    names = set(re.findall(r"\b[A-Z][A-Z_]{3,}\b", settings.__doc__ or ""))
    assert "BASE_PATH" in names
    assert names == set(re.findall(r"`([A-Z][A-Z_]{3,})`", PAGE)) - {"LOSSVIZ_DATA_DIR"}


def test_every_file_that_it_names_is_there() -> None:
    for name in re.findall(r"deploy/[\w.@-]+", PAGE):
        assert (DEPLOY.parent / name).exists(), name
