"""Fuzz the label readers: `python -m tests.labels.fuzz FOLDER MINUTES` damages the files of a folder again and again.

Files of every kind are added to them. What is packed, JSON or an array is damaged inside as well, and packed again.
Anything but an Inspection or UnreadableLabels within 10 s of processor time and 1 GB is a finding, saved beside, and
so is whatever no reader foresaw and the boundary made a sentence of.
"""

from __future__ import annotations

import gzip
import io
import json
import logging
import multiprocessing
import random
import resource
import signal
import sys
import time
import traceback
import warnings
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from lossviz import LabelCounts, UnreadableLabels, cooccurrence, inspect_labels, read_labels
from lossviz.labels import limits
from lossviz.labels.formats.saved import counts_csv, counts_json
from tests.labels.test_batches import OTHERS, PARQUET, RECORDS, TABLES, parquet
from tests.labels.test_text_in_pieces import ARFF, CLASSES, ODD
from tests.labels.written import npy, png

BATCH, SECONDS, BYTES = 100, 10, 1 << 30
TOKENS = [
    b"", b"\x00", b"\xff", b'"', b"'", b",", b";", b"\t",
    b"|", b" ", b"\n", b"\r", b"-1", b"0", b"nan", b"1e999", b"[", b"]",
    b"{", b"}", b"<", b">", b"&", b"\xef\xbb\xbf", b"\xff\xfe", b"(", b")", b"@data", b"@attribute a ",
    b"null", b"true", b"99999999999999999999", b"9" * 5_000, b"[" * 3_000, b"PK\x03\x04", b"\\", b"%", b"\\ud800",
    b"|S0", b"|O8", b"<U3", b"<M8[ns]", b"<f2", b"<c16", b">i4", b"|b1", b"(0,)", b"(3, 0)", b"True", b"\xed\xa0\x80",
    "\u0660\u00b2\u2460".encode(), b"NaN", b"Infinity", b"-", b"1.5", b"id", b"label", b"class", b"count",
]  # fmt: skip
ODD_VALUES: list[Any] = [
    None, True, [], {}, [[]], {"a": {}}, "", "\ud800", -1, 10**30, 1e308, float("nan"), float("inf"), "x" * 3_000,
    [None], [[1], [2]], {"id": []}, 0, 255, "nan", [1, "a"], {"name": {"a": 1}}, [{"a": [1]}],
]  # fmt: skip


def seeds() -> list[tuple[str, bytes]]:
    """Small files of every kind."""
    texts = {f"{name}.csv": b"\n".join(data.split(b"\n")[:60]) for name, data in (TABLES | ODD).items()}
    records = {f"{name}.json": json.dumps(rows[:30]).encode() for name, rows in RECORDS.items()}
    lines = {f"{name}.jsonl": "\n".join(map(json.dumps, rows[:30])).encode() for name, rows in RECORDS.items()}
    tables = {f"{name}.parquet": parquet(pa.table({k: v[:200] for k, v in t.items()})) for name, t in PARQUET.items()}
    arrays = {
        f"{dtype}.npy": npy((np.arange(24).reshape(8, 3) % 2).astype(dtype))
        for dtype in ("i1", "u8", "f2", "f8", "?", "U3", "S2", "c8", "M8[D]")
    }
    sparse = "".join(f"{{0 {k % 3}, 1 {CLASSES[k]}}}\n" for k in range(40))
    others = {
        "dense.arff": ARFF + "".join(f"{k}, {CLASSES[k]}\n" for k in range(40)).encode(),
        "sparse.arff": ARFF + sparse.encode(),
        "mask.png": png(np.arange(64).reshape(8, 8) % 3),
        "saved.csv": counts_csv(LabelCounts.exclusive(["a", "b", "c"], [1, 2, 3])).encode(),
        "saved.json": counts_json(LabelCounts.exclusive(["a", "b", "c"], [1, 2, 3])).encode(),
    }
    found = {**texts, **records, **lines, **tables, **arrays, **others, **OTHERS}
    packed = {f"{name}.gz": gzip.compress(found[name]) for name in [*others, *records, *lines]}
    return [
        (name, data) for name, data in (found | packed | {"all.zip": zipped(others)}).items() if len(data) < 200_000
    ]


