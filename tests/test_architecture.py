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

# The rooms from the ground up: what a room may import of ours, each of them further up in this table, and from outside.
# A file belongs to the first room that fits it.
Row = tuple[tuple[str, ...], tuple[str, ...]]
_LABELS = ("counts", "labels.limits", "labels.words", "labels.values", "labels.settings", "labels.inspection")
LOSSVIZ: dict[str, Row] = {
    "lossviz/knobs.py": ((), ()),
    "lossviz/notation.py": ((), ()),
    "lossviz/literals.py": ((), ("torch",)),
    "lossviz/counts": ((), ("numpy",)),
    "lossviz/labels/limits.py": ((), ()),
    "lossviz/labels/words.py": (("counts",), ()),
    "lossviz/labels/tables/cells.py": ((), ("pyarrow",)),
    "lossviz/labels/values.py": (("labels.limits", "labels.words", "labels.tables.cells"), ("numpy",)),
    "lossviz/labels/settings.py": (("labels.words", "labels.values"), ()),
    "lossviz/labels/inspection.py": (("counts", "labels.values", "labels.settings"), ("pandas",)),
    "lossviz/labels/tables": (_LABELS, ("numpy", "pandas", "pyarrow")),
    "lossviz/labels/sources": (
        (*_LABELS, "labels.tables.cells"),
        ("numpy", "pyarrow", "python_calamine", "pyreadstat", "scipy", "h5py"),
    ),
    "lossviz/labels/formats": (
        (*_LABELS, "labels.tables", "labels.sources"),
        ("numpy", "pandas", "pyarrow", "PIL", "python_calamine", "defusedxml"),
    ),
    "lossviz/labels/meaning": ((*_LABELS, "labels.tables"), ("numpy", "pandas", "pyarrow")),
    "lossviz/labels/given": (("counts",), ("numpy",)),
    "lossviz/labels": (
        (*_LABELS, "labels.tables", "labels.sources", "labels.formats", "labels.meaning"),
        ("numpy", "pandas", "pyarrow"),
    ),
    "lossviz/weights": (("counts", "knobs"), ("numpy", "torch")),
    "lossviz/losses": (("knobs", "notation", "literals"), ("torch",)),
    "lossviz/logits": (("losses", "weights", "counts"), ("numpy", "torch")),
    "lossviz/batches": (("losses", "weights", "counts"), ("torch",)),
    "lossviz/training.py": ((), ("torch",)),
    "lossviz/choice": (("counts", "labels", "weights", "losses", "logits"), ("torch",)),
    "lossviz/workbench": (("literals", "losses", "weights", "batches"), ("torch",)),
    "lossviz/snippets": (("literals", "counts", "choice", "workbench", "batches"), ("torch",)),
    "lossviz/figures": (
        ("knobs", "notation", "counts", "losses", "logits", "batches", "training", "choice", "workbench"),
        ("numpy", "torch", "lazy_loader"),
    ),
    "lossviz/scores": (("labels",), ("numpy", "pandas", "pyarrow")),
    "lossviz/__init__.py": ((), ("lazy_loader",)),
    "lossviz/option_values.py": (("labels",), ()),
    "lossviz/console.py": (("labels", "option_values"), ("click",)),
    "lossviz/label_options.py": (("labels", "option_values", "console"), ("click",)),
    "lossviz/cli.py": (("",), ("click",)),
    "lossviz/__main__.py": (("cli",), ()),
}
_PAGE = ("lossviz", "ui.serving", "ui.shared", "ui.live_chart")
UI: dict[str, Row] = {
    "ui/__init__.py": ((), ()),
    "ui/serving": (("lossviz",), ("streamlit", "starlette", "torch")),
    "ui/shared": (("lossviz", "ui.serving"), ("streamlit", "pandas", "torch")),
    "ui/live_chart": (("lossviz", "ui.serving", "ui.shared"), ("streamlit", "numpy")),
    "ui/home": (_PAGE, ("streamlit",)),
    "ui/labels": (_PAGE, ("streamlit", "numpy", "pandas")),
    "ui/weights": (_PAGE, ("streamlit", "numpy", "pandas", "torch")),
    "ui/loss_curves": (_PAGE, ("streamlit",)),
    "ui/scores": (_PAGE, ("streamlit", "pandas", "numpy", "torch")),
    "ui/batch_size": (_PAGE, ("streamlit", "pandas")),
    "ui/weighted_mean": (_PAGE, ("streamlit", "pandas", "torch")),
    "ui/workbench": (_PAGE, ("streamlit", "pandas", "torch")),
    "ui/main.py": (("ui.serving", "ui.shared"), ("streamlit",)),
    "pages": (("lossviz", "ui"), ("streamlit",)),
    "app.py": (("ui.serving",), ("streamlit",)),
}


