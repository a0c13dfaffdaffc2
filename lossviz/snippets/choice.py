"""What is on the screen, as code to paste; every snippet prints the number that the page shows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from lossviz.counts.label_counts import LabelCounts
from lossviz.counts.scrutiny import NEVER

if TYPE_CHECKING:
    from torch import Tensor

    from lossviz.choice.choice import Choice

_FIRST = 12
Entries = Sequence[tuple[str, str]]  # names and the code that makes each


def tensor(values: Tensor | Sequence[float]) -> str:
    """``torch.tensor([...])`` that gives `values` back to the last digit of their dtype.

    Examples
    --------
    >>> tensor([0.1, 9.0])
    'torch.tensor([0.1, 9.0])'
    """
    numbers = _digits(values)
    if len(numbers) <= 4:
        return f"torch.tensor([{', '.join(numbers)}])"
    lines = [", ".join(numbers[k : k + 4]) for k in range(0, len(numbers), 4)]
    return "torch.tensor([\n    " + ",\n    ".join(lines) + ",\n])"


def _digits(values: Tensor | Sequence[float]) -> list[str]:
    """The numbers with as many digits as give them back; numpy's own text of a float32 has no more than that dtype."""
    listed = values if isinstance(values, Sequence) else values.detach().cpu().numpy().astype(str)
    return [repr(float(value)) for value in listed]


def counts_code(counts: LabelCounts) -> str:
    """An expression that makes `counts`."""
    fields = [
        f"classes={list(counts.classes)!r}",
        f"positives={counts.positives.tolist()!r}",
        f"negatives={counts.negatives.tolist()!r}",
        f"n_samples={counts.n_samples!r}",
        f"task={counts.task!r}",
    ]
    if counts.unit != "sample":
        fields.append(f"unit={counts.unit!r}")
    if counts.support is not None:
        fields.append(f"support={counts.support.tolist()!r}")
    return "lossviz.LabelCounts(\n    " + ",\n    ".join(fields) + ",\n)"


def labels_snippet(counts: LabelCounts) -> str:
    """Prints how many times as frequent the most frequent class is as the rarest."""
    return f"""import lossviz

counts = {counts_code(counts)}
print(counts.imbalance_ratio)
"""


def together_snippet(classes: Sequence[str], together: Sequence[Sequence[int]]) -> str:
    """Prints, for every label, the share of its samples that bear each label."""
    rows = "".join(f"    {list(row)!r},\n" for row in together)
    return f"""import torch

classes = {list(classes)!r}
together = torch.tensor([  # samples with both labels; on the diagonal those with the label
{rows}], dtype=torch.float64)
for name, shares in zip(classes, together / together.diagonal()[:, None]):
    print(name, shares.tolist())
"""


def choice_snippet(choice: Choice) -> str:
    """Makes the choice, and prints the weight of the rarest class that occurs."""
    fields = [f"counts={counts_code(choice.counts)}".replace("\n", "\n    "), f"target={choice.target!r}"]
    if choice.weights is not None:
        fields.append(f"weights={list(choice.weights)!r}")
    else:
        fields.append(f"scheme={choice.scheme!r}")
    fields += [
        f"{name}={dict(pairs)!r}" for name, pairs in (("options", choice.options), ("knobs", choice.knobs)) if pairs
    ]
    fields.append(f"loss={choice.loss!r}")
    which = 0 if len(choice.names) == 1 else choice.counts.rarest
    return f"""import lossviz

choice = lossviz.Choice(
    {f",{chr(10)}    ".join(fields)},
)
print(choice.exact[{which}].item())  # choice.tensor has all of them, choice.module() the loss
"""


