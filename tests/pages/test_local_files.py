"""A path or glob below the served folder finds what is there, and reaches nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ui.labels import local_files
from ui.labels.local_files import files_below, some_names


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A served folder beside a secret, with links of every kind in it."""
    (tmp_path / "secret.csv").write_text("label\nsecret\n")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.csv").write_text("label\nsecret\n")
    served = tmp_path / "served"
    for name in ("a.csv", "b.csv", "c.txt", "deep/d.csv", "deep/er/e.csv", ".hidden.csv"):
        path = served / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("label\nx\n")
    return served


def names(folder: Path, pattern: str) -> list[str]:
    return [path.relative_to(folder.resolve()).as_posix() for path in files_below(folder, pattern)]


def test_paths_globs_and_folders(folder: Path) -> None:
    assert names(folder, "a.csv") == ["a.csv"]
    assert names(folder, "*.csv") == ["a.csv", "b.csv"]
    assert names(folder, "[ab].csv") == ["a.csv", "b.csv"]
    assert names(folder, "deep") == ["deep/d.csv", "deep/er/e.csv"]
    assert names(folder, "deep/*") == ["deep/d.csv", "deep/er/e.csv"]
    assert names(folder, "**/*.csv") == ["a.csv", "b.csv", "deep/d.csv", "deep/er/e.csv"]
    assert names(folder, "**") == ["a.csv", "b.csv", "c.txt", "deep/d.csv", "deep/er/e.csv"]
    assert names(folder, "./deep/d.csv") == ["deep/d.csv"]
    assert some_names(folder, 3) == ["a.csv", "b.csv", "c.txt"]


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        ("", "no path"),
        ("../secret.csv", "'..' is not allowed"),
        ("deep/../../secret.csv", "'..' is not allowed"),
        ("..\\secret.csv", "'..' is not allowed"),
        ("*/../../secret.csv", "'..' is not allowed"),
        ("/etc/passwd", "not relative"),
        ("//etc/passwd", "not relative"),
        ("C:\\Windows\\win.ini", "not relative"),
        ("C:secret.csv", "not relative"),
        ("\\\\host\\share", "not relative"),
        ("~/secret.csv", "not relative"),
        ("a.csv\x00.txt", "control characters"),
        ("[.][.]/secret.csv", "no file"),
        ("?./secret.csv", "no file"),
        ("nothing.csv", "no file"),
        ("a.csv/b", "no file"),
        ("**/" * 3 + "x", "too deep"),
        ("a/" * 40, "too deep"),
    ],
)
def test_what_leaves_the_folder_or_is_not_there(folder: Path, pattern: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        files_below(folder, pattern)


@pytest.mark.parametrize("target", ["../secret.csv", "../outside", "/etc"])
def test_links_that_lead_out_are_refused(folder: Path, target: str) -> None:
    (folder / "deep" / "link").symlink_to(target if target.startswith("/") else "../" + target)
    for pattern in ("deep/link", "deep/link/secret.csv", "deep/*", "deep", "**", "**/secret.csv", "deep/l*/*.csv"):
        with pytest.raises(ValueError, match="link out of the folder"):
            files_below(folder, pattern)


def test_links_within_are_followed_and_circles_end(folder: Path) -> None:
    (folder / "same.csv").symlink_to("a.csv")
    (folder / "deep" / "up").symlink_to("..")
    assert names(folder, "same.csv") == ["a.csv"]
    assert names(folder, "deep/up/b.csv") == ["b.csv"]
    assert names(folder, "**/*.csv") == ["a.csv", "b.csv", "deep/d.csv", "deep/er/e.csv"]
    (folder / "loop").symlink_to("loop")
    with pytest.raises(ValueError, match="leads nowhere"):
        files_below(folder, "loop")


def test_a_served_folder_may_itself_be_a_link(folder: Path) -> None:
    link = folder.parent / "link"
    link.symlink_to(folder)
    assert [path.name for path in files_below(link, "*.csv")] == ["a.csv", "b.csv"]


def test_neither_pipes_nor_devices_are_opened(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    with pytest.raises(ValueError, match="no file"):
        files_below(folder, "pipe")
    assert "pipe" not in names(folder, "*")


def test_too_many_files_and_entries(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_files, "MOST_FILES", 2)
    with pytest.raises(ValueError, match="more than 2 files"):
        files_below(folder, "**")
    monkeypatch.setattr(local_files, "MOST_ENTRIES", 3)
    with pytest.raises(ValueError, match="more than 3 entries"):
        files_below(folder, "*.nothing")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not there"):
        files_below(tmp_path / "gone", "a.csv")
    (tmp_path / "file").write_text("x")
    with pytest.raises(ValueError, match="no folder"):
        files_below(tmp_path / "file", "a.csv")
    assert some_names(tmp_path / "gone") == []
