"""The process that answers for live figures, so that a hand that drags never waits for a page that runs."""

from __future__ import annotations

import asyncio
import multiprocessing
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from ui.serving import worker

_ATTEMPTS = 3
_DEADLINE_S = 30
_PATIENCE_S = 4


class Unanswered(RuntimeError):
    """The process died over a question, again and again."""


class Answers:
    """One process beside this one, started anew if it has died; any thread or task may ask it at any time."""

    def __init__(self) -> None:
        self._changing = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._first = threading.Event()
        self._first.set()

    def start(self) -> None:
        """Start the process, unless it runs, and return at once."""
        if self._pool is None:
            self._first.clear()
            self._running().submit(worker.ready)

    def wait(self) -> None:
        """Wait until the first question has been answered since the start, or for a few seconds if there is none."""
        self._first.wait(timeout=_PATIENCE_S)

    async def ask(self, route: str, query: dict[str, list[str]]) -> bytes:
        """The answer to a question, as `worker.answer` gives it.

        Raises
        ------
        ValueError
            With one sentence, if the question is not a good one.
        Unanswered
            If the process died over it three times, or did not answer in time.
        """
        for _ in range(_ATTEMPTS):
            pool = self._running()
            try:
                asked = asyncio.wrap_future(pool.submit(worker.answer, route, query))
                answer = await asyncio.wait_for(asked, _DEADLINE_S)
            except BrokenProcessPool:
                self._leave(pool)
            except TimeoutError:
                self._leave(pool, kill=True)
            else:
                self._first.set()
                return answer
        raise Unanswered("The curves cannot be computed now; try again.")

    def stop(self) -> None:
        """End the process; the next question would start another."""
        if self._pool is not None:
            self._leave(self._pool)

    def _running(self) -> ProcessPoolExecutor:
        with self._changing:
            if self._pool is None:
                # A new interpreter everywhere: the server has threads, and a fork of it would inherit their locks.
                context = multiprocessing.get_context("spawn")
                self._pool = ProcessPoolExecutor(1, context, initializer=worker.begin)
            return self._pool

    def _leave(self, pool: ProcessPoolExecutor, *, kill: bool = False) -> None:
        """Give a pool up, once, however many asked it."""
        with self._changing:
            if self._pool is not pool:
                return
            self._pool = None
        if kill:
            _kill(pool)
        pool.shutdown(wait=False)


def _kill(pool: ProcessPoolExecutor) -> None:
    """Kill the process of a pool that does not answer.

    The pool waits for ever for the rest of an answer whose process was killed as it wrote, unless its own end of
    their pipe is closed; Python offers no way to say so.
    """
    for process in list((pool._processes or {}).values()):
        process.kill()
        process.join()
    pool._result_queue._writer.close()  # type: ignore[attr-defined]


answers = Answers()
