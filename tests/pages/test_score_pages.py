"""What the page on scores shows, and that its code reprints it."""

from __future__ import annotations

import contextlib
import gzip
import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import streamlit as st
import torch
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import TextArea

import lossviz
from lossviz import LabelCounts
from lossviz.figures import ScoreFigure, undone_figure
from lossviz.notation import number
from lossviz.scores.reading import ScoreColumns, read_columns
from lossviz.snippets.losses import scores_snippet
from lossviz.snippets.scores import classes_snippet, undo_snippet, undone_snippet
from tests.labels.written import parquet
from tests.pages.test_pages import metric, opened, texts
from ui.scores import undo, undo_classes
from ui.scores.undo import checked, undone
from ui.scores.undo_classes import class_columns
from ui.shared import uploads
from ui.shared.tables import harmless_csv


def printed(code: str) -> list[str]:
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(compile(code, "snippet", "exec"), {})  # noqa: S102 - our own code
    return output.getvalue().strip().split("\n")


def test_the_page_says_what_a_score_means() -> None:
    app = opened("scores")
    assert metric(app, "ASL reports") == "32.1 %"
    assert metric(app, "BCE reports") == "50 %"
    assert metric(app, "Focal at 0.5") == "0.3333"
    assert metric(app, "ASL: threshold") == number(lossviz.score_threshold(lossviz.AsymmetricLoss()).item())
    app.number_input(key="cost_ratio").set_value(99.0).run()
    assert metric(app, "BCE: threshold") == "0.5"  # a missed positive costs what the weight says
    app.number_input(key="true_probability").set_value(0.5).run()
    assert metric(app, "BCE reports") == "99 %"
    assert "detached" in texts(app)


@pytest.mark.parametrize("labels", ["chestxray14", "ham10000"])
def test_the_persons_own_labels(labels: str) -> None:
    app = opened("scores", f"labels={labels}")
    counts = lossviz.EXAMPLES[labels].counts
    table = app.dataframe[-1].value
    assert list(table.iloc[:, 0]) == list(counts.classes)
    if counts.task == "multilabel":
        weight = lossviz.pos_weight(counts)
        assert table["threshold"].tolist() == [number(value) for value in (weight / (1 + weight)).tolist()]


def test_scores_are_undone() -> None:
    app = opened("scores", "undone=BCE")
    app.text_area(key="typed_scores").set_value("0.5\n0.99").run()
    table = app.dataframe[0].value
    assert table["score, undone"].tolist() == pytest.approx([0.01, 0.5])
    for text, said in (
        ("", "holds no scores"),
        ("0.5, 2", "Row 2"),
        ("a, b", "only a header"),
        ("a,b\nx,y", "holds numbers"),
    ):
        app.text_area(key="typed_scores").set_value(text).run()
        assert not app.exception
        assert any(said in error.value.replace("\\", "") for error in app.error), (text, app.error)


def test_files_of_scores() -> None:
    asl = lossviz.AsymmetricLoss()
    for data, columns in (
        (b"0.1\n0.9\n", ["score"]),
        (b"id,score\na,0.1\nb,0.9\n", ["id", "score"]),
        (b"\xef\xbb\xbfscore\r\n0.1\r\n0.9\r\n", ["score"]),
        (b"id\tprobability\nx\t0.1\ny\t0.9\n", ["id", "probability"]),
        (b"id;score\n1;0,1\n2;0,9\n", ["id", "score"]),
        (b"score\n0,1\n0,9\n", ["score"]),
        (b"0.1 0.9", ["score"]),
        (b"0.1\r0.9\r", ["score"]),
        (b"0,0.1\n1,0.9\n", ["column 1", "column 2"]),
        (b"a 0.1\nb 0.9\n", ["column 1", "column 2"]),
        (b"# scores of the test set\nid,score\na,0.1\nb,0.9\n", ["id", "score"]),
        ("name,score\nch\xe9,0.1\ncafe,0.9\n".encode("cp1252"), ["name", "score"]),
        ("id;score\n1;0,1\n2;0,9\n".encode("utf-16"), ["id", "score"]),
        (gzip.compress(b"score,score\n1,0.1\n2,0.9\n"), ["score", "score (2)"]),
        (b'[{"score": 0.1}, {"score": 0.9}]', ["score"]),
        (parquet(pd.DataFrame({"id": ["a", "b"], "score": [0.1, 0.9]})), ["id", "score"]),
    ):
        table = read_columns(data, filename="file").frame
        assert list(table.columns) == columns
        back = undone(asl, checked(table[columns[-1]]))
        assert back.tolist() == pytest.approx(lossviz.recalibrate(asl, torch.tensor([0.1, 0.9]).double()).tolist())
    with pytest.raises(ValueError, match="not utf-16 text"):
        read_columns(b"\xff\xfe\x00", filename="file")
    with pytest.raises(ValueError, match="Row 2 of 'score' is empty"):
        checked(read_columns(b"id,score\na,0.1\nb,\n", filename="file").frame["score"])
    with pytest.raises(ValueError, match="Row 1 of 'score' holds 'high'"):
        checked(pd.Series(["high", "0.2"], name="score"))


