"""LabelCounts -> weights: pos_weight for sigmoid losses, class weights for softmax losses.

Every scheme of class weights is one entry in `SCHEMES`; selectors, sliders, tables and the
contract tests follow from it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from lossviz.counts import LabelCounts, whole_numbers
from lossviz.knobs import Knob

ZeroCount = Literal["clamp", "zero", "raise"]
Normalize = Literal["sum", "min", "max", "samples"]
Values = Mapping[str, float]


class EmptyClassWarning(UserWarning):
    """A class has no samples, no positives or no negatives; its weight says nothing about it."""


@dataclass(frozen=True)
class Scheme:
    """One way to turn counts into class weights.

    `compute(n, counts, knobs)` returns the raw weight of classes with `n` samples, none of them 0
    unless `finite_at_zero`, in a data set with class counts `counts`; both float64, shape (K,).
    """

    key: str
    title: str
    formula: str
    known_as: str
    compute: Callable[[Tensor, Tensor, Values], Tensor] = field(repr=False)
    knobs: tuple[Knob, ...] = ()
    normalize: Normalize | None = None
    finite_at_zero: bool = False


def _effective(n: Tensor, counts: Tensor, knobs: Values) -> Tensor:
    beta = knobs["beta"]
    if not 0 <= beta < 1:
        raise ValueError(f"beta must be at least 0 and below 1; got {beta}.")
    # log1p and expm1 keep the digits that 1 - beta**n loses when beta is close to 1
    log_beta = torch.log1p(torch.tensor(beta - 1, dtype=torch.float64))
    return (beta - 1) / torch.expm1(n * log_beta)


def _enet(n: Tensor, counts: Tensor, knobs: Values) -> Tensor:
    if not 1 < knobs["c"] < float("inf"):
        raise ValueError(f"c must be above 1, and finite; got {knobs['c']}.")
    return 1 / torch.log(knobs["c"] + n / counts.sum())


def _log(n: Tensor, counts: Tensor, knobs: Values) -> Tensor:
    if not 0 < knobs["mu"] < float("inf"):
        raise ValueError(f"mu must be above 0, and finite; got {knobs['mu']}.")
    return torch.log(knobs["mu"] * counts.sum() / n).clamp(min=1)


def _median(n: Tensor, counts: Tensor, knobs: Values) -> Tensor:
    # torch.median takes the lower of two middle values, quantile their mean
    return torch.quantile(counts[counts > 0], 0.5) / n


_BETA = Knob("beta", "β", 0, 0.99999, 0.00001, 0.999, "samples after which more of a class adds little")
_C = Knob("c", "c", 1.001, 2, 0.001, 1.02, "smaller lets rare classes weigh more")
_MU = Knob("mu", "μ", 0.01, 1, 0.01, 0.15, "larger lifts more classes above 1")

SCHEMES: dict[str, Scheme] = {
    scheme.key: scheme
    for scheme in (
        Scheme(
            key="balanced",
            title="Balanced",
            formula=r"w_c = \frac{N}{C\,n_c}",
            known_as="scikit-learn, TensorFlow tutorial",
            compute=lambda n, counts, knobs: counts.sum() / (counts.numel() * n),
        ),
        Scheme(
            key="inverse",
            title="Inverse frequency",
            formula=r"w_c = \frac{N}{n_c}",
            known_as='CatBoost Balanced is this with normalize="min"',
            compute=lambda n, counts, knobs: counts.sum() / n,
        ),
        Scheme(
            key="inverse_sqrt",
            title="Inverse square root",
            formula=r"w_c = \sqrt{\frac{N}{n_c}}",
            known_as='CatBoost SqrtBalanced is this with normalize="min"',
            compute=lambda n, counts, knobs: (counts.sum() / n).sqrt(),
        ),
        Scheme(
            key="log",
            title="Smoothed logarithm",
            formula=r"w_c = \max\left(1, \ln\frac{\mu N}{n_c}\right)",
            known_as="a Keras recipe",
            compute=_log,
            knobs=(_MU,),
        ),
        Scheme(
            key="enet",
            title="ENet",
            formula=r"w_c = \frac{1}{\ln(c + n_c / N)}",
            known_as="ENet, arXiv 1606.02147",
            compute=_enet,
            knobs=(_C,),
            finite_at_zero=True,
        ),
        Scheme(
            key="median",
            title="Median frequency",
            formula=r"w_c = \frac{\operatorname{median}(n)}{n_c}",
            known_as="median frequency balancing, arXiv 1411.4734",
            compute=_median,
        ),
        Scheme(
            key="effective",
            title="Effective number",
            formula=r"w_c = \frac{1-\beta}{1-\beta^{n_c}}",
            known_as="class-balanced loss, arXiv 1901.05555",
            compute=_effective,
            knobs=(_BETA,),
            normalize="sum",
        ),
        Scheme(
            key="uniform",
            title="Uniform",
            formula=r"w_c = 1",
            known_as="no weighting",
            compute=lambda n, counts, knobs: torch.ones_like(n),
        ),
    )
}


def pos_weight(
    positives: LabelCounts | ArrayLike,
    negatives: ArrayLike | None = None,
    *,
    power: float = 1.0,
    zero_count: ZeroCount = "clamp",
    max_weight: float | None = None,
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

    Returns
    -------
    Tensor, float64, shape (K,); (1,) for a binary task

    Warns
    -----
    EmptyClassWarning
        Once for the labels without positives, once for those without negatives (weight 0), by name.

    Examples
    --------
    >>> pos_weight([100], [900])
    tensor([9.], dtype=torch.float64)
    """
    names, n_pos, n_neg = _signed_counts(positives, negatives)
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
        warnings.warn(f"No negatives, so positives get weight 0: {listed}.", EmptyClassWarning, stacklevel=2)
    return _capped(weights, max_weight)


