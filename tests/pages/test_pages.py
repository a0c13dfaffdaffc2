"""Every page through a real run of the app: first state, control ends, links, odd labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote

import pytest
import torch
from streamlit.testing.v1 import AppTest

import lossviz
from lossviz.labels.given.text import spell_counts
from lossviz.notation import number
from ui.shared.page import cards

ROOT = Path(__file__).parents[2]
PAGES = [card.name for card in cards()]
OF_TASK = {example.counts.task: name for name, example in lossviz.EXAMPLES.items()}


def opened(page: str, query: str = "", **state: Any) -> AppTest:
    """The app as a link to one page opens it, with the address's query."""
    app = AppTest.from_file(str(ROOT / "ui" / "main.py"), default_timeout=600)
    for name, values in parse_qs(query, keep_blank_values=True).items():
        app.query_params[name] = values
    for name, value in state.items():
        app.session_state[name] = value
    if page != "home":
        app.switch_page(f"../pages/{page}.py")
    app.run()
    assert not app.exception, app.exception[0].value
    return app


def texts(app: AppTest) -> str:
    return "\n".join(
        str(element.value) for kind in ("markdown", "caption", "info", "warning", "error") for element in app.get(kind)
    )


def metric(app: AppTest, label: str) -> str:
    return next(each.value for each in app.metric if label in each.label)


@pytest.mark.parametrize("page", PAGES)
def test_first_state(page: str) -> None:
    app = opened(page)
    assert app.title[0].value
    assert not app.error
    assert not app.warning


@pytest.mark.parametrize(
    ("page", "labels"),
    [
        *((page, labels) for page in PAGES for labels in OF_TASK.values()),
        *(("weights", labels) for labels in lossviz.EXAMPLES if labels not in OF_TASK.values()),
    ],
)
def test_examples_of_every_task_on_every_page(page: str, labels: str) -> None:
    app = opened(page, f"labels={labels}")
    assert not app.error


ODD = {
    "nothing positive": "counts:multilabel;~n=10;never=0;some=4",
    "all positive": "counts:multilabel;~n=10;always=10;some=4",
    "missing": "counts:multilabel;~n=10;a=3/2;b=1/9",
    "one label": "counts:multilabel;~n=10;a=3",
    "empty class": "counts:multiclass;a=5;b=0;c=1",
    "tie": "counts:binary;a=5;b=5",
    "no positives": "counts:binary;a=5;b=0",
    "huge": "counts:binary;a=9000000000000;b=1",
    "many": "tail:1000:10000:1000000",
    "markup": "counts:multiclass;%3Cscript%3Ealert%281%29%3C%2Fscript%3E=5;%2A%2Abold%2A%2A=3;%5Bx%5D%28y%29=2",
    "formula": "counts:multiclass;%3Dcmd%28%29=5;%2B1=3;%40x=2",
}  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("labels", ODD.values(), ids=ODD)
def test_odd_labels_on_every_page(page: str, labels: str) -> None:
    assert "<script>" not in texts(opened(page, f"labels={quote(labels)}"))


@pytest.mark.parametrize("page", PAGES)
def test_every_control_at_its_ends(page: str) -> None:
    app = opened(page)
    ends: dict[tuple[str, str], list[Any]] = {}
    for kind in ("slider", "number_input"):
        for field in app.get(kind):
            ends[kind, field.key] = [value for value in (field.min, field.max) if value is not None]
    for kind in ("selectbox", "button_group"):
        for choice in app.get(kind):
            ends[kind, choice.key] = list(choice.options)
    assert page == "home" or ends
    for (kind, key), values in ends.items():
        fresh = opened(page)
        for value in values:
            element = next(each for each in fresh.get(kind) if each.key == key)
            element.set_value([value] if isinstance(element.value, list) else value).run()
            assert not fresh.exception, (kind, key, value)


def test_broken_links_say_so_and_show_the_default() -> None:
    app = opened("weights", "labels=nonsense")
    assert "neither an example nor counts" in app.warning[0].value
    app = opened("weights", "labels=session:0123")
    assert "upload their file, or their saved counts" in app.warning[0].value
    app = opened("loss_curves", "focal.gamma=99&focal.alpha=x&scale=odd&axis=odd&pin=a:b~focal.gamma:-3")
    view = app.session_state["curves:view"]
    assert view.values["focal.gamma"] == 5
    assert view.values["focal.alpha"] == 0.25
    assert view.scale == "linear"
    assert view.axis == "logit"
    assert view.pin["focal.gamma"] == 0


UNREADABLE = ("binary:", "tail:1", "labels:2:x:1:2:3", "counts:multiclass;a=b", "counts:binary;a=0;b=0", "<b>")


