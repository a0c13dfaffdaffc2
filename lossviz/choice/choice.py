"""The choice that every page follows: labels in the order of the outputs, their weights, the loss with its knobs."""

from __future__ import annotations

import inspect
import math
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any, cast, get_args
from urllib.parse import parse_qs, urlencode

import torch
from torch import Tensor

from lossviz.choice.values import Value, knobs_of, options_of, weights_of
from lossviz.counts.label_counts import LabelCounts
from lossviz.labels.given.text import parse_counts, spell_counts
from lossviz.losses.code import OWN_KNOBS, code_of, module_of, takes
from lossviz.losses.every import LOSSES
from lossviz.losses.registry import Loss
from lossviz.weights.ratios import Target, default_target, scheme_ratios
from lossviz.weights.tensors import as_dtype, class_weights, pos_weight


@dataclass(frozen=True)
class Choice:
    """Labels, weights and loss as one value, written to an address and read from it.

    Parameters
    ----------
    counts : LabelCounts
        Of K classes in the order of the model's outputs.
    target : {"pos_weight", "class_weight"}, optional
        What the weights are for. By default "pos_weight" for a binary or multi-label task and
        "class_weight" for exclusive classes. In a multi-label task class weights weigh whole labels.
    scheme : str
        A key of `SCHEMES`. As a pos_weight it is the ratio of the scheme's two weights, those of a
        label's positives and negatives.
    options : mapping or pairs, optional
        Further arguments of `class_weights` or `pos_weight`, by name.
    weights : sequence of float, (K,), mapping or pandas Series, optional
        One's own numbers instead of a scheme's, in class order or by name; one number as a binary
        pos_weight. They keep nine digits, which is what float32 holds.
    loss : str, optional
        A key of `LOSSES`. By default "bce", or "ce" for class weights of exclusive classes.
    knobs : mapping or pairs, optional
        The loss's knobs by name, but for its weights.

    Raises
    ------
    TypeError
        If `counts` is no LabelCounts.
    ValueError
        For a target, scheme, option, loss or knob that there is not, that does not fit the task or has a value
        outside its range; for weights beside a scheme or its options; and for weights of other classes, below 0
        or beyond what float32 holds.

    Examples
    --------
    >>> choice = Choice(LabelCounts(("no", "yes"), [90, 10], [10, 90], 100, "binary"))
    >>> choice.tensor, choice.module().pos_weight
    (tensor([9.]), tensor([9.]))
    >>> Choice.parse(choice.text) == choice
    True
    """

    counts: LabelCounts
    target: Target | None = None
    scheme: str = "balanced"
    options: tuple[tuple[str, Value], ...] = ()
    weights: tuple[float, ...] | None = None
    loss: str | None = None
    knobs: tuple[tuple[str, Value], ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.counts, LabelCounts):
            raise TypeError(f"counts must be a LabelCounts, as read_labels returns; got {self.counts!r}.")
        self._set("target", default_target(self.counts) if self.target is None else self.target)
        if self.target not in get_args(Target):
            raise ValueError(f"target must be one of {', '.join(get_args(Target))}; got {self.target!r}.")
        self._set("loss", self._first_loss if self.loss is None else self.loss)
        self._set("options", options_of(self.options, self.of, self.scheme))
        if self.weights is not None:
            if self.scheme != "balanced" or self.options:
                said = self.options[0][0] if self.scheme == "balanced" else f"scheme={self.scheme!r}"
                raise ValueError(f"weights of your own take the place of a scheme; leave out {said}, or the weights.")
            self._set("weights", weights_of(self.weights, self.names, self.of))
        self._check_loss()
        self._set("knobs", knobs_of(self.knobs, self._key))

    def _set(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)

    @property
    def of(self) -> Target:
        """What the weights are for, never None."""
        return cast(Target, self.target)

    @property
    def _key(self) -> str:
        return cast(str, self.loss)

    @property
    def _first_loss(self) -> str:
        return "ce" if self.target == "class_weight" and self.counts.task != "multilabel" else "bce"

    @property
    def argument(self) -> str:
        """The loss's argument that the weights are for, "pos_weight" or "weight"."""
        return "pos_weight" if self.target == "pos_weight" else "weight"

    @property
    def names(self) -> tuple[str, ...]:
        """The class of each weight: of a binary pos_weight the positive class alone."""
        alone = self.target == "pos_weight" and self.counts.task == "binary"
        return self.counts.classes[1:] if alone else self.counts.classes

    @property
    def tensor(self) -> Tensor:
        """The weights in torch's default dtype, (K,); (1,) as the pos_weight of a binary task."""
        return as_dtype(self.exact, self.names)

    @cached_property
    def exact(self) -> Tensor:
        """The weights in float64."""
        if self.weights is not None:
            return torch.tensor(self.weights, dtype=torch.float64)
        options: dict[str, Any] = dict(self.options)
        if self.target == "class_weight":
            return class_weights(self.counts, self.scheme, dtype=torch.float64, **options)
        if self.scheme == "balanced":
            return pos_weight(self.counts, dtype=torch.float64, **options)
        return scheme_ratios(self.counts, self.scheme, **options)

    def module(self, reduction: str = "mean") -> Loss:
        """The loss with its weights and knobs, ready to train with."""
        weights = {self.argument: self.tensor} if self.argument in _parameters(self._key) else {}
        return cast(Loss, module_of(self._key, self._numbers(), weights, reduction))

    @property
    def code(self) -> str:
        """The Python expression of `module`, with the weights by the name of the argument."""
        weights = [self.argument] if self.argument in _parameters(self._key) else []
        return code_of(self._key, self._numbers(), weights)

    def pair(self, k: int) -> tuple[float, float]:
        """Weights of the other samples, on average, and of the samples of class `k`: one class against the rest."""
        own = self._each
        if self.target == "pos_weight":
            if self.counts.task == "binary":
                return (1.0, own[0]) if k == 1 else (own[0], 1.0)
            return 1.0, own[k]
        if self.counts.task == "multilabel":
            return own[k], own[k]
        n = torch.tensor(self.counts.positives, dtype=torch.float64)
        others = torch.arange(len(own)) != k
        rest = float(n[others].sum())
        return (float((n * self.exact)[others].sum()) / rest if rest else 1.0), own[k]

    @cached_property
    def _each(self) -> list[float]:
        return cast("list[float]", self.exact.tolist())

    def ratio(self, k: int) -> float:
        """The weight of class `k` over that of the rest: the pos_weight that it amounts to; nan where all weigh 0."""
        rest, own = self.pair(k)
        return own / rest if rest else math.inf if own else math.nan

    def with_ratio(self, k: int, ratio: float) -> Choice:
        """The same choice, but that class `k` weighs `ratio` times as much as the rest; the weights are one's own."""
        own = self.exact.clone()
        place = 0 if len(own) == 1 else k
        own[place] = ratio if self.target == "pos_weight" else ratio * self.pair(k)[0]
        return self._with_weights(own.tolist())

    def with_pair(self, k: int, rest: float, own: float) -> Choice:
        """The same, given as the weights of the rest and of class `k`; of two classes both are kept as they are."""
        if self.counts.task == "binary" and self.target == "class_weight":
            return self._with_weights((rest, own) if k == 1 else (own, rest))
        return self.with_ratio(k, own / rest if rest else own)

    def _with_weights(self, weights: Iterable[float]) -> Choice:
        return replace(self, scheme="balanced", options=(), weights=tuple(weights))

    def with_loss(self, key: str, k: int, values: Mapping[str, float | None]) -> Choice:
        """The choice that draws the loss `key` with these `values` of its knobs for class `k`.

        Weights that the scheme gives anyway, or of which `values` say nothing, stay those of the scheme;
        others become one's own.

        Raises
        ------
        ValueError
            If the loss does not fit the task.
        """
        knobs = {name: value for name, value in values.items() if name not in OWN_KNOBS}
        target = "class_weight" if takes(key) == "classes" else "pos_weight"
        if not _weighted(key):
            return self.changed(target=target, scheme="uniform", options=(), weights=None, loss=key, knobs=knobs)
        base = self.changed(target=target, loss=key, knobs=knobs)
        if len(knobs) == len(values):
            return base
        pair = values.get("weight_0", 1.0) or 0.0, values.get("weight_1", values.get("pos_weight", 1.0)) or 0.0
        if math.isclose(pair[1], base.ratio(k) * pair[0], rel_tol=1e-5):  # fields and links have six digits
            return base
        return base.with_pair(k, *pair)

    @cached_property
    def losses(self) -> tuple[str, ...]:
        """The losses that fit the task, so that `with_loss` can turn to them."""
        return tuple(key for key in LOSSES if self._can_turn_to(key))

    def _can_turn_to(self, key: str) -> bool:
        try:
            self.with_loss(key, 0, {})
        except ValueError:
            return False
        return True

    def changed(self, **fields: Any) -> Choice:
        """The same choice with other `fields`, without what does not fit them: loss, options or knobs.

        Weights of one's own take the place of the scheme, and a scheme theirs.
        """
        told = {name: getattr(self, name) for name in ("target", "scheme", "options", "weights", "loss", "knobs")}
        if fields.get("weights") is not None:
            told |= {"scheme": "balanced", "options": ()}
        elif "scheme" in fields or fields.get("options"):
            told["weights"] = None
        for kept in (("options", "loss", "knobs"), ("loss", "knobs"), ("options",), ()):
            try:
                left = {name: told[name] for name in ("target", "scheme", "weights", *kept)}
                return Choice(self.counts, **(left | fields))
            except ValueError:
                continue
        return Choice(self.counts, **fields)

    def knob_values(self, k: int) -> dict[str, float | None]:
        """The loss's knobs, with the weights of class `k` against the rest among them."""
        rest, own = self.pair(k)
        names = {knob.name for knob in LOSSES[self._key].knobs}
        weights = {"weight_0": rest, "weight_1": own, "pos_weight": self.ratio(k)}
        return {name: value for name, value in weights.items() if name in names} | self._numbers()

    @property
    def own(self) -> bool:
        """Whether the weights are one's own numbers."""
        return self.weights is not None

    @property
    def spelled(self) -> str:
        """All but the labels, what is the default left out: ``scheme=inverse_sqrt;loss=focal;focal.gamma=1``."""
        fields: list[tuple[str, Any]] = []
        if self.target != default_target(self.counts):
            fields.append(("target", self.target))
        if self.weights is not None:
            fields.append(("weights", ",".join(_short(weight) for weight in self.weights)))
            fields.append(("of", _mark(self.names)))
        elif self.scheme != "balanced":
            fields.append(("scheme", self.scheme))
        fields += self.options
        if self.loss != self._first_loss:
            fields.append(("loss", self.loss))
        fields += [(f"{self.loss}.{name}", value) for name, value in self.knobs]
        return ";".join(f"{name}={_spell(value)}" for name, value in fields)

    @property
    def text(self) -> str:
        """The address of the choice: ``labels=...&choice=...``, as `parse` reads it."""
        fields = {"labels": spell_counts(self.counts)} | ({"choice": self.spelled} if self.spelled else {})
        return urlencode(fields)

    @classmethod
    def parse(cls, text: str) -> Choice:
        """The choice that an address, or the part of it behind the question mark, stands for.

        Raises
        ------
        TypeError
            If it is no text.
        ValueError
            With one sentence, if it stands for none.
        """
        if not isinstance(text, str):
            raise TypeError(f"text must be an address of a choice, or a part of one; got {text!r}.")
        fields = parse_qs(text.rpartition("?")[2].partition("#")[0], keep_blank_values=True)
        if "labels" not in fields:
            raise ValueError(f"There are no labels in {text[:60]!r}; an address of a choice begins with labels=.")
        return cls.made_of(parse_counts(fields["labels"][-1]), fields.get("choice", [""])[-1])

    @classmethod
    def made_of(cls, counts: LabelCounts, spelled: str = "") -> Choice:
        """The choice that `spelled` makes for `counts`; ValueError with one sentence if it makes none."""
        told: dict[str, Any] = {}
        options: dict[str, Value] = {}
        knobs: dict[str, Value] = {}
        of = ""
        for field in filter(None, spelled.split(";")):
            name, _, value = field.partition("=")
            loss, _, knob = name.rpartition(".")
            if loss and loss != told.get("loss", loss):
                raise ValueError(f"The knob {name!r} is not one of the loss {told['loss']!r}.")
            if loss:
                knobs[knob] = _value(value)
            elif name in ("target", "scheme", "loss"):
                told[name] = value
            elif name == "weights":
                told[name] = tuple(_weight(part) for part in value.split(","))
            elif name == "of":
                of = value
            else:
                options[name] = _value(value)
        choice = cls(counts, options=tuple(options.items()), knobs=tuple(knobs.items()), **told)
        if choice.own and of not in ("", _mark(choice.names)):
            raise ValueError("The weights are those of other classes, or of another order of them; set them again.")
        return choice

    def _numbers(self) -> dict[str, float | None]:
        return cast("dict[str, float | None]", dict(self.knobs))

    def _check_loss(self) -> None:
        if not isinstance(self.loss, str) or self.loss not in LOSSES:
            raise ValueError(f"loss must be one of {', '.join(LOSSES)}; got {self.loss!r}.")
        if self._fits(self.loss):
            return
        label, fitting = LOSSES[self.loss].label, " or ".join(key for key in LOSSES if self._fits(key))
        if takes(self.loss) == "classes" and self.counts.task == "multilabel":
            raise ValueError(
                f"{label} takes one class per sample, and these labels can stand together; choose {fitting}."
            )
        if takes(self.loss) == "classes":
            raise ValueError(f'{label} has no pos_weight; choose {fitting}, or target="class_weight".')
        if not _weighted(self.loss):
            raise ValueError(
                f'{label} takes no weights; choose {fitting}, or target="pos_weight" with scheme="uniform".'
            )
        raise ValueError(
            f"{label} takes every class as a yes or no of its own, and class weights belong to a loss of one class "
            f'per sample; choose {fitting}, or target="pos_weight".'
        )

    def _fits(self, key: str) -> bool:
        """Whether the loss `key` takes such weights; one without weights is what it is under weights of 1."""
        if self.argument in _parameters(key):
            whole_labels = self.target == "class_weight" and self.counts.task == "multilabel"
            return self.target == "pos_weight" or (takes(key) == "elements") == whole_labels
        unweighted = self.weights is None and self.scheme == "uniform"
        return unweighted and takes(key) == "elements" and self.target == "pos_weight"


def _parameters(key: str) -> frozenset[str]:
    return _parameters_of(LOSSES[key])


@cache  # a page asks on every run
def _parameters_of(loss: type[Loss]) -> frozenset[str]:
    return frozenset(inspect.signature(loss).parameters)


def _weighted(key: str) -> bool:
    """Whether the loss has a place for weights."""
    return bool({"weight", "pos_weight"} & _parameters(key))


def _mark(names: Iterable[str]) -> str:
    """What tells weights of these classes, in this order, from those of others."""
    return f"{zlib.crc32(chr(0).join(names).encode('utf-8', 'surrogatepass')):08x}"


def _spell(value: Value) -> str:
    return "off" if value is None else _short(value) if isinstance(value, (int, float)) else value


def _short(value: float) -> str:
    return repr(float(value)).removesuffix(".0")


def _value(text: str) -> Value:
    if text == "off":
        return None
    try:
        return float(text)
    except ValueError:
        return text


def _weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"The weight {text[:40]!r} is no number.") from None
