"""The answering process: one that dies is replaced, many may ask, and it never outlives its server."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from lossviz.figures.live.routes import LIVE_FIGURES, ask
from tests.serving.processes import misbehaving, stillborn
from ui.serving import worker
from ui.serving.answers import BUSY, DEAD, LATE, Answers, KeptAnswers
from ui.serving.worker import Answer, Question

ROOT = Path(__file__).parents[2]
GAMMAS = [str(k / 10) for k in range(40)]


def curves(gamma: str = "2") -> Question:
    return Question("curves", f"loss=focal&focal.gamma={gamma}".encode())


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def answers(loop: asyncio.Runner) -> Iterator[Answers]:
    started = Answers(most_waiting=100)
    started.start()
    yield started
    loop.run(stopped(started))


async def stopped(answers: Answers) -> None:
    answers.stop()


def kill_the_process() -> None:
    (process,) = multiprocessing.active_children()
    process.kill()
    process.join()


@pytest.mark.parametrize("route", list(LIVE_FIGURES))
def test_an_answer_names_its_rows(route: str) -> None:
    query = {"loss": ["bce"]} if route in ("curves", "scores") else {}
    status, body = worker.answer(
        Question(route, "&".join(f"{key}={value}" for key, (value,) in query.items()).encode())
    )
    assert status == 200
    length = int.from_bytes(body[:4], "little")
    header = json.loads(body[4 : 4 + length])
    rows = np.frombuffer(body[4 + length :], dtype="<f4").reshape(len(header["rows"]), header["points"])
    figure, values = ask(route, query)
    np.testing.assert_array_equal(rows, figure.rows(values).astype(np.float32))


@pytest.mark.parametrize(
    ("route", "query", "status"),
    [
        ("x" * 8000, "", 404),
        ("curves", "loss=" + "x" * 8000, 400),
        ("curves", "&".join(f"loss=x{k}" for k in range(1000)), 400),
        ("curves", "loss=bce&" + "y" * 8000 + "=1", 400),
        ("curves", "loss=bce&bce.pos_weight=" + "9" * 8000, 400),
        ("curves", "loss=bce&bce.pos_weight=" + "%00" * 2000, 400),
        ("batch_size", "batch_size=1." + "5" * 8000, 400),
    ],
)
def test_an_error_repeats_little_of_what_was_sent(route: str, query: str, status: int) -> None:
    answer = worker.answer(Question(route, query.encode()))
    assert answer.status == status
    sentence = answer.body.decode()
    assert sentence.isprintable()
    assert max(sentence.count(char) for char in "xy95") <= 80
    assert len(sentence) < 400


def test_many_ask_at_once_and_each_gets_its_own_answer(answers: Answers, loop: asyncio.Runner) -> None:
    async def all_at_once() -> list[Answer]:
        return await asyncio.gather(*(answers.ask(curves(gamma)) for gamma in GAMMAS))

    for gamma, answer in zip(GAMMAS, loop.run(all_at_once()), strict=True):
        assert answer == worker.answer(curves(gamma))
    (process,) = multiprocessing.active_children()
    assert answers.ready
    if hasattr(os, "getpriority"):  # so that pages come first
        assert os.getpriority(os.PRIO_PROCESS, process.pid or 0) > os.getpriority(os.PRIO_PROCESS, 0)


def test_a_death_among_many_questions_leaves_none_unanswered(answers: Answers, loop: asyncio.Runner) -> None:
    async def all_at_once() -> list[Answer]:
        asked = [asyncio.create_task(answers.ask(curves(gamma + "5"))) for gamma in GAMMAS]
        await asked[3]
        kill_the_process()
        return [await task for task in asked]

    for gamma, answer in zip(GAMMAS, loop.run(all_at_once()), strict=True):
        assert answer == worker.answer(curves(gamma + "5"))
    (process,) = multiprocessing.active_children()
    assert process.is_alive()


def test_a_bad_question_has_a_sentence_and_costs_no_process(answers: Answers, loop: asyncio.Runner) -> None:
    loop.run(answers.ask(curves()))
    (process,) = multiprocessing.active_children()
    assert loop.run(answers.ask(curves("99"))) == Answer(400, b"focal.gamma must lie between 0 and 5; got 99.")
    status, body = loop.run(answers.ask(Question("nothing")))
    assert (status, body[:29]) == (404, b"There is no figure 'nothing';")
    assert loop.run(answers.ask(curves("1.23"))).status == 200
    assert multiprocessing.active_children() == [process]


@pytest.fixture
def odd(monkeypatch: pytest.MonkeyPatch, loop: asyncio.Runner) -> Iterator[Answers]:
    """Answers from a process that leaves some of its questions unanswered."""
    monkeypatch.setattr(worker, "serve", misbehaving)
    started = Answers(deadline=60)
    yield started
    loop.run(stopped(started))


@pytest.mark.parametrize(
    "route", ["fatal", pytest.param("half", marks=pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL"))]
)
def test_a_question_that_kills_every_process_is_given_up(route: str, odd: Answers, loop: asyncio.Runner) -> None:
    assert loop.run(odd.ask(Question(route))) == DEAD
    assert loop.run(odd.ask(Question("plain", b"next"))) == Answer(200, b"next")


def test_a_process_that_never_begins_is_given_up(
    odd: Answers, monkeypatch: pytest.MonkeyPatch, loop: asyncio.Runner
) -> None:
    monkeypatch.setattr(worker, "serve", stillborn)
    assert loop.run(odd.ask(Question("plain"))) == DEAD
    assert not odd.ready


def test_an_answer_that_takes_too_long_is_given_up_and_the_next_has_a_new_process(
    odd: Answers, loop: asyncio.Runner
) -> None:
    odd.deadline = 0.01
    assert loop.run(odd.ask(Question("endless"))) == LATE
    odd.deadline = 60
    assert loop.run(odd.ask(Question("plain", b"next"))) == Answer(200, b"next")


class Held:
    """Stands for a process that answers when it is let go, and notes what it was asked."""

    ready = True

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.let_go = asyncio.Event()

    async def begun(self) -> None: ...

    async def ask(self, question: Question, _deadline: float) -> Answer:
        self.asked.append(question.query)
        await self.let_go.wait()
        return Answer(200, question.query)

    def end(self) -> None: ...


async def held(most_waiting: int = 16) -> tuple[Answers, Held]:
    """Answers whose process is with the question "first"."""
    answers = Answers(most_waiting=most_waiting)
    answers._process = process = Held()  # type: ignore[assignment]
    await asking(answers, [b"first"])
    return answers, process


async def asking(answers: Answers, queries: list[bytes], client: str = "") -> list[asyncio.Task[Answer]]:
    """Tasks that have asked, and wait for their answers."""
    tasks = [asyncio.create_task(answers.ask(Question("curves", query), client)) for query in queries]
    for _ in range(5):
        await asyncio.sleep(0)
    return tasks


def test_equal_questions_are_asked_once_and_kept() -> None:
    async def story() -> None:
        answers, process = await held()
        tasks = await asking(answers, [b"one"] * 50)
        process.let_go.set()
        assert [await task for task in tasks] == [Answer(200, b"one")] * 50
        assert await answers.ask(Question("curves", b"one")) == Answer(200, b"one")
        assert process.asked == [b"first", b"one"]

    asyncio.run(story())


def test_a_question_whose_asker_has_left_is_not_computed() -> None:
    async def story() -> None:
        answers, process = await held(most_waiting=5000)
        aborted = await asking(answers, [b"%d" % k for k in range(3000)])
        shared, last = await asking(answers, [b"7", b"last"])
        for task in aborted:
            task.cancel()
        await asyncio.sleep(0)
        process.let_go.set()
        assert [(await task).body for task in (shared, last)] == [b"7", b"last"]
        assert process.asked == [b"first", b"7", b"last"]

    asyncio.run(story())


def test_sixteen_wait_and_the_next_is_told_to_come_back() -> None:
    async def story() -> None:
        answers, process = await held()
        tasks = await asking(answers, [b"%d" % k for k in range(17)])
        assert [task.done() for task in tasks] == [False] * 16 + [True]
        assert await tasks[-1] == BUSY
        process.let_go.set()
        assert [(await task).status for task in tasks] == [200] * 16 + [503]

    asyncio.run(story())


def test_the_client_that_asks_most_gives_way_and_clients_take_turns() -> None:
    async def story() -> None:
        answers, process = await held(most_waiting=4)
        hostile = await asking(answers, [b"a", b"b", b"c", b"d"], "hostile")
        one, two = await asking(answers, [b"one"], "first"), await asking(answers, [b"two"], "second")
        assert [task.done() for task in hostile] == [False, False, True, True]
        process.let_go.set()
        await asyncio.gather(*hostile, *one, *two)
        assert process.asked == [b"first", b"a", b"one", b"two", b"b"]

    asyncio.run(story())


def test_kept_answers_are_bounded_by_their_bytes() -> None:
    kept = KeptAnswers(10_000)
    for k in range(20):
        kept.put(Question("curves", b"%d" % k), Answer(200, bytes(1400)))
        kept.get(Question("curves", b"0"))
    there = [k for k in range(20) if kept.get(Question("curves", b"%d" % k))]
    assert there == [0, 16, 17, 18, 19]
    kept.put(Question("curves", b"large"), Answer(200, bytes(20_000)))
    assert kept.get(Question("curves", b"large")) is None


SERVER = """
import asyncio, os, signal
from ui.serving.answers import Answers
from ui.serving.worker import Question
async def asked():
    print(len((await Answers().ask(Question("curves", b"loss=bce"))).body), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(asked())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_the_process_ends_with_a_server_that_is_killed() -> None:
    """It holds its server's output open as long as it lives."""
    command = [sys.executable, "-c", SERVER]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == -9
    assert int(ended.stdout) > 1000, ended.stderr
