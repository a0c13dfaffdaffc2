"""IDX, the format of MNIST: two zeros, a type, the number of axes, their lengths, then the values, high bytes first."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from lossviz.labels.formats.arrays import inspect_arrays
from lossviz.labels.inspection import Inspection, UnreadableLabels
from lossviz.labels.sources.files import File
from lossviz.labels.sources.streams import read_bytes
from lossviz.labels.tables.table import Table

_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_MOST_COLUMNS = 64


def read_idx(file: File, name: str, settings: Mapping[str, Any]) -> Table | Inspection:
    """The labels of a file of one axis, as those of an array; the columns of one of two axes, as QMNIST has them.

    Raises
    ------
    UnreadableLabels
        If it holds images, or fewer values than it promises.
    """
    with file.opener() as opened:
        start = read_bytes(opened, 4)
        axes, kind = start[3], np.dtype(_TYPES[start[2]])
        shape = tuple(np.frombuffer(read_bytes(opened, 4 * axes), ">u4").tolist())
    sizes = " x ".join(f"{size:,}" for size in shape)
    if axes > 2 or (axes == 2 and shape[1] > _MOST_COLUMNS):
        raise UnreadableLabels(
            f"The file is an IDX file of {sizes} values, images without their labels.",
            "Upload the file of labels, such as train-labels-idx1-ubyte.",
        )
    values = file.read()[4 + 4 * axes :]
    promised = int(np.prod(shape, dtype=object)) * kind.itemsize
    if len(shape) != axes or len(values) != promised:
        raise UnreadableLabels(
            f"The IDX file promises {sizes} values of {8 * kind.itemsize} bits and holds {len(values):,} bytes.",
            "Download it again.",
        )
    array = np.frombuffer(values, kind).reshape(shape).astype(kind.newbyteorder("="))
    if axes == 2:
        columns = [f"column {k + 1}" for k in range(shape[1])]
        return Table.of_cells(pd.DataFrame(array, columns=columns).astype("string"))
    saved = io.BytesIO()
    np.save(saved, array, allow_pickle=False)
    return inspect_arrays(lambda: io.BytesIO(saved.getvalue()), name, "npy", settings)
