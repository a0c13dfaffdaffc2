"""Each rule of the ranking on one small file in which it decides: without it another reading would be no worse."""

from __future__ import annotations

import numpy as np
import pytest

from lossviz import Reading, inspect_labels
from lossviz.labels.meaning.rules import PLAUSIBLE, RULES, doubts, reasons
from lossviz.labels.settings import Settings

RNG = np.random.default_rng(0)


def table(header: str, *rows: str, times: int = 1) -> bytes:
    return ("\n".join([header, *rows * times]) + "\n").encode()


def columns(**values: object) -> bytes:
    """A table of these columns, each a list or a text of one letter a row."""
    rows = zip(*(list(map(str, each)) for each in values.values()), strict=True)
    return table(",".join(values), *(",".join(row) for row in rows))


def distinct(n: int) -> list[str]:
    return [f"s{k}" for k in range(n)]


MANY = [f"c{k % 60}" for k in range(180)]
FILES = {
    # A column that recurs and one whose cells look like lists that recur, under names that say nothing.
    "classes": columns(kind=["a", "b"] * 4, thing=["1;2", "1", "2", "1;2"] * 2),
    "few classes": columns(one=["a", "b", "c"] * 60, two=MANY, other=[k / 7 for k in range(180)]),
    "called label": columns(species=["a", "b"] * 4, place=["x", "y", "x", "x"] * 2),
    "called the label": columns(label=["a", "b"] * 4, finding=["x", "y", "x", "x"] * 2, n=distinct(8)),
    "last": columns(one=["a", "b"] * 4, two=["x", "y", "x", "x"] * 2),
    "first without header": table("1,3,3.5", "1,4,2.5", "0,3,3.5", "1,4,9.5", "0,3,1.7"),
    "words without header": table("1,ham,3.5", "1,spam,2.5", "0,ham,3.5", "1,spam,9.5", "0,ham,1.7"),
    "about rows": columns(kind=["a", "b"] * 4, split=["train", "test", "train", "train"] * 2),
    "no label": columns(kind=["a", "b"] * 4, seen=["2020-01-02", "2020-01-03"] * 4),
    "structured": columns(kind=["a", "b"] * 4, label=['{"w": 1.5}', '{"w": 2.5}'] * 4, end=["u", "v", "w", "u"] * 2),
    "in a block": columns(a="10011010", b="01101001", kind=["x", "y"] * 4, end=distinct(8)),
    "tags": table("Ann B-PER x", "Lee I-PER x", "saw O y", "Rome B-LOC y", "and O x", "Ann B-PER y", times=4),
    "recurring numbers": columns(a=[k % 150 for k in range(600)]),
    "asked for": columns(a=[3, 0, 1, 2], b=[0, 2, 1, 4], c=[0, 1, 5, 0]),
    "left out": columns(label=[0, 1, 2, 3, -1] * 4),
    "may be left out": columns(label=["a", "b", "-", "c"] * 4),
    "word as class": columns(country=["DE", "FR", "NA", "DE"] * 3),
    "whole names": columns(label=["1.0", "2.0", "0.0", "1.0"] * 3),
    "lists": columns(one=["a;b", "a", "b", "b;a"] * 2, two=["x", "y", "x", "y"] * 2),
    "written as lists": columns(one=["a|b", "a", "b", "b|a"] * 2, two=["x;y", "y", "x", "y;x"] * 2),
    "called text": columns(kind=["a", "b"] * 4, text=["a|b", "a", "b", "b|a"] * 2),
    "tokens": columns(id=distinct(12), one=["a;b;a", "a;a", "b;b;a", "b;a;b"] * 3, two="xy" * 6, end=distinct(12)),
    "few tokens": columns(label=["a b a", "a b", "b a", "b", "a", "a c", "b c", "c a"] * 3),
    "empty list": columns(label=["a|b", "No Finding", "a", "b|a", "No Finding"] * 3),
    "uncut": columns(label=["a b", "b", "a", "b a"] * 3),
    "folders": columns(file=[f"{'uv'[k % 2]}/{k}.png" for k in range(8)], end=["x", "y"] * 4),
    "folders beside labels": columns(file=[f"{'uv'[k % 2]}/{k}.png" for k in range(8)], label=["x", "y"] * 4),
    "options": columns(a=["p", "", "p", ""] * 2, b=["", "q", "q", ""] * 2, end=["x", "y"] * 4),
    "block": columns(a="101", b="110", c="011", kind=["x", "y", "x"], end=["u", "v", "w"]),
    "width": columns(a="1010", b="1100", c="0110", d="0011", p="ttft", q="tfff", r="fttt", end="wxyz"),
    "end of a block": columns(a="101101", b="110101", c="011011", d="110010"),
    "pair": columns(a="10011010", b="01101001", kind=["x", "y"] * 4),
    "called labels": columns(label_a="1010", b="1100", label_c="0110", p="ttft", q="tfff", r="fttt", s="fttf"),
    "other policy": columns(a=[1, 0, -1, 1], b=[0, 1, 0, -1], c=[1, 1, 0, 0]),
    "votes": columns(a=[3, 0, 1, 2, 1, 0], b=[0, 2, 1, 1, 0, 3], c=[0, 1, 1, 0, 2, 0], kind="xyxyxy"),
    "add up": columns(id=distinct(4), a=[0.2, 0.7, 0.1, 0.4], b=[0.8, 0.3, 0.9, 0.6]),
    "scores": columns(id="uvwxyz", a=[0.2, 0.7, 0.1, 0.4, 0.5, 0.9], b=[0.3, 0.4, 0.9, 0.2, 0.8, 0.6], kind="xyxyxy"),
    "other threshold": columns(id=distinct(4), a=[0.2, 0.7, 0.1, 0.4], b=[0.3, 0.4, 0.9, 0.2]),
    "called counts": table("class,count", "cat,5", "dog,5", "ant,2", "bee,2"),
    "counts": table("name,much", "cat,5", "dog,5", "ant,2", "bee,2"),
    "counts recur": columns(name=distinct(24), much=[1, 2, 3] * 8),
    "later counts": table("class,count,train", "cat,5,4", "dog,7,6", "ant,2,1"),
    "confirmed": columns(image="aabbccddeeff", label="uvw" * 4, confidence="1011" * 3),
    "majority": columns(image="aaabbbcccdddeeefff", label="uuvvvuuvvuuuvvuuuu"),
    "grouped": columns(image="aabbccddeeff", label="uvw" * 4),
}  # fmt: skip
ASKED = {"asked for": {"columns": ["a", "b", "c"], "shape": "votes"}}


