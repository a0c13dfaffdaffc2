"""Text in odd dialects -> the same text as the fast reader takes it, rewritten while it is read."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Callable, Iterator
from typing import IO, Any, cast

from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.tables.streams import BLOCK, Opener, blocks_of

# A character that stands in no label, for delimiters that are no single character.
UNIT = "\x1f"


def tabbed(opener: Opener) -> Opener:
    """Cells that stand apart by blanks, with one tab between them."""
    return _by_lines(opener, lambda block: re.sub(rb"[ \t]+", b"\t", re.sub(rb"(?m)^[ \t]+|[ \t\r]+$", b"", block)))


def cut_at(opener: Opener, delimiter: str) -> Opener:
    """Cells that stand apart by several characters, with `UNIT` between them."""
    return _by_lines(opener, lambda block: block.replace(delimiter.encode(), UNIT.encode()))


def in_utf8(opener: Opener, encoding: str) -> Opener:
    """Text of an encoding whose characters are wider than a byte."""

    def rewritten(file: IO[bytes]) -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            while block := file.read(BLOCK):
                yield decoder.decode(block).encode()
            yield decoder.decode(b"", True).encode()
        except UnicodeError as error:
            raise UnreadableLabels(
                f"The file is not {encoding} text to its end.", "Save it as UTF-8 text, or choose another encoding."
            ) from error

    return lambda: _stream(opener(), rewritten)


def _by_lines(opener: Opener, rewritten: Callable[[bytes], bytes]) -> Opener:
    return lambda: _stream(opener(), lambda file: map(rewritten, blocks_of(file)))


def _stream(file: IO[bytes], rewritten: Callable[[IO[bytes]], Iterator[bytes]]) -> IO[bytes]:
    return cast(IO[bytes], io.BufferedReader(_Rewritten(file, rewritten(file)), BLOCK))


class _Rewritten(io.RawIOBase):
    def __init__(self, file: IO[bytes], blocks: Iterator[bytes]) -> None:
        self.file, self.blocks, self.ready = file, blocks, b""

    def close(self) -> None:
        self.file.close()
        super().close()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self.ready:
            block = next(self.blocks, None)
            if block is None:
                return 0
            self.ready = block
        part, self.ready = self.ready[: len(buffer)], self.ready[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)