def uploaded(app: AppTest, name: str, data: bytes) -> AppTest:
    app.file_uploader(key="score_file").upload(name, data).run()
    assert not app.exception
    return app


def test_a_file_is_read_once_and_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not at every turn of a knob."""
    times: list[str] = []

    def counted(function: Callable[..., ScoreColumns], source: Any, *, filename: str) -> ScoreColumns:
        times.append(filename)
        return function(source, filename=filename)

    monkeypatch.setattr(uploads, "read_apart", counted)
    app = uploaded(opened("scores", "undone=BCE"), "many.csv", b"id,score\na,0.5\nb,0.99\n")
    assert app.dataframe[0].value["score, undone"].tolist() == pytest.approx([0.01, 0.5])
    for ratio in (2.0, 3.0, 4.0):
        app.number_input(key="cost_ratio").set_value(ratio).run()
    assert times.count("many.csv") == 1
    assert app.session_state["scores:read"].key.startswith("file:")
    app.file_uploader(key="score_file").clear().run()
    assert not app.session_state["scores:read"].key.startswith("file:")
    uploaded(app, "odd.csv", b"\x80\x04\x95junk.")
    app.number_input(key="cost_ratio").set_value(5.0).run()
    assert times.count("odd.csv") == 1
    assert any("Python pickle" in error.value for error in app.error)


@pytest.mark.parametrize("header", ["id,score", "id,cat,dog"])
def test_all_of_a_large_file_is_given_back(header: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("MOST_AT_ONCE", 500), ("BLOCK", 64)):
        monkeypatch.setattr(undo, name, value)
        monkeypatch.setattr(undo_classes, name, value)
    made: list[Callable[[], bytes]] = []
    monkeypatch.setattr(st, "download_button", lambda label, data, *_, **__: made.append(data))
    scores = [[k / 1000] if header == "id,score" else [k / 1000, 1 - k / 1000] for k in range(1000)]
    data = header + "".join(f"\n=a{k},{','.join(map(str, row))}" for k, row in enumerate(scores))
    app = uploaded(opened("scores", "undone=BCE"), "many.csv", data.encode())
    assert "The file has 1,000 rows" in texts(app)
    shown = app.dataframe[0].value
    assert shown["id"].tolist() == [f"'=a{k}" for k in range(200)]
    whole = pd.read_csv(io.BytesIO(made[-1]()))
    assert whole["id"].tolist() == [f"'=a{k}" for k in range(1000)]
    pd.testing.assert_frame_equal(whole.head(200), shown)
    assert whole.iloc[:, 1 : 1 + len(scores[0])].to_numpy().tolist() == scores
    assert whole.iloc[:, -1].notna().all()


def test_a_wide_table_is_searched_in_one_pass() -> None:
    """For the columns from which on rows sum to 1."""
    rows = np.random.default_rng(0).dirichlet(np.ones(2000), 50)
    frame = pd.DataFrame(rows, columns=[f"c{k}" for k in range(2000)])
    frame.insert(0, "fold", 7.0)
    frame.insert(1, "half", 0.5)
    assert class_columns(frame, ("cat", "dog")) == [f"c{k}" for k in range(2000)]
    assert class_columns(frame.iloc[:, :-1], ("cat", "dog")) == [f"c{k}" for k in range(1999)]
    assert class_columns(frame * 2, ("cat", "dog")) == []


def test_the_zone_that_cannot_be_undone_is_shaded() -> None:
    figure = undone_figure({"asl": lossviz.AsymmetricLoss(4, 1, 0.2)})
    (shape,) = figure["layout"]["shapes"]
    assert (shape["x0"], shape["x1"]) == (0, pytest.approx(0.2, abs=1e-3))
    assert not undone_figure({"bce": lossviz.BCEWithLogitsLoss()})["layout"]["shapes"]
    line = figure["data"][0]
    back = lossviz.recalibrate(lossviz.AsymmetricLoss(4, 1, 0.2), line["x"])
    torch.testing.assert_close(torch.from_numpy(line["y"]), back, equal_nan=True)


def test_curves_do_not_break_under_eps() -> None:
    """Positives under eps have no gradient, and would mean 1."""
    values = {"asl.gamma_neg": 4.0, "asl.gamma_pos": 0.0, "asl.clip": 0.0, "asl.detach_focusing": 0.0}
    rows = ScoreFigure(("asl",), points=61).rows(values)
    exact = lossviz.score_threshold(lossviz.AsymmetricLoss(4, 0, 0), torch.from_numpy(rows[0])).numpy()
    assert rows[2] == pytest.approx(exact, abs=2e-4)


def test_downloads_run_no_formula() -> None:
    table = pd.DataFrame({"=x": ["=1+1", "@a", "-b", "plain"], "score": [-0.1, 0.2, 0.3, 0.4]})
    assert harmless_csv(table) == "'=x,score\n'=1+1,-0.1\n'@a,0.2\n'-b,0.3\nplain,0.4\n"


def test_the_curves_are_those_of_the_exact_function() -> None:
    figure = ScoreFigure(("bce", "focal", "asl"), points=61)
    values = {"bce.pos_weight": 99.0, "focal.alpha": 0.25, "focal.gamma": 2.0, "asl.gamma_neg": 4.0}
    values |= {"asl.gamma_pos": 1.0, "asl.clip": 0.05, "asl.detach_focusing": 0.0}
    rows = figure.rows(values)
    probability = torch.from_numpy(rows[0])
    for row, key in zip(rows[2:-1], figure.keys, strict=True):
        loss = lossviz.LOSSES[key].from_knobs(**figure.knob_values(key, values))
        exact = lossviz.score_threshold(loss, probability).numpy()
        assert row == pytest.approx(exact, abs=2e-4), key
    assert rows[-1] == pytest.approx(rows[0])


def test_the_code_prints_what_the_page_shows() -> None:
    name, reported, threshold, weight = printed(scores_snippet([("ASL", "lossviz.AsymmetricLoss()")], 0.01, 0.5))[
        0
    ].split()
    asl = lossviz.AsymmetricLoss()
    assert name == "ASL"
    assert float(reported) == lossviz.score_threshold(asl, 0.01).item()
    assert float(threshold) == lossviz.score_threshold(asl).item()
    assert float(weight) == lossviz.equivalent_pos_weight(asl)
    assert "1.4729e-01" in printed(undo_snippet("lossviz.AsymmetricLoss()"))[0]
    curve = [tuple(map(float, line.split())) for line in printed(undone_snippet("lossviz.AsymmetricLoss()"))]
    asl, scores = lossviz.AsymmetricLoss(), torch.tensor([score for score, _ in curve], dtype=torch.float64)
    torch.testing.assert_close(
        torch.tensor([mean for _, mean in curve], dtype=torch.float64), lossviz.recalibrate(asl, scores), equal_nan=True
    )
    assert "0.5000, 0.5000" in printed(classes_snippet(torch.tensor([1.0, 1.0])))[0]


# Scores of the three classes 1 : 3 : 49 in frequency under balanced weights, and one row that nothing explains.
THREE = "counts:multiclass;cat=4900;dog=100;eel=1633"
ROWS = "prob_dog,prob_cat,prob_eel,id\n0.3,0.6,0.1,a\n0.9,0.05,0.05,b\n"


def weights_typed(app: AppTest) -> TextArea:
    return next(area for area in app.text_area if area.key and area.key.startswith("undo_weights"))


def test_rows_of_class_scores_are_undone() -> None:
    app = opened("scores", f"labels={THREE}")
    app.text_area(key="typed_scores").set_value(ROWS).run()
    assert not app.exception
    assert "Class weights of prob" in weights_typed(app).label
    table = app.dataframe[0].value
    assert list(table.columns)[-3:] == ["prob_cat, undone", "prob_dog, undone", "prob_eel, undone"]
    counts = LabelCounts.exclusive(("cat", "dog", "eel"), [4900, 100, 1633])
    balanced = lossviz.class_weights(counts, dtype=torch.float64)
    loss = torch.nn.CrossEntropyLoss(weight=balanced)
    exact = lossviz.recalibrate(loss, [[0.6, 0.3, 0.1], [0.05, 0.9, 0.05]])
    assert table.iloc[:, -3:].to_numpy() == pytest.approx(exact.numpy(), abs=1e-8)
    assert "Without the weights another class is the likeliest in **1** of 2 rows" in texts(app).replace("\n", " ")
    code = next(block.value for block in app.code if "recalibrate(loss, scores)" in block.value)
    assert [[float(cell) for cell in row.split()] for row in printed(code)] == [
        pytest.approx(row, abs=1e-12) for row in table.iloc[:, -3:].to_numpy().tolist()
    ]
    weights_typed(app).set_value("1, 49, 3").run()
    assert app.dataframe[0].value.iloc[0, -3:].tolist() == pytest.approx([0.9383, 0.0096, 0.0521], abs=5e-5)


def test_rows_that_cannot_be_recovered_are_said() -> None:
    app = opened("scores", f"labels={THREE}&undo_smoothing=0.1")
    app.text_area(key="typed_scores").set_value(ROWS).run()
    weights_typed(app).set_value("1, 49, 3").run()
    assert any("label smoothing 0.1" in warning.value for warning in app.warning), app.warning
    weights_typed(app).set_value("1, 0, 3").run()
    assert any("nothing is learned about prob" in warning.value for warning in app.warning)
    for typed, said in (("1, x, 3", "'x' is no number"), ("1, 2", "2 class weights"), ("1, -2, 3", "one is -2")):
        weights_typed(app).set_value(typed).run()
        assert not app.exception
        assert any(said in error.value.replace("\\", "") for error in app.error), (typed, app.error)


def test_one_typed_row_is_one_of_classes_if_the_labels_say_so() -> None:
    app = opened("scores", f"labels={THREE}")
    app.text_area(key="typed_scores").set_value("0.6, 0.3, 0.1").run()
    assert "column 1, undone" in app.dataframe[0].value.columns
    assert any("in the order of your classes: cat, dog, eel" in info.value for info in app.info)
    binary = opened("scores", "undone=BCE")
    binary.text_area(key="typed_scores").set_value("0.6, 0.3, 0.1").run()
    assert list(binary.dataframe[0].value.columns) == ["score", "score, undone"]


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("cat,dog,eel\n.2,.3,.5\n.1,.1,.8\n", ["cat", "dog", "eel"]),
        ("eel_prob;dog_prob;cat_prob\n0,2;0,3;0,5\n0,1;0,1;0,8\n", ["cat_prob", "dog_prob", "eel_prob"]),
        ("id,a,b\n7,.2,.8\n8,.1,.9\n", ["a", "b"]),
        (".2,.3,.5\n.1,.1,.8\n", ["column 1", "column 2", "column 3"]),
        ("id,score\na,.2\nb,.9\n", []),
        ("label,score\n0,.2\n1,.9\n", []),
    ],
)
def test_columns_of_class_scores_are_found(text: str, columns: list[str]) -> None:
    assert class_columns(read_columns(text.encode(), filename="file").frame, ("cat", "dog", "eel")) == columns


def test_a_row_that_does_not_sum_to_1_is_named() -> None:
    app = opened("scores", f"labels={THREE}")
    app.text_area(key="typed_scores").set_value("a,b,c\n.2,.3,.5\n.1,.1,.8\n.5,.5,.5\n").run()
    assert any("Row 3 of the scores sums to 1.5" in error.value.replace("\\", "") for error in app.error), app.error
    app.text_area(key="typed_scores").set_value("a,b,c\n.2,.3,.5\n.1,.1,.8\n.5,.5,\n").run()
    assert any("Row 3 of 'c' is empty" in error.value.replace("\\", "") for error in app.error), app.error