def found(name: str) -> list[Reading]:
    """The readings of the file as a table of the likeliest kind."""
    readings = inspect_labels(FILES[name], **ASKED.get(name, {})).readings
    table = Settings(**readings[0].settings).of_table.without("threshold")
    return [each for each in readings if Settings(**each.settings).of_table.without("threshold") == table]


def without(reading: Reading, rule: str) -> int:
    return sum(each.points for each in reading.evidence if each.rule != rule)


def test_every_rule_has_a_file() -> None:
    assert [*FILES] == [*RULES]


@pytest.mark.parametrize("name", RULES)
def test_a_rule_decides(name: str) -> None:
    """A reading is ahead of another, or plausible, or there at all, by this rule alone."""
    readings = found(name)
    pairs = [(one, other) for one in readings for other in readings if one.score > other.score]
    turned = any(without(one, name) <= without(other, name) for one, other in pairs)
    plausible = any((each.score >= PLAUSIBLE) != (without(each, name) >= PLAUSIBLE) for each in readings)
    assert any(each.rule == name for reading in readings for each in reading.evidence), "the rule says nothing"
    alone = any(len(each.evidence) == 1 for each in readings)
    assert turned or plausible or alone


@pytest.mark.parametrize("name", RULES)
def test_readings_stand_by_their_score(name: str) -> None:
    judged = [reading.score for reading in found(name) if reading.evidence]
    assert judged[0] == max(judged)
    for reading in found(name):
        assert reading.score == sum(each.points for each in reading.evidence)
        for evidence in reading.evidence:
            assert evidence.reason == RULES[evidence.rule].reason
            assert evidence.points % RULES[evidence.rule].points == 0


def test_reasons_tell_two_readings_apart() -> None:
    first = found("called label")[0]
    second = next(each for each in found("called label") if each.settings["column"] == "place")
    assert first.settings["column"] == "species"
    assert reasons(first, second) == ["its name says that it holds labels"]
    assert reasons(second, first) == ["it stands last, where labels most often are"]
    about = next(each for each in found("about rows") if each.settings["column"] == "split")
    assert doubts(about) == ["its name says where rows come from, not what they are"]
