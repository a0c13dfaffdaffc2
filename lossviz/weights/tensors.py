"""LabelCounts -> weights: pos_weight for sigmoid losses, class weights for softmax losses."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from numbers import Real
from typing import Literal, get_args

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from lossviz.counts.arguments import LabelsWarning, class_counts, doubt, refuse_labels, signed_counts
from lossviz.counts.label_counts import LabelCounts
from lossviz.weights.schemes import SCHEMES, Normalize, Sizes, check_scheme, knob_values

ZeroCount = Literal["clamp", "zero", "raise"]


class EmptyClassWarning(UserWarning):
    """A class has no samples, no positives or no negatives; its weight says nothing about it."""


@refuse_labels
def pos_weight(
    positives: LabelCounts | ArrayLike,
    negatives: ArrayLike | None = None,
    *,
    power: float = 1.0,
    zero_count: ZeroCount = "clamp",
    max_weight: float | None = None,
    dtype: torch.dtype | None = None,
) -> Tensor:
    r"""Weight of the positives of each label: :math:`(n_- / n_+)^{power}`.

    For ``torch.nn.BCEWithLogitsLoss(pos_weight=...)`` and the other sigmoid losses. It multiplies
    the loss of positives only; negatives keep weight 1.

    Parameters
    ----------
    positives : LabelCounts or array-like of int, shape (K,)
        With LabelCounts, `negatives` comes from there: per label (multi-label) or all other
        classes (one-vs-rest). A binary task gives one weight, for its positive class.
    negatives : array-like of int, shape (K,), optional
        Needed with plain arrays.
    power : float
        1 balances; 0.5 is the square root; 0 gives ones.
    zero_count : {"clamp", "zero", "raise"}
        A label without positives: as if it had one; weight 0; ValueError. Never infinite.
    max_weight : float, optional
        Cap, applied last.
    dtype : torch.dtype, optional
        Of the weights, which are computed in float64; torch's default dtype, which is that of models, by default.

    Returns
    -------
    Tensor, shape (K,); (1,) for a binary task

    Warns
    -----
    EmptyClassWarning
        Once for the labels without positives, once for those without negatives (weight 0), by name.

    Raises
    ------
    ValueError
        For what are no counts, an unknown option, or a weight that `dtype` cannot hold.

    Examples
    --------
    >>> pos_weight([100], [900])
    tensor([9.])
    """
    names, n_pos, n_neg = signed_counts(positives, negatives)
    check_numbers(power=power, max_weight=max_weight)
    if not 0 <= power < float("inf"):
        raise ValueError(f"power must be a number of 0 or more; got {power}.")
    empty = n_pos == 0
    _mind_empty(names, empty, zero_count, "positives")
    weights = (_float64(n_neg) / _float64(n_pos).clamp(min=1)) ** power
    if not weights.isfinite().all():
        raise ValueError(f"A power of {power} makes weights too large to write down; choose one nearer to 1.")
    if zero_count == "zero":
        weights = torch.where(torch.from_numpy(empty), 0.0, weights)
    full = (n_neg == 0) & ~empty
    if full.any():
        listed = _listed(names, full)
        warnings.warn(f"No negatives, so positives get weight 0: {listed}.", EmptyClassWarning, stacklevel=3)
    return as_dtype(capped(weights, max_weight), names, dtype)


@refuse_labels
def class_weights(
    counts: LabelCounts | ArrayLike,
    scheme: str = "balanced",
    *,
    normalize: Normalize | None = None,
    zero_count: ZeroCount = "clamp",
    max_weight: float | None = None,
    dtype: torch.dtype | None = None,
    **knobs: float,
) -> Tensor:
    """One weight per class, for ``torch.nn.CrossEntropyLoss(weight=...)``.

    | scheme       | formula                | known as                                   |
    | ------------ | ---------------------- | ------------------------------------------ |
    | balanced     | N / (C n_c)            | scikit-learn                               |
    | inverse      | N / n_c                | inverse frequency                          |
    | inverse_sqrt | sqrt(N / n_c)          | CatBoost SqrtBalanced, normalize="min"     |
    | log          | max(1, ln(mu N / n_c)) | Keras recipe                               |
    | enet         | 1 / ln(c + n_c / N)    | ENet, arXiv 1606.02147                     |
    | median       | median(f) / f_c        | median frequency balancing, arXiv 1411.4734 |
    | effective    | (1-beta)/(1-beta^n_c)  | class-balanced loss, arXiv 1901.05555      |
    | uniform      | 1                      |                                            |

    In "median" f_c is n_c over all pixels of the images in which the class occurs, as published, where
    ``LabelCounts.support`` knows them; where it does not, f_c is n_c / N, and rare classes weigh more.

    C in "balanced" is how many numbers a list holds, and how many classes of a `LabelCounts` occur: a class that only
    has its place there does not change the weights of the others, which are scikit-learn's.

    Parameters
    ----------
    counts : LabelCounts or array-like of int, shape (C,)
        How many samples each class has; not the labels.
    scheme : str
        A key of `SCHEMES`.
    normalize : {None, "sum", "min", "max", "samples"}
        None: as the scheme defines it ("effective" sums to C). "sum": the weights of the classes
        that occur sum to C. "min", "max": the smallest or largest of them is 1. "samples": the
        mean weight of a sample is 1.
    zero_count : {"clamp", "zero", "raise"}
        A class without samples: as if it had one; weight 0; ValueError. Never infinite.
    max_weight : float, optional
        Cap, applied last.
    dtype : torch.dtype, optional
        Of the weights, which are computed in float64; torch's default dtype, which is that of models, by default.
    **knobs : float
        The scheme's own: `beta` of "effective" (0.999), `c` of "enet" (1.02), `mu` of "log" (0.15). Those of other
        schemes do nothing.

    Returns
    -------
    Tensor, shape (C,), in the order of the classes

    Warns
    -----
    EmptyClassWarning
        Once, naming the classes without samples. It says so where the counts look like labels.
    LabelsWarning
        If counts of which none is 0 look like labels.

    Raises
    ------
    ValueError
        For negative, fractional, empty or all-zero counts, for what are no counts, an unknown option, or a
        weight that `dtype` cannot hold.
    TypeError
        For a knob that no scheme has.

    Examples
    --------
    >>> class_weights([900, 100])
    tensor([0.5556, 5.0000])
    >>> class_weights([900, 100], "inverse", normalize="max", dtype=torch.float64)
    tensor([0.1111, 1.0000], dtype=torch.float64)
    """
    names, counted, supported = class_counts(counts)
    check_scheme(scheme)
    recipe, values = SCHEMES[scheme], knob_values(scheme, knobs)
    check_numbers(**values, max_weight=max_weight)
    suspicion = doubt(counts, counted)
    if suspicion and counted.all():
        warnings.warn(suspicion, LabelsWarning, stacklevel=3)
    _mind_empty(names, counted == 0, zero_count, "samples", suspicion)
    n = _float64(counted)
    # Of labels that were read, scikit-learn knows the classes that occur; of a list of counts it is told all.
    n_classes = int((n > 0).sum()) if isinstance(counts, LabelCounts) else n.numel()
    support = None if supported is None else _float64(supported)
    sizes = Sizes(n if recipe.finite_at_zero else n.clamp(min=1), n, n_classes, support)
    weights = recipe.compute(sizes, values)
    if zero_count == "zero":
        weights = torch.where(n > 0, weights, 0.0)
    weights = capped(_normalized(weights, n, normalize or recipe.normalize), max_weight)
    return as_dtype(weights, names, dtype)


def weight_share(counts: LabelCounts | ArrayLike, weights: Tensor | Sequence[float] | None = None) -> Tensor:
    """Share of the total weight that each class ends with: n_c w_c / sum, shape (C,), float64.

    Examples
    --------
    >>> weight_share([900, 100], class_weights([900, 100]))
    tensor([0.5000, 0.5000], dtype=torch.float64)
    """
    mass = _float64(class_counts(counts)[1])
    mass = mass if weights is None else mass * _given(weights, mass)
    if not mass.sum() > 0:
        raise ValueError("weights are 0 for every class that occurs, so no share is left; give one a weight above 0.")
    return mass / mass.sum()


def positive_share(counts: LabelCounts, weights: Tensor | Sequence[float] | None = None) -> Tensor:
    """Share of each label's total weight that its positives hold, shape (K,), binary (1,), float64.

    That is n w / (n w + negatives), with `weights` the pos_weight of `pos_weight`, 1 if left out; nan for a
    label that nobody has been asked about.

    Examples
    --------
    >>> from lossviz import LabelCounts
    >>> counts = LabelCounts(("no", "yes"), [900, 100], [100, 900], 1000, "binary")
    >>> positive_share(counts), positive_share(counts, pos_weight(counts))
    (tensor([0.1000], dtype=torch.float64), tensor([0.5000], dtype=torch.float64))
    """
    _, n_pos, n_neg = signed_counts(counts, None)
    mass = _float64(n_pos)
    mass = mass if weights is None else mass * _given(weights, mass)
    return mass / (mass + _float64(n_neg))


def _normalized(weights: Tensor, counts: Tensor, normalize: Normalize | None) -> Tensor:
    """`weights` scaled so that those of the classes that occur keep the chosen rule."""
    occurring = weights[counts > 0]
    if normalize is None:
        return weights
    if normalize == "sum":
        return weights * (counts.numel() / occurring.sum())
    if normalize == "min":
        return weights / occurring.min()
    if normalize == "max":
        return weights / occurring.max()
    if normalize == "samples":
        return weights * (counts.sum() / (counts * weights).sum())
    raise ValueError(f"normalize must be None, {', '.join(get_args(Normalize))}; got {normalize!r}.")


def capped(weights: Tensor, max_weight: float | None) -> Tensor:
    if max_weight is None:
        return weights
    if not max_weight > 0:
        raise ValueError(f"max_weight must be above 0; got {max_weight}.")
    return weights.clamp(max=max_weight)


def _mind_empty(
    names: Sequence[str], empty: NDArray[np.bool_], zero_count: str, what: str, suspicion: str = ""
) -> None:
    if zero_count not in get_args(ZeroCount):
        raise ValueError(f"zero_count must be one of {', '.join(get_args(ZeroCount))}; got {zero_count!r}.")
    if not empty.any():
        return
    listed, before = _listed(names, empty), f"{suspicion} " if suspicion else ""
    if zero_count == "raise":
        raise ValueError(f"{before}No {what}: {listed}. Remove these classes, or choose another zero_count.")
    treated = "weighed as if there were one" if zero_count == "clamp" else "given weight 0"
    warnings.warn(f"{before}No {what}, so {treated}: {listed}.", EmptyClassWarning, stacklevel=4)


def check_numbers(**options: float | None) -> None:
    for name, value in options.items():
        if not isinstance(value, Real) and not (value is None and name == "max_weight"):
            raise ValueError(f"{name} must be a number; got {value!r}.")


def _given(weights: Tensor | Sequence[float], counts: Tensor) -> Tensor:
    """`weights` in float64, one for each of `counts`."""
    given = torch.as_tensor(weights, dtype=torch.float64)
    if given.shape != counts.shape:
        raise ValueError(f"weights must hold one number for each of the {counts.numel()} classes; got {given.numel()}.")
    if not ((given >= 0) & given.isfinite()).all():
        raise ValueError(f"weights must be 0 or more, and finite; got {given.tolist()}.")
    return given


def as_dtype(weights: Tensor, names: Sequence[str], dtype: torch.dtype | None = None) -> Tensor:
    """`weights` in `dtype`; ValueError where it makes one infinite, or 0 of what is not."""
    dtype = torch.get_default_dtype() if dtype is None else dtype
    if not isinstance(dtype, torch.dtype) or not dtype.is_floating_point:
        raise ValueError(f"dtype must be a floating-point dtype such as torch.float32; got {dtype!r}.")
    cast = weights.to(dtype)
    lost = ~cast.isfinite() | ((cast == 0) & (weights != 0))
    if lost.any():
        k = int(lost.int().argmax())
        raise ValueError(
            f"The weight {weights[k].item():.6g} of class {names[k]!r} does not fit into {dtype}, which would make it "
            f"{cast[k].item():g}; take dtype=torch.float32, or set normalize or max_weight."
        )
    return cast


def _float64(counts: NDArray[np.int64]) -> Tensor:
    return torch.tensor(counts, dtype=torch.float64)


def _listed(names: Sequence[str], where: NDArray[np.bool_], most: int = 8) -> str:
    chosen = [name for name, wanted in zip(names, where, strict=True) if wanted]
    rest = f" and {len(chosen) - most} more" if len(chosen) > most else ""
    return ", ".join(chosen[:most]) + rest
