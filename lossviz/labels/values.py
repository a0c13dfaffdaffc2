"""What a setting may hold: a word, a name, a number; each is checked and refused with the nearest right one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any

import numpy as np

from lossviz.labels.limits import MOST_CLASSES
from lossviz.labels.tables.cells import text_of
from lossviz.labels.words import MIXED

_LONGEST = 80

# Checks the value of the setting of that name, some of whose values have words; ValueError in one sentence.
Check = Callable[[str, Any, Mapping[Any, str]], Any]


def shown(value: Any) -> str:
    """A value as a message repeats it: on one line, and no more than its start."""
    text = repr(value)
    text = " ".join(text.split()) if "\n" in text else text
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def plain(value: Any) -> Any:
    """A number or text of NumPy or of a tensor as Python's own."""
    single = isinstance(value, np.generic) or (hasattr(value, "item") and getattr(value, "ndim", None) == 0)
    return value.item() if single else value


def nearest(word: Any, known: Iterable[Any]) -> Any | None:
    """The one of `known` that is spelled most like `word`; None if none is."""
    spelled = {str(each).lower(): each for each in known}
    found = get_close_matches(str(word).lower(), spelled, 1)
    return spelled[found[0]] if found else None


def a_word(name: str, value: Any, words: Mapping[Any, str]) -> Any:
    """One of the words and no other; 1 is not True."""
    for word in words:
        if value is word or (isinstance(value, str) and value == word):
            return word
    near = nearest(value, words) if isinstance(value, str) else None
    instead = "" if near is None else f"; did you mean {near!r}?"
    raise ValueError(f"{name} must be one of {', '.join(map(repr, words))}; got {shown(value)}{instead or '.'}")


def a_unit(name: str, value: Any, words: Mapping[Any, str]) -> Any:
    """What one sample is; a column by which rows are grouped has a setting of its own."""
    if isinstance(value, str) and value not in words and nearest(value, words) is None:
        listed = ", ".join(map(repr, words))
        raise ValueError(
            f"{name} is what one sample is, one of {listed}; got {shown(value)}. To make one sample of all the"
            f" rows with the same value in a column of that name, pass group_by={shown(value)}."
        )
    return a_word(name, value, words)


def a_text(name: str, value: Any, words: Mapping[Any, str]) -> str:
    """Any text but an empty one."""
    if not (isinstance(value, str) and value):
        raise ValueError(f"{name} must be text; got {shown(value)}.")
    return value


def a_mark(name: str, value: Any, words: Mapping[Any, str]) -> str:
    """The characters between two cells or labels, not what they are called."""
    such = " or ".join(repr(mark) for mark in words if len(mark) == 1 and mark in ",;")
    if not (isinstance(value, str) and value):
        raise ValueError(f"{name} must be one or more characters, such as {such}; got {shown(value)}.")
    called = {title: mark for mark, title in words.items()}
    near = nearest(value, called) if len(value) > 2 and value not in words else None
    if near is not None:
        raise ValueError(
            f"{name} must be the characters themselves; got {shown(value)}; did you mean {called[near]!r}?"
        )
    return value


def an_encoding(name: str, value: Any, words: Mapping[Any, str]) -> str:
    """A text encoding that Python knows."""
    if not isinstance(value, str):
        raise ValueError(f"{name} must be the name of an encoding, such as 'utf-8' or 'cp1252'; got {shown(value)}.")
    if value == MIXED:
        return MIXED
    try:
        b" ".decode(value)
    except UnicodeError:
        return value  # one of wider characters
    except (LookupError, ValueError):
        near = nearest(value, [*words, "utf-8", "windows-1252", "ascii", "iso-8859-1"])
        instead = f"did you mean {near!r}?" if near else "pass one that Python knows, such as 'utf-8' or 'cp1252'."
        raise ValueError(f"There is no encoding {shown(value)}; {instead}") from None
    return value


