"""A loss with its knobs and weights, as a Module and as the Python expression that makes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from torch import Tensor, nn

from lossviz.literals import number_code
from lossviz.losses.every import LOSSES

OWN_KNOBS = ("pos_weight", "weight_0", "weight_1")
"""Knobs that stand for weights, and are set as tensors."""


def takes(key: str) -> str:
    """Whether the targets of a loss are "elements", of the shape of the logits, or "classes", one per row."""
    return LOSSES[key].targets


def module_of(
    key: str,
    knobs: Mapping[str, float | None],
    weights: Mapping[str, Tensor],
    reduction: str,
    **extra: float | None,
) -> nn.Module:
    """The Module with its knobs, weight tensors and reduction."""
    own = {name: value for name, value in knobs.items() if name not in OWN_KNOBS}
    return LOSSES[key](**LOSSES[key].arguments(own), **weights, **extra, reduction=reduction)


def code_of(
    key: str,
    knobs: Mapping[str, float | None],
    weights: Iterable[str],
    reduction: str | None = None,
    *,
    ignore_index: float | None = None,
    torchs_own: bool = True,
) -> str:
    """The Python expression of `module_of`, with the weights by their names; without a reduction it is the mean."""
    own = {name: value for name, value in knobs.items() if name not in OWN_KNOBS}
    loss = LOSSES[key]
    of_torch = torchs_own and issubclass(loss, (nn.BCEWithLogitsLoss, nn.CrossEntropyLoss))
    arguments = [f"{name}={value!r}" for name, value in loss.arguments(own).items()]
    arguments += [f"{name}={name}" for name in weights]
    arguments += [] if ignore_index is None else [f"ignore_index={spelled(ignore_index)}"]
    arguments += [] if reduction is None else [f"reduction={reduction!r}"]
    return f"{'torch.nn' if of_torch else 'lossviz'}.{loss.__name__}({', '.join(arguments)})"


def spelled(mark: float) -> str:
    """A number as Python writes it, a whole one without a point."""
    return number_code(int(mark) if float(mark).is_integer() else mark)
