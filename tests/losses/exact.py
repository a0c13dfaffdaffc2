"""The losses once more, as their papers write them, in 120 digits; slopes are central differences of 1e-30."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mpmath import mp, mpf

Value = Callable[[mpf], mpf]


def sigmoid(x: mpf) -> mpf:
    return 1 / (1 + mp.exp(-x))


def focal(x: mpf, t: float, alpha: float | None, gamma: float, pos_weight: float = 1) -> mpf:
    """Of one element; soft targets mix p_t and alpha_t, as torchvision has it."""
    p, q = sigmoid(x), sigmoid(-x)
    t = mpf(t)
    ce = pos_weight * t * mp.log1p(mp.exp(-x)) + (1 - t) * mp.log1p(mp.exp(x))
    miss = p * (1 - t) + q * t
    alpha_t = 1 if alpha is None or alpha < 0 else mpf(alpha) * t + (1 - mpf(alpha)) * (1 - t)
    return alpha_t * miss ** mpf(gamma) * ce


def asl(x: mpf, t: float, gamma_neg: float, gamma_pos: float, clip: float | None, eps: float | None) -> mpf:
    """Of one element; soft targets mix logs, bases and exponents, as the authors' code has it."""
    p, q, t, m = sigmoid(x), sigmoid(-x), mpf(t), mpf(clip or 0)
    p_m = max(p - m, mpf(0))
    of_positive = mp.log1p(mp.exp(-x))
    of_negative = mp.log1p(mp.exp(x)) if m == 0 else -mp.log(min(q + m, mpf(1)))
    if eps:
        of_positive, of_negative = (min(loss, -mp.log(mpf(eps))) for loss in (of_positive, of_negative))
    base = p_m * (1 - t) + q * t
    exponent = mpf(gamma_neg) * (1 - t) + mpf(gamma_pos) * t
    focus = mpf(1) if exponent == 0 else base**exponent
    return focus * (t * of_positive + (1 - t) * of_negative)


def softmax_focal(row: Sequence[mpf], y: int, gamma: float, weight: Sequence[float] | None) -> mpf:
    own = row[y]
    others = mp.fsum(mp.exp(x - own) for k, x in enumerate(row) if k != y)
    p_y, miss = 1 / (1 + others), others / (1 + others)
    focus = mpf(1) if gamma == 0 else miss ** mpf(gamma)
    return (1 if weight is None else mpf(weight[y])) * focus * -mp.log(p_y)


def zlpr(row: Sequence[mpf], targets: Sequence[float]) -> mpf:
    positives = mp.fsum(mpf(t) * mp.exp(-x) for x, t in zip(row, targets, strict=True))
    negatives = mp.fsum((1 - mpf(t)) * mp.exp(x) for x, t in zip(row, targets, strict=True))
    return mp.log1p(positives) + mp.log1p(negatives)


def value_and_slope(loss: Value, x: float) -> tuple[float, float]:
    """Nearest doubles of the loss and of its derivative at `x`."""
    with mp.workdps(120):
        z, h = mpf(x), mpf(10) ** -30
        return float(loss(z)), float((loss(z + h) - loss(z - h)) / (2 * h))
