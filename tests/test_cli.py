"""The command: data on standard output, words on standard error, one sentence for what is wrong."""

from __future__ import annotations

import csv
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import lossviz
from lossviz import cli

ANIMALS = "label\n" + "cat\n" * 30 + "dog\n" * 20 + "ant\n" * 10
TWO_COLUMNS = "dx,sex\n" + "mel,f\n" * 10 + "nv,m\n" * 30 + "bkl,m\n" * 20

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    Path("animals.csv").write_text(ANIMALS, encoding="utf-8")
    Path("two.csv").write_text(TWO_COLUMNS, encoding="utf-8")
    return lambda *arguments, **more: CliRunner().invoke(cli.main, arguments, **more)


def fails(result: Result) -> str:
    """What is said on standard error, where nothing stands on standard output."""
    assert result.exit_code == 1
    assert not result.stdout
    assert result.stderr.startswith("Error: ")
    assert "Traceback" not in result.stderr
    return result.stderr


def sentence(result: Result) -> str:
    said = fails(result).splitlines()
    assert len(said) == 1
    return said[0].removeprefix("Error: ")


def test_weights_are_a_line_each(run: Run) -> None:
    result = run("weights", "animals.csv")
    assert result.stdout == "ant\t2\ncat\t0.666666667\ndog\t1\n"
    assert not result.stderr


@pytest.mark.parametrize("scheme", list(lossviz.SCHEMES))
def test_weights_as_json_are_those_of_the_package(run: Run, scheme: str) -> None:
    counts = lossviz.read_labels(ANIMALS.encode())
    said = json.loads(run("weights", "animals.csv", "--scheme", scheme, "--json").stdout)
    assert said["classes"] == ["ant", "cat", "dog"]
    assert said["weights"] == pytest.approx(lossviz.class_weights(counts, scheme).tolist())


def test_options_of_a_scheme(run: Run) -> None:
    counts = lossviz.read_labels(ANIMALS.encode())
    asked = ("--scheme", "effective", "--option", "beta=0.9", "--option", "normalize=max")
    said = json.loads(run("weights", "animals.csv", "--json", *asked).stdout)
    wanted = lossviz.class_weights(counts, "effective", beta=0.9, normalize="max")
    assert said["weights"] == pytest.approx(wanted.tolist())
    assert "'gamma' is no option" in sentence(run("weights", "animals.csv", "--option", "gamma=2"))
    assert "key=value" in sentence(run("weights", "animals.csv", "--option", "beta"))


def test_two_classes_have_one_pos_weight_or_two_class_weights(run: Run) -> None:
    asked = ("weights", "two.csv", "--json", "--column", "sex", "--positive", "f")
    said = json.loads(run(*asked).stdout)
    assert (said["classes"], said["weights"], said["target"]) == (["f"], [5.0], "pos_weight")
    said = json.loads(run(*asked, "--target", "class_weight").stdout)
    assert (said["classes"], said["weights"]) == (["m", "f"], [0.6, 3.0])


@pytest.mark.parametrize("named", ["\t", "\\t", "tab", "\\x09", "TAB"])
def test_a_delimiter_may_be_named_or_escaped(run: Run, named: str) -> None:
    Path("two.tsv").write_text(TWO_COLUMNS.replace(",", "\t"), encoding="utf-8")
    wanted = run("weights", "two.csv", "--column", "dx").stdout
    assert run("weights", "two.tsv", "--column", "dx", "--delimiter", named).stdout == wanted
    assert run("weights", "two.tsv", "--column", "dx", "--set", f"delimiter={named}").stdout == wanted


@pytest.mark.parametrize("absent", ["@", "::::", "\\\\t"])
def test_a_delimiter_that_occurs_nowhere_is_refused(run: Run, absent: str) -> None:
    for command in ("weights", "inspect"):
        assert "No row is divided by the delimiter" in sentence(run(command, "two.csv", "--delimiter", absent))
    Path("odd.csv").write_text(TWO_COLUMNS.replace(",", "@"), encoding="utf-8")
    assert run("weights", "odd.csv", "--delimiter", "@", "--column", "dx").exit_code == 0


def test_a_delimiter_beside_the_right_one_is_doubted(run: Run) -> None:
    Path("two.tsv").write_text(TWO_COLUMNS.replace(",", "\t"), encoding="utf-8")
    assert "by the delimiter ';'; is it --delimiter tab?" in run("inspect", "two.tsv", "--delimiter", ";").stderr
    assert "is it" not in run("inspect", "animals.csv", "--delimiter", ";").stderr


