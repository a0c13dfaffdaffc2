from __future__ import annotations

from lossviz import AsymmetricLoss, Choice, LabelCounts
from lossviz.knobs import Knob, defaults

GAMMA = Knob("gamma", "γ", 0, 5, 0.05, 2, "focus")
ALPHA = Knob("alpha", "α", 0, 1, 0.01, 0.25, "weight", optional=True)
SIZE = Knob("size", "B", 1, 100, 1, 32, "rows", scale="log")
FLAG = Knob("flag", "f", 0, 1, 1, 0, "switch", switch=True)


def test_nearest_keeps_values_in_range() -> None:
    assert GAMMA.nearest(-1) == 0
    assert GAMMA.nearest(99) == 5
    assert GAMMA.nearest(3.3) == 3.3
    assert GAMMA.nearest(float("inf")) == 5
    assert GAMMA.nearest(float("nan")) == 2
    assert GAMMA.nearest(None) == 2
    assert ALPHA.nearest(None) is None
    assert FLAG.nearest(0.7) == 1
    assert SIZE.nearest(3.7) == 4


def test_spelled_is_python() -> None:
    assert GAMMA.spelled(2) == "gamma=2.0"
    assert ALPHA.spelled(None) == "alpha=None"
    assert FLAG.spelled(1) == "flag=True"


def test_a_switch_sets_a_bool() -> None:
    assert FLAG.argument(1.0) is True
    assert FLAG.argument(0) is False
    assert ALPHA.argument(None) is None
    assert GAMMA.argument(0) == 0
    assert AsymmetricLoss.from_knobs(detach_focusing=1.0).detach_focusing is True
    assert AsymmetricLoss.from_knobs().detach_focusing is False
    choice = Choice(LabelCounts.exclusive(("no", "yes"), [9, 1]), loss="asl", knobs={"detach_focusing": 1})
    assert choice.knobs == (("detach_focusing", True),)
    assert choice.module().detach_focusing is True
    assert "detach_focusing=True" in choice.code
    assert Choice.parse(choice.text) == choice


def test_defaults() -> None:
    assert defaults([GAMMA, ALPHA, FLAG]) == {"gamma": 2.0, "alpha": 0.25, "flag": False}
