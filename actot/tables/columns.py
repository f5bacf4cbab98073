"""Which column of a table says its steps, and what the rows then stand for."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from actot.errors import BadInput
from actot.foreign_text import few, legible
from actot.step_axis import OWN
from actot.tables import marks
from actot.tables.cells import Words
from actot.tables.config_files import is_config
from actot.tables.table_reader import Table
from actot.tables.vocabulary import (
    COARSE,
    FACTS,
    NAME,
    RUN,
    STEPS,
    is_time,
    kind_of,
    leaf_of,
    plain,
)

# column, step of each row, whether it has one
Steps = tuple[str, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Rows:
    """What the rows of a table stand for: the run of each (-1 for none), its step, and whether it has one.

    Absent: `names` is empty where the ids are the names as well."""

    ids: list[str]
    runs: np.ndarray
    steps: np.ndarray
    placed: np.ndarray
    named: bool
    names: list[str] = field(default_factory=list)


def find_steps(
    table: Table, name: str, wanted: str, runs: np.ndarray, keys: Words | None = None
) -> Steps:
    """The wanted step column, else the one that its name or its numbers tell. Raises: BadInput.

    `_step` is the table's own where no column is called so.
    """
    if wanted and (wanted in table.columns or wanted != OWN):
        if wanted not in table.columns:
            raise BadInput(f"{name}: no column {wanted}; it has {shown(table)}")
        steps, placed = whole_numbers(table, wanted)
        if not placed.any():
            raise BadInput(
                f"{name}: column {wanted} holds no whole numbers; choose another of {shown(table)}"
            )
        return wanted, steps, placed
    named = _by_name(table, STEPS)
    if named:
        return named
    groups = runs if keys is None else runs * len(keys.values) + per_row(table, keys)
    rising = _rising(table, groups)
    if len(rising) == 1:
        return rising[0]
    coarse = _by_name(table, COARSE)
    if coarse:
        return coarse
    seen = "several columns could be the step" if rising else "no step column"
    raise BadInput(
        f"{name}: {seen}; found {shown(table)}; call one `step`, or choose it with ?step=COLUMN behind the path"
    )


def _by_name(table: Table, names: tuple[str, ...]) -> Steps | None:
    named = sorted(
        (names.index(leaf), "/" in column, column)
        for column in table.columns
        if (leaf := leaf_of(column)) in names
    )
    found = [(column, *whole_numbers(table, column)) for *_, column in named]
    # One that stands on most rows goes before one that was logged now and then, one that counts before one that does not.
    return min((f for f in found if f[2].any()), key=_fitness, default=None)


def _fitness(found: Steps) -> tuple[bool, bool]:
    _, steps, placed = found
    return placed.mean() < 0.5, placed.sum() > 1 and np.ptp(steps[placed]) == 0


def _rising(table: Table, groups: np.ndarray) -> list[Steps]:
    """The columns of whole numbers that rise within every group of rows."""
    told = taken(table)
    order = np.argsort(groups, kind="stable")
    same = np.diff(groups[order]) == 0
    found = []
    for column in table.columns:
        if column in told or is_time(column) or is_config(column) or kind_of(column) == "config":
            continue
        steps, placed = whole_numbers(table, column)
        if placed.all() and same.any() and (np.diff(steps[order])[same] > 0).all():
            found.append((column, steps, placed))
    return found


def whole_numbers(table: Table, column: str) -> tuple[np.ndarray, np.ndarray]:
    """(whole number of each row, whether it has one); in a step column `1.050` is 1050."""
    found = table.columns[column].numbers()
    rows, values = found.rows, found.values
    if leaf_of(column) in STEPS and not _rise_whole(values):
        words = table.columns[column].words()
        steps = marks.grouped_steps(words.values)
        rows, values = (rows, values) if steps is None else (words.rows, steps[words.codes])
    steps, placed = np.zeros(table.rows, dtype=np.int64), np.zeros(table.rows, dtype=bool)
    with np.errstate(invalid="ignore"):
        whole = (np.abs(values) < 2**53) & (values == np.round(values))
    steps[rows[whole]], placed[rows[whole]] = values[whole].astype(np.int64), True
    return steps, placed


def _rise_whole(values: np.ndarray) -> bool:
    with np.errstate(invalid="ignore"):
        return not (values % 1 > 0).any() and not (np.diff(values) < 0).any()


def split(codes: np.ndarray, *columns: np.ndarray) -> Iterator[tuple[Any, ...]]:
    """(code, rows of each column) by code, in the order of the rows."""
    if not len(codes):
        return
    if (np.diff(codes) < 0).any():
        order = np.argsort(codes, kind="stable")
        codes, columns = codes[order], tuple(c[order] for c in columns)
    ends = [0, *(np.flatnonzero(np.diff(codes)) + 1).tolist(), len(codes)]
    for low, high in pairwise(ends):
        yield int(codes[low]), *(c[low:high] for c in columns)


def find(table: Table, names: tuple[str, ...]) -> str | None:
    """The column with the first of these names."""
    found = {plain(c): c for c in reversed(tuple(table.columns))}
    return next((found[n] for n in names if n in found), None)


def taken(table: Table) -> set[str]:
    """The columns that say what a run is; a fact in numbers is a metric."""
    named = (find(table, (n,)) for n in (*RUN, *NAME))
    columns = {column for column in named if column}
    for names in FACTS.values():
        column = find(table, names)
        if column and (names is FACTS["created"] or not len(table.columns[column].numbers().rows)):
            columns.add(column)
    return columns


def per_row(table: Table, words: Words) -> np.ndarray:
    """The code of each row; -1 for a blank."""
    codes = np.full(table.rows, -1)
    codes[words.rows] = words.codes
    return codes


def shown(table: Table) -> str:
    """The names of the columns for a message."""
    return few([legible(c, 40) for c in table.columns], 12) or "no named column"
