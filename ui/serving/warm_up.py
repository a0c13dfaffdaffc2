"""Torch takes seconds to import: once, ahead of its first use, and never in two threads at a time."""

from __future__ import annotations

import gc
import sys
import threading
from importlib import import_module

from ui.serving.answers import answers

# What the start page needs before torch.
_FRAME = ("ui.shared.labels", "ui.shared.page", "ui.home.resting_chart", "lossviz.figures.live.resting")

_lock = threading.Lock()
_done = threading.Event()


def warm() -> bool:
    """Whether torch and the losses are there already."""
    return _done.is_set()


def warm_up(*, patiently: bool = False) -> None:
    """Import torch and the losses, or wait until another thread has.

    Patiently is after the first chart has had its numbers, which come from another process.
    """
    if patiently:
        answers.patience()
    with _lock:
        if warm():
            return
        gc.disable()  # collections make the import a fifth slower
        import torch

        import lossviz.figures.live.routes  # noqa: F401

        torch.set_num_threads(1)
        _done.set()
        gc.freeze()  # what is loaded by now stays: leave it out of later collections
        gc.enable()
        sys.setswitchinterval(0.01)  # the fewer switches, the more sessions; figures have a process of their own


def start_warming_up() -> None:
    """Import what the first page needs, then torch, beside the server."""
    sys.setswitchinterval(0.001)  # the server answers while torch is being imported

    def work() -> None:
        for module in _FRAME:
            import_module(module)
        warm_up(patiently=True)

    threading.Thread(target=work, name="warm-up", daemon=True).start()
