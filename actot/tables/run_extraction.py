"""The runs of a table, wide (a column per metric), long (step, key, value) or as W&B's charts are exported.

Success rates in columns or cells become the series `NAME/k`, `NAME/n` and `NAME` = k/n.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from actot.errors import BadInput
from actot.foreign_text import legible
from actot.records import Series, make_series
from actot.tables import file_formats, metadata, table_reader
from actot.tables.cells import Column, Numbers, Words
from actot.tables.columns import (
    MOST_RUNS,
    STEPS,
    Rows,
    find,
    find_runs,
    find_steps,
    leaf_of,
    per_row,
    shown,
    split,
    taken,
    whole_numbers,
)
from actot.tables.config_files import is_config
from actot.tables.file_formats import Limits, iso_time
from actot.tables.table_reader import Table

KEY = ("key", "metric", "metric_name", "variable", "tag")
VALUE = ("value",)
PROPORTIONS = (("_k", "_n"), ("_successes", "_trials"))


@dataclass(frozen=True)
class Found:
    """A run as one file holds it. `named`: the file itself says its id. `keys`: the keys of `series`."""

    id: str
    named: bool
    facts: Mapping[str, Any] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    series: Mapping[str, Series] = field(default_factory=dict)
    keys: frozenset[str] = frozenset()
    warnings: tuple[str, ...] = ()


# run, key, steps, values
Points = Iterator[tuple[int, str, np.ndarray, np.ndarray]]
# What was left out of each run, by metric; known once the points have been read.
Texts = list[dict[str, str]]


def read(name: str, data: bytes, step: str, limits: Limits) -> tuple[Found, ...]:
    """The runs of a table; `step` chooses the step column. Raises: BadInput."""
    table = table_reader.read(name, data, limits)
    charted = _charted(table)
    if charted:
        return _from_charts(table, name, charted, step)
    stem = file_formats.stem(Path(name).name)
    ids, runs, said = find_runs(table, name, stem)
    warnings = [*table.warnings, *said]
    key, value = find(table, KEY), find(table, VALUE)
    keys = table.columns[key].words() if key and value else None
    column, steps, placed = find_steps(table, name, step, runs, keys)
    where = runs >= 0 if keys is None else (runs >= 0) & (per_row(table, keys) >= 0)
    lost = int((where & ~placed).sum())
    if lost:
        warnings.append(
            f"{lost} row(s) have no whole number in the step column {legible(column)}; left out"
        )
    rows = Rows(ids, runs, steps, placed & where, ids != [stem])
    texts: Texts = [{} for _ in ids]
    if value and keys is not None:
        points = _long(table.columns[value], keys, rows, table, texts)
        return _assembled(table, name, rows, points, texts, warnings)
    warnings += [
        f"column {legible(of)} stands {n} times; the first is read"
        for of, n in dict(table.again.values()).items()
    ]
    no_metrics = {column, *taken(table), *table.again}
    metrics = [m for m in table.columns if m not in no_metrics and not is_config(m)]
    points = (p for m in metrics for p in _wide(m, table.columns[m], rows, texts))
    return _assembled(table, name, rows, points, texts, warnings)


def _assembled(
    table: Table,
    name: str,
    rows: Rows,
    points: Points,
    texts: Texts,
    warnings: list[str],
) -> tuple[Found, ...]:
    series: list[dict[str, Series]] = [{} for _ in rows.ids]
    for run, key, steps, values in points:
        series[run][key] = make_series(key, steps, values)
    if not any(series):
        raise BadInput(f"{name}: holds steps but no column of numbers; found {shown(table)}")
    facts, configs, changed = metadata.read(table, rows)
    found = []
    for run, run_id in enumerate(rows.ids):
        own = facts[run]
        own["name"] = own.get("name") or run_id
        own["state"] = str(own.get("state") or "finished").lower()
        clock = series[run].get("_timestamp")
        if not own.get("created") and clock is not None and len(clock.finite()):
            own["created"] = iso_time(float(clock.finite().values.min()))
        _rates(series[run], own_warnings := [*warnings, *texts[run].values(), *changed[run]])
        keys = frozenset(series[run])
        found.append(
            Found(run_id, rows.named, own, configs[run], series[run], keys, tuple(own_warnings))
        )
    return tuple(f for f in found if f.keys)


def _wide(metric: str, column: Column, rows: Rows, texts: Texts) -> Points:
    """The points of one metric."""
    found = column.numbers()
    if len(found.rows):
        _count_texts(metric, found, rows.runs, texts)
        for suffix, run, steps, values in _placed(found, rows, rows.runs):
            yield run, metric + suffix, steps, values


def _long(column: Column, keys: Words, rows: Rows, table: Table, texts: Texts) -> Points:
    """The points of a column of values, by the column of keys."""
    found, size = column.numbers(), len(keys.values)
    _count_texts("value", found, rows.runs, texts)
    codes = rows.runs * size + per_row(table, keys)
    for suffix, code, steps, values in _placed(found, rows, codes):
        yield code // size, str(keys.values[code % size]) + suffix, steps, values


def _placed(
    found: Numbers, rows: Rows, codes: np.ndarray
) -> Iterator[tuple[str, int, np.ndarray, np.ndarray]]:
    """(suffix of the key, code, steps, values) of the numbers on rows that have a step."""
    for suffix, at, values in _parts(found):
        keep = rows.placed[at]
        at, values = at[keep], values[keep]
        for code, steps, some in split(codes[at], rows.steps[at], values):
            yield suffix, code, steps, some


def _parts(found: Numbers) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    yield "", found.rows, found.values
    for suffix, part in (("/k", found.k), ("/n", found.n)):
        if part is not None:
            here = np.isfinite(part)
            yield suffix, found.rows[here], part[here]


def _count_texts(metric: str, found: Numbers, runs: np.ndarray, texts: Texts) -> None:
    for run, count in zip(*np.unique(runs[found.rejected], return_counts=True), strict=True):
        if run >= 0:
            texts[run][metric] = (
                f"column {legible(metric)}: {count} cell(s) hold text (as {legible(found.example, 30)!r}); left out"
            )


def _charted(table: Table) -> dict[str, tuple[str, str]]:
    """column -> (run, key) of a table that W&B's chart was exported to; empty for any other."""
    pairs = {}
    for column in table.columns:
        original, again = table.again.get(column, (column, 1))
        run, dash, key = original.rpartition(" - ")
        if dash and run and key:
            # Runs of one name have columns of one name, in the order of the runs.
            pairs[column] = (run if again == 1 else f"{run}#{again}", key)
    metrics = {c: rk for c, rk in pairs.items() if not rk[1].endswith(("__MIN", "__MAX"))}
    others = [c for c in table.columns if c not in pairs and leaf_of(c) not in STEPS]
    has_bounds = len(metrics) < len(pairs)
    return metrics if has_bounds or all("time" in c.lower() for c in others) else {}


