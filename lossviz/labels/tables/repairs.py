"""What was left out or mended on the way to rows of one length, counted while they pass."""

from __future__ import annotations

from dataclasses import dataclass, fields

from lossviz.labels.limits import MOST_TITLES


@dataclass(frozen=True)
class Repairs:
    """How many rows passed, and what was done to how many lines or rows of them."""

    rows: int = 0
    comments: int = 0
    above: int = 0
    below: int = 0
    filled: int = 0
    joined: int = 0
    repeats: int = 0
    joined_in: int = 0  # the cell in which the surplus of a long row was joined

    def __add__(self, other: Repairs) -> Repairs:
        both = {each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(self)}
        return Repairs(**both | {"joined_in": max(self.joined_in, other.joined_in)})

    @property
    def warnings(self) -> tuple[str, ...]:
        """A sentence for each kind of repair."""
        below = "A line" if self.below == 1 else f"{self.below} lines"
        said = (
            (self.comments, f"{self.comments} lines of comment were left out."),
            (self.above, f"{self.above} lines above the table were left out."),
            (self.below, f"{below} below the table {'was' if self.below == 1 else 'were'} left out."),
            (self.filled, f"{self.filled} rows are shorter than the others; their last cells are taken as blank."),
            (
                self.joined,
                f"{self.joined} rows have more cells than the others; the surplus was joined in cell {self.joined_in}.",
            ),
            (self.repeats, f"{self.repeats} repeats of the header were left out."),
        )
        return tuple(sentence for times, sentence in said if times)

    @property
    def doubt(self) -> str | None:
        """The repair after which the delimiter itself is in doubt."""
        many = {"above": MOST_TITLES, "filled": self.rows // 3, "joined": 0}
        kinds = [name for name, most in many.items() if getattr(self, name) > most]
        return (
            Repairs(**{kinds[0]: getattr(self, kinds[0]), "joined_in": self.joined_in}).warnings[0] if kinds else None
        )
