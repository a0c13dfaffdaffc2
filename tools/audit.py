"""Published security holes of what is locked, by pip-audit; a word where its database cannot be reached."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).parent.parent
LOCKS = ("requirements-dev.txt", "requirements-torch.txt")
MOST_SECONDS = 60
_SKIPPED = "The search for known security holes was skipped: "


def locked(lock: str) -> list[str]:
    """The packages of a lock, each with its exact version and where it is needed, without hashes."""
    return re.findall(r"^[\w.-]+==[^\\\n]*[^\\\s]", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE)


def audit() -> tuple[int, str]:
    """Ask the database about every package of the locks; what is known, and whether that is a reason to stop."""
    command = [sys.executable, "-m", "pip_audit", "--no-deps", "--disable-pip", "--progress-spinner=off"]
    with TemporaryDirectory() as folder:
        every = Path(folder) / "requirements.txt"
        every.write_text("\n".join(line for lock in LOCKS for line in locked(lock)), encoding="utf-8")
        command += ["--timeout=5", "--format=json", "--requirement", str(every)]
        try:
            said = subprocess.run(command, capture_output=True, text=True, timeout=MOST_SECONDS, check=False)  # noqa: S603
        except subprocess.TimeoutExpired:
            return 0, f"{_SKIPPED}its database does not answer."
    try:
        return verdict(json.loads(said.stdout)["dependencies"])
    except json.JSONDecodeError:
        return 0, f"{_SKIPPED}pip-audit says '{' '.join(said.stderr.split())[-120:]}'."


def verdict(packages: Sequence[Mapping[str, Any]]) -> tuple[int, str]:
    """What pip-audit found, as an exit status and in words.

    Examples
    --------
    >>> verdict([{"name": "a", "version": "1", "vulns": []}])
    (0, 'No security hole is known of 1 of the 1 locked packages.')
    >>> verdict([{"name": "a", "skip_reason": "not found"}])
    (0, 'The search for known security holes was skipped: its database cannot be reached.')
    >>> verdict([{"name": "a", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["2"]}]}])
    (1, 'a 1 has the known security hole CVE-1; 2 mends it.')
    """
    known = [each for each in packages if "skip_reason" not in each]
    if not known:
        return 0, f"{_SKIPPED}its database cannot be reached."
    found = [
        f"{each['name']} {each['version']} has the known security hole {hole['id']}; {_mended(hole['fix_versions'])}."
        for each in known
        for hole in each["vulns"]
    ]
    if found:
        return 1, "\n".join(found)
    return 0, f"No security hole is known of {len(known)} of the {len(packages)} locked packages."


def _mended(versions: Sequence[str]) -> str:
    return f"{' or '.join(versions)} mends it" if versions else "no version mends it yet"


if __name__ == "__main__":
    status, words = audit()
    print(words)
    sys.exit(status)
