"""The workbench's two tables, logits and targets: edited, pasted, resized, carried in the address while small."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from ui.shared.pasting import one_column, parsed
from ui.shared.prose import plain
from ui.shared.tables import linked, to_address

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

_LINKED = {"logits": "x", "targets": "t"}


def tables(batch: Callable[[], tuple[Tensor, Tensor]], of: str) -> tuple[Tensor, Tensor]:
    """Editable logits and targets that start from `batch`, nan where a cell is blank; another `of` starts anew."""
    state = st.session_state
    if state.get("matrices:of") != of:
        opened = _from_address() if "matrices:of" not in state else None
        start = _frames(*batch())
        _set(opened if opened is not None else start)
        state["matrices:of"], state["matrices:start"] = of, start
    base: dict[str, pd.DataFrame] = state["matrices"]
    shown: dict[str, pd.DataFrame] = {}
    with st.container(border=True):
        for column, name in zip(st.columns([3, 2], gap="medium"), base, strict=True):
            column.markdown(f"**{name}**")
            shown[name] = column.data_editor(
                base[name],
                key=f"matrices:{name}:{state['matrices:version']}",
                hide_index=False,
                height=min(360, 40 + 35 * len(base[name])),
                alt=f"The {name} of the batch",
                placeholder="ignored" if name == "targets" else "blank",
            )
        _resize_and_paste(shown)
    to_address({short: (shown[name], state["matrices:start"][name]) for name, short in _LINKED.items()})
    return _tensor(shown["logits"]), _tensor(shown["targets"])


def _resize_and_paste(shown: dict[str, pd.DataFrame]) -> None:
    with st.popover("Size, or paste from a spreadsheet", icon=":material/table_edit:"):
        rows, columns = shown["logits"].shape
        fields = st.columns(2)
        new_rows = int(fields[0].number_input("rows", 1, 512, rows, key=f"rows:{_version()}"))
        new_columns = int(fields[1].number_input("labels or classes", 1, 512, columns, key=f"columns:{_version()}"))
        pasted = {name: st.text_area(f"{name}, one row a line", key=f"paste:{name}:{_version()}") for name in shown}
        if st.button("Use these", type="primary"):
            try:
                chosen = {
                    name: _frame(parsed(pasted[name], name)) if pasted[name].strip() else shown[name] for name in shown
                }
                if not any(text.strip() for text in pasted.values()):
                    chosen = {name: _resized(chosen[name], new_rows, new_columns, columns) for name in chosen}
                chosen["targets"] = _frame(one_column(chosen["targets"].to_numpy().tolist(), len(chosen["logits"])))
                if len(chosen["logits"]) != len(chosen["targets"]):
                    raise ValueError(
                        f"There are {len(chosen['logits'])} rows of logits and {len(chosen['targets'])} of targets; "
                        "paste both with as many rows."
                    )
            except ValueError as error:
                st.error(plain(str(error)), icon=":material/block:")
            else:
                _set(chosen)
                st.rerun()


def _resized(table: pd.DataFrame, rows: int, columns: int, columns_before: int) -> pd.DataFrame:
    """`table` cut or filled with zeros; one column of classes keeps to one column."""
    width = columns if table.shape[1] == columns_before else table.shape[1]
    values = [[0.0] * width for _ in range(rows)]
    for k, row in enumerate(table.to_numpy(dtype=float).tolist()[:rows]):
        values[k][: min(width, len(row))] = row[:width]
    return _frame(values)


def _set(frames: dict[str, pd.DataFrame]) -> None:
    st.session_state["matrices"] = frames
    st.session_state["matrices:version"] = _version() + 1


def _version() -> int:
    return int(st.session_state.get("matrices:version", 0))


def _frame(rows: list[list[float]]) -> pd.DataFrame:
    index = pd.Index(range(1, len(rows) + 1))
    return pd.DataFrame(rows, columns=[str(k + 1) for k in range(len(rows[0]))], index=index, dtype=float)


def _frames(logits: Tensor, target: Tensor) -> dict[str, pd.DataFrame]:
    columns = target[:, None] if target.ndim == 1 else target
    return {"logits": _frame(logits.tolist()), "targets": _frame(columns.double().tolist())}


def _tensor(table: pd.DataFrame) -> Tensor:
    import torch

    return torch.tensor(table.to_numpy(dtype=float), dtype=torch.float64)


def _from_address() -> dict[str, pd.DataFrame] | None:
    rows = {name: linked(short, name) for name, short in _LINKED.items()}
    found = {name: _frame(numbers) for name, numbers in rows.items() if numbers is not None}
    if len(found) < len(rows):
        return None
    fits = found["targets"].shape[1] in (1, found["logits"].shape[1])
    return found if fits and len(found["logits"]) == len(found["targets"]) else None