def class_weights(
    counts: LabelCounts | ArrayLike,
    scheme: str = "balanced",
    *,
    beta: float = 0.999,
    c: float = 1.02,
    mu: float = 0.15,
    normalize: Normalize | None = None,
    zero_count: ZeroCount = "clamp",
    max_weight: float | None = None,
) -> Tensor:
    """One weight per class, for ``torch.nn.CrossEntropyLoss(weight=...)``.

    ============== ====================== ======================================
    scheme         formula                known as
    ============== ====================== ======================================
    balanced       N / (C n_c)            scikit-learn
    inverse        N / n_c                inverse frequency
    inverse_sqrt   sqrt(N / n_c)          CatBoost SqrtBalanced, normalize="min"
    log            max(1, ln(mu N / n_c)) Keras recipe
    enet           1 / ln(c + n_c / N)    ENet, arXiv 1606.02147
    median         median(n) / n_c        median frequency balancing
    effective      (1-beta)/(1-beta^n_c)  class-balanced loss, arXiv 1901.05555
    uniform        1
    ============== ====================== ======================================

    Parameters
    ----------
    counts : LabelCounts or array-like of int, shape (C,)
    scheme : str
        A key of `SCHEMES`.
    beta, c, mu : float
        Used by "effective", "enet" and "log" alone.
    normalize : {None, "sum", "min", "max", "samples"}
        None: as the scheme defines it ("effective" sums to C). "sum": the weights of the classes
        that occur sum to C. "min", "max": the smallest or largest of them is 1. "samples": the
        mean weight of a sample is 1.
    zero_count : {"clamp", "zero", "raise"}
        A class without samples: as if it had one; weight 0; ValueError. Never infinite.
    max_weight : float, optional
        Cap, applied last.

    Returns
    -------
    Tensor, float64, shape (C,)

    Warns
    -----
    EmptyClassWarning
        Once, naming the classes without samples.

    Raises
    ------
    ValueError
        For negative, fractional, empty or all-zero counts, or an unknown option.

    Examples
    --------
    >>> class_weights([900, 100])
    tensor([0.5556, 5.0000], dtype=torch.float64)
    >>> class_weights([900, 100], "inverse", normalize="max")
    tensor([0.1111, 1.0000], dtype=torch.float64)
    """
    if scheme not in SCHEMES:
        raise ValueError(f"scheme must be one of {', '.join(SCHEMES)}; got {scheme!r}.")
    recipe, knobs = SCHEMES[scheme], {"beta": beta, "c": c, "mu": mu}
    names, counted = _class_counts(counts)
    _mind_empty(names, counted == 0, zero_count, "samples")
    n = _float64(counted)
    weights = recipe.compute(n if recipe.finite_at_zero else n.clamp(min=1), n, knobs)
    if zero_count == "zero":
        weights = torch.where(n > 0, weights, 0.0)
    return _capped(_normalized(weights, n, normalize or recipe.normalize), max_weight)


