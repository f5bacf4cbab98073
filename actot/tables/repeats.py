"""Steps that stand more than once with other values: whose rows they are, or the question who knows."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from actot.errors import BadInput
from actot.foreign_text import legible
from actot.tables.cells import Numbers
from actot.tables.config_files import is_config
from actot.tables.run_columns import MOST_RUNS, coded
from actot.tables.table_reader import Table
from actot.tables.vocabulary import is_seed, is_time, kind_of, leaf_of

MOST_CANDIDATES = 12


@dataclass(frozen=True)
class Repeats:
    """The rows that share run and step (and key, in a long table) with another row.

    Shapes: `rows` (n,) in the order of run, step and place in the file; `group` (n,) which of the shared steps.
    """

    rows: np.ndarray
    group: np.ndarray

    def __len__(self) -> int:
        """How many steps are shared."""
        return len(np.unique(self.group))


def repeated(codes: np.ndarray, steps: np.ndarray, placed: np.ndarray) -> Repeats:
    """The rows whose step another row of the same code has as well."""
    at = np.flatnonzero(placed)
    if len(at) < 2 or ((np.diff(codes[at]) == 0).all() and (np.diff(steps[at]) > 0).all()):
        return Repeats(at[:0], at[:0])
    order = at[np.lexsort((at, steps[at], codes[at]))]
    same = (np.diff(codes[order]) == 0) & (np.diff(steps[order]) == 0)
    shared = np.r_[False, same] | np.r_[same, False]
    return Repeats(order[shared], np.cumsum(np.r_[True, ~same])[shared])


def differing(repeats: Repeats, columns: Iterable[Numbers]) -> Repeats:
    """Those alone that hold two values of one metric."""
    if not len(repeats.rows):
        return repeats
    hit = np.zeros(int(repeats.group.max()) + 1, dtype=bool)
    for found in columns:
        hit[_clashes(found, repeats.rows, repeats.group)] = True
    keep = hit[repeats.group]
    return Repeats(repeats.rows[keep], repeats.group[keep])


def _clashes(found: Numbers, rows: np.ndarray, group: np.ndarray) -> np.ndarray:
    """The groups in which a column holds two values."""
    if not len(found.rows):
        return group[:0]
    at = np.minimum(np.searchsorted(found.rows, rows), len(found.rows) - 1)
    here = found.rows[at] == rows
    values, group = found.values[at[here]], group[here]
    differ = (values[1:] != values[:-1]) & ~(np.isnan(values[1:]) & np.isnan(values[:-1]))
    return group[1:][differ & (np.diff(group) == 0)]


def telling(
    table: Table, repeats: Repeats, numbers: Sequence[Numbers], placed: np.ndarray, no: set[str]
) -> list[tuple[str, ...]]:
    """The columns, or else pairs of columns, that tell the repeated rows apart; a seed before all."""
    codes = dict(_candidates(table, placed, no))
    found: list[tuple[str, ...]] = [(c,) for c in codes if _apart(repeats, [codes[c]], numbers)]
    if not found:
        pairs = combinations(list(codes)[:MOST_CANDIDATES], 2)
        found = [p for p in pairs if _apart(repeats, [codes[c] for c in p], numbers)]
    return sorted(found, key=lambda columns: not (len(columns) == 1 and is_seed(columns[0])))


def _apart(repeats: Repeats, codes: Sequence[np.ndarray], numbers: Iterable[Numbers]) -> bool:
    """Whether no two rows clash any more once these codes tell them apart."""
    key = repeats.group.astype(np.int64)
    for code in codes:
        mixed = key * (int(code.max()) + 2) + code[repeats.rows]
        key = np.unique(mixed, return_inverse=True)[1]
    order = np.lexsort((repeats.rows, key))
    return not any(len(_clashes(f, repeats.rows[order], key[order])) for f in numbers)


def _candidates(table: Table, placed: np.ndarray, no: set[str]) -> Iterator[tuple[str, np.ndarray]]:
    """(column, code of each row) of the columns that could name runs: on every row, with few values."""
    for column in table.columns:
        if column in no or is_config(column) or is_time(column):
            continue
        if kind_of(column) == "metric" or leaf_of(column).startswith("epoch"):
            continue
        codes, values = coded(table, column)
        if 2 <= len(values) <= min(MOST_RUNS, placed.sum() / 2) and (codes[placed] >= 0).all():
            yield column, codes


def question(
    name: str, repeats: Repeats, runs: tuple[str, ...], ways: Sequence[tuple[str, ...]]
) -> BadInput:
    """What is asked where a column must be chosen."""
    shown = [legible(",".join((*runs, *way)), 60) for way in ways[:5]]
    return BadInput(
        f"{name}: {len(repeats)} step(s) stand more than once with other values, so it seems to hold several runs; "
        f"choose the column that tells them apart behind the path: ?run={' or ?run='.join(shown)}"
    )
