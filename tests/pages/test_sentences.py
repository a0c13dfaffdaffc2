"""Every sentence is true at the ends of every knob: every page is opened there, and what it claims is checked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

import pytest
from streamlit.testing.v1 import AppTest

import lossviz
from tests.pages.test_pages import opened, texts

NUMBER = r"(?:over )?-?[\d,]*\.?\d+(?:e[+-]?\d+)?(?: %)?"
MARKED = rf"\*{{0,2}}({NUMBER})\*{{0,2}}"

LABELS = {
    "two equal classes": "counts:binary;a=5;b=5",
    "balanced": "counts:multiclass;a=50;b=50;c=50",
    "one in ten million": "counts:binary;common=9999999;rare=1",
    "one class of 1,000": "tail:1000:10000:1000000",
    "an empty class": "counts:multiclass;a=5;b=0;c=1",
    "always and never": "counts:multilabel;~n=100;never=0;always=100;some=4",
    "no positives": "counts:binary;a=5;b=0",
    "one label": "counts:multilabel;~n=10;a=3",
    "mostly positive": "counts:multilabel;~n=10;often=9;seldom=1",
}
CHOICES = ("weights%3D0", "weights%3D100000000", "scheme%3Duniform", "target%3Dclass_weight", "loss%3Dasl")


def knob_ends() -> Iterator[dict[str, float | None]]:
    """Every knob of every loss at both ends, the others as they are; and all at one end together."""
    knobs = [(f"{key}.{knob.name}", knob) for key, loss in lossviz.LOSSES.items() for knob in loss.knobs]
    start = {name: knob.default for name, knob in knobs}
    for name, knob in knobs:
        for end in (knob.low, knob.high, *([None] if knob.optional else [])):
            yield start | {name: end}
    yield {name: knob.low for name, knob in knobs}
    yield {name: knob.high for name, knob in knobs}


LOSSES = tuple(lossviz.LOSSES.values())
ENDS: dict[str, list[str]] = {
    "home": ["prevalence=0.5", "prevalence=1e-7", "prevalence=0.01"],
    "loss_curves": [
        *(
            f"budget_shown=true&separation={end}&labels={each}"
            for end in (0.5, 6.0)
            for each in list(LABELS.values())[:3]
        ),
    ],
    "batch_size": [
        *(
            f"prevalence={prevalence}&weight={weight}&batch_size={size}"
            for prevalence, weight, size in product((0.5, 1e-8, 0.99999999), (1, 1e-8, 1e8), (1, 65_536))
        ),
        *(f"prevalence={prevalence}&weight={weight}" for prevalence in (0.02, 1e-7) for weight in (1, 49, 1e7)),
        "loss_of_rare=0&loss_of_common=0",
        "loss_of_rare=100&loss_of_common=100",
        *(f"step_rows={rows}&micro_batches={parts}" for rows in (32, 512) for parts in (1, 32)),
    ],
    "scores": [
        *(f"true_probability={case}&cost_ratio={ratio}" for case in (1e-9, 0.999999999) for ratio in (1e-8, 1e8)),
    ],
    "weights": [
        *(f"choice=scheme%3D{scheme}" for scheme in lossviz.SCHEMES),
        *(f"choice=loss%3D{key}" for key in ("focal", "asl")),
        *(f"choice=target%3Dclass_weight;loss%3D{key}" for key in ("ce", "softmax_focal")),
        "choice=scheme%3Duniform;loss%3Dzlpr",
        "choice=loss%3Dfocal;focal.alpha%3D0",
        "choice=loss%3Dfocal;focal.alpha%3D1",
        "choice=loss%3Dasl;asl.clip%3D0.5;asl.gamma_neg%3D8",
        "choice=weights%3D1,1;target%3Dclass_weight",
    ],
    "weighted_mean": [
        f"label_smoothing={smoothing}&rare_weight={weight}" for smoothing in (0, 0.5) for weight in (1, 1000)
    ],
    "workbench": [f"workbench_loss={loss.label}" for loss in LOSSES],
}
CLAIMS = ("loss_curves", "weights", "batch_size", "scores", "home")
OPENINGS = [
    *((page, query) for page, queries in ENDS.items() for query in queries),
    *((page, f"labels={text}") for page in CLAIMS for text in LABELS.values()),
    *((page, f"choice={choice}") for page in CLAIMS[:4] for choice in CHOICES),
]


def value(text: str) -> float:
    return float(re.sub(r"over |[, %]", "", text))


def faults(app: AppTest) -> list[str]:
    """The claims of a page that its own numbers do not bear out."""
    shown = re.sub(r"\s+", " ", texts(app).replace("\\", ""))
    metrics = {each.label: each.value for each in app.metric}
    found = [f"{word!r} is no number" for word in re.findall(r"\bnan\b|\binf\b|not a number|\bNone\b(?! of)", shown)]
    found += [f"{label}: {text}" for label, text in metrics.items() if re.search(r"nan|inf$|not a number", text)]
    found += re.findall(r"\b1 (?:rows|batches|samples|steps|models|cases|classes|labels|micro-batches)\b", shown)
    found += re.findall(rf"about 0 of|\b0 of the {NUMBER}|to \*\*0\*\*", shown)
    differ = (
        rf"{MARKED} instead of {MARKED}",
        rf"a weight of {MARKED} acts like {MARKED}",
        rf"= {MARKED}, not by log {NUMBER} = {MARKED}",
        rf"the weight {MARKED} of batches of {NUMBER}, not with the {MARKED} of",
        rf"of a \w+ at a score of {NUMBER} it is {MARKED} with ASL detached, and {MARKED} without",
    )
    for pattern in differ:
        found += [match[0] for match in re.finditer(pattern, shown) if match[1] == match[2]]
    pair = re.search(rf"as {MARKED}, and detached as {MARKED}; .*? as {MARKED}, and detached as {MARKED}", shown)
    if pair and pair[1] == pair[2] and pair[3] == pair[4]:
        found.append(pair[0])
    found += [
        match[0] for match in re.finditer(rf"{MARKED} less than {MARKED}", shown) if value(match[1]) >= value(match[2])
    ]
    found += [match[0] for match in re.finditer(rf"count only {MARKED} times", shown) if value(match[1]) >= 1]
    for match in re.finditer(rf"as pos_weight {MARKED} does, whatever its γ: it favours (\w+ \w+)", shown):
        side = "the positives" if value(match[1]) > 1 else "the negatives" if value(match[1]) < 1 else "neither side"
        found += [match[0]] if side != match[2] else []
    means = [text for label, text in metrics.items() if label.startswith(("weighted mean of all", "mean over the b"))]
    if ("**No:" in shown) != (len(set(means)) == 2):
        found.append(f"the log: {means}")
    return found + arrival(shown)


def arrival(shown: str) -> list[str]:
    """Models are said to end where the formula says only where they do."""
    there = re.search(
        rf"formula says \*\*({NUMBER})\*\*; the models end .*? between ({NUMBER}) and ({NUMBER})\.", shown
    )
    apart = re.search(rf"formula says ({NUMBER}); after .*? between ({NUMBER}) and ({NUMBER})\.", shown)
    found = []
    for match, arrived in ((there, True), (apart, False)):
        if match is None:
            continue
        predicted, low, high = (value(text) for text in match.groups())
        room = 0.06 + 0.01 * abs(predicted)  # three digits are shown
        if arrived and not low - room <= predicted <= high + room:
            found.append(match[0])
        if not arrived and low + room <= predicted <= high - room:
            found.append(match[0])
    return found


@pytest.mark.parametrize(("page", "query"), OPENINGS)
def test_every_sentence_is_true_at_the_ends(page: str, query: str) -> None:
    app = opened(page, query)
    assert not faults(app)


@pytest.mark.parametrize(
    ("page", "key", "losses"), [("loss_curves", "curves", "losses"), ("scores", "scores", "scored")]
)
def test_every_sentence_is_true_where_the_knobs_end(page: str, key: str, losses: str) -> None:
    app = opened(page, "&".join([*(f"{losses}={loss.label}" for loss in LOSSES), "budget_shown=true"]))
    for stamp, values in enumerate(knob_ends(), start=1):
        app.session_state[key] = {"state": {"stamp": stamp, "values": values}}
        app.run()
        assert not app.exception, values
        assert app.session_state[f"{key}:view"].values.items() >= values.items()
        assert not faults(app), values


def test_false_sentences_are_found() -> None:
    """The check itself: it finds the faults that there were."""

    class Page:
        def __init__(self, text: str) -> None:
            self.metric: list[object] = []
            self.text = text

        def get(self, kind: str) -> list[object]:
            return [type("Element", (), {"value": self.text})] if kind == "markdown" else []

    for text in (
        "a weight of 1 acts like 1.",
        "at a loss of 4.569 instead of 4.569",
        "about 0 of the 800 batches",
        "Under it the formula says **3.1**; the models end at **0**, nine tenths of them between -0.1 and 0.1.",
        "move by log 5 = 1.61, not by log 5 = 1.61",
        "a score of nan",
        "it counts 1 rows",
    ):
        assert faults(Page(text)), text  # type: ignore[arg-type]
