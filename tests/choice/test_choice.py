"""The choice: one value for labels, weights and loss, that an address carries whole."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import lossviz
from lossviz import Choice, LabelCounts
from lossviz.labels.given.text import parse_counts
from lossviz.weights.schemes import SCHEMES

IDS = LabelCounts.exclusive(("0", "1", "2", "3"), [20, 5, 1, 50])
RARE = parse_counts("binary:0.01:10000")
MANY = LabelCounts(("a", "b", "c"), [1, 10, 50], [99, 90, 50], 100, "multilabel")


def test_by_default_the_task_says_what_the_weights_are_for() -> None:
    assert (Choice(RARE).target, Choice(RARE).loss) == ("pos_weight", "bce")
    assert (Choice(MANY).target, Choice(MANY).loss) == ("pos_weight", "bce")
    assert (Choice(IDS).target, Choice(IDS).loss) == ("class_weight", "ce")
    assert Choice(RARE, "class_weight").loss == "ce"
    assert Choice(MANY, "class_weight").loss == "bce"


def test_the_tensor_stands_in_class_order() -> None:
    torch.testing.assert_close(Choice(IDS).tensor, torch.tensor([0.95, 3.8, 19.0, 0.38]))
    torch.testing.assert_close(Choice(RARE).tensor, torch.tensor([99.0]))
    torch.testing.assert_close(Choice(MANY).tensor, torch.tensor([99.0, 9.0, 1.0]))
    torch.testing.assert_close(Choice(RARE, options={"power": 0.5}).tensor, torch.tensor([99.0]).sqrt())
    assert Choice(IDS).tensor.dtype is torch.float32
    assert Choice(IDS).exact.dtype is torch.float64


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme_is_a_pos_weight_too(scheme: str) -> None:
    """The ratio of the two weights that the scheme gives the positives and the negatives."""
    for counts in (RARE, MANY):
        found = Choice(counts, scheme=scheme).exact
        which = slice(1, 2) if counts.task == "binary" else slice(None)
        pairs = zip(counts.negatives[which], counts.positives[which], strict=True)
        for got, pair in zip(found, pairs, strict=True):
            weights = lossviz.class_weights(list(map(int, pair)), scheme, dtype=torch.float64)
            assert got.item() == pytest.approx(float(weights[1] / weights[0]), rel=1e-6)


@pytest.mark.parametrize("key", lossviz.LOSSES)
@pytest.mark.parametrize("counts", [RARE, MANY, IDS])
def test_the_module_trains_as_it_is(counts: LabelCounts, key: str) -> None:
    """Every loss is ready to train with, or is refused with a sentence that names those that fit."""
    exclusive = lossviz.takes(key) == "classes"
    target = "class_weight" if exclusive else "pos_weight"
    scheme = "uniform" if key == "zlpr" else "balanced"
    if exclusive and counts.task == "multilabel":
        with pytest.raises(ValueError, match="one class per sample"):
            Choice(counts, target, loss=key)
        return
    choice = Choice(counts, target, scheme, loss=key)
    columns = len(choice.names)
    logits = torch.zeros(4, columns, requires_grad=True)
    targets = torch.arange(4) % columns if exclusive else (torch.arange(4 * columns).reshape(4, columns) % 2).float()
    loss = choice.module()(logits, targets)
    loss.backward()
    assert math.isfinite(loss.item())
    assert logits.grad is not None
    if key != "zlpr":
        weight = choice.module().weight if exclusive else choice.module().pos_weight
        torch.testing.assert_close(weight, choice.tensor)


def test_one_class_against_the_rest() -> None:
    """The mean weight of all other samples, and that of the class itself."""
    rest, own = Choice(IDS).pair(2)
    assert own == pytest.approx(19)
    assert rest == pytest.approx((20 * 0.95 + 5 * 3.8 + 50 * 0.38) / 75)
    assert Choice(IDS).ratio(2) == pytest.approx(25)  # a third of what all others weigh, being one of 75
    assert Choice(RARE).pair(1) == (1.0, pytest.approx(99.0))
    assert Choice(RARE, "class_weight").ratio(1) == pytest.approx(99)
    assert Choice(MANY).pair(0) == (1.0, pytest.approx(99.0))
    assert Choice(MANY, "class_weight").ratio(0) == 1  # a whole label's weight does nothing to its positives


@pytest.mark.parametrize("choice", [Choice(IDS), Choice(RARE), Choice(RARE, "class_weight"), Choice(MANY)])
def test_a_weight_set_by_hand_is_there(choice: Choice) -> None:
    k = choice.counts.rarest
    changed = choice.with_ratio(k, 12.0)
    assert changed.ratio(k) == pytest.approx(12)
    assert changed.own
    assert Choice.parse(changed.text) == changed


def test_knob_values_draw_the_very_loss() -> None:
    choice = Choice(RARE, loss="focal", knobs={"alpha": None, "gamma": 1.0})
    assert choice.knob_values(1) == {"pos_weight": pytest.approx(99.0), "alpha": None, "gamma": 1.0}
    drawn = lossviz.LOSSES["focal"].from_knobs(**choice.knob_values(1))
    assert lossviz.largest_difference(drawn, choice.module()) < 1e-4  # a float32 weight of 99
    assert Choice(IDS).knob_values(2) == {"weight_0": pytest.approx(57 / 75), "weight_1": pytest.approx(19)}


def test_the_address_is_short_and_plain() -> None:
    choice = Choice(IDS, scheme="inverse_sqrt", loss="softmax_focal", knobs={"gamma": 1})
    assert choice.spelled == "scheme=inverse_sqrt;loss=softmax_focal;softmax_focal.gamma=1"
    assert Choice(RARE).spelled == ""
    assert Choice.parse(f"http://localhost:8501/weights?{choice.text}#top") == choice
    off = Choice(RARE, loss="focal", knobs={"alpha": None}, options={"max_weight": 10.0, "power": 0.5})
    assert Choice.parse(off.text) == off
    assert off.tensor.tolist() == pytest.approx([math.sqrt(99)])


@settings(max_examples=60, deadline=None)
@given(
    n=st.lists(st.integers(0, 10**9), min_size=2, max_size=8).filter(any),
    scheme=st.sampled_from(list(SCHEMES)),
    cap=st.none() | st.floats(0.01, 1e6),
    own=st.booleans(),
    data=st.data(),
)
def test_what_is_spelled_is_parsed_again(
    n: list[int], scheme: str, cap: float | None, own: bool, data: st.DataObject
) -> None:
    counts = LabelCounts.exclusive([f"name {k}; =~{k}" for k in range(len(n))], n, task="multiclass")
    weights = (
        data.draw(st.lists(st.floats(0, 2.0**100, width=32), min_size=len(n), max_size=len(n)).filter(any))
        if own
        else None
    )
    options = {} if cap is None or own else {"max_weight": cap}
    scheme = "balanced" if own else scheme
    choice = Choice(counts, scheme=scheme, options=options, weights=weights, loss="softmax_focal", knobs={"gamma": 0.3})
    assert Choice.parse(choice.text) == choice


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("choice=loss=focal", "no labels"),
        ("labels=nonsense", "neither an example nor counts"),
        ("labels=binary:0.01:100&choice=loss=nope", "loss must be one of"),
        ("labels=binary:0.01:100&choice=scheme=nope", "scheme must be one of"),
        ("labels=binary:0.01:100&choice=target=nope", "target must be one of"),
        ("labels=binary:0.01:100&choice=beta=.9", "no option of the scheme 'balanced'"),
        ("labels=binary:0.01:100&choice=weights=1,2", "must hold 1 number, the pos_weight of "),
        ("labels=binary:0.01:100&choice=weights=x", "'x' is no number"),
        ("labels=binary:0.01:100&choice=weights=-1", "must be 0 or more"),
        ("labels=binary:0.01:100&choice=weights=nan", "must be 0 or more"),
        ("labels=binary:0.01:100&choice=loss=ce", "has no pos_weight; choose bce or focal or asl"),
        ("labels=binary:0.01:100&choice=loss=focal%3Basl.clip=0", "not one of the loss 'focal'"),
        ("labels=binary:0.01:100&choice=loss=focal%3Bfocal.clip=0", "no knob of the loss 'focal'"),
        ("labels=binary:0.01:100&choice=loss=focal%3Bfocal.pos_weight=3", "no knob of the loss 'focal'"),
        ("labels=tail:3:10:100&choice=weights=0,0,0", "All weights are 0"),
        ("labels=tail:3:10:100&choice=weights=1,2,3%3Bscheme=inverse", "leave out scheme='inverse', or the weights"),
        ("labels=tail:3:10:100&choice=weights=1,2,3%3Bmax_weight=3", "leave out max_weight, or the weights"),
        ("labels=binary:0.01:100&choice=weights=1e39", "does not fit into float32"),
        ("labels=binary:0.01:100&choice=weights=1e-50", "does not fit into float32"),
        ("labels=binary:0.01:100&choice=loss=focal%3Bfocal.gamma=abc", "gamma must be a number; got 'abc'"),
        ("labels=binary:0.01:100&choice=loss=focal%3Bfocal.gamma=", "gamma must be a number; got ''"),
        ("labels=binary:0.01:100&choice=loss=focal%3Bfocal.gamma=off", "gamma must be a number; got None"),
        ("labels=binary:0.01:100&choice=loss=focal%3Bfocal.gamma=-1", "gamma must be 0 or more"),
        ("labels=binary:0.01:100&choice=loss=focal%3Bfocal.gamma=nan", "gamma must be 0 or more"),
        ("labels=binary:0.01:100&choice=loss=focal%3Bfocal.alpha=2", "alpha must lie between 0 and 1"),
        ("labels=binary:0.01:100&choice=loss=asl%3Basl.clip=2", "clip must be at least 0 and below 1"),
        ("labels=binary:0.01:100&choice=loss=asl%3Basl.detach_focusing=x", "must be True or False; got 'x'"),
        ("labels=tail:3:10:100&choice=loss=softmax_focal%3Bsoftmax_focal.gamma=x", "gamma must be a number"),
        ("labels=tail:3:10:100&choice=scheme=effective%3Bbeta=abc", "beta must be a number; got 'abc'"),
        ("labels=tail:3:10:100&choice=scheme=effective%3Bbeta=2", "beta must be at least 0 and below 1"),
        ("labels=binary:0.01:100&choice=scheme=effective%3Bbeta=2", "beta must be at least 0 and below 1"),
        ("labels=binary:0.01:100&choice=scheme=effective%3Bbeta=x", "beta must be a number; got 'x'"),
        ("labels=binary:0.01:100&choice=power=-1", "power must be a number of 0 or more"),
        ("labels=binary:0.01:100&choice=max_weight=0", "max_weight must be above 0"),
        ("labels=binary:0.01:100&choice=scheme=inverse%3Bmax_weight=0", "max_weight must be above 0"),
        ("labels=binary:0.01:100&choice=scheme=inverse%3Bmax_weight=x", "max_weight must be a number"),
        ("labels=tail:3:10:100&choice=zero_count=5", "zero_count must be one of clamp, zero, raise"),
        ("labels=tail:3:10:100&choice=normalize=x", "normalize must be None, sum"),
    ],
)
def test_what_is_no_choice_gets_one_sentence(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said.replace("(", r"\(")):
        Choice.parse(text)


def test_own_weights_are_for_their_classes_in_their_order() -> None:
    own = Choice(IDS, weights=[1, 2, 3, 4])
    other = IDS.reordered(("3", "2", "1", "0"))
    with pytest.raises(ValueError, match="another order"):
        Choice.made_of(other, own.spelled)
    assert Choice.made_of(IDS, "weights=1,2,3,4") == own  # typed by hand, for the labels that are there


def test_a_change_keeps_what_fits_it() -> None:
    focal = Choice(RARE, loss="focal", knobs={"gamma": 1}, options={"power": 0.5, "max_weight": 20})
    assert focal.changed(scheme="inverse_sqrt", options=()).loss == "focal"
    softmax = focal.changed(target="class_weight")
    assert (softmax.loss, softmax.knobs, softmax.options) == ("ce", (), ())
    assert focal.changed(loss="asl").knobs == ()
    assert focal.changed(loss="asl").options == focal.options
    assert Choice(IDS, weights=[1, 2, 3, 4]).changed(weights=None) == Choice(IDS)


@pytest.mark.parametrize("counts", [RARE, IDS, MANY])
@pytest.mark.parametrize("key", lossviz.LOSSES)
def test_a_loss_as_its_knobs_stand_is_a_choice(counts: LabelCounts, key: str) -> None:
    k = counts.rarest
    values = {knob.name: knob.default for knob in lossviz.LOSSES[key].knobs}
    values |= {
        name: value for name, value in {"pos_weight": 12.0, "weight_1": 12.0, "gamma": 1.0}.items() if name in values
    }
    if lossviz.takes(key) == "classes" and counts.task == "multilabel":
        with pytest.raises(ValueError, match="one class per sample"):
            Choice(counts).with_loss(key, k, values)
        return
    made = Choice(counts, scheme="inverse_sqrt").with_loss(key, k, values)
    assert made.loss == key
    found = made.knob_values(k)
    weights = {name: found.pop(name) for name in ("weight_0", "weight_1", "pos_weight") if name in found}
    assert found == {name: value for name, value in values.items() if name not in weights}
    assert made.ratio(k) == pytest.approx(1 if key == "zlpr" else 12)
    assert Choice.parse(made.text) == made


def test_a_scheme_stays_one_where_its_weights_do() -> None:
    choice = Choice(IDS, scheme="inverse_sqrt")
    drawn = {name: None if value is None else float(f"{value:.6g}") for name, value in choice.knob_values(2).items()}
    assert choice.with_loss("ce", 2, drawn) == choice


def test_own_weights_are_taken_by_name() -> None:
    counts = LabelCounts.exclusive(("cat", "dog", "eel"), [5, 3, 1])
    own = Choice(counts, weights=(1, 2, 3))
    assert Choice(counts, weights={"eel": 3, "cat": 1, "dog": 2}) == own
    assert Choice(counts, weights=pd.Series([3.0, 1.0, 2.0], index=["eel", "cat", "dog"])) == own
    assert Choice(counts, weights=pd.Series([1.0, 2.0, 3.0])) == own
    arrays: tuple[Any, ...] = torch.tensor([1, 2, 3]), np.array([1.0, 2, 3]), [1, np.float32(2), torch.tensor(3.0)]
    for each in arrays:
        assert Choice(counts, weights=each) == own
    assert Choice(IDS, weights=pd.Series([1.0, 2, 3, 4], index=[3, 2, 1, 0])).weights == (4, 3, 2, 1)
    assert Choice(RARE, weights=9) == Choice(RARE, weights={"positive": 9}) == Choice(RARE, weights=[9])


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ({"cat": 1, "dog": 2}, "weights lack a number for 'eel'"),
        ({"cat": 1, "dog": 2, "eel": 3, "fox": 4}, "weights name 'fox', which is no class here"),
        (pd.Series([1.0, 2.0, 3.0], index=["a", "b", "c"]), "weights name 'a'"),
        ({1, 2, 3}, "in the order of the classes, or a mapping from names"),
        ("123", "in the order of the classes, or a mapping from names"),
        (5, "must hold 3 numbers, one per class; got 1"),
        (torch.tensor(5.0), "must hold 3 numbers, one per class; got 1"),
        (object(), "must be 3 numbers, one per class; got <object"),
        (["cat", "dog", "eel"], "The weight of 'cat' must be a number; got 'cat'"),
        ([1, None, 3], "The weight of 'dog' must be a number; got None"),
        (torch.eye(3), "The weight of 'cat' must be a number; got tensor"),
        ([1, 1e39, 1], "The weight of 'dog', 1e[+]39, does not fit into float32"),
        ([1, 1e-50, 1], "The weight of 'dog', 1e-50, does not fit into float32"),
    ],
)
def test_what_are_no_weights_is_told_so(weights: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Choice(LabelCounts.exclusive(("cat", "dog", "eel"), [5, 3, 1]), weights=weights)


def test_own_weights_take_the_place_of_a_scheme() -> None:
    with pytest.raises(ValueError, match="leave out scheme='inverse', or the weights"):
        Choice(IDS, scheme="inverse", weights=[1, 2, 3, 4])
    with pytest.raises(ValueError, match="leave out max_weight, or the weights"):
        Choice(IDS, options={"max_weight": 3}, weights=[1, 2, 3, 4])
    capped = Choice(IDS, scheme="inverse", options={"max_weight": 3}, loss="softmax_focal", knobs={"gamma": 1})
    own = capped.changed(weights=(1, 2, 3, 4))
    assert own == Choice(IDS, weights=(1, 2, 3, 4), loss="softmax_focal", knobs={"gamma": 1})
    assert own.changed(scheme="inverse", options={"max_weight": 3}) == capped
    assert own.changed(loss="ce") == Choice(IDS, weights=(1, 2, 3, 4))
    assert capped.with_ratio(2, 7.0).own


@pytest.mark.parametrize("fields", [{"options": None}, {"knobs": None}, {"options": ()}, {"knobs": {}}])
def test_no_options_and_no_knobs_may_be_said(fields: dict[str, Any]) -> None:
    assert Choice(IDS, **fields) == Choice(IDS)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"options": ["normalize"]}, "options must be a mapping, or pairs of a name and a value; got"),
        ({"options": "normalize"}, "options must be a mapping"),
        ({"options": 3}, "options must be a mapping"),
        ({"knobs": ["gamma"]}, "knobs must be a mapping"),
        ({"knobs": {"label_smoothing": 0.1}}, "'label_smoothing' is no knob of the loss 'ce'; there is none. Set"),
        ({"scheme": None}, "scheme must be one of"),
        ({"scheme": ["inverse"]}, "scheme must be one of"),
        ({"loss": ["ce"]}, "loss must be one of"),
        ({"loss": ""}, "loss must be one of"),
        ({"target": ["class_weight"]}, "target must be one of"),
        ({"target": "class_weight", "loss": "bce"}, "one class per sample; choose ce or softmax_focal, or target="),
        ({"loss": "zlpr", "target": "pos_weight"}, "takes no weights; choose bce or focal or asl, or target="),
        ({"scheme": "effective", "options": {"beta": [1]}}, "beta must be a number"),
        ({"options": {"zero_count": ["zero"]}}, "zero_count must be one of"),
        ({"loss": "softmax_focal", "knobs": {"gamma": [1]}}, "gamma must be a number"),
    ],
)
def test_arguments_of_another_kind_are_told_so(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Choice(IDS, **fields)


def test_a_choice_is_of_labels_and_of_text() -> None:
    with pytest.raises(TypeError, match=r"counts must be a LabelCounts, as read_labels returns; got \[5, 3\]"):
        Choice([5, 3])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="text must be an address of a choice, or a part of one; got None"):
        Choice.parse(None)  # type: ignore[arg-type]


def test_class_weights_of_a_binary_task_are_asked_for() -> None:
    with pytest.raises(ValueError, match=r"1 number, the pos_weight of 'positive'; got 2. .*class_weight"):
        Choice(RARE, weights=[1, 9])
    with pytest.raises(ValueError, match='choose bce or focal or asl, or target="class_weight"'):
        Choice(RARE, loss="ce")


def test_weights_of_a_scheme_that_float32_cannot_hold_are_refused() -> None:
    far = LabelCounts(("no", "yes"), [10**18, 1], [1, 10**18], 10**18 + 1, "binary")
    with pytest.raises(ValueError, match=r"does not fit into torch\.float32"):
        _ = Choice(far, options={"power": 3.0}).tensor
