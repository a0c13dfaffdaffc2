"""Print every measurement: ``make bench``, or ``python -m bench NAME ...`` for some of them."""

from __future__ import annotations

import os
import platform
import sys

from playwright.sync_api import sync_playwright

from bench.browsing import cold_start, interaction
from bench.deployed import deployed
from bench.hostile import hostile
from bench.labels import labels
from bench.load import capacity, memory_soak
from bench.losses import losses
from bench.restarts import restarts
from tests.browser.chromium import FLAGS, get

IN_BROWSER = {"interaction": interaction, "cold_start": cold_start}
WITHOUT = {
    "capacity": capacity,
    "hostile": hostile,
    "restarts": restarts,
    "deployed": deployed,
    "memory": memory_soak,
    "losses": losses,
    "labels": labels,
}


def main(names: list[str]) -> None:
    unknown = [name for name in names if name not in IN_BROWSER | WITHOUT]
    if unknown:
        sys.exit(f"There is no measurement {unknown[0]!r}; choose from {', '.join(IN_BROWSER | WITHOUT)}.")
    chosen = names or [*IN_BROWSER, *WITHOUT]
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    for name, measure in WITHOUT.items():
        if name in chosen:
            measure()
    if not set(chosen) & set(IN_BROWSER):
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=get(), headless=True, args=FLAGS)
        for name, measure_in in IN_BROWSER.items():
            if name in chosen:
                measure_in(browser)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
