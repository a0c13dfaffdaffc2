"""Which Chromium the browser tests drive. Run as a program it gets one if there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def chromium() -> str | None:
    """The path of a Chromium on this machine, or None."""
    chosen = os.environ.get("CHROMIUM")
    if chosen:
        return chosen
    for name in NAMES:
        if path := shutil.which(name):
            return path
    if MAC.exists():
        return str(MAC)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    return str(own) if own.exists() else None


def get() -> str:
    """A Chromium: this machine's, else playwright's own, else Debian's."""
    if path := chromium():
        return path
    print("No Chromium found; getting playwright's own.", flush=True)
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False, timeout=600)
    if path := chromium():
        return path
    if shutil.which("apt-get"):
        print("Getting Debian's.", flush=True)
        root = [] if os.geteuid() == 0 else ["sudo"]
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run([*root, "apt-get", "update", "-qq"], check=False, env=environment)
        subprocess.run([*root, "apt-get", "install", "-y", "-qq", "chromium"], check=True, env=environment)
    if path := chromium():
        return path
    sys.exit("There is no Chromium; install one, or set CHROMIUM to its path.")


if __name__ == "__main__":
    print("Chromium:", get())
