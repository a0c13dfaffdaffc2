"""One check that values lie in a range: at once where they can be read, and left to the device where they cannot."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import torch
from torch import Tensor

functorch = torch._C._functorch


class OutsideRange(ValueError):
    """A value outside its range: the sentence, and the place of the value as an index."""

    def __init__(self, sentence: str, place: tuple[int, ...]) -> None:
        super().__init__(sentence)
        self.place = place

    def __reduce__(self) -> tuple[type[OutsideRange], tuple[str, tuple[int, ...]]]:
        return OutsideRange, (str(self), self.place)


def check_range(values: Tensor, low: float, high: float, refusal: str, remedy: Callable[[float], str]) -> None:
    """ValueError that names the first of `values` outside [`low`, `high`] and its place; nan is outside.

    On an accelerator, and in a graph that is compiled, the check is part of the work: it fails there with
    `refusal`, and nothing waits for it. A graph of ``torch.jit.trace`` keeps no check.

    Parameters
    ----------
    refusal : str
        What is wanted, as in "target must lie between 0 and 1"; its first word is the argument's name.
    remedy : callable
        What to do about a value, as one sentence.
    """
    values = unwrapped(values.detach())
    if not readable(values):
        defer(((values >= low) & (values <= high)).all(), refusal)
    elif values.numel():
        least, most = values.aminmax()
        if not (least >= low and most <= high):
            place, value = first_outside(values, low, high)
            index = f"{refusal.split(' ', 1)[0]}{list(place) if place else ''}"
            raise OutsideRange(f"{refusal}; {index} is {value:g}. {remedy(value)}".rstrip(), place)


def check_that(holds: Tensor, values: Tensor, refusal: str) -> None:
    """ValueError that names the first of `values` where `holds` is false, as `check_range` does."""
    holds = unwrapped(holds.detach())
    if not readable(holds):
        defer(holds.all(), refusal)
    elif not holds.all():
        place = tuple((~holds).nonzero()[0].tolist())
        value = unwrapped(values.detach())[place].tolist()
        index = f"{refusal.split(' ', 1)[0]}{list(place) if place else ''}"
        raise OutsideRange(f"{refusal}; {index} is {str(value)[:60]}.", place)


def readable(values: Tensor) -> bool:
    """Whether the values are here to be looked at: not on an accelerator, and of no graph in the making."""
    return (
        not torch.compiler.is_compiling()
        and values.device.type == "cpu"
        and not torch._C._is_tracing()
        and not torch._C._len_torch_dispatch_stack()
        and not hasattr(values, "fake_mode")
    )


def unwrapped(values: Tensor) -> Tensor:
    """The whole tensor, of which ``torch.func`` shows one sample."""
    if not torch.compiler.is_compiling():
        while functorch.is_functorch_wrapped_tensor(values):
            values = functorch.get_unwrapped(values)
    return values


def defer(holds: Tensor, refusal: str) -> None:
    with suppress(NotImplementedError):  # a device without assertions
        torch._assert_async(holds, refusal)


def first_outside(values: Tensor, low: float, high: float) -> tuple[tuple[int, ...], float]:
    """The place of the first value outside, and the value."""
    outside = ~((values >= low) & (values <= high))
    place = tuple(outside.nonzero()[0].tolist())
    return place, values[place].item()
