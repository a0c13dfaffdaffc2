"""``python -m lossviz`` is the command ``lossviz``."""

from __future__ import annotations

from lossviz.cli import main

if __name__ == "__main__":
    main(prog_name="lossviz")
