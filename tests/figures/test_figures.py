from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
import torch

import lossviz
from lossviz import (
    BATCHES,
    LabelCounts,
    class_weights,
    optimal_logit,
    pos_weight,
    positive_share,
    weight_share,
    weighted_mean,
)
from lossviz.figures.bars import MOST_BARS, counts_figure, label, pos_weight_figure, schemes_figure, shares_figure
from lossviz.figures.batches import rows_figure, sweep_figure
from lossviz.figures.budget import budget_figure
from lossviz.figures.live.comparison import contenders, resting_scores
from lossviz.figures.live.lines import LiveFigure, payload
from lossviz.figures.live.routes import LIVE_FIGURES, LossFigure, RestingFigure, ask
from lossviz.figures.palette import LOSS_COLORS, loss_color


def valid(figure: dict[str, Any]) -> go.Figure:
    """Plotly's own validation of a figure in plain dictionaries; all numbers finite."""
    drawn = go.Figure(figure)
    for trace in drawn.data:
        for values in (trace.x, trace.y):
            numbers = np.asarray(values)
            if numbers.dtype.kind == "f":
                assert np.isfinite(numbers).all()
    return drawn


COUNTS = [entry.counts for entry in lossviz.EXAMPLES.values()]


@pytest.mark.parametrize("counts", COUNTS, ids=list(lossviz.EXAMPLES))
@pytest.mark.parametrize("log", [False, True])
def test_counts_and_weights_are_drawn(counts: LabelCounts, log: bool) -> None:
    bars = valid(counts_figure(counts, log=log)).data[0]
    assert list(bars.x) == sorted(counts.positives.tolist(), reverse=True)
    weights = pos_weight(counts)
    assert sorted(valid(pos_weight_figure(counts, weights)).data[0].x) == sorted(weights.tolist())
    shares = valid(shares_figure(counts, weight_share(counts), weight_share(counts, class_weights(counts))))
    assert len(shares.data) == 2
    assert sum(shares.data[1].x) == pytest.approx(100)
    of_positives = valid(shares_figure(counts, positive_share(counts), positive_share(counts, weights)))
    assert list(of_positives.data[1].x) == pytest.approx([50] * len(weights))


def test_schemes_are_one_line_each() -> None:
    counts = lossviz.EXAMPLES["ham10000"].counts
    everything = {key: class_weights(counts, key) for key in lossviz.SCHEMES}
    titles = {key: scheme.title for key, scheme in lossviz.SCHEMES.items()}
    drawn = valid(schemes_figure(counts, everything, titles, "balanced"))
    assert [trace.name for trace in drawn.data] == list(titles.values())
    assert max(drawn.data[0].y) == pytest.approx(12.441, abs=5e-4)


def test_many_classes_become_a_line() -> None:
    many = LabelCounts.exclusive([f"c{k}" for k in range(MOST_BARS + 1)], range(1, MOST_BARS + 2))
    assert valid(counts_figure(many)).data[0].type == "scatter"
    few = LabelCounts.exclusive([f"c{k}" for k in range(MOST_BARS)], range(1, MOST_BARS + 1))
    assert valid(counts_figure(few)).data[0].type == "bar"
    everything = {key: class_weights(many, key) for key in lossviz.SCHEMES}
    assert valid(schemes_figure(many, everything, {key: key for key in everything}, "balanced")).data[0].mode == "lines"


@pytest.mark.filterwarnings("ignore::lossviz.weights.tensors.EmptyClassWarning")
def test_empty_classes_are_drawn() -> None:
    counts = LabelCounts(("never", "always", "some"), [0, 10, 4], [10, 0, 6], 10, "multilabel")
    for log in (False, True):
        valid(counts_figure(counts, log=log))
        valid(pos_weight_figure(counts, pos_weight(counts), log=log))


def test_names_are_shown_as_they_are() -> None:
    assert label("<b>x</b>&") == "&lt;b&gt;x&lt;/b&gt;&amp;"
    assert label("a\u202eb\nc") == "a\\u202eb\\nc"
    assert len(label("x" * 100)) == 40
    odd = LabelCounts.exclusive(["<a href='javascript:1'>", "b" * 60 + "1", "b" * 60 + "2"], [3, 2, 1])
    assert "&lt;a" in valid(counts_figure(odd)).layout.yaxis.ticktext[0]


@pytest.mark.parametrize("key", list(BATCHES))
def test_batches_are_drawn(key: str) -> None:
    logits, targets, weights = BATCHES[key].tensors()
    batch = weighted_mean(logits, targets, weights)
    rows = valid(rows_figure(batch, targets))
    assert sum(float(np.sum(trace.y)) for trace in rows.data) == pytest.approx(batch.weighted_mean)
    sweep = valid(sweep_figure(logits, targets, weights, 1))
    assert sweep.data[2].y == pytest.approx((batch.weighted_mean, batch.plain_mean))


def test_every_loss_has_a_colour_of_its_own() -> None:
    assert set(LOSS_COLORS) >= set(lossviz.LOSSES)
    assert len(set(LOSS_COLORS.values())) == len(LOSS_COLORS)
    assert loss_color("one of tomorrow").startswith("#")


def row(figure: LiveFigure, rows: np.ndarray, name: str, panel: str) -> np.ndarray:
    """The numbers of one curve of a live figure."""
    outline = figure.outline
    k = next(k for k, curve in enumerate(outline.curves) if (curve.name, curve.panel) == (name, panel))
    return rows[len(outline.axes) + k]


