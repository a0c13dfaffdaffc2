"""Where ways to compute BCE fail is found, not assumed."""

from __future__ import annotations

import contextlib
import io
import math

import pytest
import torch

import lossviz
from lossviz.logits.stability import WAYS, breaks, stability_snippet, track


@pytest.mark.parametrize("target", [0, 1])
@pytest.mark.parametrize("dtype", lossviz.DTYPES)
def test_the_margin_is_always_right(dtype: str, target: int) -> None:
    assert breaks(WAYS["margin"], target, lossviz.DTYPES[dtype]) == []


@pytest.mark.parametrize("target", [0, 1])
def test_all_ways_agree_near_0(target: int) -> None:
    logits = torch.linspace(-5, 5, 101, dtype=torch.float64)
    exact = track(WAYS["margin"], logits, target, torch.float64)
    for way in WAYS.values():
        got = track(way, logits, target, torch.float64)
        torch.testing.assert_close(got.value, exact.value, rtol=1e-8, atol=1e-6)
        torch.testing.assert_close(got.gradient, exact.gradient, rtol=1e-8, atol=1e-6)


def test_by_hand_is_infinite_where_the_sigmoid_underflows() -> None:
    (lost,) = [entry for entry in breaks(WAYS["hand"], 1, torch.float32, lost=True) if entry.becomes == "infinite"]
    assert lost.part == "value"
    # just beyond, the sigmoid of a float32 is 0; just before, it is not
    assert torch.sigmoid(torch.tensor(lost.logit)) == 0
    assert torch.sigmoid(torch.tensor(lost.logit + 0.02)) > 0


def test_a_clamped_probability_has_no_gradient() -> None:
    lost = [entry for entry in breaks(WAYS["clamped"], 1, torch.float64, lost=True) if entry.part == "gradient"]
    assert {entry.becomes for entry in lost} == {"exactly 0"}
    assert sorted(abs(entry.logit) for entry in lost) == pytest.approx([math.log(1e7)] * 2, abs=0.02)


def test_bce_loss_goes_flat_at_100() -> None:
    entry = next(entry for entry in breaks(WAYS["bce"], 1, torch.float64) if entry.part == "value")
    far = track(WAYS["bce"], torch.tensor([-150.0, -190.0]), 1, torch.float64)
    assert far.value.tolist() == [100, 100]
    assert entry.logit == pytest.approx(-101, abs=0.05)  # 1 % beyond 100


def test_the_snippet_prints_every_way() -> None:
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(compile(stability_snippet(1, "float32"), "snippet", "exec"), {})  # noqa: S102 - our own code
    lines = output.getvalue().strip().split("\n")
    assert len(lines) == len(WAYS)
    assert lines[0].endswith("inf nan")
    assert lines[-1].endswith("100.0 -1.0")
