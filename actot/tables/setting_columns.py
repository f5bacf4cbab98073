"""Columns of settings: what stays the same within each run of a table is config, no metric."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from actot.tables import config_files
from actot.tables.cells import Numbers
from actot.tables.columns import Rows, split
from actot.tables.config_files import literal
from actot.tables.known_apart import with_names
from actot.tables.table_reader import Table
from actot.tables.vocabulary import SETTINGS, kind_of

# run -> value
Values = dict[int, Any]


def read(
    table: Table, rows: Rows, metrics: Sequence[str], chosen: Iterable[str]
) -> tuple[list[dict[str, Any]], set[str]]:
    """(config of each run, the columns that it came from): the chosen columns, else those that their name and their
    values tell. In a table of one run none is told: what a constant is, it does not say."""
    configs: list[dict[str, Any]] = [{} for _ in rows.ids]
    settings = {}
    if chosen:
        settings = {c: _last(table, c, rows) for c in chosen}
    elif len(rows.ids) > 1:
        at = np.flatnonzero(rows.placed)
        order = at[np.argsort(rows.runs[at], kind="stable")]
        for column in metrics:
            found = _constant(table, column, rows, order)
            if found:
                settings[column] = found
    for column, values in settings.items():
        for run, value in values.items():
            put(configs[run], column, value)
    names = rows.names or rows.ids
    # Where a file beside the table says more, there is no column of a setting.
    return (with_names(configs, names) if settings else configs), set(settings)


def put(config: dict[str, Any], column: str, value: Any) -> None:
    """Put a value where the name of its column says, without `params.` in front of it."""
    name = next((column[len(s) :] for s in SETTINGS if column.lower().startswith(s)), column)
    config_files.place(config, f"{config_files.CONFIG}.{name}", literal(value))


def _last(table: Table, column: str, rows: Rows) -> Values:
    words = table.columns[column].words()
    runs = rows.runs[words.rows]
    keep = runs >= 0
    return {run: words.values[codes[-1]] for run, codes in split(runs[keep], words.codes[keep])}


def _constant(table: Table, column: str, rows: Rows, order: np.ndarray) -> Values:
    """The value in each run, where every row has it and the name does not say that it is a metric."""
    kind = kind_of(column)
    if kind == "metric" or not len(order):
        return {}
    codes, values = _codes(table, column)
    codes, runs = codes[order], rows.runs[order]
    starts = np.flatnonzero(np.r_[True, np.diff(runs) != 0])
    low, high = (f.reduceat(codes, starts) for f in (np.minimum, np.maximum))
    if (low < 0).any() or (low != high).any():
        return {}
    is_number = isinstance(values[0], int | float)
    # A number that nobody calls a setting is one where runs differ in it, and no run has it once.
    lengths = np.diff(np.r_[starts, len(runs)])
    if is_number and not kind and (len(np.unique(low)) < 2 or lengths.min() < 2):
        return {}
    return {int(runs[s]): values[code] for s, code in zip(starts, low, strict=True)}


def _codes(table: Table, column: str) -> tuple[np.ndarray, list[Any]]:
    """(code of each row, -1 for none; values): numbers as numbers, else words."""
    codes = np.full(table.rows, -1)
    found: Numbers = table.columns[column].numbers()
    if len(found.rows) and not len(found.rejected) and found.k is None:
        if not np.isfinite(found.values).all():
            return codes, [0]
        values, at = np.unique(found.values, return_inverse=True)
        codes[found.rows] = at
        return codes, [int(v) if v.is_integer() else v for v in values.tolist()]
    words = table.columns[column].words()
    codes[words.rows] = words.codes
    return codes, words.values or [""]
