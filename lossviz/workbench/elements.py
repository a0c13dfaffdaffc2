"""One batch under one loss, element by element: values, gradients, and how they become one number."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from lossviz.losses.code import OWN_KNOBS, code_of, module_of, spelled, takes
from lossviz.losses.every import LOSSES

REDUCTIONS = ("mean", "sum", "batchmean", "none")
"""How a loss may be reduced."""
DTYPES = {"float64": torch.float64, "float32": torch.float32, "float16": torch.float16}
"""The dtypes in which a batch may be computed, by name."""
ELEMENTS, CLASSES = "elements", "classes"
NO_CLASS = -100  # what torch ignores by default


@dataclass(frozen=True, eq=False)
class ElementWeights:
    """What multiplies the losses of a batch of N rows and K columns; None is no weight.

    Attributes
    ----------
    element : Tensor (N, K)
    sample : Tensor (N,)
    label : Tensor (K,)
        One weight per label, or per class of a softmax loss.
    positive : Tensor (K,)
        The pos_weight of each label.
    """

    element: Tensor | None = None
    sample: Tensor | None = None
    label: Tensor | None = None
    positive: Tensor | None = None


@dataclass(frozen=True, eq=False)
class Elements:
    """A batch taken apart.

    Attributes
    ----------
    value : Tensor (N, K), or (N,) where one row has one loss
        Unreduced and weighted; 0 where the target is ignored.
    gradient : Tensor (N, K)
        Of the reduced number with respect to every logit, by autograd; of the sum for "none".
    counted : Tensor of bool, (N, K)
        Which logits have a target that counts, which is to say is not ignored.
    reduced : float
        Numerator over denominator, as torch returns it; nan for "none".
    numerator, denominator : float
    terms : int
        How many of the values count.
    code : str
        The Python expression that torch evaluates to it, of `logits`, `target` and the weights by their names.
    outer : bool
        Whether sample weights multiply the unreduced loss, because the loss has no argument for them.
    unused : tuple of str
        The given weights, by their names in `ElementWeights`, for which the loss has no place.
    """

    value: Tensor
    gradient: Tensor
    counted: Tensor
    reduced: float
    numerator: float
    denominator: float
    terms: int
    code: str
    outer: bool
    unused: tuple[str, ...]


def losses_for(targets: str) -> tuple[str, ...]:
    """The keys of the losses that take such targets."""
    return tuple(key for key in LOSSES if takes(key) == targets)


@dataclass(frozen=True, eq=False)
class Question:
    """A batch and a loss, in the form in which the loss takes them.

    Attributes
    ----------
    target : Tensor
        In the dtype of `logits`, of their shape; or (N,) class indices of int64.
    ignore_index : float or None
        What the Module is told, if anything.
    counted : Tensor of bool, (N, K) or (N,)
        Which targets are not ignored; of rows, which row.
    inside : mapping
        The weights that the loss takes as arguments, by their names there.
    outer : Tensor (N,), or None
        Weights that must multiply its unreduced values.
    """

    key: str
    logits: Tensor
    target: Tensor
    knobs: Mapping[str, float | None]
    ignore_index: float | None
    counted: Tensor
    inside: Mapping[str, Tensor]
    outer: Tensor | None

    @property
    def classes(self) -> bool:
        """Whether targets are class indices."""
        return self.target.ndim == 1

    @property
    def torchs_own(self) -> bool:
        """Whether torch's own loss, where there is one, gives the same number."""
        asked = self.ignore_index is not None and not self.classes
        return not asked and self.logits.dtype != torch.float16

    def losses(self, reduction: str) -> Tensor:
        extra = {} if self.ignore_index is None else {"ignore_index": self.ignore_index}
        value: Tensor = module_of(self.key, self.knobs, self.inside, reduction, **extra)(self.logits, self.target)
        return value


def question(
    key: str,
    logits: Tensor,
    target: Tensor,
    knobs: Mapping[str, float | None] | None,
    weights: ElementWeights | None,
    dtype: torch.dtype,
    ignore_index: float | None,
) -> Question:
    """The question of `taken_apart`, with everything in its place; ValueError with one sentence if it does not fit."""
    _check(key, logits, target)
    known = [knob.name for knob in LOSSES[key].knobs]
    for name in knobs or {}:
        if name not in (*known, *OWN_KNOBS):
            raise ValueError(f"{name!r} is no knob of the loss {key!r}; choose from {', '.join(known) or 'none'}.")
    inside, outer = _split(key, weights or ElementWeights(), logits)
    if takes(key) == CLASSES and target.ndim == 1:
        y, ignore_index = _class_indices(target, ignore_index)
        counted = y != (NO_CLASS if ignore_index is None else ignore_index)
    else:
        y = target.to(dtype)
        counted = _known(y, ignore_index)
        counted = counted.any(1) if takes(key) == CLASSES else counted
    return Question(
        key=key,
        logits=logits.detach().to(dtype),
        target=y,
        knobs=knobs or {},
        ignore_index=ignore_index,
        counted=counted,
        inside={name: weight.to(dtype) for name, weight in inside.items()},
        outer=None if outer is None else outer.to(dtype),
    )


