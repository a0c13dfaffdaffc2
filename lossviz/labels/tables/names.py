"""Names of classes as encoders number them: whole numbers rising, other names by their characters."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lossviz.labels.tables.columns import NO, YES

# What the answers of annotators say besides yes and no.
_ACCEPTED, _REJECTED = YES | {"accept", "accepted"}, NO | {"reject", "rejected"}
# What marks a token, or a row, without a label where torch's losses are meant to leave it out.
IGNORED = "-100"
_ID = re.compile(r"([+-]?[0-9]{1,15})(\.0*)?")


def encoded(names: Sequence[str]) -> list[str]:
    """`names` as encoders number them: whole numbers rising, other names by their characters.

    Examples
    --------
    >>> encoded(["10", "9", "-1"]), encoded(["b", "a", "B"])
    (['-1', '9', '10'], ['B', 'a', 'b'])
    """
    ids = ids_of(names)
    return sorted(names) if ids is None else list(ids.values())


def ids_of(names: Sequence[str]) -> dict[int, str] | None:
    """The whole numbers that all `names` spell, rising, each with its spelling; None where they are other names."""
    spelled = [_ID.fullmatch(name) for name in names]
    ids = {int(found[1]): found[0] for found in spelled if found is not None}
    return dict(sorted(ids.items())) if len(ids) == len(names) else None


def negative_first(names: Sequence[str], declared: Sequence[str] = ()) -> list[str]:
    """Two classes, the positive one second: yes after no, else as declared, else as encoders number them."""
    yes = [name for name in names if name.strip().lower() in _ACCEPTED]
    if len(yes) == 1 and all(name.strip().lower() in _ACCEPTED | _REJECTED for name in names):
        return [*(name for name in names if name != yes[0]), *yes]
    return list(declared) if set(declared) == set(names) else encoded(names)


def clear(names: Sequence[str]) -> bool:
    """Whether two classes say themselves which of them is the positive one, or there are more than two."""
    return len(names) != 2 or {name.strip().lower() for name in names} <= _ACCEPTED | _REJECTED
