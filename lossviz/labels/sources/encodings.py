"""Bytes -> text: by byte order mark, as UTF-8, or in the old encoding whose letters fit best."""

from __future__ import annotations

import codecs
import re
from functools import cache

from lossviz.labels.inspection import UnreadableLabels
from lossviz.labels.words import LEGACY, MIXED

_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_WESTERN = "àáâãäåæçèéêëìíîïñòóôõöøùúûüßœ"
_LETTERS = {
    "cp1252": _WESTERN,
    "mac_roman": _WESTERN,
    "cp1250": "ąćęłńóśźżáčďéěíňřšťúůýžäöüőűăâîșțđ",
    "cp1254": "ğışçöüâîû",
    "cp1251": "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґ",
    "koi8_r": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "cp1253": "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋ",
    "cp1255": "אבגדהוזחטיךכלםמןנסעףפץצקרשת",
    "cp1256": "ابتثجحخدذرزسشصضطظعغفقكلمنهويىةءآأإؤئپچژگ",
}
_LATIN = {"cp1252", "mac_roman", "cp1250", "cp1254"}
# The rows of the old tables that hold the letters in daily use, by their first byte.
_ROWS = {
    "gb18030": ("gb2312", range(0xB0, 0xD8)),
    "big5": ("big5", range(0xA4, 0xC7)),
    "cp932": ("cp932", range(0x88, 0x98)),
    "euc_jp": ("euc_jp", range(0xB0, 0xD0)),
    "cp949": ("euc_kr", range(0xB0, 0xC9)),
}
_SAMPLE = 200_000


def decoded(data: bytes, encoding: str | None = None, at: int = 0) -> str:
    """The text in `data`, which begin `at` so many bytes, by default in the likeliest encoding.

    Raises
    ------
    UnreadableLabels
        If it is no such text.
    """
    encoding = encoding or encoding_of(data)[0]
    try:
        text = _mixed(data) if encoding == MIXED else data.decode(encoding)
    except (UnicodeError, LookupError) as error:
        position = at + getattr(error, "start", 0)
        raise UnreadableLabels(
            f"The file is not {encoding} text: byte {position + 1} does not fit.",
            "Save it as UTF-8 text, or choose another encoding.",
        ) from error
    text = text.removesuffix("\x1a")
    if "\x00" in text:
        raise UnreadableLabels(
            f"The file is not text: character {at + text.index(chr(0)) + 1} is a NUL.", "Save the table as UTF-8 text."
        )
    return text


def roughly(data: bytes, encoding: str) -> str:
    """The text in `data`, what does not fit replaced."""
    return _mixed(data) if encoding == MIXED else data.decode(encoding, errors="replace")


def is_wide(encoding: str) -> bool:
    """Whether its characters are wider than a byte, line feeds too."""
    return encoding.lower().replace("_", "-").startswith(("utf-16", "utf16", "utf-32", "utf32"))


