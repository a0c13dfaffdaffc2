"""Label files through the page: every real set, questions answered, settings made, labels revised and undone."""

from __future__ import annotations

import io
import json
import os
import random
import re
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from streamlit.testing.v1 import AppTest

import lossviz
from lossviz.labels.given.text import parse_counts, spell_counts
from tests.pages.test_pages import opened, texts
from ui.shared.downloads import harmless, weights_csv
from ui.shared.prose import plain

SETS = [
    "bank_marketing_semicolon",
    "chestxray14_pipe_csv",
    "counts_table_ids_csv",
    "drybean_xlsx",
    "emotions_arff",
    "ham10000_csv",
    "ham10000_y_npy",
    "hpa_index_lists_csv",
    "levir_masks_png",
    "moderation_jsonl_missing",
    "sms_spam_tsv_noheader",
    "taco_coco_json",
    "watermelon_bom_csv",
]


def uploaded(*files: tuple[str, bytes], query: str = "") -> AppTest:
    """The Labels page after an upload."""
    app = opened("labels", f"way=a+file{query}")
    app.file_uploader[0].set_value([(name, data, "application/octet-stream") for name, data in files]).run()
    assert not app.exception, app.exception[0].value
    return app


def counts_in(app: AppTest) -> lossviz.LabelCounts:
    spelled = app.session_state["labels"]
    kept = app.session_state.to_dict().get("labels:kept", {})
    found: lossviz.LabelCounts = kept[spelled] if spelled in kept else parse_counts(spelled)
    return found


def tally(app: AppTest) -> dict[str, int]:
    counts = counts_in(app)
    return dict(zip(counts.classes, counts.positives.tolist(), strict=True))


def control(app: AppTest, kind: str, title: str) -> Any:
    found = [each for each in app.get(kind) if each.label == title]
    assert found, f"there is no {kind} {title!r}, but {[each.label for each in app.get(kind)]}"
    return found[0]


def run_code(app: AppTest, folder: Path, monkeypatch: pytest.MonkeyPatch) -> lossviz.LabelCounts:
    """What the code line on the page gives where the file lies."""
    monkeypatch.chdir(folder)
    made: dict[str, Any] = {}
    exec(next(each.value for each in app.code if "read_labels" in each.value), made)  # noqa: S102
    counts: lossviz.LabelCounts = made["counts"]
    return counts


