"""What the page on scores shows, and that its code reprints it."""

from __future__ import annotations

import contextlib
import io

import pandas as pd
import pytest
import torch

import lossviz
from lossviz.figures import ScoreFigure, undone_figure
from lossviz.notation import number
from lossviz.score_snippets import classes_snippet, scores_snippet, undo_snippet, undone_snippet
from tests.test_pages import metric, opened, texts
from ui.undo import harmless_table, scores_of, undone


def printed(code: str) -> list[str]:
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(compile(code, "snippet", "exec"), {})  # noqa: S102 - our own code
    return output.getvalue().strip().split("\n")


def test_the_page_says_what_a_score_means() -> None:
    app = opened("scores")
    assert metric(app, "ASL reports") == "32.1 %"
    assert metric(app, "BCE reports") == "50 %"
    assert metric(app, "Focal at 0.5 acts like pos_weight") == "0.3333"
    assert metric(app, "ASL: yes from") == number(lossviz.score_threshold(lossviz.AsymmetricLoss()).item())
    app.number_input(key="cost_ratio").set_value(99.0).run()
    assert metric(app, "BCE: yes from") == "0.5"  # a missed positive costs what the weight says
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
        assert table["say yes from"].tolist() == pytest.approx((weight / (1 + weight)).tolist())


def test_scores_are_undone() -> None:
    app = opened("scores", "undone=BCE")
    app.text_area(key="typed_scores").set_value("0.5\n0.99").run()
    table = app.dataframe[0].value
    assert table["score, undone"].tolist() == pytest.approx([0.01, 0.5])
    for text, said in (("", "holds no scores"), ("0.5, 2", "Row 2"), ("a, b", "holds numbers")):
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
    ):
        table = scores_of(data, "file")
        assert list(table.columns) == columns
        back = undone(asl, table[columns[-1]])
        assert back == pytest.approx(lossviz.recalibrate(asl, torch.tensor([0.1, 0.9]).double()).tolist())
    with pytest.raises(ValueError, match="not UTF-8"):
        scores_of(b"\xff\xfe\x00", "file")
    with pytest.raises(ValueError, match="Row 2 of 'score' is empty"):
        undone(asl, scores_of(b"id,score\na,0.1\nb,\n", "file")["score"])
    with pytest.raises(ValueError, match="Row 1 of 'score' holds 'high'"):
        undone(asl, pd.Series(["high", "0.2"], name="score"))


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
    safe = harmless_table(table)
    assert safe.columns.tolist() == ["'=x", "score"]
    assert safe["'=x"].tolist() == ["'=1+1", "'@a", "'-b", "plain"]
    assert safe["score"].tolist() == [-0.1, 0.2, 0.3, 0.4]


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


def test_weights_show_their_price() -> None:
    shown = texts(opened("weights", "choice="))
    assert "(3.96 %)" in shown  # 4 pi (1 - pi)
    assert "Begin with the bias **0**" in shown
    assert "-4.595" in shown
    assert "at a loss of 4.569 instead of 1.372, the bias pulled by -0.9702 instead of 0" in shown.replace("\n", " ")
    assert "1.98 times" in shown