def test_numbers_of_one_are_singular_and_boxes_are_boxes(run: Run) -> None:
    boxes = [{"image_id": 1, "category_id": k % 2} for k in range(60)]
    coco = {"images": [{"id": 1}], "categories": [{"id": k, "name": "ab"[k]} for k in (0, 1)], "annotations": boxes}
    assert "60 boxes, 2 classes\t" in run("inspect", "-", input=json.dumps(coco)).stdout
    said = run("inspect", "-", "--column", "label", input="# a\nid,label\n" + "1,a\n2,b\x01\n" * 30 + "3,b,c\n").stderr
    assert "Warning: A line of comment was left out." in said
    assert "A row has more cells" in said
    assert "A name holds control or direction characters, or is very long: 'b\\x01'." in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--set", "source=x"], "no setting 'source'"),
        (["--set", "filename=x"], "no setting 'filename'"),
        (["--order", "a\nb,c"], "names on one line"),
        (["--set", "column=" + "[" * 3_000], "nests brackets too deep"),
        (["--order", "[" * 3_000], "nests brackets too deep"),
        (["--set", 'order=[[1], {"a": 2}]'], "order lacks"),
        (["--set", "order=" + "[" * 800 + "]" * 800], "order"),
        (["--column", "label", "--set", "column=label"], "--column stands beside --set column"),
        (["--column", "label", "--set", 'columns=["label"]'], "--column stands beside --set columns"),
        (["--set", "header=true", "--set", "header=false"], "--set header stands twice"),
        (["--outputs", "3", "--outputs", "4"], "--outputs stands 2 times"),
        (["--target", "class_weight", "--target", "class_weight"], "--target stands 2 times"),
        (["--scheme", "inverse", "--scheme", "balanced"], "--scheme stands 2 times"),
        (["--option", "max_weight=1", "--option", "max_weight=2"], "--option max_weight stands twice"),
        (["--scheme", "efective"], "did you mean 'effective'?"),
        (["--scheme", "effective", "--option", "betta=0.9"], "did you mean 'beta'?"),
        (["--header", "1"], "header must be true or false; got '1'."),
        (["--order", "freqency"], "did you mean 'frequency'?"),
        (["--order", ""], "order must be one of"),
    ],
)
def test_settings_that_cannot_be_are_one_sentence(run: Run, arguments: list[str], said: str) -> None:
    assert said in sentence(run("weights", "animals.csv", *arguments))


@pytest.mark.parametrize("spelling", ["true", "True", "yes", "YES"])
def test_a_header_is_said_in_any_case(run: Run, spelling: str) -> None:
    wanted = run("weights", "animals.csv").stdout
    assert run("weights", "animals.csv", "--header", spelling).stdout == wanted
    assert run("weights", "animals.csv", "--set", f"header={spelling}").stdout == wanted


def test_files_that_cannot_be_opened_are_one_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "File name too long" in sentence(run("weights", "a" * 300))
    assert sentence(run("weights", "")) == "A file has no name; name it, or pass - for standard input."
    assert "only column does not look" in sentence(run("weights", "-", input="x\n1.5\n3.5\n5.25\n"))
    assert sentence(run("weights", "animals.csv/a")) == "There is no file 'animals.csv/a'."

    def locked(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "stat", locked)
    assert sentence(run("weights", "locked/a.csv")) == "'locked/a.csv': Permission denied."


@pytest.mark.parametrize("order", ["dog,ant,cat", '["dog", "ant", "cat"]'])
def test_order_and_outputs(run: Run, order: str) -> None:
    assert run("weights", "animals.csv", "--order", order).stdout == "dog\t1\nant\t2\ncat\t0.666666667\n"
    assert run("weights", "animals.csv", "--order", "frequency").stdout.startswith("cat")
    ids = "label\n" + "0\n" * 30 + "2\n" * 30
    said = json.loads(run("weights", "-", "--json", "--outputs", "4", input=ids).stdout)
    assert said["classes"] == ["0", "1", "2", "3"]


def test_several_columns(run: Run) -> None:
    Path("flags.csv").write_text("id,a,b,c\n" + "1,1,0,1\n2,0,1,1\n3,0,0,1\n4,0,0,1\n" * 20, encoding="utf-8")
    said = json.loads(run("weights", "flags.csv", "--json", "--column", "a", "--column", "c").stdout)
    assert (said["classes"], said["target"]) == (["a", "c"], "pos_weight")


