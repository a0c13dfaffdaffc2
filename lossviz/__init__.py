"""lossviz: which weights, which loss, and what they will do to a model.

Names load on first use, so that ``import lossviz`` does not wait for torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossviz.lazy import on_first_use

__version__ = "0.1.0"

_HOMES = {
    "LabelCounts": "counts",
    "concerns": "scrutiny",
    "never_occurs": "scrutiny",
    "drop_classes": "revision",
    "merge_classes": "revision",
    "rename_classes": "revision",
    "missing_as": "revision",
    "POLICIES": "revision",
    "EXAMPLES": "labels.examples",
    "Inspection": "labels.inspection",
    "Reading": "labels.inspection",
    "UnreadableLabels": "labels.inspection",
    "AmbiguousLabels": "labels.inspection",
    "inspect_labels": "labels.reader",
    "read_labels": "labels.reader",
    "Cooccurrence": "labels.cooccurrence",
    "cooccurrence": "labels.cooccurrence",
    "SCHEMES": "schemes",
    "EmptyClassWarning": "weights",
    "LabelsWarning": "counted",
    "class_weights": "weights",
    "pos_weight": "weights",
    "positive_share": "weights",
    "weight_share": "weights",
    "Choice": "choice",
    "default_target": "ratios",
    "option_names": "ratios",
    "scheme_ratios": "ratios",
    "LOSSES": "losses.every",
    "Loss": "losses.registry",
    "BCEWithLogitsLoss": "losses.bce",
    "CrossEntropyLoss": "losses.cross_entropy",
    "SigmoidFocalLoss": "losses.sigmoid_focal",
    "SoftmaxFocalLoss": "losses.softmax_focal",
    "AsymmetricLoss": "losses.asymmetric",
    "ZLPRLoss": "losses.zlpr",
    "sigmoid_focal_loss": "losses.sigmoid_focal",
    "softmax_focal_loss": "losses.softmax_focal",
    "asymmetric_loss": "losses.asymmetric",
    "multilabel_categorical_cross_entropy": "losses.zlpr",
    "hamming_loss": "losses.hamming",
    "LossCurve": "curves",
    "loss_curve": "curves",
    "largest_difference": "curves",
    "true_probability": "optimum",
    "optimal_logit": "optimum",
    "equivalent_pos_weight": "optimum",
    "score_threshold": "optimum",
    "cost_probability": "optimum",
    "recalibrate": "optimum",
    "weighted_score": "optimum",
    "weighted_classes": "optimum",
    "effective_sample_size": "quality",
    "gradient_scale": "quality",
    "prior_logit": "quality",
    "prior_logits": "quality",
    "starting_loss": "quality",
    "start_of": "starting",
    "Start": "starting",
    "starting_point": "quality",
    "CASES": "cases",
    "DTYPES": "elements",
    "OWN_KNOBS": "loss_code",
    "REDUCTIONS": "elements",
    "ElementWeights": "elements",
    "difference_snippet": "element_snippets",
    "elements_snippet": "element_snippets",
    "losses_for": "elements",
    "taken_apart": "elements",
    "takes": "loss_code",
    "WAYS": "stability",
    "Break": "stability",
    "breaks": "stability",
    "stability_snippet": "stability",
    "track": "stability",
    "BATCHES": "batches",
    "WeightedMean": "batches",
    "weighted_mean": "batches",
    "means_over_weight": "batches",
    "effective_weight": "effective",
    "share_of_batches_without": "effective",
    "epoch_means": "accumulation",
    "gradient_cosines": "accumulation",
    "mean_of_means": "accumulation",
    "TrainedIntercepts": "training",
    "train_intercept": "training",
    "GradientBudget": "budget",
    "gradient_budget": "budget",
}

__all__ = list(_HOMES)

if TYPE_CHECKING:
    from lossviz.accumulation import epoch_means as epoch_means
    from lossviz.accumulation import gradient_cosines as gradient_cosines
    from lossviz.accumulation import mean_of_means as mean_of_means
    from lossviz.batches import BATCHES as BATCHES
    from lossviz.batches import WeightedMean as WeightedMean
    from lossviz.batches import means_over_weight as means_over_weight
    from lossviz.batches import weighted_mean as weighted_mean
    from lossviz.budget import GradientBudget as GradientBudget
    from lossviz.budget import gradient_budget as gradient_budget
    from lossviz.cases import CASES as CASES
    from lossviz.choice import Choice as Choice
    from lossviz.counted import LabelsWarning as LabelsWarning
    from lossviz.counts import LabelCounts as LabelCounts
    from lossviz.curves import LossCurve as LossCurve
    from lossviz.curves import largest_difference as largest_difference
    from lossviz.curves import loss_curve as loss_curve
    from lossviz.effective import effective_weight as effective_weight
    from lossviz.effective import share_of_batches_without as share_of_batches_without
    from lossviz.element_snippets import difference_snippet as difference_snippet
    from lossviz.element_snippets import elements_snippet as elements_snippet
    from lossviz.elements import DTYPES as DTYPES
    from lossviz.elements import REDUCTIONS as REDUCTIONS
    from lossviz.elements import ElementWeights as ElementWeights
    from lossviz.elements import losses_for as losses_for
    from lossviz.elements import taken_apart as taken_apart
    from lossviz.labels.cooccurrence import Cooccurrence as Cooccurrence
    from lossviz.labels.cooccurrence import cooccurrence as cooccurrence
    from lossviz.labels.examples import EXAMPLES as EXAMPLES
    from lossviz.labels.inspection import AmbiguousLabels as AmbiguousLabels
    from lossviz.labels.inspection import Inspection as Inspection
    from lossviz.labels.inspection import Reading as Reading
    from lossviz.labels.inspection import UnreadableLabels as UnreadableLabels
    from lossviz.labels.reader import inspect_labels as inspect_labels
    from lossviz.labels.reader import read_labels as read_labels
    from lossviz.loss_code import OWN_KNOBS as OWN_KNOBS
    from lossviz.loss_code import takes as takes
    from lossviz.losses.asymmetric import AsymmetricLoss as AsymmetricLoss
    from lossviz.losses.asymmetric import asymmetric_loss as asymmetric_loss
    from lossviz.losses.bce import BCEWithLogitsLoss as BCEWithLogitsLoss
    from lossviz.losses.cross_entropy import CrossEntropyLoss as CrossEntropyLoss
    from lossviz.losses.every import LOSSES as LOSSES
    from lossviz.losses.hamming import hamming_loss as hamming_loss
    from lossviz.losses.registry import Loss as Loss
    from lossviz.losses.sigmoid_focal import SigmoidFocalLoss as SigmoidFocalLoss
    from lossviz.losses.sigmoid_focal import sigmoid_focal_loss as sigmoid_focal_loss
    from lossviz.losses.softmax_focal import SoftmaxFocalLoss as SoftmaxFocalLoss
    from lossviz.losses.softmax_focal import softmax_focal_loss as softmax_focal_loss
    from lossviz.losses.zlpr import ZLPRLoss as ZLPRLoss
    from lossviz.losses.zlpr import multilabel_categorical_cross_entropy as multilabel_categorical_cross_entropy
    from lossviz.optimum import cost_probability as cost_probability
    from lossviz.optimum import equivalent_pos_weight as equivalent_pos_weight
    from lossviz.optimum import optimal_logit as optimal_logit
    from lossviz.optimum import recalibrate as recalibrate
    from lossviz.optimum import score_threshold as score_threshold
    from lossviz.optimum import true_probability as true_probability
    from lossviz.optimum import weighted_classes as weighted_classes
    from lossviz.optimum import weighted_score as weighted_score
    from lossviz.quality import effective_sample_size as effective_sample_size
    from lossviz.quality import gradient_scale as gradient_scale
    from lossviz.quality import prior_logit as prior_logit
    from lossviz.quality import prior_logits as prior_logits
    from lossviz.quality import starting_loss as starting_loss
    from lossviz.quality import starting_point as starting_point
    from lossviz.ratios import default_target as default_target
    from lossviz.ratios import option_names as option_names
    from lossviz.ratios import scheme_ratios as scheme_ratios
    from lossviz.revision import POLICIES as POLICIES
    from lossviz.revision import drop_classes as drop_classes
    from lossviz.revision import merge_classes as merge_classes
    from lossviz.revision import missing_as as missing_as
    from lossviz.revision import rename_classes as rename_classes
    from lossviz.schemes import SCHEMES as SCHEMES
    from lossviz.scrutiny import concerns as concerns
    from lossviz.scrutiny import never_occurs as never_occurs
    from lossviz.stability import WAYS as WAYS
    from lossviz.stability import Break as Break
    from lossviz.stability import breaks as breaks
    from lossviz.stability import stability_snippet as stability_snippet
    from lossviz.stability import track as track
    from lossviz.starting import Start as Start
    from lossviz.starting import start_of as start_of
    from lossviz.training import TrainedIntercepts as TrainedIntercepts
    from lossviz.training import train_intercept as train_intercept
    from lossviz.weights import EmptyClassWarning as EmptyClassWarning
    from lossviz.weights import class_weights as class_weights
    from lossviz.weights import pos_weight as pos_weight
    from lossviz.weights import positive_share as positive_share
    from lossviz.weights import weight_share as weight_share

__getattr__ = on_first_use(__name__, _HOMES)
