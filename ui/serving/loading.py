"""Torch and the live figures, imported once in a process."""

from __future__ import annotations

import gc
import threading

_lock = threading.Lock()
_done = threading.Event()


def loaded() -> bool:
    """Whether torch and the losses are there already."""
    return _done.is_set()


def load() -> None:
    """Import torch and the losses, or wait until another thread has."""
    with _lock:
        if _done.is_set():
            return
        gc.disable()  # collections make the import a fifth slower
        import torch

        import lossviz.figures.live.routes  # noqa: F401

        torch.set_num_threads(1)  # threads of one figure would wait for those of another
        gc.freeze()  # what is loaded by now stays: leave it out of later collections
        gc.enable()
        _done.set()
