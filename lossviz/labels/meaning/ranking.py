"""The columns of a table -> all readings that they allow, each with the rules that speak for it and against it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from lossviz.counts.revision import POLICIES
from lossviz.labels.inspection import Evidence, Reading, UnreadableLabels
from lossviz.labels.meaning import rules
from lossviz.labels.meaning.counting import Counts, check_names, shaped
from lossviz.labels.meaning.lists import labels_of, nothing_in, recurring, separator_of
from lossviz.labels.meaning.number_rankings import Add, of_counts, of_scores, votes_among
from lossviz.labels.tables.columns import YES, Column
from lossviz.labels.tables.table import Head
from lossviz.labels.words import BRACKETS, SPLITS, TAGS

_UNIT_NAME = re.compile(
    r"image|img|file|path|photo|patient|subject|study|lesion|document|doc|video|frame|(^|_)id$|uid|[a-z]ID$",
    re.IGNORECASE,
)
_WORDS = re.compile(
    r"^(tokens?|words?|text|sentences?|input_ids|attention_mask|token_type_ids|special_tokens_mask)$", re.IGNORECASE
)
_PRESENT_NAME = re.compile(r"confidence|present|value|verified|is_?true|positive", re.IGNORECASE)
# Of the lists of a column the share in which a part stands more than once: of sets of labels it is 0.
_FEW_TOKENS, _MOST_TOKENS = 0.1, 0.5
# What annotators write where they give no label.
_UNSAID = {"-", "none", "ignore", "ignored", "skip", "skipped", "unsure", "not sure", "can't tell", "void"}
_UNSAID |= {"unlabeled", "unlabelled"}
_SPLITS = SPLITS | {"images", "labels", "data"}
_VOTERS = 3
_FEATURES = range(4, 100)  # that a table of 0/1 columns may have beside its class
_SHARD = re.compile(r"[0-9a-f]{1,3}", re.IGNORECASE)  # of many files by their hash
# More columns that are alike are no better reason.
_MANY = 10

# Of more columns than these those are judged whose names say that they are labels, and the first.
MOST_ALONE = 1_000

_PRESENT = "present"
# The settings that choose a reading of columns, and what they are called there.
_OWN = {
    "column",
    "columns",
    "shape",
    "separator",
    "group_by",
    "present",
    "counts",
    "left_out",
    "as_class",
    "names",
    "uncertain",
}


def readings(counts: Counts, wanted: Mapping[str, Any] = MappingProxyType({})) -> list[Reading]:
    """All plausible readings with their evidence, the best first; those of the column or columns that are wanted.

    They are judged by the head of a table, of which `counts` are.
    """
    found: list[Reading] = []
    head, columns = counts.table.head, counts.table.profiles

    def add(evidence: Sequence[Evidence], shape: str, **settings: Any) -> None:
        try:
            reading = counts.reading({"shape": shape, **settings})
        except UnreadableLabels:
            return
        found.append(replace(reading, evidence=tuple(evidence)))

    check_names(counts.table, wanted)
    if wanted.get("column") is not None:
        _of_named(wanted, columns, add)
        found = [each for each in found if each.settings.get("column") == wanted["column"]]
    elif wanted.get("columns") is not None:
        _of_chosen([counts.table.by_name[name] for name in wanted["columns"]], head, add)
    else:
        _of_all(head, columns, add, lone=says_classes(wanted))
        for column in () if found else columns:
            # Nothing looks like labels; numbers that recur may be ids of many classes.
            if column.whole and 2 <= len(column.tally) <= (column.rows - column.missing) // 3:
                add([rules.RECURRING_NUMBERS()], "class", column=column.name)
    if not found and (wanted.get("column") is not None or wanted.get("columns") is not None):
        asked = counts.reading(shaped(counts.table, {key: wanted[key] for key in _OWN & {*wanted}}))
        found = [replace(asked, evidence=(rules.ASKED_FOR(),))]
    found.sort(key=_worst_last)
    _of_groups(found, columns, add)
    confirmed = any(_PRESENT in each.settings for each in found)
    if wanted.get("column") is not None and "group_by" not in wanted and not confirmed:
        # Whoever names the column means that rows are samples.
        found = [each for each in found if each.settings["shape"] != "grouped"] or found
    return sorted(found, key=_worst_last)


def _worst_last(reading: Reading) -> int:
    return -reading.score


def says_classes(wanted: Mapping[str, Any]) -> bool:
    """Whether someone says which outputs there are, so that a column may hold one class of them."""
    return wanted.get("outputs") is not None or isinstance(wanted.get("order"), tuple)


def _of_named(wanted: Mapping[str, Any], columns: Sequence[Column], add: Add) -> None:
    """The readings of one column, whatever it looks like."""
    column = next(column for column in columns if column.name == wanted["column"])
    _of_column(column, [column], add, weak=False, headless=False, named=True)
    of_counts(columns, add)


def _of_chosen(chosen: Sequence[Column], head: Head, add: Add) -> None:
    """The readings of several columns, in the order given."""
    if all(column.two_valued or column.marks or column.missing == column.rows for column in chosen):
        _of_block(chosen, chosen, add)
    for names in votes_among(chosen, head):
        if len(names) == len(chosen):
            add([rules.VOTES()], "votes", columns=names)
    of_scores(chosen, head, add)


def _of_all(head: Head, columns: Sequence[Column], add: Add, *, lone: bool) -> None:
    blocks = _blocks(columns)
    headless = all(re.fullmatch(r"column \d+", column.name) for column in columns)
    in_block = {column.position: block for block in blocks for column in block}
    # A column of a large block stands on its own only if its name says that it is the label.
    alone = [column for column in columns if len(in_block.get(column.position, [])) <= 3 or column.label_itself]
    if len(alone) > MOST_ALONE:
        alone = sorted(alone, key=lambda column: -column.label_itself - column.named_as_label)[:MOST_ALONE]
    votes = votes_among(columns, head)
    options = _options(columns)
    voted = {name for names in (*votes, *options) for name in names}
    for column in alone:
        weak = column.name in voted or (len(in_block.get(column.position, [])) in (2, 3) and not column.named_as_label)
        one = lone and len(column.tally) == 1 and (column.label_itself or len(columns) == 1)
        _of_column(column, columns, add, weak=weak, headless=headless, named=one)
    for block in blocks:
        _of_block(block, columns, add)
        if len(block) == len(columns) in _FEATURES and not _is_exclusive(block, head):
            for column in (block[-1], block[0]):
                add([rules.CLASSES(), rules.IN_A_BLOCK(), rules.END_OF_A_BLOCK()], "class", column=column.name)
    _of_paths(columns, add)
    for names in options:
        add([rules.OPTIONS(), rules.WIDTH(min(len(names), _MANY))], "selected", columns=names)
    for names in votes:
        called = (
            [rules.CALLED_LABELS()] if any(column.named_as_label for column in columns if column.name in voted) else []
        )
        add([rules.VOTES(), *called], "votes", columns=names)
    of_scores(columns, head, add)
    of_counts(columns, add)


def _of_column(column: Column, columns: Sequence[Column], add: Add, *, weak: bool, headless: bool, named: bool) -> None:
    """The readings of one column; of one that is named even where its values are many."""
    place: list[Evidence] = []
    if column.position == len(columns) - 1:
        place.append(rules.LAST())
    elif headless and column.position == 0:
        place.append(rules.FIRST_WITHOUT_HEADER())
    if column.named_as_label:
        place.append(rules.CALLED_LABEL())
    if column.label_itself:
        place.append(rules.CALLED_THE_LABEL())
    if column.about_rows or weak:
        place.append(rules.ABOUT_ROWS() if column.about_rows else rules.IN_A_BLOCK())
    if column.no_label:
        place.append(rules.NO_LABEL())
    separator = separator_of(column)
    if separator is not None:
        _of_lists(column, separator, place, add)
        return
    if not (column.classes or named):
        return
    if column.position == 0 and not column.tags and any(other.tags for other in columns):
        return  # the tokens that the tags are for
    evidence = [rules.CLASSES(), *place]
    if any(value[:1] in ("[", "{") and value[-1:] in ("]", "}") for value in column.tally):
        evidence.append(rules.STRUCTURED())
    if len(column.tally) <= 50:
        evidence.append(rules.FEW_CLASSES())
    if column.tags and not column.named_as_label:
        evidence.append(rules.TAGS())
    if headless and not column.numeric:
        evidence.append(rules.WORDS_WITHOUT_HEADER())
    name, values = column.name, set(column.tally)
    add(evidence, "class", column=name)
    if all(re.fullmatch(r"-?\d+\.0+", value) for value in values):
        add([*evidence, rules.WHOLE_NAMES()], "class", column=name, names="whole")
    for mark in _marks_in(column, headless=headless):
        likely = mark.startswith("-1") and len(values) > 3
        judged = rules.LEFT_OUT() if likely else rules.MAY_BE_LEFT_OUT()
        add([*evidence, judged], "class", column=name, left_out=mark)
    if len(column.marked) == 1 and column.missing == sum(column.marked.values()) and not column.numeric:
        only = next(iter(column.marked))
        if only.lower() not in ("?", "nan", "<na>", "#n/a"):
            add([*evidence, rules.WORD_AS_CLASS()], "class", column=name, as_class=only)


def _marks_in(column: Column, *, headless: bool) -> list[str]:
    """The values of a column of classes that most often mark a row without a label."""
    values = set(column.tally)
    if len(values) < 3:
        return []
    signs = {value for value in values if value.startswith("-")}
    if column.numeric:
        minus = [value for value in ("-1", "-1.0") if signs == {value}]
        # Pascal VOC's lists, which have no header, write 0 where it is hard to say.
        return [
            *minus,
            *(
                value
                for value in ("0", "0.0")
                if headless and minus and len(values) == 3 and column.marks and value in values
            ),
        ]
    return [value for value in column.tally if value.lower() in _UNSAID][:2]


def _of_lists(column: Column, separator: str, place: Sequence[Evidence], add: Add) -> None:
    """The readings of a column whose cells are lists."""
    evidence, name = [rules.LISTS(), *place], column.name
    if separator in (BRACKETS, TAGS, "|"):
        evidence.append(rules.WRITTEN_AS_LISTS())
    if _WORDS.match(name):
        evidence.append(rules.CALLED_TEXT())
    tokens = recurring(column, separator)
    # Parts of a text or an image, each with a label, are counted by sample or one by one.
    parts = separator == BRACKETS and any(re.match(r"\{|[\[(]\s*[\[({]", value) for value in column.tally)
    if tokens > (0 if parts else _FEW_TOKENS):  # in fewer it is a slip
        judged = rules.TOKENS() if tokens > _MOST_TOKENS and not parts else rules.FEW_TOKENS()
        add([*evidence, judged], "tokens", column=name, separator=separator)
    if tokens > _MOST_TOKENS and not parts:
        return
    add(evidence, "list", column=name, separator=separator)
    nothing = _nothing(column, separator)
    if nothing is not None:
        add([*evidence, rules.EMPTY_LIST()], "list", column=name, separator=separator, empty=nothing)
    if separator not in (BRACKETS, TAGS) and column.classes and separator in (" ", ",", "/", "-", "+", "&"):
        add([*evidence, rules.UNCUT()], "class", column=name)


def _of_paths(columns: Sequence[Column], add: Add) -> None:
    """The readings of columns of paths by the folders in which the files lie."""
    named = any(column.named_as_label and not column.no_label for column in columns)
    for column in columns:
        folders = set(column.folders) - {""}
        several = 2 <= len(folders) <= sum(column.folders.values()) // 2 and not folders <= _SPLITS
        several = several and not all(_SHARD.fullmatch(folder) for folder in folders)
        if several and "" not in column.folders:
            beside = [rules.FOLDERS_BESIDE_LABELS()] if named else []
            add([rules.FOLDERS(), *beside], "folder", column=column.name)


def _options(columns: Sequence[Column]) -> list[list[str]]:
    """Runs of neighbouring columns each of which holds the words of an option of its own, or nothing."""
    runs: list[list[Column]] = [[]]
    for column in columns:
        if column.option and column.option not in {each.option for each in runs[-1]}:
            runs[-1].append(column)
        elif runs[-1]:
            runs.append([column] if column.option else [])
    return [[column.name for column in run] for run in runs if len(run) > 1]


def _of_block(block: Sequence[Column], columns: Sequence[Column], add: Add) -> None:
    names = [column.name for column in block]
    last = block[-1].position == len(columns) - 1
    named = sum(column.named_as_label for column in block)
    evidence = [rules.BLOCK(), rules.WIDTH(min(len(block), _MANY))]
    if last:
        evidence.append(rules.LAST())
    if named > 1:
        evidence.append(rules.CALLED_LABELS())
    if len(block) == 2:
        evidence.append(rules.PAIR())
    if not any(column.doubts for column in block):
        add(evidence, "onehot", columns=names)
        return
    for k, policy in enumerate(POLICIES):
        add([*evidence, *rules.later(rules.OTHER_POLICY, k)], "onehot", columns=names, uncertain=policy)


def _is_exclusive(block: Sequence[Column], head: Head) -> bool:
    """Whether every row has exactly one 1, so that the columns are one class."""
    cells = head.cells([column.name for column in block], 1_000)
    return bool((cells.map(lambda cell: cell.strip().lower() in YES).sum(axis=1) == 1).all())


def _blocks(columns: Sequence[Column]) -> list[list[Column]]:
    """Runs of neighbouring 0/1 columns that are written alike; all-missing ones among them belong to them."""
    runs: list[list[Column]] = []
    run: list[Column] = []
    for column in [*columns, None]:
        flag = column is not None and (column.two_valued or column.marks)
        # A column without any value has its place among labels that know missing values.
        empty = column is not None and column.missing == column.rows and any(each.missing for each in run)
        alike = not run or column is None or empty or column.spelling == next(c for c in run if len(c.tally)).spelling
        if column is not None and (flag or empty) and alike:
            run.append(column)
            continue
        runs.append(run)
        run = [column] if column is not None and flag else []
    runs.append(run)
    kept = []
    for each in runs:
        both = sum(len(column.tally) > 1 or (column.spelling == "words" and column.missing > 0) for column in each)
        if (
            len(each) >= 2
            and both >= max(1, len(each) // 20)
            and (len(each) >= 3 or any(column.two_valued for column in each))
        ):
            kept.append(each)
    return sorted(kept, key=lambda each: -len(each))[:5]


def _nothing(column: Column, separator: str) -> str | None:
    tally: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    for value, times in column.tally.items():
        labels = labels_of(value, separator) or []
        tally.update(dict.fromkeys(labels, times))
        if len(labels) == 1:
            alone[labels[0]] += times
    return nothing_in(tally, alone) if len(tally) > 2 else None


def _of_groups(found: Sequence[Reading], columns: Sequence[Column], add: Add) -> None:
    """The best readings of a class column with several rows of one name, such as an image, as one sample."""
    for reading in found[:3]:
        if reading.settings["shape"] != "class" or set(reading.settings) - {"shape", "column"}:
            continue
        label = next(column for column in columns if column.name == reading.settings["column"])
        unit = _unit(columns, label)
        if unit is None:
            continue
        flags = (column for column in columns if column is not label and column.two_valued and len(column.tally) > 1)
        present = next((column for column in flags if _PRESENT_NAME.search(column.name)), None)
        if present is not None:
            add(
                [*reading.evidence, rules.CONFIRMED()],
                "grouped",
                column=label.name,
                group_by=unit,
                present=present.name,
            )
        add([*reading.evidence, rules.GROUPED()], "grouped", column=label.name, group_by=unit)
        sizes = Counter(next(column.tally for column in columns if column.name == unit).values())
        usual, samples = sizes.most_common(1)[0]
        if present is None and usual >= _VOTERS and samples > sizes.total() / 2:
            add([*reading.evidence, rules.MAJORITY()], "majority", column=label.name, group_by=unit)


def _unit(columns: Sequence[Column], label: Column) -> str | None:
    """The column that names samples which stand on several rows, if there is one."""
    for column in columns:
        repeats = 1 < len(column.tally) < column.rows - column.missing
        if (
            column is label
            or not repeats
            or not _UNIT_NAME.search(column.name)
            or next(iter(column.tally.values())) > column.rows / 2
            or len(column.tally) < 2 * len(label.tally)
            or len(column.tally) < column.rows / 50
        ):
            continue
        return column.name
    return None
