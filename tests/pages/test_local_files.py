"""A path or glob below the served folder finds what is there, and reaches nothing else."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import lossviz
from lossviz.labels.inspection import UnreadableLabels
from ui.labels import local_files, served_folder
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
    return [file.name for file in files_below(folder, pattern).files]


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
        (".hidden.csv", "is hidden"),
        ("deep/.git/config", "is hidden"),
        (".*", "is hidden"),
        ("[.]hidden.csv", "no file"),
        ("x" * 300, "no file"),
        ("a/" + "x" * 300 + "/*.csv", "no file"),
        ("*/" + "x" * 5000, "no file"),
        ("[.][.]/secret.csv", "no file"),
        ("?./secret.csv", "no file"),
        ("nothing.csv", "no file"),
        ("a.csv/b", "no file"),
        ("**/" * 3 + "x", "too deep"),
        ("a/" * 40, "too deep"),
    ],
)
def test_what_leaves_the_folder_or_is_not_there(folder: Path, pattern: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as refused:
        files_below(folder, pattern)
    assert len(str(refused.value)) < 250


@pytest.mark.parametrize("target", ["../secret.csv", "../outside", "/etc", "nothing", "deep/.hid", ".hidden.csv"])
def test_a_link_that_is_not_served_hides_nothing_else(folder: Path, target: str) -> None:
    (folder / "deep" / ".hid").mkdir()
    (folder / "deep" / "link").symlink_to(target if target.startswith("/") else "../" + target)
    for pattern in ("deep/link", "deep/link/secret.csv", "deep/l*/*.csv", "deep/l*"):
        with pytest.raises(ValueError, match=r"link (out of the folder|that leads nowhere|to what is hidden)"):
            files_below(folder, pattern)
    for pattern in ("deep/*", "deep", "deep/**"):
        assert names(folder, pattern) == ["deep/d.csv", "deep/er/e.csv"]
        (said,) = files_below(folder, pattern).left_out
        assert said.startswith("'deep/link' is a link ")
    assert files_below(folder, "deep/*.csv").left_out == ()
    with pytest.raises(ValueError, match="no file"):
        files_below(folder, "**/secret.csv")


def test_links_within_are_followed_and_circles_end(folder: Path) -> None:
    (folder / "same.csv").symlink_to("a.csv")
    (folder / "deep" / "up").symlink_to("..")
    assert names(folder, "same.csv") == ["a.csv"]
    assert names(folder, "deep/up/b.csv") == ["b.csv"]
    assert names(folder, "**/*.csv") == ["a.csv", "b.csv", "deep/d.csv", "deep/er/e.csv"]
    assert names(folder, "**") == ["a.csv", "b.csv", "c.txt", "deep/d.csv", "deep/er/e.csv"]
    (folder / "by").symlink_to("deep/er/../../deep/up/b.csv")
    (folder / "whole").symlink_to(folder.resolve() / "deep" / "d.csv")
    (folder / "self").symlink_to(folder.resolve())
    assert names(folder, "by") == ["b.csv"]
    assert names(folder, "whole") == ["deep/d.csv"]
    assert names(folder, "self/a.csv") == ["a.csv"]
    (folder / "loop").symlink_to("loop")
    with pytest.raises(ValueError, match="leads nowhere"):
        files_below(folder, "loop")


def test_a_served_folder_may_itself_be_a_link(folder: Path) -> None:
    link = folder.parent / "link"
    link.symlink_to(folder)
    assert names(link, "*.csv") == ["a.csv", "b.csv"]


def test_neither_pipes_nor_devices_are_opened(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    with pytest.raises(ValueError, match="no file"):
        files_below(folder, "pipe")
    assert "pipe" not in names(folder, "*")
    assert "pipe" not in some_names(folder, 20)
    (file,) = files_below(folder, "a.csv").files
    (folder / "a.csv").unlink()
    os.mkfifo(folder / "a.csv")
    with pytest.raises(UnreadableLabels, match="changed while it was read"):
        file.open()  # and waits for nobody


def test_what_a_file_system_can_hold_has_a_name(folder: Path) -> None:
    odd = ["x" * 251 + ".csv", "soft\u00adhyphen.csv", "[ab]c.csv", "gpj.\u202evsc", "new\nline.csv"]
    for name in odd:
        (folder / name).write_text("label\nodd\n")
    for name in odd:
        assert names(folder, name) == [name]
    assert set(odd) <= set(names(folder, "*"))
    (folder / os.fsdecode(b"caf\xe9.dat")).write_text("label\nx\n")
    assert names(folder, "*.dat") == ["caf\\xe9.dat"]
    handle = os.open(folder, os.O_RDONLY)
    for _ in range(20):  # to a path longer than the system takes
        os.mkdir("d" * 250, dir_fd=handle)
        inner = os.open("d" * 250, os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = inner
    os.close(os.open("end.csv", os.O_CREAT | os.O_WRONLY, dir_fd=handle))
    os.close(handle)
    (end,) = files_below(folder, "**/end.csv").files
    with end.open() as opened:
        assert opened.read() == b""


def test_folders_too_deep_or_closed_hide_nothing_else(folder: Path) -> None:
    (folder / "/".join(["in"] * 40)).mkdir(parents=True)
    found = files_below(folder, "**")
    assert [file.name for file in found.files] == ["a.csv", "b.csv", "c.txt", "deep/d.csv", "deep/er/e.csv"]
    (said,) = found.left_out
    assert "32 folders deep" in said
    (folder / "deep" / "er").chmod(0)
    try:
        next((folder / "deep" / "er").iterdir())
        pytest.skip("whoever runs the tests may open everything")
    except PermissionError:
        assert names(folder, "deep") == ["deep/d.csv"]
    finally:
        (folder / "deep" / "er").chmod(0o755)


def test_the_hint_names_a_few_of_many(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "0 out").symlink_to("/etc")
    (folder / "0 dead").symlink_to("nothing")
    for k in range(3_000):
        (folder / f"{k:05}.csv").touch()
    looked_at: list[str] = []
    about = served_folder._about

    def counted(name: str, folder: int) -> os.stat_result:
        looked_at.append(name)
        return about(name, folder)

    monkeypatch.setattr(served_folder, "_about", counted)
    assert len(some_names(folder)) == 8
    assert len(looked_at) <= 1_010


def test_what_is_swapped_after_it_was_found_is_not_read(folder: Path) -> None:
    """As a path it would lead out by now."""
    (file,), (deep,) = files_below(folder, "a.csv").files, files_below(folder, "deep/d.csv").files
    (folder / "a.csv").unlink()
    (folder / "a.csv").symlink_to("../secret.csv")
    (folder / "deep").rename(folder / "aside")
    (folder / "deep").symlink_to("../outside")
    (folder.parent / "outside" / "d.csv").write_text("label\nsecret\n")
    for each in (file, deep):
        with pytest.raises(UnreadableLabels, match="changed while it was read"):
            each.open()
        with pytest.raises(UnreadableLabels, match="changed while it was read"):
            lossviz.read_labels(each.openable)
    (folder / "a.csv").unlink()
    (folder / "a.csv").write_text("label\nother\n")
    with pytest.raises(UnreadableLabels, match="changed while it was read"):
        file.open()


SWAPS = 20_000
SWAP = """
import os, sys
for _ in range(int(sys.argv[1]) // 4):
    for name, link in (("a.csv", "file link"), ("deep", "folder link")):
        os.rename(name, "aside"), os.rename(link, name)
        os.rename(name, link), os.rename("aside", name)
"""


def test_no_swap_while_files_are_found_and_opened_reads_outside(folder: Path) -> None:
    """Another process puts links that lead out in the place of a folder and of a file, and back, all the time."""
    (folder.parent / "outside" / "d.csv").write_text("label\nsecret\n")
    (folder / "file link").symlink_to("../secret.csv")
    (folder / "folder link").symlink_to("../outside")
    read: Counter[bool] = Counter()
    with subprocess.Popen([sys.executable, "-c", SWAP, str(SWAPS)], cwd=folder) as swapping:
        while swapping.poll() is None:
            for pattern in ("a.csv", "deep/d.csv"):
                with contextlib.suppress(ValueError, OSError):
                    (file,) = files_below(folder, pattern).files
                    with file.open() as opened:
                        read[b"secret" in opened.read()] += 1
    assert swapping.returncode == 0
    assert read[False]
    assert read[True] == 0, f"{read[True]:,} of {read.total():,} reads were outside, over {SWAPS:,} swaps"


def test_the_readers_take_what_is_served(folder: Path) -> None:
    for part, name in (("one", "cat"), ("two", "dog")):
        (folder / part).mkdir()
        (folder / part / "labels.csv").write_text(f"label\n{name}\nant\n{name}\nbee\n")
    (file,) = files_below(folder, "one/labels.csv").files
    counts = lossviz.read_labels(file.openable)
    assert dict(zip(counts.classes, counts.positives.tolist(), strict=True)) == {"ant": 1, "bee": 1, "cat": 2}
    both = [file.openable for file in files_below(folder, "*/labels.csv").files]
    assert lossviz.read_labels(both, filename="both", file="two/labels.csv").classes == ("ant", "bee", "dog")


def test_too_many_files_and_entries(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_files, "MOST_FILES", 2)
    with pytest.raises(ValueError, match="more than 2 files"):
        files_below(folder, "**")
    monkeypatch.setattr(served_folder, "MOST_ENTRIES", 3)
    with pytest.raises(ValueError, match="more than 3 entries"):
        files_below(folder, "*.nothing")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not there"):
        files_below(tmp_path / "gone", "a.csv")
    (tmp_path / "file").write_text("x")
    with pytest.raises(ValueError, match="no folder"):
        files_below(tmp_path / "file", "a.csv")
    assert some_names(tmp_path / "gone") == []
