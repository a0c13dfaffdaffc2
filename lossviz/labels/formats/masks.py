"""PNG masks -> readings: pixels per class, and images that hold each class."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lossviz.counts.label_counts import LabelCounts
from lossviz.labels.inspection import Inspection, Question, Reading, UnreadableLabels
from lossviz.labels.sources.extras import needed_for
from lossviz.labels.sources.files import File
from lossviz.labels.sources.streams import read_bytes

if TYPE_CHECKING:
    from PIL import Image

# Of one mask while it is counted; two are at once.
MOST_MEMORY = 200_000_000
# Of all together, which takes about a minute.
MOST_PIXELS = 20_000_000_000
# More are levels of gray.
MOST_PIXEL_VALUES = 1024
# Levels of gray that one can tell apart are further from 0.
_MOST_SMALL = 16
_BYTES = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2}
_BAND = 1 << 20
_OF_ONE_CHANNEL = (0, 3)  # of the colour types in the header of a PNG
_IGNORED = (255, 65535, -1, -100)


@dataclass
class Pixels:
    """Pixels of many images by their values, and those of the images in which each value occurs, in one pass."""

    tally: Counter[int] = field(default_factory=Counter)
    images: Counter[int] = field(default_factory=Counter)
    beside: Counter[int] = field(default_factory=Counter)
    ignored_beside: Counter[tuple[int, int]] = field(default_factory=Counter)

    def add(self, image: Mapping[int, int]) -> None:
        """One more image, of which `image` holds the pixels of each value that occurs."""
        total = sum(image.values())
        self.tally.update(image)
        self.images.update(image.keys())
        self.beside.update(dict.fromkeys(image, total))
        for ignored in image.keys() & set(_IGNORED):
            self.ignored_beside.update({(value, ignored): image[ignored] for value in image})

    def support(self, value: int, ignored: int | None) -> int:
        """Pixels of the images in which `value` occurs, but those of the value that is `ignored`."""
        return self.beside[value] - (0 if ignored is None else self.ignored_beside[value, ignored])


def inspect_masks(files: Sequence[File], name: str) -> Inspection:
    """Pixel counts over all masks; the value that often means "ignore" is asked about."""
    pixels = Pixels()
    tally = pixels.tally
    pool = ThreadPoolExecutor(2)  # decoding releases the interpreter
    try:
        for own in pool.map(_histogram, files):
            pixels.add(own)
            if len(tally) > MOST_PIXEL_VALUES:
                break
            if tally.total() > MOST_PIXELS:
                raise UnreadableLabels(
                    f"The masks have more than {MOST_PIXELS / 1e9:,.0f} billion pixels.", "Upload some of them."
                )
    finally:
        pool.shutdown(cancel_futures=True)
    if len(tally) > MOST_PIXEL_VALUES or (max(tally) < 256 and len(tally) > 250):
        raise UnreadableLabels(
            f"The masks hold {len(tally):,} different values; they look like photographs.", "Upload the label masks."
        )
    readings, questions = pixel_readings(pixels, len(files), name, {}, by_image=True)
    return Inspection(readings, not questions and len(readings) == 1, questions)


def are_masks(files: Sequence[File]) -> bool:
    """Whether PNG files may be masks and not photographs, by the headers of some of them: gray, or of a palette."""
    return all(_colour_type(file) in _OF_ONE_CHANNEL for file in files[:: max(1, len(files) // 8)][:8])


def _colour_type(file: File) -> int | None:
    try:
        with file.opener() as opened:
            start = read_bytes(opened, 26)
    except (OSError, UnreadableLabels):
        return 0  # whoever counts it says what is wrong with it
    return start[25] if len(start) > 25 else 0


def pixel_readings(
    pixels: Pixels,
    count: int,
    name: str,
    base: Mapping[str, Any],
    *,
    by_image: bool = False,
) -> tuple[tuple[Reading, ...], tuple[Question, ...]]:
    """All values as classes; without each value that may mean "ignore"; and images that hold each class."""
    values = sorted(pixels.tally)
    if len(values) < 2:
        raise UnreadableLabels("All pixels of the masks have one value.", "Upload masks with at least two classes.")
    ignorable = [value for value in values if value in _IGNORED and len(values) > 2]
    readings = []
    for ignored in (None, *ignorable):
        kept = [value for value in values if value != ignored]
        made = _pixels(pixels, kept, ignored, name)
        what = f"{count:,} masks, pixels of {len(kept)} values" + (
            f", {ignored} left out" if ignored is not None else ""
        )
        readings.append(Reading(what, made, {**base, "unit": "pixel", "ignore": ignored}, _ids(made)))
    # Where 255 stands beside small class ids it is most often no class.
    if ignorable and max(value for value in values if value not in ignorable) < 200:
        readings.reverse()
    questions: list[Question] = []
    if ignorable:
        question = f"Does {ignorable[0]} mean that a pixel has no label?"
        questions.append(Question("ignore", question, tuple(reading.settings["ignore"] for reading in readings)))
    if by_image and count > 1:
        kept = [value for value in values if value not in ignorable]
        present = np.array([pixels.images[value] for value in kept])
        labels = tuple(str(value) for value in kept)
        made = LabelCounts(labels, present, count - present, count, "multilabel", "image", name)
        what = f"{count:,} images, values that occur in each"
        readings.append(Reading(what, made, {**base, "unit": "image"}, _ids(made)))
        questions.append(Question("unit", "What is one sample?", ("pixel", "image")))
    return tuple(readings), tuple(questions)


def _ids(counts: LabelCounts) -> tuple[str, ...]:
    """The values where they are class ids, places among the outputs; none where they are levels of gray."""
    most = max(2 * counts.n_classes, _MOST_SMALL)
    return counts.classes if max(map(int, counts.classes)) < most else ()


def _pixels(pixels: Pixels, kept: Sequence[int], ignored: int | None, name: str) -> LabelCounts:
    positives = np.array([pixels.tally[value] for value in kept])
    support = [pixels.support(value, ignored) for value in kept]
    labelled = int(positives.sum())
    total = labelled + (pixels.tally[ignored] if ignored is not None else 0)
    labels = tuple(str(value) for value in kept)
    return LabelCounts(labels, positives, labelled - positives, total, "segmentation", "pixel", name, support)


def _histogram(file: File) -> Counter[int]:
    with needed_for("masks"):
        from PIL import Image, UnidentifiedImageError
    try:
        with Image.open(io.BytesIO(file.read(MOST_MEMORY)), formats=["PNG"]) as image:
            width, height = image.size
            most = MOST_MEMORY // _BYTES.get(image.mode, 4)
            if width * height > most:
                raise UnreadableLabels(
                    f"{file.name!r} has {width:,} x {height:,} pixels; at most {most:,} of its kind are read.",
                    "Upload smaller masks.",
                )
            if image.mode in ("L", "P"):
                return _counter(np.array(image.histogram()[:256]))
            found: Counter[int] = Counter()
            rows = max(1, _BAND // max(1, width))
            for top in range(0, height, rows):
                found.update(_of_band(image.crop((0, top, width, min(height, top + rows))), file.name))
            return found
    except UnreadableLabels:
        raise
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        unknown = isinstance(error, UnidentifiedImageError)  # which names the object in memory, not the file
        reason = "it cannot be decoded" if unknown else str(error)[:120].rstrip(".")
        raise UnreadableLabels(f"The mask {file.name!r} is damaged: {reason}.", "Save it again as PNG.") from error


def _of_band(band: Image.Image, name: str) -> Counter[int]:
    """How often each value occurs; a colour image whose three channels agree everywhere is gray."""
    if band.mode == "1":
        return _counter(np.array(band.convert("L").histogram()))
    if band.mode.startswith("I"):
        values, counts = np.unique(np.asarray(band), return_counts=True)
        return Counter(dict(zip(values.tolist(), counts.tolist(), strict=True)))
    pixels = np.asarray(band.convert("RGB"))
    if not ((pixels[..., 0] == pixels[..., 1]) & (pixels[..., 1] == pixels[..., 2])).all():
        raise UnreadableLabels(
            f"{name!r} is a colour image, and colours are no class ids.",
            "Save masks of one channel, a class per value.",
        )
    return _counter(np.bincount(pixels[..., 0].ravel()))


def _counter(counts: NDArray[np.int64]) -> Counter[int]:
    return Counter({value: int(counts[value]) for value in np.flatnonzero(counts).tolist()})