def _named(rows: dict[str, Row]) -> dict[str, Row]:
    return {
        room: (tuple(f"lossviz.{name}".rstrip(".") for name in ours), outside) for room, (ours, outside) in rows.items()
    }


ROOMS = _named(LOSSVIZ) | UI

FOLDERS = ("lossviz", "ui", "pages")
FILES = [
    *sorted(path.relative_to(ROOT) for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")),
    Path("app.py"),
]


def room_of(file: Path) -> str:
    name = file.as_posix()
    return next(room for room in ROOMS if name == room or name.startswith(f"{room}/"))


def module_of(room: str) -> str:
    return room.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def lies_in(name: str, module: str) -> bool:
    return name == module or name.startswith(f"{module}.")


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
    ours, outside = ROOMS[room]
    for name in imports(file):
        top = name.split(".")[0]
        if top in ("lossviz", "ui", "pages", "app"):
            assert any(lies_in(name, module) for module in (module_of(room), *ours)), f"{file} must not import {name}"
        elif top not in sys.stdlib_module_names and top != "__future__":
            assert top in outside, f"{file} must not import {name}"


def test_no_arrow_of_the_table_runs_upward() -> None:
    modules = [module_of(room) for room in ROOMS]
    for place, (ours, _) in enumerate(ROOMS.values()):
        for allowed in ours:
            assert any(lies_in(module, allowed) for module in modules[:place]), f"{modules[place]} -> {allowed}"


def test_no_package_of_the_table_is_idle() -> None:
    """What a room may import from outside, some file of it does import."""
    for room, (_, outside) in ROOMS.items():
        names = [name for file in FILES if room_of(file) == room for name in imports(file)]
        for allowed in outside:
            assert any(lies_in(name, allowed) for name in names), f"{room} need not import {allowed}"


def test_rooms_are_small() -> None:
    """A folder holds at most about 16 files, and so a person knows them by name."""
    for folder in {(ROOT / file).parent for file in FILES}:
        files = [path for path in folder.iterdir() if path.is_file() and path.name != "__init__.py"]
        assert len(files) <= 16, f"{folder.relative_to(ROOT)} holds {len(files)} files"


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
    names = [module_of(file.as_posix()) for file in FILES if file.parts[0] == "ui" and file.stem not in ("main", "")]
    code = f"import sys, lossviz.figures, {', '.join(names)}; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_the_losses_do_not_import_the_compiler() -> None:
    """It would take longer than all the rest."""
    code = "import sys, lossviz.figures.live.routes; sys.exit('torch._dynamo' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_only_serving_touches_the_interpreter() -> None:
    """Collector and threads are the server's; modules, the environment and the switch interval are nobody's."""
    for file in FILES:
        text = (ROOT / file).read_text(encoding="utf-8")
        for word in ("import gc", "set_num_threads"):
            assert word not in text or room_of(file) == "ui/serving", f"{file} says {word}"
        for word in ("setswitchinterval", "sys.modules[", "os.environ[", "signal.signal"):
            assert word not in text or (word, file.stem) == ("signal.signal", "worker"), f"{file} says {word}"


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
def test_public_names_are_there_and_load_on_first_use(package: str) -> None:
    """A package holds nothing of its own beside its list of names; each of them is where the list says."""
    module = importlib.import_module(package)
    stub = ast.parse((ROOT / package.replace(".", "/") / "__init__.pyi").read_text(encoding="utf-8"))
    listed = [alias.asname for node in stub.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    assert sorted(listed) == module.__all__, "a name stands twice, or is not exported"
    for name in module.__all__:
        assert getattr(module, name) is not None
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = module.no_such_name


def test_the_package_does_not_import_torch() -> None:
    code = "import sys, lossviz, lossviz.figures; sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


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


def test_what_is_vendored_is_what_was_published() -> None:
    folder = ROOT / "ui" / "live_chart" / "assets" / "vendor"
    said = dict(re.findall(r"([0-9a-f]{64})  (\S+)", (folder / "README.md").read_text(encoding="utf-8")))
    files = [path for path in folder.iterdir() if path.suffix in (".js", ".css")]
    assert said == {hashlib.sha256(path.read_bytes()).hexdigest(): path.name for path in files}
    assert (folder / "LICENSE-uplot").read_text(encoding="utf-8").startswith("The MIT License")
