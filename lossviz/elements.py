"""One batch under one loss, element by element: values, gradients, and how they become one number."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lossviz.losses.every import LOSSES

REDUCTIONS = ("mean", "sum", "batchmean", "none")
DTYPES = {"float64": torch.float64, "float32": torch.float32, "float16": torch.float16}
ELEMENTS, CLASSES = "elements", "classes"
OWN_KNOBS = ("pos_weight", "weight_0", "weight_1")  # set here as tensors, not as knobs


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
        Unreduced and weighted.
    gradient : Tensor (N, K)
        Of the reduced number with respect to every logit, by autograd; of the sum for "none".
    reduced : float
        Numerator over denominator, as torch returns it; nan for "none".
    numerator, denominator : float
    code : str
        The Python expression that torch evaluates to it, of `logits`, `target` and the weights by their names.
    outer : bool
        Whether sample weights multiply the unreduced loss, because the loss has no argument for them.
    unused : tuple of str
        The given weights, by their names in `ElementWeights`, for which the loss has no place.
    """

    value: Tensor
    gradient: Tensor
    reduced: float
    numerator: float
    denominator: float
    code: str
    outer: bool
    unused: tuple[str, ...]


def takes(key: str) -> str:
    """Whether the targets of a loss are "elements", of the shape of the logits, or "classes", one per row."""
    return LOSSES[key].targets


def losses_for(targets: str) -> tuple[str, ...]:
    """The keys of the losses that take such targets."""
    return tuple(key for key in LOSSES if takes(key) == targets)


def taken_apart(
    key: str,
    logits: Tensor,
    target: Tensor,
    *,
    knobs: Mapping[str, float | None] | None = None,
    weights: ElementWeights | None = None,
    reduction: str = "mean",
    dtype: torch.dtype = torch.float64,
) -> Elements:
    """Every value and gradient of a batch under the loss `key`, and how they become one number.

    Parameters
    ----------
    key : str
        A key of `LOSSES`.
    logits : Tensor, (N, K)
    target : Tensor, (N, K) of 0 and 1, or (N,) of class indices where the loss takes classes
    knobs : mapping, optional
        The knobs of the loss by their own names.
    weights : ElementWeights, optional
    reduction : {"mean", "sum", "batchmean", "none"}
    dtype : torch.dtype
        What the logits are rounded to before anything is computed.

    Raises
    ------
    ValueError
        If shapes do not fit, a target is no class, or the mean is over weights that sum to 0.

    Examples
    --------
    >>> batch = taken_apart("focal", torch.tensor([[0.0]]), torch.tensor([[1.0]]), knobs={"alpha": 0.25, "gamma": 2})
    >>> round(batch.reduced, 5)
    0.04332
    """
    if reduction not in REDUCTIONS:
        raise ValueError(f"reduction must be one of {', '.join(REDUCTIONS)}; got {reduction!r}.")
    _check(key, logits, target)
    weights = weights or ElementWeights()
    inside, outer = _split(key, weights, logits)
    inside = {name: weight.to(dtype) for name, weight in inside.items()}
    module = module_of(key, knobs or {}, inside, "none")
    x = logits.detach().to(dtype).requires_grad_()
    t = target.long() if takes(key) == CLASSES else target.to(dtype)
    value = module(x, t)
    if outer is not None:
        value = value * outer.to(dtype)
    denominator = _denominator(key, reduction, value, t, inside.get("weight"))
    if reduction == "mean" and not denominator > 0:
        raise ValueError("The weights of these targets sum to 0, and a mean over them does not exist.")
    total = value.sum()
    of_torch = module_of(key, knobs or {}, inside, "mean")(x, t) if reduction == "mean" and outer is None else None
    number = total / denominator if of_torch is None else of_torch
    (gradient,) = torch.autograd.grad(number, x)
    return Elements(
        value=value.detach(),
        gradient=gradient,
        reduced=float("nan") if reduction == "none" else number.item(),
        numerator=total.item(),
        denominator=denominator,
        code=_expression(key, knobs or {}, inside, outer, reduction),
        outer=outer is not None,
        unused=_unused(key, weights),
    )


def module_of(key: str, knobs: Mapping[str, float | None], weights: Mapping[str, Tensor], reduction: str) -> nn.Module:
    """The Module with its knobs, weight tensors and reduction."""
    own = {name: value for name, value in knobs.items() if name not in OWN_KNOBS}
    return LOSSES[key](**_typed(own), **weights, reduction=reduction)


def code_of(key: str, knobs: Mapping[str, float | None], weights: Iterable[str], reduction: str | None = None) -> str:
    """The Python expression of `module_of`, with the weights by their names; without a reduction it is the mean."""
    own = {name: value for name, value in knobs.items() if name not in OWN_KNOBS}
    loss = LOSSES[key]
    home = "torch.nn" if issubclass(loss, (nn.BCEWithLogitsLoss, nn.CrossEntropyLoss)) else "lossviz"
    arguments = [f"{name}={value!r}" for name, value in _typed(own).items()] + [f"{name}={name}" for name in weights]
    arguments += [] if reduction is None else [f"reduction={reduction!r}"]
    return f"{home}.{loss.__name__}({', '.join(arguments)})"


