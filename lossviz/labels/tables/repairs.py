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
        joined = f"the surplus was joined in cell {self.joined_in}."
        said = (
            (self.comments, "A line of comment was left out.", "{} lines of comment were left out."),
            (self.above, "A line above the table was left out.", "{} lines above the table were left out."),
            (self.below, "A line below the table was left out.", "{} lines below the table were left out."),
            (
                self.filled,
                "A row is shorter than the others; its last cells are taken as blank.",
                "{} rows are shorter than the others; their last cells are taken as blank.",
            ),
            (
                self.joined,
                f"A row has more cells than the others; {joined}",
                f"{{}} rows have more cells than the others; {joined}",
            ),
            (self.repeats, "A repeat of the header was left out.", "{} repeats of the header were left out."),
        )
        return tuple(one if times == 1 else many.format(times) for times, one, many in said if times)

    @property
    def doubt(self) -> str | None:
        """The repair after which the delimiter itself is in doubt."""
        many = {"above": MOST_TITLES, "filled": self.rows // 3, "joined": 0}
        kinds = [name for name, most in many.items() if getattr(self, name) > most]
        return (
            Repairs(**{kinds[0]: getattr(self, kinds[0]), "joined_in": self.joined_in}).warnings[0] if kinds else None
        )
