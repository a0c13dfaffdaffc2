"""Percentiles, and how they are printed."""

from __future__ import annotations

from collections.abc import Sequence


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def spread(milliseconds: Sequence[float]) -> str:
    return f"p50 {percentile(milliseconds, 0.5):6.1f} ms   p95 {percentile(milliseconds, 0.95):6.1f} ms"


def row(what: str, figure: str) -> None:
    print(f"  {what:<58} {figure}", flush=True)


def memory(pid: int) -> float:
    """Resident memory of a process in MB."""
    from pathlib import Path

    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024
