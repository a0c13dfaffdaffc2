"""Options and fixtures that several test files share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--shared", type=Path, default=None, help="folder with real label files and exact values")


@pytest.fixture(scope="session")
def shared(request: pytest.FixtureRequest) -> Path:
    """The folder with real label files and exact values; tests that need it are skipped without."""
    folder = request.config.getoption("--shared")
    if folder is None:
        pytest.skip("needs --shared")
    assert folder.is_dir(), f"{folder} is no folder"
    return Path(folder).resolve()


@pytest.fixture(scope="session")
def oracle(shared: Path) -> Any:
    """A function that loads one file of exact values."""

    def load(name: str) -> Any:
        return json.loads((shared / "oracles" / f"{name}.json").read_text(encoding="utf-8"))

    return load
