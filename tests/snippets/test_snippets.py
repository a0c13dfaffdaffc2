"""Every snippet runs on its own and reprints the number on the page."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import pytest
import torch

import lossviz
from lossviz import BATCHES, Choice, LabelCounts
from lossviz.figures import contenders, resting_scores
from lossviz.labels.given.synthetic import long_tail_counts
from lossviz.literals import tensor_code
from lossviz.snippets import batches, losses
from lossviz.snippets import choice as snippets
from lossviz.snippets import labels as label_snippets
from ui.shared.downloads import weights_csv, weights_json

COUNTS = {key: lossviz.EXAMPLES[key].counts for key in ("credit_card_fraud", "ham10000", "chestxray14")}


def printed(code: str) -> list[str]:
    """What the code prints, in a namespace of its own."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(compile(code, "snippet", "exec"), {})  # noqa: S102 - our own code
    return output.getvalue().split("\n")[:-1]


@pytest.mark.parametrize("counts", COUNTS.values(), ids=COUNTS)
def test_labels(counts: LabelCounts) -> None:
    assert float(printed(label_snippets.labels_snippet(counts))[-1]) == counts.imbalance_ratio


@pytest.mark.parametrize("counts", COUNTS.values(), ids=COUNTS)
@pytest.mark.parametrize("scheme", list(lossviz.SCHEMES))
def test_choices(counts: LabelCounts, scheme: str) -> None:
    knobs = {"gamma": 1.5} if counts.task == "multilabel" else {}
    choice = Choice(counts, scheme=scheme, options={"max_weight": 20.0}, loss="focal" if knobs else None, knobs=knobs)
    which = 0 if counts.task == "binary" else counts.rarest
    assert float(printed(snippets.choice_snippet(choice))[-1]) == choice.exact[which].item()


def test_choices_with_ones_own_numbers() -> None:
    counts = COUNTS["ham10000"]
    choice = Choice(counts, weights=range(1, 8))
    assert float(printed(snippets.choice_snippet(choice))[-1]) == choice.exact[counts.rarest].item()


@pytest.mark.parametrize("loss", ["focal", "asl", "bce"])
def test_the_chosen_loss_takes_its_weights(loss: str) -> None:
    choice = Choice(COUNTS["chestxray14"], loss=loss)
    code = snippets.loss_snippet(choice.argument, choice.tensor, choice.names, choice.code)
    assert printed(code)[-1] == "(14,)"


@pytest.mark.parametrize(("argument", "loss"), [("pos_weight", ""), ("weight", ""), ("weight", "BCEWithLogitsLoss")])
def test_losses_take_their_weights(argument: str, loss: str) -> None:
    counts = COUNTS["ham10000"]
    weights = lossviz.class_weights(counts)
    code = snippets.loss_snippet(argument, weights, ["evil\nimport os", *counts.classes[1:]], loss)
    assert printed(code)[-1] == "(7,)"
    assert "\nimport os" not in code


def test_a_wrong_order_cannot_pass() -> None:
    names, weights = ["ant", "bee", "never"], torch.tensor([0.5, 2.0, 4.0])
    code = snippets.loss_snippet("weight", weights, names, absent=["never"])
    own = code.index("{name: k")
    line = code[own : code.index("\n", own)]
    ours = code.replace("print(tuple(loss.weight.shape))", "print(weight.tolist())")
    assert printed(ours) == ["[0.5, 2.0, 4.0]"]
    assert printed(ours.replace(line, "{'never': 0, 'bee': 1, 'ant': 2}")) == ["[4.0, 2.0, 0.5]"]
    with pytest.raises(AssertionError, match="cat"):
        printed(ours.replace(line, "{'ant': 0, 'bee': 1, 'cat': 2}"))
    assert "'never': 4.0,  # output 2; never occurs: nothing in training" in code
    assert code.count("never occurs") == 1


def test_the_one_weight_of_two_classes_names_its_target() -> None:
    code = snippets.loss_snippet("pos_weight", torch.tensor([577.9]), ["fraud"])
    assert "torch.tensor([577.9])  # of fraud: target 1" in code
    assert printed(code) == ["(1,)"]