def weight_share(counts: LabelCounts | ArrayLike, weights: Tensor | None = None) -> Tensor:
    """Share of the total weight that each class ends with: n_c w_c / sum, shape (C,).

    Examples
    --------
    >>> weight_share([900, 100], class_weights([900, 100]))
    tensor([0.5000, 0.5000], dtype=torch.float64)
    """
    mass = _float64(_class_counts(counts)[1])
    if weights is not None:
        mass = mass * weights
    return mass / mass.sum()


def positive_share(counts: LabelCounts, weights: Tensor | None = None) -> Tensor:
    """Share of each label's total weight that its positives hold, shape (K,), binary (1,).

    That is n w / (n w + negatives), with `weights` the pos_weight of `pos_weight`, 1 if left out; nan for a
    label that nobody has been asked about.

    Examples
    --------
    >>> from lossviz import LabelCounts
    >>> counts = LabelCounts(("no", "yes"), [900, 100], [100, 900], 1000, "binary")
    >>> positive_share(counts), positive_share(counts, pos_weight(counts))
    (tensor([0.1000], dtype=torch.float64), tensor([0.5000], dtype=torch.float64))
    """
    _, n_pos, n_neg = _signed_counts(counts, None)
    mass = _float64(n_pos) * (1.0 if weights is None else weights)
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


def _capped(weights: Tensor, max_weight: float | None) -> Tensor:
    if max_weight is None:
        return weights
    if not max_weight > 0:
        raise ValueError(f"max_weight must be above 0; got {max_weight}.")
    return weights.clamp(max=max_weight)


def _class_counts(counts: LabelCounts | ArrayLike) -> tuple[Sequence[str], NDArray[np.int64]]:
    if isinstance(counts, LabelCounts):
        names, n = counts.classes, counts.positives
    else:
        n = whole_numbers(counts, "counts")
        names = tuple(str(k) for k in range(n.size))
    if not n.any():
        raise ValueError("All counts are 0, so there is nothing to weigh; check that the labels were read right.")
    return names, n


def _signed_counts(
    positives: LabelCounts | ArrayLike, negatives: ArrayLike | None
) -> tuple[Sequence[str], NDArray[np.int64], NDArray[np.int64]]:
    if isinstance(positives, LabelCounts):
        if negatives is not None:
            raise ValueError("negatives come from the LabelCounts; do not pass them too.")
        which = slice(1, 2) if positives.task == "binary" else slice(None)
        names, n_pos, n_neg = positives.classes[which], positives.positives[which], positives.negatives[which]
    else:
        if negatives is None:
            raise ValueError("pos_weight needs the negatives too; pass them, or a LabelCounts.")
        n_pos, n_neg = whole_numbers(positives, "positives"), whole_numbers(negatives, "negatives")
        if n_pos.shape != n_neg.shape:
            raise ValueError(f"positives and negatives differ in shape: {n_pos.shape} and {n_neg.shape}.")
        names = tuple(str(k) for k in range(n_pos.size))
    if not (n_pos.any() or n_neg.any()):
        raise ValueError("All counts are 0, so there is nothing to weigh; check that the labels were read right.")
    return names, n_pos, n_neg


def _mind_empty(names: Sequence[str], empty: NDArray[np.bool_], zero_count: str, what: str) -> None:
    if zero_count not in get_args(ZeroCount):
        raise ValueError(f"zero_count must be one of {', '.join(get_args(ZeroCount))}; got {zero_count!r}.")
    if not empty.any():
        return
    listed = _listed(names, empty)
    if zero_count == "raise":
        raise ValueError(f"No {what}: {listed}. Remove these classes, or choose another zero_count.")
    treated = "weighed as if there were one" if zero_count == "clamp" else "given weight 0"
    warnings.warn(f"No {what}, so {treated}: {listed}.", EmptyClassWarning, stacklevel=3)


def _float64(counts: NDArray[np.int64]) -> Tensor:
    return torch.from_numpy(counts).double()


def _listed(names: Sequence[str], where: NDArray[np.bool_], most: int = 8) -> str:
    chosen = [name for name, wanted in zip(names, where, strict=True) if wanted]
    rest = f" and {len(chosen) - most} more" if len(chosen) > most else ""
    return ", ".join(chosen[:most]) + rest
