"""The process that answers for live figures, so that a hand that drags never waits for a page that runs.

It imports torch for itself, beside the server and on another core; the first chart is there before the
server has. Only the standard library is imported here, so that the process starts first of all.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

_ROOT = Path(__file__).parents[2]


class Answers:
    """One process, asked one question at a time; started by the first question, and anew if it has died."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.turn = threading.Lock()
        self.asked = threading.Event()

    def start(self) -> None:
        """Start the process, and return at once."""
        with self.turn:
            self._running()

    def patience(self) -> None:
        """Wait until the first answer has been drawn, or 4 s: importing torch here would hold it up."""
        if self.process is not None and self.asked.wait(timeout=4):
            time.sleep(0.4)

    def ask(self, route: str, query: dict[str, list[str]]) -> tuple[int, bytes]:
        """The HTTP status and body that a question gets."""
        question = json.dumps({"route": route, "query": query}).encode() + b"\n"
        with self.turn:
            for _ in range(2):
                answer = self._exchange(self._running(), question)
                if answer is not None:
                    self.asked.set()
                    return int.from_bytes(answer[:4], "little"), answer[4:]
                self.stop()
        return 503, b"The curves cannot be computed now; try again."

    def stop(self) -> None:
        """End the process; the next question starts another."""
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None

    def _running(self) -> subprocess.Popen[bytes]:
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "lossviz.figures.live.answers"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                cwd=_ROOT,
                env=os.environ | {"PYTHONPATH": str(_ROOT), "OMP_NUM_THREADS": "1"},
            )
        return self.process

    @staticmethod
    def _exchange(process: subprocess.Popen[bytes], question: bytes) -> bytes | None:
        """The answer to one question, or None if the process has ended."""
        if process.stdin is None or process.stdout is None:
            return None
        try:
            process.stdin.write(question)
            process.stdin.flush()
        except OSError:
            return None
        length = int.from_bytes(process.stdout.read(4), "little")
        answer = process.stdout.read(length)
        return answer if length and len(answer) == length else None


answers = Answers()
atexit.register(answers.stop)
