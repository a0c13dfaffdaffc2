"""Counts as code to paste; every snippet prints the number that the page shows."""

from __future__ import annotations

from collections.abc import Sequence

from lossviz.counts.label_counts import LabelCounts
from lossviz.literals import tensor_code


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
    return f"""import torch

classes = {list(classes)!r}
# Samples with both labels; on the diagonal those with the label.
together = {tensor_code([list(row) for row in together], "torch.float64")}
for name, shares in zip(classes, together / together.diagonal()[:, None]):
    print(name, shares.tolist())
"""
