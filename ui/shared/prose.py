"""Teaching prose: one Markdown file per page, in ## sections, with [[name]] where a number goes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from lossviz.notation import visible

_FOLDER = Path(__file__).parents[2] / "content" / "en"
_PLACE = re.compile(r"\[\[(\w+)\]\]")


@cache
def sections(page: str) -> dict[str, str]:
    """The sections of a page's prose by their headings."""
    text = (_FOLDER / f"{page}.md").read_text(encoding="utf-8")
    parts = re.split(r"^## +(.+)$", text, flags=re.MULTILINE)
    return {heading.strip(): body.strip() for heading, body in zip(parts[1::2], parts[2::2], strict=True)}


def prose(page: str, section: str, **values: str) -> str:
    """One section, with every [[name]] replaced; a name without a value is an error."""
    return _PLACE.sub(lambda match: values[match[1]], sections(page)[section])


_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|$:~^&=])")
# What Streamlit's Markdown still acts on after it has undone the escapes: icons and emoji, links, addresses, arrows.
_ACTING = re.compile(
    r":(?=[\w+/-]+:)|:(?=//)|www(?=\.)|(?<=[\w.+-])@(?=[\w-])|(?<!\S)[<>~-](?=[-=>]{1,2}(?:\s|$))", re.IGNORECASE
)
JOINER = "\u2060"  # takes no room, and keeps apart what would act together


_LONGEST, _LONGEST_NAME, _LONGEST_OPTION = 1_000, 60, 200


def plain(text: str, longest: int = _LONGEST) -> str:
    """`text` from outside, such as an error, so that Markdown shows it as it is; no more than its start."""
    inert = _ACTING.sub(lambda match: match[0] + JOINER, one_line(text, longest))
    return _SPECIAL.sub(r"\\\1", inert)


def named(name: str) -> str:
    """A name from outside, such as that of a class, as `plain` text that fits a sentence."""
    return plain(name, _LONGEST_NAME)


def options(names: Iterable[str]) -> list[str]:
    """The same for lists to choose from, which know no Markdown; no two of them look alike."""
    met: Counter[str] = Counter()
    shown = []
    for name in names:
        text = one_line(name, _LONGEST_OPTION)
        met[text] += 1
        shown.append(text if met[text] == 1 else f"{text} ({met[text]})")
    return shown


def one_line(text: str, longest: int = _LONGEST_OPTION) -> str:
    """`text` from outside for where there is no Markdown, such as a cell: what hides spelled out, and no longer."""
    shown = visible(" ".join(text.splitlines()))
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"
