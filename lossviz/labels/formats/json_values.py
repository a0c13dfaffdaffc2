"""JSON text -> what it holds: at once, or of a large one the elements of its lists or its own members one at a time."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import IO, Any

from lossviz.labels import limits
from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.sources.encodings import decoded

MOST_CHARACTERS = 64 << 20
_AFTER = tuple(",]}: \t\r\n")
# What a value takes in memory at least, by the mark that it is written with: lists, objects, texts, and each place.
_HELD = {b"[": 64, b"{": 64, b'"': 28, b",": 8}
_SPACE = re.compile(r"[ \t\r\n]*")


def loaded(data: bytes) -> Any:
    """What the text holds: one JSON value, or a list of one per line."""
    held = sum(weight * data.count(mark) for mark, weight in _HELD.items())
    if held > limits.MOST_HELD:
        raise UnreadableLabels(
            f"The JSON holds so many values that they take more than {limits.MOST_HELD / 1e6:,.0f} MB at once.",
            "Save one record a line, as JSON Lines.",
        )
    text = decoded(data)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        lines = [line for line in text.split("\n") if line.strip()]
        if len(lines) > 1 and lines[0].strip()[:1] in ("{", "[") and lines[0].strip()[-1] in ("}", "]"):
            return [line_value(line, number) for number, line in enumerate(lines, start=1)]
        raise broken_json(error) from error


def broken_json(error: ValueError | RecursionError) -> UnreadableLabels:
    """What Python's reader of JSON says, as a sentence."""
    if isinstance(error, json.JSONDecodeError):
        return UnreadableLabels(
            f"The JSON is broken at line {error.lineno}, column {error.colno}.", "Save it again, or mend that line."
        )
    if isinstance(error, RecursionError):
        return UnreadableLabels("The JSON holds lists in lists too deep to be read.", "Save a list of flat records.")
    return UnreadableLabels("The JSON holds a number of thousands of digits.", "Save it as text, or leave it out.")


def line_value(line: str | bytes, number: int) -> Any:
    """What one of the JSON Lines holds."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UnreadableLabels(f"Line {number} of the JSON Lines is broken.", "Mend that line.") from error


def elements(file: IO[bytes]) -> Iterator[tuple[str | None, Any]]:
    """The elements of a list, under None, or those of every list in an object, under its key; other values left out.

    Raises
    ------
    UnreadableLabels
        If the text is no whole JSON, or no UTF-8, or holds an element too large to be one sample.
    """
    window = _Window(file)
    if window.take("["):
        for value in _listed(window):
            yield None, value
    elif window.take("{"):
        for key in _keys(window):
            if window.take("["):
                for value in _listed(window):
                    yield key, value
            else:
                window.value()
    else:
        window.broken()
    if window.peek():
        window.broken()


def members(file: IO[bytes]) -> Iterator[tuple[str, Any]]:
    """The values of an object, each under its key; errors as above."""
    window = _Window(file)
    window.need("{")
    for key in _keys(window):
        yield key, window.value()
    if window.peek():
        window.broken()


def _keys(window: _Window) -> Iterator[str]:
    """The keys of an object that is open; after each stands its value, which must be read before the next."""
    while not window.take("}"):
        key = str(window.value())
        window.need(":")
        yield key
        if not window.take(","):
            window.need("}")
            return
        if window.peek() == "}":
            window.broken()


def _listed(window: _Window) -> Iterator[Any]:
    while not window.take("]"):
        yield window.value()
        if not window.take(","):
            window.need("]")
            return
        if window.peek() == "]":
            window.broken()


class _Window:
    """The part of a text that is being read."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.text, self.at, self.lines, self.left, self.rest = file, "", 0, 1, 0, b""
        self.decode = json.JSONDecoder().raw_decode

    def more(self) -> bool:
        part = self.file.read(max(limits.BLOCK, len(self.text) - self.at))  # so that a long element is tried seldom
        if not part:
            return False
        data = self.rest + part
        # A character may be cut where the block ends.
        end = len(data) - next((k for k in (1, 2, 3) if data[-k:][0] >= 0xC0), 0)
        self.rest = data[end:]
        self.lines += self.text.count("\n", 0, self.at)
        self.left = self._column() - 1
        try:
            self.text = self.text[self.at :] + data[:end].decode("utf-8-sig" if not self.text else "utf-8")
        except UnicodeDecodeError:
            self.broken()
        self.at = 0
        if len(self.text) > MOST_CHARACTERS:
            raise UnreadableLabels("The JSON holds an element too large to be one sample.", "Save the labels alone.")
        return True

    def peek(self) -> str:
        """The next character that is no space; blank at the end."""
        while True:
            self.at = _SPACE.match(self.text, self.at).end()  # type: ignore[union-attr]
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.more():
                return ""

    def take(self, character: str) -> bool:
        if self.peek() != character:
            return False
        self.at += 1
        return True

    def need(self, character: str) -> None:
        if not self.take(character):
            self.broken()

    def value(self) -> Any:
        """The next value; a number counts only once what follows it is there."""
        self.peek()
        while True:
            try:
                value, end = self.decode(self.text, self.at)
                if self.text[end : end + 1] in _AFTER or not self.more():
                    self.at = end
                    return value
            except json.JSONDecodeError as error:
                if not self.more():
                    self.at = error.pos
                    self.broken()
            except (ValueError, RecursionError) as error:
                raise broken_json(error) from error

    def _column(self) -> int:
        """Where in its line the next character stands, from 1 on."""
        start = self.text.rfind("\n", 0, self.at)
        return self.at - start if start >= 0 else self.left + self.at + 1

    def broken(self) -> None:
        line = self.lines + self.text.count("\n", 0, self.at)
        raise UnreadableLabels(
            f"The JSON is broken at line {line}, column {self._column()}.",
            "Save it again, or mend that line.",
        )
