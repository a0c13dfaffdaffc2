"""What a file is, from its first bytes; its name only decides among texts."""

from __future__ import annotations

import re

from lossviz.labels.sources.encodings import encoding_of, is_wide

_MAGIC = {
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"PAR1": "parquet",
    b"ARROW1": "arrow",
    b"FEA1": "feather",
    b"ORC": "orc",
    b"\x93NUMPY": "npy",
    b"\x89PNG\r\n\x1a\n": "png",
    b"\xd0\xcf\x11\xe0": "workbook",  # xls
    b"SQLite format 3\0": "sqlite",
    b"\x89HDF": "hdf5",
    b"MATLAB 7.3": "hdf5",
    b"MATLAB 5.0": "matlab",
    b"$FL2": "spss",
    b"$FL3": "spss",
    b"<stata_dta>": "stata",
    b"\0" * 12 + b"\xc2\xea\x81\x60": "sas",
    b"HEADER RECORD*******LIB": "sas transport",
}
# What is read here and there, and not from its start to its end.
SOUGHT = {"parquet", "arrow", "feather", "orc", "workbook", "sqlite", "hdf5", "matlab"}
SOUGHT |= {"stata", "spss", "spss portable", "sas", "sas transport"}
# What holds no labels that can be read: what it is, and what to do.
_TABLE, _UNPACKED = "Save the labels as CSV or Parquet.", "Unpack it, and upload the label file or a zip of it."
_NO_LABELS = "Upload the file that holds the labels, such as a CSV with a row per sample."
REFUSED = {
    "pickle": (
        "a Python pickle or torch checkpoint, which is never opened because it can run code",
        "Save the labels as npy or CSV.",
    ),
    "image": ("a photograph or picture, whose pixels are no label values", "Save the labels as PNG masks."),
    "jpeg": ("a JPEG image, whose compression changes label values", "Save the labels as PNG masks."),
    "tiff": ("a TIFF image", "Save the labels as PNG masks."),
    "dicom": ("a DICOM image", "Save the labels as CSV, or masks as PNG."),
    "nifti": (
        "a NIfTI volume",
        "Save the labels as npy: numpy.save(path, nibabel.load(file).get_fdata().astype(int)).",
    ),
    "pdf": ("a PDF", "Save the labels as CSV or Excel."),
    "rar": ("a RAR or 7z archive", _UNPACKED),
    "tar": ("a tar archive", _UNPACKED),
    "bzip2": ("a bzip2 archive", _UNPACKED),
    "xz": ("an xz archive", _UNPACKED),
    "lz4": ("an LZ4 archive", _UNPACKED),
    "r": ("an R data file", "Save the labels in R as CSV: write.csv(data, 'labels.csv', row.names = FALSE)."),
    "avro": ("an Avro file", _TABLE),
    "duckdb": ("a DuckDB database", "Save the labels there as Parquet: COPY labels TO 'labels.parquet'."),
    "access": ("a Microsoft Access database", "Save the table as CSV or Excel."),
    "netcdf": ("a NetCDF file", "Save the labels as npy or CSV."),
    "safetensors": ("a safetensors file of tensors", "Save the labels as npy."),
    "gguf": ("a GGUF file of model weights", _NO_LABELS),
    "tfrecord": ("a TFRecord file, whose records have no columns", _TABLE),
    "yaml": (
        "YAML",
        "Save its records as JSON: json.dump(yaml.safe_load(open('labels.yaml')), open('labels.json', 'w')).",
    ),
    "audio": ("a sound file", _NO_LABELS),
    "video": ("a video", _NO_LABELS),
    "program": ("a program", _NO_LABELS),
    "binary": ("a binary file of an unknown kind", _TABLE),
}
_OTHERS = {
    b"\xff\xd8\xff": "jpeg",
    b"GIF8": "image",
    b"BM": "image",
    b"II*\0": "tiff",
    b"MM\0*": "tiff",
    b"\0\0\1\0": "image",  # ico
    b"8BPS": "image",
    b"%PDF": "pdf",
    b"Rar!": "rar",
    b"7z\xbc\xaf": "rar",
    b"BZh": "bzip2",
    b"\xfd7zXZ\0": "xz",
    b"\x04\x22\x4d\x18": "lz4",
    b"RDX": "r",
    b"RDA": "r",
    b"X\n\0\0\0": "r",
    b"Obj\1": "avro",
    b"\0\1\0\0Standard": "access",
    b"CDF\1": "netcdf",
    b"CDF\2": "netcdf",
    b"GGUF": "gguf",
    b"ID3": "audio",
    b"OggS": "audio",
    b"fLaC": "audio",
    b"\x7fELF": "program",
    b"MZ\x90\0": "program",
    b"\xca\xfe\xba\xbe": "program",
    b"\xcf\xfa\xed\xfe": "program",
}
_LATER = {
    (8, b"DUCK"): "duckdb",
    (8, b"WAVE"): "audio",
    (8, b"AVI "): "video",
    (8, b"WEBP"): "image",
    (4, b"ftyp"): "video",
    (128, b"DICM"): "dicom",
    (257, b"ustar"): "tar",
    (344, b"n+1\0"): "nifti",
    (512, b"\x89HDF"): "hdf5",
}
_STATA_BEFORE_117 = re.compile(rb"[\x69-\x73][\x01\x02]\x01\x00")
_IDX = re.compile(rb"\0\0[\x08\x09\x0b-\x0e][\x01-\x05]")
_ARROW_STREAM = re.compile(rb"\xff\xff\xff\xff..[\x00-\x0f]\x00[\x08-\x20]\x00\x00\x00", re.DOTALL)
_SAFETENSORS = re.compile(rb".{4}\0{4}\{\"", re.DOTALL)
_YAML_LINE = re.compile(rb"\s*(?:- |-\s*$|(?:[\w./-]+|\"[^\"]*\"|'[^']*') ?:(?:\s|$))")
_LONG_MAGIC, _LOOKED_AT = 10, 8192
# Bytes that no text holds, but for those that separate columns or records, or end a file.
_CONTROL = bytes(byte for byte in range(0x1A) if byte not in b"\1\2\3\t\n\x0b\x0c\r")


