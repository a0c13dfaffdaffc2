"""Losses side by side as code to paste; every snippet prints the numbers that the page shows."""

from __future__ import annotations

from collections.abc import Sequence

Entries = Sequence[tuple[str, str]]  # names and the code that makes each


def named(losses: Entries) -> str:
    """The losses by name, for a snippet to go through."""
    lines = "".join(f"    {name!r}: {code},\n" for name, code in losses)
    return f"""import torch
import lossviz

losses = {{
{lines}}}"""


def curves_snippet(losses: Entries, logit: float = 0.0) -> str:
    """Prints value and gradient of every loss at one logit, for a positive and a negative."""
    return f"""{named(losses)}
logit = torch.tensor([{logit!r}])
for name, loss in losses.items():
    for target in (1, 0):
        curve = lossviz.loss_curve(loss, target, logit)
        print(name, target, curve.value.item(), curve.gradient.item())
"""


def resting_snippet(losses: Entries, prevalence: float) -> str:
    """Prints the score at which each loss comes to rest."""
    return f"""{named(losses)}
for name, loss in losses.items():
    print(name, torch.sigmoid(lossviz.optimal_logit(loss, {prevalence!r})).item())
"""


def budget_snippet(losses: Entries, prevalence: float, separation: float) -> str:
    """Prints the positives' share of the gradient at the start, then each part's share at the optimum."""
    return f"""{named(losses)}
for name, loss in losses.items():
    print(name, lossviz.gradient_budget(loss, {prevalence!r}).positives)
    print(lossviz.gradient_budget(loss, {prevalence!r}, separation={separation!r}))
"""


def scores_snippet(losses: Entries, case: float, worth: float) -> str:
    """Prints for every loss the score of a case, the threshold, and the pos_weight that acts alike at 0.5."""
    return f"""{named(losses)}
for name, loss in losses.items():
    reported = lossviz.optimal_logit(loss, {case!r}).sigmoid().item()
    threshold = lossviz.score_threshold(loss, {worth!r}).item()
    print(name, reported, threshold, lossviz.equivalent_pos_weight(loss))
"""
