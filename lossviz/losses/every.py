"""Every loss there is: importing this file fills the registry from the files beside it.

It is a file and not the package itself, so that two threads may import losses at the same time.
"""

import pkgutil
from importlib import import_module

import lossviz.losses
from lossviz.losses.registry import LOSSES

__all__ = ["LOSSES"]

for _file in pkgutil.iter_modules(lossviz.losses.__path__):
    import_module(f"lossviz.losses.{_file.name}")