_ENDINGS = {
    "jpg": "jpeg", "jpeg": "jpeg", "jpe": "jpeg", "jfif": "jpeg", "png": "png", "tif": "tiff", "tiff": "tiff",
} | dict.fromkeys(("webp", "bmp", "gif", "heic", "avif", "ppm", "pgm", "jp2"), "image")  # fmt: skip

PICTURES = frozenset(_ENDINGS.values())


def picture_kind(name: str) -> str:
    """The kind of a picture by the end of its name; nothing for others."""
    return _ENDINGS.get(name.rpartition(".")[2].lower(), "")


def kind_of(data: bytes, name: str) -> str:
    """The kind of a file, such as "gzip", "zip", "workbook", "parquet", "npy", "png", "json", "arff" or "text"."""
    for magic, kind in (_MAGIC | _OTHERS).items():
        # A text may begin with the three letters by which others are known.
        if data.startswith(magic) and (len(magic) >= _LONG_MAGIC or not magic.isascii() or _controls(data)):
            return kind
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped(data)
    if _pickled(data):
        return "pickle"
    for (at, magic), kind in _LATER.items():
        if data.startswith(magic, at):
            return kind
    for pattern, kind in (
        (_IDX, "idx"),
        (_STATA_BEFORE_117, "stata"),
        (_ARROW_STREAM, "arrow"),
        (_SAFETENSORS, "safetensors"),
    ):
        if pattern.match(data):
            return kind
    if b"SPSSPORT" in data[:600]:
        return "spss portable"
    if _is_binary(data):
        return "tfrecord" if ".tfrec" in name.lower() else "binary"
    head = data[:65536].removeprefix(b"\xef\xbb\xbf").lstrip()
    lower = head[:2000].lower()
    if head.startswith(b"version https://git-lfs"):
        return "lfs"
    if lower.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<svg")) or (
        lower.startswith(b"<!") and b"<html" in lower
    ):
        return "html"
    if lower.startswith((b"<?xml", b"<!doctype")) or (re.match(rb"<\w+[^>]*>", head) and name.lower().endswith(".xml")):
        return "html" if b"<html" in lower else "xml"
    if re.search(rb"^[ \t]*@(relation|attribute)\b", head, re.IGNORECASE | re.MULTILINE):
        return "arff"
    if _is_toml(head, name):
        return "toml"
    if head[:1] in (b"{", b"["):
        return "json"
    if _is_yaml(head, name):
        return "yaml"
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


def _is_toml(head: bytes, name: str) -> bool:
    """Whether a text has tables of TOML, or says so in its name and has its assignments."""
    tables = re.match(rb"(?:#[^\n]*\n|\s)*\[\[[A-Za-z_][\w.-]*\]\]\s*(#|\n|\r)", head)
    assigned = re.search(rb"^[\w.\"-]+\s*=|^\[[\w.\"-]+\]\s*$", head, re.MULTILINE)
    return bool(tables or (name.lower().endswith(".toml") and assigned))


def _is_yaml(head: bytes, name: str) -> bool:
    """Whether a text is a list of records as YAML has it, or says so in its name and has keys or items."""
    lines = [
        line for line in head[:_LOOKED_AT].split(b"\n")[:200] if line.strip() and not line.lstrip().startswith(b"#")
    ]
    named = name.lower().endswith((".yaml", ".yml"))
    keyed = sum(bool(_YAML_LINE.match(line)) for line in lines)
    if named or lines[:1] in ([b"---"], [b"---\r"]):
        return 2 * keyed >= max(1, len(lines) - 1)
    record = re.match(rb"- [\w\"' -]+: ?\S[^\n]*\n(?:  [\w\"' -]+:(?: [^\n]*)?\n|- [\w\"' -]+: ?\S)", b"\n".join(lines))
    return bool(record) and keyed >= 0.9 * len(lines)


def _is_binary(data: bytes) -> bool:
    """Whether these are no text, whatever its encoding."""
    sample = data[:_LOOKED_AT]
    few = _controls(data) < len(sample) // 5 and _is_utf8(sample)
    return _controls(data) > max(1, len(sample) // 50) and not few and not is_wide(encoding_of(data)[0])


def _is_utf8(sample: bytes) -> bool:
    """Whether bytes are UTF-8 but for a character that their end cuts."""
    try:
        sample.decode()
    except UnicodeDecodeError as error:
        return error.start > len(sample) - 4
    return True


def _controls(data: bytes) -> int:
    sample = data[:_LOOKED_AT]
    return len(sample) - len(sample.translate(None, _CONTROL))
