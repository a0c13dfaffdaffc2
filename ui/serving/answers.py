"""Answers for live figures from a process beside this one, so that a hand that drags never waits for a page."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter, OrderedDict

from ui.serving.process import AnsweringProcess
from ui.serving.waiting import Asked, WaitingQuestions
from ui.serving.worker import Answer, Question

MOST_WAITING = 16
DEADLINE_S = 2.0
MOST_BYTES_KEPT = 32_000_000
_ATTEMPTS = 2
_PATIENCE_S = 4
_BYTES_BESIDE = 500  # of an entry that is kept, beside question and answer

BUSY = Answer(503, b"Many figures are asked for at this moment; ask again in a second.")
LATE = Answer(503, b"The figure took too long to compute and was given up; change what you set last.")
DEAD = Answer(503, b"The figure cannot be computed now; try again.")


class KeptAnswers:
    """The answers that were given last, within a number of bytes."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._answers: OrderedDict[Question, Answer] = OrderedDict()

    def get(self, question: Question) -> Answer | None:
        answer = self._answers.get(question)
        if answer is not None:
            self._answers.move_to_end(question)
        return answer

    def put(self, question: Question, answer: Answer) -> None:
        if question in self._answers:
            return
        self._answers[question] = answer
        self._bytes += _size(question, answer)
        while self._bytes > self._most_bytes:
            self._bytes -= _size(*self._answers.popitem(last=False))


def _size(question: Question, answer: Answer) -> int:
    return len(question.query) + len(answer.body) + _BYTES_BESIDE


class Answers:
    """The answering process with the questions that wait for it; to be asked by the tasks of one event loop.

    One question at a time is with the process; one that nobody waits for any longer does not reach it. A process
    that dies or does not answer in time is replaced.
    """

    def __init__(self, *, deadline: float = DEADLINE_S, most_waiting: int = MOST_WAITING) -> None:
        self.deadline = deadline
        self._process: AnsweringProcess | None = None
        self._kept = KeptAnswers(MOST_BYTES_KEPT)
        self._asked: dict[Question, Asked] = {}
        self._waiting = WaitingQuestions(most_waiting)
        self.counts: Counter[str] = Counter()
        self._asking: asyncio.Task[None] | None = None
        self._first = threading.Event()
        self._first.set()

    def start(self) -> None:
        """Start the process, unless it runs, and return at once; any thread may."""
        self._running()

    async def begun(self) -> None:
        """Wait until the process is ready, or has failed to become so."""
        self._go_on()
        if self._asking is not None:
            await asyncio.wait([self._asking])

    @property
    def ready(self) -> bool:
        """Whether the process lives and has imported what it needs."""
        return self._process is not None and self._process.ready

    @property
    def waiting(self) -> int:
        """How many questions wait for the process."""
        return len(self._waiting)

    def wait(self) -> None:
        """Wait until the first question has been answered since the start, or for a few seconds if there is none."""
        self._first.wait(timeout=_PATIENCE_S)

    def kept(self, question: Question) -> Answer | None:
        """The answer, if it was given lately."""
        answer = self._kept.get(question)
        self.counts["kept"] += answer is not None
        return answer

    async def ask(self, question: Question, client: str = "") -> Answer:
        """The answer; equal questions at one time are asked once.

        Cancelled, the question is taken back, unless another waits for its answer too.
        """
        if (kept := self.kept(question)) is not None:
            return kept
        asked = self._asked.get(question)
        if asked is None:
            asked = self._asked[question] = Asked(question, client)
            if (turned_away := self._waiting.add(asked)) is not None:
                self._settle(turned_away, BUSY)
                self.counts["busy"] += 1
            self._go_on()
        asked.askers += 1
        try:
            return await asyncio.shield(asked.answer)
        finally:
            asked.askers -= 1
            if not asked.askers and self._waiting.remove(asked):
                del self._asked[question]
                self.counts["left"] += 1

    def stop(self) -> None:
        """End the process; the next question would start another."""
        if self._asking is not None:
            self._asking.cancel()
        self._leave()

    def _go_on(self) -> None:
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._answer_all(), name="answers")

    async def _answer_all(self) -> None:
        """See to it that the process is ready, and answer until no question waits."""
        try:
            await self._running().begun()
        except (OSError, EOFError):
            self._leave()
        while len(self._waiting):
            asked = self._waiting.next()
            answer = DEAD
            try:
                answer = await self._answered(asked.question)
            finally:
                self._settle(asked, answer)
            self.counts["computed" if answer.status < 500 else "late" if answer is LATE else "failed"] += 1
            if answer.status < 500:
                self._kept.put(asked.question, answer)
                self._first.set()

    async def _answered(self, question: Question) -> Answer:
        for _ in range(_ATTEMPTS):
            try:
                return await self._running().ask(question, self.deadline)
            except TimeoutError:
                self._leave()
                self.start()
                return LATE
            except (OSError, EOFError):
                self._leave()
            except BaseException:
                self._leave()
                raise
        return DEAD

    def _running(self) -> AnsweringProcess:
        if self._process is None:
            self._first.clear()
            self._process = AnsweringProcess()
        return self._process

    def _settle(self, asked: Asked, answer: Answer) -> None:
        self._asked.pop(asked.question, None)
        if not asked.answer.done():
            asked.answer.set_result(answer)

    def _leave(self) -> None:
        if self._process is not None:
            self._process.end()
            self._process = None


answers = Answers()
