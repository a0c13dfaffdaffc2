"""Who may import whom. This table is the architecture."""

from __future__ import annotations

import ast
import hashlib
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# Each room, and the rooms of ours it may import. The first entry that fits a file is its room.
ALLOWED: dict[str, tuple[str, ...]] = {
    "lossviz/knobs.py": (),
    "lossviz/notation.py": (),
    "lossviz/counts/label_counts.py": (),
    "lossviz/counts/revision.py": ("lossviz.counts.label_counts",),
    "lossviz/counts/scrutiny.py": ("lossviz.counts.label_counts",),
    "lossviz/lazy.py": (),
    "lossviz/__init__.py": ("lossviz",),
    "lossviz/reference.py": ("lossviz",),
    "lossviz/figures/__init__.py": ("lossviz.figures", "lossviz.lazy"),
    "lossviz/labels": ("lossviz.counts.label_counts", "lossviz.labels"),
    "lossviz/counts/arguments.py": ("lossviz.counts.label_counts",),
    "lossviz/weights/tensors.py": (
        "lossviz.counts.arguments",
        "lossviz.counts.label_counts",
        "lossviz.weights.schemes",
    ),
    "lossviz/weights/schemes.py": ("lossviz.knobs",),
    "lossviz/losses": ("lossviz.losses", "lossviz.knobs", "lossviz.notation"),
    "lossviz/logits/curves.py": ("lossviz.losses",),
    "lossviz/logits/optimum.py": ("lossviz.losses", "lossviz.logits.curves", "lossviz.logits.softmax"),
    "lossviz/batches/weighted_mean.py": ("lossviz.losses", "lossviz.weights.tensors", "lossviz.counts.label_counts"),
    "lossviz/workbench/elements.py": ("lossviz.losses", "lossviz.losses.code"),
    "lossviz/losses/code.py": ("lossviz.losses",),
    "lossviz/workbench/code.py": ("lossviz.workbench.elements",),
    "lossviz/logits/stability.py": ("lossviz.losses",),
    "lossviz/workbench/cases.py": (
        "lossviz.batches.weighted_mean",
        "lossviz.workbench.code",
        "lossviz.workbench.elements",
        "lossviz.losses",
        "lossviz.weights.tensors",
    ),
    "lossviz/weights/ratios.py": ("lossviz.counts.label_counts", "lossviz.weights.schemes", "lossviz.weights.tensors"),
    "lossviz/choice/values.py": (
        "lossviz.counts.label_counts",
        "lossviz.losses.code",
        "lossviz.losses",
        "lossviz.weights.ratios",
        "lossviz.weights.tensors",
    ),
    "lossviz/choice/choice.py": (
        "lossviz.choice.values",
        "lossviz.counts.label_counts",
        "lossviz.labels",
        "lossviz.losses.code",
        "lossviz.weights.ratios",
        "lossviz.losses",
        "lossviz.weights.schemes",
        "lossviz.weights.tensors",
    ),
    "lossviz/batches/effective.py": (),
    "lossviz/logits/softmax.py": ("lossviz.logits.curves", "lossviz.losses"),
    "lossviz/logits/price.py": (
        "lossviz.counts.arguments",
        "lossviz.counts.label_counts",
        "lossviz.logits.curves",
        "lossviz.logits.softmax",
    ),
    "lossviz/choice/starting.py": (
        "lossviz.choice.choice",
        "lossviz.logits.curves",
        "lossviz.losses.code",
        "lossviz.losses",
        "lossviz.logits.optimum",
        "lossviz.logits.price",
    ),
    "lossviz/snippets/starting.py": ("lossviz.choice.starting",),
    "lossviz/batches/accumulation.py": ("lossviz.losses",),
    "lossviz/training.py": (),
    "lossviz/logits/budget.py": ("lossviz.logits.curves", "lossviz.logits.optimum"),
    "lossviz/snippets/batches.py": (),
    "lossviz/snippets/scores.py": ("lossviz.snippets.choice",),
    "lossviz/snippets/choice.py": ("lossviz.choice.choice", "lossviz.counts.label_counts", "lossviz.counts.scrutiny"),
    "lossviz/figures": (
        "lossviz.workbench.elements",
        "lossviz.logits.stability",
        "lossviz.notation",
        "lossviz.figures",
        "lossviz.counts.label_counts",
        "lossviz.knobs",
        "lossviz.losses",
        "lossviz.logits.curves",
        "lossviz.logits.optimum",
        "lossviz.batches.weighted_mean",
        "lossviz.batches.effective",
        "lossviz.training",
        "lossviz.logits.budget",
    ),
    "ui": ("ui", "lossviz"),
    "pages": ("ui", "lossviz"),
    "app.py": ("ui",),
}

