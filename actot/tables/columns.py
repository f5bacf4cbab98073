"""Which columns of a table say its runs and its steps, and what the rows then stand for."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from actot.errors import BadInput
from actot.foreign_text import legible
from actot.tables.cells import Words
from actot.tables.config_files import is_config
from actot.tables.table_reader import Table

# Without the path in front of it, in lower case; the first that holds whole numbers.
STEPS = ("_step", "global_step", "step", "steps", "iteration", "iterations", "iter", "train_step")
RUN = ("run_id", "run", "_run", "id")
NAME = ("name", "run_name", "display_name")
FACTS = {
    "name": NAME,
    "state": ("state",),
    "group": ("group", "run_group"),
    "tags": ("tags",),
    "created": ("created", "created_at"),
}
MOST_RUNS = 2_000
# column, step of each row, whether it has one
Steps = tuple[str, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Rows:
    """What the rows of a table stand for: the run of each (-1 for none), its step, and whether it has one."""

    ids: list[str]
    runs: np.ndarray
    steps: np.ndarray
    placed: np.ndarray
    named: bool


def find_runs(table: Table, name: str, stem: str) -> tuple[list[str], np.ndarray, list[str]]:
    """(ids, run of each row, warnings); without a column that names runs, one run called `stem`."""
    for wanted in (*RUN, *NAME):
        column = find(table, (wanted,))
        if column is None:
            continue
        words = table.columns[column].words()
        ids = list(dict.fromkeys(str(v) for v in words.values))
        row_numbers = wanted == "id" and len(ids) == table.rows > 1
        if not len(words.rows) or row_numbers or (wanted in NAME and len(ids) < 2):
            continue
        if len(ids) > MOST_RUNS:
            raise BadInput(
                f"{name}: column {column} names {len(ids)} runs, more than {MOST_RUNS}; if it holds no runs, "
                "give it another name"
            )
        codes = {run_id: code for code, run_id in enumerate(ids)}
        code_of = np.array([codes[str(v)] for v in words.values], dtype=np.int64)
        runs = np.full(table.rows, -1)
        runs[words.rows] = code_of[words.codes]
        lost = int((runs < 0).sum())
        said = [f"{lost} row(s) name no run in column {column}; left out"] if lost else []
        return ids, runs, said
    return [stem], np.zeros(table.rows, dtype=np.int64), []


def find_steps(
    table: Table, name: str, wanted: str, runs: np.ndarray, keys: Words | None = None
) -> Steps:
    """The wanted step column, else the one that its name or its numbers tell. Raises: BadInput."""
    if wanted:
        if wanted not in table.columns:
            raise BadInput(f"{name}: no column {wanted}; it has {shown(table)}")
        steps, placed = whole_numbers(table, wanted)
        if not placed.any():
            raise BadInput(
                f"{name}: column {wanted} holds no whole numbers; choose another of {shown(table)}"
            )
        return wanted, steps, placed
    named = _by_name(table)
    if named:
        return named
    groups = runs if keys is None else runs * len(keys.values) + per_row(table, keys)
    rising = _rising(table, groups)
    if len(rising) == 1:
        return rising[0]
    seen = "several columns could be the step" if rising else "no step column"
    raise BadInput(
        f"{name}: {seen}; found {shown(table)}; call one `step`, or choose it with ?step=COLUMN behind the path"
    )


def _by_name(table: Table) -> Steps | None:
    named = sorted(
        (STEPS.index(leaf), "/" in column, column)
        for column in table.columns
        if (leaf := leaf_of(column)) in STEPS
    )
    found = [(column, *whole_numbers(table, column)) for *_, column in named]
    # One that stands on most rows goes before one that was logged now and then.
    return min((f for f in found if f[2].any()), key=lambda f: f[2].mean() < 0.5, default=None)


def _rising(table: Table, groups: np.ndarray) -> list[Steps]:
    """The columns of whole numbers that rise within every group of rows."""
    told = taken(table)
    order = np.argsort(groups, kind="stable")
    same = np.diff(groups[order]) == 0
    found = []
    for column in table.columns:
        if column in told or "time" in column.lower() or is_config(column):
            continue
        steps, placed = whole_numbers(table, column)
        if placed.all() and same.any() and (np.diff(steps[order])[same] > 0).all():
            found.append((column, steps, placed))
    return found


def whole_numbers(table: Table, column: str) -> tuple[np.ndarray, np.ndarray]:
    """(whole number of each row, whether it has one)."""
    found = table.columns[column].numbers()
    steps, placed = np.zeros(table.rows, dtype=np.int64), np.zeros(table.rows, dtype=bool)
    with np.errstate(invalid="ignore"):
        whole = (np.abs(found.values) < 2**53) & (found.values == np.round(found.values))
    rows = found.rows[whole]
    steps[rows], placed[rows] = found.values[whole].astype(np.int64), True
    return steps, placed


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


def leaf_of(column: str) -> str:
    """The name of a column without the path in front of it, as it is looked up."""
    return _plain(column.rpartition("/")[2])


def _plain(column: str) -> str:
    return column.strip().lower().replace(" ", "_")


def find(table: Table, names: tuple[str, ...]) -> str | None:
    """The column with the first of these names."""
    found = {_plain(c): c for c in reversed(tuple(table.columns))}
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
    names = [legible(c, 40) for c in table.columns]
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""
    return ", ".join(names[:12]) + more if names else "no named column"
