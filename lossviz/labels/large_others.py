"""Large files that are no tables -> an Inspection, or a COCO file, read in pieces; large packages -> their files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lossviz.labels import large
from lossviz.labels.arrays import inspect_arrays
from lossviz.labels.inspection import Inspection
from lossviz.labels.json_lists import elements
from lossviz.labels.libsvm import inspect_libsvm, is_libsvm
from lossviz.labels.openers import Packed, archive_of, opener_of, sources_in, unpacked
from lossviz.labels.records import Coco, inspect_coco
from lossviz.labels.sniff import kind_of
from lossviz.labels.streams import Opener, blocks_of


def inspect_in_pieces(source: Any, name: str, settings: Mapping[str, Any]) -> Inspection | None:
    """What was found in a large file; None if it is small or of another kind."""
    found = _large(source)
    if found is None:
        return None
    kind, opener = found
    if kind in ("npy", "npz"):
        return inspect_arrays(opener, name, kind, settings)
    if kind == "text" and not {"encoding", "delimiter", "header"} & set(settings):
        with opener() as file:
            if is_libsvm(file.read(65536).decode("latin-1")):
                return inspect_libsvm(_lines(opener), name)
    coco = _coco(opener) if kind == "json" else None
    return None if coco is None else inspect_coco(coco, name)


@dataclass(frozen=True)
class Part:
    """One file of a package: its name, what its first bytes say it is, and a source to read it from."""

    name: str
    kind: str
    source: Any


def parts_of(source: Any) -> list[Part]:
    """The files of a large package, each to be read by itself; none if it is small, or if some need others."""
    try:
        found = sources_in(source)
        opened = [opener_of(each) for _, each in found]
        if sum(each[1] for each in opened if each is not None) < large.LARGE_BYTES:
            return []
        parts = [_part(*each) for each in found]
    except (OSError, *large.DAMAGED):
        return []  # the way of small files says what is wrong
    finally:
        if hasattr(source, "seek"):
            source.seek(0)  # for the way of small files
    inside = any(isinstance(part.source, Packed) for part in parts)
    # What is in an archive can be read from its start alone.
    apart = all(part.kind in ("text", "json") if inside else part.kind not in ("png", "xml", "arff") for part in parts)
    return parts if len(parts) > 1 and apart else []


def _part(name: str, source: Any) -> Part:
    opened = opener_of(source)
    if opened is None:
        return Part(name, "", source)
    with opened[0]() as file:
        return Part(name, kind_of(file.read(65536), name), source)


def large_coco(source: Any) -> Coco | None:
    """The large COCO file that a source is; None for any other source."""
    found = _large(source)
    return _coco(found[1]) if found is not None and found[0] == "json" else None


def _large(source: Any) -> tuple[str, Opener] | None:
    """The kind of a large file and a way to open it, unpacked; None for a small one."""
    try:
        opened = opener_of(source)
        if opened is None or opened[1] < large.LARGE_BYTES // 8:
            return None
        opener, size = opened
        kind, inner = unpacked(opener, size)
        if kind in ("zip", "packed"):
            return ("npz", opener) if size >= large.LARGE_BYTES and _is_npz(opener) else None
        return (kind, inner) if size >= large.LARGE_BYTES or inner is not opener else None
    except (OSError, *large.DAMAGED):
        return None  # the way of small files says what is wrong
    finally:
        if hasattr(source, "seek"):
            source.seek(0)  # for the way of small files


def _is_npz(opener: Opener) -> bool:
    with opener() as file:
        if file.read(4) != b"PK\x03\x04":
            return False
        return all(each.filename.endswith(".npy") for each in archive_of(file).infolist())


def _coco(opener: Opener) -> Coco | None:
    with opener() as file:
        start = file.read(65536)
    if not start.lstrip().startswith(b"{") or not any(
        b'"' + key + b'"' in start for key in (b"images", b"annotations", b"categories")
    ):
        return None
    with opener() as file:
        return Coco.of(elements(file))


def _lines(opener: Opener) -> Iterator[str]:
    with opener() as file:
        for block in blocks_of(file):
            yield from block.decode("latin-1").split("\n")