def zipped(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


def damaged(data: bytes, others: list[bytes], dice: random.Random) -> bytes:
    """`data` damaged, or where it is packed or JSON most often what is in it."""
    if dice.random() < 0.7:
        try:
            if data.startswith(b"\x1f\x8b"):
                return gzip.compress(damaged(gzip.decompress(data), others, dice))
            if data.startswith(b"PK"):
                with zipfile.ZipFile(io.BytesIO(data)) as archive:
                    files = {info.filename: archive.read(info) for info in archive.infolist()}
                name = dice.choice(sorted(files))
                return zipped(files | {name: damaged(files[name], others, dice)})
            if data[:1] in (b"{", b"["):
                return json.dumps(odd_within(json.loads(data), dice)).encode()
        except (OSError, ValueError, EOFError, zlib.error, RuntimeError, zipfile.BadZipFile, NotImplementedError):
            pass
    return changed(data, others, dice)


def odd_within(value: Any, dice: random.Random) -> Any:
    """A JSON value in which a few values are others, or under other keys."""
    places: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting:
        each = waiting.pop()
        inner = (
            list(each.items()) if isinstance(each, dict) else list(enumerate(each)) if isinstance(each, list) else []
        )
        places += ((each, key) for key, _ in inner)
        waiting += (held for _, held in inner)
    for _ in range(dice.randint(1, 4)):
        if not places:
            return dice.choice(ODD_VALUES)
        holder, key = dice.choice(places)
        if dice.random() < 0.2 and isinstance(holder, dict):
            holder[dice.choice(("id", "label", "", "0", "images", "annotations", "categories", "a.b"))] = holder.pop(
                key, 1
            )
        else:
            holder[key] = dice.choice(ODD_VALUES)
    return value


def changed(data: bytes, others: list[bytes], dice: random.Random) -> bytes:
    """`data` with up to eight bytes, tokens or stretches changed, cut out, doubled or taken from another file."""
    changed = bytearray(data)
    for _ in range(dice.randint(1, 8)):
        at = dice.randint(0, len(changed))
        at = at if dice.random() < 0.7 else min(at, dice.randint(0, 150))  # headers more often
        end = min(len(changed), at + dice.choice((1, 2, 4, 30, 400)))
        kind = dice.randint(0, 5)
        if kind == 0 and at < len(changed):
            changed[at] = dice.randint(0, 255)
        elif kind == 1:
            changed[at:end] = dice.choice(TOKENS)
        elif kind == 2:
            changed[at:at] = dice.choice(TOKENS) * dice.choice((1, 1, 2, 50))
        elif kind == 3:
            changed[at:at] = changed[at:end]
        elif kind == 4:
            other = dice.choice(others)
            start = dice.randint(0, len(other))
            changed[at:end] = other[start : start + dice.choice((4, 40, 400))]
        else:
            del changed[at:end]
    return bytes(changed)


class Unforeseen(logging.Handler):
    """What the boundary of the readers made a sentence of, as it was."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.met: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info:
            self.met.append("".join(traceback.format_exception(*record.exc_info)[-12:]))


def attempt(data: bytes, name: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    unforeseen = Unforeseen()
    logging.getLogger("lossviz").addHandler(unforeseen)
    try:
        inspection = inspect_labels(data, filename=name)
        first = inspection.readings[0]
        if read_labels(data, filename=name, **first.settings) != first.counts:
            raise AssertionError("the settings of the first reading give other counts")
        cooccurrence(data, first, filename=name)
    except UnreadableLabels:
        pass
    finally:
        logging.getLogger("lossviz").removeHandler(unforeseen)
    if unforeseen.met:
        raise AssertionError(f"unforeseen:\n{unforeseen.met[0]}")
    if (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 > BYTES:
        raise AssertionError("more than 1 GB")


class TooLong(BaseException):
    """Which the boundary makes no sentence of."""


def _too_long(*_: object) -> None:
    raise TooLong(f"more than {SECONDS} s")


def batch(seed: int, files: list[tuple[str, bytes]], found: Path) -> None:
    warnings.simplefilter("ignore")
    logging.getLogger("lossviz").propagate = False
    pa.set_memory_pool(pa.system_memory_pool())  # the default one reserves address space by the GB
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + 6 * BYTES, size + 6 * BYTES))
    signal.signal(signal.SIGVTALRM, _too_long)
    dice = random.Random(seed)  # noqa: S311
    if seed % 2:
        limits.HEAD_BYTES = limits.BLOCK = 1 << 10  # in pieces
    others = [data for _, data in files]
    for _ in range(BATCH):
        name, data = dice.choice(files)
        data = damaged(data, others, dice)
        (found / f"now-{seed}").write_bytes(data)
        signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
        try:
            attempt(data, name)
        except BaseException:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            lines = traceback.format_exc()
            (found / f"{seed}-{abs(hash(lines[-200:])) % 10**6}-{name.replace('/', ' ')}").write_bytes(data)
            with (found / "log").open("a", encoding="utf-8") as log:
                log.write(f"{seed} {name}\n{lines}\n")
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    (found / f"now-{seed}").unlink()


def main(folder: Path, minutes: float) -> None:
    files = [(path.name, path.read_bytes()) for path in sorted(folder.rglob("*")) if path.is_file()]
    files = [(name, data) for name, data in files if len(data) < 200_000] + seeds()
    found = folder.parent / "found"
    found.mkdir(exist_ok=True)
    begun, seed = time.time(), int(time.time())
    done = 0
    while time.time() - begun < minutes * 60:
        worker = multiprocessing.get_context("fork").Process(target=batch, args=(seed, files, found))
        worker.start()
        worker.join(600)
        if worker.is_alive() or worker.exitcode:
            worker.kill()
            with (found / "log").open("a", encoding="utf-8") as log:
                log.write(f"{seed} died with {worker.exitcode}; see now-{seed}\n")
        done += BATCH
        seed += 1
        (found / "total").write_text(f"{done} executions, {(time.time() - begun) / 60:.1f} minutes\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
