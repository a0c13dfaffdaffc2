from __future__ import annotations

import numpy as np
import pytest

import lossviz
from lossviz.figures import (
    BatchSizeFigure,
    Run,
    SmoothedBCEFigure,
    SmoothingFigure,
    best_score,
    budget_figure,
    cosines_figure,
    least_at,
    training_figure,
)
from lossviz.figures.live.batch_size import CHOSEN, LARGEST
from lossviz.figures.live.smoothed_bce import BOTH as BOTH_OF_BCE
from lossviz.figures.live.smoothing import BOTH, LEAST
from tests.figures.test_figures import row, valid


@pytest.mark.parametrize("batch_size", [1, 32, 33, LARGEST])
@pytest.mark.parametrize(("prevalence", "weight"), [(0.01, 99.0), (1e-6, 1e6), (0.999, 0.001)])
def test_the_curve_is_the_effective_weight(prevalence: float, weight: float, batch_size: int) -> None:
    figure = BatchSizeFigure()
    rows = figure.rows({"prevalence": prevalence, "weight": weight, "batch_size": float(batch_size)})
    sizes = rows[0]
    assert (np.diff(sizes) >= 0).all()
    assert (sizes[0], sizes[-1]) == (1, LARGEST)
    effective = row(figure, rows, "effective weight, CrossEntropyLoss(weight)", "weight")
    expected = lossviz.effective_weight(prevalence, weight, sizes.astype(int).tolist())
    np.testing.assert_allclose(effective, expected, rtol=1e-13)
    stem = row(figure, rows, CHOSEN, "weight")
    here = np.isfinite(stem)
    assert sizes[here].tolist() == [batch_size] * 2
    assert stem[here].tolist() == [effective[here][0], 0]


def test_every_setting_has_as_many_points() -> None:
    figure = BatchSizeFigure()
    shapes = {figure.rows({"batch_size": size}).shape for size in (1, 2, 31.7, 100, LARGEST)}
    assert len(shapes) == 1


def test_the_stem_stands_where_the_loss_is_least() -> None:
    figure = SmoothingFigure()
    rows = figure.rows({"rare_weight": 100.0, "label_smoothing": 0.1})
    stem = np.isfinite(row(figure, rows, LEAST, "loss"))
    assert rows[0][stem] == pytest.approx([least_at(100.0, 0.1)] * 2, abs=1e-3)
    assert rows[0][stem][0] == pytest.approx(0.84, abs=5e-3)
    loss = row(figure, rows, BOTH, "loss")
    assert loss[stem][0] == pytest.approx(loss.min(), rel=1e-6)


@pytest.mark.parametrize(("weight", "smoothing"), [(1.0, 0.0), (1000.0, 0.5), (7.0, 0.2)])
def test_where_the_loss_is_least(weight: float, smoothing: float) -> None:
    """In closed form: each class's part of the target times its weight."""
    rare, common = weight * smoothing / 2, 1 - smoothing / 2
    assert least_at(weight, smoothing) == pytest.approx(rare / (rare + common), abs=1e-9)
    assert SmoothingFigure().rows({"rare_weight": weight, "label_smoothing": smoothing}).shape == (6, 119)


@pytest.mark.parametrize("prevalence", [1e-7, 0.01, 0.5])
@pytest.mark.parametrize("weight", [1.0, 99.0, 1e7])
@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
def test_the_stem_of_smoothed_bce_stands_where_its_mean_is_least(
    prevalence: float, weight: float, smoothing: float
) -> None:
    figure = SmoothedBCEFigure()
    rows = figure.rows({"bce_prevalence": prevalence, "bce_pos_weight": weight, "bce_smoothing": smoothing})
    loss, stem = row(figure, rows, BOTH_OF_BCE, "loss"), np.isfinite(row(figure, rows, LEAST, "loss"))
    assert rows.shape == (6, 199)
    assert rows[0][stem] == pytest.approx([best_score(prevalence, weight, smoothing)] * 2, rel=1e-9)
    assert loss[stem][0] == pytest.approx(loss.min(), rel=1e-9)


def test_smoothed_targets_move_the_optimum_of_bce() -> None:
    assert best_score(0.01, 99.0, 0.1) == pytest.approx(0.8613, abs=5e-5)
    assert best_score(0.01, 99.0, 0.0) == pytest.approx(0.5)
    assert best_score(0.01, 1.0, 0.0) == pytest.approx(0.01)


def test_training_is_drawn() -> None:
    trained = lossviz.train_intercept(0.05, 19, 16, steps=40, seeds=8)
    drawn = valid(training_figure([Run("ce", "one", 2.3, trained), Run("bce", "other", 2.9, trained)]))
    assert len(drawn.data) == 6
    assert drawn.data[1].y[-1] == pytest.approx(trained.band()[1])
    assert drawn.data[2].y == (2.3, 2.3)
    assert "predicted 2.3" in drawn.layout.annotations[0].text
    close = valid(training_figure([Run("ce", "one", 2.31, trained), Run("bce", "other", 2.3, trained)]))
    assert [note.yanchor for note in close.layout.annotations] == ["top", "bottom"]


def test_cosines_are_drawn() -> None:
    cosines = lossviz.gradient_cosines(32, 1, 50.0, [32, 8], seeds=20)
    drawn = valid(cosines_figure([1, 4], cosines, 4))
    assert drawn.data[1].y == pytest.approx((1, cosines[1].quantile(0.5).item()))
    assert drawn.data[2].x == (4,)


def test_budgets_are_drawn_whole() -> None:
    budgets = {"start": lossviz.gradient_budget(lossviz.BCEWithLogitsLoss(), 0.01)}
    drawn = valid(budget_figure(budgets))
    assert sum(trace.x[0] for trace in drawn.data) == pytest.approx(100)
    assert drawn.data[0].x[0] == pytest.approx(1)
