"""The schemes of class weights, each one entry in `SCHEMES`; selectors, sliders, tables and tests follow from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Literal

import torch
from torch import Tensor

from lossviz.knobs import Knob

Normalize = Literal["sum", "min", "max", "samples"]
Values = Mapping[str, float]


@dataclass(frozen=True)
class Sizes:
    """Of every class the samples to weigh it by, `n`, its samples, and its `support`; float64, (K,).

    `n` is `counts` with 1 for 0, but in schemes that are `finite_at_zero`. `n_classes` is the C of the formulas.
    """

    n: Tensor
    counts: Tensor
    n_classes: int
    support: Tensor | None = None


@dataclass(frozen=True)
class Scheme:
    """One way to turn counts into class weights: ``compute(sizes, knobs)`` gives the raw ones.

    A scheme that `uses_support` differs where `LabelCounts.support` is known, and says so in `known_as`.
    """

    key: str
    title: str
    formula: str
    known_as: str
    compute: Callable[[Sizes, Values], Tensor] = field(repr=False)
    knobs: tuple[Knob, ...] = ()
    normalize: Normalize | None = None
    finite_at_zero: bool = False
    uses_support: bool = False


def _effective(of: Sizes, knobs: Values) -> Tensor:
    beta = knobs["beta"]
    if not 0 <= beta < 1:
        raise ValueError(f"beta must be at least 0 and below 1; got {beta}.")
    # log1p and expm1 keep the digits that 1 - beta**n loses when beta is close to 1
    log_beta = torch.log1p(torch.tensor(beta - 1, dtype=torch.float64))
    return (beta - 1) / torch.expm1(of.n * log_beta)


def _enet(of: Sizes, knobs: Values) -> Tensor:
    if not 1 < knobs["c"] < float("inf"):
        raise ValueError(f"c must be above 1, and finite; got {knobs['c']}.")
    return 1 / torch.log(knobs["c"] + of.n / of.counts.sum())


def _log(of: Sizes, knobs: Values) -> Tensor:
    if not 0 < knobs["mu"] < float("inf"):
        raise ValueError(f"mu must be above 0, and finite; got {knobs['mu']}.")
    return torch.log(knobs["mu"] * of.counts.sum() / of.n).clamp(min=1)


def _median(of: Sizes, knobs: Values) -> Tensor:
    occurs = of.counts > 0
    # torch.median takes the lower of two middle values, quantile their mean
    if of.support is None:
        return torch.quantile(of.counts[occurs], 0.5) / of.n
    # A class that never occurs counts as one pixel in an image no larger than the least support.
    support = torch.where(occurs, of.support, of.support[occurs].min())
    return torch.quantile((of.counts / support)[occurs], 0.5) * support / of.n


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
            compute=lambda of, knobs: of.counts.sum() / (of.n_classes * of.n),
        ),
        Scheme(
            key="inverse",
            title="Inverse frequency",
            formula=r"w_c = \frac{N}{n_c}",
            known_as='CatBoost Balanced is this with normalize="min"',
            compute=lambda of, knobs: of.counts.sum() / of.n,
        ),
        Scheme(
            key="inverse_sqrt",
            title="Inverse square root",
            formula=r"w_c = \sqrt{\frac{N}{n_c}}",
            known_as='CatBoost SqrtBalanced is this with normalize="min"',
            compute=lambda of, knobs: (of.counts.sum() / of.n).sqrt(),
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
            formula=r"w_c = \frac{\operatorname{median}(f)}{f_c}",
            known_as="median frequency balancing, arXiv 1411.4734",
            compute=_median,
            uses_support=True,
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
            compute=lambda of, knobs: torch.ones_like(of.n),
        ),
    )
}
"""Every scheme of class weights by its key, in the order in which they are shown."""


def check_scheme(scheme: Any) -> None:
    """Raise ValueError for a scheme that there is not, with the nearest that there is."""
    if not isinstance(scheme, str) or scheme not in SCHEMES:
        near = get_close_matches(scheme, SCHEMES, 1) if isinstance(scheme, str) else []
        instead = f"; did you mean {near[0]!r}?" if near else "."
        raise ValueError(f"scheme must be one of {', '.join(SCHEMES)}; got {scheme!r}{instead}")


def knob_values(scheme: str, given: Values) -> dict[str, float]:
    """The knobs of a scheme as they are given, else at their defaults; TypeError for one that no scheme has."""
    names = dict.fromkeys(knob.name for each in SCHEMES.values() for knob in each.knobs)
    for name in given:
        if name not in names:
            raise TypeError(f"No scheme has a knob {name!r}; choose from {', '.join(names)}.")
    return {knob.name: given.get(knob.name, knob.default or 0.0) for knob in SCHEMES[scheme].knobs}
