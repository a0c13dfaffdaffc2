"""What the Weights page tabulates: every class in the order of the outputs, and the shares of the total weight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

import lossviz
from lossviz.snippets.choice import choice_snippet

if TYPE_CHECKING:
    from torch import Tensor

    from lossviz.choice.choice import Choice


def every_scheme(chosen: Choice) -> dict[str, Any]:
    """The weights under every scheme, with the options of the chosen one where they apply; one's own beside them."""
    shared = dict(chosen.options)
    found: dict[str, Any] = {}
    for key in lossviz.SCHEMES:
        names = lossviz.option_names(chosen.of, key)
        options = {name: value for name, value in shared.items() if name in names}
        found[key] = chosen.changed(weights=None, scheme=key, options=options).exact
    return {"own": chosen.exact} | found if chosen.own else found


def titles() -> dict[str, str]:
    """The schemes by their titles, one's own numbers among them."""
    return {key: scheme.title for key, scheme in lossviz.SCHEMES.items()} | {"own": "my own numbers"}


def weight_table(chosen: Choice, everything: dict[str, Any]) -> pd.DataFrame:
    """Index, class, counts and weights of every class, in the order of the model's outputs."""
    counts, names = chosen.counts, chosen.names
    which = slice(counts.n_classes - len(names), None)
    columns: dict[str, Any] = {"class": names}
    if chosen.argument == "pos_weight":
        columns |= {"positives": counts.positives[which], "negatives": counts.negatives[which]}
    else:
        columns["count"] = counts.positives
    columns[chosen.argument] = np.asarray(chosen.exact)
    never = set(lossviz.never_occurs(counts))
    if never.intersection(names):
        columns["note"] = ["never occurs" if name in never else "" for name in names]
    own = "own" if chosen.own else chosen.scheme
    columns |= {titles()[key]: np.asarray(weights) for key, weights in everything.items() if key != own}
    rows = pd.DataFrame(columns)
    rows.index.name = "index"
    return rows


def shares(chosen: Choice) -> tuple[Tensor, Tensor, str]:
    """Shares of the total weight before and after, and code that prints that of the rarest class after."""
    counts = chosen.counts
    share = lossviz.positive_share if chosen.argument == "pos_weight" else lossviz.weight_share
    which = 0 if len(chosen.names) == 1 else counts.rarest
    head = choice_snippet(chosen).rsplit("print", 1)[0]
    code = f"{head}print(lossviz.{share.__name__}(choice.counts, choice.exact)[{which}].item())\n"
    return share(counts), share(counts, chosen.exact), code
