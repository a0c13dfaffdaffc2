"""Exports of annotation tools, as a folder or a zip, and images in folders named by their classes."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lossviz import Inspection, UnreadableLabels, inspect_labels, read_labels
from lossviz.labels import limits
from tests.labels.written import png

Packed = Callable[[Mapping[str, bytes | str]], Any]
JPEG = b"\xff\xd8\xff never opened"


def zipped(files: Mapping[str, bytes | str]) -> bytes:
    with io.BytesIO() as buffer:
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, data in files.items():
                archive.writestr(name, data)
        return buffer.getvalue()


@pytest.fixture(params=["folder", "zip"])
def packed(request: pytest.FixtureRequest, tmp_path: Path) -> Packed:
    def made(files: Mapping[str, bytes | str]) -> Any:
        if request.param == "zip":
            return zipped(files)
        for name, data in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data.encode() if isinstance(data, str) else data)
        return tmp_path

    return made


def counted(found: Inspection, **settings: Any) -> dict[str, int]:
    reading = next(each for each in found.readings if settings.items() <= each.settings.items())
    return dict(zip(reading.counts.classes, reading.counts.positives.tolist(), strict=True))


def asked(found: Inspection, setting: str) -> tuple[Any, ...]:
    assert not found.certain
    return next(each.choices for each in found.questions if each.setting == setting)


def box(k: int) -> str:
    return f"{k} 0.5 0.5 0.25 0.125\n"


YAML = "train: ../train/images\nnc: 3\nnames: ['cup', 'lid', 'rim']\n"


def test_yolo_counts_images_without_boxes(packed: Packed) -> None:
    files = {
        "data.yaml": YAML,
        "README.roboflow.txt": "exported",
        "train/labels/a.txt": box(0) + box(0),
        "train/labels/b.txt": "",
        "train/images/a.jpg": JPEG,
        "train/images/c.jpg": JPEG,
        "train/labels/d.txt": box(1) + "0 .1 .1 .2 .1 .2 .2",
    }
    source = packed(files)
    found = inspect_labels(source)
    assert asked(found, "unit") == ("image", "box")
    assert counted(found, unit="image") == {"cup": 2, "lid": 1, "rim": 0}
    assert counted(found, unit="box") == {"cup": 3, "lid": 1, "rim": 0}
    assert found.readings[0].counts.n_samples == 4
    assert any("1 image has no file of boxes" in each for each in found.warnings)
    for reading in found.readings:
        assert read_labels(source, filename=reading.counts.source, **reading.settings) == reading.counts


def test_yolo_splits_are_asked_about(packed: Packed) -> None:
    labels = {f"{split}/labels/{k}.txt": box(k % 2) for split, n in (("train", 6), ("valid", 3)) for k in range(n)}
    found = inspect_labels(packed({"data.yaml": YAML, **labels}))
    assert asked(found, "split") == (None, "train", "valid")
    assert counted(found, split=None, unit="image") == {"cup": 5, "lid": 4, "rim": 0}
    assert counted(found, split="train", unit="image") == {"cup": 3, "lid": 3, "rim": 0}


@pytest.mark.parametrize(
    ("name", "names"),
    [("classes.txt", "cat\ndog\n"), ("obj.names", "cat\ndog"), ("data.yaml", "names:\n  0: cat\n  1: dog\n")],
)
def test_yolo_classes_are_named_by_the_file_beside(name: str, names: str) -> None:
    found = inspect_labels(zipped({name: names, "a.txt": box(1), "b.txt": box(1) + box(0), "train.txt": "a.jpg\n"}))
    assert counted(found, unit="image") == {"cat": 1, "dog": 2}


def test_yolo_of_one_class_or_without_names() -> None:
    one = inspect_labels(zipped({"data.yaml": "names: ['cell']", "labels/a.txt": box(0), "labels/b.txt": ""}))
    assert counted(one, unit="image") == {"cell": 1}
    assert one.readings[0].counts.negatives.tolist() == [1]
    bare = inspect_labels(zipped({"labels/a.txt": box(2), "labels/b.txt": box(0)}))
    assert counted(bare, unit="image") == {"0": 1, "1": 0, "2": 1}
    assert any("called by index" in each for each in bare.warnings)


def test_a_broken_line_of_yolo_is_named() -> None:
    with pytest.raises(UnreadableLabels, match=r"Line 2 of 'labels/b\.txt' is no class index"):
        inspect_labels(zipped({f"labels/{k:02}.txt": box(0) for k in range(40)} | {"labels/b.txt": box(0) + "cat 1"}))


def test_text_tables_of_whole_numbers_are_no_boxes() -> None:
    rows = "".join(f"{k % 3} {k} {k + 5} {k + 9} {k * 2}\n" for k in range(40))
    found = inspect_labels(zipped({"train.txt": rows, "other.txt": rows}))
    assert all(reading.settings.get("unit") is None for reading in found.readings)


def voc(*names: str, difficult: int = 0) -> str:
    part = "<part><name>head</name></part>"
    objects = "".join(f"<object><name>{each}</name><difficult>{difficult}</difficult>{part}</object>" for each in names)
    return f"<annotation><filename>a.jpg</filename><source><name>no</name></source>{objects}</annotation>"


def test_voc_counts_objects_and_not_their_parts(packed: Packed) -> None:
    files = {
        "Annotations/a.xml": voc("dog", "dog"),
        "Annotations/b.xml": voc(),
        "Annotations/c.xml": voc("cat", difficult=1),
        "JPEGImages/a.jpg": JPEG,
        "ImageSets/Main/train.txt": "a\nb\n",
    }
    found = inspect_labels(packed(files))
    assert asked(found, "unit") == ("image", "box")
    assert counted(found, unit="image") == {"cat": 1, "dog": 1}
    assert counted(found, unit="box") == {"cat": 1, "dog": 2}
    assert found.readings[0].counts.n_samples == 3
    assert any("1 box is marked as difficult" in each for each in found.warnings)


CVAT = """<?xml version="1.0"?><annotations><meta><task><size>4</size><labels><label><name>cup</name><attributes>
<attribute><name>colour</name></attribute></attributes></label><label><name>rim</name></label></labels></task></meta>
{}</annotations>"""


def test_cvat_images_and_their_shapes() -> None:
    images = '<image id="0" name="a"/><image id="1" name="b"><box label="cup"/><polygon label="cup"/></image>'
    found = inspect_labels(CVAT.format(images).encode(), filename="annotations.xml")
    assert asked(found, "unit") == ("image", "box")
    assert counted(found, unit="image") == {"cup": 1, "rim": 0}
    assert counted(found, unit="box") == {"cup": 2, "rim": 0}


def test_cvat_tags_of_one_class_an_image_are_certain() -> None:
    images = "".join(f'<image id="{k}" name="a"><tag label="{"cup" if k else "rim"}"/></image>' for k in range(4))
    found = inspect_labels(CVAT.format(images).encode())
    assert found.certain
    assert counted(found) == {"cup": 3, "rim": 1}


def test_cvat_tracks_are_counted_on_frames_where_they_are_seen() -> None:
    boxes = '<box frame="0" outside="0"/><box frame="1" outside="0"/><box frame="2" outside="1"/>'
    found = inspect_labels(CVAT.format(f'<track id="0" label="cup">{boxes}</track>').encode())
    assert counted(found, unit="image") == {"cup": 2, "rim": 0}
    assert found.readings[0].counts.n_samples == 4


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        ('<!DOCTYPE a [<!ENTITY b "c">]><annotation><object><name>&b;</name></object></annotation>', "document type"),
        ('<?xml version="1.0"?><annotation><object></annotation>', "broken at line 1, column 4"),
        ('<?xml version="1.0"?>' + "<annotation>" * 200, "nested more than"),
        ('<?xml version="1.0"?><annotation></annotation>', "marks nothing"),
        ('<?xml version="1.0"?><annotations></annotations>', "no images or tracks"),
        ('<?xml version="1.0"?><tei><a/></tei>', "its root is <tei>"),
        ('<?xml version="1.0"?><labels><label name="a"/></labels>', "names labels, without the data"),
    ],
)
def test_other_xml_is_refused(xml: str, reason: str) -> None:
    with pytest.raises(UnreadableLabels, match=reason):
        inspect_labels(xml.encode(), filename="a.xml")


SPANS = "T1\tTool 0 4\tfork\nT2\tStep 5 9;12 14\tmix in\n"
ANN = f"{SPANS}R1\tUses Arg1:T2 Arg2:T1\nE1\tStep:T2\nA1\tNegation E1\n#1\tNote T1\tx\n"


def test_brat_counts_spans_and_not_relations(packed: Packed) -> None:
    files = {"a.ann": ANN, "a.txt": "fork mix and in", "b.ann": "T1\tTool 0 3\tpot\n", "b.txt": "pot", "c.ann": ""}
    found = inspect_labels(packed(files))
    assert asked(found, "unit") == ("span", "document")
    assert counted(found, unit="span") == {"Step": 1, "Tool": 2}
    assert counted(found, unit="document") == {"Step": 1, "Tool": 2}
    assert [reading.counts.n_samples for reading in found.readings] == [3, 3]


def test_one_file_of_brat_and_a_table_that_looks_like_it() -> None:
    assert counted(inspect_labels(ANN.encode(), filename="x.txt"), unit="span") == {"Step": 1, "Tool": 1}
    table = "".join(f"T{k}\t{'ab'[k % 2]}\tword\n" for k in range(40))
    assert all("unit" not in each.settings for each in inspect_labels(table.encode()).readings)


def folders(*numbers: int, ending: str = "jpg", inside: str = "") -> dict[str, bytes]:
    names = ("apple", "pear", "plum")
    return {f"{inside}{name}/im{k}.{ending}": JPEG for name, n in zip(names, numbers, strict=False) for k in range(n)}


def test_folders_of_images_are_classes_and_no_image_is_opened(packed: Packed) -> None:
    found = inspect_labels(packed({**folders(9, 6, 3, inside="data/fruit/"), "data/README.md": "fruit"}))
    assert found.certain
    assert counted(found) == {"apple": 9, "pear": 6, "plum": 3}


def test_folders_of_splits_are_asked_about(packed: Packed) -> None:
    files = {**folders(4, 2, 1, inside="set/train/"), **folders(2, 2, 2, inside="set/test/")}
    source = packed(files)
    found = inspect_labels(source)
    assert asked(found, "split") == (None, "train", "test")
    assert counted(found) == {"apple": 6, "pear": 4, "plum": 3}
    train = read_labels(source, split="train")
    assert train.class_to_idx == {"apple": 0, "pear": 1, "plum": 2}
    assert train.positives.tolist() == [4, 2, 1]
    with pytest.raises(UnreadableLabels, match=r"split='dev'.*Choose one of train, test"):
        inspect_labels(source, split="dev")
    for reading in found.readings:
        assert read_labels(source, filename=reading.counts.source, **reading.settings) == reading.counts


def test_folders_in_folders_are_asked_about() -> None:
    files = {f"{kind}/{sort}/{k}.jpg": JPEG for kind, sort in (("a", "x"), ("a", "y"), ("b", "z")) for k in range(5)}
    found = inspect_labels(zipped(files))
    assert asked(found, "column") == ("class", "class, folder 2")
    assert counted(found, column="class") == {"a": 10, "b": 5}


def test_images_to_test_on_may_lie_in_one_folder() -> None:
    found = inspect_labels(zipped({**folders(3, 2, 1, inside="train/"), **{f"test/{k}.jpg": JPEG for k in range(30)}}))
    assert counted(found) == {"apple": 3, "pear": 2, "plum": 1}
    assert any("30 images lie in no folder of a class" in each for each in found.warnings)


def test_one_box_an_image_is_a_box_all_the_same() -> None:
    found = inspect_labels(zipped({"classes.txt": "cat\ndog\n", **{f"labels/{k}.txt": box(k % 2) for k in range(6)}}))
    assert asked(found, "unit") == ("image", "box")
    assert found.readings[0].counts.task == "multilabel"


def test_images_without_classes_are_refused(packed: Packed) -> None:
    with pytest.raises(UnreadableLabels, match="There are 6 pictures and no labels"):
        inspect_labels(packed({f"train/{k}.jpg": JPEG for k in range(6)}))


def test_a_table_beside_images_holds_the_labels(packed: Packed) -> None:
    rows = "file,label\n" + "".join(f"{k}.jpg,{'abc'[k % 3]}\n" for k in range(30))
    found = inspect_labels(packed({"labels.csv": rows, **{f"images/{k}.jpg": JPEG for k in range(30)}}))
    assert counted(found, column="label") == {"a": 10, "b": 10, "c": 10}
    assert found.certain


def test_a_table_beside_folders_is_asked_about() -> None:
    rows = "file,label\n" + "".join(f"{k}.jpg,{'ab'[k % 2]}\n" for k in range(30))
    source = zipped({"labels.csv": rows, **folders(9, 6, 3)})
    found = inspect_labels(source)
    assert asked(found, "column") == ("label", "class")
    assert counted(found, column="class") == {"apple": 9, "pear": 6, "plum": 3}
    assert read_labels(source, column="class", shape="class").positives.tolist() == [9, 6, 3]


def test_photographs_in_png_are_folders_and_masks_are_masks() -> None:
    photograph = np.random.default_rng(0).integers(0, 255, (4, 4, 3))
    names = [*folders(3, 2, 1, ending="png")]
    assert counted(inspect_labels(zipped(dict.fromkeys(names, png(photograph))))) == {"apple": 3, "pear": 2, "plum": 1}
    mask = png(np.eye(4))
    assert inspect_labels(zipped(dict.fromkeys((f"masks/{k}.png" for k in range(4)), mask))).certain is False
    found = inspect_labels(zipped(dict.fromkeys(names, mask)))
    assert asked(found, "column") == (None, "class")
    assert {reading.counts.unit for reading in found.readings} == {"pixel", "image", "sample"}


def test_pictures_are_not_counted_as_files_to_open(monkeypatch: pytest.MonkeyPatch, packed: Packed) -> None:
    monkeypatch.setattr("lossviz.labels.sources.files.MOST_FILES", 3)
    assert limits.MOST_PICTURES > limits.MOST_FILES
    assert counted(inspect_labels(packed(folders(9, 6, 3)))) == {"apple": 9, "pear": 6, "plum": 3}


def test_a_pointer_that_is_called_a_picture_is_named() -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    with pytest.raises(UnreadableLabels, match="is a Git LFS pointer: run git lfs pull"):
        inspect_labels(zipped({f"masks/{k}.png": pointer for k in range(3)}))


def coco(**others: Any) -> bytes:
    """Five images, on three of which there is a cat, on two a dog."""
    content = {
        "images": [{"id": k} for k in range(5)],
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
        "annotations": [{"image_id": k, "category_id": 1 + k % 2} for k in range(5)],
    }
    return json.dumps(content | others).encode()


def test_panoptic_segments_are_counted() -> None:
    segments = [{"image_id": k, "segments_info": [{"category_id": 1}, {"category_id": 1 + k % 2}]} for k in range(3)]
    found = inspect_labels(coco(annotations=segments))
    assert counted(found, unit="image") == {"cat": 3, "dog": 1}
    assert counted(found, unit="box") == {"cat": 5, "dog": 1}
    assert found.readings[0].counts.n_samples == 5


def test_what_lvis_did_not_look_for_is_missing() -> None:
    images = [{"id": k, "neg_category_ids": [2] if k == 0 else []} for k in range(5)]
    found = inspect_labels(coco(images=images))
    assert asked(found, "missing") == (None, "negative")
    known, absent = (each.counts for each in found.readings[:2])
    assert (known.positives.tolist(), known.negatives.tolist()) == ([3, 2], [0, 1])
    assert (absent.positives.tolist(), absent.negatives.tolist()) == ([3, 2], [2, 3])


def test_coco_of_one_category_is_there_or_not() -> None:
    one = coco(categories=[{"id": 1, "name": "cell"}], annotations=[{"image_id": 0, "category_id": 1}] * 2)
    counts = read_labels(one)
    assert (counts.classes, counts.positives.tolist(), counts.negatives.tolist()) == (("cell",), [1], [4])


def via(*attributes: dict[str, Any], **of_image: str) -> dict[str, Any]:
    regions = [{"shape_attributes": {"name": "rect", "x": 7}, "region_attributes": each} for each in attributes]
    return {"filename": "a.jpg", "size": 12345, "regions": regions, "file_attributes": of_image}


def test_via_regions_and_their_attribute() -> None:
    images = {"a": via({"kind": "cat"}, {"kind": "cat"}), "b": via(), "c": via({"kind": "dog"}, {"kind": ""})}
    for content in (images, {"_via_settings": {}, "_via_img_metadata": images, "_via_attributes": {}}):
        found = inspect_labels(json.dumps(content).encode())
        assert asked(found, "unit") == ("image", "box")
        assert counted(found, unit="image") == {"cat": 1, "dog": 1}
        assert counted(found, unit="box") == {"cat": 2, "dog": 1}
        assert found.readings[0].counts.n_samples == 3


def test_via_of_several_attributes_is_asked_about() -> None:
    images = {k: via({"kind": k, "flags": {"new": True, "old": k == "a"}}) for k in "ab"}
    found = inspect_labels(json.dumps(images).encode())
    assert asked(found, "column") == ("kind", "flags")
    assert counted(found, column="flags", unit="image") == {"new": 2, "old": 1}


def test_via_without_a_class_is_refused_and_records_of_regions_are_no_via() -> None:
    with pytest.raises(UnreadableLabels, match="2 regions on 2 images, and no attribute"):
        inspect_labels(json.dumps({"a": via({}), "b": via({})}).encode())
    with pytest.raises(UnreadableLabels, match="attributes in the VIA export have no names"):
        inspect_labels(json.dumps({"a": via([{"kind": "cat"}])}).encode())  # type: ignore[arg-type]
    records = [{"filename": f"{k}.jpg", "regions": k, "label": "abc"[k % 3]} for k in range(30)]
    assert read_labels(json.dumps(records).encode(), column="label").n_samples == 30


VIA_CSV = "filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,region_attributes\n"


def test_via_csv_has_a_row_per_region() -> None:
    rows = [("a", 2, 0, '{""kind"":""cat""}'), ("a", 2, 1, '{""kind"":""dog""}'), ("b", 0, 0, "{}")]
    text = VIA_CSV + "".join(f'{a}.jpg,9,"{{}}",{n},{k},"{{}}","{each}"\n' for a, n, k, each in rows)
    found = inspect_labels(text.encode(), filename="via.csv")
    assert counted(found, unit="image") == {"cat": 1, "dog": 1}
    assert found.readings[0].counts.n_samples == 2


def studio(*results: tuple[str, str, list[str]]) -> dict[str, Any]:
    made = [{"type": kind, "from_name": name, "value": {kind: labels}} for kind, name, labels in results]
    predicted = [{"result": [{"type": "choices", "from_name": "mood", "value": {"choices": ["guessed"]}}]}]
    return {"data": {"text": "x"}, "annotations": [{"result": made}], "predictions": predicted}


def test_label_studio_choices_are_columns() -> None:
    tasks = [studio(("choices", "mood", [["good", "bad", "odd"][k % 3]])) for k in range(30)]
    tasks.append({"data": {}, "annotations": [], "predictions": []})
    found = inspect_labels(json.dumps(tasks).encode())
    assert counted(found, column="mood") == {"bad": 10, "good": 10, "odd": 10}
    assert any("1 of 31 tasks are not annotated" in each for each in found.warnings)


@pytest.mark.parametrize(("kind", "units"), [("rectanglelabels", ("image", "box")), ("labels", ("span", "document"))])
def test_label_studio_marks_are_boxes_or_spans(kind: str, units: tuple[str, str]) -> None:
    tasks = [studio(*[(kind, "label", ["car" if j else "bus"]) for j in range(k)]) for k in range(4)]
    found = inspect_labels(json.dumps(tasks).encode())
    assert asked(found, "unit") == units
    sample = "image" if "image" in units else "document"
    assert counted(found, unit=sample) == {"bus": 3, "car": 2}
    assert counted(found, unit=next(each for each in units if each != sample)) == {"bus": 3, "car": 3}


def test_labelbox_objects_and_answers() -> None:
    def row(*names: str, answer: str = "") -> str:
        answers = [{"name": "mood", "radio_answer": {"name": answer}}] if answer else []
        said = {"objects": [{"name": each, "bounding_box": {}} for each in names], "classifications": answers}
        return json.dumps({"data_row": {"id": "x"}, "projects": {"p": {"labels": [{"annotations": said}]}}}) + "\n"

    marked = inspect_labels((row("car", "car") + row() + row("bus")).encode())
    assert counted(marked, unit="image") == {"bus": 1, "car": 1}
    assert counted(marked, unit="box") == {"bus": 1, "car": 2}
    chosen = "".join(row(answer="abc"[k % 3]) for k in range(30))
    assert read_labels(chosen.encode()).positives.tolist() == [10, 10, 10]


def test_records_with_a_result_are_no_tasks() -> None:
    records = [{"annotations": k, "result": "abc"[k % 3]} for k in range(30)]
    assert read_labels(json.dumps(records).encode(), column="result").n_samples == 30
