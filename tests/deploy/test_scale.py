"""What the page on scale says follows from its own tables."""

from bench.scale import PAGE, computed, needs


def test_the_needs_follow_from_the_figures() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert computed(text) == text, "run python -m bench.scale"


def test_needs_by_hand() -> None:
    figures = {"steps": 100, "open": 60, "questions": 100, "kept": 1000, "process": 500, "session": 1}
    sizes = {"files": 1000, "page": 60, "step": 10, "answer": 20}
    crowd = {"at_once": 600, "changes": 6, "dragged": 10, "hits": 0.5, "pages": 2, "arrivals": 60, "new": 0.5}
    # 60 changes and 20 pages a second, 600 answers
    assert needs(figures | sizes, crowd) == {
        "cores that pages and changes take": "1.80",  # .6 + 1.2
        "cores that answers take": "3.30",  # 3 + .3
        "processes": "4",  # 1.8 / .6 + 1
        "cores": "9",  # 5.1 / .6 = 8.5
        "memory": "3.1 GB",  # 2,000 + 600 + 500
        "answers a second": "600",
        "bandwidth": "114 Mbit/s",  # 600 + 12,000 + 500 + 1,200 kB
    }
