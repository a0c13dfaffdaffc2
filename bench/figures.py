"""Percentiles, and how they are printed."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Sequence
from pathlib import Path


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def spread(milliseconds: Sequence[float]) -> str:
    return f"p50 {percentile(milliseconds, 0.5):6.1f} ms   p95 {percentile(milliseconds, 0.95):6.1f} ms"


def row(what: str, figure: str) -> None:
    print(f"  {what:<58} {figure}", flush=True)


def memory(pid: int) -> float:
    """Resident memory of a process in MB."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():  # macOS
        return int(subprocess.check_output(["ps", "-o", "rss=", "-p", str(pid)])) / 1024  # noqa: S603, S607
    lines = status.read_text(encoding="utf-8").splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


def processor_time(pid: int) -> float:
    """Seconds of a core that a process and those that it has started have taken so far; Linux alone tells."""
    proc = Path(f"/proc/{pid}")
    fields = (proc / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    children = " ".join(path.read_text(encoding="utf-8") for path in proc.glob("task/*/children")).split()
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(processor_time(int(child)) for child in children)


def high_water() -> float:
    """Most resident memory of this process so far, in MB."""
    status = Path("/proc/self/status")
    if not status.exists():  # macOS
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)
    lines = status.read_text(encoding="utf-8").splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024