@pytest.mark.parametrize("folder", SETS)
def test_every_real_set(shared: Path, folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    truth = json.loads((shared / "labels" / folder / "truth.json").read_text(encoding="utf-8"))
    paths = [shared / "labels" / folder / each["path"] for each in truth["files"]]
    app = uploaded(*((path.name, path.read_bytes()) for path in paths))
    assert not app.error
    said = [*app.success, *app.info]
    assert re.match(r"\*\*(Read as|Probably|Which of these)", said[0].value)
    assert tally(app) == truth["counts"]
    counts = counts_in(app)
    assert counts.task == truth["task"]
    assert counts.n_samples == truth.get("n_pixels", truth["n_samples"])
    missing = truth.get("missing_counts", {})
    assert {name: n for name, n in zip(counts.classes, counts.missing.tolist(), strict=True) if n} == missing
    assert run_code(app, shared / "labels" / folder, monkeypatch) == counts


def test_a_pointer_is_refused_with_its_remedy(shared: Path) -> None:
    data = (shared / "labels" / "neg_git_lfs_pointer" / "emotions.arff").read_bytes()
    app = uploaded(("emotions.arff", data), query="&labels=ham10000")
    assert "Git LFS pointer" in app.error[0].value
    assert "git lfs pull" in app.error[0].value
    assert app.session_state["labels"] == "ham10000"


BOXES = "image_id,label\n" + "".join(
    f"img{k}.jpg,cat\nimg{k}.jpg,cat\n" + (f"img{k}.jpg,dog\n" if k % 3 == 0 else "") for k in range(30)
)


def test_a_question_shows_what_each_answer_leads_to() -> None:
    app = uploaded(("boxes.csv", BOXES.encode()))
    question = control(app, "radio", plain("What is one sample: a row, or all rows of one name?"))
    assert question.options == ["a row", plain("all rows of one image_id")]
    element = question.proto
    assert [str(each) for each in element.captions] == [
        plain("dog on 10 of 70 samples: pos_weight 6"),
        plain("2 labels, dog on 10 of 30 samples: pos_weight 2"),
    ]
    assert tally(app) == {"cat": 60, "dog": 10}
    question.set_value(1).run()
    assert not app.exception
    assert tally(app) == {"cat": 30, "dog": 10}
    assert "group_by='image_id'" in next(each.value for each in app.code if "read_labels" in each.value)
    assert "stand together on 10 samples" in texts(app)


def test_every_setting_can_be_made_and_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "id;größe;label\n" + "".join(
        f"{k};{'groß' if k % 2 else 'klein'};{'x' if k % 5 else 'y'}\n" for k in range(50)
    )
    (tmp_path / "data.csv").write_bytes(text.encode("cp1252"))
    app = uploaded(("data.csv", text.encode("cp1252")))
    found = counts_in(app)
    assert tally(app) == {"x": 40, "y": 10}
    titles = [each.label for each in app.selectbox]
    assert titles[:5] == ["Encoding", "Delimiter", "First row", "Shape", "Label column"]
    control(app, "selectbox", "Label column").set_value(1).run()
    assert tally(app) == {"klein": 25, "groß": 25}
    assert run_code(app, tmp_path, monkeypatch) == counts_in(app)
    control(app, "radio", plain("Which class is the positive one?")).set_value(0).run()
    assert counts_in(app).classes == ("klein", "groß")
    assert run_code(app, tmp_path, monkeypatch) == counts_in(app)
    delimiter = control(app, "selectbox", "Delimiter")
    delimiter.set_value([str(each) for each in delimiter.options].index("comma")).run()
    assert app.error
    assert not app.exception
    next(button for button in app.button if button.label == "As found").click().run()
    assert not app.error
    assert counts_in(app) == found


def test_a_wrong_shape_says_why_and_can_be_put_right() -> None:
    app = uploaded(
        ("data.csv", b"id,label\n" + b"".join(b"%d,%s\n" % (k, b"ab"[k % 2 : k % 2 + 1]) for k in range(50)))
    )
    shape = control(app, "selectbox", "Shape")
    shape.set_value(shape.options.index("one 0/1 column per label")).run()
    assert "fewer than two" in app.error[0].value
    assert tally(app) == {"a": 25, "b": 25}
    shape = control(app, "selectbox", "Shape")
    shape.set_value(shape.options.index("one class per row")).run()
    assert not app.error


def marked(seed: int = 0) -> str:
    rng = random.Random(seed)  # noqa: S311
    rows = (f"p{k}.jpg,{rng.choice(['0', '1', '-1', ''])},{rng.choice('0001')},1" for k in range(200))
    return "Path,Edema,Effusion,Always\n" + "\n".join(rows) + "\n"


def test_missing_and_uncertain_have_columns_and_policies() -> None:
    text = marked()
    app = uploaded(("marks.csv", text.encode()))
    edema = [line.split(",")[1] for line in text.splitlines()[1:]]
    table = app.dataframe[-1].value.set_index("class")
    assert table.loc["Edema", "missing"] == edema.count("")
    assert table.loc["Edema", "uncertain"] == edema.count("-1")
    assert table.loc["Effusion", "uncertain"] == 0
    assert "Uncertain labels are left out" in texts(app)
    assert "No negatives" in texts(app)
    question = next(each for each in app.radio if "uncertain" in each.label and "ask" in each.key)
    question.set_value(2).run()
    assert tally(app)["Edema"] == edema.count("1") + edema.count("-1")
    table = app.dataframe[-1].value.set_index("class")
    assert table.loc["Edema", "uncertain"] == edema.count("-1")
    policies = [each for each in app.radio if "missing" in each.label]
    assert len(policies) == 1
    policies[0].set_value(1).run()
    counts = counts_in(app)
    assert counts.negatives[counts.classes.index("Edema")] == edema.count("0") + edema.count("")
    assert not counts.missing.any()


def test_missing_labels_without_a_file_have_a_policy() -> None:
    some = lossviz.LabelCounts(("Edema", "Mass"), [30, 8], [50, 92], 100, "multilabel")
    app = opened("labels", f"labels={quote(spell_counts(some))}")
    counts = counts_in(app)
    assert counts.missing.any()
    for policy in ("negative", "positive", "missing"):
        next(each for each in app.radio if each.key == "revise:missing").set_value(policy).run()
        assert not app.exception
        assert counts_in(app) == (counts if policy == "missing" else lossviz.missing_as(counts, policy))


def revise(app: AppTest, picked: list[str], button: str, name: str = "") -> None:
    control(app, "multiselect", "Labels").set_value(picked).run()
    if name:
        control(app, "text_input", "New name").set_value(name).run()
    next(each for each in app.button if each.label == button).click().run()
    assert not app.exception


def test_labels_are_revised_everywhere_and_it_is_undone() -> None:
    app = opened("labels", "labels=ham10000")
    before = counts_in(app)
    revise(app, ["nv"], "Drop")
    assert counts_in(app) == lossviz.drop_classes(before, ["nv"])
    revise(app, ["df", "vasc"], "Merge", "rare")
    assert tally(app)["rare"] == 115 + 142
    revise(app, ["mel"], "Rename", "melanoma")
    assert tally(app)["melanoma"] == 1113
    app.switch_page("../pages/weights.py").run()
    assert "melanoma" in texts(app)
    assert parse_counts(app.session_state["labels"]) == counts_in(app)
    app.switch_page("../pages/labels.py").run()
    for expected in (5, 6, 7):
        next(each for each in app.button if each.label.startswith("Undo")).click().run()
        assert counts_in(app).n_classes == expected
    assert app.session_state["labels"] == "ham10000"
    next(each for each in app.button if each.label == "Undo").click().run()
    assert app.session_state["labels"] == "ham10000"
    assert "nothing to undo" in texts(app)


def test_revised_labels_of_a_file_stay_until_it_is_read_otherwise() -> None:
    app = uploaded(("boxes.csv", BOXES.replace("dog", "hen").encode()))
    revise(app, ["hen"], "Rename", "bird")
    assert "bird" in tally(app)
    app.run()
    assert "bird" in tally(app)
    control(app, "radio", plain("What is one sample: a row, or all rows of one name?")).set_value(1).run()
    assert "hen" in tally(app)


def test_labels_that_overlap_are_not_merged_and_it_is_said_why() -> None:
    app = opened("labels", "labels=chestxray14")
    control(app, "multiselect", "Labels").set_value(["Mass", "Hernia"]).run()
    assert next(each for each in app.button if each.label == "Merge").disabled
    assert "count twice" in texts(app)


def test_a_name_that_is_taken_is_refused() -> None:
    app = opened("labels", "labels=ham10000")
    revise(app, ["nv"], "Rename", "mel")
    assert "already" in app.error[0].value
    assert app.session_state["labels"] == "ham10000"


def test_concerns_are_named() -> None:
    app = opened(
        "labels", "labels=counts:multilabel;~n=10000;never=0;always=10000;unknown=0/0;rare=3;gaps=3000/3000;fine=4000"
    )
    said = "\n".join(each.value for each in app.warning)
    for sentence in ("No labels at all:** unknown", "No positives:** never", "No negatives:** always"):
        assert sentence in said
    assert "Nearly constant:** rare" in said
    assert "Missing labels:** gaps" in said


def test_columns_that_say_the_same_are_named() -> None:
    lines = "".join(f"{k % 2},{k % 3 == 0:d},{k % 2}\n" for k in range(60))
    app = uploaded(("same.csv", f"a,b,c\n{lines}".encode()))
    assert any("The same samples:** a, c" in each.value for each in app.warning)
    revise(app, ["c"], "Drop")
    assert not any("same samples" in each.value for each in app.warning)


def test_thousands_of_classes() -> None:
    numbers = "".join(f"class {k},{100_000 // (k + 1)}\n" for k in range(2000))
    app = uploaded(("many.csv", f"class,count\n{numbers}".encode()))
    assert counts_in(app).n_classes == 2000
    assert len(app.dataframe[-1].value) == 2000
    table = app.dataframe[-1].value
    assert table["class"].tolist() == sorted(table["class"])
    assert table.index.tolist() == list(range(2000))
    revise(app, ["class 0"], "Drop")
    assert counts_in(app).n_classes == 1999


def test_which_of_several_files_is_one_question() -> None:
    train, other = ("id,label\n" + "".join(f"{k},{'ab'[k % each == 0]}\n" for k in range(90)) for each in (3, 5))
    files = {"train.csv": train, "other.csv": other.replace("id,", "name,"), "notes.csv": "only,a,header\n"}
    app = uploaded(("all.zip", zipped(files)))
    assert any(plain("Not read: notes.csv") in each.value for each in app.warning)
    assert [each.label for each in app.radio] == ["Which file holds the labels?", "Which class is the positive one?"]
    assert tally(app) == {"a": 60, "b": 30}
    control(app, "radio", "Which file holds the labels?").set_value(1).run()
    assert tally(app) == {"a": 72, "b": 18}


def zipped(files: dict[str, str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return stream.getvalue()


def test_a_path_on_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "a path on this machine" not in _ways(opened("labels"))
    (tmp_path / "served" / "part").mkdir(parents=True)
    (tmp_path / "secret.csv").write_text("label\nsecret\nopen\nopen\n")
    for k, text in enumerate(("label\na\nb\na\n", "label\na\na\na\nb\n")):
        (tmp_path / "served" / "part" / f"{k}.csv").write_text(text)
    monkeypatch.setenv("LOSSVIZ_DATA_DIR", str(tmp_path / "served"))
    app = opened("labels", "way=a+path+on+this+machine")
    assert "a path on this machine" in _ways(app)
    assert "part/" in texts(app)
    path = control(app, "text_input", "Path or glob")
    path.set_value("part/*.csv").run()
    assert tally(app) == {"a": 5, "b": 2}
    assert run_code(app, tmp_path / "served", monkeypatch) == counts_in(app)
    path = control(app, "text_input", "Path or glob")
    path.set_value("../secret.csv").run()
    assert "'\\.\\.' is not allowed" in app.error[0].value
    assert tally(app) == {"a": 5, "b": 2}
    (tmp_path / "served" / "part" / os.fsdecode(b"caf\xe9.csv")).write_text("label\na\nc\n")
    (tmp_path / "served" / "part" / "out.csv").symlink_to("../../secret.csv")
    for name in ("x" * 300, "part/" + "y" * 5_000 + "/*"):
        control(app, "text_input", "Path or glob").set_value(name).run()
        assert not app.exception
        assert "There is no file" in app.error[0].value
    control(app, "text_input", "Path or glob").set_value("part/*.csv").run()
    assert tally(app) == {"a": 6, "b": 2, "c": 1}
    assert any("Left out: 'part/out\\.csv' is a link out of the folder" in each.value for each in app.warning)


def _ways(app: AppTest) -> list[str]:
    return next(list(each.options) for each in app.get("button_group") if each.key == "way")


HOSTILE = ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "<script>alert(1)</script>", "gpj.\u202efdp", "bell\x07"]


def test_hostile_names_are_text_everywhere() -> None:
    rows = "".join(json.dumps({"label": name}) + "\n" for k, name in enumerate(HOSTILE) for _ in range(k + 11))
    app = uploaded(("names.jsonl", rows.encode()))
    assert set(tally(app)) == set(HOSTILE)
    for name in app.dataframe[-1].value["class"]:
        assert name[0] not in "=+-@"
        assert name.isprintable()
    assert all("\u202e" not in each.value and "\x07" not in each.value for each in app.markdown)
    lines = weights_csv(HOSTILE, [1.0] * len(HOSTILE), "BCEWithLogitsLoss", "pos_weight").splitlines()[1:]
    assert not any(line.lstrip('"').startswith(("=", "+", "-", "@")) for line in lines)
    assert [harmless(cell) for cell in ("-1", "+0.5", "-1e-3", "cat")] == ["-1", "+0.5", "-1e-3", "cat"]
    assert [harmless(cell)[0] for cell in ("-1-1", "\t=1", "\n=1", "=1", "\uff1d1")] == ["'"] * 5


def test_half_characters_do_not_break_the_page() -> None:
    names = [{"id": 1, "name": "a\ud800"}, {"id": 2, "name": "b"}]
    marks = [{"image_id": k % 20, "category_id": 1 + (k % 3 == 0)} for k in range(40)]
    app = uploaded(("half.json", json.dumps({"categories": names, "annotations": marks, "images": []}).encode()))
    assert set(tally(app)) == {"a\\ud800", "b"}


@pytest.mark.parametrize(
    "labels",
    [
        "counts:multilabel;~n=100;a=3/90;b=50/50",
        "counts:segmentation;~unit=pixel;~n=100;0=60;1=30;2=5",
        "counts:segmentation;~unit=pixel;0=60;255=30",
        "counts:binary;~n=100;rare=9;common=80",
    ],
)
def test_a_link_to_counts_is_shown_as_it_is(labels: str) -> None:
    """The table to type into shows them too, and leaves what it does not show as it was."""
    app = opened("labels", f"labels={labels}")
    assert app.session_state["labels"] == labels
    editor = next(key for key in app.session_state.to_dict() if str(key).startswith("typed:table"))
    app.session_state[editor] = {"edited_rows": {0: {"count": 4}}, "added_rows": [], "deleted_rows": []}
    app.run()
    before, after = parse_counts(labels), counts_in(app)
    assert after.positives[0] == 4
    assert (after.task, after.unit, after.classes) == (before.task, before.unit, before.classes)
    assert (after.missing == before.missing).all()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("label\ncat\ndog\nant\ncat\n", "Preferred because its name says that it holds labels and"),
        ("species,place\n" + "cat,x\ndog,y\ncat,y\n" * 3, "its name says that it holds labels. The next likeliest is"),
        ("split,kind\n" + "a,x\nb,y\na,y\n" * 3, "it stands last, where labels most often are. The next likeliest is"),
        ("kind,split,n\n" + "a,x,.1\nb,y,.2\na,y,.3\n" * 3, "but its name says where rows come from"),
    ],
)
def test_why_a_reading_is_preferred_is_said_in_words(text: str, why: str) -> None:
    app = uploaded(("labels.csv", text.encode()))
    assert not app.exception
    assert why in " ".join(each.value for each in app.caption).replace("\\", "")
