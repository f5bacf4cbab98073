"""Charts as W&B exports them: a column `RUN - KEY` per run, and `__MIN` and `__MAX` of what a point stands for."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from actot.errors import BadInput
from actot.foreign_text import legible
from actot.tables import points
from actot.tables.columns import Rows, find_steps, whole_numbers
from actot.tables.found import Found, Points, Texts, assembled
from actot.tables.run_columns import MOST_RUNS
from actot.tables.table_reader import Table
from actot.tables.vocabulary import STEPS, is_time, leaf_of

BOUNDS = ("__MIN", "__MAX")
# Rounding alone makes no group.
SPREAD = 1e-9
# column -> (run, key)
Charted = Mapping[str, tuple[str, str]]


def charted(table: Table) -> dict[str, tuple[str, str]]:
    """The columns of a chart, its bounds among them; empty for any other table."""
    pairs = {}
    for column in table.columns:
        original, again = table.again.get(column, (column, 1))
        run, dash, key = original.rpartition(" - ")
        if dash and run and key:
            # Runs of one name have columns of one name, in the order of the runs.
            pairs[column] = (run if again == 1 else f"{run}#{again}", key)
    others = [c for c in table.columns if c not in pairs]
    has_bounds = any(key.endswith(BOUNDS) for _, key in pairs.values())
    is_axis = [leaf_of(c) in STEPS or is_time(c) for c in others]
    # Whatever the one column in front of all is called, it is the x axis.
    alone = len(others) == 1 and next(iter(table.columns)) == others[0]
    return pairs if has_bounds or all(is_axis) or alone else {}


def read(table: Table, name: str, pairs: Charted, step: str) -> tuple[Found, ...]:
    """One run per name in the header; the runs have one step column, or one each. Raises: BadInput."""
    metrics = {c: rk for c, rk in pairs.items() if not rk[1].endswith(BOUNDS)}
    ids = list(dict.fromkeys(run for run, _ in metrics.values()))
    if len(ids) > MOST_RUNS:
        raise BadInput(f"{name}: names {len(ids)} runs, more than {MOST_RUNS}; export fewer")
    own = {run: column for column, (run, key) in metrics.items() if key == "_step"}
    shared = _axis(table, name, pairs, step, set(own) == set(ids))
    bounds, grouped = _bounds(table, pairs, metrics, own)
    texts: Texts = [{} for _ in ids]

    def found() -> Points:
        codes = {run: code for code, run in enumerate(ids)}
        for column, (run, key) in {**metrics, **bounds}.items():
            if key != "_step":
                steps, placed = shared or whole_numbers(table, own[run])
                rows = Rows(ids, np.full(table.rows, codes[run]), steps, placed, True)
                yield from points.wide(key, table.columns[column], rows, texts)

    no_run = np.full(table.rows, -1)
    rows = Rows(ids, no_run, no_run, no_run >= 0, True)
    runs = assembled(table, name, rows, found(), texts, list(table.warnings))
    return tuple(_said(run, grouped) for run in runs)


def _axis(
    table: Table, name: str, pairs: Charted, step: str, has_own: bool
) -> tuple[np.ndarray, np.ndarray] | None:
    """(steps, placed) of the x axis; None where each run has steps of its own. Raises: BadInput."""
    others = {c: v for c, v in table.columns.items() if c not in pairs}
    try:
        return find_steps(replace(table, columns=others), name, step, np.full(table.rows, -1))[1:]
    except BadInput:
        if has_own and not step:
            return None
        clock = next((c for c in others if is_time(c)), None)
        if clock and not step:
            raise BadInput(
                f"{name}: the x axis of this chart is time ({legible(clock, 40)}): export it over Step"
            ) from None
        raise


def _bounds(
    table: Table, pairs: Charted, metrics: Charted, own: Mapping[str, str]
) -> tuple[dict[str, tuple[str, str]], frozenset[str]]:
    """(the bounds to keep, the runs whose points stand for several values).

    Where a run has steps of its own, the bounds are those of bins of its steps as well: no series of their own.
    """
    column_of = {rk: column for column, rk in pairs.items()}
    bounds: dict[str, tuple[str, str]] = {}
    several = set()
    for run, key in metrics.values():
        ends = [column_of.get((run, key + end)) for end in BOUNDS]
        if key != "_step" and ends[0] and ends[1] and _differ(table, ends[0], ends[1]):
            several.add(run)
            if run not in own:
                bounds |= {end: pairs[end] for end in ends if end}
    return bounds, frozenset(several)


def _differ(table: Table, a: str, b: str) -> bool:
    one, two = table.columns[a].numbers(), table.columns[b].numbers()
    _, i, j = np.intersect1d(one.rows, two.rows, assume_unique=True, return_indices=True)
    x, y = one.values[i], two.values[j]
    with np.errstate(invalid="ignore"):
        return bool((np.abs(x - y) > SPREAD * np.maximum(np.abs(x), np.abs(y))).any())


def _said(run: Found, grouped: frozenset[str]) -> Found:
    if run.id not in grouped:
        return run
    has_bounds = any(key.endswith(BOUNDS) for key in run.keys)
    said = (
        "a line of a grouped chart: its values are means over a group of unknown size, no single run's"
        + (", and KEY__MIN and KEY__MAX are the group's lowest and highest" * has_bounds)
        + "; export the chart ungrouped to judge its runs"
    )
    return replace(run, warnings=(*run.warnings, said))
