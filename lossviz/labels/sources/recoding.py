"""Text in an encoding of wide characters, or with the line ends of old Macs -> UTF-8 lines, rewritten while read."""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterator
from typing import IO, Any, cast

from lossviz.labels import limits
from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.sources.streams import Opener


def in_utf8(opener: Opener, encoding: str) -> Opener:
    """Text of an encoding whose characters are wider than a byte."""

    def rewritten(file: IO[bytes]) -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            while block := file.read(limits.BLOCK):
                yield decoder.decode(block).encode()
            yield decoder.decode(b"", True).encode()
        except UnicodeError as error:
            raise UnreadableLabels(
                f"The file is not {encoding} text to its end.", "Save it as UTF-8 text, or choose another encoding."
            ) from error

    return lambda: _stream(opener(), rewritten)


def with_line_feeds(opener: Opener) -> Opener:
    """Text whose lines end with carriage returns alone."""

    def rewritten(file: IO[bytes]) -> Iterator[bytes]:
        while block := file.read(limits.BLOCK):
            yield block.replace(b"\r", b"\n")

    return lambda: _stream(opener(), rewritten)


def _stream(file: IO[bytes], rewritten: Callable[[IO[bytes]], Iterator[bytes]]) -> IO[bytes]:
    return cast(IO[bytes], io.BufferedReader(_Rewritten(file, rewritten(file)), 1 << 20))


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
