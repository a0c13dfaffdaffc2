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
    """How a process ended that might take so many `seconds` of processor time.

    `code` is its exit code, below 0 that of a signal; `peak` the most memory it had, and `said` what it wrote.
    """

    code: int
    seconds: int
    peak: int = 0
    said: str = ""

    @property
    def signal(self) -> str:
        """The name of the signal that ended it, if one did."""
        return signal.Signals(-self.code).name if self.code < 0 else ""

    @property
    def took_too_much(self) -> bool:
        """Whether it wanted more memory than it may have; many a library aborts then."""
        near = self.peak > 0.8 * limits.MOST_MEMORY
        aborted = self.signal in ("SIGABRT", "SIGSEGV", "SIGBUS")
        return self.code == TOO_MUCH or (aborted and (near or any(word in self.said.lower() for word in _NO_MEMORY)))

    def refusal(self, what: str) -> UnreadableLabels:
        """What is raised of it, for a file of that kind."""
        if self.took_too_much:
            return UnreadableLabels(
                f"The {what} cannot be read within {limits.MOST_MEMORY / 1e6:,.0f} MB of memory.",
                "Save the label column alone.",
            )
        if self.signal == "SIGXCPU":
            return UnreadableLabels(
                f"The {what} cannot be read within {self.seconds:,} s of processor time.",
                "Save the label column alone, or fewer rows.",
            )
        if self.signal in ("SIGKILL", "SIGTERM"):
            return UnreadableLabels(
                f"The process that read the {what} was ended from outside, as a machine does that is short of memory.",
                "Try again in a minute, or with a smaller file.",
            )
        how = f"by {self.signal}" if self.signal else f"with code {self.code}"
        return UnreadableLabels(
            f"The {what} cannot be read: the process that read it crashed, {how}.", "Save the labels as CSV."
        )
