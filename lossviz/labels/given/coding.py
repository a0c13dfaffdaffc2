"""Names and whole numbers as few bytes: a model that learns as it goes, and a binary arithmetic coder.

The mixing of contexts is that of lpaq1 (Mahoney 2007), in whole numbers alone, so that every machine
reads what another has written. Encoder and decoder run the same model; only `code` differs, and both refuse
with a ValueError to take more than `most` decisions, so that no few bytes keep a reader busy for long.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable
from functools import cache
from operator import mul
from typing import Final

# Codes one decision that is true with `probability` / 65536, and gives it back.
Code = Callable[[int, int], int]

_END: Final = 256
# The end and the 39 bytes that names are mostly made of, in groups of eight; all others are spelled in eight bits.
_FREQUENT: Final = (_END, *b"etaoinrslcdhupmgbyfkwv _-0123456789xzjq")
_RANKS: Final = {byte: rank for rank, byte in enumerate(_FREQUENT)}
_GROUPS: Final = len(_FREQUENT) // 8
_LOGISTIC: Final = (
    *(1, 2, 3, 6, 10, 16, 27, 45, 73, 120, 194, 310, 488, 747, 1101, 1546, 2047),
    *(2549, 2994, 3348, 3607, 3785, 3901, 3975, 4022, 4050, 4068, 4079, 4085, 4089, 4092, 4093, 4094),
)
_MOST_SEEN: Final = 60
_STEPS: Final = tuple(655_360 // (10 * seen + 16) for seen in range(_MOST_SEEN + 1))

# Of each decision its probability of 65536 and how often it was met.
_Memory = dict[int, list[int]]


def _memory() -> _Memory:
    return defaultdict(lambda: [1 << 15, 0])


class Encoder:
    """Decisions in, bytes out."""

    def __init__(self, most: int) -> None:
        self._left = most
        self._low, self._high = 0, 0xFFFFFFFF
        self._bytes = bytearray()

    def code(self, probability: int, decision: int) -> int:
        self._left -= 1
        if self._left < 0:
            raise ValueError("it holds more than a link may carry.")
        middle = self._low + ((self._high - self._low) * probability >> 16)
        if decision:
            self._high = middle
        else:
            self._low = middle + 1
        while not (self._low ^ self._high) & 0xFF000000:
            self._bytes.append(self._high >> 24)
            self._low, self._high = self._low << 8 & 0xFFFFFFFF, self._high << 8 & 0xFFFFFFFF | 0xFF
        return decision

    def finished(self) -> bytes:
        """All that was coded, with as much more as tells it from what might follow."""
        last = bytes([(self._low >> 24) + 1]) if self._low else b""
        return bytes(self._bytes + last)


class Decoder:
    """Bytes in, decisions out."""

    def __init__(self, data: bytes, most: int) -> None:
        self._left = most
        self._low, self._high = 0, 0xFFFFFFFF
        self._data, self._at = data, 4
        self._value = int.from_bytes(data[:4].ljust(4, b"\0"), "big")

    def code(self, probability: int, decision: int = 0) -> int:
        self._left -= 1
        if self._left < 0:
            raise ValueError("it holds more than a link may carry.")
        middle = self._low + ((self._high - self._low) * probability >> 16)
        decision = int(self._value <= middle)
        if decision:
            self._high = middle
        else:
            self._low = middle + 1
        while not (self._low ^ self._high) & 0xFF000000:
            if self._at == len(self._data) + 4:
                raise ValueError("it ends too early.")
            following = self._data[self._at] if self._at < len(self._data) else 0
            self._at += 1
            self._low, self._high = self._low << 8 & 0xFFFFFFFF, self._high << 8 & 0xFFFFFFFF | 0xFF
            self._value = self._value << 8 & 0xFFFFFFFF | following
        return decision


class NumberModel:
    """Whole numbers below 2**64, each kind with a memory of its own."""

    def __init__(self, code: Code) -> None:
        self._code = code
        self._cells: dict[Hashable, list[int]] = {}

    def number(self, kind: str, value: int = 0) -> int:
        """The number coded; `value` is what the encoder is given."""
        length = value.bit_length()
        n = 0
        while n < 64 and self._decision((kind, n), int(length > n)):
            n += 1
        found = int(n > 0)
        for below in range(n - 2, -1, -1):
            found = found << 1 | self._decision((kind, n, found), value >> below & 1)
        return found

    def _decision(self, context: Hashable, decision: int) -> int:
        cell = self._cells.setdefault(context, [1 << 15, 0])
        decision = self._code(min(max(cell[0], 64), 65536 - 64), decision)
        # Slow to believe: most digits of a count are chance, and only what comes often is learned.
        cell[0] += ((decision << 16) - cell[0]) // (cell[1] + 5)
        cell[1] = min(cell[1] + 1, _MOST_SEEN)
        return decision


class NameModel:
    """Names one after the other, each byte guessed from those before it, the word, and the name before."""

    def __init__(self, code: Code) -> None:
        self._code = code
        self._tables: tuple[dict[Hashable, _Memory], ...] = tuple(defaultdict(_memory) for _ in range(6))
        self._mixers: dict[tuple[int, int], list[int]] = defaultdict(lambda: [20_000] * 6)
        self._probabilities, self._logits = _probabilities(), _logits()
        self._before = b""

    def name(self, value: bytes = b"") -> bytes:
        """The name coded; `value` is what the encoder is given."""
        found = bytearray()
        given = [*value, _END]
        one = two = three = word = _END
        alike = True
        while True:
            at = len(found)
            above = self._before[at] if at < len(self._before) else _END
            following = self._before[at + 1] if at + 1 < len(self._before) else _END
            contexts = (
                0,
                one,
                (one, two),
                (one, two, three),
                (word, one),
                (above, alike, min(at, 12), one if alike else following),
            )
            byte = self._byte(contexts, given[at] if at < len(given) else _END)
            if byte == _END:
                self._before = bytes(found)
                return self._before
            found.append(byte)
            alike = alike and byte == above
            one, two, three = byte, one, two
            word = (word * 271 + byte) & 0xFFFFFFFF if chr(byte).isalpha() else _END

    def _byte(self, contexts: tuple[Hashable, ...], value: int) -> int:
        """One byte or the end: the group that holds it, counted from the most frequent, and its place there."""
        memories = [table[context] for table, context in zip(self._tables, contexts, strict=True)]
        rank = _RANKS.get(value, len(_FREQUENT))
        group = 0
        while group < _GROUPS and self._decision(memories, group, int(rank >> 3 > group)):
            group += 1
        frequent = group < _GROUPS
        places, number, root = (3, rank, 64 + 8 * group) if frequent else (8, value, 256)
        place = 1
        for below in reversed(range(places)):
            place = place << 1 | self._decision(memories, root + place, number >> below & 1)
        return _FREQUENT[8 * group + place - 8] if frequent else place - 256

    def _decision(self, memories: list[_Memory], node: int, decision: int) -> int:
        """One decision: every context's guess as a logit, mixed by weights that learn which contexts to trust."""
        cells = [memory[node] for memory in memories]
        logit_of = self._logits
        logits = [logit_of[cell[0] >> 4] for cell in cells]
        longest = 3 if cells[3][1] else 2 if cells[2][1] else 0
        mixer = self._mixers[longest, min(cells[4][1], 2)]
        mixed = (sum(map(mul, mixer, logits)) >> 16) + 2048
        probability = self._probabilities[1 if mixed < 1 else 4095 if mixed > 4095 else mixed]
        decision = self._code(probability << 4, decision)
        step = ((decision << 12) - probability) * 8
        mixer[:] = [weight + (logit * step + 0x2000 >> 14) for weight, logit in zip(mixer, logits, strict=True)]
        target = 65_535 if decision else 0
        for cell in cells:
            guess, seen = cell
            cell[0] = guess + ((target - guess) * _STEPS[seen] >> 16)
            if seen < _MOST_SEEN:
                cell[1] = seen + 1
        return decision


@cache
def _probabilities() -> tuple[int, ...]:
    """4096 / (1 + exp(-x / 256)) for x from -2048 to 2047."""
    found = []
    for x in range(-2048, 2048):
        place, part = (x >> 7) + 16, x & 127
        found.append((_LOGISTIC[place] * (128 - part) + _LOGISTIC[min(place + 1, 32)] * part + 64) >> 7)
    return tuple(found)


@cache
def _logits() -> tuple[int, ...]:
    """The inverse of `_probabilities`, for p from 0 to 4095."""
    found: list[int] = []
    for x, p in enumerate(_probabilities()):
        found += [x - 2048] * (p + 1 - len(found))
    return tuple(found + [2047] * (4096 - len(found)))