def _expression(
    key: str, knobs: Mapping[str, float | None], inside: Mapping[str, Tensor], outer: Tensor | None, reduction: str
) -> str:
    """The Python expression of the reduced number, or of the values for "none"."""

    def call(reduction: str) -> str:
        return f"{code_of(key, knobs, inside, reduction)}(logits, target)"

    if outer is None:
        return f"{call('sum')} / len(logits)" if reduction == "batchmean" else call(reduction)
    value = f"{call('none')} * sample"
    mean = "weight[target].sum()" if takes(key) == CLASSES and "weight" in inside else "len(logits)"
    divided = {"mean": f" / {mean}", "batchmean": " / len(logits)"}.get(reduction, "")
    return value if reduction == "none" else f"({value}).sum(){divided}"


def _unused(key: str, weights: ElementWeights) -> tuple[str, ...]:
    parameters = inspect.signature(LOSSES[key]).parameters
    places = {
        "element": takes(key) == ELEMENTS and "weight" in parameters,
        "label": "weight" in parameters,
        "positive": "pos_weight" in parameters,
    }
    return tuple(name for name, has_place in places.items() if getattr(weights, name) is not None and not has_place)


def _typed(knobs: Mapping[str, float | None]) -> dict[str, float | bool | None]:
    return {name: bool(value) if name == "detach_focusing" else value for name, value in knobs.items()}


def _check(key: str, logits: Tensor, target: Tensor) -> None:
    if logits.ndim != 2 or not logits.numel():
        raise ValueError(f"logits must be a table of at least one row and one column; got {tuple(logits.shape)}.")
    if takes(key) == ELEMENTS:
        if target.shape != logits.shape:
            raise ValueError(f"Logits {tuple(logits.shape)} and targets {tuple(target.shape)} must have one shape.")
        return
    if target.shape != logits.shape[:1]:
        raise ValueError(f"There must be one class per row: {len(logits)} rows, targets {tuple(target.shape)}.")


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


def _denominator(key: str, reduction: str, value: Tensor, target: Tensor, weight: Tensor | None) -> float:
    """What the sum of the values is divided by."""
    if reduction == "batchmean":
        return float(len(value))
    if reduction != "mean":
        return 1.0
    if takes(key) == CLASSES and weight is not None:
        return float(weight[target].sum())
    return float(value.numel())


def elements_snippet(
    key: str,
    logits: Tensor,
    target: Tensor,
    *,
    knobs: Mapping[str, float | None] | None = None,
    weights: ElementWeights | None = None,
    reduction: str = "mean",
    dtype: torch.dtype = torch.float64,
    gradient: bool = False,
) -> str:
    """Code that prints the reduced number of `taken_apart`, or the unreduced values for "none"; or the gradient."""
    inside, outer = _split(key, weights or ElementWeights(), logits)
    lines = _tensors(key, logits, target, inside, outer, dtype)
    number = _expression(key, knobs or {}, inside, outer, reduction)
    if gradient:
        total = f"({number}).sum()" if reduction == "none" else number
        lines["logits"] += ".requires_grad_()"
        return _code(lines, f"print(torch.autograd.grad({total}, logits)[0].tolist())")
    return _code(lines, f"print(({number}).{'tolist' if reduction == 'none' else 'item'}())")


def difference_snippet(
    keys: tuple[str, str],
    logits: Tensor,
    target: Tensor,
    *,
    knobs: Mapping[str, float | None] | None = None,
    weights: ElementWeights | None = None,
    dtype: torch.dtype = torch.float64,
) -> str:
    """Code that prints how far the first loss, with its knobs, is from the second at every element."""
    lines: dict[str, str] = {}
    each = []
    for key, own in zip(keys, (knobs or {}, {}), strict=True):
        inside, outer = _split(key, weights or ElementWeights(), logits)
        lines |= _tensors(key, logits, target, inside, outer, dtype)
        each.append(_expression(key, own, inside, outer, "none"))
    return _code(lines, f"print(({each[0]} - {each[1]}).tolist())")


def _tensors(
    key: str, logits: Tensor, target: Tensor, inside: Mapping[str, Tensor], outer: Tensor | None, dtype: torch.dtype
) -> dict[str, str]:
    """The tensors that an expression needs, by name, as code."""
    named = {"logits": logits.to(dtype), "target": target.long() if takes(key) == CLASSES else target.to(dtype)}
    named |= {name: weight.to(dtype) for name, weight in inside.items()}
    if outer is not None:
        named["sample"] = outer.to(dtype)
    return {name: literal(value) for name, value in named.items()}


def _code(lines: Mapping[str, str], last: str) -> str:
    named = (f"{name} = {value}" for name, value in lines.items())
    return "\n".join(["import torch", "import lossviz", "", *named, last]) + "\n"


def literal(values: Tensor) -> str:
    """The Python expression of a tensor, to the last digit."""
    if values.numel() > 1 and bool((values == values.flatten()[0]).all()):
        return f"torch.full({tuple(values.shape)}, {values.flatten()[0].item()!r}, dtype={values.dtype})"
    rows = values.tolist()
    if values.ndim == 2:
        inner = ",\n    ".join(repr(row) for row in rows)
        return f"torch.tensor([\n    {inner},\n], dtype={values.dtype})"
    return f"torch.tensor({rows!r}, dtype={values.dtype})"
