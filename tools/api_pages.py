"""docs/api/: a page for each module that is the home of a public name, by griffe2md; ``make docs`` writes them.

They are made from the source alone: nothing of lossviz or torch is imported.
"""

from __future__ import annotations

import ast
import re
import shutil
from pathlib import Path
from typing import Any

from griffe import GriffeLoader, Object, Parser
from griffe2md import render_object_docs

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "api"
PACKAGES = ("lossviz", "lossviz.figures")
STYLE: dict[str, Any] = {
    "heading_level": 1,
    "inherited_members": False,
    "line_length": 100,
    "members_order": "source",
    "show_bases": False,
    "show_if_no_docstring": False,
    "show_object_full_path": False,
    "show_root_members_full_path": False,
    "show_signature_annotations": True,
    "summary": False,
}
INDEX = """\
# The names of lossviz

Each is reached as `lossviz.NAME`, those of figures as `lossviz.figures.NAME`. `make docs` writes these pages from the
docstrings.
"""
IMPORT = re.compile(r"^from \.(\S+) import (\w+) as \2$", re.MULTILINE)


def pages() -> dict[str, str]:
    """The text of every page by its path below docs/api."""
    loader = GriffeLoader(search_paths=[ROOT], docstring_parser=Parser.numpy, allow_inspection=False)
    root = loader.load("lossviz")
    loader.resolve_aliases()
    rooms: dict[str, list[str]] = {}
    made = {}
    for package in PACKAGES:
        for home, names in homes(package).items():
            module = root[home.removeprefix("lossviz.")]
            path = home.removeprefix("lossviz.").replace(".", "/") + ".md"
            made[path] = page(module, names)
            entries = rooms.setdefault(home.split(".")[1], [])
            entries += [f"- [{name}]({path}#{name.lower()}): {summary(module[name])}" for name in names]
    index = [INDEX, *(f"## {room}\n\n" + "\n".join(entries) + "\n" for room, entries in rooms.items())]
    return made | {"README.md": "\n".join(index)}


def homes(package: str) -> dict[str, list[str]]:
    """The public names of a package by the module that is their home, as its stub has them."""
    stub = ROOT / package.replace(".", "/") / "__init__.pyi"
    found: dict[str, list[str]] = {}
    for home, name in IMPORT.findall(stub.read_text(encoding="utf-8")):
        found.setdefault(f"{package}.{home}", []).append(name)
    return found


def summary(name: Object) -> str:
    if name.docstring is None:
        raise SystemExit(f"{name.path} has no docstring, which its page needs.")
    return " ".join(markdown(name.docstring.value.split("\n\n")[0]).split())


def page(module: Object, names: list[str]) -> str:
    for name in names:
        named = module[name]
        if named.is_attribute and not is_short(str(named.value)):
            named.value = None
    text = markdown(render_object_docs(module, STYLE | {"members": names}))
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def is_short(code: str) -> bool:
    """Whether a value says more on a page than its type."""
    try:
        return bool(ast.literal_eval(code)) and len(code) < 80
    except (ValueError, SyntaxError):
        return False


def markdown(text: str) -> str:
    """Roles and directives as Markdown has them; a link to what has no page is its text."""
    text = re.sub(r"\[(\*\*[^]]+\*\*|[^]]+)]\(#[^)]*\)", r"\1", text)
    text = re.sub(r"<code>(.*?)</code>", kind, text)
    text = re.sub(r"^\.\. math::(?: (.*)\n|\n((?:    .*\n|\n)+))", math, text, flags=re.MULTILINE)
    text = re.sub(r":math:`([^`]*)`", r"$\1$", text)
    text = re.sub(r"(?<!`)``(?!`)([^`]*)``", r"`\1`", text)
    text = re.sub(r"<details.*>\n<summary>(.*)</summary>\n((?:.*\n)*?)\n*</details>", r"**\1:**\n\2", text)
    text = re.sub(r"^- \*\*(\*+)(\w+)\*\*", starred, text, flags=re.MULTILINE)
    return re.sub(r" –\s*$", "", text, flags=re.MULTILINE)


def kind(code: re.Match[str]) -> str:
    """A type in italics: it may hold code of its own."""
    words = code[1]
    return f"*{words[1:-1] if words.startswith('(') and words.endswith(')') else words}*"


def starred(name: re.Match[str]) -> str:
    """An item in bold whose name begins with stars of its own."""
    stars = name[1].replace("*", r"\*")
    return f"- **{stars}{name[2]}**"


def math(block: re.Match[str]) -> str:
    lines = (block[1] or block[2]).strip().splitlines()
    return "\n".join(["$$", *(line.strip() for line in lines), "$$", "", ""])


if __name__ == "__main__":
    shutil.rmtree(FOLDER, ignore_errors=True)
    for path, text in pages().items():
        (FOLDER / path).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / path).write_text(text, encoding="utf-8")
