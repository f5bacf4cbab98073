"""Tables of steps: wide (a column per metric) or long (step, key, value), of one run or of several."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from actot.foreign_text import legible
from actot.source_ref import Choice
from actot.tables import points, repeats, restarts, setting_columns
from actot.tables.cells import Numbers, Words
from actot.tables.columns import Rows, find, find_steps, per_row, taken
from actot.tables.config_files import is_config
from actot.tables.found import Found, Texts, assembled
from actot.tables.run_columns import Runs, find_runs, listed, runs_by
from actot.tables.splits import by_split
from actot.tables.table_reader import Table
from actot.tables.vocabulary import NAME, RUN, is_seed, kind_of, plain

KEY = ("key", "metric", "metric_name", "variable", "tag")
VALUE = ("value",)


@dataclass(frozen=True)
class Layout:
    """What the columns of a table of steps are for. `keys` is None in a wide table."""

    table: Table
    name: str
    step: str
    metrics: list[str]
    keys: Words | None

    def numbers(self) -> list[Numbers]:
        """The numbers of each metric."""
        return [self.table.columns[m].numbers() for m in self.metrics]

    def codes(self, runs: np.ndarray) -> np.ndarray:
        """What has one value a step: a run, or a key of a run."""
        if self.keys is None:
            return runs
        return runs * len(self.keys.values) + per_row(self.table, self.keys)


def read(table: Table, name: str, run: str, choice: Choice) -> tuple[Found, ...]:
    """The runs of a table of steps; one without a column of runs is called `run`. Raises: BadInput."""
    table = by_split(table)
    runs = find_runs(table, name, run, choice.run)
    table, key, value = _long(table, runs)
    keys = table.columns[key].words() if key else None
    step, steps, placed = find_steps(table, name, choice.step, runs.codes, keys)
    where = runs.codes >= 0 if keys is None else (runs.codes >= 0) & (per_row(table, keys) >= 0)
    lost = int((where & ~placed).sum())
    said = [f"{lost} row(s) have no whole number in the step column {legible(step)}; left out"]
    no_metrics = {step, *taken(table), *table.again, *runs.columns}
    # A seed or a model that tells the runs apart is a setting as well.
    no_metrics -= {
        c for c in runs.columns if kind_of(c) == "config" and plain(c) not in (*RUN, *NAME)
    }
    wide = [m for m in table.columns if m not in no_metrics and not is_config(m)]
    layout = Layout(table, name, step, [value] if value else wide, keys)
    rows = Rows(runs.ids, runs.codes, steps, placed & where, bool(runs.columns), [*runs.names])
    rows, runs, more = _settled(layout, rows, runs, bool(choice.run))
    warnings = [*table.warnings, *runs.warnings, *(said if lost else []), *more]
    texts: Texts = [{} for _ in rows.ids]
    chosen = listed(table, name, choice.config) if choice.config else ()
    if value and keys is not None:
        found = points.long(table.columns[value], keys, rows, table, texts)
        beside = [m for m in wide if m not in (key, value)]
        configs, _ = setting_columns.read(table, rows, beside, chosen)
        return assembled(table, name, rows, found, texts, warnings, configs)
    again = Counter(of for of, _ in table.again.values())
    warnings += [
        f"column {legible(of)} stands {n + 1} times; the first is read" for of, n in again.items()
    ]
    configs, settings = setting_columns.read(table, rows, layout.metrics, chosen)
    found = (
        p
        for m in layout.metrics
        if m not in settings
        for p in points.wide(m, table.columns[m], rows, texts)
    )
    return assembled(table, name, rows, found, texts, warnings, configs)


def _long(table: Table, runs: Runs) -> tuple[Table, str | None, str | None]:
    """(table, column of keys, column of values) of a long table."""
    key, value = find(table, KEY), find(table, VALUE)
    name = find(table, ("name",))
    if value and not key and name and name not in runs.columns:
        # MLflow calls the key of a metric its name, which is no run's here.
        key = KEY[0]
        columns = {key if c == name else c: cells for c, cells in table.columns.items()}
        table = replace(table, columns=columns)
    return (table, key, value) if key and value else (table, None, None)


def _settled(
    layout: Layout, rows: Rows, runs: Runs, is_chosen: bool
) -> tuple[Rows, Runs, list[str]]:
    """(rows, runs, warnings) once it is clear whose the repeated steps are. Raises: BadInput with a question."""
    codes = layout.codes(rows.runs)
    found = repeats.repeated(codes, rows.steps, rows.placed)
    if not len(found.rows):
        return rows, runs, []
    numbers = layout.numbers()
    found = repeats.differing(found, numbers)
    if not len(found.rows):
        return rows, runs, []
    no = {layout.step, *runs.columns, *(find(layout.table, n) or "" for n in (KEY, VALUE))}
    ways = repeats.telling(layout.table, found, numbers, rows.placed, no)
    if ways and len(ways[0]) == 1 and is_seed(ways[0][0]):
        return _by_seed(layout, rows, runs, ways[0])
    if ways and not is_chosen:
        raise repeats.question(layout.name, found, runs.columns, ways)
    return _last_starts(layout, rows, runs, codes, numbers)


def _by_seed(
    layout: Layout, rows: Rows, runs: Runs, seed: tuple[str, ...]
) -> tuple[Rows, Runs, list[str]]:
    """Each seed is a run of its own, under the name that it has without the seed."""
    whole = runs_by(layout.table, layout.name, (*runs.columns, *seed))
    if not runs.columns:
        ids = [f"{runs.ids[0]}/{seed[0]}{i}" for i in whole.ids]
        whole = replace(whole, ids=ids, names=tuple(runs.ids * len(ids)))
    rows = replace(rows, ids=whole.ids, runs=whole.codes, named=True, names=[*whole.names])
    return rows, whole, []


def _last_starts(
    layout: Layout, rows: Rows, runs: Runs, codes: np.ndarray, numbers: Sequence[Numbers]
) -> tuple[Rows, Runs, list[str]]:
    """The last start of a log that several were appended to; what still stands twice is said."""
    at, falls = restarts.last_starts(codes, rows.steps, np.flatnonzero(rows.placed))
    kept = np.zeros_like(rows.placed)
    kept[at] = True
    said = []
    how = "if these are several runs, choose the column that tells them apart with ?run=COLUMN behind the path"
    if falls:
        n = max(falls.values())
        said.append(
            f"the step falls {n} time{'s' * (n > 1)}: {n + 1} starts; the last one counts, and of the earlier ones only "
            f"what lies before its first step; {how}"
        )
    left = repeats.differing(repeats.repeated(codes, rows.steps, kept), numbers)
    if len(left.rows):
        said.append(
            f"{len(left)} step(s) stand more than once with other values; the last row of each counts; {how}"
        )
    return replace(rows, placed=kept), runs, said
