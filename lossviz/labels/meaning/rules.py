"""The rules by which readings are ranked: what each speaks for, its points and its reason in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lossviz.labels.inspection import Evidence, Reading

# Readings below this are kept for whoever looks for them; they are no rivals of the first.
PLAUSIBLE = 20


@dataclass(frozen=True)
class Rule:
    """A reason for a reading, or against it; twenty points are as many as its values recurring give a column."""

    name: str
    points: int
    reason: str

    def __call__(self, times: int = 1) -> Evidence:
        """What the rule says, so many times over."""
        return Evidence(self.name, self.points * times, self.reason)


# One column of classes.
CLASSES = Rule("classes", 20, "its values recur, as classes do")
FEW_CLASSES = Rule("few classes", 10, "it has at most 50 different values")
CALLED_LABEL = Rule("called label", 60, "its name says that it holds labels")
CALLED_THE_LABEL = Rule("called the label", 10, "its name is the usual one of the label itself")
LAST = Rule("last", 10, "it stands last, where labels most often are")
FIRST_WITHOUT_HEADER = Rule("first without header", 5, "it stands first in a table without a header")
WORDS_WITHOUT_HEADER = Rule("words without header", 10, "it holds words in a table without a header")
ABOUT_ROWS = Rule("about rows", -30, "its name says where rows come from, not what they are")
NO_LABEL = Rule("no label", -90, "its values or its name say when, where or which, not what")
STRUCTURED = Rule("structured", -90, "its cells hold records or lists that are no labels")
IN_A_BLOCK = Rule("in a block", -30, "it stands beside 0/1 columns like it")
TAGS = Rule("tags", 60, "it holds tags of tokens")
RECURRING_NUMBERS = Rule("recurring numbers", 18, "nothing else looks like labels, and its numbers recur")
ASKED_FOR = Rule("asked for", 20, "the settings ask for it")
LEFT_OUT = Rule("left out", 1, "-1 beside several ids most often marks a row without a label")
MAY_BE_LEFT_OUT = Rule("may be left out", -1, "the value that it leaves out may be a class")
WORD_AS_CLASS = Rule("word as class", -1, "a word such as NA most often marks a row without a label")
WHOLE_NAMES = Rule("whole names", -1, "names are most often meant as they stand")

# A column of lists.
LISTS = Rule("lists", 30, "its cells are lists whose parts recur")
WRITTEN_AS_LISTS = Rule("written as lists", 20, "its lists are written with brackets, tags or pipes")
CALLED_TEXT = Rule("called text", -60, "its name says that it holds text")
TOKENS = Rule("tokens", 2, "in most of its lists a part stands more than once")
FEW_TOKENS = Rule("few tokens", -6, "in few of its lists a part stands more than once")
EMPTY_LIST = Rule("empty list", -2, "a label that says that there is none is most often a class")
UNCUT = Rule("uncut", -4, "a cell that can be cut is most often a list")

# A column of paths.
FOLDERS = Rule("folders", 35, "its paths lie in folders that recur")
FOLDERS_BESIDE_LABELS = Rule("folders beside labels", -20, "another column is called the label")

# Several columns.
OPTIONS = Rule("options", 60, "neighbouring columns hold the words of an option each, or nothing")
BLOCK = Rule("block", 50, "neighbouring columns hold yes and no and nothing else")
WIDTH = Rule("width", 4, "many columns are alike")
END_OF_A_BLOCK = Rule("end of a block", 30, "it may be the class, and the columns like it what the class is told from")
PAIR = Rule("pair", -20, "only two columns are alike")
CALLED_LABELS = Rule("called labels", 20, "names of theirs say that they hold labels")
OTHER_POLICY = Rule("other policy", -2, "uncertain labels are most often left out")
VOTES = Rule("votes", 70, "their whole numbers have one sum in every row, as votes have")
ADD_UP = Rule("add up", 50, "their numbers add up to 1 in every row, as probabilities do")
SCORES = Rule("scores", 40, "their numbers lie from 0 to 1, as scores do")
OTHER_THRESHOLD = Rule("other threshold", -2, "the usual threshold is 0.5")

# A table whose rows are classes.
CALLED_COUNTS = Rule("called counts", 120, "every row has a name of its own, beside a column that is called counts")
COUNTS = Rule("counts", 60, "every row has a name of its own, beside a whole number")
COUNTS_RECUR = Rule("counts recur", -50, "its numbers recur, as counts seldom do")
LATER_COUNTS = Rule("later counts", -2, "the first column of counts is most often meant")

# Several rows a sample.
CONFIRMED = Rule("confirmed", 2, "several rows have one name, and a column says which of their labels hold")
MAJORITY = Rule("majority", -4, "rows may be votes, of which each sample has as many")
GROUPED = Rule("grouped", -2, "a row is most often a sample")

RULES = {each.name: each for each in list(globals().values()) if isinstance(each, Rule)}


def later(rule: Rule, place: int) -> list[Evidence]:
    """What a rule says against the second of several answers, and more against every later one."""
    return [rule(place)] if place else []


def reasons(reading: Reading, rival: Reading | None = None) -> list[str]:
    r"""Why a reading is likely, the weightiest reason first; of two of them, what speaks for it and not for the rival.

    Examples
    --------
    >>> from lossviz.labels.reader import inspect_labels
    >>> first, *others = inspect_labels(b"label,kind\na,x\nb,x\na,y\nb,y\n").readings
    >>> reasons(first, next(other for other in others if other.settings["column"] == "kind"))
    ['its name says that it holds labels', 'its name is the usual one of the label itself']
    """
    shared = {each.rule for each in rival.evidence} if rival is not None else set()
    return _weightiest([each for each in reading.evidence if each.points > 0 and each.rule not in shared])


def doubts(reading: Reading) -> list[str]:
    """What speaks against a reading, the weightiest reason first."""
    return _weightiest([each for each in reading.evidence if each.points < 0])


def _weightiest(evidence: Sequence[Evidence]) -> list[str]:
    return [each.reason for each in sorted(evidence, key=lambda each: -abs(each.points))]
