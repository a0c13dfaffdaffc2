"""The API page: ``python -m lossviz.reference > docs/api.md`` writes it from the docstrings."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import lossviz

UNDERLINE = re.compile(r"^-{3,}$")
ENTRY = re.compile(r"^(?P<names>[*\w, ]+?)(?: : (?P<kind>.+))?$")

STARS: dict[Any, str] = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}

# Sections whose lines are entries, a name and its meaning indented below it.
LISTS = ("Parameters", "Attributes", "Returns", "Raises", "Warns")


def page() -> str:
    """Markdown of every public name, under the module that is its home."""
    lines = [
        "# The names of lossviz",
        "",
        "Written from the docstrings by `python -m lossviz.reference > docs/api.md`.",
    ]
    homes: dict[str, list[str]] = {}
    stub = ast.parse(Path(lossviz.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    for node in stub.body:
        if isinstance(node, ast.ImportFrom) and node.module:
            homes.setdefault(node.module.split(".")[0], []).extend(alias.name for alias in node.names)
    for home, names in homes.items():
        lines += ["", f"## {home.replace('_', ' ').capitalize()}"]
        for name in names:
            lines += ["", f"### {name}", "", *described(name, getattr(lossviz, name))]
    return "\n".join(lines) + "\n"


def described(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield "A mapping from keys to entries:"
        yield ""
        for key, entry in value.items():
            yield f"- `{key}`: {getattr(entry, 'title', entry)}"
        return
    if isinstance(value, tuple):
        yield f"The names {', '.join(f'`{entry}`' for entry in value)}."
        return
    yield "```python"
    yield signature(name, value)
    yield "```"
    yield ""
    yield from markdown(inspect.getdoc(value) or "")


def signature(name: str, value: Any) -> str:
    """How it is called, one parameter a line if it would be wide."""
    if isinstance(value, type) and issubclass(value, Exception) and value.__init__ is Exception.__init__:
        return name
    try:
        parameters = list(inspect.signature(value).parameters.values())
    except ValueError:  # made of builtin code alone
        return name
    shown = []
    for k, parameter in enumerate(parameters):
        alone = parameter.kind is parameter.KEYWORD_ONLY
        if alone and not any(p.kind in (p.KEYWORD_ONLY, p.VAR_POSITIONAL) for p in parameters[:k]):
            shown.append("*")
        star = STARS.get(parameter.kind, "")
        default = "" if parameter.default is parameter.empty else f"={parameter.default!r}"
        shown.append(f"{star}{parameter.name}{default}")
    line = f"{name}({', '.join(shown)})"
    return line if len(line) <= 100 else f"{name}(\n    " + ",\n    ".join(shown) + ",\n)"


def markdown(doc: str) -> Iterator[str]:
    """A numpy docstring as Markdown; sections become bold headings, entries lists."""
    section = ""
    lines = doc.splitlines()
    k = 0
    while k < len(lines):
        line = lines[k]
        below = lines[k + 1] if k + 1 < len(lines) else ""
        if UNDERLINE.match(below):
            section, k = line, k + 2
            yield f"**{section}**"
            yield ""
        elif line.startswith(".. math::"):
            block, k = indented(lines, k + 1)
            formula = [line.removeprefix(".. math::").strip(), *block]
            yield "$$"
            yield from (part for part in formula if part)
            yield "$$"
        elif line.startswith(">>> "):
            yield "```python"
            while k < len(lines) and lines[k]:
                yield lines[k]
                k += 1
            yield "```"
        elif line.startswith("==="):
            end = lines.index("", k) if "" in lines[k:] else len(lines)
            yield from table(lines[k:end])
            k = end
        elif section in LISTS and line and not line.startswith(" "):
            meaning, k = indented(lines, k + 1)
            yield entry(line, " ".join(meaning))
        else:
            yield inline(line)
            k += 1


def table(lines: list[str]) -> Iterator[str]:
    """A simple table of reStructuredText, whose columns lie under its rules, with the rules of Markdown."""
    starts = [rule.start() for rule in re.finditer("=+", lines[0])]
    ends = [*starts[1:], None]
    head, _, *rows = lines[1:-1]
    for k, line in enumerate((head, *rows)):
        cells = [line[start:end].strip() for start, end in zip(starts, ends, strict=True)]
        yield f"| {' | '.join(cells)} |"
        if k == 0:
            yield f"|{' --- |' * len(starts)}"


def indented(lines: list[str], start: int) -> tuple[list[str], int]:
    """The indented lines from `start` on, without their indent, and the index after them."""
    end = start
    while end < len(lines) and lines[end].startswith(" "):
        end += 1
    return [line.strip() for line in lines[start:end]], end


def entry(head: str, meaning: str) -> str:
    found = ENTRY.match(head)
    if found is None or found["kind"] is None:
        return f"- *{inline(head)}*" + (f": {inline(meaning)}" if meaning else "")
    names = ", ".join(f"`{name.strip()}`" for name in found["names"].split(","))
    return f"- {names} *({inline(found['kind'])})*" + (f": {inline(meaning)}" if meaning else "")


def inline(text: str) -> str:
    """Roles and literals as Markdown has them."""
    text = re.sub(r":math:`([^`]*)`", r"$\1$", text)
    return re.sub(r"``([^`]*)``", r"`\1`", text)


if __name__ == "__main__":
    print(page(), end="")
