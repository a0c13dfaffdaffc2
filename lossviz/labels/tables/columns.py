"""What the columns of a table hold, from one pass over each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice

from lossviz.labels.limits import LONGEST_CLASS, MOST_CLASSES
from lossviz.labels.tables.arrays import distinct
from lossviz.labels.tables.sparse import Cells

# In a column of so few rows that is called the label one class that recurs is enough.
_FEW_ROWS = 12

MISSING = {"", "na", "n/a", "#n/a", "<na>", "nan", "null", "?"}
ONES, ZEROS, UNCERTAIN = {"1", "1.0"}, {"0", "0.0"}, {"-1", "-1.0"}
YES = {"1", "1.0", "true", "yes", "y", "t", "x", "✓", "✔", "oui", "ja", "sí", "si"}
NO = {"0", "0.0", "false", "no", "n", "f", "✗", "✘", "non", "nein", "-1", "-1.0"}
_LABEL_NAME = re.compile(
    r"^(y|dx|gt|gold|truth|ground[_ ]?truth|target|outcome|diagnosis|species|sentiment|polarity|genres?|topics?"
    r"|response|survived|churn|emotions?|activity|intent|stance|grade|severity|quality|stars|rating|fraud|spam|default|cover_type)$"
    r"|标签|类别|分类|標籤|類別|ラベル|라벨"
    r"|^OUTPUT:|label|class|categor|finding|(^|_)tags?$|(^|[_ ])target|status$|(^|[ _])(is|has)[ _]|^is[A-Z]|diagnos",
    re.IGNORECASE,
)
_LABEL_ITSELF = re.compile(
    r"^(y|labels?|class(es)?|targets?|outcome|response|survived|churn|dx|diagnosis)$", re.IGNORECASE
)
# Columns of classes that say how rows came about, not what they are.
_ABOUT_ROWS = re.compile(
    r"^(unnamed.*|index|idx|id|row|fold|kfold|split|splits|subset|usage|set|partition|phase|version|source|dataset|annotator|reader"
    r"|rater|rad)$|_(id|split|fold|set|version)$",
    re.IGNORECASE,
)


# What is written so is when, where or which, and no class.
_PARTICULAR = re.compile(
    r"""\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T]+\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(\s*[AP]M)?(Z|[ ]?[+-]\d{2}:?\d{2})?)?
    | \d{1,3}:\d{2}(:\d{2}([.,]\d+)?)?(\s*[AP]M)?
    | (https?|ftp|s3|gs)://\S+ | www\.\S+ | \S+@\S+\.\w+
    | [0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12} | [0-9a-f]{16,}
    | [^<>]*\.(jpe?g|png|gif|bmp|tiff?|webp|wav|mp3|flac|ogg|mp4|avi|mov|txt|xml|json|npy|dcm|nii|nii\.gz|pdf)""",
    re.IGNORECASE | re.VERBOSE,
)
_NO_LABEL_NAME = re.compile(
    r"^(INPUT|HINT|GOLDEN|ASSIGNMENT|ACCEPT):"  # as crowds' platforms mark what was asked and of whom
    r"|(^|[_ ])(lat|lon|lng|latitude|longitude|time_?stamp|date|datetime|url|uri|e-?mail|phone|zip(_?code)?)$"
    r"|[a-z](Date|Time|Timestamp|Url|URL)$|^(begin|start|end|created|updated)[_ ]?(time|date|at)?([_ ]\(\w+\))?$",
    re.IGNORECASE,
)
# What is measured of a file, as long as it is numbers.
_SIZE_NAME = re.compile(
    r"(^|[_ ])(width|height|depth|size|bytes|filesize|file_size|length|duration|channels?|fps|[xy]_?(min|max)|[xy][12]"
    r"|xcenter|ycenter|area|offset|start|end|begin)$",
    re.IGNORECASE,
)
_NEARLY_ALL = 0.9
_PATH = re.compile(r"(?!\w+://).*[^/\\:\s][/\\][^/\\]+\.\w{1,5}")
# What a survey writes where an option was not chosen.
_UNSELECTED = {"", "not selected", "unselected", "unchecked", "not checked", "not chosen"}
_TAG = re.compile(r"O|[BIELSUM]-\S+")


def label_name(name: str) -> bool:
    """Whether a column of that name is called a label, or a thing that tables of labels have."""
    return bool(_LABEL_NAME.search(name)) or bool(
        re.search(r"(^|[_ ])(id|ids|image|file|filename|path|text|name|count)$", name, re.I)
    )


def tagged(values: Iterable[str]) -> bool:
    """Whether all are tags of tokens: O outside of names, B- where one begins, I- inside, and the like."""
    distinct = set(values)
    return "O" in distinct and len(distinct) > 1 and all(_TAG.fullmatch(value) for value in distinct)


def folder_of(path: str) -> str:
    """The name of the folder in which a file lies.

    Examples
    --------
    >>> folder_of("train/cat/im1.png"), folder_of("im1.png")
    ('cat', '')
    """
    parts = re.split(r"[/\\]+", path.strip())
    return parts[-2] if len(parts) > 1 else ""


def is_particular(value: str) -> bool:
    """Whether a value says when, where or which: a date, an address, the name of a file and the like."""
    return bool(_PARTICULAR.fullmatch(value) or _PATH.fullmatch(value))


def is_unselected(value: str) -> bool:
    """Whether an option was not chosen."""
    return value.strip().lower() in _UNSELECTED or is_missing(value)


def is_missing(value: str) -> bool:
    return value.strip().lower() in MISSING


@dataclass(frozen=True)
class Column:
    """What one column holds, from one pass over it."""

    name: str
    position: int
    tally: Mapping[str, int]  # value -> count, missing left out, most frequent first
    missing: int
    rows: int
    marked: Mapping[str, int] = field(default_factory=dict)  # NA, None and the like among the missing
    appeared: Sequence[str] = ()  # its values in the order in which they are first met, if they may be classes

    @cached_property
    def lowered(self) -> set[str]:
        """Its values in small letters."""
        return {value.lower() for value in self.tally}

    @property
    def two_valued(self) -> bool:
        """Whether it holds yes and no, 1 and 0 and the like, and nothing else."""
        return bool(self.lowered) and len(self.lowered) <= 2 and self.lowered <= YES | NO

    @property
    def marks(self) -> bool:
        """Whether it holds nothing but 1, 0 and -1."""
        return bool(self.lowered) and self.lowered <= ONES | ZEROS | UNCERTAIN

    @property
    def doubts(self) -> bool:
        """Whether -1 stands beside 0, and so is no negative."""
        return self.marks and bool(self.lowered & UNCERTAIN) and bool(self.lowered & ZEROS)

    @property
    def whole(self) -> bool:
        """Whether all its values are whole numbers of 0 or more."""
        return bool(len(self.tally)) and all(re.fullmatch(r"\d+(\.0*)?", value) for value in self.tally)

    @property
    def distinct(self) -> bool:
        """Whether no value occurs twice."""
        return not self.missing and len(self.tally) == self.rows

    @property
    def classes(self) -> bool:
        """Whether its values could be classes: few, repeated, and not measurements."""
        distinct = len(self.tally)
        given = self.rows - self.missing
        most = given - 1 if self.label_itself and given <= _FEW_ROWS else given // 2
        if not 2 <= distinct <= MOST_CLASSES or distinct > max(2, most):
            return False
        sample = [*self.tally][:1000]
        if max(map(len, sample)) > LONGEST_CLASS:
            return False
        if any(re.fullmatch(r"[-+]?\d*+[.,](?=\d*[1-9])\d++([eE][-+]?\d+)?", value) for value in sample):
            return False
        numbers = sum(value.lstrip("+-").isdigit() for value in sample)
        return numbers < len(sample) or distinct <= 100

    @property
    def named_as_label(self) -> bool:
        return bool(_LABEL_NAME.search(self.name)) and not self.about_rows

    @property
    def tags(self) -> bool:
        """Whether it holds the tags of tokens: O, and others that begin or go on."""
        return tagged(self.tally)

    @property
    def label_itself(self) -> bool:
        """Whether its name says that it is the label, and not only that it has to do with it."""
        return bool(_LABEL_ITSELF.match(self.name))

    @property
    def about_rows(self) -> bool:
        return bool(_ABOUT_ROWS.search(self.name))

    @cached_property
    def no_label(self) -> bool:
        """Whether its values or its name say when, where or which: dates, addresses, names of files and the like."""
        sample = [*self.tally][:200]
        written = sum(is_particular(value) for value in sample)
        measured = self.numeric and bool(_SIZE_NAME.search(self.name))
        return measured or bool(_NO_LABEL_NAME.search(self.name)) or written > _NEARLY_ALL * len(sample)

    @cached_property
    def folders(self) -> Counter[str]:
        """The folders in which its files lie, with how many lie there; none where it holds no paths."""
        paths = [_PATH.fullmatch(value) is not None for value in [*self.tally][:200]]
        if not paths or sum(paths) < _NEARLY_ALL * len(paths):
            return Counter()
        counts: Counter[str] = Counter()
        for path, times in self.tally.items():
            counts[folder_of(path)] += times
        return counts

    @property
    def option(self) -> str:
        """The words of the one option that its cells hold where it was chosen; nothing where it is no such column."""
        chosen = list(islice((value for value in self.tally if not is_unselected(value)), 2))
        others = self.missing + sum(self.tally.values()) - sum(self.tally[value] for value in chosen)
        return chosen[0] if len(chosen) == 1 and others and chosen[0].lower() not in YES | NO else ""

    @property
    def spelling(self) -> str:
        """How a 0/1 column is written: columns of one block are written alike."""
        for name, words in (
            ("digits", ONES | ZEROS | UNCERTAIN),
            ("truth", {"true", "false"}),
            ("letters", {"t", "f"}),
        ):
            if self.lowered <= words:
                return name
        return "words"

    @property
    def numeric(self) -> bool:
        """Whether all its values are numbers."""
        return all(re.fullmatch(r"[-+]?(\d++([.,]\d*+)?|[.,]\d+)([eE][-+]?\d+)?", v) for v in [*self.tally][:1000])


def profile(columns_of_text: Mapping[str, Cells], rows: int) -> list[Column]:
    """What columns of so many rows hold."""
    columns = []
    for position, (name, column) in enumerate(columns_of_text.items()):
        counts: Counter[str] = Counter()
        for value, times in distinct(column):
            counts[value.strip()] += times
        columns.append(column_of(name, position, counts, rows))
    return columns


def column_of(name: str, position: int, counts: Mapping[str, int], rows: int) -> Column:
    """The column in which each text stands so often; `counts` are in the order in which the texts are met."""
    absent = {text: times for text, times in counts.items() if text.lower() in MISSING}
    given = {text: times for text, times in counts.items() if text not in absent}
    marked = {text: times for text, times in absent.items() if text}
    return Column(name, position, tallied(given), sum(absent.values()), rows, marked, appearance(given))


def appearance(counts: Mapping[str, int]) -> tuple[str, ...]:
    """The values in the order in which they were counted; none where they are too many for classes."""
    return tuple(counts) if len(counts) <= MOST_CLASSES else ()


def tallied(counts: Mapping[str, int]) -> dict[str, int]:
    """Counts by value, the most frequent first."""
    return dict(sorted(counts.items(), key=lambda item: -item[1]))
