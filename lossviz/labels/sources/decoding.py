"""Decoders whose need of memory no one can tell before: run in a process of its own, which may take so much."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO

import pyarrow as pa

from lossviz.labels import limits
from lossviz.labels.sources.decoder import DAMAGED
from lossviz.labels.sources.endings import Ending


def batches_apart(
    file: IO[bytes], kind: str, what: str, columns: Sequence[str] = (), number: int = 0
) -> Iterator[pa.RecordBatch]:
    """The batches that a way of `lossviz.labels.sources.decoder` gives of a file of some kind.

    Raises
    ------
    UnreadableLabels
        If that takes more memory or time than labels do, or the process dies.
    pyarrow.ArrowInvalid
        If the file is damaged.
    """
    seconds = limits.seconds_for(file.seek(0, io.SEEK_END))
    asked = {"what": what, "columns": list(columns), "number": number}
    asked |= {"memory": limits.MOST_MEMORY, "seconds": seconds}
    root = Path(__file__).parents[3]
    with _on_disk(file) as input, tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as said:  # noqa: A001
        question = Path(folder) / "question.json"  # the names of thousands of columns are too long for a command
        question.write_text(json.dumps(asked), encoding="utf-8")
        command = [sys.executable, "-m", "lossviz.labels.sources.decoder", str(question)]
        with subprocess.Popen(command, stdin=input, stdout=subprocess.PIPE, stderr=said, cwd=root) as process:  # noqa: S603
            problem = None
            try:
                yield from pa.ipc.open_stream(process.stdout)
            except pa.ArrowException as error:
                problem = error
            except BaseException:
                process.kill()  # nobody wants the rest
                raise
            ending = _ended(process, seconds)
        said.seek(0)
        reason = said.read(2000).decode(errors="replace").strip()
    if ending.code == DAMAGED:
        raise pa.ArrowInvalid(reason) from problem
    if ending.code or problem:
        raise replace(ending, said=reason).refusal(kind) from problem


def _ended(process: subprocess.Popen[bytes], seconds: int) -> Ending:
    """How a process ended, once it has."""
    if not hasattr(os, "wait4"):  # on Windows
        return Ending(process.wait(), seconds)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Ending(process.returncode, seconds, usage.ru_maxrss << 10)


@contextmanager
def _on_disk(file: IO[bytes]) -> Iterator[IO[bytes]]:
    """`file` as one that another process can read."""
    file.seek(0)
    try:
        file.fileno()
    except OSError:
        with tempfile.TemporaryFile() as copy:
            shutil.copyfileobj(file, copy, 1 << 20)
            copy.seek(0)
            yield copy
    else:
        yield file
