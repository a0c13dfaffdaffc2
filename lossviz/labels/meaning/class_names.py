"""A list of classes as people keep it, pasted or in a file -> the names in the order of the model's outputs."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from lossviz.counts.label_counts import LabelCounts
from lossviz.labels.limits import MOST_CLASSES
from lossviz.labels.tables.headers import unique_names
from lossviz.labels.tables.names import ids_of

MOST_BYTES = 2_000_000
_KEYS = ("class_to_idx", "label2id", "id2label", "names", "classes", "labels")
_NAMES = re.compile(r"^(?:names|classes|labels)[ \t]*:[ \t]*(.*)$", re.MULTILINE)
_INDEXED = re.compile(r"(\d+)\s*[:,\t ]\s*(.+)")
_WAYS = 'Give {"name": index}, a list of names, one name a line, or a data.yaml with names.'


def parse_class_names(source: str | bytes) -> tuple[str, ...]:
    r"""The names of classes, index k being name k.

    Parameters
    ----------
    source : str or bytes
        JSON or a Python literal: name to index as torchvision's ``class_to_idx`` and Hugging Face's ``label2id``,
        index to name, a list, or an object that holds one of these. YAML with ``names:`` as YOLO's data.yaml. Else
        one name a line, with or without its index.

    Raises
    ------
    ValueError
        With one sentence, if it is none of these, or leaves an index without a name.

    Examples
    --------
    >>> parse_class_names('{"dog": 1, "cat": 0}'), parse_class_names("names: [cat, dog]"), parse_class_names("cat\ndog")
    (('cat', 'dog'), ('cat', 'dog'), ('cat', 'dog'))
    """
    if len(source) > MOST_BYTES:
        raise ValueError(f"The list of classes has more than {MOST_BYTES / 1e6:g} million characters. {_WAYS}")
    try:
        text = source.decode("utf-8-sig") if isinstance(source, bytes) else source.removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise ValueError(f"The list of classes is not UTF-8 text. {_WAYS}") from None
    text = text.strip()
    if not text or "\0" in text:
        raise ValueError(f"The list of classes is {'empty' if not text else 'not text'}. {_WAYS}")
    inline = re.match(r"(?:[A-Za-z_.]+\s*=\s*)?([\[{].*)", text, re.DOTALL)
    if inline:
        return _names_in(_literal(inline[1]))
    named = _NAMES.search(text)
    return _names_in(_of_yaml(named[1].strip(), text[named.end() :])) if named else _names_in(_of_lines(text))


def names_in_file(data: bytes) -> tuple[str, ...]:
    """The names of classes that a file beside labels holds, if only one; none where it holds none."""
    try:
        return parse_class_names(data)
    except ValueError:
        pass
    # Detectors of one class are common, and a list of one name says little of itself.
    one = re.fullmatch(rb"(?:.*\n)?names\s*:\s*(?:\[\s*([^,\]]+)\]|\s*(?:-|0:)\s+([^\n]+)).*", data, re.DOTALL)
    name = (one[1] or one[2]) if one else data if len(data) < 100 and b":" not in data else b""
    found = name.decode("utf-8-sig", errors="replace").strip().strip("'\"")
    return (found,) if found and "\n" not in found else ()


def with_class_names(counts: LabelCounts, names: Sequence[str]) -> LabelCounts:
    """`counts` in the order of `names`, which may add classes that never occur; ids take the names of their places.

    Raises
    ------
    ValueError
        If a class that occurs is not among `names`, or a name stands twice that is no id's.

    Examples
    --------
    >>> counts = LabelCounts.exclusive(("0", "1", "2"), [5, 3, 1])
    >>> with_class_names(counts, ["cat", "dog", "eel", "fox"]).class_to_idx
    {'cat': 0, 'dog': 1, 'eel': 2, 'fox': 3}
    """
    occurring = [name for name, n in zip(counts.classes, counts.positives.tolist(), strict=True) if n]
    listed_names = set(names)
    left = [name for name in occurring if name not in listed_names]
    ids = ids_of(counts.classes)
    if left and ids is not None and min(ids) >= 0 and not listed_names & set(counts.classes):
        if max(ids) >= len(names):
            raise ValueError(f"There are {len(names)} names, and class id {max(ids)} has none; name every id from 0.")
        names = unique_names(names, "class")  # a crane is a bird, and a machine
        named = {name: names[k] for k, name in ids.items()}
        counts = replace(counts, classes=tuple(named[name] for name in counts.classes))
    elif left:
        listed = ", ".join(map(repr, left[:5])) + (f" and {len(left) - 5:,} more" if len(left) > 5 else "")
        raise ValueError(f"The list lacks {listed}, which your labels hold; name every class that occurs.")
    elif len(listed_names) < len(names):
        twice = next(name for name, times in Counter(names).items() if times > 1)
        raise ValueError(f"The list names {twice[:80]!r} twice; every class has one place.")
    return counts.reordered(names)


def _literal(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(text) if len(text) <= 200_000 else None
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        bare = re.fullmatch(r"\[([^\[\]{}]*)\]", text.strip())
        if bare:  # a list as YAML has it, without quotes
            return [part.strip().strip("'\"") for part in bare[1].split(",") if part.strip()]
        pairs = re.fullmatch(r"\{([^\[\]{}]*)\}", text.strip())
        by_index = _of_lines("\n".join(part.strip() for part in pairs[1].split(","))) if pairs else None
        if isinstance(by_index, dict):
            return by_index
        raise ValueError(f"The list of classes cannot be read as JSON. {_WAYS}") from None


def _of_yaml(inline: str, below: str) -> Any:
    """What stands behind ``names:`` or, indented or as items, below it."""
    inline = inline.partition(" #")[0].strip()
    if inline.startswith(("[", "{")):
        closing = {"[": "]", "{": "}"}[inline[0]]
        whole = inline if inline.endswith(closing) else inline + below.partition(closing)[0] + closing
        return _literal(" ".join(line.partition(" #")[0].strip() for line in whole.split("\n")))
    lines = []
    for line in below.split("\n"):
        bare = line.partition(" #")[0].strip()
        if not bare or bare.startswith("#"):
            continue
        if not line.startswith((" ", "\t", "-")):
            break
        lines.append(bare)
    if all(line.startswith("- ") for line in lines):
        return [line[2:].strip().strip("'\"") for line in lines]
    return _of_lines("\n".join(lines))


def _of_lines(text: str) -> Any:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for cut in (_index_first, _index_last):
        found = [pair for line in lines if (pair := cut(line.rstrip(","))) is not None]
        if len(found) == len(lines) and sorted(int(k) for k, _ in found if len(k) < 10) == list(range(len(found))):
            return {name.strip().strip("'\""): int(k) for k, name in found}
    return [line.strip("'\"") for line in lines]


def _index_first(line: str) -> tuple[str, str] | None:
    pair = _INDEXED.fullmatch(line)
    return None if pair is None else (pair[1], pair[2])


def _index_last(line: str) -> tuple[str, str] | None:
    before = line.rstrip("0123456789")
    name = before.rstrip()
    if before == line or not name or (name == before and name[-1] not in ":,"):
        return None
    return line[len(before) :], name.removesuffix(",").removesuffix(":")


def _names_in(value: Any, depth: int = 0) -> tuple[str, ...]:
    if isinstance(value, Mapping):
        inner = next((value[key] for key in _KEYS if isinstance(value.get(key), Mapping | list | tuple)), None)
        if inner is not None and depth < 3:
            return _names_in(inner, depth + 1)
        return _checked(_by_index(value))
    if isinstance(value, list | tuple) and value and all(isinstance(each, str | int) for each in value):
        return _checked([str(each).strip() for each in value])
    if isinstance(value, list | tuple) and value and all(isinstance(each, dict) and "name" in each for each in value):
        return _checked([str(each["name"]).strip() for each in value])
    raise ValueError(f"The list of classes holds no names. {_WAYS}")


def _by_index(value: Mapping[Any, Any]) -> list[str]:
    if value and all(isinstance(k, int) and not isinstance(k, bool) for k in value.values()):
        by_index = {k: str(name) for name, k in value.items()}
    elif value and all(str(k).isdecimal() and len(str(k)) < 10 for k in value):
        by_index = {int(k): str(name) for k, name in value.items()}
    else:
        raise ValueError(f"The list of classes gives no whole number for every name. {_WAYS}")
    if len(by_index) < len(value):
        raise ValueError("The list of classes gives one index to two names; every class has an index of its own.")
    absent = next((k for k in range(len(by_index)) if k not in by_index), None)
    if absent is not None:
        raise ValueError(
            f"The list of classes has no name for index {absent}; name every index from 0 to {max(by_index)}."
        )
    return [by_index[k].strip() for k in range(len(by_index))]


def _checked(names: list[str]) -> tuple[str, ...]:
    if len(names) > MOST_CLASSES:
        raise ValueError(f"The list names {len(names):,} classes; at most {MOST_CLASSES:,} are taken.")
    if not all(names):
        raise ValueError(f"Class {names.index('')} has no name; name every class.")
    if len(names) < 2:
        raise ValueError(f"The list names only one class, {names[0][:80]!r}. {_WAYS}")
    return tuple(names)
