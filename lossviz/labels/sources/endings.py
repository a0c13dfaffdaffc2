"""How a process ended that read a file for this one -> one sentence that says it."""

from __future__ import annotations

import signal
from dataclasses import dataclass

from lossviz.labels import limits
from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.sources.decoder import TOO_MUCH

# What libraries write that end a process where they get no memory.
_NO_MEMORY = ("memory allocation", "bad_alloc", "out of memory", "cannot allocate memory")


@dataclass(frozen=True)
class Ending:
    """How a process ended: its exit code, below 0 a signal's; the most memory it had; what it wrote as it failed."""

    code: int
    peak: int = 0
    said: str = ""

    @property
    def took_too_much(self) -> bool:
        """Whether it wanted more memory than it may have; many a library aborts then."""
        near = self.peak > 0.8 * limits.MOST_MEMORY
        aborted = self.code in (-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS)
        return self.code == TOO_MUCH or (aborted and (near or any(word in self.said.lower() for word in _NO_MEMORY)))

    def refusal(self, what: str) -> UnreadableLabels:
        """What is raised of it, for a file of that kind."""
        if self.took_too_much:
            return UnreadableLabels(
                f"The {what} cannot be unpacked within {limits.MOST_MEMORY / 1e6:,.0f} MB of memory.",
                "Save the label column alone.",
            )
        if self.code == -signal.SIGXCPU:
            return UnreadableLabels(
                f"The {what} cannot be read within {limits.MOST_SECONDS:,.0f} s of processor time.",
                "Save the label column alone, or fewer rows.",
            )
        if self.code in (-signal.SIGKILL, -signal.SIGTERM):
            return UnreadableLabels(
                f"The process that read the {what} was ended from outside, as a machine does that is short of memory.",
                "Try again in a minute, or with a smaller file.",
            )
        how = f"by {signal.Signals(-self.code).name}" if self.code < 0 else f"with code {self.code}"
        return UnreadableLabels(
            f"The {what} cannot be read: the process that read it crashed, {how}.", "Save the labels as CSV."
        )