def _known(target: Tensor, ignore_index: float | None) -> Tensor:
    if ignore_index is None:
        return torch.ones_like(target, dtype=torch.bool)
    return ~target.isnan() if math.isnan(ignore_index) else target != ignore_index


def _class_indices(target: Tensor, ignore_index: float | None) -> tuple[Tensor, float | None]:
    """`target` as int64, where nan that is ignored becomes what torch ignores by default."""
    if not target.is_floating_point():
        return target.long(), ignore_index
    if ignore_index is not None and math.isnan(ignore_index):
        target, ignore_index = target.nan_to_num(NO_CLASS), None
    whole = target == target.round()
    if not whole.all():
        row = int((~whole).nonzero()[0])
        raise ValueError(f"target[{row}] is {target[row]:g}, and a class is a whole number.")
    return target.long(), ignore_index


def taken_apart(
    key: str,
    logits: Tensor,
    target: Tensor,
    *,
    knobs: Mapping[str, float | None] | None = None,
    weights: ElementWeights | None = None,
    reduction: str = "mean",
    dtype: torch.dtype = torch.float64,
    ignore_index: float | None = None,
) -> Elements:
    """Every value and gradient of a batch under the loss `key`, and how they become one number.

    Parameters
    ----------
    key : str
        A key of `LOSSES`.
    logits : Tensor, (N, K)
    target : Tensor, (N, K) of 0, 1 or between; for a softmax loss (N,) of class indices or (N, K) of probabilities
        Refused where it is neither, unless it is `ignore_index`.
    knobs : mapping, optional
        The knobs of the loss by their own names.
    weights : ElementWeights, optional
    reduction : {"mean", "sum", "batchmean", "none"}
        The mean is over what is not ignored, "batchmean" over every row.
    dtype : torch.dtype
        What the logits are rounded to before anything is computed.
    ignore_index : float, optional
        Targets that count nowhere; nan for those that are nan. A softmax loss leaves out a row of
        probabilities that holds nothing else, and without it class index -100.

    Raises
    ------
    ValueError
        If shapes do not fit, a target is refused, or the mean is over nothing or over weights that sum to 0.

    Examples
    --------
    >>> batch = taken_apart("focal", torch.tensor([[0.0]]), torch.tensor([[1.0]]), knobs={"alpha": 0.25, "gamma": 2})
    >>> round(batch.reduced, 5)
    0.04332
    >>> batch = taken_apart("bce", torch.zeros(1, 3), torch.tensor([[1, 0, -1]]), ignore_index=-1)
    >>> round(batch.numerator, 4), batch.denominator
    (1.3863, 2.0)
    """
    if key not in LOSSES:
        raise ValueError(f"key must be one of {', '.join(LOSSES)}; got {key!r}.")
    if reduction not in REDUCTIONS:
        raise ValueError(f"reduction must be one of {', '.join(REDUCTIONS)}; got {reduction!r}.")
    asked = question(key, logits, target, knobs, weights, dtype, ignore_index)
    asked.logits.requires_grad_()
    value = asked.losses("none")
    if asked.outer is not None:
        value = value * asked.outer
    terms = _terms(asked, value)
    denominator = _denominator(asked, reduction, terms)
    if reduction == "mean" and not terms.any():
        raise ValueError("Every target is ignored, and a mean over nothing does not exist.")
    if reduction == "mean" and not denominator > 0:
        raise ValueError("The weights of these targets sum to 0, and a mean over them does not exist.")
    total = value.sum()
    if asked.outer is not None or reduction == "none":
        number = total / denominator
    else:
        number = asked.losses("mean") if reduction == "mean" else asked.losses("sum") / denominator
    (gradient,) = torch.autograd.grad(number, asked.logits)
    return Elements(
        value=value.detach(),
        gradient=gradient,
        counted=asked.counted[:, None].expand(logits.shape) if asked.counted.ndim == 1 else asked.counted,
        reduced=float("nan") if reduction == "none" else number.item(),
        numerator=total.item(),
        denominator=denominator,
        terms=int(terms.sum()),
        code=expression(asked, reduction),
        outer=asked.outer is not None,
        unused=_unused(key, weights or ElementWeights()),
    )


