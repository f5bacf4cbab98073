"""Tables whose cells hold a whole config and a whole summary, as W&B's documentation exports the runs of a project.

pandas writes a dictionary as Python spells it, so NaN and Inf stand bare and texts in single quotes.
"""

import ast
import json
import math
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from actot.foreign_text import scrub
from actot.tables.cells import Column
from actot.tables.file_formats import Limits, check_shape
from actot.tables.table_reader import Table

CONFIG, SUMMARY = "config", "summary"
# As MLflow calls them in its table of runs.
FRONTS = {CONFIG: "params.", SUMMARY: "metrics."}
OWN, MEDIA = "_wandb", "_type"
LARGEST_CELL, DEEPEST = 1_000_000, 40
NON_FINITE = {"nan": math.nan, "inf": math.inf}


def spread(table: Table, name: str, limits: Limits) -> Table:
    """The table with a column for each setting and each figure; as it is where its summaries are no dictionaries.

    Raises: BadInput where that makes more columns than are read.
    """
    whole = {c: _dicts(table.columns[c]) for c in FRONTS if c in table.columns}
    if SUMMARY not in whole or not all(whole.values()):
        return table
    cells: dict[str, tuple[list[int], list[Any]]] = {}
    for column, dicts in whole.items():
        for row, items in dicts.items():
            for key, value in _named(column, items):
                rows, values = cells.setdefault(key, ([], []))
                rows.append(row)
                values.append(value)
            check_shape(name, len(table.columns) + len(cells), 0, limits)
    kept = {c: column for c, column in table.columns.items() if c not in whole}
    made = {key: Column(values, np.array(rows)) for key, (rows, values) in cells.items()}
    return replace(table, columns={**made, **kept})


def _dicts(column: Column) -> dict[int, Mapping[str, Any]]:
    """The dictionary of each row; empty where a cell is none."""
    words = column.words()
    parsed = [_parsed(value) for value in words.values]
    if any(p is None for p in parsed):
        return {}
    rows = zip(words.rows.tolist(), words.codes.tolist(), strict=True)
    return {row: known for row, code in rows if (known := parsed[code]) is not None}


def _named(column: str, items: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """(name of its column, value) of each entry; W&B's own figures keep their names, its own entry is left out."""
    flat = items.items() if column == CONFIG else _flat(items)
    for key, value in flat:
        if key != OWN and not key.startswith(f"{OWN}."):
            is_own = column == SUMMARY and key.startswith("_")
            yield (key if is_own else f"{FRONTS[column]}{key}"), value


def _flat(items: Mapping[str, Any], front: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """The entries of a summary, nested ones under dotted names; a picture or a table is no figure."""
    for key, value in items.items():
        if not isinstance(value, dict):
            yield f"{front}{key}", value
        elif MEDIA not in value and depth < DEEPEST:
            yield from _flat(value, f"{front}{key}.", depth + 1)


def _parsed(cell: Any) -> dict[str, Any] | None:
    """The dictionary that a cell spells, as JSON or as Python does; None for any other cell."""
    if not isinstance(cell, str) or cell[:1] != "{" or len(cell) > LARGEST_CELL:
        return None
    try:
        value = json.loads(cell)
    except (ValueError, RecursionError):
        try:
            with warnings.catch_warnings(action="ignore"):
                value = _value(ast.parse(cell, mode="eval").body)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            return None
    return value if isinstance(value, dict) else None


def _value(node: ast.expr) -> Any:
    """The value of a literal. Raises: ValueError for any other expression."""
    match node:
        case ast.Constant(value=None | bool() | int() | float()):
            return node.value
        case ast.Constant(value=str()):
            return scrub(node.value)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return -number
        case ast.UnaryOp(op=ast.USub(), operand=ast.Name(id="inf")):
            return -math.inf
        case ast.Name(id="nan" | "inf"):
            return NON_FINITE[node.id]
        case ast.List() | ast.Tuple():
            return [_value(item) for item in node.elts]
        case ast.Dict() if all(isinstance(key, ast.Constant) for key in node.keys):
            pairs = zip(node.keys, node.values, strict=True)
            return {scrub(_value(key)): _value(value) for key, value in pairs if key is not None}
    raise ValueError("no literal")
