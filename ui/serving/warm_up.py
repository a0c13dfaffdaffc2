"""Torch takes seconds to import: once, ahead of its first use."""

from __future__ import annotations

import threading

from ui.serving.answers import answers
from ui.serving.loading import load


def warm_up(*, patiently: bool = False) -> None:
    """Import torch and the losses, or wait until another thread has.

    Patiently is after the first chart has had its numbers, which come from the answering process.
    """
    if patiently:
        answers.wait()
    load()


def start_warming_up() -> None:
    """Import numpy and what describes the start page's chart, then torch, beside the server."""

    def work() -> None:
        import lossviz.figures.live.resting  # noqa: F401

        warm_up(patiently=True)

    threading.Thread(target=work, name="warm-up", daemon=True).start()
