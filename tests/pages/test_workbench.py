"""The workbench and the precision page through a run of the app."""

from __future__ import annotations

import pytest
import torch
from streamlit.testing.v1 import AppTest

import lossviz
from lossviz.notation import number
from tests.pages.test_pages import metric, opened, texts
from ui.shared.pasting import one_column, parsed


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


PASTED = (
    "1\t2\n3\t4",
    "1, 2\n3, 4\n",
    "1 2; 3 4",
    "1,2,\n3,4,",
    "tensor([[1., 2.],\n        [3., 4.]])",
    "torch.tensor([[1, 2], [3, 4]], dtype=torch.float64)",
    "logits = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device='cuda:0', requires_grad=True)",
    "tensor([[1., 2.],\n        [3., 4.]], grad_fn=<AddmmBackward0>)",
    "[[1, 2], [3, 4]]",
    "[[1. 2.]\n [3. 4.]]",
    "np.array([(1, 2), (3, 4)])",
    "\n1\t2\r\n3\t4\r\n",
)


@pytest.mark.parametrize("text", PASTED)
def test_tables_are_pasted_as_spreadsheets_and_python_write_them(text: str) -> None:
    for name in ("logits", "targets"):
        assert parsed(text, name) == [[1, 2], [3, 4]]


def test_words_and_blanks_of_targets() -> None:
    nan = float("nan")
    for text, rows in (
        ("[[True, False], [False, True]]", [[1, 0], [0, 1]]),
        ("TRUE\tFALSE\nfalse\ttrue", [[1, 0], [0, 1]]),
        ("1,\n,0", [[1, nan], [nan, 0]]),
        ("1\t\n\t0", [[1, nan], [nan, 0]]),
        ("tensor([[1., nan], [nan, 0.]])", [[1, nan], [nan, 0]]),
        ("1 NaN\nNone 0", [[1, nan], [nan, 0]]),
        ("0\n\n2", [[0], [nan], [2]]),
        ("tensor([0, 2, 1])", [[0, 2, 1]]),
    ):
        assert str(parsed(text, "targets")) == str([[float(cell) for cell in row] for row in rows]), text
    assert one_column([[0.0, 2.0, 1.0]], 3) == [[0], [2], [1]]
    assert one_column([[0.0, 2.0, 1.0]], 1) == [[0, 2, 1]]


def test_what_cannot_be_pasted_is_named() -> None:
    for text, match in (
        ("1 2\n3", "Row 2 of the logits has 1 numbers, the first has 2"),
        ("1 x", "Row 1 of the logits holds 'x', which is no number"),
        ("nan", "not finite"),
        ("inf", "not finite"),
        ("1,,2", "Row 1 of the logits has a blank cell"),
        ("tensor([[1., ..., 2.]])", "'...', which is no number"),
        ("", "at least one row"),
        ("[]", "at least one row"),
        ("\n".join(["1 " * 500] * 100), "more than 40,000"),
    ):
        with pytest.raises(ValueError, match=match):
            parsed(text, "logits")


def linked(case: str, logits: str, targets: str, more: str = "") -> AppTest:
    title = lossviz.CASES[case].title
    return opened("workbench", f"case={case}: {title}&x={logits}&t={targets}{more}")


def test_a_blank_target_is_ignored() -> None:
    app = linked("E1", "0.5,-1,2;0.3,0.7,-2", "1,0,nan;nan,1,0")
    assert not app.error
    x = torch.tensor([[0.5, -1, 2], [0.3, 0.7, -2]], dtype=torch.float64)
    t = torch.tensor([[1, 0, -1], [-1, 1, 0]])
    exact = lossviz.BCEWithLogitsLoss(ignore_index=-1)(x, t).item()
    assert metric(app, "reduction=") == number(exact, 6)
    assert "The mean is over the **4 of 6** that count" in texts(app)
    app.number_input(key="column3").set_value(3).run()
    assert "This target is **ignored**" in texts(app)
    marked = linked("E1", "0.5,-1,2;0.3,0.7,-2", "1,0,255;nan,1,0", "&E1_ignore=255")
    assert metric(marked, "reduction=") == number(exact, 6)
    refused = linked("E1", "0.5,-1,2;0.3,0.7,-2", "1,0,255;0,1,0")
    assert "In row 1, column 3 of the targets" in refused.error[0].value
    assert "target[0, 2] is 255" in refused.error[0].value.replace("\\", "")
    for key in ("focal", "asl", "zlpr"):
        assert not app.segmented_control(key="E1_loss").set_value(key).run().error


def test_a_blank_class_is_ignored_and_rows_of_probabilities_are_taken() -> None:
    app = linked("C1", "2,-1;0.5,0.5;1,1", "0;nan;1")
    assert "The mean is over the **2 of 3** that count" in texts(app)
    x = torch.tensor([[2, -1], [0.5, 0.5], [1, 1]], dtype=torch.float64)
    weight = torch.tensor([1.0, 9.0])
    exact = lossviz.CrossEntropyLoss(weight)(x, torch.tensor([0, -100, 1])).item()
    assert metric(app, "reduction=") == number(exact, 6)
    soft = linked("C1", "2,-1;0.5,0.5;1,1", "0.7,0.3;0,1;1,0")
    assert not soft.error
    assert metric(soft, "reduction=") == "5.06556"
    assert any("0.3\\,(-\\log 0.04743)" in each.value for each in soft.latex)
    assert not soft.segmented_control(key="C1_loss").set_value("softmax_focal").run().error


def test_the_formula_is_that_of_the_target() -> None:
    app = linked("E1", "2,-1,2", "0.9,0,1")
    said = [each.value for each in app.latex]
    assert any(r"\text{soft target 0.9: } t\,(-\log p) + (1-t)(-\log(1-p))" in each for each in said)
    three = linked("C1", "2,-1,0.5", "2", "&C1_w_label=1")
    assert any(r"\mathrm{softmax}(x) = (0.7856,\;0.03911,\;0.1753)" in each.value for each in three.latex)
    assert any(r"\text{class 2: } -\log p_y" in each.value for each in three.latex)


def test_pasting_changes_the_width_of_the_targets() -> None:
    app = opened("workbench", "case=C1: A map with one rare pixel")
    version = app.session_state["matrices:version"]
    app.text_area(key=f"paste:logits:{version}").set_value("tensor([[2., -1.], [0.5, 0.5], [1., 1.]])")
    app.text_area(key=f"paste:targets:{version}").set_value("[[0.7, 0.3], [0, 1], [1, 0]]")
    next(button for button in app.button if button.label == "Use these").click().run()
    assert not app.exception
    assert metric(app, "reduction=") == "5.06556"


def test_a_blank_logit_is_refused() -> None:
    from ui.workbench.workbench import check_logits

    with pytest.raises(ValueError, match="The logit in row 1, column 2 is blank"):
        check_logits(torch.tensor([[1.0, float("nan")]]))
