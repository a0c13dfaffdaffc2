"""A live server to test and to measure."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


class Server:
    """A Streamlit app in a process of its own, with the project's configuration."""

    def __init__(self, log: Path, script: str = "app.py", port: int | None = None, base: str = "") -> None:
        self.port = port or free_port()
        self.url = f"http://localhost:{self.port}{base}"
        self.log = log
        flags = [f"--server.port={self.port}", "--server.headless=true"]
        command = [script] if script.endswith("app.py") else ["-m", "streamlit", "run", script, *flags]
        settings = {"PORT": str(self.port), "HEADLESS": "1", "BASE_PATH": base, "PYTHONPATH": str(ROOT)}
        with log.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env=os.environ | settings,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=10) as answer:  # noqa: S310
                    if answer.read() == b"ok":
                        return
            except OSError:
                time.sleep(0.05)
        raise AssertionError(f"the app did not start:\n{self.text()}")

    def text(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=60)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
