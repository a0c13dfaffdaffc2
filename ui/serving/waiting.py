"""Questions that wait for the answering process: few, and each client in its turn."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from dataclasses import dataclass, field

from ui.serving.worker import Answer, Question


@dataclass(eq=False)
class Asked:
    """A question, the client that asked it first, and how many wait for its answer."""

    question: Question
    client: str
    askers: int = 0
    answer: asyncio.Future[Answer] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class WaitingQuestions:
    """At most `most` questions; the clients take turns, and where there is no room the longest line gives way."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._lines: OrderedDict[str, deque[Asked]] = OrderedDict()

    def __len__(self) -> int:
        return sum(len(line) for line in self._lines.values())

    def add(self, asked: Asked) -> Asked | None:
        """Take a question in; the one that there is no room for now, if any, comes back."""
        turned_away = None
        if len(self) >= self.most:
            longest = max(self._lines.values(), key=len)
            if len(longest) <= len(self._lines.get(asked.client, ())) + 1:
                return asked
            turned_away = longest[-1]
            self.remove(turned_away)
        self._lines.setdefault(asked.client, deque()).append(asked)
        return turned_away

    def remove(self, asked: Asked) -> bool:
        """Take a question out that nobody waits for; whether it was still there."""
        line = self._lines.get(asked.client, deque())
        if asked not in line:
            return False
        line.remove(asked)
        if not line:
            del self._lines[asked.client]
        return True

    def next(self) -> Asked:
        """The oldest question of the client whose turn it is; it comes last from now on."""
        client, line = self._lines.popitem(last=False)
        asked = line.popleft()
        if line:
            self._lines[client] = line
        return asked
