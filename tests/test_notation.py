"""How numbers are written: nothing is rounded to 0, to 1 or to 100 % that is not."""

from __future__ import annotations

import math

import pytest

from lossviz.notation import latex, number, percent


@pytest.mark.parametrize("gap", [10.0**-k for k in range(2, 14)])
def test_what_is_not_1_is_not_written_as_1(gap: float) -> None:
    for digits in (2, 3, 4):
        assert number(1 - gap, digits) == f"{1 - gap:.{round(-math.log10(gap))}f}"
        assert number(1 + gap, digits) == f"{1 + gap:.{round(-math.log10(gap))}f}"
        assert percent(1 - gap, digits) not in ("100 %", "0 %")
        assert percent(gap, digits) not in ("100 %", "0 %")
    assert number(-1 + gap) != "-1"


@pytest.mark.parametrize("value", [0.99994321, 0.9999999877, 1.0000321, 0.5, 0.049, 3.2e-7])
def test_what_is_written_is_the_number(value: float) -> None:
    assert float(number(value)) == pytest.approx(value, abs=abs(1 - value) / 2 + 1e-12)
    assert float(percent(value).removesuffix(" %")) == pytest.approx(100 * value, rel=0.006)


def test_1_and_all_and_nothing() -> None:
    assert (number(1), number(-1), number(0), percent(1), percent(0)) == ("1", "-1", "0", "100 %", "0 %")
    assert number(math.nextafter(1, 0)) == "1"
    assert percent(math.nextafter(1, 2)) == "100 %"


def test_small_percentages_have_no_exponent() -> None:
    assert percent(1e-7) == "0.00001 %"
    assert percent(1.234e-7) == "0.0000123 %"
    assert percent(1e-12) == "1e-10 %"


def test_formulas_have_the_same_digits() -> None:
    assert latex(0.9999999) == "0.9999999"
