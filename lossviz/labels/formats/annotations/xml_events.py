"""XML -> its elements while it is read: no document type, no entities, nothing from outside, bounded depth and text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.limits import LONGEST_CLASS
from lossviz.labels.sources.streams import Opener

MOST_DEPTH = 100
_BLOCK = 1 << 18


@dataclass
class Element:
    """An element that begins, or has ended: the names from the root down to it, its attributes and its text."""

    path: tuple[str, ...]
    attributes: Mapping[str, str]
    text: str = ""
    ended: bool = field(default=False)


def elements_of(opener: Opener) -> Iterator[Element]:
    """Every element twice, as it begins and as it ends; its text only then, and no more than a name has.

    Raises
    ------
    UnreadableLabels
        If the text is no whole XML, has a document type or is nested too deeply.
    """
    met: list[Element] = []
    open_elements: list[Element] = []

    def begin(tag: str, attributes: dict[str, str]) -> None:
        if len(open_elements) >= MOST_DEPTH:
            raise UnreadableLabels(f"The XML is nested more than {MOST_DEPTH} deep.", "Export it again.")
        above = open_elements[-1].path if open_elements else ()
        element = Element((*above, tag.rpartition("}")[2]), attributes)
        open_elements.append(element)
        met.append(element)

    def end(_: str) -> None:
        element = open_elements.pop()
        met.append(Element(element.path, element.attributes, element.text.strip(), ended=True))

    def add(text: str) -> None:
        element = open_elements[-1]
        if len(element.text) < LONGEST_CLASS:
            element.text += text

    def refuse(*_: Any) -> None:
        raise UnreadableLabels(
            "The XML declares a document type, which may make it anything.", "Remove the line <!DOCTYPE ...>."
        )

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = begin, end, add
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    try:
        with opener() as file:
            while block := file.read(_BLOCK):
                parser.Parse(block, False)
                yield from met
                met.clear()
            parser.Parse(b"", True)
            yield from met
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code)
        raise UnreadableLabels(
            f"The XML is broken at line {error.lineno}, column {error.offset + 1}: {reason}.", "Export it again."
        ) from error
    except (ValueError, LookupError) as error:
        if isinstance(error, UnreadableLabels):
            raise
        raise UnreadableLabels(f"The XML cannot be read: {error}.", "Save it as UTF-8.") from error


def root_of(opener: Opener) -> str:
    """The name of the root."""
    return next(elements_of(opener)).path[0]
