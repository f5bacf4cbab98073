"""Tables of runs: a row is a run, with its config and its last or best values, as W&B and MLflow export them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from actot.errors import BadInput
from actot.foreign_text import legible
from actot.source_ref import Choice
from actot.tables import points
from actot.tables.columns import Rows, find, whole_numbers
from actot.tables.config_files import is_config
from actot.tables.found import Found, Texts, assembled
from actot.tables.known_apart import with_names
from actot.tables.run_columns import MOST_RUNS, TELLING, coded, listed, texts_of
from actot.tables.setting_columns import put
from actot.tables.table_reader import Table
from actot.tables.vocabulary import (
    COARSE,
    MEASURED,
    NAME,
    RUN,
    SETTINGS,
    STEPS,
    is_bookkeeping,
    is_seed,
    kind_of,
    leaf_of,
    plain,
)

# So many columns of bookkeeping are the mark of such a table.
MARKS = 2
# Rows of one name whose steps rise on and on are a run's history.
HISTORY = 5
# How many columns a sentence names.
SHOWN = 6
# Planned, not reached: they are settings.
PLANNED = ("steps", "total_steps", "epochs", "total_timesteps")


def claims(table: Table, choice: Choice) -> bool:
    """Whether a row is a run: no run has two, and there is bookkeeping, or no step."""
    if choice.run or choice.step or find(table, ("value",)) or any(map(is_config, table.columns)):
        return False
    ids = _ids(table)
    names = find(table, NAME)
    marks = sum(map(is_bookkeeping, table.columns))
    marks += MARKS * any(c.lower().startswith((*SETTINGS[2:], *MEASURED)) for c in table.columns)
    step = _step(table)
    if ids and _is_unique(table, ids):
        return marks >= MARKS or not step
    if ids is None and names and marks >= MARKS:
        return not step or not _is_history(table, names, step)
    return ids is None and not step and _is_told_apart(table)


def _ids(table: Table) -> str | None:
    return find(table, TELLING)


def _label(table: Table) -> str | None:
    return find(table, (*NAME, "run", *RUN))


def _is_unique(table: Table, column: str) -> bool:
    codes, values = coded(table, column)
    # A row number is no run.
    numbers = plain(column) == "id" and all(v.isdigit() and len(v) < 5 for v in values)
    return not numbers and len(values) == int((codes >= 0).sum()) == table.rows


def _is_told_apart(table: Table) -> bool:
    """Whether each row has a name, or a name and seed, of its own."""
    label = _label(table)
    if label is None:
        return False
    seeds = [c for c in table.columns if is_seed(c)]
    texts = [texts_of(table, c) for c in (label, *seeds)]
    return all(texts[0]) and len(set(zip(*texts, strict=True))) == table.rows > 1


def _is_history(table: Table, names: str, step: str) -> bool:
    codes, values = coded(table, names)
    steps, _ = whole_numbers(table, step)
    order = np.argsort(codes, kind="stable")
    same = np.diff(codes[order]) == 0
    long = table.rows >= HISTORY * max(1, len(values))
    return long and bool((np.diff(steps[order])[same] > 0).all())


def _step(table: Table) -> str | None:
    """The column with the step that a run had reached."""
    known = {leaf_of(c): c for c in reversed(tuple(table.columns)) if leaf_of(c) not in PLANNED}
    named = (known[n] for n in (*STEPS, *COARSE) if n in known)
    return next((c for c in named if whole_numbers(table, c)[1].any()), None)


def read(table: Table, name: str, choice: Choice) -> tuple[Found, ...]:
    """One run a row, with one value a metric, at its last step. Raises: BadInput."""
    if table.rows > MOST_RUNS:
        raise BadInput(f"{name}: names {table.rows} runs, more than {MOST_RUNS}; export fewer")
    names, ids = _names(table)
    step = _step(table)
    steps, known = np.zeros(table.rows, dtype=np.int64), np.zeros(table.rows, dtype=bool)
    if step:
        steps, known = whole_numbers(table, step)
    if not known.all():
        steps = np.where(known, steps, _planned(table))
    every = np.ones(table.rows, dtype=bool)
    rows = Rows(ids, np.arange(table.rows), steps, every, True, names)
    metrics, settings, said = _sorted_out(table, name, step, choice)
    configs = with_names(_configs(table, settings), names)
    texts: Texts = [{} for _ in ids]
    found = (
        (run, key.partition(".")[2] if key.lower().startswith(MEASURED[:2]) else key, at, value)
        for m in metrics
        for run, key, at, value in points.wide(m, table.columns[m], rows, texts)
    )
    return assembled(table, name, rows, found, texts, [*table.warnings, *said], configs)


def _names(table: Table) -> tuple[list[str], list[str]]:
    """(names, unique ids): the second run of a name is called `NAME#2`."""
    label, column = _label(table), _ids(table)
    names = texts_of(table, label) if label else [""] * table.rows
    ids = texts_of(table, column) if column else names
    ids = [i or n or f"row {at}" for at, (i, n) in enumerate(zip(ids, names, strict=True), 1)]
    again: Counter[str] = Counter()
    unique = []
    for one in ids:
        again[one] += 1
        unique.append(one if again[one] == 1 else f"{one}#{again[one]}")
    return [n or i for n, i in zip(names, unique, strict=True)], unique


def _planned(table: Table) -> np.ndarray:
    """The planned steps of the runs that finished; 0 for another, which may have ended anywhere."""
    column = find(table, PLANNED)
    state = find(table, ("state", "status"))
    if not column:
        return np.zeros(table.rows, dtype=np.int64)
    steps, _ = whole_numbers(table, column)
    done = np.array([s.lower() == "finished" for s in texts_of(table, state)]) if state else True
    return np.where(done, steps, 0)


def _sorted_out(
    table: Table, name: str, step: str | None, choice: Choice
) -> tuple[list[str], list[str], list[str]]:
    """(metrics, settings, warnings): by what was chosen, else by names, else by values."""
    chosen = listed(table, name, choice.config) if choice.config else None
    told = {step, find(table, NAME), _label(table), _ids(table), *table.again}
    metrics: list[str] = []
    settings: list[str] = []
    numeric: list[str] = []
    guessed: list[str] = []
    for column in table.columns:
        if column in told or is_bookkeeping(column):
            continue
        numbers = table.columns[column].numbers()
        is_text = not len(numbers.rows) or len(numbers.rejected) > len(numbers.rows)
        kind = kind_of(column)
        if chosen is not None:
            kind = "config" if column in chosen else "" if is_text else "metric"
        elif is_text:
            kind = "" if kind == "metric" else "config"
        elif not kind and leaf_of(column) in (*STEPS, *COARSE):
            # How far a run came, not what it was told.
            kind = "metric"
        elif not kind:
            # Two runs seldom end at the very same value of a metric.
            values = numbers.values
            kind = "config" if 0 < len(np.unique(values)) < len(values) else "metric"
            numeric.append(column)
            guessed.append(f"{legible(column, 30)} as a {'setting' if kind == 'config' else kind}")
        if kind:
            (settings if kind == "config" else metrics).append(column)
    if not metrics and chosen is None:
        # What nothing tells is a metric where there would be none.
        metrics = [c for c in settings if c in numeric]
        settings = [c for c in settings if c not in numeric]
        guessed = []
    shown = ", ".join(guessed[:SHOWN]) + (" and more" if len(guessed) > SHOWN else "")
    said = f"taken by their values, as their names do not tell: {shown}; choose with ?config=COLUMN,COLUMN"
    return metrics, settings, [said] if guessed else []


def _configs(table: Table, settings: Sequence[str]) -> list[Mapping[str, Any]]:
    configs: list[dict[str, Any]] = [{} for _ in range(table.rows)]
    for column in settings:
        words = table.columns[column].words()
        for row, code in zip(words.rows.tolist(), words.codes.tolist(), strict=True):
            put(configs[row], column, words.values[code])
    return [*configs]
