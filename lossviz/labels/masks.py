"""PNG masks -> readings: pixels per class, and images that hold each class."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image

from lossviz.counts import LabelCounts
from lossviz.labels.inspection import Inspection, Question, Reading, UnreadableLabels
from lossviz.labels.pieces import Piece

MOST_PIXELS = 170_000_000
# Deep and colour masks take up to 14 bytes a pixel on the way.
MOST_DEEP_PIXELS = 60_000_000
_IGNORED = (255, 65535, -1)


def inspect_masks(pieces: Sequence[Piece], name: str) -> Inspection:
    """Pixel counts over all masks; the value that often means "ignore" is asked about."""
    tally: Counter[int] = Counter()
    images: Counter[int] = Counter()
    for piece in pieces:
        own = _histogram(piece)
        tally.update(own)
        images.update(own.keys())
    if len(tally) > 1024 or (max(tally) < 256 and len(tally) > 250):
        raise UnreadableLabels(
            f"The masks hold {len(tally):,} different values; they look like photographs.", "Upload the label masks."
        )
    readings, questions = pixel_readings(tally, len(pieces), name, {}, images)
    return Inspection(readings, not questions and len(readings) == 1, questions)


def pixel_readings(
    tally: Mapping[int, int],
    count: int,
    name: str,
    base: Mapping[str, Any],
    images: Mapping[int, int] | None = None,
) -> tuple[tuple[Reading, ...], tuple[Question, ...]]:
    """All values as classes; without each value that may mean "ignore"; and images that hold each class."""
    values = sorted(tally)
    if len(values) < 2:
        raise UnreadableLabels("All pixels of the masks have one value.", "Upload masks with at least two classes.")
    ignorable = [value for value in values if value in _IGNORED and len(values) > 2]
    readings = []
    for ignored in (None, *ignorable):
        kept = [value for value in values if value != ignored]
        made = _pixels(tally, kept, ignored, name)
        what = f"{count:,} masks, pixels of {len(kept)} values" + (
            f", {ignored} left out" if ignored is not None else ""
        )
        readings.append(Reading(what, made, {**base, "unit": "pixel", "ignore": ignored}))
    # Where 255 stands beside small class ids it is most often no class.
    if ignorable and max(value for value in values if value not in ignorable) < 200:
        readings.reverse()
    questions: list[Question] = []
    if ignorable:
        question = f"Does {ignorable[0]} mean that a pixel has no label?"
        questions.append(Question("ignore", question, tuple(reading.settings["ignore"] for reading in readings)))
    if images is not None and count > 1:
        kept = [value for value in values if value not in ignorable]
        present = np.array([images[value] for value in kept])
        labels = tuple(str(value) for value in kept)
        made = LabelCounts(labels, present, count - present, count, "multilabel", "image", name)
        readings.append(Reading(f"{count:,} images, values that occur in each", made, {**base, "unit": "image"}))
        questions.append(Question("unit", "What is one sample?", ("pixel", "image")))
    return tuple(readings), tuple(questions)


def _pixels(tally: Mapping[int, int], kept: Sequence[int], ignored: int | None, name: str) -> LabelCounts:
    positives = np.array([tally[value] for value in kept])
    labelled = int(positives.sum())
    left_out = tally[ignored] if ignored is not None else 0
    labels = tuple(str(value) for value in kept)
    return LabelCounts(labels, positives, labelled - positives, labelled + left_out, "segmentation", "pixel", name)


def _histogram(piece: Piece) -> dict[int, int]:
    try:
        with Image.open(io.BytesIO(piece.data), formats=["PNG"]) as image:
            width, height = image.size
            most = MOST_PIXELS if image.mode in ("1", "L", "P") else MOST_DEEP_PIXELS
            if width * height > most:
                raise UnreadableLabels(
                    f"{piece.name!r} has {width:,} x {height:,} pixels; at most {most:,} are read.",
                    "Upload smaller masks.",
                )
            if image.mode in ("1", "L", "P"):
                histogram = (image.convert("L") if image.mode == "1" else image).histogram()
                return {value: times for value, times in enumerate(histogram[:256]) if times}
            if image.mode.startswith("I"):
                values, counts = np.unique(np.asarray(image), return_counts=True)
                return dict(zip(values.tolist(), counts.tolist(), strict=True))
            return _from_colours(image, piece.name)
    except UnreadableLabels:
        raise
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UnreadableLabels(
            f"The mask {piece.name!r} is damaged: {str(error)[:120].rstrip('.')}.", "Save it again as PNG."
        ) from error


def _from_colours(image: Image.Image, name: str) -> dict[int, int]:
    """A colour image whose three channels agree everywhere is gray; any other has no class ids."""
    pixels = np.asarray(image.convert("RGB"))
    if not ((pixels[..., 0] == pixels[..., 1]) & (pixels[..., 1] == pixels[..., 2])).all():
        raise UnreadableLabels(
            f"{name!r} is a colour image, and colours are no class ids.",
            "Save masks of one channel, a class per value.",
        )
    values, counts = np.unique(pixels[..., 0], return_counts=True)
    return dict(zip(values.tolist(), counts.tolist(), strict=True))
