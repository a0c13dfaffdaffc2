"""What `pip install` gives a project of its own: package, command and app, away from this checkout."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import urllib.request
import venv
import zipfile
from pathlib import Path

import pytest

import lossviz

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT))
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def scripts(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts of an environment that has the wheel, and what it needs from this one."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=os.name != "nt")
    ours = folder / Path(sysconfig.get_path("purelib")).relative_to(sys.prefix)
    (ours / "needed.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    scripts = folder / Path(sysconfig.get_path("scripts")).relative_to(sys.prefix)
    pip("--python", str(scripts / "python"), "install", "--no-deps", "--no-index", str(wheel))
    return scripts


@pytest.fixture
def away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    (tmp_path / "animals.csv").write_text("label\n" + "cat\n" * 30 + "dog\n" * 20 + "ant\n" * 10, encoding="utf-8")
    return tmp_path


def pip(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments], check=True)


def said(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8").stdout


def test_the_wheel_holds_the_package_alone(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"lossviz"}
    assert wheel.name.startswith(f"lossviz-{lossviz.__version__}-py3-none-any")
    for name in ("__init__.pyi", "figures/__init__.pyi", "py.typed", "_app/ui/main.py", "_app/.streamlit/config.toml"):
        assert f"lossviz/{name}" in names
    shipped = {name.removeprefix("lossviz/_app/") for name in names}
    for folder in ("lossviz", "ui", "pages", "content"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and path.suffix != ".pyc":
                assert path.relative_to(ROOT).as_posix() in shipped, f"{path} is not in the wheel"
    licences = {path.name for path in (ROOT / "ui").rglob("LICENSE*")} | {"LICENSE"}
    assert {Path(name).name for name in names if "dist-info/licenses/" in name} == licences
    assert not [name for name in names if "__pycache__" in name or "tests/" in name]


def test_a_snippet_runs_away_from_the_checkout(scripts: Path, away: Path) -> None:
    code = (
        "import json, importlib.metadata, lossviz\n"
        "counts = lossviz.read_labels('animals.csv')\n"
        "weight = lossviz.class_weights(counts, 'inverse', normalize='min')\n"
        "criterion = lossviz.Choice(counts, loss='softmax_focal', knobs={'gamma': 2}).module()\n"
        "version = importlib.metadata.version('lossviz')\n"
        "print(json.dumps([lossviz.__file__, weight.tolist(), type(criterion).__name__, version]))"
    )
    where, weights, loss, version = json.loads(said(scripts / "python", "-c", code))
    assert scripts.parent in Path(where).parents
    assert weights == pytest.approx([3, 1, 1.5])
    assert (loss, version) == ("SoftmaxFocalLoss", lossviz.__version__)


def test_the_command_runs_away_from_the_checkout(scripts: Path, away: Path) -> None:
    printed = json.loads(said(scripts / "lossviz", "weights", "animals.csv", "--json"))
    assert printed["classes"] == ["ant", "cat", "dog"]
    assert printed["weights"] == pytest.approx([2, 2 / 3, 1])
    assert said(scripts / "lossviz", "--version").strip() == lossviz.__version__


def test_the_app_runs_away_from_the_checkout(scripts: Path, away: Path) -> None:
    code = (
        "import sys, lossviz\n"
        "from pathlib import Path\n"
        "app = Path(lossviz.__file__).parent / '_app'\n"
        "sys.path.insert(0, str(app))\n"
        "from streamlit.testing.v1 import AppTest\n"
        "page = AppTest.from_file(str(app / 'ui' / 'main.py'), default_timeout=60).run()\n"
        "assert not page.exception, page.exception[0].value\n"
        "print(page.title[0].value)"
    )
    assert said(scripts / "python", "-c", code).strip()
    command = [scripts / "lossviz", "app", "--headless", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as server:
        assert server.stdout
        try:
            found = (re.search(r"http://localhost:\d+", line) for line in server.stdout)
            address = next(match.group() for match in found if match)
            with urllib.request.urlopen(f"{address}/api/v1/curves?loss=focal&points=5", timeout=60) as answer:  # noqa: S310
                assert b'"points": 5' in answer.read()
        finally:
            server.terminate()


def test_what_is_needed_has_lower_bounds() -> None:
    """Whoever installs the package has versions of their own; the exact ones are in the locks."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *(each for extra in project["optional-dependencies"].values() for each in extra),
    ]
    assert all(re.match(r"[\w-]+>=[\d.]+", line) for line in wanted if "[" not in line)
