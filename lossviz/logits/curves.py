"""A loss over a grid of logits: value and gradient, in float64, by autograd."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lossviz.losses.bce import BCEWithLogitsLoss
from lossviz.losses.cross_entropy import CrossEntropyLoss
from lossviz.losses.registry import Loss
from lossviz.losses.softmax_focal import SoftmaxFocalLoss

ElementLoss = Callable[[Tensor, int], Tensor]


@dataclass(frozen=True, eq=False)
class LossCurve:
    """Value and gradient with respect to the logit, each float64 of the shape of `logits`."""

    logits: Tensor
    value: Tensor
    gradient: Tensor


def loss_curve(loss: nn.Module, target: int, logits: Tensor | Sequence[float] | float | None = None) -> LossCurve:
    """The curve of any differentiable binary loss Module.

    Parameters
    ----------
    loss : nn.Module
        Called as ``loss(input, target)`` on logits. It is copied, and the copy is used in float64
        and unreduced. A softmax loss is asked about two classes, of which class 0 has logit 0.
    target : {0, 1}
    logits : Tensor or array-like, any shape, optional
        -8 to 8 in 401 steps by default.

    Raises
    ------
    ValueError
        For a loss that takes probabilities, such as BCELoss, or that has weights of several labels.

    Returns
    -------
    LossCurve
        The gradient is autograd's; where a loss detaches a factor it is not the slope of the value.

    Examples
    --------
    >>> curve = loss_curve(BCEWithLogitsLoss(), 1, torch.tensor([0.0]))
    >>> curve.value, curve.gradient
    (tensor([0.6931], dtype=torch.float64), tensor([-0.5000], dtype=torch.float64))
    """
    if target not in (0, 1):
        raise ValueError(f"target must be 0 or 1; got {target}.")
    grid = torch.linspace(-8, 8, 401, dtype=torch.float64) if logits is None else _grid_of(logits)
    return curves_of([(element_loss(loss), target)], grid)[0]


def _grid_of(logits: Tensor | Sequence[float] | float) -> Tensor:
    try:
        return torch.as_tensor(logits).detach().double()
    except (TypeError, ValueError, RuntimeError):
        raise ValueError(f"logits must be numbers; got {str(logits)[:60]!r}.") from None


def curves_of(asked: Sequence[tuple[ElementLoss, int]], logits: Tensor) -> list[LossCurve]:
    """The curves of several losses, each with its target, over the same float64 logits, in one backward pass."""
    with torch.enable_grad():
        inputs = [logits.clone().requires_grad_() for _ in asked]
        values = [element(x, target) for (element, target), x in zip(asked, inputs, strict=True)]
        if not all(value.requires_grad for value in values):
            raise ValueError("The loss has no gradient with respect to its input; pass a differentiable loss.")
        gradients = torch.autograd.grad([value.sum() for value in values], inputs)
    return [LossCurve(logits, value.detach(), slope) for value, slope in zip(values, gradients, strict=True)]


def largest_difference(one: nn.Module, other: nn.Module, logits: Tensor | None = None) -> float:
    """The largest difference in value between two losses, over both targets and `logits`."""
    gaps = [(loss_curve(one, t, logits).value - loss_curve(other, t, logits).value).abs().max() for t in (1, 0)]
    return float(max(gaps))


def element_loss(loss: nn.Module) -> ElementLoss:
    """`loss` as a function of float64 logits and one target for all, unreduced and differentiable."""
    if not isinstance(loss, nn.Module):
        raise TypeError(f"A loss must be a torch.nn.Module, made with its settings; got {loss!r}.")
    loss = copy.deepcopy(loss).double()
    _check_weights(loss)
    if isinstance(loss, Loss):
        return loss.binary
    if isinstance(loss, nn.BCEWithLogitsLoss):
        return lambda logits, target: BCEWithLogitsLoss.binary(loss, logits, target)  # type: ignore[arg-type]
    if isinstance(loss, nn.CrossEntropyLoss):
        return lambda logits, target: CrossEntropyLoss.binary(loss, logits, target)  # type: ignore[arg-type]
    if isinstance(getattr(loss, "reduction", None), str):
        loss.reduction = "none"  # type: ignore[assignment]
    elements = _elements(loss)
    _check_logits(loss, elements)
    return elements


def _elements(loss: nn.Module) -> ElementLoss:
    """A Module from elsewhere, one element at a time if it insists on reducing."""

    def single(logit: Tensor, target: Tensor) -> Tensor:
        result: Tensor = loss(logit.reshape(1), target.reshape(1))
        return result.sum()

    def elements(logits: Tensor, target: int) -> Tensor:
        targets = torch.full_like(logits, target)
        value: Tensor = loss(logits, targets)
        if value.shape == logits.shape:
            return value
        # A loss that insists on reducing is asked about one element at a time.
        pairs = logits.flatten(), targets.flatten()
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", message="There is a performance drop")
                return torch.func.vmap(single)(*pairs).reshape(logits.shape)
        except RuntimeError:  # it looks at its values, as with .item()
            return torch.stack([single(*pair) for pair in zip(*pairs, strict=True)]).reshape(logits.shape)

    return elements


# A loss of logits has no reason to change its manner between these, a loss of probabilities has every.
_PROBABILITIES, _LOGITS = (0.25, 0.5, 0.75), (-2.0, -1.0, 2.0, 3.0)
_INSTEAD = {
    "BCELoss": "nn.BCEWithLogitsLoss, and take the sigmoid off the end of the model",
    "NLLLoss": "nn.CrossEntropyLoss, and take the log-softmax off the end of the model",
}


def _check_logits(loss: nn.Module, elements: ElementLoss) -> None:
    """ValueError for a loss that takes probabilities: outside [0, 1] it fails, is negative, or has no slope."""
    if not isinstance(loss, (nn.BCELoss, nn.NLLLoss)):
        inside = _asked(elements, _PROBABILITIES)
        if inside is None or not inside[0].isfinite().all() or (inside[0] < 0).any():
            return  # what it takes is not for us to say
        outside = _asked(elements, _LOGITS)
        sound = outside is not None and outside[0].isfinite().all() and not (outside[0] < 0).any()
        if sound and outside is not None and (outside[1].any() or not inside[1].any()):
            return
    name = type(loss).__name__
    instead = _INSTEAD.get(name, "a Module that takes the sigmoid of its input first")
    raise ValueError(f"{name} takes probabilities, and curves are drawn over logits; pass {instead}.")


def _asked(elements: ElementLoss, values: Sequence[float]) -> tuple[Tensor, Tensor] | None:
    """Values and slopes of both targets, (2, n); None if the loss fails."""
    x = torch.tensor(values, dtype=torch.float64)
    try:
        curves = curves_of([(elements, 1), (elements, 0)], x)
    except (RuntimeError, ValueError, AssertionError):
        return None
    return torch.stack([curve.value for curve in curves]), torch.stack([curve.gradient for curve in curves])


def check_weight(name: str, weight: Tensor) -> None:
    """ValueError unless every number of a loss's `weight` is 0 or more, and finite."""
    bad = weight[~((weight >= 0) & weight.isfinite())]
    if bad.numel():
        raise ValueError(f"{name} must be 0 or more, and finite; got {bad.flatten()[0].item():g}.")


def _check_weights(loss: nn.Module) -> None:
    """A curve is that of one logit, which has one weight, or one for each of two classes."""
    softmax = isinstance(loss, (nn.CrossEntropyLoss, SoftmaxFocalLoss))
    if not softmax and not isinstance(loss, (nn.BCEWithLogitsLoss, Loss)):
        return
    if (mark := getattr(loss, "ignore_index", None)) in (0, 1):
        raise ValueError(
            f"ignore_index={mark} leaves out every target of {mark}, so the loss has no two sides to hold against each "
            "other; mark what does not count with a number that is no class."
        )
    for name in ("weight", "pos_weight"):
        weight, wanted = getattr(loss, name, None), 2 if softmax else 1
        if isinstance(weight, Tensor):
            check_weight(name, weight)
        if isinstance(weight, Tensor) and weight.numel() != wanted:
            one = "Take one label's."
            rows = f"Of {weight.numel()} classes pass rows of {weight.numel()} scores to recalibrate."
            raise ValueError(
                f"{name} must hold {wanted} number{'s' if softmax else ''} for a curve over one logit; "
                f"got {weight.numel()}. {rows if softmax else one}"
            )
