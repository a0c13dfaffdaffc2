"""Labels that are in memory already -> a table of text cells: frames, series, arrays, tensors, lists, dicts."""

from __future__ import annotations

import io
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lossviz.labels.formats.arrays import inspect_arrays
from lossviz.labels.formats.json_records import record_head
from lossviz.labels.inspection import Inspection, UnreadableLabels
from lossviz.labels.sources.files import Openable
from lossviz.labels.tables.cells import text_of
from lossviz.labels.tables.headers import unique_names
from lossviz.labels.tables.table import Table

_WAYS = "Pass a path, bytes, an open binary file, a DataFrame, or the labels as a Series, an array or a list."


def held_in(source: Any, name: str, settings: Mapping[str, Any]) -> Table | Inspection | None:
    """What labels in memory are; None for paths, bytes, open files and lists of those.

    Raises
    ------
    UnreadableLabels
        If it is neither.
    """
    if not in_memory(source):
        return None
    if isinstance(source, pd.Series | pd.Index):
        return _of_frame(pd.DataFrame({"label" if source.name is None else source.name: pd.Series(source)}))
    if isinstance(source, pd.DataFrame):
        return _of_frame(source)
    if isinstance(source, Mapping):
        if columns := _columns_of(source):
            return _of_frame(pd.DataFrame(columns))
        return Table.of_head(record_head({str(_plain(key)): _plain(value) for key, value in source.items()}))
    if isinstance(source, list | tuple | set | range):
        return _of_list([_plain(each) for each in source])
    if hasattr(source, "__array__"):
        return _of_array(source, name, settings)
    raise UnreadableLabels(f"The source is {_named(source)}, which holds no labels.", _WAYS)


def in_memory(source: Any) -> bool:
    """Whether a source is no path, bytes or open file, nor several of them."""
    if isinstance(source, list | tuple):
        return not _are_files(source)
    return not (isinstance(source, str | Path | bytes | bytearray | memoryview | Openable) or hasattr(source, "read"))


def _named(source: Any) -> str:
    return "None" if source is None else f"a {type(source).__name__}"


def _are_files(source: Any) -> bool:
    """Whether these are files to be read together: paths and open files, and not words that recur or name no file."""
    texts = [each for each in source if isinstance(each, str)]
    if not source or len(texts) < len(source):
        return bool(source) and all(
            isinstance(each, str | Path | bytes | Openable) or hasattr(each, "read") for each in source
        )
    if len(names := set(texts)) < len(texts):
        return all(Path(each).suffix and os.path.isfile(each) for each in names)  # noqa: PTH113 - of any text
    return any(Path(each).suffix for each in texts) or any(map(os.path.exists, texts[:20]))


def _columns_of(source: Mapping[Any, Any]) -> dict[Any, Any]:
    """Columns by name; none where the values are no lists of one length."""
    columns = {key: _plain(value) for key, value in source.items()}
    lists = [value for value in columns.values() if isinstance(value, list)]
    nested = any(isinstance(each, list | dict) for value in lists for each in value)
    alike = len({len(value) for value in lists}) == 1 and len(lists) == len(columns)
    return columns if alike and not nested else {}


def _of_list(values: list[Any]) -> Table:
    if len(values) < 2:
        raise UnreadableLabels("The list holds fewer than two labels.", _WAYS)
    if any(isinstance(each, list | dict) for each in values):
        return Table.of_head(record_head(values))
    return _of_frame(pd.DataFrame({"label": pd.Series(values, dtype=object)}))


def _of_array(source: Any, name: str, settings: Mapping[str, Any]) -> Table | Inspection:
    """A tensor or an array as the file that holds it; one of objects as a list."""
    if isinstance(source, np.ma.MaskedArray) and source.mask.any():
        if source.ndim == 1 and source.dtype.kind not in "iuf":
            return _of_list(source.tolist())
        if source.ndim > 2 or source.dtype.kind not in "biuf":
            raise UnreadableLabels(
                "Entries of the array are masked, and pixels have no mark for that.",
                "Fill them with a value that is no class, as array.filled(255), and pass ignore=255.",
            )
        source = np.ma.filled(source.astype(np.float64), np.nan)
    array = _array(source)
    if array.dtype.kind in "OM" and array.ndim == 1:
        return _of_list([_plain(each) for each in array.tolist()])
    if array.dtype.hasobject or array.ndim == 0:
        raise UnreadableLabels("The array holds objects, or one value.", _WAYS)
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    data = file.getvalue()
    return inspect_arrays(lambda: io.BytesIO(data), name, "npy", settings)


def _array(source: Any) -> NDArray[Any]:
    """An array or tensor as NumPy has it; UnreadableLabels for one that it cannot have."""
    try:
        return np.asarray(source.detach().cpu() if hasattr(source, "detach") else source)
    except (TypeError, RuntimeError, NotImplementedError) as error:
        raise UnreadableLabels(
            f"The {type(source).__name__} is no NumPy array: {' '.join(str(error).split())[:120].rstrip('.')}.",
            "Pass a dense one of whole numbers or of floats of 32 bits, as tensor.to_dense().float().",
        ) from error


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, np.generic):
        return value.item()
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, set | frozenset):
        return sorted(_plain(each) for each in value)
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def _of_frame(source: pd.DataFrame) -> Table:
    frame = _whole_numbers(source)
    columns = [_spelled(frame.iloc[:, k]) for k in range(frame.shape[1])]
    cells = pd.concat(columns, axis=1) if columns else frame
    cells = cells.astype("string").fillna("")
    cells.columns = pd.Index(unique_names(map(str, source.columns)))
    if len(cells) < 2:
        raise UnreadableLabels("The table has fewer than two rows.", "Pass one row per sample.")
    return Table.of_cells(cells, declared=_categories(source))


def _spelled(column: pd.Series[Any]) -> pd.Series[Any]:
    """A column of objects that mixes 1 and 1.0 with both spelled 1."""
    if column.dtype != object or not any(isinstance(each, float) and not math.isnan(each) for each in column):
        return column
    return column.map(lambda each: text_of(each) if isinstance(each, float) else each)


def _whole_numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with ids as ids that pandas made 3.0 of 3, as it does where some are missing."""
    floats = [k for k, kind in enumerate(frame.dtypes) if pd.api.types.is_float_dtype(kind)]
    whole = {k for k in floats if _are_whole(frame.iloc[:, k].to_numpy(dtype=float, na_value=np.nan))}
    if not whole:
        return frame
    columns = [frame.iloc[:, k].astype("Int64") if k in whole else frame.iloc[:, k] for k in range(frame.shape[1])]
    return pd.concat(columns, axis=1)


def _are_whole(values: NDArray[np.floating[Any]]) -> bool:
    known = values[~np.isnan(values)]
    return bool((np.abs(known) < 1 << 53).all() and (known == np.floor(known)).all())


def _categories(frame: pd.DataFrame) -> dict[str, list[str]]:
    """The classes of each column of categories, in their order."""
    kinds = dict(zip(unique_names(map(str, frame.columns)), frame.dtypes, strict=True))
    return {
        name: pd.Series(kind.categories).astype("string").fillna("").tolist()
        for name, kind in kinds.items()
        if isinstance(kind, pd.CategoricalDtype) and kind.categories is not None
    }