def test_any_setting_can_be_set(run: Run) -> None:
    bare = ANIMALS.removeprefix("label\n")
    said = run("weights", "-", "--set", "header=false", input=bare)
    assert said.stdout == "ant\t2\ncat\t0.666666667\ndog\t1\n"
    assert "header must be true or false" in sentence(run("weights", "-", "--set", "header=perhaps", input=bare))
    assert "did you mean 'column'?" in sentence(run("weights", "-", "--set", "colum=dx", input=bare))


def test_standard_input(run: Run) -> None:
    assert run("weights", "-", input=ANIMALS).stdout == run("weights", "animals.csv").stdout
    assert "alone" in sentence(run("weights", "-", "animals.csv", input=ANIMALS))


def test_bad_input_is_one_sentence(run: Run) -> None:
    assert sentence(run("weights", "nowhere.csv")) == "There is no file 'nowhere.csv'."
    assert "scheme must be one of" in sentence(run("weights", "animals.csv", "--scheme", "fair"))
    assert "dx" in fails(run("weights", "two.csv", "--column", "age"))
    Path("noise").write_bytes(bytes(range(256)) * 8)
    sentence(run("weights", "noise"))
    sentence(run("weights", "-", input=""))
    assert run("weights").exit_code == 2


def test_a_list_that_json_has_not_is_refused(run: Run) -> None:
    records = json.dumps([{"a": k, "b": "xyz"[k % 3]} for k in range(60)])
    said = sentence(run("weights", "-", "--list", "zz", input=records))
    assert said == "There is no list 'zz'. Leave out that setting."


def test_what_is_not_certain_names_the_options_that_decide(run: Run) -> None:
    first, *ways = fails(run("weights", "two.csv")).splitlines()
    assert first == "Error: It is not certain how to read these labels; --column would decide."
    assert any("'dx'" in way and way.endswith("--column dx") for way in ways)
    assert any("'sex'" in way and way.endswith("--column sex") for way in ways)
    assert run("weights", "two.csv", "--column", "dx").exit_code == 0


def test_every_reading_is_chosen_by_the_options_that_are_shown(run: Run) -> None:
    result = run("inspect", "two.csv")
    assert result.exit_code == 0
    assert "Which column holds the labels? --column dx or --column sex" in result.stderr
    for line in result.stdout.splitlines():
        _, description, options = line.split("\t")
        described = json.loads(run("inspect", "two.csv", "--json", *shlex.split(options)).stdout)
        assert described["readings"][0]["description"] == description


@pytest.mark.parametrize(
    "labels",
    [
        TWO_COLUMNS,
        TWO_COLUMNS.replace(",", "\t"),
        "a\tb\n" * 40 + "c\td\n" * 30,
        "x,y\n" + "1,0\n0,\n,1\n1,1\n" * 20,
        "who,tags\n" + "1,a|b\n2,a\n3,\n4,b|c\n" * 20,
    ],
)
def test_options_beside_what_is_not_certain_are_whole(run: Run, labels: str) -> None:
    """Pasted, they ask nothing again."""
    Path("open.csv").write_text(labels, encoding="utf-8")
    said = fails(run("weights", "open.csv")).splitlines()
    inspected = [line.split("\t")[-1] for line in run("inspect", "open.csv").stdout.splitlines()]
    shown = [line.strip()[line.strip().index("  --") :] for line in said if line.startswith("  ")]
    for options in (*inspected, *shown):
        assert run("weights", "open.csv", *shlex.split(options)).exit_code == 0


@pytest.mark.parametrize(
    "name", ["it's", '"q"', "a\tb", "a\nb", "\x1b[31m", "\u202egnp", "--column", "null", " x", "\\t", "中"]
)
@pytest.mark.parametrize("delimiter", [",", "\t", "\x01"])
def test_odd_columns_are_chosen_by_the_options_that_are_shown(run: Run, name: str, delimiter: str) -> None:
    with Path("odd.csv").open("w", encoding="utf-8", newline="") as file:
        rows = [[f"{name}{row % 3}", f"v{row % 2}"] for row in range(60)]
        csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows([[name, "other"], *rows])
    shown = run("inspect", "odd.csv").stdout.splitlines()
    assert len(shown) > 1
    for line in shown:
        counted, description, options = line.split("\t")
        assert line.replace("\t", "").isprintable()
        again = run("inspect", "odd.csv", *shlex.split(options)).stdout.splitlines()[0]
        assert again.split("\t")[:2] == [counted, description]
        assert run("weights", "odd.csv", *shlex.split(options)).exit_code == 0


