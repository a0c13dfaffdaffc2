"""A column of lists: which separator its cells are written with, and the labels in each."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from lossviz.labels.limits import MOST_CLASSES
from lossviz.labels.tables.columns import NO, YES, Column, tagged
from lossviz.labels.tables.headers import is_number
from lossviz.labels.words import BRACKETS, SEPARATORS, TAGS

# A label that says that there is none; it may be a class of its own or an empty list.
_NAME_KEYS = ("name", "label", "class", "category", "tag", "value", "term", "id")
_BRACKETED = re.compile(r"\[.*\]|\{.*\}|\(.*\)|set\(\)", re.DOTALL)
_TAGGED = re.compile(r"(<[^<>]+>)+")
_OUTSIDE = re.compile(r",(?![^()]*\))")  # of brackets
_MOST_TIMES = 1_000  # that a key of a record may stand for
_NOTHING = re.compile(
    r"^(no|not|none|nil|nothing|normal|negative|empty|background|healthy|clean|clear|other|neutral)$"
    r"|^\(?no[ _-][\w ]+\)?$|^none[ _-]of[ _-].*$",
    re.IGNORECASE,
)


def separator_of(column: Column) -> str | None:
    """How the lists of a column are written, or None if it holds no lists: their parts recur, and are few."""
    texts = [*column.tally][:20_000]
    if not texts or column.two_valued:
        return None
    for separator, pattern in ((BRACKETS, _BRACKETED), (TAGS, _TAGGED)):
        written = [text for text in texts if pattern.fullmatch(text)]
        if len(written) == len(texts) or _also_single(column, written, separator):
            inside = [labels_of(text, separator) for text in texts]
            known = Counter(label for labels in inside for label in labels or ())
            # Labels recur: at least one of them does, in a column of more than a few lists.
            recur = len(texts) < 5 or max(known.values(), default=0) > 1 or column.rows > len(texts)
            return separator if recur and all(labels is not None for labels in inside) else None
    if any(" " in text for text in texts) and tagged(part for text in texts for part in text.split()):
        return " "
    for separator in SEPARATORS:
        cut = [text for text in texts if separator in text]
        if not cut or (len(cut) < max(2, len(texts) // 50) and not _also_alone(cut, texts, separator)):
            continue
        lists = [labels_of(text, separator) or [] for text in texts]
        parts = Counter(part for labels in lists for part in labels)
        if separator not in ("|", ";", "||") and _prose(texts, lists, parts, separator):
            continue
        if separator not in ("||", "|", ";", ",", " ") and not _also_alone(cut, texts, separator):
            continue
        repeated = sum(1 for times in parts.values() if times > 1)
        short = all(len(part) <= 60 for part in parts)
        measured = separator == " " and any(re.fullmatch(r"\d*\.\d+", part) for part in list(parts)[:200])
        if parts and short and not measured and repeated >= 0.5 * len(parts) and len(parts) < len(texts):
            return separator
    return None


def _prose(texts: list[str], lists: list[list[str]], parts: Mapping[str, int], separator: str) -> bool:
    """Whether cells are sentences: a word stands twice in one, or many are short words of English."""
    again = sum(len(labels) < len(text.split(separator)) for text, labels in zip(texts, lists, strict=True))
    plain = len(
        {"the", "of", "and", "to", "in", "is", "a", "for", "it", "you", "that", "was"} & {p.lower() for p in parts}
    )
    longest = max(map(len, lists), default=0)
    return (again > max(1, len(texts) // 50) and separator == " ") or plain >= 3 or (separator == " " and longest > 60)


def _also_single(column: Column, written: list[str], separator: str) -> bool:
    """Whether some cells are lists, written so, and all others one label of those, or one that recurs."""
    others = set(column.tally) - set(written)
    if not written or len(others) > MOST_CLASSES:
        return False
    parts = {part for text in written for part in labels_of(text, separator) or ()}
    return bool(parts & others) and all(other in parts or column.tally[other] > 1 for other in others)


def _also_alone(cut: list[str], texts: list[str], separator: str) -> bool:
    """Whether every part of the cells that are cut is a cell of its own as well."""
    alone = set(texts) - set(cut)
    return separator != " " and all(part in alone for text in cut for part in labels_of(text, separator) or ())


def recurring(column: Column, separator: str) -> float:
    """The share of the lists of two labels or more in which a label stands again: sets of labels hold none twice."""
    lists = [tags_of(text, separator) or [] for text in [*column.tally][:2_000]]
    several = [tags for tags in lists if len(tags) > 1]
    return sum(len(set(tags)) < len(tags) for tags in several) / max(1, len(several))


def labels_of(text: str, separator: str) -> list[str] | None:
    """The labels of one cell, each once; None if it is no such list."""
    found = tags_of(text, separator)
    return None if found is None else list(dict.fromkeys(found))


def tags_of(text: str, separator: str) -> list[str] | None:
    """The labels of one cell, as often as they stand there; None if it is no such list."""
    if separator == BRACKETS:
        return _in_brackets(text)
    if separator == TAGS:
        parts = re.findall(r"<([^<>]+)>", text)
    elif separator == "," and "(" in text:
        parts = _OUTSIDE.split(text)
    else:
        parts = text.split(separator)
    return [part.strip(" '\"") for part in parts if part.strip(" '\"")]


def _in_brackets(text: str) -> list[str] | None:
    if text == "set()":
        return []
    if not _BRACKETED.fullmatch(text):
        return [text] if text else []
    if "," not in text and re.search(r"""['"]\s+['"]""", text):  # as numpy prints
        return re.findall(r"""['"]([^'"]+)['"]""", text)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        try:
            value = ast.literal_eval(text) if len(text) < 20_000 else None
        except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
            bare = text[1:-1].strip()
            if any(char in bare for char in "[]{}()"):
                return None
            numbers = "," not in bare and all(map(is_number, bare.split()))  # as numpy prints
            value = [part.strip(" '\"") for part in (bare.split() if numbers else bare.split(","))]
    if isinstance(value, dict):
        value = _of_record(value)
    if isinstance(value, str | int | float):
        value = [value]
    if not isinstance(value, list | tuple | set | frozenset):
        return None
    labels = []
    for each in value:
        if isinstance(each, list | tuple):
            named = _of_span(each)
            if named is None:
                return None
            labels.append(named)
        elif isinstance(each, dict):
            named = next((each[key] for key in _NAME_KEYS if isinstance(each.get(key), str | int)), None)
            if named is None:
                return None
            labels.append(str(named).strip())
        else:
            labels.append(str(each).strip())
    return [label for label in labels if label and label != "None"]


def _of_record(record: Mapping[Any, Any]) -> Any:
    """The list that a record holds, or its keys: those that are present, each as often as a number above 1 says."""
    inner = [value for value in record.values() if isinstance(value, list | tuple)]
    if len(inner) == 1:
        return inner[0]
    keys: list[Any] = []
    for key, present in record.items():
        if isinstance(present, int) and 0 <= present <= _MOST_TIMES:
            keys += [key] * int(present)
        elif isinstance(present, str) and present.lower() in YES | NO:
            keys += [key] * (present.lower() in YES)
        elif present is not None:
            return None
    return keys


def _of_span(span: Sequence[Any]) -> str | None:
    """The label of a part of a text, which stands beside where it begins and ends; None of any other list."""
    texts = [each for each in span if isinstance(each, str)]
    places = [each for each in span if isinstance(each, int | float) and not isinstance(each, bool)]
    return texts[0].strip() if len(texts) == 1 and len(places) == len(span) - 1 >= 2 else None


def nothing_in(tally: Mapping[str, int], alone: Mapping[str, int]) -> str | None:
    """The label that means that there is none: it says so, and never stands beside another."""
    for name, times in tally.items():
        if _NOTHING.match(name) and alone.get(name, 0) == times:
            return name
    return None
