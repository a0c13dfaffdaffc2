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
            header = _header(file, at)
            unpacked, packed = header.fields[2], header.fields[3]
            page: dict[int, Any] = header.fields.get(_DATA) or header.fields.get(_DATA_2) or header.fields[_DICTIONARY]
            encoding = page[4 if _DATA_2 in header.fields else 2]
            if not (packed >= 0 and 0 <= unpacked <= _FREE + _RATIO * packed and encoding in _PLAIN_ENCODINGS):
                return False
            at += header.end + packed
    except (IndexError, KeyError, ValueError, TypeError):
        return False
    return bool(at == end)


def _header(file: IO[bytes], at: int) -> _Struct:
    for size in (_SHORT, _LONG):
        file.seek(at)
        try:
            return _Struct(file.read(size))
        except IndexError:
            continue
    raise ValueError("there is no page header")


class _Struct:
    """The numbers and structs of a struct by the ids of their fields, and where it ends."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data, self.end = data, at
        self.fields: dict[int, Any] = {}
        field = 0
        while (head := self._byte()) != 0:
            field = field + (head >> 4) if head >> 4 else self._number()
            self.fields[field] = self._value(head & 15)

    def _value(self, kind: int) -> Any:
        if kind in (1, 2):
            return kind == 1
        if kind in (4, 5, 6):
            return self._number()
        if kind == 8:
            length = self._varint()
            self.end += length
            return None
        if kind == 12:
            inner = _Struct(self.data, self.end)
            self.end = inner.end
            return inner.fields
        raise ValueError(f"no page header has a field of kind {kind}")

    def _byte(self) -> int:
        self.end += 1
        return self.data[self.end - 1]

    def _varint(self) -> int:
        number = shift = 0
        while True:
            byte = self._byte()
            number |= (byte & 127) << shift
            if byte < 128:
                return number
            shift += 7

    def _number(self) -> int:
        number = self._varint()
        return (number >> 1) ^ -(number & 1)
