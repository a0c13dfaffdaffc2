"""The workbench and the precision page through a run of the app."""

from __future__ import annotations

import pytest

import lossviz
from lossviz.notation import number
from tests.test_pages import metric, opened, texts
from ui.matrices import parsed


@pytest.mark.parametrize("key", lossviz.CASES)
def test_every_case_shows_its_figures(key: str) -> None:
    case = lossviz.CASES[key]
    app = opened("workbench", f"case={key}: {case.title}".replace("+", "%2B"))
    assert app.selectbox(key="case").value == key
    assert not app.error
    figures = list(case.figures().values())
    assert [each.value for each in app.metric[: len(figures)]] == [number(value) for value in figures]
    shown = metric(app, "reduction=")
    exact = lossviz.taken_apart(case.loss, *case.batch(), knobs=case.knobs, weights=case.weights)
    assert shown == number(exact.reduced, 6)


def test_weights_change_the_number() -> None:
    app = opened("workbench", "case=E1: Hamming loss")
    before = metric(app, "reduction=")
    app.text_input(key="E1_w_label").set_value("1, 2, 3").run()
    assert not app.exception
    logits, target = lossviz.CASES["E1"].batch()
    import torch

    weights = lossviz.ElementWeights(label=torch.tensor([1.0, 2.0, 3.0]))
    exact = lossviz.taken_apart("bce", logits, target, weights=weights)
    assert metric(app, "reduction=") == number(exact.reduced, 6) != before
    app.text_input(key="E1_w_label").set_value("1, 2").run()
    assert "3 numbers are needed, 2 are given" in texts(app).replace("\\", "")
    app.text_input(key="E1_w_label").set_value("one").run()
    assert "is no number" in texts(app).replace("\\", "")
    assert not app.exception


def test_every_loss_stands_beside_the_chosen_one() -> None:
    app = opened("workbench", "case=A1: pos_weight from counts")
    table = app.dataframe[-1].value
    assert list(table["loss"]) == [lossviz.LOSSES[key].label for key in lossviz.losses_for("elements")]
    case = lossviz.CASES["A1"]
    for reduction in ("mean", "batchmean"):
        exact = lossviz.taken_apart("asl", *case.batch(), weights=case.weights, reduction=reduction)
        parts = [number(value, 6) for value in (exact.numerator, exact.denominator, exact.reduced)]
        assert table.set_index("loss").loc["ASL", reduction] == "{} / {} = {}".format(*parts)
    assert "no place for" not in texts(app)
    app.segmented_control(key="A1_loss").set_value("zlpr").run()
    assert "ZLPR has no place for **pos_weight**" in texts(app).replace("\\", "")


def test_the_stability_panel_stands_beside_bce_by_hand() -> None:
    app = opened("workbench", "case=B3: BCE by hand")
    assert "In float32 the first to go is" in texts(app)
    assert list(dict.fromkeys(app.dataframe[0].value["way"])) == [way.title for way in lossviz.WAYS.values()]


def test_every_reduction_and_precision() -> None:
    app = opened("workbench", "case=C1: A map with one rare pixel")
    for key in ("reduction", "dtype"):
        for option in {"reduction": lossviz.REDUCTIONS, "dtype": tuple(lossviz.DTYPES)}[key]:
            app.segmented_control(key=key).set_value(option).run()
            assert not app.exception
            assert not app.error


@pytest.mark.parametrize("target", ["1", "0"])
@pytest.mark.parametrize("precision", lossviz.DTYPES)
def test_precision(precision: str, target: str) -> None:
    app = opened("precision")
    app.segmented_control(key="target").set_value(target).run()
    app.segmented_control(key="precision").set_value(precision).run()
    assert not app.exception
    assert f"In {precision} the first to go is" in texts(app)
    table = app.dataframe[0].value
    assert list(table["way"][::2]) == [way.title for way in lossviz.WAYS.values()]
    assert (table.iloc[-2:, 2:] == "never").all(axis=None)


def test_tables_are_pasted_as_spreadsheets_write_them() -> None:
    for text in ("1\t2\n3\t4", "1, 2\n3, 4\n", "1 2; 3 4", "1,2,\n3,4,"):
        assert parsed(text, "logits").to_numpy().tolist() == [[1, 2], [3, 4]]
    for text, match in (
        ("1 2\n3", "Row 2 of the logits has 1 numbers, the first has 2"),
        ("1 x", "Row 1 of the logits holds 'x', which is no number"),
        ("nan", "not finite"),
        ("", "at least one row"),
        ("\n".join(["1 " * 500] * 100), "more than 40,000"),
    ):
        with pytest.raises(ValueError, match=match):
            parsed(text, "logits")
