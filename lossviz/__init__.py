"""lossviz: which weights, which loss, and what they will do to a model.

Names load on first use, so that ``import lossviz`` does not wait for torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossviz.lazy import on_first_use

__version__ = "0.1.0"

_HOMES = {
    "LabelCounts": "counts.label_counts",
    "concerns": "counts.scrutiny",
    "never_occurs": "counts.scrutiny",
    "drop_classes": "counts.revision",
    "merge_classes": "counts.revision",
    "rename_classes": "counts.revision",
    "missing_as": "counts.revision",
    "POLICIES": "counts.revision",
    "EXAMPLES": "labels.given.examples",
    "Inspection": "labels.inspection",
    "Reading": "labels.inspection",
    "UnreadableLabels": "labels.inspection",
    "AmbiguousLabels": "labels.inspection",
    "inspect_labels": "labels.reader",
    "read_labels": "labels.reader",
    "Cooccurrence": "labels.meaning.cooccurrence",
    "cooccurrence": "labels.meaning.cooccurrence",
    "SCHEMES": "weights.schemes",
    "EmptyClassWarning": "weights.tensors",
    "LabelsWarning": "counts.arguments",
    "class_weights": "weights.tensors",
    "pos_weight": "weights.tensors",
    "positive_share": "weights.tensors",
    "weight_share": "weights.tensors",
    "Choice": "choice.choice",
    "default_target": "weights.ratios",
    "option_names": "weights.ratios",
    "scheme_ratios": "weights.ratios",
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
    "LossCurve": "logits.curves",
    "loss_curve": "logits.curves",
    "largest_difference": "logits.curves",
    "true_probability": "logits.optimum",
    "optimal_logit": "logits.optimum",
    "equivalent_pos_weight": "logits.optimum",
    "score_threshold": "logits.optimum",
    "cost_probability": "logits.optimum",
    "recalibrate": "logits.optimum",
    "weighted_score": "logits.optimum",
    "weighted_classes": "logits.optimum",
    "effective_sample_size": "logits.price",
    "gradient_scale": "logits.price",
    "prior_logit": "logits.price",
    "prior_logits": "logits.price",
    "starting_loss": "logits.price",
    "start_of": "choice.starting",
    "Start": "choice.starting",
    "starting_point": "logits.price",
    "CASES": "workbench.cases",
    "DTYPES": "workbench.elements",
    "OWN_KNOBS": "losses.code",
    "REDUCTIONS": "workbench.elements",
    "ElementWeights": "workbench.elements",
    "difference_snippet": "workbench.code",
    "elements_snippet": "workbench.code",
    "losses_for": "workbench.elements",
    "taken_apart": "workbench.elements",
    "takes": "losses.code",
    "WAYS": "logits.stability",
    "Break": "logits.stability",
    "breaks": "logits.stability",
    "stability_snippet": "logits.stability",
    "track": "logits.stability",
    "BATCHES": "batches.weighted_mean",
    "WeightedMean": "batches.weighted_mean",
    "weighted_mean": "batches.weighted_mean",
    "means_over_weight": "batches.weighted_mean",
    "effective_weight": "batches.effective",
    "share_of_batches_without": "batches.effective",
    "epoch_means": "batches.accumulation",
    "gradient_cosines": "batches.accumulation",
    "mean_of_means": "batches.accumulation",
    "TrainedIntercepts": "training",
    "train_intercept": "training",
    "GradientBudget": "logits.budget",
    "gradient_budget": "logits.budget",
}

__all__ = list(_HOMES)

if TYPE_CHECKING:
    from lossviz.batches.accumulation import epoch_means as epoch_means
    from lossviz.batches.accumulation import gradient_cosines as gradient_cosines
    from lossviz.batches.accumulation import mean_of_means as mean_of_means
    from lossviz.batches.effective import effective_weight as effective_weight
    from lossviz.batches.effective import share_of_batches_without as share_of_batches_without
    from lossviz.batches.weighted_mean import BATCHES as BATCHES
    from lossviz.batches.weighted_mean import WeightedMean as WeightedMean
    from lossviz.batches.weighted_mean import means_over_weight as means_over_weight
    from lossviz.batches.weighted_mean import weighted_mean as weighted_mean
    from lossviz.choice.choice import Choice as Choice
    from lossviz.choice.starting import Start as Start
    from lossviz.choice.starting import start_of as start_of
    from lossviz.counts.arguments import LabelsWarning as LabelsWarning
    from lossviz.counts.label_counts import LabelCounts as LabelCounts
    from lossviz.counts.revision import POLICIES as POLICIES
    from lossviz.counts.revision import drop_classes as drop_classes
    from lossviz.counts.revision import merge_classes as merge_classes
    from lossviz.counts.revision import missing_as as missing_as
    from lossviz.counts.revision import rename_classes as rename_classes
    from lossviz.counts.scrutiny import concerns as concerns
    from lossviz.counts.scrutiny import never_occurs as never_occurs
    from lossviz.labels.given.examples import EXAMPLES as EXAMPLES
    from lossviz.labels.inspection import AmbiguousLabels as AmbiguousLabels
    from lossviz.labels.inspection import Inspection as Inspection
    from lossviz.labels.inspection import Reading as Reading
    from lossviz.labels.inspection import UnreadableLabels as UnreadableLabels
    from lossviz.labels.meaning.cooccurrence import Cooccurrence as Cooccurrence
    from lossviz.labels.meaning.cooccurrence import cooccurrence as cooccurrence
    from lossviz.labels.reader import inspect_labels as inspect_labels
    from lossviz.labels.reader import read_labels as read_labels
    from lossviz.logits.budget import GradientBudget as GradientBudget
    from lossviz.logits.budget import gradient_budget as gradient_budget
    from lossviz.logits.curves import LossCurve as LossCurve
    from lossviz.logits.curves import largest_difference as largest_difference
    from lossviz.logits.curves import loss_curve as loss_curve
    from lossviz.logits.optimum import cost_probability as cost_probability
    from lossviz.logits.optimum import equivalent_pos_weight as equivalent_pos_weight
    from lossviz.logits.optimum import optimal_logit as optimal_logit
    from lossviz.logits.optimum import recalibrate as recalibrate
    from lossviz.logits.optimum import score_threshold as score_threshold
    from lossviz.logits.optimum import true_probability as true_probability
    from lossviz.logits.optimum import weighted_classes as weighted_classes
    from lossviz.logits.optimum import weighted_score as weighted_score
    from lossviz.logits.price import effective_sample_size as effective_sample_size
    from lossviz.logits.price import gradient_scale as gradient_scale
    from lossviz.logits.price import prior_logit as prior_logit
    from lossviz.logits.price import prior_logits as prior_logits
    from lossviz.logits.price import starting_loss as starting_loss
    from lossviz.logits.price import starting_point as starting_point
    from lossviz.logits.stability import WAYS as WAYS
    from lossviz.logits.stability import Break as Break
    from lossviz.logits.stability import breaks as breaks
    from lossviz.logits.stability import stability_snippet as stability_snippet
    from lossviz.logits.stability import track as track
    from lossviz.losses.asymmetric import AsymmetricLoss as AsymmetricLoss
    from lossviz.losses.asymmetric import asymmetric_loss as asymmetric_loss
    from lossviz.losses.bce import BCEWithLogitsLoss as BCEWithLogitsLoss
    from lossviz.losses.code import OWN_KNOBS as OWN_KNOBS
    from lossviz.losses.code import takes as takes
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
    from lossviz.training import TrainedIntercepts as TrainedIntercepts
    from lossviz.training import train_intercept as train_intercept
    from lossviz.weights.ratios import default_target as default_target
    from lossviz.weights.ratios import option_names as option_names
    from lossviz.weights.ratios import scheme_ratios as scheme_ratios
    from lossviz.weights.schemes import SCHEMES as SCHEMES
    from lossviz.weights.tensors import EmptyClassWarning as EmptyClassWarning
    from lossviz.weights.tensors import class_weights as class_weights
    from lossviz.weights.tensors import pos_weight as pos_weight
    from lossviz.weights.tensors import positive_share as positive_share
    from lossviz.weights.tensors import weight_share as weight_share
    from lossviz.workbench.cases import CASES as CASES
    from lossviz.workbench.code import difference_snippet as difference_snippet
    from lossviz.workbench.code import elements_snippet as elements_snippet
    from lossviz.workbench.elements import DTYPES as DTYPES
    from lossviz.workbench.elements import REDUCTIONS as REDUCTIONS
    from lossviz.workbench.elements import ElementWeights as ElementWeights
    from lossviz.workbench.elements import losses_for as losses_for
    from lossviz.workbench.elements import taken_apart as taken_apart

__getattr__ = on_first_use(__name__, _HOMES)
