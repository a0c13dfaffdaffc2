"""Fuzz the label readers: `python -m tests.labels.fuzz FOLDER MINUTES` damages the files of a folder again and again.

Anything but an Inspection or UnreadableLabels within 10 s of processor time and 1 GB is a finding, saved beside.
"""

from __future__ import annotations

import multiprocessing
import random
import resource
import signal
import sys
import time
import traceback
import warnings
from pathlib import Path

import pyarrow as pa

from lossviz import UnreadableLabels, inspect_labels, read_labels
from lossviz.labels import limits

BATCH, SECONDS, BYTES = 100, 10, 1 << 30
TOKENS = [
    b"", b"\x00", b"\xff", b'"', b"'", b",", b";", b"\t",
    b"|", b" ", b"\n", b"\r", b"-1", b"0", b"nan", b"1e999", b"[", b"]",
    b"{", b"}", b"<", b">", b"&", b"\xef\xbb\xbf", b"\xff\xfe",
    b"null", b"99999999999999999999", b"PK\x03\x04", b"\\", b"%",
]  # fmt: skip


def damaged(data: bytes, others: list[bytes], dice: random.Random) -> bytes:
    """`data` with up to eight bytes, tokens or stretches changed, cut out, doubled or taken from another file."""
    changed = bytearray(data)
    for _ in range(dice.randint(1, 8)):
        at = dice.randint(0, len(changed))
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


def attempt(data: bytes, name: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        inspection = inspect_labels(data, filename=name)
        first = inspection.readings[0]
        if read_labels(data, filename=name, **first.settings) != first.counts:
            raise AssertionError("the settings of the first reading give other counts")
    except UnreadableLabels:
        pass
    if (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 > BYTES:
        raise AssertionError("more than 1 GB")


def batch(seed: int, files: list[tuple[str, bytes]], found: Path) -> None:
    warnings.simplefilter("ignore")
    pa.set_memory_pool(pa.system_memory_pool())  # the default one reserves address space by the GB
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + 6 * BYTES, size + 6 * BYTES))
    signal.signal(signal.SIGVTALRM, lambda *_: (_ for _ in ()).throw(TimeoutError(f"more than {SECONDS} s")))
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
            (found / f"{seed}-{abs(hash(lines[-200:])) % 10**6}-{name}").write_bytes(data)
            with (found / "log").open("a", encoding="utf-8") as log:
                log.write(f"{seed} {name}\n{lines}\n")
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    (found / f"now-{seed}").unlink()


def main(folder: Path, minutes: float) -> None:
    files = [(path.name, path.read_bytes()) for path in sorted(folder.rglob("*")) if path.is_file()]
    files = [(name, data) for name, data in files if len(data) < 200_000]
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
