"""Teaching prose: one Markdown file per page, in ## sections, with [[name]] where a number goes."""

from __future__ import annotations

import re
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
_JOINER = "\u2060"  # takes no room, and keeps apart what would act together


def plain(text: str) -> str:
    """`text` from outside, such as a class name, so that Markdown shows it as it is."""
    inert = _ACTING.sub(lambda match: match[0] + _JOINER, visible(text.replace("\n", " ")))
    return _SPECIAL.sub(r"\\\1", inert)
