"""The answering process: one that dies is replaced, many may ask, and it never outlives its server."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from lossviz.figures.live.routes import LIVE_FIGURES, ask
from tests.serving.fatal import fatal, half_an_answer
from ui.serving import worker
from ui.serving.answers import Answers, Unanswered

ROOT = Path(__file__).parents[2]
GAMMAS = [str(k / 10) for k in range(40)]


@pytest.fixture(scope="module")
def answers() -> Iterator[Answers]:
    started = Answers()
    started.start()
    yield started
    started.stop()


def curves(answers: Answers, gamma: str = "2") -> bytes:
    return asyncio.run(answers.ask("curves", {"loss": ["focal"], "focal.gamma": [gamma]}))


def kill_the_process() -> None:
    (process,) = multiprocessing.active_children()
    process.kill()
    process.join()


@pytest.mark.parametrize("route", list(LIVE_FIGURES))
def test_an_answer_names_its_rows(route: str) -> None:
    query = {"loss": ["bce"]} if route in ("curves", "scores") else {}
    body = worker.answer(route, query)
    length = int.from_bytes(body[:4], "little")
    header = json.loads(body[4 : 4 + length])
    rows = np.frombuffer(body[4 + length :], dtype="<f4").reshape(len(header["rows"]), header["points"])
    figure, values = ask(route, query)
    np.testing.assert_array_equal(rows, figure.rows(values).astype(np.float32))


def test_a_process_that_was_killed_is_replaced(answers: Answers) -> None:
    first = curves(answers)
    kill_the_process()
    assert curves(answers) == first
    (process,) = multiprocessing.active_children()
    assert process.is_alive()


def test_many_threads_ask_at_once_and_each_gets_its_own_answer(answers: Answers) -> None:
    with ThreadPoolExecutor(16) as threads:
        bodies = list(threads.map(lambda gamma: curves(answers, gamma), GAMMAS))
    for gamma, body in zip(GAMMAS, bodies, strict=True):
        assert body == worker.answer("curves", {"loss": ["focal"], "focal.gamma": [gamma]})
    assert len(multiprocessing.active_children()) == 1


def test_a_death_among_many_questions_leaves_none_unanswered(answers: Answers) -> None:
    curves(answers)
    with ThreadPoolExecutor(16) as threads:
        asked = [threads.submit(curves, answers, gamma) for gamma in GAMMAS]
        asked[3].result()
        kill_the_process()
        for gamma, future in zip(GAMMAS, asked, strict=True):
            assert future.result() == worker.answer("curves", {"loss": ["focal"], "focal.gamma": [gamma]})


def test_a_bad_question_has_a_sentence_and_costs_no_process(answers: Answers) -> None:
    curves(answers)
    (process,) = multiprocessing.active_children()
    with pytest.raises(ValueError, match=r"focal.gamma must lie between 0 and 5; got 99\."):
        curves(answers, "99")
    with pytest.raises(ValueError, match="There is no figure 'nothing'"):
        asyncio.run(answers.ask("nothing", {}))
    curves(answers)
    assert multiprocessing.active_children() == [process]


def test_a_question_that_kills_every_process_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "begin", worker.ready)  # none of them lives long enough to need torch
    monkeypatch.setattr(worker, "answer", fatal)
    with pytest.raises(Unanswered, match="cannot be computed now; try again"):
        curves(Answers())


def test_a_pool_is_given_up_once(answers: Answers) -> None:
    """Two who waited for it in vain find out one after the other."""
    wanted = curves(answers)
    pool = answers._pool
    assert pool is not None
    for _ in range(2):
        answers._leave(pool, kill=True)
    assert curves(answers) == wanted


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_process_that_dies_as_it_writes_its_answer_is_replaced(
    answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = curves(answers)
    monkeypatch.setattr("ui.serving.answers._DEADLINE_S", 1)
    assert answers._pool is not None
    waiting = answers._pool._executor_manager_thread
    with monkeypatch.context() as patch:
        patch.setattr(worker, "answer", half_an_answer)
        with pytest.raises(Unanswered):
            curves(answers)
    monkeypatch.undo()
    assert curves(answers) == wanted
    waiting.join(timeout=60)
    assert not waiting.is_alive()


def test_a_question_is_answered_before_the_process_stops(answers: Answers) -> None:
    async def stop_while_it_answers() -> bytes:
        asked = asyncio.create_task(answers.ask("curves", {"loss": ["bce"]}))
        await asyncio.sleep(0)
        answers.stop()
        return await asked

    assert asyncio.run(stop_while_it_answers()) == worker.answer("curves", {"loss": ["bce"]})
    for process in multiprocessing.active_children():
        process.join()


SERVER = """
import asyncio, os, signal
from ui.serving.answers import Answers
answers = Answers()
print(len(asyncio.run(answers.ask("curves", {"loss": ["bce"]}))), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_the_process_ends_with_a_server_that_is_killed() -> None:
    """It holds its server's output open as long as it lives."""
    command = [sys.executable, "-c", SERVER]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == -9
    assert int(ended.stdout) > 1000, ended.stderr
