"""MATLAB and HDF5 files -> the arrays in them that are small enough for labels, each as a npy file.

Nothing outside the file is read: links to other files and data that lie elsewhere are left alone.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import IO, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

MOST_BYTES = 64 << 20
MOST_ARRAYS = 200
_SCHEMA = pa.schema({"name": pa.string(), "array": pa.large_binary()})


def of_hdf5(file: IO[bytes], _columns: Sequence[str], _number: int) -> Iterator[pa.RecordBatch]:
    """The data sets of an HDF5 file, by their paths in it; those of a MATLAB file turned as MATLAB has them."""
    import h5py

    with h5py.File(file, "r") as opened:
        met: list[tuple[str, Any]] = []

        def note(name: str, item: Any) -> bool | None:
            if isinstance(item, h5py.Dataset) and not item.external and not item.is_virtual:
                met.append((name, item))
            return True if len(met) >= MOST_ARRAYS else None

        opened.visititems(note)  # which follows no link to another file
        yield from _written((name, _of_dataset(item)) for name, item in met if item.nbytes <= MOST_BYTES and item.size)


def _of_dataset(item: Any) -> NDArray[Any]:
    import h5py

    if "MATLAB_class" in item.attrs:
        return np.zeros(0) if item.attrs["MATLAB_class"] in (b"char", b"cell") else np.asarray(item[()]).T
    if h5py.check_string_dtype(item.dtype) is not None:
        return np.asarray(item.asstr(errors="replace")[()]).astype(str)
    return np.asarray(item[()])


def of_matlab(file: IO[bytes], _columns: Sequence[str], _number: int) -> Iterator[pa.RecordBatch]:
    """The variables of a MATLAB file, fields of structures under the names of both."""
    from scipy.io import loadmat, whosmat

    shapes = {name: shape for name, shape, _ in whosmat(file)}
    small = [name for name, shape in shapes.items() if int(np.prod(shape, dtype=object)) <= MOST_BYTES]
    rows = {shape[0] for shape in shapes.values() if len(shape) == 2}
    file.seek(0)
    loaded = loadmat(file, variable_names=small[:MOST_ARRAYS], struct_as_record=True, chars_as_strings=True)
    found = ((name, loaded[name]) for name in small if name in loaded)
    yield from _written((name, _turned(value, rows)) for name, value in found)


def _turned(value: Any, rows: set[int]) -> Any:
    """A matrix with a row per sample, where it has a column per sample as the other matrices have rows."""
    if hasattr(value, "toarray") and int(np.prod(value.shape, dtype=object)) * 8 <= MOST_BYTES:
        value = value.toarray()
    two = getattr(value, "ndim", 0) == 2 and min(value.shape) > 1
    return value.T if two and value.shape[1] in rows and value.shape[0] < value.shape[1] else value


def _written(found: Iterator[tuple[str, Any]]) -> Iterator[pa.RecordBatch]:
    yield pa.RecordBatch.from_pylist([], _SCHEMA)
    for name, value in found:
        for key, array in _plain(name, value):
            file = io.BytesIO()
            np.save(file, array, allow_pickle=False)
            yield pa.RecordBatch.from_pydict({"name": [key], "array": [file.getvalue()]}, _SCHEMA)


def _plain(name: str, value: Any) -> Iterator[tuple[str, NDArray[Any]]]:
    """Arrays of numbers and texts: one of an axis where there is one, whole numbers as such."""
    if not isinstance(value, np.ndarray) or not value.size:
        return
    array = np.squeeze(value)
    if array.dtype.names:
        for field in array.dtype.names:
            yield from _plain(f"{name}.{field}", array[field])
    elif array.dtype.kind == "O":
        texts = [_one(each) for each in array.ravel()]
        if array.ndim == 1 and all(isinstance(each, str) for each in texts):
            yield name, np.array(texts)
        elif array.ndim == 1 and all(isinstance(each, int | float) for each in texts):
            yield from _plain(name, np.array(texts))
    elif array.dtype.kind == "f" and np.isfinite(array).all() and (array == np.floor(array)).all():
        yield name, array.astype(np.int64)
    elif array.dtype.kind in "biufUS" and array.ndim:
        yield name, array


def _one(value: Any) -> Any:
    """The one value of an array of one."""
    while isinstance(value, np.ndarray) and value.size == 1:
        value = value.ravel()[0]
    return value.item() if isinstance(value, np.generic) else value


WAYS = {"hdf5": of_hdf5, "matlab": of_matlab}
