"""Write what a crowd needs into docs/scale.md, from the tables above it: ``python -m bench.scale``."""

from __future__ import annotations

import math
import re
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "scale.md"
PLANNED = 0.6
SYSTEM_MB = 500


def computed(text: str) -> str:
    """The page `text` with the table of needs that follows from its other tables."""
    figures = {row[0]: float(row[2]) for row in _table(text, "figures")[1:]}
    crowds = _table(text, "crowds")
    names = crowds[0][2:]
    columns = [{row[0]: float(row[2 + k]) for row in crowds[1:]} for k in range(len(names))]
    needed = [needs(figures, crowd) for crowd in columns]
    rows = [f"| | {' | '.join(names)} |", f"|---|{'---:|' * len(names)}"]
    rows += [f"| {what} | {' | '.join(each[what] for each in needed)} |" for what in needed[0]]
    return re.sub(r"(<!-- needs -->\n\n)(\|.*\n)*\n?", lambda mark: mark[1] + "\n".join(rows) + "\n\n", text)


def needs(figures: dict[str, float], crowd: dict[str, float]) -> dict[str, str]:
    """What one crowd needs, in words for the page."""
    changes, pages = (crowd["at_once"] * crowd[name] / 60 for name in ("changes", "pages"))
    asked = changes * crowd["dragged"]
    busy = changes / figures["steps"] + pages * figures["open"] / 1000
    answering = asked * (1 - crowd["hits"]) / figures["questions"] + asked * crowd["hits"] / figures["kept"]
    processes = math.ceil(busy / PLANNED) + 1
    megabytes = processes * figures["process"] + crowd["at_once"] * figures["session"] + SYSTEM_MB
    first = crowd["arrivals"] / 60 * crowd["new"] * figures["files"]
    kilobytes = changes * figures["step"] + asked * figures["answer"] + first + pages * figures["page"]
    return {
        "cores that pages and changes take": f"{busy:.2f}",
        "cores that answers take": f"{answering:.2f}",
        "processes": f"{processes}",
        "cores": f"{math.ceil((busy + answering) / PLANNED)}",
        "memory": f"{megabytes / 1000:.1f} GB",
        "answers a second": f"{asked:,.0f}",
        "bandwidth": f"{kilobytes * 8 / 1000:,.0f} Mbit/s",
    }


def _table(text: str, name: str) -> list[list[str]]:
    """The rows of a marked table, its head first, without the line below it."""
    block = text.split(f"<!-- {name} -->\n\n")[1].split("\n\n", maxsplit=1)[0]
    rows = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in block.splitlines()]
    return [rows[0], *rows[2:]]


if __name__ == "__main__":
    PAGE.write_text(computed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
