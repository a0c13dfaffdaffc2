"""What a file is, from its first bytes; its name only decides among texts."""

from __future__ import annotations

import re

_MAGIC = {
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"PAR1": "parquet",
    b"\x93NUMPY": "npy",
    b"\x89PNG\r\n\x1a\n": "png",
    b"\xd0\xcf\x11\xe0": "workbook",  # xls
}
# What holds no labels that can be read: what it is, and what to do.
REFUSED = {
    "pickle": ("a Python pickle or torch checkpoint, which is never opened because it can run code", "npy or CSV"),
    "jpeg": ("a JPEG image, whose compression changes label values", "PNG masks"),
    "pdf": ("a PDF", "CSV or Excel"),
    "hdf5": ("an HDF5 file", "npy, Parquet or CSV"),
    "matlab": ("a MATLAB file", "npy or CSV"),
    "sqlite": ("a SQLite database", "CSV"),
    "rar": ("a RAR or 7z archive", "zip"),
}
_OTHERS = {
    b"\xff\xd8\xff": "jpeg",
    b"%PDF": "pdf",
    b"\x89HDF": "hdf5",
    b"MATLAB 5.0": "matlab",
    b"SQLite format 3": "sqlite",
    b"Rar!": "rar",
    b"7z\xbc\xaf": "rar",
}


def kind_of(data: bytes, name: str) -> str:
    """The kind of a file, such as "gzip", "zip", "workbook", "parquet", "npy", "png", "json", "arff" or "text"."""
    for magic, kind in (_MAGIC | _OTHERS).items():
        if data.startswith(magic):
            return kind
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped(data)
    if _pickled(data):
        return "pickle"
    head = data[:65536].removeprefix(b"\xef\xbb\xbf").lstrip()
    lower = head[:2000].lower()
    if head.startswith(b"version https://git-lfs"):
        return "lfs"
    if lower.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<svg")) or (
        lower.startswith(b"<!") and b"<html" in lower
    ):
        return "html"
    if lower.startswith(b"<?xml") or (re.match(rb"<\w+[^>]*>", head) and name.lower().endswith(".xml")):
        return "html" if b"<html" in lower else "xml"
    if re.search(rb"^\s*@(relation|attribute)\b", head, re.IGNORECASE | re.MULTILINE):
        return "arff"
    if head[:1] in (b"{", b"["):
        return "json"
    return "text"


def _zipped(data: bytes) -> str:
    tail = data[-(1 << 16) :]
    if b"xl/workbook." in tail or (b"[Content_Types].xml" in data[:4096] and b"xl/" in tail):
        return "workbook"
    if b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet" in data[:200]:
        return "workbook"
    if b".npy" in tail and b".npy" in data[:4096]:
        return "npz"
    if b"archive/data.pkl" in data[:65536] or b"/data.pkl" in tail:
        return "pickle"
    return "zip"


def _pickled(data: bytes) -> bool:
    """Protocols 2 to 5 begin alike and end with a full stop; text of protocol 0 has its own first lines."""
    if len(data) > 2 and data[0] == 0x80 and data[1] in (2, 3, 4, 5):
        return True
    return data[:16].startswith((b"(lp", b"(dp", b"cnumpy", b"ctorch", b"c__builtin__", b"ccopy_reg"))
