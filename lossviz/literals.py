"""Numbers and tensors as Python code that gives them back to the last digit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

_A_LINE = 4  # numbers of a longer vector, as one line of code holds them


def number_code(value: float) -> str:
    """A number as Python writes it, nan and infinity too.

    Examples
    --------
    >>> number_code(0.1), number_code(3), number_code(float("nan")), number_code(float("-inf"))
    ('0.1', '3', 'float("nan")', 'float("-inf")')
    """
    return repr(value) if math.isfinite(value) else f'float("{value}")'


def digits_of(values: Tensor | Sequence[Any]) -> list[Any]:
    """Each number as code, in lists as `values` are; with no more digits than the dtype of a tensor has."""
    if not isinstance(values, Sequence):
        values = values.detach().cpu()
        if values.is_floating_point():  # numpy's text of a float32 has the digits that give a float32 back
            wide = values if values.element_size() > 2 else values.float()
            values = wide.numpy().astype(str).astype(float).tolist()
        else:
            values = values.tolist()
    return [digits_of(value) if isinstance(value, Sequence) else number_code(value) for value in values]


def tensor_code(values: Tensor | Sequence[Any], dtype: object = None) -> str:
    """``torch.tensor(...)`` of `values` with one or two dimensions.

    Parameters
    ----------
    values : Tensor or sequence
        Of shape (N,) or (N, K).
    dtype : torch.dtype or str, optional
        Written as it is; without it torch takes its default for floats.

    Examples
    --------
    >>> tensor_code([0.1, 9.0])
    'torch.tensor([0.1, 9.0])'
    >>> print(tensor_code([[0.5, 1.0], [2.0, 4.0]], dtype="torch.float64"))
    torch.tensor([
        [0.5, 1.0],
        [2.0, 4.0],
    ], dtype=torch.float64)
    """
    numbers = digits_of(values)
    ending = ")" if dtype is None else f", dtype={dtype})"
    if numbers and isinstance(numbers[0], list):
        lines = [f"[{', '.join(row)}]" for row in numbers]
    elif len(numbers) <= _A_LINE:
        return f"torch.tensor([{', '.join(numbers)}]{ending}"
    else:
        lines = [", ".join(numbers[k : k + _A_LINE]) for k in range(0, len(numbers), _A_LINE)]
    return "torch.tensor([\n    " + ",\n    ".join(lines) + f",\n]{ending}"
