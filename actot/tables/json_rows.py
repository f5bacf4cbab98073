"""The columns of JSON objects: a line each, or as a trainer keeps them in a file of its own."""

import json
from array import array
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from actot.errors import BadInput
from actot.tables.cells import Column
from actot.tables.file_formats import Limits, check_shape

DEEPEST = 40


def read_lines(
    name: str, text: str, limits: Limits, warnings: list[str]
) -> tuple[int, list[str], list[Column]]:
    """(rows, header, columns) of one object per line. Raises: BadInput."""
    broken, first = 0, 0

    def items() -> Iterator[dict[str, Any]]:
        nonlocal broken, first
        for at, line in enumerate(_lines(text), 1):
            if not line or line.isspace():
                continue
            try:
                item = json.loads(line)
            except (ValueError, RecursionError):
                item = None
            if type(item) is dict:
                yield item
            else:
                broken, first = broken + 1, first or at

    found = columns_of(name, items(), limits)
    if broken and not found[0]:
        raise BadInput(f"{name}: no line is a JSON object; expected one object per line")
    if broken:
        warnings.append(
            f"{broken} line(s) are no JSON objects (the first is line {first}); left out"
        )
    return found


def columns_of(
    name: str, items: Iterable[dict[str, Any]], limits: Limits
) -> tuple[int, list[str], list[Column]]:
    """(rows, header, columns) of objects, nested ones under dotted names. Raises: BadInput."""
    found: dict[str, tuple[array, list[Any]]] = {}
    row, cells = 0, 0
    for item in items:
        if any(type(v) is dict for v in item.values()):
            item = dict(_dotted(item))
        for key, value in item.items():
            if value is not None:
                column = found.get(key)
                if column is None:
                    check_shape(name, len(found) + 1, cells, limits)
                    column = found[key] = (array("q"), [])
                column[0].append(row)
                column[1].append(value)
        row, cells = row + 1, cells + len(item)
        if cells > limits.cells:
            check_shape(name, 0, cells, limits)
    columns = [Column(c, np.array(rows, dtype=np.int64)) for rows, c in found.values()]
    return row, list(found), columns


def trainer_state(name: str, text: str, limits: Limits) -> tuple[int, list[str], list[Column]]:
    """The log of the Hugging Face trainer, as it keeps it in `trainer_state.json`. Raises: BadInput."""
    try:
        state = json.loads(text)
    except (ValueError, RecursionError):
        state = None
    log = state.get("log_history") if isinstance(state, dict) else None
    if not isinstance(log, list):
        raise BadInput(f"{name}: holds no log_history; copy the trainer's file again")
    return columns_of(name, (item for item in log if type(item) is dict), limits)


def _lines(text: str) -> Iterator[str]:
    # Not splitlines: JSON may hold a bare U+2028 inside a text.
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield text[start:end]
        start = end + 1


def _dotted(item: Mapping[str, Any], stem: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    for key, value in item.items():
        if type(value) is dict and depth < DEEPEST:
            yield from _dotted(value, f"{stem}{key}.", depth + 1)
        else:
            yield stem + key, value