def test_files_carry_index_and_class() -> None:
    counts = LabelCounts.exclusive(("0", "1", "2"), [5, 0, 3])
    saved = json.loads(weights_json(counts, counts.classes, [0.8, 4.0, 1.3], "CrossEntropyLoss", "weight"))
    assert saved["class_to_idx"] == {"0": 0, "1": 1, "2": 2}
    assert saved["never_occurs"] == ["1"]
    rows = weights_csv(counts.classes, [0.8, 4.0, 1.3], "CrossEntropyLoss", "weight", ["1"]).splitlines()
    assert rows[0] == "index,class,weight of CrossEntropyLoss,note"
    assert rows[2].startswith("1,1,4.0,never occurs")


@pytest.mark.parametrize("argument", ["pos_weight", "weight"])
def test_many_weights_are_read_from_their_file(argument: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = long_tail_counts(1000, 100, 10**6)
    names = ['a "class"\nimport os', "x" * 300, *counts.classes[2:]]
    weights = lossviz.class_weights(counts)
    loss = {"pos_weight": "lossviz.SigmoidFocalLoss(pos_weight=pos_weight)"}.get(
        argument, "torch.nn.CrossEntropyLoss(weight=weight)"
    )
    code = snippets.saved_loss_snippet(argument, weights, loss, f"{argument}.json")
    assert len(code.split("\n")) < 30
    assert "988 more" in code
    monkeypatch.chdir(tmp_path)
    saved = weights_json(counts, names, weights.tolist(), loss, argument)
    (tmp_path / f"{argument}.json").write_text(saved, encoding="utf-8")
    assert printed(code) == ["(1000,)"]


def test_curves() -> None:
    knobs_of = {key: {knob.name: knob.default for knob in loss.knobs} for key, loss in lossviz.LOSSES.items()}
    entries = [(lossviz.LOSSES[key].label, lossviz.LOSSES[key].code(**knobs)) for key, knobs in knobs_of.items()]
    rows = printed(losses.curves_snippet(entries))
    expected = []
    for key, knobs in knobs_of.items():
        for target in (1, 0):
            curve = lossviz.loss_curve(lossviz.LOSSES[key].from_knobs(**knobs), target, torch.zeros(1))
            expected.append((lossviz.LOSSES[key].label, target, curve.value.item(), curve.gradient.item()))
    assert len(rows) == len(expected)
    for row, (name, target, value, gradient) in zip(rows, expected, strict=True):
        head, got_value, got_gradient = row.rsplit(" ", 2)
        assert head == f"{name} {target}"
        assert float(got_value) == pytest.approx(value, rel=1e-6)
        assert float(got_gradient) == pytest.approx(gradient, rel=1e-6)


def test_resting() -> None:
    rows = printed(losses.resting_snippet([(entry.name, entry.code) for entry in contenders(0.01)], 0.01))
    for row, (name, score) in zip(rows, resting_scores(0.01).items(), strict=True):
        assert row.startswith(f"{name} ")
        assert float(row.removeprefix(name)) == pytest.approx(score, rel=1e-6)


@pytest.mark.parametrize("key", list(BATCHES))
def test_batches(key: str) -> None:
    logits, targets, weights = BATCHES[key].tensors()
    batch = lossviz.weighted_mean(logits, targets, weights)
    weighted, plain = map(float, printed(batches.batch_snippet(logits, targets, weights)))
    assert weighted == pytest.approx(batch.weighted_mean, rel=1e-7)
    assert plain == pytest.approx(batch.plain_mean, rel=1e-7)


def test_labels_that_stand_together() -> None:
    rows = printed(label_snippets.together_snippet(("a", "b c"), [[4, 1], [1, 2]]))
    assert rows == ["a [1.0, 0.25]", "b c [0.5, 1.0]"]


def test_long_tensors_are_exact() -> None:
    values = torch.rand(270, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    made = eval(tensor_code(values).replace("])", "], dtype=torch.float64)"), {"torch": torch})  # noqa: S307
    assert torch.equal(made, values)