def a_column(name: str, value: Any, words: Mapping[Any, str]) -> str:
    """The name of one column."""
    return str(_one(name, value, "; columns=[...] names several" if name == "column" else ""))


def some_columns(name: str, value: Any, words: Mapping[Any, str]) -> tuple[str, ...]:
    """The names of several columns, each once."""
    _refuse_sets(name, value)
    names = tuple(map(str, names_in(name, value))) if is_listed(value) else ()
    if not names:
        raise ValueError(f"{name} must be a list of names of columns; got {shown(value)}.")
    if twice := _twice(names):
        raise ValueError(f"{name} names {shown(twice)} twice; name every column once.")
    return names


def a_value(name: str, value: Any, words: Mapping[Any, str]) -> str:
    """A value that a cell or a pixel may have, as the text that names its class."""
    return class_text(_one(name, value, "; several cannot be given"))


def a_level(name: str, value: Any, words: Mapping[Any, str]) -> int | str:
    """A value of pixels, whole where it spells a whole number."""
    text = a_value(name, value, words)
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) < 20 else text


def a_share(name: str, value: Any, words: Mapping[Any, str]) -> Any:
    """A number above 0 and up to 1."""
    if not (isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1):
        raise ValueError(f"{name} must be a number above 0 and up to 1; got {shown(value)}.")
    return value


def a_number_of_outputs(name: str, value: Any, words: Mapping[Any, str]) -> int:
    """How many outputs a model may have."""
    if not (isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST_CLASSES):
        raise ValueError(f"{name} must be a whole number from 1 to {MOST_CLASSES:,}; got {shown(value)}.")
    return value


def an_order(name: str, value: Any, words: Mapping[Any, str]) -> str | tuple[str, ...]:
    """The name of an order, or the names of all classes: a list, an array, or a dict of indices."""
    _refuse_sets(name, value)
    if is_listed(value):
        return tuple(map(class_text, names_in(name, value)))
    if isinstance(value, str) and value in words:
        return value
    near = nearest(value, words) if isinstance(value, str) else None
    instead = "" if near is None else f"; did you mean {near!r}?"
    listed = ", ".join(words)
    raise ValueError(f"{name} must be one of {listed}, or a list of all names; got {shown(value)}{instead or '.'}")


def _refuse_sets(name: str, value: Any) -> None:
    if isinstance(value, set | frozenset):
        raise ValueError(f"{name} must say which name comes first, and a set has no order; pass a list.")


def _one(name: str, value: Any, several: str) -> str | int | float:
    if not isinstance(value, str | int | float):
        raise ValueError(f"{name} must be one name or value; got {shown(value)}{several}.")
    return value


def class_text(value: Any) -> str:
    """A value as the text that names its class, True as frames spell it."""
    return str(value) if isinstance(value, bool) else text_of(value)


def names_in(name: str, value: Any) -> list[Any]:
    """The names that a list, an array, a pandas index or the keys of a dict hold; of a dict of indices by its index."""
    if isinstance(value, Mapping):
        indices = list(value.values())
        whole = all(isinstance(k, int | np.integer) and not isinstance(k, bool) for k in indices)
        if whole and sorted(indices) == list(range(len(indices))):
            return sorted(value, key=value.__getitem__)
        raise ValueError(
            f"A dict of names must give them the indices 0 to {len(indices) - 1}, each once; {name} is {shown(value)}."
        )
    return [plain(each) for each in value]


def is_listed(value: Any) -> bool:
    """Whether a value holds names one after the other: no text, no set, and no array of two axes."""
    flat = getattr(value, "ndim", 1) == 1
    return isinstance(value, Iterable) and not isinstance(value, str | bytes | set | frozenset) and flat


def _twice(names: tuple[str, ...]) -> str | None:
    if len(set(names)) == len(names):
        return None
    seen: set[str] = set()
    return next(name for name in names if name in seen or seen.add(name))  # type: ignore[func-returns-value]
