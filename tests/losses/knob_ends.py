"""Knob settings that the contract tests run every registered loss through."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import lossviz
from lossviz.knobs import Knob

Setting = tuple[str, dict[str, float | None]]


def values(knob: Knob) -> list[float | None]:
    """Both ends, one step inside each, the default, and off where it may be."""
    inside = (knob.low + knob.step, knob.high - knob.step)
    tried: list[float | None] = [knob.low, knob.high, knob.default]
    tried += [] if knob.switch else [*inside]
    return tried + ([None] if knob.optional else [])


def settings() -> Iterator[Setting]:
    """Every loss with each of its knobs at each of its values, the others at their default; and all at once."""
    for key, loss in lossviz.LOSSES.items():
        base = {knob.name: knob.default for knob in loss.knobs}
        yield key, dict(base)
        for knob in loss.knobs:
            for value in values(knob):
                yield key, base | {knob.name: value}
        for ends in product(*([knob.low, knob.high] for knob in loss.knobs)):
            yield key, dict(zip(base, ends, strict=True))


SETTINGS = list(settings())
IDS = [f"{key}({', '.join(f'{k}={v}' for k, v in knobs.items())})" for key, knobs in SETTINGS]
