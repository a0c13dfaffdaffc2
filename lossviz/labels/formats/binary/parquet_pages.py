"""The pages of a Parquet file, by their own headers: whether they can be much larger than they weigh.

The footer says nothing that a forged page must keep to. A header is a struct in Thrift's compact protocol, as
``parquet.thrift`` of apache/parquet-format has it.
"""

from __future__ import annotations

from typing import IO, Any

import pyarrow.parquet as pq

# A header is short, unless it says between which long words the values of its page lie.
_SHORT, _LONG = 512, 1 << 16
# What codecs that are plain unpack to at most, beyond what any small page may.
_RATIO, _FREE = 32, 1 << 16
PLAIN_CODECS = {"UNCOMPRESSED", "SNAPPY"}
# PLAIN, the dictionaries, RLE, BIT_PACKED, DELTA_BINARY_PACKED and BYTE_STREAM_SPLIT: no value repeats another's bytes.
_PLAIN_ENCODINGS = {0, 2, 3, 4, 5, 8, 9}
_DATA, _DICTIONARY, _DATA_2 = 5, 7, 8


def are_plain(file: IO[bytes], metadata: pq.FileMetaData, columns: set[str]) -> bool:
    """Whether the pages of these columns hold hardly more than they weigh, as their headers say."""
    for group in range(metadata.num_row_groups):
        for place in range(metadata.num_columns):
            chunk = metadata.row_group(group).column(place)
            if chunk.path_in_schema in columns and not _is_plain(file, chunk):
                return False
    return True


def _is_plain(file: IO[bytes], chunk: pq.ColumnChunkMetaData) -> bool:
    if chunk.compression not in PLAIN_CODECS:
        return False
    at = min(each for each in (chunk.dictionary_page_offset, chunk.data_page_offset) if each)
    end = at + chunk.total_compressed_size
    try:
        while at < end:
            header, size = _header(file, at)
            unpacked, packed = header[2], header[3]
            page: dict[int, Any] = header.get(_DATA) or header.get(_DATA_2) or header[_DICTIONARY]
            encoding = page[4 if _DATA_2 in header else 2]
            if not (packed >= 0 and 0 <= unpacked <= _FREE + _RATIO * packed and encoding in _PLAIN_ENCODINGS):
                return False
            at += size + packed
    except (IndexError, KeyError, ValueError, TypeError):
        return False
    return bool(at == end)


def _header(file: IO[bytes], at: int) -> tuple[dict[int, Any], int]:
    for size in (_SHORT, _LONG):
        file.seek(at)
        try:
            return _struct(file.read(size))
        except IndexError:
            continue
    raise ValueError("there is no page header")


def _struct(data: bytes, at: int = 0) -> tuple[dict[int, Any], int]:
    """The numbers and structs of a struct by the ids of their fields, and where it ends."""
    fields: dict[int, Any] = {}
    field = 0
    while head := data[at]:
        at, kind = at + 1, head & 15
        if head >> 4:
            field += head >> 4
        else:
            field, at = _number(data, at)
        if kind in (1, 2):
            fields[field] = kind == 1
        elif kind in (4, 5, 6):
            fields[field], at = _number(data, at)
        elif kind == 8:
            length, at = _varint(data, at)
            at += length
        elif kind == 12:
            fields[field], at = _struct(data, at)
        else:
            raise ValueError(f"no page header has a field of kind {kind}")
    return fields, at + 1


def _varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while (byte := data[at]) > 127:
        number |= (byte & 127) << shift
        shift, at = shift + 7, at + 1
    return number | byte << shift, at + 1


def _number(data: bytes, at: int) -> tuple[int, int]:
    number, at = _varint(data, at)
    return (number >> 1) ^ -(number & 1), at
