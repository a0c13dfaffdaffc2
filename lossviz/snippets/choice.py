"""The choice, and its loss with its weights, as code to paste."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from lossviz.counts.scrutiny import NEVER
from lossviz.literals import digits_of
from lossviz.snippets.labels import counts_code

if TYPE_CHECKING:
    from torch import Tensor

    from lossviz.choice.choice import Choice

_FIRST = 12


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
    values = digits_of(weights)
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