def expression(asked: Question, reduction: str) -> str:
    """The Python expression of the reduced number, or of the values for "none"."""

    def call(reduction: str) -> str:
        module = code_of(
            asked.key,
            asked.knobs,
            asked.inside,
            reduction,
            ignore_index=asked.ignore_index,
            torchs_own=asked.torchs_own,
        )
        return f"{module}(logits, target)"

    if asked.outer is None:
        return f"{call('sum')} / len(logits)" if reduction == "batchmean" else call(reduction)
    value = f"{call('none')} * sample"
    divided = {"mean": f" / {_mean_of(asked)}", "batchmean": " / len(logits)"}.get(reduction, "")
    return value if reduction == "none" else f"({value}).sum(){divided}"


def _mean_of(asked: Question) -> str:
    """The Python expression of what a mean of rows divides by."""
    mark = NO_CLASS if asked.ignore_index is None else asked.ignore_index
    if asked.classes:
        known = "target" if asked.counted.all() else f"target[target != {spelled(mark)}]"
        return f"weight[{known}].sum()" if "weight" in asked.inside else f"len({known})"
    if asked.ignore_index is None:
        return "len(logits)"
    known = "~target.isnan()" if math.isnan(mark) else f"(target != {spelled(mark)})"
    return f"({known}).any(1).sum()"


def _unused(key: str, weights: ElementWeights) -> tuple[str, ...]:
    parameters = inspect.signature(LOSSES[key]).parameters
    places = {
        "element": takes(key) == ELEMENTS and "weight" in parameters,
        "label": "weight" in parameters,
        "positive": "pos_weight" in parameters,
    }
    return tuple(name for name, has_place in places.items() if getattr(weights, name) is not None and not has_place)


def _check(key: str, logits: Tensor, target: Tensor) -> None:
    for name, given in (("logits", logits), ("target", target)):
        if not isinstance(given, Tensor):
            raise TypeError(f"{name} must be a torch.Tensor; got {type(given).__name__}.")
    if logits.ndim != 2 or not logits.numel():
        raise ValueError(f"logits must be a table of at least one row and one column; got {tuple(logits.shape)}.")
    if target.shape == logits.shape:
        return
    if takes(key) == ELEMENTS:
        raise ValueError(f"Logits {tuple(logits.shape)} and targets {tuple(target.shape)} must have one shape.")
    if target.shape != logits.shape[:1]:
        raise ValueError(
            f"There must be one class per row, or a row of {logits.shape[1]} probabilities: "
            f"{len(logits)} rows, targets {tuple(target.shape)}."
        )


def _split(key: str, weights: ElementWeights, logits: Tensor) -> tuple[dict[str, Tensor], Tensor | None]:
    """The weights that the loss takes as arguments, and those that must multiply its unreduced value."""
    rows, columns = logits.shape
    shapes = {"element": (rows, columns), "sample": (rows,), "label": (columns,), "positive": (columns,)}
    for name, shape in shapes.items():
        weight: Tensor | None = getattr(weights, name)
        if weight is not None and tuple(weight.shape) != shape:
            raise ValueError(f"The weights per {name} must have shape {shape}; got {tuple(weight.shape)}.")
    parameters = inspect.signature(LOSSES[key]).parameters
    inside: dict[str, Tensor] = {}
    if takes(key) == CLASSES:
        if weights.label is not None:
            inside["weight"] = weights.label
        return inside, weights.sample
    if "weight" not in parameters:
        return inside, weights.sample
    factors = [
        weights.element,
        None if weights.sample is None else weights.sample[:, None],
        weights.label,
    ]
    given = [factor for factor in factors if factor is not None]
    if given:
        product = given[0]
        for factor in given[1:]:
            product = product * factor
        inside["weight"] = product
    if weights.positive is not None and "pos_weight" in parameters:
        inside["pos_weight"] = weights.positive
    return inside, None


def _terms(asked: Question, value: Tensor) -> Tensor:
    """Which values count, of their shape."""
    return asked.counted if asked.counted.shape == value.shape else asked.counted.any(1)


def _denominator(asked: Question, reduction: str, terms: Tensor) -> float:
    """What the sum of the values is divided by."""
    if reduction == "batchmean":
        return float(len(terms))
    if reduction != "mean":
        return 1.0
    if asked.classes and "weight" in asked.inside:
        return float(asked.inside["weight"][asked.target[terms]].sum())
    return float(terms.sum())
