"""How numbers are written: in prose, in LaTeX and in code."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence

_SMALLEST_PLAIN = -8  # the power of ten down to which a percentage is spelled without an exponent
_ROUNDING = 1e-14  # what float64 leaves of a difference from 1 that is none


def plural(unit: str) -> str:
    """The plural of a unit.

    Examples
    --------
    >>> plural("sample"), plural("box")
    ('samples', 'boxes')
    """
    return unit if unit.endswith("s") else f"{unit}s" if not unit.endswith("x") else f"{unit}es"


def number(value: float, digits: int = 4) -> str:
    """`value` to a sensible precision: `digits` significant digits, thousands separated; 1 for nothing but 1.

    Examples
    --------
    >>> number(12.44099379), number(284807), number(0.00172749), number(1e-9)
    ('12.44', '284,807', '0.001727', '1e-09')
    >>> number(0.9999999), number(1.00002), number(1 - 1e-16)
    ('0.9999999', '1.00002', '1')
    """
    if not math.isfinite(value):
        return {math.inf: "∞", -math.inf: "-∞"}.get(value, "not a number")
    if value == 0:
        return "0"
    magnitude = math.floor(math.log10(abs(value)))
    if magnitude < -4 or magnitude >= 15:
        return f"{value:.{digits - 1}g}"
    return _decimals(value, max(0, digits - 1 - magnitude, _from_one(abs(value), 1.0)))


def _decimals(value: float, decimals: int) -> str:
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _from_one(value: float, one: float) -> int:
    """The decimals that tell `value` from `one`; 0 where rounding alone sets them apart."""
    gap = abs(value - one)
    return 0 if gap <= _ROUNDING * one else math.ceil(-math.log10(gap) - 1e-9)


def latex(value: float, digits: int = 4) -> str:
    r"""`value` for a formula.

    Examples
    --------
    >>> latex(284807), latex(1e-9)
    ('284{,}807', '1 \\times 10^{-9}')
    """
    if not math.isfinite(value):
        return {math.inf: r"\infty", -math.inf: r"-\infty"}.get(value, r"\text{nan}")
    text = number(value, digits)
    if "e" in text:
        mantissa, exponent = text.split("e")
        return rf"{mantissa} \times 10^{{{int(exponent)}}}"
    return text.replace(",", "{,}")


def factor(value: float) -> str:
    r"""`value` as the factor in front of a term: nothing for 1.

    Examples
    --------
    >>> factor(1), factor(9)
    ('', '9\\,')
    """
    return "" if value == 1 else latex(value) + r"\,"


def power(base: str, exponent: float) -> str:
    r"""`base` to the `exponent`, short where it can be.

    Examples
    --------
    >>> power("p", 0), power("p", 1), power("p", 2)
    ('', 'p\\,', 'p^{2}\\,')
    """
    if exponent == 0:
        return ""
    return (base if exponent == 1 else rf"{base}^{{{latex(exponent)}}}") + r"\,"


def summed(terms: Sequence[str], most: int = 6) -> str:
    r"""`terms` as a sum, with dots for those beyond the first `most`; 0 if there is none.

    Examples
    --------
    >>> summed(["1", "e^{2}"]), summed(["a"] * 9, 2), summed([])
    ('1 + e^{2}', 'a + a + \\cdots', '0')
    """
    return listed(terms, " + ", most) or "0"


def listed(terms: Sequence[str], between: str, most: int = 6) -> str:
    """The first `most` of `terms`, and dots for the rest."""
    return between.join([*terms[:most], *([r"\cdots"] if len(terms) > most else [])])


def percent(share: float, digits: int = 3) -> str:
    """`share` of 1 as a percentage; 100 % for nothing but all.

    Examples
    --------
    >>> percent(0.01), percent(0.00172749), percent(1 / 3)
    ('1 %', '0.173 %', '33.3 %')
    >>> percent(1e-7), percent(0.9999999), percent(0.999951)
    ('0.00001 %', '99.99999 %', '99.995 %')
    """
    if not math.isfinite(share):
        return "unknown"
    part = 100 * share
    magnitude = math.floor(math.log10(abs(part))) if part else 0
    if not _SMALLEST_PLAIN <= magnitude < 15:
        return f"{number(part, digits)} %"
    return f"{_decimals(part, max(0, digits - 1 - magnitude, _from_one(abs(part), 100.0)))} %"


_FARTHEST = 30.0  # the logit beyond which float64 cannot tell the score from 1


def score(logit: float, digits: int = 4) -> str:
    """The sigmoid of `logit`; what float64 cannot tell from 1 is over the last number that it can.

    Examples
    --------
    >>> score(0), score(-16.118), score(math.log(99)), score(40)
    ('0.5', '1e-07', '0.99', 'over 0.9999999999999')
    """
    if _FARTHEST < logit < math.inf:
        return "over 0.9999999999999"
    return number(_sigmoid(logit), digits)


def score_percent(logit: float, digits: int = 3) -> str:
    """As `score`, as a percentage.

    Examples
    --------
    >>> score_percent(0), score_percent(-16.118), score_percent(40), score_percent(math.inf)
    ('50 %', '0.00001 %', 'over 99.99999999999 %', '100 %')
    """
    if _FARTHEST < logit < math.inf:
        return "over 99.99999999999 %"
    return percent(_sigmoid(logit), digits)


def _sigmoid(logit: float) -> float:
    return math.exp(min(logit, 0.0)) / (1 + math.exp(-abs(logit)))


# Turn the direction of what follows them, or have no width.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")  # letters and marks that leave no trace
_PICTURED = ("So", "Sm", "Lo", "Po", "Pd")
_JOINERS = frozenset("\u200c\u200d")  # between letters of some scripts, and within emoji
_MOST_MARKS = 3  # accents on one letter
# Choose among pictures of a symbol or a letter that has several; behind others they leave no trace.
_VARIANTS = frozenset(map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))


def visible(text: str) -> str:
    r"""`text` with all that one would not see spelled out.

    That is control, format and direction characters, letters without a trace, spaces other than the plain one,
    what is no character at all, and marks that are stacked higher than any script does.

    Examples
    --------
    >>> visible("no\x1b[31m"), visible("gpj.\u202efdp"), visible("co\u00adoperate")
    ('no\\x1b[31m', 'gpj.\\u202efdp', 'co\\xadoperate')
    """
    if text.isascii() and text.isprintable():
        return text
    shown: list[str] = []
    marks = 0
    for place, char in enumerate(text):
        kind = unicodedata.category(char)
        marks = marks + (kind in ("Mn", "Me")) if kind in ("Mn", "Me") or char in _JOINERS else 0
        unseen = (
            kind in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
            or char in _BLANK
            or (kind == "Zs" and char not in " \u3000")
        )
        if char in _JOINERS:
            unseen = not (0 < place < len(text) - 1 and min(text[place - 1], text[place + 1]) > "\u007f")
        if char in _VARIANTS:
            key = text[place : place + 2] == "\ufe0f\u20e3"
            unseen = not key and unicodedata.category(text[place - 1 : place] or "a") not in _PICTURED
        shown.append(char.encode("unicode_escape").decode() if unseen or marks > _MOST_MARKS else char)
    return "".join(shown)


def echoed(text: str, longest: int = 80) -> str:
    r"""What was sent, as an error may repeat it: `visible`, and at most `longest` characters of it.

    Examples
    --------
    >>> echoed("focal.gama\n"), len(echoed("x" * 1000))
    ('focal.gama\\n', 80)
    """
    shown = visible(text[:longest])
    return shown if len(text) <= longest and len(shown) <= longest else shown[: longest - 1] + "…"


def with_numbers(formula: str, values: Mapping[str, float]) -> str:
    r"""`formula` with its one-letter names replaced by numbers; commands and names with an index stay.

    Examples
    --------
    >>> with_numbers(r"p_m = \max(p - 0.05,\,0)", {"p": 0.5}), with_numbers(r"\log(1 + e^{-x})", {"x": -2})
    ('p_m = \\max(0.5 - 0.05,\\,0)', '\\log(1 + e^{-(-2)})')
    """
    for name, value in values.items():
        written = latex(value) if value >= 0 else f"({latex(value)})"
        escaped = written.replace("\\", r"\\")
        formula = re.sub(rf"(?<![a-zA-Z\\]){name}(?![a-zA-Z_])", escaped, formula)
    return formula
