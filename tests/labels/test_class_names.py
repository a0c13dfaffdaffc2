"""Lists of classes, pasted or from a file, give the order of the outputs, or one sentence."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from lossviz import LabelCounts
from lossviz.labels.meaning.class_names import parse_class_names, with_class_names

ANIMALS = ("cat", "dog", "great white shark")


@pytest.mark.parametrize(
    "text",
    [
        '{"dog": 1, "cat": 0, "great white shark": 2}',
        "{'cat': 0, 'dog': 1, 'great white shark': 2}",
        'class_to_idx = {"cat": 0, "dog": 1, "great white shark": 2}',
        '{"0": "cat", "1": "dog", "2": "great white shark"}',
        '{"architectures": ["X"], "id2label": {"0": "cat", "1": "dog", "2": "great white shark"}}',
        '["cat", "dog", "great white shark"]',
        '[{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}, {"id": 3, "name": "great white shark"}]',
        "cat\ndog\ngreat white shark\n",
        "\ufeffcat\r\ndog\r\n\r\ngreat white shark",
        "0 cat\n1 dog\n2 great white shark",
        "2: great white shark\n0: cat\n1: dog",
        "cat,0\ndog,1\ngreat white shark,2",
        "names: [cat, dog, 'great white shark']",
        "path: ../data  # where\nnc: 3\nnames: ['cat', 'dog', 'great white shark']\ntrain: x\n",
        "train: a\nnames:\n  - cat\n  - dog\n  - great white shark\nval: b\n",
        "names:\n  0: cat\n  1: dog  # a comment\n  2: great white shark\nnc: 3",
        "names:\n- cat\n- dog\n- 'great white shark'\n",
        "names: {0: cat, 1: dog, 2: great white shark}",
        "names: [cat,\n  dog,\n  great white shark]\nnc: 3",
    ],
)
def test_every_way_of_a_list(text: str) -> None:
    assert parse_class_names(text) == ANIMALS
    assert parse_class_names(text.encode()) == ANIMALS


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is empty"),
        (" \n ", "is empty"),
        ("a\0b", "is not text"),
        (b"\xff\xfe\x00", "not UTF-8"),
        ('{"a": 0, "b": 2}', "no name for index 1"),
        ('{"a": 1, "b": 2}', "no name for index 0"),
        ('{"a": 0, "b": 0}', "one index to two names"),
        ('{"a": 0.5, "b": 1}', "no whole number for every name"),
        ('{"a": true, "b": false}', "no whole number"),
        ('["a", ""]', "Class 1 has no name"),
        ('["a"]', "only one class"),
        ("[[1, 2], [3]]", "holds no names"),
        ("[1.5, 2.5]", "holds no names"),
        ('{"a": 0, ', "cannot be read as JSON"),
        ("{" * 5000, "cannot be read as JSON"),
        ("[" * 100_000, "cannot be read as JSON"),
        ("{}", "no whole number"),
        ("names:\n", "holds no names"),
        ("\n".join(map(str, range(10_001))), "at most 10,000"),
        ("x" * 2_000_001, "more than 2 million"),
        ("{'a': __import__('os').getcwd()}", "cannot be read as JSON"),
    ],
)
def test_what_is_no_list_is_said_in_a_sentence(text: str | bytes, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as caught:
        parse_class_names(text)
    assert len(str(caught.value)) < 300
    assert str(caught.value).endswith(".")


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(some.text(max_size=60) | some.binary(max_size=60))
def test_hostile_text_gives_names_or_a_sentence(text: str | bytes) -> None:
    try:
        names = parse_class_names(text)
    except ValueError as error:
        assert str(error)
    else:
        assert len(names) >= 2


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(some.lists(some.text(min_size=1, max_size=9).map(str.strip).filter(bool), min_size=2, max_size=9, unique=True))
def test_json_gives_any_names_back(names: list[str]) -> None:
    assert parse_class_names(json.dumps(names)) == tuple(names)
    assert parse_class_names(json.dumps({name: k for k, name in enumerate(names)})) == tuple(names)


def test_counts_take_the_order_and_classes_that_never_occur() -> None:
    counts = LabelCounts.exclusive(("dog", "cat"), [5, 50])
    made = with_class_names(counts, ANIMALS)
    assert made.class_to_idx == {"cat": 0, "dog": 1, "great white shark": 2}
    assert made.positives.tolist() == [50, 5, 0]
    with pytest.raises(ValueError, match="lacks 'dog', which your labels hold"):
        with_class_names(counts, ("cat", "eel"))
    with pytest.raises(ValueError, match="names 'cat' twice"):
        with_class_names(counts, ("cat", "dog", "cat"))


def test_ids_take_the_names_of_their_places() -> None:
    counts = LabelCounts.exclusive(("0", "1", "2"), [5, 0, 7])
    made = with_class_names(counts, ANIMALS)
    assert made.classes == ANIMALS
    assert made.positives.tolist() == [5, 0, 7]
    with pytest.raises(ValueError, match="There are 2 names, and class id 2 has none"):
        with_class_names(counts, ("cat", "dog"))


def test_names_that_are_alike_name_ids_apart() -> None:
    """As the list of ImageNet's classes, in which a crane is a bird and a machine."""
    counts = LabelCounts.exclusive(("0", "1", "2"), [5, 3, 7])
    assert with_class_names(counts, parse_class_names('["crane", "cat", "crane"]')).classes == (
        "crane",
        "cat",
        "crane (2)",
    )
