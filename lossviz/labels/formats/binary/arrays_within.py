"""MATLAB and HDF5 files -> readings of the arrays in them, taken out by a process of its own."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from lossviz.labels.formats.arrays import inspect_arrays
from lossviz.labels.inspection import Inspection, UnreadableLabels
from lossviz.labels.sources.decoding import batches_apart
from lossviz.labels.sources.extras import require
from lossviz.labels.sources.files import File

TITLES = {"matlab": "a MATLAB file", "hdf5": "an HDF5 file"}
_PACKAGES = {"matlab": "scipy", "hdf5": "h5py"}


def inspect_within(file: File, name: str, settings: Mapping[str, Any]) -> Inspection:
    """The readings of the array that `settings` name, or of the likeliest.

    Raises
    ------
    UnreadableLabels
        If scipy or h5py is not installed, the file is damaged, or holds no labels.
    """
    require(_PACKAGES[file.kind], TITLES[file.kind], "formats")
    title = TITLES[file.kind].partition(" ")[2]
    packed = io.BytesIO()
    try:
        with file.opener() as opened, zipfile.ZipFile(packed, "w") as archive:
            for batch in batches_apart(opened, title, f"arrays_within:{file.kind}"):
                for key, array in zip(batch["name"].to_pylist(), batch["array"].to_pylist(), strict=True):
                    archive.writestr(f"{key}.npy", array)
            if not archive.namelist():
                raise UnreadableLabels(f"The {title} holds no arrays of labels.", "Save the labels as npy or CSV.")
    except pa.ArrowException as error:
        reason = " ".join(str(error).split())[:100].rstrip(".")
        raise UnreadableLabels(f"The {title} is damaged: {reason}.", "Save the labels as npy or CSV.") from error
    return inspect_arrays(lambda: io.BytesIO(packed.getvalue()), name, "npz", settings)
