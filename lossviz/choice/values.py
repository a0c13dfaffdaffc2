"""What a choice may hold: options, knobs and weights of one's own, taken as they are meant or refused in a sentence."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from typing import Any

import torch

from lossviz.counts.label_counts import LabelCounts
from lossviz.labels.values import nearest
from lossviz.losses.code import OWN_KNOBS, module_of
from lossviz.losses.every import LOSSES
from lossviz.weights.ratios import Target, option_names, scheme_ratios
from lossviz.weights.tensors import class_weights, pos_weight

Value = float | str | None
Pairs = Mapping[str, Value] | Iterable[tuple[str, Value]]

_HIGHEST = torch.finfo(torch.float32).max
# Two classes of one sample each: every option is checked on them, and none can run out of range.
_EVEN = LabelCounts(("0", "1"), [1, 1], [1, 1], 2, "binary")


def options_of(given: Pairs | None, target: Target, scheme: str) -> tuple[tuple[str, Value], ...]:
    """The options of a scheme as sorted pairs; ValueError for one that there is not, or a value outside its range."""
    found = _known(given, "options", option_names(target, scheme), f"option of the scheme {scheme!r} for {target}")
    if found:
        options: dict[str, Any] = dict(found)
        if target == "class_weight":
            class_weights(_EVEN, scheme, **options)
        elif scheme == "balanced":
            pos_weight(_EVEN, **options)
        else:
            scheme_ratios(_EVEN, scheme, **options)
    return found


def knobs_of(given: Pairs | None, key: str) -> tuple[tuple[str, Value], ...]:
    """The knobs of a loss as sorted pairs; ValueError for one that there is not, or a value that the loss refuses."""
    knobs = {knob.name: knob for knob in LOSSES[key].knobs if knob.name not in OWN_KNOBS}
    found = _known(given, "knobs", list(knobs), f"knob of the loss {key!r}")
    values: dict[str, Any] = dict(found)
    for name, value in values.items():
        if knobs[name].switch and value not in (0, 1):
            raise ValueError(f"{name} must be True or False; got {value!r}.")
    if values:
        try:
            module_of(key, values, {}, "mean")
        except TypeError as error:
            raise ValueError(str(error)) from error
    return tuple(LOSSES[key].arguments(values).items())


def _known(given: Any, what: str, allowed: Sequence[str], whose: str) -> tuple[tuple[str, Value], ...]:
    if given is None:
        return ()
    try:
        pairs: dict[str, Value] = {name: _plain(value) for name, value in dict(given).items()}
    except (TypeError, ValueError):
        raise ValueError(f"{what} must be a mapping, or pairs of a name and a value; got {given!r}.") from None
    for name in pairs:
        if name not in allowed:
            near = nearest(name, allowed)
            known = f"choose from {', '.join(allowed)}" if allowed else "there is none"
            known = known if near is None else f"did you mean {near!r}? Or {known}"
            own = " Set other arguments of the loss where you make it, as choice.code shows." if what == "knobs" else ""
            raise ValueError(f"{name!r} is no {whose}; {known}.{own}")
    return tuple(sorted(pairs.items()))


def _plain(value: Any) -> Any:
    """A number of numpy or torch as Python's own."""
    return value.item() if hasattr(value, "item") and getattr(value, "ndim", None) == 0 else value


def weights_of(given: Any, names: Sequence[str], target: Target) -> tuple[float, ...]:
    """Weights of one's own in the order of `names`, with nine digits.

    A mapping, and a pandas Series whose index holds names, are taken by name.
    """
    values = [_number(value, name) for name, value in zip(names, _listed(given, names, target), strict=True)]
    if not any(values):
        raise ValueError("All weights are 0, and nothing would be learned; set at least one above 0.")
    return tuple(values)


def _listed(given: Any, names: Sequence[str], target: Target) -> list[Any]:
    """One value for each of `names`, not yet looked at."""
    if isinstance(given, str | bytes | set | frozenset):
        raise ValueError(
            f"weights must be numbers in the order of the classes, or a mapping from names to numbers; got {given!r}."
        )
    index = getattr(given, "index", None)
    if isinstance(given, Mapping):
        return _by_name(given, names)
    if index is not None and not callable(index) and list(index) != list(range(len(index))):
        return _by_name(dict(zip(index, given, strict=True)), names)
    if isinstance(given, Real) or getattr(given, "ndim", None) == 0:
        given = [given]
    try:
        values = list(given)
    except TypeError:
        raise ValueError(f"weights must be {_wanted(names, target)}; got {given!r}.") from None
    if len(values) != len(names):
        other = ' For one weight per class pass target="class_weight".' if len(names) == 1 else ""
        raise ValueError(f"weights must hold {_wanted(names, target)}; got {len(values)}.{other}")
    return values


def _wanted(names: Sequence[str], target: Target) -> str:
    if len(names) > 1:
        return f"{len(names)} numbers, one per class"
    return f"1 number, the {target} of {names[0]!r}"


def _by_name(given: Mapping[Any, Any], names: Sequence[str]) -> list[Any]:
    by_name = {str(name): value for name, value in given.items()}
    unknown = [name for name in by_name if name not in names]
    missing = [name for name in names if name not in by_name]
    if unknown:
        raise ValueError(f"weights name {unknown[0]!r}, which is no class here; they are {', '.join(names[:8])}.")
    if missing:
        raise ValueError(f"weights lack a number for {missing[0]!r}; give one for each of {', '.join(names[:8])}.")
    return [by_name[name] for name in names]


def _number(value: Any, name: str) -> float:
    try:
        if isinstance(value, str):
            raise TypeError
        weight = float(value)
    except (TypeError, ValueError, RuntimeError):
        raise ValueError(f"The weight of {name!r} must be a number; got {value!r}.") from None
    if not 0 <= weight < math.inf:
        raise ValueError(f"The weight of {name!r} must be 0 or more, and finite; got {weight}.")
    kept = float(f"{weight:.9g}")
    if kept > _HIGHEST or (kept and not torch.tensor(kept, dtype=torch.float32)):
        raise ValueError(f"The weight of {name!r}, {weight:g}, does not fit into float32; choose one nearer to 1.")
    return kept