def first_odd(data: bytes) -> int | None:
    """Where `data` are no UTF-8 for the first time."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return error.start
    return None


def other_encodings(data: bytes, encoding: str) -> list[str]:
    """The other encodings in which `data` is text as well, the likeliest first; none if it is Unicode."""
    if encoding not in LEGACY:
        return []
    return [name for score, name in _ranked(data) if name != encoding and score > 0.25][:7]


def encoding_of(data: bytes, at: int = 0) -> tuple[str, tuple[str, ...]]:
    """The likeliest encoding of `data`, which begin `at` so many bytes, and what had to be assumed."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name, ()
    sample = data[:4000]
    for name, zeros, others in (("utf-16-le", sample[1::2], sample[::2]), ("utf-16-be", sample[::2], sample[1::2])):
        if zeros.count(0) > max(3, len(sample) // 10) and not others.count(0) and _legible(sample, name):
            return name, ("There is no byte order mark; read as UTF-16.",)
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        position = error.start
    else:
        return "utf-8-sig", ()
    if not _looks_like_text(data):
        return "utf-8-sig", ()
    ranked = _ranked(data)
    name = ranked[0][1] if ranked else "latin-1"
    return name, (f"Not UTF-8 (byte {at + position + 1}); read as {LEGACY.get(name, 'Latin-1')}.",)


def _ranked(data: bytes) -> list[tuple[float, str]]:
    """The old encodings in which `data` is text, by the share of letters in daily use beyond ASCII."""
    text = data[:_SAMPLE].decode("utf-8", errors="replace")
    beyond = sum(ord(char) > 127 for char in text)
    if text.count("\ufffd") < 0.1 * beyond:
        return [(1.0, MIXED), (0.5, "cp1252")]
    runs = re.findall(rb"[\x80-\xff]+", data[:_SAMPLE])
    long = sum(len(run) for run in runs if len(run) > 2) / max(1, sum(map(len, runs)))
    found = []
    for name in (*_ROWS, *_LETTERS):
        try:
            text = data.decode(name)[:_SAMPLE]
        except UnicodeDecodeError:
            continue
        score = _score(text, name)
        found.append((round(score * (1 - 0.7 * long) if name in _LATIN else score, 4), name))
    # Of those that fit equally well the one that most files of the world have comes first.
    order = ["cp1252", "gb18030", *LEGACY]
    return sorted(found, key=lambda item: (-item[0], order.index(item[1])))


def _score(text: str, name: str) -> float:
    beyond = [char for char in text if ord(char) > 127]
    if not beyond:
        return 0.0
    if name in _ROWS:
        share = sum(_daily(char, name) for char in beyond) / len(beyond)
        # Kana are Japanese; Hangul fills only the first rows of what Chinese characters fill.
        kana = name in ("cp932", "euc_jp") and any("\u3041" <= char <= "\u30ff" for char in beyond)
        return share + 0.05 * (kana or (name == "cp949" and share == 1.0 and len(set(beyond)) > 20))
    letters = _LETTERS[name]
    points = sum(
        1.0 if c in letters else 0.8 if c in "’‘“”–—…€£°«»" else 0.5 if c.lower() in letters else 0.0 for c in beyond
    )
    if name not in _LATIN:  # no word is half Latin and half of another script
        points -= len(re.findall(rf"[a-z][{letters}]|[{letters}][a-z]", text))
    odd = len(re.findall(rf"[a-z{letters}][{letters.upper()}]", text)) if name not in ("cp1255", "cp1256") else 0
    return max(0.0, points - odd) / len(beyond)


@cache
def _daily(char: str, name: str) -> float:
    """Whether a letter of an East Asian table is in daily use."""
    if name in ("cp932", "euc_jp") and "\u3041" <= char <= "\u30ff":
        return 1.0
    if char in "，。、；：（）「」？！　":
        return 0.8
    codec, rows = _ROWS[name]
    try:
        first = char.encode(codec)[0]
    except UnicodeEncodeError:
        return 0.0
    return (0.9 if name in ("cp932", "euc_jp") else 1.0) if first in rows else 0.0


def _mixed(data: bytes) -> str:
    codecs.register_error("as_cp1252", _as_cp1252)
    return data.decode("utf-8-sig", errors="as_cp1252")


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", errors="replace"), error.end


def _legible(data: bytes, encoding: str) -> bool:
    """Whether `data`, but for a last letter that may be cut, is text in lines."""
    text = data[: len(data) // 2 * 2].decode(encoding, errors="replace")[:-1]
    return "\n" in text and all(char.isprintable() or char in "\r\n\t" for char in text)


def _looks_like_text(data: bytes) -> bool:
    sample = data[:65536]
    control = sum(byte < 32 and byte not in (1, 9, 10, 12, 13, 26) for byte in sample)
    return b"\x00" not in sample and control <= len(sample) // 1000