@pytest.mark.parametrize(
    ("page", "labels"),
    [
        *((page, "session:0") for page in PAGES),
        *(("home", labels) for labels in UNREADABLE),
    ],
)
def test_labels_that_cannot_be_read_get_one_sentence(page: str, labels: str) -> None:
    app = opened(page, f"labels={quote(labels)}")
    assert not app.error
    (warning,) = app.warning
    assert warning.value.endswith("Showing the default labels.")


def test_weights_page_shows_the_known_weight() -> None:
    app = opened("weights", "labels=ham10000")
    assert metric(app, "weight of df") == "12.441"
    assert metric(app, "shape") == "(7,)"
    assert any("torch.nn.CrossEntropyLoss(weight=weight)" in code.value for code in app.code)


def test_weights_are_offered_only_for_losses_that_fit() -> None:
    exclusive = opened("weights", "labels=ham10000")
    options = next(group.options for group in exclusive.get("button_group") if group.key == "weights:target")
    assert any("CrossEntropyLoss" in option for option in options)
    many = opened("weights", "labels=chestxray14")
    options = next(group.options for group in many.get("button_group") if group.key == "weights:target")
    assert not any("CrossEntropyLoss" in option for option in options)
    binary = opened("weights", "labels=credit_card_fraud")
    assert metric(binary, "pos_weight of") == "577.88"
    assert metric(many, "pos_weight of Hernia") == "492.92"


def test_curves_start_from_the_labels() -> None:
    app = opened("loss_curves", "labels=credit_card_fraud")
    values = app.session_state["curves:view"].values
    assert values["bce.pos_weight"] == pytest.approx(284315 / 492, rel=1e-5)
    assert metric(app, "BCE") == "577.9"
    assert metric(app, "Focal") == "0.3333"


@pytest.mark.parametrize(
    ("page", "view", "knob"), [("loss_curves", "curves", "bce.pos_weight"), ("batch_size", "batch_size", "weight")]
)
def test_charts_follow_other_labels_and_another_class(page: str, view: str, knob: str) -> None:
    app = opened(page, "labels=ham10000")
    app.selectbox[0].select_index(0).run()
    assert app.session_state[f"{view}:view"].values[knob] == pytest.approx((10015 - 6705) / 6705 / 6, rel=1e-5)
    app.session_state["labels:text"] = "credit_card_fraud"
    app.run()
    assert app.session_state[f"{view}:view"].values[knob] == pytest.approx(284315 / 492, rel=1e-5)


def test_forged_component_messages_are_put_right() -> None:
    forged = {
        "state": {"stamp": 7, "values": {"focal.gamma": 1e9, "bce.pos_weight": "x", "evil": 1}, "axis": 3, "pin": []}
    }
    app = opened("loss_curves", **{"curves": forged})
    view = app.session_state["curves:view"]
    assert view.values["focal.gamma"] == 5
    assert view.values["bce.pos_weight"] == 99
    assert "evil" not in view.values
    assert view.axis == "logit"
    assert view.pin is None


def test_presets_turn_the_knobs() -> None:
    app = opened("loss_curves")
    button = next(button for button in app.button if button.key.startswith("preset:focal that is BCE"))
    button.click().run()
    view = app.session_state["curves:view"]
    assert view.values["focal.gamma"] == 0
    assert view.values["focal.alpha"] is None
    assert view.turn == 1
    assert "lie on each other" in texts(app)


def test_a_preset_and_what_a_hand_moves_meanwhile_both_count() -> None:
    app = opened("loss_curves")
    values = dict(app.session_state["curves:view"].values) | {"asl.gamma_neg": 3.0}
    app.session_state["curves"] = {"state": {"stamp": 1, "turn": 0, "values": values, "moves": {"asl.gamma_neg": 1}}}
    next(button for button in app.button if button.key.startswith("preset:focal that is BCE")).click().run()
    # The browser has not heard of the preset when it says what was moved next.
    values |= {"asl.clip": 0.1}
    moves = {"asl.gamma_neg": 1, "asl.clip": 2}
    app.session_state["curves"] = {"state": {"stamp": 2, "turn": 0, "values": values, "moves": moves}}
    app.run()
    view = app.session_state["curves:view"]
    assert (view.values["asl.gamma_neg"], view.values["asl.clip"]) == (3, 0.1)
    assert (view.values["focal.gamma"], view.values["focal.alpha"]) == (0, None)
    assert (view.stamp, view.turn) == (2, 1)