def test_loss_rows_hold_the_curves() -> None:
    figure = LossFigure(("bce", "focal"), points=41)
    rows = figure.rows({"bce.pos_weight": 9.0})
    outline = figure.outline
    assert [axis.key for axis in outline.axes] == ["logit", "probability"]
    assert rows.shape == (len(outline.axes) + len(outline.curves), 41)
    assert rows[0][20] == 0
    assert rows[1][20] == 0.5
    value = row(figure, rows, "BCE, target 1", "value")
    assert value[20] == pytest.approx(9 * np.log(2))
    np.testing.assert_array_equal(np.frombuffer(payload(rows), dtype="<f4").reshape(-1, 41), rows.astype(np.float32))


@pytest.mark.parametrize("key", list(lossviz.LOSSES))
def test_every_loss_has_rows_as_its_curves(key: str) -> None:
    figure = LossFigure((key,))
    values = {name: knob.default for group in figure.groups for name, knob in group.knobs}
    rows = figure.rows(values)
    for target in (1, 0):
        curve = lossviz.loss_curve(lossviz.LOSSES[key].from_knobs(), target, torch.from_numpy(rows[0]))
        name = f"{lossviz.LOSSES[key].label}, target {target}"
        np.testing.assert_array_equal(row(figure, rows, name, "value"), curve.value.numpy())
        np.testing.assert_array_equal(row(figure, rows, name, "gradient"), curve.gradient.numpy())


def test_equivalent_pos_weights_are_the_public_ones() -> None:
    figure = LossFigure(tuple(lossviz.LOSSES))
    values = {name: knob.default for group in figure.groups for name, knob in group.knobs}
    for key, ratio in figure.equivalent_pos_weights(values).items():
        assert ratio == pytest.approx(lossviz.equivalent_pos_weight(lossviz.LOSSES[key].from_knobs()), rel=1e-12)


def test_resting_rows_cross_where_the_loss_rests() -> None:
    figure = RestingFigure(points=2001)
    for prevalence in (0.5, 0.01, 0.0001):
        rows = figure.rows({"prevalence": prevalence})
        for entry, score in zip(contenders(prevalence), resting_scores(prevalence).values(), strict=True):
            at = torch.logit(torch.tensor(score, dtype=torch.float64)).item()
            if abs(at) < 7.9:
                share = row(figure, rows, entry.name, "share")
                assert np.interp(at, rows[0], share) == pytest.approx(0.5, abs=5e-3)
    scores = resting_scores(0.01)
    assert scores["plain BCE"] == pytest.approx(0.01)
    assert scores["balanced pos_weight"] == pytest.approx(0.5)
    assert scores["ASL"] == pytest.approx(torch.sigmoid(optimal_logit(lossviz.AsymmetricLoss(), 0.01)).item())


def test_the_resting_figure_names_its_contenders() -> None:
    names = [curve.name for curve in RestingFigure().outline.curves if curve.panel == "pull"]
    assert names == [entry.name for entry in contenders(0.01)]


# What the route asks.


def test_ask_reads_a_query() -> None:
    figure, values = ask("curves", {"loss": ["focal", "bce"], "focal.gamma": ["3"], "focal.alpha": ["off"]})
    assert figure == LossFigure(("focal", "bce"))
    assert values == {"focal.alpha": None, "focal.gamma": 3.0, "focal.pos_weight": 1.0, "bce.pos_weight": 1.0}
    figure, values = ask("resting", {"prevalence": ["0.2"], "points": ["11"]})
    assert figure == RestingFigure(points=11)
    assert values == {"prevalence": 0.2}
    for route, kind in LIVE_FIGURES.items():
        assert kind.route == route


@pytest.mark.parametrize(
    ("query", "match"),
    [
        ({}, "loss must be one or more of bce"),
        ({"loss": ["magic"]}, "got magic"),
        ({"loss": ["bce"], "focal.gamma": ["2"]}, "no parameter 'focal.gamma'"),
        ({"loss": ["focal"], "focal.gamma": ["6"]}, r"focal.gamma must lie between 0 and 5; got 6"),
        ({"loss": ["focal"], "focal.gamma": ["nan"]}, "must lie between"),
        ({"loss": ["focal"], "focal.gamma": ["x"]}, "must be a number"),
        ({"loss": ["focal"], "focal.gamma": ["off"]}, "must be a number"),
        ({"loss": ["bce"], "points": ["1000000"]}, "points must lie between"),
        ({"loss": ["bce"], "points": ["nan"]}, "points"),
        ({"loss": ["bce"], "reach": ["1e9"]}, "reach must lie between"),
        ({"loss": ["bce"], "reach": ["wide"]}, "reach must be a number"),
    ],
)
def test_ask_refuses_with_a_sentence(query: dict[str, list[str]], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        ask("curves", query)


def test_an_unknown_figure_is_refused() -> None:
    with pytest.raises(ValueError, match="no figure 'evil'; choose from curves"):
        ask("evil", {})


def test_bars_round_nothing_to_1_or_to_all() -> None:
    rare = lossviz.LabelCounts(("no", "yes"), [9_999_999, 1], [1, 9_999_999], 10_000_000, "binary")
    shares = shares_figure(rare, [0.9999999], [0.0000001])
    assert [list(trace["text"]) for trace in shares["data"]] == [["99.99999 %"], ["0.00001 %"]]
    assert list(pos_weight_figure(rare, [9_999_999.0])["data"][0]["text"]) == ["9,999,999"]
    budget = lossviz.GradientBudget(0.0, 1e-7, 1 - 1e-7, 0.0)
    texts = [text for trace in budget_figure({"plain": budget})["data"] for text in trace["text"]]
    assert "99.99999 %" in texts
