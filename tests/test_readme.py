"""The README's lists are what the registries and the folders hold."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import torch

import lossviz
from ui.shared.page import cards

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def listed(name: str) -> dict[str, str]:
    """The items of one marked list: what stands in bold or in code first, and what is said of it."""
    block = README.split(f"<!-- {name} -->")[1].split("\n\n")[1]
    items = re.findall(r"^- (?:\*\*|`)(.+?)(?:\*\*|`): (.+?)$", block, re.MULTILINE)
    assert len(items) == block.count("\n- ") + block.startswith("- ")
    return dict(items)


def test_pages() -> None:
    assert listed("pages") == {card.title: card.help for card in cards()}


def test_losses() -> None:
    assert listed("losses") == {loss.__name__: loss.title for loss in lossviz.LOSSES.values()}


def test_schemes() -> None:
    assert listed("schemes") == {key: f"{scheme.title}; {scheme.known_as}" for key, scheme in lossviz.SCHEMES.items()}


def test_the_tree_names_what_is_there() -> None:
    tree = README.split("<!-- tree -->")[1].split("```")[1]
    folder = ROOT
    named: list[Path] = []
    for line in tree.splitlines()[1:]:
        match = re.match(r"( *)(\S+)", line)
        assert match, line
        path = (folder if match[1] else ROOT) / match[2]
        if not match[1]:
            folder = path
        assert path.exists(), f"the README names {path}, which is not there"
        named.append(path)
    for room in ("lossviz", "."):
        for path in (ROOT / room).iterdir():
            hidden = path.name.startswith((".", "_")) or path.suffix in (".md", ".txt", ".toml", ".typed")
            hidden |= path.name in ("LICENSE", "Makefile")
            assert hidden or path in named, f"the README does not name {path.relative_to(ROOT)}"


def test_the_two_commands_are_there() -> None:
    for target in ("run", "test"):
        assert f"make {target}" in README
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_what_it_needs_is_what_it_lists() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = project["dependencies"] + [each for extra in project["optional-dependencies"].values() for each in extra]
    table = README.split("## What it needs, and why")[1].split("##")[0]
    said = {name for row in re.findall(r"^\| ([\w, -]+) \|", table, re.MULTILINE)[1:] for name in row.split(", ")}
    assert said == {re.split(r"[\[=<>;]", line)[0] for line in lines} - {"lossviz"}


def test_pictures_are_there() -> None:
    for path in re.findall(r"!\[[^]]+\]\(([^)]+)\)", README):
        assert (ROOT / path).stat().st_size > 10_000


def test_the_example_runs(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    monkeypatch.chdir(shared / "labels" / "ham10000_csv")
    named: dict[str, Any] = {}
    exec(compile(code, "README.md", "exec"), named)  # noqa: S102 - our own code
    assert named["counts"].positives.sum() == 10015
    assert lossviz.Choice.parse(named["choice"].text) == named["choice"]
    torch.testing.assert_close(named["criterion"].weight, named["choice"].tensor)
    assert named["score"].item() == pytest.approx(0.3214, abs=1e-3)
