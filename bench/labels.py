"""Label files of millions of rows: our time and memory beside pandas reading the whole."""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from bench.figures import row

RUNS = 3
RNG = np.random.default_rng(0)


def one_hot(path: Path, rows: int, columns: int) -> None:
    shares = np.geomspace(0.2, 0.002, columns)
    with path.open("wb") as file:
        file.write(",".join(f"label_{k}" for k in range(columns)).encode() + b"\n")
        for _ in range(rows // 10_000):
            lines = np.full((10_000, 2 * columns), ord(","), dtype=np.uint8)
            lines[:, ::2] = ord("0") + (RNG.random((10_000, columns)) < shares)
            lines[:, -1] = ord("\n")
            file.write(lines.tobytes())


def lists(path: Path, rows: int) -> None:
    names = np.array([f"tag{k}" for k in range(20)])
    shares = np.geomspace(0.3, 0.01, 20)
    with path.open("w", encoding="ascii") as file:
        file.write("id,tags\n")
        for start in range(0, rows, 100_000):
            drawn = RNG.random((100_000, 20)) < shares
            file.writelines(f"{start + k},{'|'.join(names[each])}\n" for k, each in enumerate(drawn))


def one_column(path: Path, rows: int) -> None:
    schema = pa.schema({"label": pa.int64()})
    with pq.ParquetWriter(path, schema) as writer:
        for _ in range(rows // 1_000_000):
            writer.write_table(pa.table({"label": np.minimum(RNG.geometric(0.1, 1_000_000) - 1, 99)}, schema))


def wide(path: Path, rows: int) -> None:
    shares = np.geomspace(0.2, 0.001, 64)
    schema = pa.schema({f"label_{k}": pa.int8() for k in range(64)})
    with pq.ParquetWriter(path, schema) as writer:
        for _ in range(rows // 500_000):
            drawn = (RNG.random((500_000, 64)) < shares).astype(np.int8)
            writer.write_table(pa.table({f"label_{k}": drawn[:, k] for k in range(64)}, schema))


def masks(path: Path, count: int) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for k in range(count):
            coarse = RNG.integers(0, 19, (16, 16), dtype=np.uint8)
            stream = io.BytesIO()
            Image.fromarray(np.kron(coarse, np.ones((32, 32), dtype=np.uint8))).save(stream, "PNG")
            archive.writestr(f"mask_{k}.png", stream.getvalue())


# Each file, how it is made, and what one would write with pandas to count it.
FILES: dict[str, tuple[str, Callable[[Path], None], str]] = {
    "one-hot CSV, 1,000,000 x 27": ("a.csv", lambda path: one_hot(path, 1_000_000, 27), "pd.read_csv(path).sum()"),
    "one-hot CSV, 100,000 x 270": ("b.csv", lambda path: one_hot(path, 100_000, 270), "pd.read_csv(path).sum()"),
    "lists in CSV, 5,000,000 rows": (
        "c.csv",
        lambda path: lists(path, 5_000_000),
        "pd.read_csv(path)['tags'].str.split('|').explode().value_counts()",
    ),
    "Parquet, 100,000,000 x 1": (
        "d.parquet",
        lambda path: one_column(path, 100_000_000),
        "pd.read_parquet(path)['label'].value_counts()",
    ),
    "Parquet, 5,000,000 x 64": ("e.parquet", lambda path: wide(path, 5_000_000), "pd.read_parquet(path).sum()"),
    "500 masks of 512 x 512 in a zip": (
        "f.zip",
        lambda path: masks(path, 500),
        "np.sum([np.bincount(np.asarray(Image.open(z.open(n))).ravel(), minlength=256)"
        " for z in [zipfile.ZipFile(path)] for n in z.namelist()], axis=0)",
    ),
}

_CHILD = """
import sys, time, zipfile
import numpy as np, pandas as pd, pyarrow.parquet, lossviz
from PIL import Image
from bench.figures import high_water
path = sys.argv[1]
lossviz.inspect_labels(b"label\\na\\nb\\na\\n")
before, start = high_water(), time.perf_counter()
{expression}
print(time.perf_counter() - start, high_water() - before)
"""


def labels() -> None:
    """Each file in turn by us and by pandas, every run in a process of its own."""
    print(f"Label files, counted: seconds and peak memory above the imports, medians of {RUNS} runs")
    with tempfile.TemporaryDirectory() as folder:
        for title, (name, make, expression) in FILES.items():
            path = Path(folder) / name
            make(path)
            pairs = [(_run("lossviz.inspect_labels(path)", path), _run(expression, path)) for _ in range(RUNS)]
            ours, theirs = (np.median(side, axis=0) for side in zip(*pairs, strict=True))
            row(f"{title}, ours", f"{ours[0]:6.2f} s   {ours[1]:6.0f} MB")
            row(
                f"{title}, pandas",
                f"{theirs[0]:6.2f} s   {theirs[1]:6.0f} MB   {theirs[0] / ours[0]:.1f} times the time",
            )
            path.unlink()


def _run(expression: str, path: Path) -> tuple[float, float]:
    code = _CHILD.format(expression=expression)
    command = [sys.executable, "-c", code, str(path)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603
    seconds, megabytes = map(float, printed.split())
    return seconds, megabytes
