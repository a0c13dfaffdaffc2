"""The registry of losses: what each says of itself, and how its curve over one logit is drawn."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar

import torch
from torch import Tensor, nn

from lossviz.knobs import Knob, defaults
from lossviz.notation import with_numbers


def weight_knob(name: str, symbol: str, meaning: str) -> Knob:
    """A weight, wide enough for one positive in ten million, or one negative."""
    return Knob(name, symbol, 1e-8, 1e8, 1e-8, 1, meaning, scale="log")


POS_WEIGHT = weight_knob("pos_weight", "w₊", "how many negatives one positive counts for")


class Loss(nn.Module, ABC):
    """A loss that a person can train with and that the app can show.

    A subclass declares its knobs once; sliders, legends, formulas, code and the contract tests
    follow from them.
    """

    key: ClassVar[str]
    rank: ClassVar[int]
    title: ClassVar[str]
    label: ClassVar[str]
    knobs: ClassVar[tuple[Knob, ...]] = ()
    targets: ClassVar[str] = "elements"  # of the shape of the logits; or "classes", one or a row of them per row

    @classmethod
    def arguments(cls, values: Mapping[str, float | None]) -> dict[str, float | bool | None]:
        """`values` of knobs as the arguments that they set, those of switches as bool."""
        knobs = {knob.name: knob for knob in cls.knobs}
        return {name: knobs[name].argument(value) if name in knobs else value for name, value in values.items()}

    @classmethod
    def chosen(cls, values: Mapping[str, float | None]) -> dict[str, Any]:
        """The arguments that `values` set, with the defaults of the knobs that they do not name."""
        return defaults(cls.knobs) | cls.arguments(values)

    @classmethod
    def from_knobs(cls, **values: float | None) -> Loss:
        """The Module with these knob values; a pos_weight of 1 is none."""
        chosen = cls.chosen(values)
        weight = chosen.pop("pos_weight", 1)
        if weight != 1:
            chosen["pos_weight"] = torch.tensor([weight], dtype=torch.float64)
        return cls(**chosen)

    @classmethod
    def code(cls, **values: float | None) -> str:
        """The Python expression that makes ``from_knobs(**values)``."""
        chosen = cls.chosen(values)
        said = [knob.spelled(chosen[knob.name]) for knob in cls.knobs if knob.name != "pos_weight"]
        if chosen.get("pos_weight", 1) != 1:
            said.append(f"pos_weight=torch.tensor([{chosen['pos_weight']!r}])")
        return f"lossviz.{cls.__name__}({', '.join(said)})"

    @classmethod
    @abstractmethod
    def formula(cls, **values: float | None) -> tuple[str, str]:
        r"""LaTeX of the loss of a positive and of a negative, p = \sigma(x), with the values in it."""

    @classmethod
    @abstractmethod
    def worked(cls, x: Tensor, t: Tensor, column: int, **values: float | None) -> tuple[str, str]:
        """LaTeX of one element's loss, and the same with its numbers.

        Parameters
        ----------
        x, t : Tensor, (K,)
            The logits and targets of its row: one-hot where the target is a class, nan where it is ignored.
        """

    @abstractmethod
    def binary(self, logits: Tensor, target: int) -> Tensor:
        """Loss of each logit, unreduced, where every target is `target` (1 or 0).

        A softmax loss takes `logits` as the logit of class 1 minus that of class 0.
        """

    def settings(self) -> str:
        """What every loss's repr ends with."""
        ignored = "" if self.ignore_index is None else f"ignore_index={self.ignore_index}, "
        return f"{ignored}reduction={self.reduction!r}"

    def __prepare_scriptable__(self) -> nn.Module:
        raise RuntimeError(
            f"torch.jit.script cannot compile {type(self).__name__}, which checks its targets in Python. "
            "Script the model and leave the loss outside, or use torch.compile."
        )


class ElementwiseLoss(Loss):
    """A loss of which every element stands for itself: its formula is that of its own logit and target."""

    @classmethod
    @abstractmethod
    def soft_formula(cls, **values: float | None) -> str:
        r"""LaTeX of the loss of an element whose target t lies between 0 and 1, p = \sigma(x)."""

    @classmethod
    def worked(cls, x: Tensor, t: Tensor, column: int, **values: float | None) -> tuple[str, str]:
        """As `Loss.worked` says."""
        target = t[column].item()
        hard = target in (0, 1)
        formula = cls.formula(**values)[0 if target else 1] if hard else cls.soft_formula(**values)
        numbers = {"p": torch.sigmoid(x[column]).item(), "x": x[column].item()}
        return formula, with_numbers(formula, numbers if hard else numbers | {"t": target})


LOSSES: dict[str, type[Loss]] = {}
"""Every loss, a `Loss`, by its key, in the order in which they are shown."""

L = TypeVar("L", bound=type[Loss])


def register(key: str, *, rank: int) -> Callable[[L], L]:
    """Class decorator: enter a loss in `LOSSES` under a stable `key`, shown in the order of `rank`."""

    def enter(loss: L) -> L:
        if key in LOSSES:
            raise ValueError(f"Two losses have the key {key!r}.")
        loss.key, loss.rank = key, rank
        entries: list[type[Loss]] = sorted([*LOSSES.values(), loss], key=lambda entry: entry.rank)
        LOSSES.clear()
        LOSSES.update({entry.key: entry for entry in entries})
        return loss

    return enter