def loss_snippet(
    argument: str, weights: Tensor, names: Sequence[str], loss: str = "", absent: Collection[str] = ()
) -> str:
    """The loss with its weights by name, to paste into a training script; prints the shape of the tensor.

    The tensor is put in the order of ``class_to_idx``, for which the script may take that of its data set: a class
    that one of the two does not know stops it. `loss` is the class in torch.nn, or the whole call, with the weights by
    the name of the argument. Classes that are `absent` are marked.
    """
    called = loss or {"pos_weight": "BCEWithLogitsLoss", "weight": "CrossEntropyLoss"}[argument]
    call = called if "(" in called else f"torch.nn.{called}({argument}={argument})"
    values = _digits(weights)
    if len(names) == 1:
        return f"""import torch
{_ours(call)}
{argument} = torch.tensor([{values[0]}])  # of {_printable(names[0])}: target 1
loss = {call}
print(tuple(loss.{argument}.shape))
"""
    lines = [
        f"    {name!r}: {value},  # output {k}{f'; {NEVER}' if name in absent else ''}"
        for k, (name, value) in enumerate(zip(names, values, strict=True))
    ]
    return f"""import torch
{_ours(call)}
weights = {{
{chr(10).join(lines)}
}}
{_CLASS_TO_IDX.format("{name: k for k, name in enumerate(weights)}")}
{_BY_NAME.format(argument)}
loss = {call}
print(tuple(loss.{argument}.shape))
"""


_CLASS_TO_IDX = """\
# The order of the outputs. If your data set has one, take it: class_to_idx = dataset.class_to_idx
class_to_idx = {}"""
_BY_NAME = """assert class_to_idx.keys() == weights.keys(), class_to_idx.keys() ^ weights.keys()
{} = torch.tensor([weights[name] for name in sorted(class_to_idx, key=class_to_idx.get)])"""


def saved_loss_snippet(argument: str, weights: Tensor, loss: str, file: str, absent: Collection[str] = ()) -> str:
    """As `loss_snippet`, with the weights read from `file`, the JSON that holds all of them; for many classes."""
    first = ", ".join(f"{weight:.5g}" for weight in weights[:_FIRST].tolist())
    occur = "occurs; the JSON names it" if len(absent) == 1 else "occur; the JSON names them"
    several = f"# {len(absent):,} of the classes never {occur}.\n" if absent else ""
    return f"""import json
import torch
{_ours(loss)}
# {first} and {len(weights) - _FIRST:,} more
{several}with open({file!r}, encoding="utf-8") as file:
    saved = json.load(file)
weights = dict(zip(saved["classes"], saved[{argument!r}]))
{_CLASS_TO_IDX.format('saved["class_to_idx"]')}
{_BY_NAME.format(argument)}
loss = {loss}
print(tuple(loss.{argument}.shape))
"""


def _ours(call: str) -> str:
    return "import lossviz\n" if call.startswith("lossviz.") else ""


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text[:80])


def curves_snippet(losses: Entries, logit: float = 0.0) -> str:
    """Prints value and gradient of every loss at one logit, for a positive and a negative."""
    return f"""{_named(losses)}
logit = torch.tensor([{logit!r}])
for name, loss in losses.items():
    for target in (1, 0):
        curve = lossviz.loss_curve(loss, target, logit)
        print(name, target, curve.value.item(), curve.gradient.item())
"""


def resting_snippet(losses: Entries, prevalence: float) -> str:
    """Prints the score at which each loss comes to rest."""
    return f"""{_named(losses)}
for name, loss in losses.items():
    print(name, torch.sigmoid(lossviz.optimal_logit(loss, {prevalence!r})).item())
"""


def budget_snippet(losses: Entries, prevalence: float, separation: float) -> str:
    """Prints the positives' share of the gradient at the start, then each part's share at the optimum."""
    return f"""{_named(losses)}
for name, loss in losses.items():
    print(name, lossviz.gradient_budget(loss, {prevalence!r}).positives)
    print(lossviz.gradient_budget(loss, {prevalence!r}, separation={separation!r}))
"""


def _named(losses: Entries) -> str:
    lines = "".join(f"    {name!r}: {code},\n" for name, code in losses)
    return f"""import torch
import lossviz

losses = {{
{lines}}}"""


def batch_snippet(logits: Tensor, targets: Tensor, class_weights: Tensor) -> str:
    """Prints the weighted mean of the batch, then its numerators' sum over N, from torch alone; -100 is ignored."""
    counted = targets != -100
    rows = ",\n    ".join(repr(row) for row in logits.masked_fill(~counted[:, None], 0.0).tolist())
    n = "len(targets)" if counted.all() else "(targets != -100).sum().item()"
    return f"""import torch
from torch.nn.functional import cross_entropy

logits = torch.tensor([
    {rows},
], dtype=torch.float64)
targets = torch.tensor({targets.tolist()!r})
weight = {tensor(class_weights)}.double()
print(cross_entropy(logits, targets, weight).item())
print(cross_entropy(logits, targets, weight, reduction="sum").item() / {n})
"""