# Packages from outside that a room may use, besides the standard library.
OUTSIDE: dict[str, tuple[str, ...]] = {
    "lossviz/knobs.py": (),
    "lossviz/notation.py": (),
    "lossviz/counts/label_counts.py": ("numpy",),
    "lossviz/counts/revision.py": ("numpy",),
    "lossviz/counts/scrutiny.py": ("numpy",),
    "lossviz/lazy.py": (),
    "lossviz/__init__.py": (),
    "lossviz/reference.py": (),
    "lossviz/figures/__init__.py": (),
    "lossviz/labels": ("numpy", "pandas", "pyarrow", "PIL", "python_calamine", "defusedxml"),
    "lossviz/counts/arguments.py": ("numpy",),
    "lossviz/weights/schemes.py": ("torch",),
    "lossviz/weights/tensors.py": ("numpy", "torch"),
    "lossviz/losses": ("torch",),
    "lossviz/weights/ratios.py": ("numpy", "torch"),
    "lossviz/choice/values.py": ("torch",),
    "lossviz/choice/choice.py": ("torch",),
    "lossviz/logits/curves.py": ("torch",),
    "lossviz/logits/optimum.py": ("numpy", "torch"),
    "lossviz/batches/weighted_mean.py": ("torch",),
    "lossviz/workbench/elements.py": ("torch",),
    "lossviz/losses/code.py": ("torch",),
    "lossviz/workbench/code.py": ("torch",),
    "lossviz/workbench/cases.py": ("torch",),
    "lossviz/logits/stability.py": ("torch",),
    "lossviz/batches/effective.py": ("torch",),
    "lossviz/logits/softmax.py": ("torch",),
    "lossviz/logits/price.py": ("numpy", "torch"),
    "lossviz/choice/starting.py": ("torch",),
    "lossviz/snippets/starting.py": (),
    "lossviz/batches/accumulation.py": ("torch",),
    "lossviz/training.py": ("torch",),
    "lossviz/logits/budget.py": ("torch",),
    "lossviz/snippets/batches.py": (),
    "lossviz/snippets/scores.py": ("torch",),
    "lossviz/snippets/choice.py": ("torch",),
    "lossviz/figures": ("numpy", "torch", "plotly"),
    "ui": ("streamlit", "starlette", "pandas", "numpy", "torch"),
    "pages": ("streamlit",),
    "app.py": ("streamlit",),
}

FOLDERS = ("lossviz", "ui", "pages")
FILES = [
    *sorted(path.relative_to(ROOT) for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")),
    Path("app.py"),
]


def room_of(file: Path) -> str:
    name = file.as_posix()
    return next(room for room in ALLOWED if name == room or name.startswith(f"{room}/"))


def imports(file: Path) -> list[str]:
    """Every module that a file imports, wherever in it; relative imports are an error."""
    found = []
    for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} imports relatively"
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


@pytest.mark.parametrize("file", FILES, ids=str)
def test_imports_keep_to_the_table(file: Path) -> None:
    room = room_of(file)
    for name in imports(file):
        top = name.split(".")[0]
        if top in ("lossviz", "ui", "pages", "app"):
            fits = any(name == allowed or name.startswith(f"{allowed}.") for allowed in ALLOWED[room])
            assert fits, f"{file} must not import {name}"
        elif top not in sys.stdlib_module_names and top != "__future__":
            assert top in OUTSIDE[room], f"{file} must not import {name}"


def test_no_import_cycles() -> None:
    """Imports at the top of files form no circle."""
    modules = {".".join(file.with_suffix("").parts).removesuffix(".__init__"): file for file in FILES}
    edges: dict[str, set[str]] = {}
    for module, file in modules.items():
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        names: set[str] = set()
        for node in tree.body:
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
        edges[module] = {name for name in names if name in modules and name != module}
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " -> ".join((*path, module))
        if module not in done:
            for other in sorted(edges[module]):
                visit(other, (*path, module))
            done.add(module)

    for module in sorted(edges):
        visit(module, ())


def test_what_pages_import_does_not_import_torch() -> None:
    """So that a page draws its title before torch is there."""
    names = [f"ui.{path.stem}" for path in (ROOT / "ui").glob("*.py") if path.stem not in ("main", "__init__")]
    code = f"import sys, lossviz.figures, {', '.join(names)}; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_the_losses_do_not_import_the_compiler() -> None:
    """It would take longer than all the rest."""
    code = "import sys, lossviz.figures.live.routes; sys.exit('torch._dynamo' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_pages_are_short_and_name_no_loss() -> None:
    import lossviz

    for path in sorted((ROOT / "pages").glob("*.py")):
        text = path.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 100, f"{path.name} is too long for a page"
        for key in lossviz.LOSSES:
            assert f'== "{key}"' not in text, f"{path.name} treats the loss {key} apart"


def test_files_are_short() -> None:
    for file in FILES:
        lines = len((ROOT / file).read_text(encoding="utf-8").splitlines())
        assert lines <= 400, f"{file} has {lines} lines; split it"


@pytest.mark.parametrize("package", ["lossviz", "lossviz.figures"])
def test_lazy_names_and_typed_names_agree(package: str) -> None:
    """The table of homes in a package and its typed imports say the same."""
    module = importlib.import_module(package)
    tree = ast.parse((ROOT / package.replace(".", "/") / "__init__.py").read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    typed = {
        alias.asname: node.module for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert typed == {name: f"{package}.{home}" for name, home in module._HOMES.items()}
    for name in module.__all__:
        assert getattr(module, name) is not None
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = module.no_such_name


def test_the_project_speaks_of_itself_alone() -> None:
    words = ("/work/", "/" + "tmp/", "shared/oracles", "shared/labels")
    for path in [*(ROOT / file for file in FILES), *(ROOT / "content").rglob("*.md"), *ROOT.glob("*.md")]:
        text = path.read_text(encoding="utf-8")
        for word in words:
            assert word not in text, f"{path} names {word}"


@pytest.mark.parametrize("package", ["lossviz", "lossviz.figures"])
def test_no_lazy_name_is_that_of_a_module(package: str) -> None:
    """The import of a module would put the module in the place of the name."""
    folder = ROOT / package.replace(".", "/")
    modules = {path.stem for path in folder.iterdir()}
    assert not modules & set(importlib.import_module(package).__all__)


def test_the_vendored_script_is_the_published_one() -> None:
    folder = ROOT / "ui" / "live_chart" / "vendor"
    said = re.search(r"[0-9a-f]{64}", (folder / "README.md").read_text(encoding="utf-8"))
    assert said
    assert hashlib.sha256((folder / "plotly-basic.min.js").read_bytes()).hexdigest() == said.group()
    assert (folder / "LICENSE-plotly").read_text(encoding="utf-8").startswith("MIT License")
