"""Kinds of text files that people have, each with its trap and a neighbour that must not be caught."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lossviz import Inspection, UnreadableLabels, inspect_labels, read_labels


def lines(*rows: str) -> bytes:
    return ("\n".join(rows) + "\n").encode()


def counts(source: bytes, **settings: Any) -> dict[str, int]:
    found = read_labels(source, **settings)
    return dict(zip(found.classes, found.positives.tolist(), strict=True))


def offered(found: Inspection, **settings: Any) -> dict[str, int]:
    """The counts of the reading with these settings."""
    reading = next(
        each for each in found.readings if all(each.settings.get(key) == value for key, value in settings.items())
    )
    return dict(zip(reading.counts.classes, reading.counts.positives.tolist(), strict=True))


# Lines that begin with #.


def test_a_number_sign_inside_quotes_begins_no_comment() -> None:
    rows = [f'{k},{k % 3},"a ""b"" {k}"' for k in range(30)]
    source = lines("id,class,text", *rows, '30,1,"first', '# second"', '31,2,"first', '#third"')
    assert counts(source) == {"0": 10, "1": 11, "2": 11}


def test_a_comment_between_rows_is_left_out_and_counted() -> None:
    found = inspect_labels(lines("id,class", "1,a", "2,b", "# checked by hand", "3,a", "4,b"))
    assert offered(found) == {"a": 2, "b": 2}
    assert "A line of comment was left out." in found.warnings


def test_a_row_as_wide_as_the_table_is_no_comment() -> None:
    source = lines("tag,label", "#one,a", "two,b", "#three,a", "four,b", "five,b", "six,c", "ten,c")
    assert counts(source) == {"a": 2, "b": 3, "c": 2}


def test_many_comments_beside_a_wide_table_are_comments() -> None:
    sentence = ["# sent_id = 1", "# text = x", "1\tw\tNOUN\tz", "2\tv\tVERB\tz"]
    found = inspect_labels(lines(*sentence * 8))
    assert found.readings[0].counts.n_samples == 16
    assert "16 lines of comment were left out." in found.warnings


def test_labels_that_begin_with_a_number_sign_stay() -> None:
    assert counts(lines("label", *["#a", "#b", "c", "#a"] * 5)) == {"#a": 10, "#b": 5, "c": 5}


# Rows below a table, and above its names.


def test_totals_and_notes_below_a_table_are_no_samples() -> None:
    source = lines(
        "id,label", *(f"{k},{'abc'[k % 3]}" for k in range(12)), "", "Total,12", "Exported by a made-up tool"
    )
    found = inspect_labels(source)
    assert found.certain and offered(found) == {"a": 4, "b": 4, "c": 4}
    assert "2 lines below the table were left out." in found.warnings


def test_a_class_called_total_stays() -> None:
    source = lines("loss,n", "partial,1", "total,2", "none,3", "partial,4", "none,7", "total,5")
    assert counts(source, column="loss", left_out=None) == {"none": 2, "partial": 2, "total": 2}


def test_numbers_of_columns_above_their_names() -> None:
    source = lines("1,2,3", "a,b,label", *(f"{k},{k + 1},{'xy'[k % 2]}" for k in range(8)))
    assert counts(source) == {"x": 4, "y": 4}


def test_columns_that_are_named_by_numbers_stay() -> None:
    found = inspect_labels(lines("0,1,2", *["1,0,1", "0,1,0", "1,1,0"] * 3))
    assert offered(found) == {"0": 6, "1": 6, "2": 3}


def test_a_header_that_is_longer_than_its_rows() -> None:
    found = inspect_labels(lines("id\tspecies\tdistance\ttype", *(f"{k}\t{'ab'[k % 2]}" for k in range(10))))
    assert offered(found) == {"a": 5, "b": 5}
    assert found.readings[0].settings["column"] == "species"


def test_a_header_of_whole_questions_is_no_sample() -> None:
    question = "In general, how would you describe the state of the paths that you ride on most days of the week?"
    found = inspect_labels(lines(f'id,"{question}"', *(f"{k},{['Good', 'Fair'][k % 2]}" for k in range(10))))
    assert offered(found) == {"Fair": 5, "Good": 5}


def test_a_first_row_of_long_text_is_a_sample() -> None:
    text = "It is a long and a winding text that has a label beside it and stands in the first row of its file"
    assert counts(lines(*(f"{'abc'[k % 3]}\t{text} {k}" for k in range(12)))) == {"a": 4, "b": 4, "c": 4}


def test_row_numbers_below_a_blank_name_say_that_there_is_a_header() -> None:
    found = inspect_labels(lines(",kind", *(f"{k},{'ab'[k % 2]}" for k in range(8))))
    assert not any(question.setting == "header" for question in found.questions)
    assert offered(found) == {"a": 4, "b": 4}


# What is no label.


@pytest.mark.parametrize(
    "values",
    [
        ["2020-01-02 10:30", "2020-01-03 11:00"],
        ["5/10/18 11:30", "5/11/18 10:15"],
        ["10:30", "11:00"],
        ["https://a.example/1", "https://a.example/2"],
        ["im1.png", "im2.png"],
        ["57688ee7-9d81-9680-6268-d9cf782087cd", "b510c539-937f-f029-07f1-7f7c5cd50966"],
    ],
    ids=["moments", "american moments", "times", "addresses", "files", "ids"],
)
def test_what_says_when_or_which_is_offered_last(values: list[str]) -> None:
    rows = [f"{values[k % 2]},{'abc'[k // 2 % 3]},{values[k % 2]}" for k in range(12)]
    found = inspect_labels(lines("one,kind,two", *rows))
    assert found.certain and found.readings[0].settings["column"] == "kind"


def test_names_of_several_numbers_are_classes_all_the_same() -> None:
    assert counts(lines("label", *["18-24", "25-34", "35-44"] * 4)) == {"18-24": 4, "25-34": 4, "35-44": 4}


def test_times_beside_labels_are_no_counts() -> None:
    rows = [f"{2 * k}.000000\t{2 * k + 1}.200000\t{['bird', 'frog', 'rain'][k % 3]}" for k in range(12)]
    found = inspect_labels(lines(*rows))
    assert found.certain and offered(found) == {"bird": 4, "frog": 4, "rain": 4}


def test_ids_beside_classes_are_no_table_of_counts() -> None:
    rows = [f"{k:08x}-9d81-9680-6268-d9cf782087cd {7 * (k % 9 + 1)}" for k in range(40)]
    found = inspect_labels(lines(*rows))
    assert {each.settings["shape"] for each in found.readings} == {"class"}


# Lists and records in cells.


def records(*found: dict[str, Any]) -> bytes:
    return lines(*map(json.dumps, found))


def test_spans_are_labels_of_their_text_or_labels_of_their_own() -> None:
    spans = [[[0, 4, "LOC"], [5, 9, "LOC"]], [[0, 4, "PER"]], []]
    found = inspect_labels(records(*({"text": f"t{k}", "label": spans[k % 3]} for k in range(12))))
    assert not found.certain
    assert offered(found, shape="list") == {"LOC": 4, "PER": 4}
    assert offered(found, shape="tokens") == {"LOC": 8, "PER": 4}


def test_choices_in_some_cells_and_one_label_in_others() -> None:
    cells = ["Good", '"{""choices"":[""Good"",""New""]}"', '"{""choices"":[""New"",""Bad""]}"']
    source = lines("id,sentiment", *(f"{k},{cells[k % 3]}" for k in range(12)))
    assert counts(source) == {"Bad": 4, "Good": 8, "New": 8}


def test_numbers_in_records_may_count_or_be_there() -> None:
    cells = ["\"{'cat': 3, 'dog': 1}\"", "\"{'cat': 1}\"", "\"{'dog': 2, 'ant': 0}\""]
    found = inspect_labels(lines("id,labels", *(f"{k},{cells[k % 3]}" for k in range(12))))
    assert not found.certain
    assert offered(found, shape="list") == {"cat": 8, "dog": 8}
    assert offered(found, shape="tokens") == {"cat": 16, "dog": 12}


def test_cells_of_records_that_are_no_labels_are_no_classes() -> None:
    boxes = ['{"w": 1.5}', '{"w": 2.5}']
    found = inspect_labels(records(*({"label": "xy"[k % 2], "box": [json.loads(boxes[k % 2])] * 2} for k in range(8))))
    assert found.certain and offered(found) == {"x": 4, "y": 4}


def test_a_list_of_one_record_is_a_list() -> None:
    spans = [[{"label": "A"}], [{"label": "A"}, {"label": "B"}], []]
    found = inspect_labels(records(*({"id": k, "spans": spans[k % 3]} for k in range(12))))
    assert offered(found, shape="list") == {"A": 8, "B": 4}


def test_a_record_that_always_stands_alone_in_its_list_is_a_record() -> None:
    found = inspect_labels(records(*({"id": k, "result": [{"label": "AB"[k % 2]}]} for k in range(8))))
    assert offered(found, column="result.label") == {"A": 4, "B": 4}


# Votes and answers.


def test_votes_of_records_whose_sums_differ() -> None:
    votes = [{"e": 26, "n": 20}, {"e": 3, "n": 5, "c": 1}, {"c": 7, "e": 2}]
    found = inspect_labels(records(*({"id": k, "label_counter": votes[k % 3]} for k in range(12))))
    assert not found.certain
    assert offered(found, shape="votes") == {"e": 4, "n": 4, "c": 4}


def test_one_row_of_votes_may_have_another_sum() -> None:
    rows = ["3,0,0", "1,2,0", "0,0,3"] * 10
    found = inspect_labels(lines("a,b,c", *rows, "1,3,0"))
    assert offered(found, shape="votes") == {"a": 10, "b": 11, "c": 10}


def test_an_answer_that_is_ignored_is_asked_about() -> None:
    answers = ["accept", "reject", "ignore", "reject"]
    found = inspect_labels(records(*({"label": "DOCS", "answer": answers[k % 4]} for k in range(12))))
    assert not found.certain
    assert offered(found, left_out=None) == {"accept": 3, "ignore": 3, "reject": 6}
    assert offered(found, left_out="ignore") == {"reject": 6, "accept": 3}


def test_votes_of_several_people_for_one_image() -> None:
    votes = ["dog", "cat", "dog", "cat", "cat", "cat"]
    rows = [f"im{k // 3}.png\t{votes[k % 6]}\tw{k % 3}" for k in range(24)]
    found = inspect_labels(lines("INPUT:image\tOUTPUT:result\tASSIGNMENT:worker_id", *rows))
    assert {each.settings["column"] for each in found.readings[:4]} == {"OUTPUT:result"}
    assert offered(found, shape="majority") == {"cat": 4, "dog": 4}
    assert offered(found, shape="class") == {"cat": 16, "dog": 8}


def test_a_tie_of_votes_has_no_majority() -> None:
    rows = [f"im{k // 4},{('aabb' if k < 8 else 'aaab')[k % 4]}" for k in range(16)]
    settings = {"shape": "majority", "column": "label", "group_by": "image", "positive": "b"}
    found = read_labels(lines("image,label", *rows), **settings)
    assert found.positives.tolist() == [2, 0] and int(found.missing[0]) == 2


# Paths and options.


def test_the_class_may_be_the_folder_of_a_path() -> None:
    rows = [f"train/{['plum', 'pear', 'fig'][k % 3]}/im{k}.jpg,{64 * (k % 2 + 1)}" for k in range(12)]
    found = inspect_labels(lines("file,width", *rows))
    assert offered(found) == {"fig": 4, "pear": 4, "plum": 4}
    assert counts(lines(*(row.partition(",")[0] for row in rows))) == {"fig": 4, "pear": 4, "plum": 4}


def test_a_label_beside_a_path_stays_certain() -> None:
    rows = [f"train/{['plum', 'pear'][k % 2]}/im{k}.jpg,{'abc'[k % 3]}" for k in range(12)]
    found = inspect_labels(lines("file,label", *rows))
    assert found.certain and offered(found) == {"a": 4, "b": 4, "c": 4}


def test_folders_of_splits_are_no_classes() -> None:
    rows = [f"{['train', 'test'][k % 2]}/im{k}.jpg,{'ab'[k // 2 % 2]}" for k in range(12)]
    assert {each.settings["column"] for each in inspect_labels(lines("file,kind", *rows)).readings} == {"kind"}


def test_options_of_a_survey_are_one_block() -> None:
    rows = [f"{('Friends', 'Not selected')[k % 2]},{('Books', 'Not selected')[k % 3 > 0]}" for k in range(12)]
    found = inspect_labels(lines("q4_1,q4_2", *rows))
    assert offered(found) == {"q4_1": 6, "q4_2": 4}
    assert found.readings[0].counts.negatives.tolist() == [6, 8]


def test_options_that_are_blank_where_they_were_not_chosen() -> None:
    rows = [f"{('Bus', '')[k % 2]},{('Car', '')[k % 3 > 0]},{k}.5" for k in range(12)]
    assert offered(inspect_labels(lines("one,two,age", *rows)), shape="selected") == {"one": 6, "two": 4}


def test_a_broken_json_names_line_and_column() -> None:
    source = b'{\n "a.jpg": {"label": "x"},\n "b.jpg": {"label": "y"},\n}\n'
    with pytest.raises(UnreadableLabels, match=r"line 4, column 1\."):
        read_labels(source)


# Names of several words, and splits.


@pytest.mark.parametrize("header", [(), ("species",)], ids=["without a header", "with one"])
def test_names_of_several_words_are_one_column(header: tuple[str, ...]) -> None:
    found = inspect_labels(lines(*header, *["Canis lupus", "Felis catus", "Canis lupus", "New York"] * 4))
    assert found.certain and offered(found) == {"Canis lupus": 8, "Felis catus": 4, "New York": 4}


def test_spaces_between_ids_and_classes_are_a_delimiter() -> None:
    assert counts(lines(*(f"im{k} {['cat', 'dog', 'eel'][k % 3]}" for k in range(12)))) == {
        "cat": 4,
        "dog": 4,
        "eel": 4,
    }


def test_spaces_between_words_are_asked_about() -> None:
    words = ["one", "two", "six", "ten", "big", "red", "old", "new", "far", "low", "hot", "wet"]
    found = inspect_labels(lines(*(f"{word} {['noun', 'verb', 'other'][k % 3]}" for k, word in enumerate(words))))
    assert not found.certain and any(question.setting == "delimiter" for question in found.questions)


SPLIT = lines("id,label,split", *(f"{k},{'abc'[k % 3]},{['train', 'train', 'test'][k // 3 % 3]}" for k in range(36)))


def test_a_split_is_offered_as_the_rows_that_count() -> None:
    found = inspect_labels(SPLIT)
    (asked,) = [question for question in found.questions if question.setting == "split"]
    assert not found.certain and asked.choices == (None, "train", "test")
    assert offered(found, split="train") == {"a": 8, "b": 8, "c": 8}
    assert offered(found, split=None) == {"a": 12, "b": 12, "c": 12}


def test_the_rows_of_a_split_are_counted() -> None:
    assert counts(SPLIT, split="train") == {"a": 8, "b": 8, "c": 8}
    assert counts(SPLIT, split="test", column="label") == {"a": 4, "b": 4, "c": 4}
    assert counts(SPLIT, split=None) == counts(SPLIT, column="label") == {"a": 12, "b": 12, "c": 12}


def test_a_split_that_there_is_not_is_refused() -> None:
    with pytest.raises(UnreadableLabels, match="Choose one of train, test"):
        read_labels(SPLIT, split="dev")
    with pytest.raises(UnreadableLabels, match="No column says"):
        read_labels(lines("id,label", "1,a", "2,b", "3,a", "4,b"), split="train")


def test_a_column_of_words_that_are_no_splits_is_none() -> None:
    rows = [f"{'abc'[k % 3]},{['day', 'night'][k % 2]}" for k in range(12)]
    assert inspect_labels(lines("label,phase", *rows)).certain


# What strangers' files showed.


def test_the_places_that_a_frame_writes_for_names_are_no_samples() -> None:
    rows = [f"{k},{['cat', 'dog', 'owl'][k % 3]}" for k in range(9)]
    assert counts(lines(",0", *rows)) == {"cat": 3, "dog": 3, "owl": 3}
    assert counts(lines("0,1", *(f"{row.replace(',', '.jpg,')}" for row in rows))) == {"cat": 3, "dog": 3, "owl": 3}
    found = inspect_labels(lines("0", *["1", "0", "2", "0", "1", "0", "1", "2"]))
    assert any(question.setting == "header" for question in found.questions)


def test_columns_of_yes_and_no_alone_may_hold_one_class_and_its_features() -> None:
    rows = ["1,0,1,1", "0,1,0,0", "1,1,0,0", "0,0,1,0", "1,0,0,1"]
    found = inspect_labels(lines("fever,cough,rash,disease", *rows))
    assert not found.certain
    assert offered(found, column="disease") == {"0": 3, "1": 2}


def test_a_block_in_which_every_row_has_one_class_is_certain() -> None:
    found = inspect_labels(lines("a,b,c,d", *["1,0,0,0", "0,1,0,0", "0,0,1,0", "0,0,0,1", "1,0,0,0"] * 3))
    assert found.certain and found.readings[0].counts.task == "multiclass"


def test_the_samples_of_each_class_in_a_json_object() -> None:
    source = json.dumps({"rose": ["r0", "r1", "r2"], "tulip": ["t0", "t1"], "daisy": ["d0"]}).encode()
    assert counts(source) == {"daisy": 1, "rose": 3, "tulip": 2}


def test_the_samples_of_each_split_in_a_json_object_are_no_labels() -> None:
    source = json.dumps({"train": ["p1", "p2", "p3", "p4"], "val": ["p5"], "test": ["p6", "p7"]}).encode()
    with pytest.raises(UnreadableLabels, match="samples of each split"):
        read_labels(source)


def test_folders_of_addresses_and_shards_are_no_classes() -> None:
    rows = [f"a{k},https://up.org/commons/{k % 4}/{k % 4}a/x{k}.jpg,{['u', 'v', 'w'][k % 3]}" for k in range(24)]
    found = inspect_labels(lines("id,url,landmark", *rows))
    assert found.certain and found.readings[0].settings["column"] == "landmark"
    rows = [f"{k % 4:x}{k % 3:x}/x{k}.jpg,{['u', 'v', 'w'][k % 3]}" for k in range(24)]
    assert inspect_labels(lines("path,landmark", *rows)).readings[0].settings["column"] == "landmark"


def test_a_number_sign_alone_is_a_label() -> None:
    found = inspect_labels(lines("label", *["C#", "C++", "#", "R"] * 4))
    assert offered(found) == {"#": 4, "C#": 4, "C++": 4, "R": 4}


def test_frequencies_below_a_line_of_audacity_are_no_samples() -> None:
    rows = [f"{2 * k}.000000\t{2 * k + 1}.000000\t{['speech', 'noise', 'rain'][k % 3]}" for k in range(9)]
    source = lines(*(line for row in rows for line in (row, "\\\t100.0\t2000.0")))
    assert counts(source) == {"noise": 3, "rain": 3, "speech": 3}


def test_single_quotes_around_every_cell_are_no_part_of_it() -> None:
    rows = [f"'{k}','{['cat', 'dog', 'owl'][k % 3]}'" for k in range(9)]
    assert counts(lines("'id','label'", *rows)) == {"cat": 3, "dog": 3, "owl": 3}


def test_a_list_of_one_name_of_two_words_is_one_label() -> None:
    cells = ['"[a, New York]"', "[New York]", '"[b, a]"', "[b]"]
    assert counts(lines("id,labels", *(f"{k},{cells[k % 4]}" for k in range(16)))) == {"New York": 8, "a": 8, "b": 8}


def test_commas_in_brackets_cut_no_label() -> None:
    cells = ['"cat (wild, feline), dog"', "dog", '"dog, owl"', "cat (wild, feline)".join('""')]
    found = inspect_labels(lines("id,labels", *(f"{k},{cells[k % 4]}" for k in range(16))))
    assert offered(found, shape="list") == {"cat (wild, feline)": 8, "dog": 12, "owl": 4}


def test_ids_beside_grades_that_recur_are_no_counts() -> None:
    found = inspect_labels(lines("image,level", *(f"{k}_left,{k % 5}" for k in range(60))))
    assert {each.settings["column"] for each in found.readings if each.score >= 20} == {"level"}


def test_other_columns_come_before_variants_of_the_first() -> None:
    rows = [f"{'pq'[k % 2]},{'ab'[k % 2]},{'uvw'[k % 3]},{['train', 'test'][k % 2]}" for k in range(24)]
    found = inspect_labels(lines("side,kind,grade,split", *rows))
    columns = [each.settings["column"] for each in found.readings]
    assert len(set(columns[:3])) == 3


def test_types_and_flags_below_the_names_are_no_samples() -> None:
    rows = [f"{k}.5,{['setosa', 'virginica', 'other'][k % 3]}" for k in range(9)]
    source = lines("length,iris", "continuous,discrete", ",class", *rows)
    assert counts(source) == {"other": 3, "setosa": 3, "virginica": 3}


def test_questions_and_import_ids_below_the_names_are_no_samples() -> None:
    rows = [f"R{k},{['Left', 'Centre', 'Right'][k % 3]}" for k in range(9)]
    ids = '"{""ImportId"":""_recordId""}","{""ImportId"":""QID1""}"'
    found = inspect_labels(lines("ResponseId,Q1", "Response ID,Where do you stand?", ids, *rows))
    assert offered(found, column="Q1") == {"Centre": 3, "Left": 3, "Right": 3}


def test_options_below_a_question_name_its_columns() -> None:
    rows = [f"{k},{('Bus', '')[k % 2]},{('Car', '')[k % 3 > 0]},{['yes', 'no'][k % 2]}" for k in range(12)]
    found = inspect_labels(lines("id,How do you travel?,,Again?", ",Bus,Car,Response", *rows))
    assert offered(found, shape="selected") == {"How do you travel?: Bus": 6, "How do you travel?: Car": 4}


def test_words_below_a_blank_name_may_be_samples() -> None:
    found = inspect_labels(lines(",kind", *(f"r{k},{'abc'[k % 3]}" for k in range(9))))
    assert offered(found) == {"a": 3, "b": 3, "c": 3}
