"""COCO and what is written like it: instances, panoptic segments, and LVIS, which names what was looked for in vain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lossviz.counts.label_counts import LabelCounts
from lossviz.labels.formats.json_records import legible
from lossviz.labels.inspection import Inspection, Question, Reading, UnreadableLabels
from lossviz.labels.tables.headers import unique_names
from lossviz.labels.values import shown


@dataclass(frozen=True, eq=False)
class Coco:
    """What of a COCO file bears on labels."""

    names: dict[Any, str]  # by category id
    pairs: list[tuple[Any, Any]]  # image id and category id of each annotation
    images: set[Any]
    absent: set[tuple[Any, Any]] = field(default_factory=set)  # image id and category id, where LVIS says so

    @property
    def labels(self) -> dict[Any, str]:
        """The names by category id, each another one, as the model numbers them."""
        keys = sorted(self.names) if _alike(self.names) else list(self.names)
        return dict(zip(keys, unique_names((self.names[key] for key in keys), "category"), strict=True))

    @classmethod
    def of(cls, entries: Iterable[tuple[str | None, Any]]) -> Coco | None:
        """From the entries of its lists, each with the key of its list; None if they are not COCO's."""
        found = cls({}, [], set())
        try:
            for key, each in entries:
                if key == "categories":
                    found.names[_id(each["id"])] = legible(str(each["name"]))
                elif key == "annotations":
                    marks = each.get("segments_info", [each])
                    image = _id(each["image_id"])
                    found.images.add(image)
                    found.pairs.extend((image, _id(mark["category_id"])) for mark in marks)
                elif key == "images":
                    found.images.add(_id(each["id"]))
                    found.absent.update((_id(each["id"]), _id(k)) for k in each.get("neg_category_ids", ()))
        except (KeyError, TypeError, AttributeError) as error:
            if not found.names and not found.images:
                return None
            lacks = f"lacks {error}" if isinstance(error, KeyError) else f"cannot be read: {error}"
            raise UnreadableLabels(f"The COCO file {lacks}.", "Check that it is whole.") from error
        known = bool(found.names) + bool(found.pairs) + bool(found.images)
        return found if known > 1 else None


def inspect_coco(coco: Coco, name: str) -> Inspection:
    """Images with each category, and boxes or masks of each; which of them is a sample is asked."""
    names, pairs, images = coco.names, coco.pairs, coco.images
    unknown = {category for _, category in pairs} - set(names)
    if unknown:
        raise UnreadableLabels(
            f"Annotations name category {shown(min(unknown, key=str))}, which is not listed.", "Mend the categories."
        )
    if not names or not pairs:
        what = "annotations" if names else "categories"
        raise UnreadableLabels(f"The COCO file has no {what}.", "Upload the one that has them.")
    keys, labels = list(coco.labels), tuple(coco.labels.values())
    boxes = Counter(category for _, category in pairs)
    made = _on_images(coco, keys, labels, name)
    categories = f"{len(keys)} categories that occur" if len(keys) > 1 else "the one category that occurs"
    readings = [Reading(f"{len(images):,} images, {categories} on each", made, {"unit": "image"})]
    questions: list[Question] = []
    if coco.absent:
        readings = _of_lvis(coco, readings[0], keys, labels, name)
        asked = "Is a category that was not looked for on an image missing there, or absent?"
        questions.append(Question("missing", asked, (None, "negative")))
    if len(keys) > 1:
        counted = LabelCounts.exclusive(
            labels, [boxes[key] for key in keys], task="multiclass", unit="box", source=name
        )
        readings.append(Reading(f"{len(pairs):,} boxes or masks of {len(keys)} categories", counted, {"unit": "box"}))
        questions.insert(0, Question("unit", "What is one sample?", ("image", "box")))
    unused = made.without_positives
    warnings = (f"{len(unused)} categories are never used: {', '.join(unused[:10])}.",) if unused else ()
    return Inspection(tuple(readings), not questions, tuple(questions), warnings)


def _on_images(
    coco: Coco, keys: list[Any], labels: tuple[str, ...], name: str, negatives: Counter[Any] | None = None
) -> LabelCounts:
    present = Counter(category for _, category in set(coco.pairs))
    positives = np.array([present[key] for key in keys])
    others = len(coco.images) - positives if negatives is None else [negatives[key] for key in keys]
    return LabelCounts(labels, positives, others, len(coco.images), "multilabel", "image", name)


def _of_lvis(coco: Coco, first: Reading, keys: list[Any], labels: tuple[str, ...], name: str) -> list[Reading]:
    """Images on which a category is known to be absent as its negatives, and all others as well."""
    negatives = Counter(category for _, category in coco.absent - set(coco.pairs))
    known = _on_images(coco, keys, labels, name, negatives)
    what = f"{first.description}, absent where the file says so"
    return [
        Reading(what, known, {"unit": "image", "missing": None}),
        Reading(f"{first.description}, absent elsewhere", first.counts, {"unit": "image", "missing": "negative"}),
    ]


def _id(value: Any) -> int | str:
    """An id as COCO has them; TypeError for any other."""
    if not isinstance(value, int | str):
        raise TypeError(f"{shown(value)} is no id")
    return value


def _alike(ids: Iterable[Any]) -> bool:
    """Whether all category ids are whole numbers, or all are text."""
    return len({type(key) for key in ids}) == 1 and all(isinstance(key, int | str) for key in ids)
