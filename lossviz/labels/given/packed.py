"""LabelCounts as the shortest text that a link can carry: `z1:` and base64url of their coded bytes.

Everything is told in a fixed order, names before numbers, to a model that learns as it goes; reading runs the
same telling over the decoder. A checksum stands first, for links are cut and retyped.
"""

from __future__ import annotations

import base64
import binascii
import math
import zlib
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, get_args

import numpy as np

from lossviz.counts.label_counts import LabelCounts, Task
from lossviz.labels.given.coding import Code, Decoder, Encoder, NameModel, NumberModel

MARK = "z1"
MOST_CLASSES = 10_000
# Read in about two seconds; what fits into 8,000 characters takes a third of them.
_MOST_DECISIONS = 300_000
_LONGEST = 32_000
_TASKS: tuple[Task, ...] = get_args(Task)


@lru_cache(maxsize=64)
def pack(counts: LabelCounts) -> str | None:
    """`counts` as text that `unpack` turns into equal ones; None if their names are too long for that.

    Examples
    --------
    >>> pack(LabelCounts.exclusive(["cat", "dog"], [90, 10]))[:3]
    'z1:'
    """
    encoder = Encoder(_MOST_DECISIONS)
    try:
        _tell(encoder.code, counts)
    except ValueError:
        return None
    data = encoder.finished()
    whole = (zlib.crc32(data) & 0xFFFFFF).to_bytes(3, "big") + data
    return f"{MARK}:{base64.urlsafe_b64encode(whole).decode().rstrip('=')}"


@lru_cache(maxsize=64)
def unpack(text: str) -> LabelCounts:
    """The counts that `pack` made `text` of; ValueError with one sentence if it did not."""
    coded = text.removeprefix(f"{MARK}:")
    if len(coded) > _LONGEST:
        raise ValueError(f"it is longer than {_LONGEST:,} characters.")
    try:
        whole = base64.b64decode(coded + "=" * (-len(coded) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("the link is damaged; copy it anew, all of it.") from error
    data = whole[3:]
    if whole[:3] != (zlib.crc32(data) & 0xFFFFFF).to_bytes(3, "big"):
        raise ValueError("the link is cut short or damaged; copy it anew, all of it.")
    try:
        return _tell(Decoder(data, _MOST_DECISIONS).code, None)
    except UnicodeDecodeError as error:
        raise ValueError("it holds what is no text.") from error


def _tell(code: Code, counts: LabelCounts | None) -> LabelCounts:
    """Run all fields of `counts` past `code`, or those that it decodes; the counts that they make."""
    number, names = NumberModel(code).number, NameModel(code)

    def text(value: str) -> str:
        return names.name(value.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")

    def of(field: Callable[[LabelCounts], Any], default: Any = 0) -> Any:
        return default if counts is None else field(counts)

    task = number("task", of(lambda c: _TASKS.index(c.task)))
    unit, source = text(of(lambda c: c.unit, "")), text(of(lambda c: c.source, ""))
    n_samples = number("samples", of(lambda c: c.n_samples))
    n_classes = number("classes", of(lambda c: c.n_classes))
    if task >= len(_TASKS) or not 0 < n_classes <= MOST_CLASSES:
        raise ValueError(f"it holds no counts of 1 to {MOST_CLASSES:,} classes.")
    classes = [text(name) for name in of(lambda c: c.classes, ("",) * n_classes)]
    nothing = [0] * n_classes
    positives = [number("positives", n) for n in of(lambda c: c.positives.tolist(), nothing)]
    missing = _steady(number, of(lambda c: c.missing.tolist(), nothing))
    support = _support(number, of(lambda c: c.support, None), n_classes)
    negatives = [n_samples - n - m for n, m in zip(positives, missing, strict=True)]
    return LabelCounts(classes, positives, negatives, n_samples, _TASKS[task], unit, source, support)


def _steady(number: Callable[..., int], values: Sequence[int]) -> list[int]:
    """Numbers that are mostly that of the class before."""
    found: list[int] = []
    before = 0
    for value in values:
        if number("changed", int(value != before)):
            before = number("missing", value)
        found.append(before)
    return found


def _support(number: Callable[..., int], support: Any, n_classes: int) -> Any:
    """Pixels of the images with a class, if they are known: mostly multiples of the pixels of one image."""
    if not number("supported", int(support is not None)):
        return None
    values = [0] * n_classes if support is None else support.tolist()
    unit = number("image", math.gcd(*values))
    return np.array([unit * number("images", value // unit if unit else 0) for value in values], dtype=np.int64)
