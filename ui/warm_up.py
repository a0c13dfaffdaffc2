"""Torch takes seconds to import: once, ahead of the first chart, and never in two threads at a time."""

from __future__ import annotations

import gc
import threading

_lock = threading.Lock()
_done = threading.Event()


def warm() -> bool:
    """Whether torch and the losses are there already."""
    return _done.is_set()


def warm_up() -> None:
    """Import torch and the losses, or wait until another thread has."""
    with _lock:
        if warm():
            return
        import torch

        from lossviz.figures.live import RestingFigure

        torch.set_num_threads(1)
        RestingFigure().lines({})
        gc.collect()
        gc.freeze()  # what is loaded by now stays: leave it out of later collections
        _done.set()