def _from_charts(
    table: Table, name: str, charted: Mapping[str, tuple[str, str]], step: str
) -> tuple[Found, ...]:
    """One run per name in the header; the runs have one step column, or one each."""
    ids = list(dict.fromkeys(run for run, _ in charted.values()))
    if len(ids) > MOST_RUNS:
        raise BadInput(f"{name}: names {len(ids)} runs, more than {MOST_RUNS}; export fewer")
    own = {run: column for column, (run, key) in charted.items() if key == "_step"}
    others = {c: v for c, v in table.columns.items() if c not in charted}
    no_run = np.full(table.rows, -1)
    shared: tuple[np.ndarray, np.ndarray] | None = None
    try:
        shared = find_steps(replace(table, columns=others), name, step, no_run)[1:]
    except BadInput:
        if step or set(own) != set(ids):
            raise
    texts: Texts = [{} for _ in ids]

    def points() -> Points:
        codes = {run: code for code, run in enumerate(ids)}
        for column, (run, key) in charted.items():
            if key != "_step":
                steps, placed = shared or whole_numbers(table, own[run])
                rows = Rows(ids, np.full(table.rows, codes[run]), steps, placed, True)
                yield from _wide(key, table.columns[column], rows, texts)

    rows = Rows(ids, no_run, no_run, no_run >= 0, True)
    return _assembled(table, name, rows, points(), texts, list(table.warnings))


def _rates(series: dict[str, Series], warnings: list[str]) -> None:
    """Turn the pairs of successes and trials into NAME/k, NAME/n and the rate NAME."""
    for top, bottom in PROPORTIONS:
        for key in [k for k in series if k.endswith(top) and len(k) > len(top)]:
            stem = key.removesuffix(top)
            if stem + bottom not in series:
                continue
            a, b = series[key], series[stem + bottom]
            steps, i, j = np.intersect1d(a.steps, b.steps, assume_unique=True, return_indices=True)
            k, n = a.values[i], b.values[j]
            with np.errstate(invalid="ignore"):
                good = (k >= 0) & (k <= n) & (n > 0) & (k == np.round(k)) & (n == np.round(n))
            # Metrics that merely end so (`top_k`, `top_n`) stay what they are.
            if good.sum() * 2 <= len(steps):
                continue
            if not good.all():
                warnings.append(f"{stem}: {int((~good).sum())} row(s) are no k of n; left out")
            steps, k, n = steps[good], k[good], n[good]
            del series[key], series[stem + bottom]
            for name, values in ((f"{stem}/k", k), (f"{stem}/n", n), (stem, k / n)):
                series.setdefault(name, make_series(name, steps, values))
