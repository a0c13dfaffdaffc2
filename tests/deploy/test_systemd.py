"""The units, as systemd itself judges them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze")
def test_systemd_understands_the_units_and_finds_them_closed(tmp_path: Path) -> None:
    def analyzed(*arguments: str | Path) -> str:
        done = subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stderr

    for path in (ROOT / "deploy" / "systemd").iterdir():
        text = path.read_text(encoding="utf-8")
        here = text.replace("/opt/lossviz/.venv/bin/python", sys.executable).replace("/opt/lossviz", str(ROOT))
        (tmp_path / path.name.replace("@", "@8501")).write_text(here, encoding="utf-8")
    units = sorted(tmp_path.iterdir())
    assert [unit.name for unit in units] == ["lossviz.target", "lossviz@8501.service"]
    assert analyzed("verify", "--man=no", *units) == ""
    analyzed("security", "--offline=true", "--no-pager", "--threshold=15", units[1])  # tenths; 100 is open to all
