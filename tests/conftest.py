"""Options and fixtures that several test files share."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parent.parent
BROWSER = ROOT / "tests" / "browser"

# Before torch is there: on cores that others use, threads that wait for each other take many times as long.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# How long an example takes says how busy the machine is.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--shared", type=Path, default=None, help="folder with real label files and exact values")


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A worker takes a file at a time; one takes all browser tests, first, because they last longest."""
    for item in items:
        in_browser = item.path.is_relative_to(BROWSER)
        if in_browser:
            item.add_marker(pytest.mark.browser)
        item.add_marker(pytest.mark.xdist_group("browser" if in_browser else item.nodeid.split("::")[0]))
    items.sort(key=lambda item: not item.path.is_relative_to(BROWSER))


@pytest.fixture(scope="module", autouse=True)
def own_loop(request: pytest.FixtureRequest) -> Iterator[None]:
    """The browser of tests that ran before has a loop in this thread, beside which no other would run."""
    if request.path.is_relative_to(BROWSER):
        yield
        return
    running = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(running)


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

    @cache
    def load(name: str) -> Any:
        return json.loads((shared / "oracles" / f"{name}.json").read_text(encoding="utf-8"))

    return load