def test_home_reports_what_theory_says() -> None:
    app = opened("home")
    assert metric(app, "under plain BCE") == "1 %"
    assert metric(app, "under balanced pos_weight") == "50 %"
    assert metric(app, "under ASL") == "32.1 %"
    assert "as much as 99 negatives), an event of 1 %" in texts(app)
    assert metric(opened("home", "prevalence=0.1"), "under plain BCE") == "10 %"


def test_weighted_mean_presets() -> None:
    app = opened("weighted_mean", "batch=A+3+×+3+map+with+one+rare+pixel")
    assert metric(app, "torch") == "0.7531"
    assert "by the sum of weights, 17;" in texts(app)
    assert "Without weights the mean is **0.7099**" in texts(app)
    falls = opened("weighted_mean", "batch=A+larger+weight%2C+a+smaller+loss")
    assert metric(falls, "torch") == "0.1777"
    assert "**falls**" in texts(falls)


def test_uploaded_labels_are_used_everywhere() -> None:
    app = opened("labels", "way=a+file")
    data = b"id,label\n" + b"".join(b"%d,%s\n" % (k, b"rare" if k % 50 == 0 else b"common") for k in range(500))
    app.file_uploader[0].upload("mine.csv", data).run()
    assert not app.exception
    assert "column" in app.info[0].value
    counts = lossviz.read_labels(data, filename="mine.csv", column="label", positive="rare")
    assert spell_counts(counts) == app.session_state["labels"]
    app.switch_page("../pages/weights.py").run()
    assert metric(app, "pos_weight of rare") == "49"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"\x00\xff" * 50, "binary file of an unknown kind"),
        (b"x,label\n", "one row"),
        (b"\x1f\x8b12", "gzip"),
    ],
)
def test_unreadable_uploads_say_why(data: bytes, reason: str) -> None:
    app = opened("labels", "labels=ham10000&way=a+file")
    app.file_uploader[0].upload("odd.csv", data).run()
    assert not app.exception
    assert reason in app.error[0].value
    assert app.session_state["labels"] == "ham10000"


def test_typed_counts() -> None:
    app = opened("labels", "labels=ham10000&way=counts+I+type")
    editor = next(key for key in app.session_state.to_dict() if str(key).startswith("typed:table"))
    app.session_state[editor] = {"edited_rows": {6: {"count": 230}}, "added_rows": [], "deleted_rows": []}
    app.run()
    assert not app.exception
    assert app.session_state["labels"].endswith("df=230")
    app.session_state[editor] = {"edited_rows": {6: {"count": None}}, "added_rows": [], "deleted_rows": []}
    app.run()
    assert "no count" in app.error[0].value
    assert app.session_state["labels"].endswith("df=230")


def test_made_to_order() -> None:
    app = opened("labels")
    slider = next(each for each in app.select_slider if each.key == "made:prevalence")
    slider.set_value(0.001).run()
    assert app.session_state["labels"] == "binary:0.001:10000"
    kind = next(each for each in app.get("button_group") if each.key == "made:kind")
    kind.set_value("tail").run()
    assert app.session_state["labels"] == "tail:10:100:10000"


IDS = "labels=counts:multiclass;0=20;1=5;2=1;3=50"


def test_a_scheme_chosen_on_weights_is_what_the_other_pages_open_with() -> None:
    app = opened("weights", IDS)
    group = next(each for each in app.get("button_group") if each.key == "weights:scheme")
    group.set_value("inverse_sqrt").run()
    assert metric(app, "weight of 2") == "8.7178"
    assert app.session_state["choice"] == "scheme=inverse_sqrt"
    app.switch_page("../pages/batch_size.py").run()
    assert "(inverse square root): **8.718** for 2 and 1.602 for the other rows" in texts(app)
    assert app.session_state["batch_size:view"].values["weight"] == pytest.approx(8.7178 / 1.6017, rel=1e-4)
    app.switch_page("../pages/loss_curves.py").run()
    values = app.session_state["curves:view"].values
    assert values["ce.weight_1"] == pytest.approx(8.7178, rel=1e-4)
    assert values["ce.weight_0"] == pytest.approx(1.6017, rel=1e-4)
    app.switch_page("../pages/scores.py").run()
    assert app.session_state["scores:view"].values["bce.pos_weight"] == pytest.approx(8.7178 / 1.6017, rel=1e-4)
    assert "weight **8.718** of 2, inverse square root" in texts(app)


def test_a_page_may_leave_the_choice_and_make_its_own_the_choice() -> None:
    app = opened("batch_size", "weight=12")
    assert "its weight: yours 99, here 12" in texts(app).replace("\\", "")
    next(button for button in app.button if button.key == "batch_size:mine").click().run()
    assert app.session_state["choice"].startswith("weights=12;of=")
    assert "yours" not in texts(app)
    app.switch_page("../pages/weights.py").run()
    assert metric(app, "pos_weight of positive") == "12"
    app.switch_page("../pages/loss_curves.py").run()
    assert app.session_state["curves:view"].values["bce.pos_weight"] == 12