def test_inspection_as_json(run: Run) -> None:
    said = json.loads(run("inspect", "two.csv", "--json").stdout)
    assert not said["certain"]
    assert [reading["settings"]["column"] for reading in said["readings"]] == ["dx", "sex"]
    assert said["readings"][0]["classes"] == ["bkl", "mel", "nv"]
    assert said["readings"][0]["positives"] == [20, 10, 30]
    assert said["questions"][0]["setting"] == "column"
    assert said["warnings"] == []


def test_warnings_are_words(run: Run) -> None:
    result = run("weights", "-", "--order", "ant,cat,dog,emu", input=ANIMALS)
    assert result.stdout.count("\n") == 4
    assert "Warning: " in result.stderr
    assert "emu" in result.stderr
    assert "EmptyClassWarning" not in result.stderr


def test_names_are_lines_whatever_they_hold(run: Run) -> None:
    odd = "id,label\n" + '1,"a\tb"\n' * 30 + '2,"\x1b[31mred"\n' * 30 + "3,plain\n" * 60
    result = run("weights", "-", "--column", "label", input=odd)
    assert result.stdout.splitlines()[1].startswith("a\\tb\t")
    assert "\x1b" not in result.stdout + result.stderr
    assert len(result.stdout.splitlines()) == 3
    said = json.loads(run("weights", "-", "--json", "--column", "label", input=odd).stdout)
    assert said["classes"] == ["\x1b[31mred", "a\tb", "plain"]


def test_a_missing_extra_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "find_spec", lambda name: None)
    assert sentence(run("app")).endswith("pip install 'lossviz[app]'.")


@pytest.mark.parametrize(
    "how", [("-c", "from lossviz.cli import main; main()"), ("-m", "lossviz"), ("-m", "lossviz.cli")]
)
def test_the_module_runs_as_a_process(tmp_path: Path, how: tuple[str, ...]) -> None:
    (tmp_path / "animals.csv").write_text(ANIMALS, encoding="utf-8")
    command = [sys.executable, *how, "weights", "animals.csv"]
    environment = {"PYTHONPATH": str(Path(__file__).parent.parent)}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, env=environment, check=True)
    assert done.stdout.decode().split() == ["ant", "2", "cat", "0.666666667", "dog", "1"]
    assert done.stderr == b""
    done = subprocess.run([*command[:-1], "none.csv"], cwd=tmp_path, capture_output=True, env=environment, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"Error: There is no file 'none.csv'.\n")


@pytest.mark.skipif(sys.platform == "win32", reason="streams are closed by a POSIX shell")
@pytest.mark.parametrize(
    ("shell", "code", "printed", "said"),
    [
        ("weights - <&-", 1, "", "Error: Standard input is closed; name a file, or pipe one in.\n"),
        ("weights animals.csv >&-", 1, "", "Error: Standard output is closed; there is nowhere to print to.\n"),
        ("--version >&-", 1, "", "Error: Standard output is closed; there is nowhere to print to.\n"),
        ("weights animals.csv | head -1", 0, "ant\t2\n", ""),
        ("weights many.csv --column label | head -1", 0, "c0000\t1\n", ""),
        ("weights 中.csv --positive 中 --target class_weight", 0, "a\t2\n\\u4e2d\t0.666666667\n", None),
        ('inspect 中.csv --positive 中 | grep -cFe "--set \'positive=\\"\\\\u4e2d\\"\'"', 0, "1\n", None),
    ],
)
def test_streams_that_are_closed_or_narrow(
    tmp_path: Path, shell: str, code: int, printed: str, said: str | None
) -> None:
    (tmp_path / "animals.csv").write_text(ANIMALS, encoding="utf-8")
    (tmp_path / "many.csv").write_text("label\n" + "".join(f"c{k:04}\n" for k in range(5_000)) * 9, encoding="utf-8")
    (tmp_path / "中.csv").write_text("label\n" + "中\n" * 30 + "a\n" * 10, encoding="utf-8")
    environment = {"PYTHONPATH": str(Path(__file__).parent.parent), "PYTHONIOENCODING": "cp1252", "PATH": os.defpath}
    command = ["/bin/sh", "-c", f"{shlex.quote(sys.executable)} -m lossviz {shell}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, env=environment, check=False)
    assert (done.returncode, done.stdout.decode()) == (code, printed)
    assert said is None or done.stderr.decode() == said
