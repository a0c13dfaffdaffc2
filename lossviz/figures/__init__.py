"""Results -> figures; the only place that knows plotly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossviz.lazy import on_first_use

_HOMES = {
    "MOST_BARS": "bars",
    "counts_figure": "bars",
    "pos_weight_figure": "bars",
    "schemes_figure": "bars",
    "shares_figure": "bars",
    "tail_figure": "tail",
    "cooccurrence_figure": "heat",
    "rows_figure": "batches",
    "sweep_figure": "batches",
    "elements_figure": "elements",
    "stability_figure": "stability",
    "BatchSizeFigure": "live.batch_size",
    "SmoothingFigure": "live.smoothing",
    "least_at": "live.smoothing",
    "SmoothedBCEFigure": "live.smoothed_bce",
    "best_score": "live.smoothed_bce",
    "Run": "training",
    "training_figure": "training",
    "cosines_figure": "accumulation",
    "budget_figure": "budget",
    "LossFigure": "live.losses",
    "ScoreFigure": "live.scores",
    "undone_figure": "undone",
    "RestingFigure": "live.resting",
    "contenders": "live.comparison",
    "resting_scores": "live.comparison",
    "within": "live.lines",
}

__all__ = list(_HOMES)

if TYPE_CHECKING:
    from lossviz.figures.accumulation import cosines_figure as cosines_figure
    from lossviz.figures.bars import MOST_BARS as MOST_BARS
    from lossviz.figures.bars import counts_figure as counts_figure
    from lossviz.figures.bars import pos_weight_figure as pos_weight_figure
    from lossviz.figures.bars import schemes_figure as schemes_figure
    from lossviz.figures.bars import shares_figure as shares_figure
    from lossviz.figures.batches import rows_figure as rows_figure
    from lossviz.figures.batches import sweep_figure as sweep_figure
    from lossviz.figures.budget import budget_figure as budget_figure
    from lossviz.figures.elements import elements_figure as elements_figure
    from lossviz.figures.heat import cooccurrence_figure as cooccurrence_figure
    from lossviz.figures.live.batch_size import BatchSizeFigure as BatchSizeFigure
    from lossviz.figures.live.comparison import contenders as contenders
    from lossviz.figures.live.comparison import resting_scores as resting_scores
    from lossviz.figures.live.lines import within as within
    from lossviz.figures.live.losses import LossFigure as LossFigure
    from lossviz.figures.live.resting import RestingFigure as RestingFigure
    from lossviz.figures.live.scores import ScoreFigure as ScoreFigure
    from lossviz.figures.live.smoothed_bce import SmoothedBCEFigure as SmoothedBCEFigure
    from lossviz.figures.live.smoothed_bce import best_score as best_score
    from lossviz.figures.live.smoothing import SmoothingFigure as SmoothingFigure
    from lossviz.figures.live.smoothing import least_at as least_at
    from lossviz.figures.stability import stability_figure as stability_figure
    from lossviz.figures.tail import tail_figure as tail_figure
    from lossviz.figures.training import Run as Run
    from lossviz.figures.training import training_figure as training_figure
    from lossviz.figures.undone import undone_figure as undone_figure

__getattr__ = on_first_use(__name__, _HOMES)