def test_a_page_goes_back_to_the_choice() -> None:
    app = opened("loss_curves", "bce.pos_weight=5")
    assert "BCE w₊: yours 99, here 5" in texts(app).replace("\\", "")
    next(button for button in app.button if button.key == "curves:back").click().run()
    assert app.session_state["curves:view"].values["bce.pos_weight"] == 99
    assert "yours" not in texts(app)


def test_the_loss_is_chosen_on_loss_curves() -> None:
    app = opened("loss_curves", "focal.gamma=1")
    group = next(each for each in app.get("button_group") if each.key == "curves:loss")
    group.set_value("focal").run()
    assert app.session_state["choice"] == "loss=focal;focal.alpha=0.25;focal.gamma=1"
    assert app.session_state["curves:view"].values["focal.pos_weight"] == 99
    app.switch_page("../pages/weights.py").run()
    assert any(
        "lossviz.SigmoidFocalLoss(alpha=0.25, gamma=1.0, pos_weight=pos_weight)" in each.value for each in app.code
    )


@pytest.mark.parametrize("page", ["loss_curves", "batch_size", "scores"])
def test_a_second_choice_stands_beside_the_first(page: str) -> None:
    app = opened(page, "choice=weights%3D49&b=scheme%3Dinverse_sqrt%3Bloss%3Dasl")
    shown = texts(app)
    assert "Thin lines: your choice B" in shown
    assert "**9.95** of positive, inverse square root" in shown
    view = app.session_state[{"loss_curves": "curves"}.get(page, page) + ":view"]
    knob = "weight" if page == "batch_size" else "asl.pos_weight"
    assert view.pin[knob] == pytest.approx(9.9499, rel=1e-4)
    next(button for button in app.button if button.key == "choice:swap").click().run()
    assert app.session_state["choice"] == "scheme=inverse_sqrt;loss=asl"
    next(button for button in app.button if button.key == "choice:drop").click().run()
    assert "Thin lines" not in texts(app)


@pytest.mark.parametrize("page", PAGES)
def test_a_choice_that_does_not_fit_gets_one_sentence(page: str) -> None:
    app = opened(page, "labels=chestxray14&choice=loss%3Dsoftmax_focal")
    assert "one class per sample" in texts(app)
    assert not app.error


def test_the_start_page_sets_the_imbalance_everywhere() -> None:
    app = opened("home")
    app.session_state["resting"] = {"state": {"stamp": 1, "values": {"prevalence": 0.0025}}}
    app.run()
    assert app.session_state["labels:text"] == "binary:0.0025:10000"
    app.switch_page("../pages/weights.py").run()
    assert metric(app, "pos_weight of positive") == "399"


def test_the_start_page_leaves_a_persons_own_labels_alone_until_asked() -> None:
    app = opened("home", "labels=ham10000")
    assert app.session_state["resting:view"].values["prevalence"] == pytest.approx(115 / 10015, rel=1e-5)
    app.session_state["resting"] = {"state": {"stamp": 1, "values": {"prevalence": 0.05}}}
    app.run()
    assert app.session_state["labels:text"] == "ham10000"
    assert "yours 1.15 %, here 5 %" in texts(app)
    next(button for button in app.button if button.key == "resting:set").click().run()
    assert app.session_state["labels:text"] == "binary:0.05:10000"


def test_the_weighted_mean_opens_with_the_choice() -> None:
    app = opened("weighted_mean", "b=scheme%3Dinverse_sqrt")
    assert "Your weights (balanced): 99 for positive, class 1 here, and 1 for the other rows" in texts(app)
    assert "divides by the sum of weights, 122;" in texts(app)
    logits, targets, _ = lossviz.BATCHES["rare_in_24"].tensors()
    under_b = lossviz.weighted_mean(logits, targets, torch.tensor([1.0, 99.0**0.5], dtype=torch.float64))
    assert metric(app, "the same under B") == number(under_b.weighted_mean)
    app.number_input(key="mine_w1").set_value(12.0).run()
    assert "weight of class 1: yours 99, here 12" in texts(app).replace("\\", "")
    next(button for button in app.button if button.key == "mine:mine").click().run()
    assert app.session_state["choice:text"].startswith("weights=12;of=")
    assert "yours" not in texts(app)
    app.session_state["labels:text"] = "ham10000"
    app.session_state["choice:text"] = ""
    app.run()
    assert app.number_input(key="mine_w1").value == pytest.approx(12.441, rel=1e-4)
